"""Achievements at the desk: the review queue, an achievement's page with the review, and entering one."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor
from app.domain.drafts import AchievementDraft
from app.domain.entries import clean
from app.domain.errors import IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, allows, require
from app.domain.vocabulary import Maturity, SupplyKind
from app.extensions import db, writing
from app.models.achievement import Achievement
from app.queries import achievements as reading
from app.queries import attachments as files
from app.queries import histories, industries, people
from app.services import achievements as service
from app.services import attachments, behalf, conduct
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms.achievements import REMARKABLE, AchievementForm, BehalfAchievementForm
from app.web.forms.reading import remarks_of
from app.web.related import related_to

Answer = str | tuple[str, int] | Response
REVIEW = ("list", "return")
IN_FORM = (*REVIEW, "submit")


@desk.get("/achievements")
def achievements() -> str:
    """The achievements in sight, those that wait for a review first."""
    actor, session, wanted = current_actor(), db.session(), reading.AchievementFilter.of(request.args)
    chosen, related = reading.visible_to(actor), related_to("achievement", wanted.text)
    counts = reading.counts(session, chosen)
    return render_template(
        "desk/achievements.html",
        page=reading.listed(session, chosen, wanted, related=related),
        related=related,
        counts=counts,
        figures=_figures(counts),
        wanted=wanted,
        state_choices=[(state.code, state.label) for state in Achievement.machine.states],
        supply_choices=SupplyKind.choices(),
        maturity_choices=Maturity.choices(),
        industry_choices=[(one.id, one.name) for one in industries.every(session)],
        may_enter=allows(actor, Permission.ACHIEVEMENT_WRITE),
    )


def _figures(counts: dict[str, int]) -> list[dict[str, object]]:
    """The tiles above the list: each leads to the achievements it counts."""
    shown = [(state.label, counts.get(state.code, 0), url_for("desk.achievements", state=state.code), state.code)
             for state in Achievement.machine.states if state.code in ("submitted", "returned", "listed")]  # fmt: skip
    return [
        {"label": label, "value": number, "url": url, "tone": "wait" if code == "submitted" and number else ""}
        for label, number, url, code in shown
    ]


@desk.get("/achievements/<int(max=2147483647):achievement_id>")
def achievements_show(achievement_id: int) -> tuple[str, int]:
    """An achievement with everything known of it, and the review when it waits for one."""
    return _page(achievement_id, {}, "", 200)


@desk.post("/achievements/<int(max=2147483647):achievement_id>/review")
def achievements_review(achievement_id: int) -> Answer:
    """List, or return with a reason and a remark for each field concerned."""
    actor, now = current_actor(), clock.now()
    remarks, reason = remarks_of(request.form, REMARKABLE), clean(request.form.get("reason", ""))
    decision = request.form.get("decision", "")
    try:
        with writing() as session:
            achievement = reading.one(session, reading.visible_to(actor), achievement_id)
            if decision == "return":
                service.remark(session, achievement, remarks, actor, now)
                reason = reason or ("请按各栏的意见修改。" if remarks else "")
            if decision not in REVIEW:
                raise IllegalMove("没有这项操作，请刷新页面后重试。")
            conduct.carry_out(session, Step(achievement, decision, reason=reason[:1000]), actor, now)
            label = achievement.state_label
    except Invalid as error:
        return _page(achievement_id, remarks, reason, 422, error.message)
    flash(f"审核完成，这项成果现在是“{label}”。", "success")
    return redirect(url_for("desk.achievements_show", achievement_id=achievement_id), 303)


@desk.post("/achievements/<int(max=2147483647):achievement_id>/move")
def achievements_move(achievement_id: int) -> Answer:
    """One of the lifecycle's moves, such as withdrawing one."""
    actor = current_actor()
    try:
        with writing() as session:
            achievement = reading.one(session, reading.visible_to(actor), achievement_id)
            step = Step(achievement, request.form.get("move", ""), reason=request.form.get("reason", "")[:500])
            conduct.carry_out(session, step, actor, clock.now())
            label = achievement.state_label
    except Invalid as error:
        flash(f"还不能提交：{error.message}", "error")
        return redirect(url_for("desk.achievements_edit", achievement_id=achievement_id, check=1), 303)
    flash(f"好了，这项成果现在是“{label}”。", "success")
    return redirect(url_for("desk.achievements_show", achievement_id=achievement_id), 303)


@desk.route("/achievements/new", methods=["GET", "POST"])
def achievements_new() -> Answer:
    """Enter an achievement for an institute: which one, who told us, and form 5B."""
    actor, now = current_actor(), clock.now()
    require(actor, Permission.ACHIEVEMENT_WRITE)
    form = _blank(actor)
    if form.sent:
        try:
            return _saved(form, _post(form, actor, now))
        except Invalid as error:
            form.complain(error.complaints)
        except Stale as error:
            return _form(form, None, 409, error.message)
    return _form(form, None, 422 if form.sent else 200)


