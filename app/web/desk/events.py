"""The year's events: the board 1+10+N, one event's page with its moves, entering, changing and postponing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import CITY, Actor
from app.domain.drafts import EventDraft
from app.domain.errors import Invalid, Stale
from app.domain.offers import USUAL_HOURS
from app.domain.permissions import Owner, Permission, allows, require
from app.domain.vocabulary import EventKind, Series, Topic
from app.extensions import db, writing
from app.models.event import Event
from app.queries import agenda, histories, industries, invitations, reference, timetables
from app.queries import events as reading
from app.queries.events import EventFilter
from app.queries.paging import whole_number
from app.services import conduct, passing_on, programmes
from app.services import events as service
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.events import EventForm, PostponeForm, line_code, line_label, schedule_values, values

Answer = str | Response | tuple[str, int]
LINES: list[tuple[str, str]] = [(one.value, one.label) for one in (*Series, *Topic)]


def _year() -> int:
    """The programme year asked for, otherwise the present one."""
    wanted = whole_number(request.values.get("year", ""))
    if wanted and 2000 <= wanted <= 2100:
        return wanted
    return agenda.present_year(db.session(), clock.today(clock.now()))


@desk.get("/events")
def events() -> str:
    """The board 1+10+N and the year's events, by month or as a list."""
    actor, session = current_actor(), db.session()
    year = _shown_year(session)
    wanted = EventFilter(year, request.args.get("kind", ""), request.args.get("line", ""),
                         request.args.get("state", ""), request.args.get("county", ""))  # fmt: skip
    shown = reading.in_year(session, actor, wanted)
    board = reading.board(session, year)
    return render_template(
        "desk/events.html",
        year=year,
        years=reading.years(session, clock.today(clock.now()).year),
        board=board,
        missing=sum(line.missing for line in board),
        months=_months(shown),
        events=shown,
        codes={one.id: reading.code(one) for one in shown},
        figures={one.event.id: one for one in invitations.replies(session, actor, shown)},
        meetings=reading.meeting_counts(session, [one.id for one in shown]),
        as_list=request.args.get("view") == "list",
        values={"kind": wanted.kind, "line": wanted.line, "state": wanted.state, "county": wanted.county},
        selects=_selects(session, actor),
        may_plan=allows(actor, Permission.EVENT_PLAN),
        may_fill=allows(actor, Permission.EVENT_PLAN, Owner()),
        first_on=_first_of_next_month(clock.today(clock.now())),
    )


def _shown_year(session: Session) -> int:
    """The year of the address, or the newest year that has events when the present one has none."""
    if request.args.get("year"):
        return _year()
    present = _year()
    used = reading.years_with_events(session)
    return present if present in used or not used else used[0]


def _months(shown: Sequence[Event]) -> list[tuple[str, list[Event]]]:
    """The events by month, those without a date last."""
    found: dict[str, list[Event]] = {}
    for one in shown:
        month = reading.month_of(one)
        found.setdefault(f"{month[0]}年{month[1]}月" if month else "还没有日期", []).append(one)
    return list(found.items())


def _selects(session: Session, actor: Actor) -> list[tuple[str, str, list[tuple[str, str]]]]:
    selects = [
        ("kind", "类型", EventKind.choices()),
        ("line", "专题", LINES),
        ("state", "状态", [(state.code, state.label) for state in Event.machine.states]),
    ]
    if actor.role in CITY:
        selects.append(("county", "承办县（市、区）", [(one.code, one.name) for one in reference.counties(session)]))
    return selects


def _first_of_next_month(today: date) -> date:
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


@desk.post("/events/fill")
def events_fill() -> Response:
    """Make the events that the year's quotas still miss, on proposed dates; nothing is announced."""
    actor, now, year = current_actor(), clock.now(), _year()
    first = max(_first_of_next_month(clock.today(now)), date(year, 1, 1))
    try:
        with writing() as session:
            opened = programmes.ensure_year(session, year, first, actor, now, announce=False)
    except Invalid as error:
        flash(error.message, "error")
    else:
        done = f"已补齐 {opened.made} 场活动，日期避开了节假日，请逐场核对后公告。" if opened.made else ""
        themed = f"{opened.themed} 场对接会补上了主题行业和承办院所。" if opened.themed else ""
        flash(done + themed or "该年度的活动已经齐全，没有需要补的。", "success")
    return redirect(url_for("desk.events", year=year), 303)


