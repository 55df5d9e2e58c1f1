"""Invitations at the desk: per event who is invited and who answered; drafting, sending, exporting the guest list."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid
from app.domain.permissions import Permission, allows, require
from app.domain.replies import why_not_invited
from app.domain.vocabulary import InvitationSide, ReplyVia
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.queries import agenda, events, letters
from app.queries import invitations as queries
from app.queries.invitations import GuestFilter
from app.services import invitations as service
from app.services import inviting, retelling
from app.sheets import writing as sheets
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

Answer = str | tuple[str, int] | Response
COLUMNS = ("单位", "类别", "县（市、区）", "联系人", "邮箱", "电话", "状态", "参会人员", "人数", "到达", "离开",
           "谢绝原因", "答复方式", "答复来源", "发出时间", "答复时间")  # fmt: skip
WIDTHS = (30, 10, 14, 12, 28, 16, 16, 30, 8, 8, 8, 30, 12, 24, 18, 18)
FORMATS = {"xlsx": sheets.WORKBOOK, "csv": "text/csv; charset=utf-8"}


@desk.get("/invitations")
def invitations() -> str:
    """The events of a year with their invitations in figures."""
    session, now = db.session(), clock.now()
    years = queries.years(session)
    year = request.args.get("year", type=int) or _year(years, agenda.present_year(session, clock.today(now)))
    return render_template(
        "desk/invitations.html",
        year=year,
        years=years,
        lines=queries.replies(session, current_actor(), queries.events_of_year(session, current_actor(), year)),
    )


def _year(years: list[int], present: int) -> int:
    """The present year if it has events, else the nearest one that has."""
    return min(years, key=lambda year: abs(year - present), default=present)


@desk.get("/invitations/events/<int(max=2147483647):event_id>")
def invitations_event(event_id: int) -> str:
    """One event's guest list, with filters, and what can be done with it."""
    actor, session, event = current_actor(), db.session(), _event(event_id)
    wanted = _filter()
    return render_template(
        "desk/invitations_event.html",
        event=event,
        figures=queries.replies(session, actor, [event])[0],
        page=queries.guests(session, actor, event_id, wanted, request.args.get("page", 1, type=int)),
        wanted=wanted,
        states=[(state.code, state.label) for state in Invitation.machine.states],
        sides=InvitationSide.choices(),
        may_send=allows(actor, Permission.INVITATION_SEND),
        may_record=allows(actor, Permission.INVITATION_RECORD),
        closed=why_not_invited(event.state, event.starts_at, event.ends_at, clock.now()),
        outdated=retelling.outdated(session, event, clock.now()),
        skipped=letters.skipped_of(session, event_id) if allows(actor, Permission.LETTER_READ) else [],
    )


def _filter() -> GuestFilter:
    given = request.args
    return GuestFilter(
        given.get("q", "")[:100].strip(), given.get("state", ""), given.get("side", ""), given.get("sort", "")
    )


def _event(event_id: int) -> Event:
    return events.event(db.session(), current_actor(), event_id)


@desk.post("/invitations/events/<int(max=2147483647):event_id>/draft")
def invitations_draft(event_id: int) -> Answer:
    """Draft what is missing for the event's plan."""
    _event(event_id)
    try:
        with writing() as session:
            drafted = service.draft_for(session, session.get_one(Event, event_id), current_actor(), clock.now())
    except Invalid as error:
        flash(error.message, "error")
        return redirect(url_for("desk.invitations_event", event_id=event_id), 303)
    flash(f"新拟定 {len(drafted.made)} 份邀请；此前已有的不变。", "success")
    for reason in drafted.skipped:
        flash(reason, "warning")
    return redirect(url_for("desk.invitations_event", event_id=event_id), 303)


@desk.get("/invitations/events/<int(max=2147483647):event_id>/send")
def invitations_confirm(event_id: int) -> str:
    """Ask before all drafts are sent: to how many, to whom."""
    require(current_actor(), Permission.INVITATION_SEND)
    event = _event(event_id)
    return render_template(
        "desk/invitations_send.html",
        event=event,
        drafts=queries.drafts(db.session(), event_id),
        closed=why_not_invited(event.state, event.starts_at, event.ends_at, clock.now()),
    )


@desk.post("/invitations/events/<int(max=2147483647):event_id>/send")
def invitations_send(event_id: int) -> Answer:
    """Send all drafts of the event; a second click finds none."""
    _event(event_id)
    try:
        with writing() as session:
            done = inviting.send_all(session, session.get_one(Event, event_id), current_actor(), clock.now())
    except Invalid as error:
        flash(error.message, "error")
        return redirect(url_for("desk.invitations_event", event_id=event_id), 303)
    if done.sent:
        flash(f"{done.sent} 份邀请已进入发信队列，马上发出。", "success")
    else:
        flash("没有待发出的邀请；如刚才已点过发送，邀请已经在路上了。", "info")
    for reason in done.skipped:
        flash(reason, "warning")
    return redirect(url_for("desk.invitations_event", event_id=event_id), 303)


@desk.post("/invitations/events/<int(max=2147483647):event_id>/retell")
def invitations_retell(event_id: int) -> Answer:
    """Write to the guests whose talks have changed."""
    _event(event_id)
    try:
        with writing() as session:
            told = retelling.tell(session, session.get_one(Event, event_id), current_actor(), clock.now())
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(f"{told} 家来宾的变更通知已进入发信队列。" if told else "没有需要通知的变更。", "success")
    return redirect(url_for("desk.invitations_event", event_id=event_id), 303)


@desk.get("/invitations/events/<int(max=2147483647):event_id>/guests.<any(xlsx, csv):form>")
def invitations_export(event_id: int, form: str) -> Response:
    """The guest list as it is filtered, as a workbook or as text."""
    event = _event(event_id)
    rows = [_row(one) for one in db.session.scalars(queries.guest_list(current_actor(), event_id, _filter())).unique()]
    data = sheets.to_workbook("来宾名单", COLUMNS, rows, WIDTHS) if form == "xlsx" else sheets.to_csv(COLUMNS, rows)
    name = f"guests-{event.starts_at:%Y%m%d}-{event.id}" if event.starts_at else f"guests-{event.id}"
    return Response(
        data, content_type=FORMATS[form], headers={"Content-Disposition": f"attachment; filename={name}.{form}"}
    )


def _row(one: Invitation) -> tuple[str | int | None, ...]:
    return (
        one.organisation.name,
        InvitationSide(one.side).label,
        one.organisation.county.name if one.organisation.county else "",
        one.contact_name,
        one.contact_email,
        one.contact_phone,
        one.state_label,
        one.attendees,
        one.party_size or one.wanted_seats or None,
        one.arrives_at,
        one.leaves_at,
        one.reason,
        ReplyVia(one.replied_via).label if one.replied_via else "",
        one.replied_note,
        f"{clock.local(one.sent_at):%Y-%m-%d %H:%M}" if one.sent_at else "",
        f"{clock.local(one.replied_at):%Y-%m-%d %H:%M}" if one.replied_at else "",
    )
