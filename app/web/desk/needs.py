"""Needs at the desk: the review queue, a need's page with the review, and entering one on a firm's behalf."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor
from app.domain.drafts import NeedDraft
from app.domain.entries import clean
from app.domain.errors import IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, allows, require
from app.extensions import db, writing
from app.models.need import Need
from app.queries import attachments as files
from app.queries import histories, industries, people, reference
from app.queries import needs as reading
from app.services import attachments, behalf, conduct
from app.services import needs as service
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms.needs import REMARKABLE, BehalfNeedForm, NeedForm
from app.web.forms.reading import remarks_of
from app.web.related import related_to

Answer = str | tuple[str, int] | Response
REVIEW = ("publish", "return")
IN_FORM = (*REVIEW, "submit")
ANSWERS = [("waiting", "等企业确认"), ("confirmed", "企业已确认"), ("disputed", "企业反映有出入")]


@desk.get("/needs")
def needs() -> str:
    """The needs in sight, those that wait for a review first."""
    actor, session, wanted = current_actor(), db.session(), reading.NeedFilter.of(request.args)
    chosen, related = reading.visible_to(actor), related_to("need", wanted.text)
    counts = reading.counts(session, chosen)
    counties = [] if actor.county_id else reference.counties(session)
    return render_template(
        "desk/needs.html",
        page=reading.listed(session, chosen, wanted, related=related),
        related=related,
        counts=counts,
        figures=_figures(counts, reading.listed(session, chosen, reading.NeedFilter(answer="disputed"), 1).total),
        wanted=wanted,
        state_choices=[(state.code, state.label) for state in Need.machine.states],
        answers=ANSWERS,
        county_choices=[(one.id, one.name) for one in counties],
        industry_choices=[(one.id, one.name) for one in industries.every(session)],
        may_enter=allows(actor, Permission.NEED_WRITE),
    )


def _figures(counts: dict[str, int], disputed: int) -> list[dict[str, object]]:
    """The tiles above the list: each leads to the needs it counts."""
    shown = [(state.label, counts.get(state.code, 0), url_for("desk.needs", state=state.code), state.code)
             for state in Need.machine.states if state.code in ("submitted", "returned", "published")]  # fmt: skip
    tiles: list[dict[str, object]] = [
        {"label": label, "value": number, "url": url, "tone": "wait" if code == "submitted" and number else ""}
        for label, number, url, code in shown
    ]
    url = url_for("desk.needs", answer="disputed")
    return [*tiles, {"label": "企业反映有出入", "value": disputed, "url": url, "tone": "bad" if disputed else ""}]


@desk.get("/needs/<int(max=2147483647):need_id>")
def needs_show(need_id: int) -> tuple[str, int]:
    """A need with everything known of it, and the review when it waits for one."""
    return _page(need_id, {}, "", 200)


@desk.post("/needs/<int(max=2147483647):need_id>/review")
def needs_review(need_id: int) -> Answer:
    """Publish, or return with a reason and a remark for each field concerned."""
    actor, now = current_actor(), clock.now()
    remarks, reason = remarks_of(request.form, REMARKABLE), clean(request.form.get("reason", ""))
    decision = request.form.get("decision", "")
    try:
        with writing() as session:
            need = reading.one(session, reading.visible_to(actor), need_id)
            if decision == "return":
                service.remark(session, need, remarks, actor, now)
                reason = reason or ("请按各栏的意见修改。" if remarks else "")
            if decision not in REVIEW:
                raise IllegalMove("没有这项操作，请刷新页面后重试。")
            conduct.carry_out(session, Step(need, decision, reason=reason[:1000]), actor, now)
            label = need.state_label
    except Invalid as error:
        return _page(need_id, remarks, reason, 422, error.message)
    flash(f"审核完成，这条需求现在是“{label}”。", "success")
    return redirect(url_for("desk.needs_show", need_id=need_id), 303)


@desk.post("/needs/<int(max=2147483647):need_id>/move")
def needs_move(need_id: int) -> Answer:
    """One of the lifecycle's moves, such as withdrawing a need for a firm."""
    actor = current_actor()
    try:
        with writing() as session:
            need = reading.one(session, reading.visible_to(actor), need_id)
            step = Step(need, request.form.get("move", ""), reason=request.form.get("reason", "")[:500])
            conduct.carry_out(session, step, actor, clock.now())
            label = need.state_label
    except Invalid as error:
        flash(f"还不能提交：{error.message}", "error")
        return redirect(url_for("desk.needs_edit", need_id=need_id, check=1), 303)
    flash(f"好了，这条需求现在是“{label}”。", "success")
    return redirect(url_for("desk.needs_show", need_id=need_id), 303)