@desk.get("/events/<int(max=2147483647):event_id>")
def event(event_id: int) -> str:
    """One event: all data, its guests in figures, what it shows, its history and the moves open to the asker."""
    actor, session, now = current_actor(), db.session(), clock.now()
    found = reading.event(session, actor, event_id)
    may_plan = allows(actor, Permission.EVENT_PLAN, found.owner)
    open_now = open_moves(found, actor)
    has_begun = found.starts_at is not None and found.starts_at <= now
    return render_template(
        "desk/event.html",
        event=found,
        code=reading.code(found),
        line=reading.line_label(found.kind, reading.line_of(found)),
        moves=[move for move in open_now if move.name != "postpone" and (move.name != "hold" or has_begun)],
        may_postpone=any(move.name == "postpone" for move in open_now),
        may_edit=may_plan and found.state in service.OPEN,
        may_fill_timetable=may_plan and not reading.is_over(found, now),
        warnings=service.warnings(session, service.schedule_of(found).held_on, found.year, found.id)
        if found.state in service.OPEN
        else [],
        figures=invitations.replies(session, actor, [found])[0],
        pairings=len(timetables.of_event(session, found.id)),
        meetings=reading.meeting_counts(session, [found.id]).get(found.id, 0),
        entries=histories.of(session, "event", found.id),
        pauses="、".join(f"第 {slot + 1} 时段前休息 {minutes} 分钟" for slot, minutes in found.pauses),
    )


@desk.post("/events/<int(max=2147483647):event_id>/move")
def events_move(event_id: int) -> Answer:
    """One of the lifecycle's moves, except postponing, which has a page of its own."""
    actor = current_actor()
    try:
        with writing() as session:
            found = reading.locked(session, actor, event_id)
            step = Step(found, request.form.get("move", ""), reason=request.form.get("reason", "")[:500])
            conduct.carry_out(session, step, actor, clock.now())
            label = found.state_label
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(f"好了，这场活动现在是“{label}”。", "success")
    return redirect(url_for("desk.event", event_id=event_id), 303)


@desk.route("/events/new", methods=["GET", "POST"])
def events_new() -> Answer:
    """Enter an event that the year's board does not have yet."""
    actor, year = current_actor(), _year()
    require(actor, Permission.EVENT_PLAN)
    form = _offered(EventForm(data=None if request.method == "POST" else _blank(actor)), actor)
    if form.validate_on_submit():
        try:
            with writing() as session:
                draft = form.read(year)
                made_id = service.plan(session, draft, actor, clock.now()).id
        except Invalid as error:
            complaints.show(form, error)
        else:
            _say_saved(draft, made_id, "活动已登记为计划；核对时间地点后点“确定时间地点”。")
            return redirect(url_for("desk.event", event_id=made_id), 303)
    page = render_template("desk/event_form.html", form=form, event=None, year=year, told=0)
    return page, 422 if form.errors else 200


