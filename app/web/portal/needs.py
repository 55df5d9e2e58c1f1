"""The firm's own needs: list, form, page, moves; and for institutes the needs that firms offer them."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.drafts import Contact, NeedDraft, Provenance
from app.domain.entries import is_mobile
from app.domain.errors import IllegalMove, Invalid, Missing, Stale
from app.domain.permissions import Permission, require
from app.extensions import db, writing
from app.models.need import Need
from app.models.people import Organisation
from app.queries import attachments as files
from app.queries import histories, industries, outlooks
from app.queries import needs as reading
from app.services import attachments, conduct
from app.services import needs as service
from app.services.steps import Step
from app.web.display import open_moves
from app.web.doors import current_actor
from app.web.forms.needs import REMARKS, NeedForm
from app.web.portal.blueprint import portal
from app.web.related import related_to

Answer = str | tuple[str, int] | Response


@portal.get("/needs")
def needs() -> Answer:
    """Own needs by state; an institute sees those that firms offer it."""
    actor, wanted = current_actor(), reading.NeedFilter.of(request.args)
    choices = [(one.id, one.name) for one in industries.every(db.session())]
    related = related_to("need", wanted.text)
    if actor.role is Role.INSTITUTE:
        page = reading.offered(db.session(), actor, wanted, related=related)
        return render_template(
            "portal/needs_offered.html", page=page, wanted=wanted, industries=choices, related=related
        )
    return render_template(
        "portal/needs.html",
        page=reading.listed(db.session(), reading.own(actor), wanted, related=related),
        related=related,
        counts=reading.counts(db.session(), reading.own(actor)),
        state_choices=[(state.code, state.label) for state in Need.machine.states],
        wanted=wanted,
        industries=choices,
    )


@portal.route("/needs/new", methods=["GET", "POST"])
def needs_new() -> Answer:
    """The blank form; saving it gives a draft, 提交审核 hands it in."""
    actor, now = current_actor(), clock.now()
    require(actor, Permission.NEED_WRITE)
    form = NeedForm(data=NeedForm.values(_prefilled(actor, now)))
    if form.sent:
        try:
            return _saved(form, _post(form, actor, now))
        except Invalid as error:
            form.complain(error.complaints)
        except Stale as error:
            return _form(form, None, 409, error.message)
    return _form(form, None, 422 if form.sent else 200)


@portal.route("/needs/<int(max=2147483647):need_id>/edit", methods=["GET", "POST"])
def needs_edit(need_id: int) -> Answer:
    """The form of a draft or returned need, with the reviewer's remarks beside the fields."""
    actor, now = current_actor(), clock.now()
    need = reading.one(db.session(), reading.own(actor), need_id)
    if not service.editable(need, actor) and not request.form:
        flash(f"这条需求现在是“{need.state_label}”，要修改请先点“修订”。", "error")
        return redirect(url_for("portal.needs_show", need_id=need_id), 303)
    form = NeedForm(data={**NeedForm.values(service.draft_of(need)), "version": need.version})
    try:
        if form.sent:
            return _saved(form, _revise(form, need_id, actor, now))
        if request.args.get("check"):
            service.ready(db.session(), need, now)
    except Invalid as error:
        form.complain(error.complaints)
    except (Stale, IllegalMove):
        return _stale(form, need_id, actor)
    return _form(form, need, 422 if form.sent else 200)


@portal.get("/needs/<int(max=2147483647):need_id>")
def needs_show(need_id: int) -> Answer:
    """A need's page: one's own with history and moves, another firm's as a stranger sees it."""
    actor, session = current_actor(), db.session()
    need = reading.one(session, reading.visible_to(actor), need_id)
    mine = need.organisation_id == actor.organisation_id
    known = mine or reading.is_known(session, need, actor)
    return render_template(
        "portal/need.html",
        need=need if mine else None,
        seen=reading.shown(need, known=known),
        files=files.in_sight_of(session, actor, need),
        history=histories.of(session, "need", need.id) if mine else [],
        moves=open_moves(need, actor) if mine else [],
        editable=mine and service.editable(need, actor),
        waits_for_answer=mine and service.waits_for_answer(need),
        advice=outlooks.advice(session, actor, need),
        labels_of=REMARKS,
    )


