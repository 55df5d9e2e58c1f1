"""The institute's own achievements: list, form, page, moves; and for firms the achievements that institutes offer."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.drafts import AchievementDraft, Contact, Provenance
from app.domain.entries import is_mobile
from app.domain.errors import IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, require
from app.extensions import db, writing
from app.models.achievement import Achievement
from app.models.people import Organisation
from app.queries import achievements as reading
from app.queries import attachments as files
from app.queries import histories, industries, people
from app.services import achievements as service
from app.services import attachments, conduct
from app.services.steps import Step
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms.achievements import REMARKS, AchievementForm
from app.web.portal.blueprint import portal
from app.web.related import related_to

Answer = str | tuple[str, int] | Response


@portal.get("/achievements")
def achievements() -> Answer:
    """Own achievements by state; a firm sees those that institutes offer."""
    actor, wanted = current_actor(), reading.AchievementFilter.of(request.args)
    choices = [(one.id, one.name) for one in industries.every(db.session())]
    related = related_to("achievement", wanted.text)
    if actor.role is Role.ENTERPRISE:
        page = reading.offered(db.session(), actor, wanted, related=related)
        return render_template(
            "portal/achievements_offered.html", page=page, wanted=wanted, industries=choices, related=related
        )
    return render_template(
        "portal/achievements.html",
        page=reading.listed(db.session(), reading.own(actor), wanted, related=related),
        related=related,
        counts=reading.counts(db.session(), reading.own(actor)),
        state_choices=[(state.code, state.label) for state in Achievement.machine.states],
        wanted=wanted,
        industries=choices,
    )


@portal.route("/achievements/new", methods=["GET", "POST"])
def achievements_new() -> Answer:
    """The blank form; saving it gives a draft, 提交审核 hands it in."""
    actor, now = current_actor(), clock.now()
    require(actor, Permission.ACHIEVEMENT_WRITE)
    form = AchievementForm(data=AchievementForm.values(_prefilled(actor)))
    if form.sent:
        try:
            return _saved(form, _post(form, actor, now))
        except Invalid as error:
            form.complain(error.complaints)
        except Stale as error:
            return _form(form, None, 409, error.message)
    return _form(form, None, 422 if form.sent else 200)


@portal.route("/achievements/<int(max=2147483647):achievement_id>/edit", methods=["GET", "POST"])
def achievements_edit(achievement_id: int) -> Answer:
    """The form of a draft or returned achievement, with the reviewer's remarks beside the fields."""
    actor, now = current_actor(), clock.now()
    achievement = reading.one(db.session(), reading.own(actor), achievement_id)
    if not service.editable(achievement, actor) and not request.form:
        flash(f"这项成果现在是“{achievement.state_label}”，要修改请先点“修订”。", "error")
        return redirect(url_for("portal.achievements_show", achievement_id=achievement_id), 303)
    values = AchievementForm.values(service.draft_of(achievement))
    form = AchievementForm(data={**values, "version": achievement.version})
    try:
        if form.sent:
            return _saved(form, _revise(form, achievement_id, actor, now))
        if request.args.get("check"):
            service.ready(db.session(), achievement, now)
    except Invalid as error:
        form.complain(error.complaints)
    except (Stale, IllegalMove):
        return _stale(form, achievement_id, actor)
    return _form(form, achievement, 422 if form.sent else 200)


@portal.get("/achievements/<int(max=2147483647):achievement_id>")
def achievements_show(achievement_id: int) -> Answer:
    """An achievement's page: one's own with history and moves, another institute's as a stranger sees it."""
    actor, session = current_actor(), db.session()
    achievement = reading.one(session, reading.visible_to(actor), achievement_id)
    mine = achievement.organisation_id == actor.organisation_id
    known = mine or reading.is_known(session, achievement, actor)
    return render_template(
        "portal/achievement.html",
        achievement=achievement if mine else None,
        seen=reading.shown(achievement, known=known),
        files=files.in_sight_of(session, actor, achievement),
        history=histories.of(session, "achievement", achievement.id) if mine else [],
        moves=open_moves(achievement, actor) if mine else [],
        editable=mine and service.editable(achievement, actor),
        labels_of=REMARKS,
    )