@desk.post("/needs/<int(max=2147483647):need_id>/ask")
def needs_ask(need_id: int) -> Response:
    """Send the firm a new link to confirm what was entered for it."""
    actor = current_actor()
    with writing() as session:
        need = reading.one(session, reading.visible_to(actor), need_id)
        service.ask_again(session, need, actor, clock.now())
    flash("新的确认链接已进入发信队列，之前的链接已失效。", "success")
    return redirect(url_for("desk.needs_show", need_id=need_id), 303)


@desk.route("/needs/new", methods=["GET", "POST"])
def needs_new() -> Answer:
    """Enter a need for a firm: who it is, who told us, and form 5A."""
    actor, now = current_actor(), clock.now()
    require(actor, Permission.NEED_WRITE)
    form = _blank(actor, now)
    if form.sent:
        try:
            return _saved(form, _post(form, actor, now))
        except Invalid as error:
            form.complain(error.complaints)
        except Stale as error:
            return _form(form, None, 409, error.message)
    return _form(form, None, 422 if form.sent else 200)


@desk.route("/needs/<int(max=2147483647):need_id>/edit", methods=["GET", "POST"])
def needs_edit(need_id: int) -> Answer:
    """Correct a need: a draft or returned one, or a submitted one during its review."""
    actor, now = current_actor(), clock.now()
    need = reading.one(db.session(), reading.visible_to(actor), need_id)
    require(actor, Permission.NEED_WRITE, need.owner)
    if not service.editable(need, actor) and not request.form:
        flash(f"这条需求现在是“{need.state_label}”，要修改请先点“修订”。", "error")
        return redirect(url_for("desk.needs_show", need_id=need_id), 303)
    form = NeedForm(data={**NeedForm.values(service.draft_of(need)), "version": need.version})
    try:
        if form.sent:
            return _saved(form, _revise(form, need_id, actor, now), _may_submit(need))
        if request.args.get("check"):
            service.ready(db.session(), need, now)
    except Invalid as error:
        form.complain(error.complaints)
    except (Stale, IllegalMove):
        return _stale(form, need_id, actor)
    return _form(form, need, 422 if form.sent else 200)


def _blank(actor: Actor, now: datetime) -> BehalfNeedForm:
    """The blank form; `?organisation=` names a firm in sight that it is for."""
    session = db.session()
    values = BehalfNeedForm.values(NeedDraft(valid_until=service.default_validity(now)))
    number = request.args.get("organisation", 0, type=int)
    if 0 < number <= 2147483647:
        firm = people.organisation(session, actor, number)
        county = firm.county.name if firm.county else ""
        values |= {"credit_code": firm.credit_code or "", "organisation_name": firm.name, "county": county,
                   "contact_name": firm.contact_name, "contact_mobile": firm.contact_phone,
                   "contact_email": firm.contact_email}  # fmt: skip
    names = [one.name for one in reference.counties(session) if actor.county_id in (None, one.id)]
    return BehalfNeedForm(data=values, counties=names)