@desk.route("/events/<int(max=2147483647):event_id>/edit", methods=["GET", "POST"])
def events_edit(event_id: int) -> Answer:
    """Change an event; a new date or place that guests must hear of goes through postponing."""
    actor = current_actor()
    session: Session = db.session()
    found = reading.event(session, actor, event_id)
    require(actor, Permission.EVENT_PLAN, found.owner)
    shown = values(service.draft_of(found)) | {"version": str(found.version)}
    form = _offered(EventForm(data=shown), actor)
    if form.validate_on_submit():
        try:
            with writing() as session:
                found = reading.locked(session, actor, event_id)
                if found.version != form.shown_version:
                    raise Stale
                draft = form.read(found.year)
                if form.retract_offers.data:
                    passing_on.make_room(session, found, draft.capacity, actor, clock.now())
                service.change(session, found, draft, actor, clock.now())
                passing_on.pass_on(session, event_id, clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            _say_saved(draft, event_id, "活动资料已保存。")
            return redirect(url_for("desk.event", event_id=event_id), 303)
    session = db.session()
    found = reading.event(session, actor, event_id)
    page = render_template(
        "desk/event_form.html",
        form=form,
        event=found,
        year=found.year,
        told=reading.taken(session, found).told,
        kept=reading.taken(session, found).kept,
        line=line_label(line_code(service.draft_of(found))),
    )
    return page, 422 if form.errors else 200


@desk.route("/events/<int(max=2147483647):event_id>/postpone", methods=["GET", "POST"])
def events_postpone(event_id: int) -> Answer:
    """Give an event a new date or place; everybody who was invited gets a letter."""
    actor = current_actor()
    session: Session = db.session()
    found = reading.event(session, actor, event_id)
    require(actor, Permission.EVENT_PLAN, found.owner)
    form = PostponeForm(data=schedule_values(service.schedule_of(found)))
    form.offer_venues((one.id, one.name) for one in reference.venues(session))
    if form.validate_on_submit():
        try:
            with writing() as session:
                found = reading.locked(session, actor, event_id)
                schedule = form.schedule()
                form.refuse()
                service.reschedule(session, found, schedule, actor, clock.now())
                step = Step(found, "postpone", reason=form.text_of("reason")[:500])
                conduct.carry_out(session, step, actor, clock.now())
        except Invalid as error:
            form.unread.clear()
            complaints.show(form, error)
        else:
            flash("已改期，收到过邀请的单位会收到通知；提醒按新时间重新计算。", "success")
            for warning in service.warnings(db.session(), schedule.held_on, found.year, event_id):
                flash(warning, "warning")
            return redirect(url_for("desk.event", event_id=event_id), 303)
    session = db.session()
    found = reading.event(session, actor, event_id)
    told = reading.taken(session, found).told
    return render_template("desk/event_postpone.html", form=form, event=found, told=told), 422 if form.errors else 200


@desk.route("/events/<int(max=2147483647):event_id>/releases", methods=["GET", "POST"])
def events_releases(event_id: int) -> Answer:
    """Choose which listed achievements are shown at the event."""
    actor = current_actor()
    session: Session = db.session()
    found = reading.event(session, actor, event_id)
    require(actor, Permission.EVENT_PLAN, found.owner)
    if request.method == "POST":
        chosen = [number for text in request.form.getlist("achievement") if (number := whole_number(text))]
        try:
            with writing() as session:
                service.release(session, reading.locked(session, actor, event_id), chosen, actor, clock.now())
        except Invalid as error:
            flash(error.message, "error")
        else:
            flash(f"已选定 {len(set(chosen))} 项发布成果。", "success")
            return redirect(url_for("desk.event", event_id=event_id), 303)
        found = reading.event(db.session(), actor, event_id)
    page = render_template(
        "desk/event_releases.html",
        event=found,
        chosen={one.id for one in found.releases},
        choices=reading.releasable(db.session(), found),
    )
    return page, 422 if request.method == "POST" else 200


def _say_saved(draft: EventDraft, event_id: int, words: str) -> None:
    flash(words, "success")
    for warning in service.warnings(db.session(), draft.schedule.held_on, draft.year, event_id):
        flash(warning, "warning")


def _blank(actor: Actor) -> dict[str, object]:
    """What a new event's form begins with."""
    city = actor.role in CITY
    return {
        "line": "topic-policy" if city else "topic-county",
        "county": "" if city else str(actor.county_id),
        "starts": "09:00",
        "ends": "11:30",
        "capacity": "100",
        "seats_per_firm": "0",
        "offer_hours": str(USUAL_HOURS),
        "slot_count": "0",
        "slot_minutes": "20",
        "tables": "0",
    }


def _offered(form: EventForm, actor: Actor) -> EventForm:
    """The form with its lists; a county office finds its own county only."""
    session, city = db.session(), actor.role in CITY
    form.offer(
        venues=[
            (one.id, f"{one.name}（{one.capacity} 人，{one.tables} 张洽谈桌）") for one in reference.venues(session)
        ],
        counties=[(one.id, one.name) for one in reference.counties(session) if city or one.id == actor.county_id],
        industries=[(one.id, one.name) for one in industries.every(session)],
        hosts=[(one.id, one.name) for one in reading.institutes(session)],
        city=city,
    )
    return form