@portal.post("/needs/<int(max=2147483647):need_id>/move")
def needs_move(need_id: int) -> Answer:
    """One of the lifecycle's moves on one's own need."""
    actor = current_actor()
    try:
        with writing() as session:
            need = reading.one(session, reading.own(actor), need_id)
            step = Step(need, request.form.get("move", ""), reason=request.form.get("reason", "")[:500])
            conduct.carry_out(session, step, actor, clock.now())
            label = need.state_label
    except Invalid:
        flash("还不能提交：下面标出的栏目要先补好。", "error")
        return redirect(url_for("portal.needs_edit", need_id=need_id, check=1), 303)
    flash(f"好了，这条需求现在是“{label}”。", "success")
    return redirect(url_for("portal.needs_show", need_id=need_id), 303)


@portal.post("/needs/<int(max=2147483647):need_id>/confirm")
def needs_confirm(need_id: int) -> Answer:
    """Say that a need which others entered for the firm is right, or what is wrong with it."""
    actor, agrees = current_actor(), request.form.get("answer") == "agree"
    try:
        with writing() as session:
            need = reading.one(session, reading.own(actor), need_id)
            if not service.waits_for_answer(need):
                raise Missing
            service.confirm(session, need, agrees, request.form.get("note", "").strip(), actor, clock.now())
        flash("已记录，谢谢您的核实。", "success")
    except Invalid as error:
        flash(error.message, "error")
    return redirect(url_for("portal.needs_show", need_id=need_id), 303)


def _prefilled(actor: Actor, now: datetime) -> NeedDraft:
    """A blank need with the person at hand as its contact, valid for a year."""
    organisation = db.session().get(Organisation, actor.organisation_id)
    assert organisation is not None
    phone = organisation.contact_phone
    contact = Contact(
        name=organisation.contact_name or actor.name,
        mobile=phone if is_mobile(phone) else "",
        landline="" if is_mobile(phone) else phone,
        email=organisation.contact_email,
    )
    return NeedDraft(valid_until=service.default_validity(now), contact=contact)


def _post(form: NeedForm, actor: Actor, now: datetime) -> int:
    """Save a new need; the second of two simultaneous clicks finds what the first one made."""
    draft = form.draft(clock.today(now), service.required_of(None) if form.hands_in else ())
    uploads = form.uploads()

    def save() -> int:
        with writing() as session:
            organisation = session.get(Organisation, actor.organisation_id)
            assert organisation is not None
            key = str(form.form_key.data)
            need = service.post(session, draft, organisation, Provenance(), actor, now, form_key=key)
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
        need = reading.one(session, reading.own(actor), need_id)
        draft = form.draft(clock.today(now), service.required_of(need) if form.hands_in else ())
        service.revise(session, need, draft, actor, now, version=form.shown_version)
        attachments.add(session, need, uploads, actor, now)
        _hand_in(session, form, need, actor, now)
    return need_id


def _hand_in(session: Session, form: NeedForm, need: Need, actor: Actor, now: datetime) -> None:
    if form.hands_in and need.machine.may_start(need.state, "submit"):
        conduct.carry_out(session, Step(need, "submit"), actor, now)


def _saved(form: NeedForm, need_id: int) -> Response:
    flash(
        "已提交审核，审核结果会发邮件告诉联系人。" if form.hands_in else "草稿已保存，可以随时回来继续填写。", "success"
    )
    return redirect(url_for("portal.needs_show", need_id=need_id), 303)


def _stale(form: NeedForm, need_id: int, actor: Actor) -> Answer:
    """Show what was typed once more, above the news that somebody else changed the need meanwhile."""
    need = reading.one(db.session(), reading.own(actor), need_id)
    form.version.data = str(need.version)
    return _form(
        form,
        need,
        409,
        f"在您填写期间，这条需求被别人改过或处理过（现在是“{need.state_label}”）。您填写的内容都在下面，还没有保存；请对照最新内容后再保存。",
    )


def _form(form: NeedForm, need: Need | None, status: int, news: str = "") -> tuple[str, int]:
    kept = files.of(db.session(), need) if need else []
    return render_template(
        "portal/need_form.html",
        form=form,
        need=need,
        news=news,
        files=kept,
        industries=industries.every(db.session()),
        remarks=need.remarks if need else {},
    ), status