def _post(form: BehalfNeedForm, actor: Actor, now: datetime) -> int:
    """Save a new need; the second of two simultaneous clicks finds what the first one made."""
    draft = form.draft(clock.today(now), service.required_of(None) if form.hands_in else ())
    details, provenance, uploads = form.details(), form.provenance(), form.uploads()

    def save() -> int:
        with writing() as session:
            organisation = behalf.organisation(session, details, actor, now)
            key = str(form.form_key.data)
            need = service.post(session, draft, organisation, provenance, actor, now, form_key=key)
            attachments.add(session, need, uploads, actor, now)
            _hand_in(session, form, need, actor, now)
            return need.id

    try:
        return save()
    except Stale:
        return save()


def _revise(form: NeedForm, need_id: int, actor: Actor, now: datetime) -> int:
    uploads = form.uploads()
    with writing() as session:
        need = reading.one(session, reading.visible_to(actor), need_id)
        draft = form.draft(clock.today(now), service.required_of(need) if form.hands_in else ())
        service.revise(session, need, draft, actor, now, version=form.shown_version)
        attachments.add(session, need, uploads, actor, now)
        _hand_in(session, form, need, actor, now)
    return need_id


def _hand_in(session: Session, form: NeedForm, need: Need, actor: Actor, now: datetime) -> None:
    if form.hands_in and need.machine.may_start(need.state, "submit"):
        conduct.carry_out(session, Step(need, "submit"), actor, now)


def _may_submit(need: Need | None) -> bool:
    return need is None or need.machine.may_start(need.state, "submit")


def _saved(form: NeedForm, need_id: int, may_submit: bool = True) -> Response:
    flash("已提交，等待审核。" if form.hands_in and may_submit else "已保存。", "success")
    return redirect(url_for("desk.needs_show", need_id=need_id), 303)


def _stale(form: NeedForm, need_id: int, actor: Actor) -> Answer:
    """Show what was typed once more, above the news that somebody else changed the need meanwhile."""
    need = reading.one(db.session(), reading.visible_to(actor), need_id)
    form.version.data = str(need.version)
    news = f"在您填写期间，这条需求被别人改过或处理过（现在是“{need.state_label}”）。您填写的内容都在下面，还没有保存。"
    return _form(form, need, 409, news)


def _form(form: NeedForm, need: Need | None, status: int, news: str = "") -> tuple[str, int]:
    session = db.session()
    return render_template(
        "desk/need_form.html",
        form=form,
        need=need,
        news=news,
        files=files.of(session, need) if need else [],
        industries=industries.every(session),
        remarks=need.remarks if need else {},
        may_submit=_may_submit(need),
    ), status


def _answer_facts(need: Need) -> list[tuple[str, str]]:
    answered = f"{clock.local(need.confirmed_at):%Y-%m-%d %H:%M}" if need.confirmed_at else ""
    reach = need.contact_email or need.organisation.contact_email
    return [
        ("答复", dict(ANSWERS).get(service.answer_of(need), "")),
        ("确认时间", answered),
        ("企业说明", need.confirm_note),
        ("链接发往", reach or "没有邮箱，请电话联系企业并补填邮箱"),
    ]


def _page(need_id: int, remarks: dict[str, str], reason: str, status: int, news: str = "") -> tuple[str, int]:
    actor, session = current_actor(), db.session()
    need = reading.one(session, reading.visible_to(actor), need_id)
    offered = open_moves(need, actor)
    return render_template(
        "desk/need.html",
        need=need,
        seen=reading.shown(need, known=True),
        provenance=service.provenance_of(need),
        files=files.of(session, need),
        history=histories.of(session, "need", need.id),
        review=[move for move in offered if move.name in REVIEW],
        moves=[move for move in offered if move.name not in IN_FORM],
        editable=service.editable(need, actor),
        remarkable=REMARKABLE,
        remarks=remarks or need.remarks,
        reason=reason,
        news=news,
        answer=service.answer_of(need),
        answer_facts=_answer_facts(need),
        may_ask=allows(actor, Permission.NEED_REVIEW, need.owner) and bool(need.confirm_nonce),
    ), status