@portal.post("/achievements/<int(max=2147483647):achievement_id>/move")
def achievements_move(achievement_id: int) -> Answer:
    """One of the lifecycle's moves on one's own achievement."""
    actor = current_actor()
    try:
        with writing() as session:
            achievement = reading.one(session, reading.own(actor), achievement_id)
            step = Step(achievement, request.form.get("move", ""), reason=request.form.get("reason", "")[:500])
            conduct.carry_out(session, step, actor, clock.now())
            label = achievement.state_label
    except Invalid:
        flash("还不能提交：下面标出的栏目要先补好。", "error")
        return redirect(url_for("portal.achievements_edit", achievement_id=achievement_id, check=1), 303)
    flash(f"好了，这项成果现在是“{label}”。", "success")
    return redirect(url_for("portal.achievements_show", achievement_id=achievement_id), 303)


def _prefilled(actor: Actor) -> AchievementDraft:
    """A blank achievement of the institute, with its contact."""
    organisation = db.session().get(Organisation, actor.organisation_id)
    assert organisation is not None
    phone = organisation.contact_phone
    contact = Contact(
        name=organisation.contact_name or actor.name,
        mobile=phone if is_mobile(phone) else "",
        landline="" if is_mobile(phone) else phone,
        email=organisation.contact_email,
    )
    return AchievementDraft(owner=organisation.name, contact=contact)


def _post(form: AchievementForm, actor: Actor, now: datetime) -> int:
    """Save a new achievement; the second of two simultaneous clicks finds what the first one made."""
    draft = form.draft(service.required_of(None) if form.hands_in else ())
    uploads = form.uploads()

    def save() -> int:
        with writing() as session:
            organisation = session.get(Organisation, actor.organisation_id)
            assert organisation is not None
            key = str(form.form_key.data)
            achievement = service.post(session, draft, organisation, Provenance(), actor, now, form_key=key)
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
        achievement = reading.one(session, reading.own(actor), achievement_id)
        draft = form.draft(service.required_of(achievement) if form.hands_in else ())
        service.revise(session, achievement, draft, actor, now, version=form.shown_version)
        attachments.add(session, achievement, uploads, actor, now)
        _hand_in(session, form, achievement, actor, now)
    return achievement_id


def _hand_in(session: Session, form: AchievementForm, achievement: Achievement, actor: Actor, now: datetime) -> None:
    if form.hands_in and achievement.machine.may_start(achievement.state, "submit"):
        conduct.carry_out(session, Step(achievement, "submit"), actor, now)


def _saved(form: AchievementForm, achievement_id: int) -> Response:
    flash(
        "已提交审核，审核结果会发邮件告诉联系人。" if form.hands_in else "草稿已保存，可以随时回来继续填写。", "success"
    )
    return redirect(url_for("portal.achievements_show", achievement_id=achievement_id), 303)


def _stale(form: AchievementForm, achievement_id: int, actor: Actor) -> Answer:
    """Show what was typed once more, above the news that somebody else changed the achievement meanwhile."""
    achievement = reading.one(db.session(), reading.own(actor), achievement_id)
    form.version.data = str(achievement.version)
    news = f"在您填写期间，这项成果被别人改过或处理过（现在是“{achievement.state_label}”）。您填写的内容都在下面，还没有保存；请对照最新内容后再保存。"
    return _form(form, achievement, 409, news)


def _form(form: AchievementForm, achievement: Achievement | None, status: int, news: str = "") -> tuple[str, int]:
    kept = files.of(db.session(), achievement) if achievement else []
    departments = [one.name for one in people.own(db.session(), current_actor()).departments]
    return render_template(
        "portal/achievement_form.html",
        form=form,
        achievement=achievement,
        news=news,
        files=kept,
        industries=industries.every(db.session()),
        departments=departments,
        remarks=achievement.remarks if achievement else {},
    ), status