@desk.route("/achievements/<int(max=2147483647):achievement_id>/edit", methods=["GET", "POST"])
def achievements_edit(achievement_id: int) -> Answer:
    """Correct an achievement: a draft or returned one, or a submitted one during its review."""
    actor, now = current_actor(), clock.now()
    achievement = reading.one(db.session(), reading.visible_to(actor), achievement_id)
    require(actor, Permission.ACHIEVEMENT_WRITE, achievement.owner)
    if not service.editable(achievement, actor) and not request.form:
        flash(f"这项成果现在是“{achievement.state_label}”，要修改请先点“修订”。", "error")
        return redirect(url_for("desk.achievements_show", achievement_id=achievement_id), 303)
    values = AchievementForm.values(service.draft_of(achievement))
    form = AchievementForm(data={**values, "version": achievement.version})
    try:
        if form.sent:
            return _saved(form, _revise(form, achievement_id, actor, now), _may_submit(achievement))
        if request.args.get("check"):
            service.ready(db.session(), achievement, now)
    except Invalid as error:
        form.complain(error.complaints)
    except (Stale, IllegalMove):
        return _stale(form, achievement_id, actor)
    return _form(form, achievement, 422 if form.sent else 200)


def _blank(actor: Actor) -> BehalfAchievementForm:
    """The blank form; `?organisation=` names an institute in sight that it is for."""
    values = BehalfAchievementForm.values(AchievementDraft())
    number = request.args.get("organisation", 0, type=int)
    if 0 < number <= 2147483647:
        institute = people.organisation(db.session(), actor, number)
        values |= {"credit_code": institute.credit_code or "", "organisation_name": institute.name,
                   "supply_kind": institute.supply_kind or "", "owner": institute.name}  # fmt: skip
    return BehalfAchievementForm(data=values)


def _post(form: BehalfAchievementForm, actor: Actor, now: datetime) -> int:
    """Save a new achievement; the second of two simultaneous clicks finds what the first one made."""
    draft = form.draft(service.required_of(None) if form.hands_in else ())
    details, provenance, uploads = form.details(), form.provenance(), form.uploads()

    def save() -> int:
        with writing() as session:
            organisation = behalf.organisation(session, details, actor, now)
            key = str(form.form_key.data)
            achievement = service.post(session, draft, organisation, provenance, actor, now, form_key=key)
            attachments.add(session, achievement, uploads, actor, now)
            _hand_in(session, form, achievement, actor, now)
            return achievement.id

    try:
        return save()
    except Stale:
        return save()


def _revise(form: AchievementForm, achievement_id: int, actor: Actor, now: datetime) -> int:
    uploads = form.uploads()
    with writing() as session:
        achievement = reading.one(session, reading.visible_to(actor), achievement_id)
        draft = form.draft(service.required_of(achievement) if form.hands_in else ())
        service.revise(session, achievement, draft, actor, now, version=form.shown_version)
        attachments.add(session, achievement, uploads, actor, now)
        _hand_in(session, form, achievement, actor, now)
    return achievement_id


def _hand_in(session: Session, form: AchievementForm, achievement: Achievement, actor: Actor, now: datetime) -> None:
    if form.hands_in and achievement.machine.may_start(achievement.state, "submit"):
        conduct.carry_out(session, Step(achievement, "submit"), actor, now)


def _may_submit(achievement: Achievement | None) -> bool:
    return achievement is None or achievement.machine.may_start(achievement.state, "submit")


def _saved(form: AchievementForm, achievement_id: int, may_submit: bool = True) -> Response:
    flash("已提交，等待审核。" if form.hands_in and may_submit else "已保存。", "success")
    return redirect(url_for("desk.achievements_show", achievement_id=achievement_id), 303)


def _stale(form: AchievementForm, achievement_id: int, actor: Actor) -> Answer:
    """Show what was typed once more, above the news that somebody else changed the achievement meanwhile."""
    achievement = reading.one(db.session(), reading.visible_to(actor), achievement_id)
    form.version.data = str(achievement.version)
    news = f"在您填写期间，这项成果被别人改过或处理过（现在是“{achievement.state_label}”）。您填写的内容都在下面，还没有保存。"
    return _form(form, achievement, 409, news)


def _form(form: AchievementForm, achievement: Achievement | None, status: int, news: str = "") -> tuple[str, int]:
    session = db.session()
    return render_template(
        "desk/achievement_form.html",
        form=form,
        achievement=achievement,
        news=news,
        files=files.of(session, achievement) if achievement else [],
        industries=industries.every(session),
        departments=[one.name for one in achievement.organisation.departments] if achievement else [],
        remarks=achievement.remarks if achievement else {},
        may_submit=_may_submit(achievement),
    ), status


def _page(achievement_id: int, remarks: dict[str, str], reason: str, status: int, news: str = "") -> tuple[str, int]:
    actor, session = current_actor(), db.session()
    achievement = reading.one(session, reading.visible_to(actor), achievement_id)
    known, offered = reading.is_known(session, achievement, actor), open_moves(achievement, actor)
    return render_template(
        "desk/achievement.html",
        achievement=achievement,
        seen=reading.shown(achievement, known=known),
        files=files.in_sight_of(session, actor, achievement),
        history=histories.of(session, "achievement", achievement.id) if known else [],
        review=[move for move in offered if move.name in REVIEW],
        moves=[move for move in offered if move.name not in IN_FORM],
        editable=service.editable(achievement, actor),
        remarkable=REMARKABLE,
        remarks=remarks or achievement.remarks,
        reason=reason,
        news=news,
    ), status
