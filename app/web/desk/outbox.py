"""The outbox as a whole: rules of sending, pause and resume, dead addresses, special days."""

from __future__ import annotations

import dataclasses

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.errors import Invalid, Missing
from app.domain.permissions import Permission, allows, require
from app.extensions import db, writing
from app.models.outbox import SuppressedAddress
from app.models.reference import SpecialDay
from app.queries import histories, reference
from app.queries import outbox as queries
from app.services import bounces, sending, special_days
from app.web.desk.blueprint import desk
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.outbox import AddressForm, RulesForm, SpecialDayForm

Page = str | Response | tuple[str, int]


@desk.get("/letters/rules")
def outbox_rules() -> str:
    """When and how fast letters leave, and the days that differ from the state's calendar."""
    require(current_actor(), Permission.LETTER_READ)
    return _rules_page(_rules_form(), SpecialDayForm(formdata=None))


def _rules_form() -> RulesForm:
    rules = sending.rules(db.session())
    start, end = rules.quiet or (None, None)
    return RulesForm(formdata=None, data={"quiet_from": start, "quiet_to": end, **dataclasses.asdict(rules)})


@desk.post("/letters/rules")
def outbox_revise() -> Page:
    """Put other rules in force."""
    require(current_actor(), Permission.INVITATION_SEND)
    form = RulesForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                sending.revise(session, form.rules(), current_actor(), clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("发送规则已保存，马上生效。", "success")
            return redirect(url_for("desk.outbox_rules"), 303)
    return _rules_page(form, SpecialDayForm(formdata=None)), 422


def _rules_page(form: RulesForm, day_form: SpecialDayForm) -> str:
    session = db.session()
    actor = current_actor()
    return render_template(
        "desk/outbox_rules.html",
        form=form,
        day_form=day_form,
        days=reference.special_days(session),
        entries=histories.of(session, "outbox", 1),
        may_act=allows(actor, Permission.INVITATION_SEND),
        may_edit_days=allows(actor, Permission.REFERENCE_EDIT),
    )


@desk.post("/letters/pause")
def outbox_pause() -> Response:
    """Let nothing leave until somebody resumes."""
    with writing() as session:
        sending.pause(session, request.form.get("reason", "")[:500], current_actor(), clock.now())
    flash("发送已暂停。信件会留在队列里，恢复后自动发出。", "success")
    return redirect(url_for("desk.letters"), 303)


@desk.post("/letters/resume")
def outbox_resume() -> Response:
    """Let letters leave again."""
    with writing() as session:
        sending.resume(session, current_actor(), clock.now())
    flash("已恢复发送。", "success")
    return redirect(url_for("desk.letters"), 303)


@desk.get("/letters/addresses")
def outbox_addresses() -> str:
    """The addresses to which no letter leaves."""
    require(current_actor(), Permission.LETTER_READ)
    return _addresses_page(AddressForm(formdata=None))


@desk.post("/letters/addresses")
def outbox_suppress() -> Page:
    """Send nothing more to one address."""
    require(current_actor(), Permission.INVITATION_SEND)
    form = AddressForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                bounces.suppress(session, *form.given(), current_actor(), clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("已登记，不再向这个邮箱发送信件。", "success")
            return redirect(url_for("desk.outbox_addresses"), 303)
    return _addresses_page(form), 422


def _addresses_page(form: AddressForm) -> str:
    text = request.args.get("q", "")[:100].strip()
    return render_template(
        "desk/outbox_addresses.html",
        form=form,
        page=queries.suppressed(db.session(), text, request.args.get("page", 1, type=int)),
        text=text,
        may_act=allows(current_actor(), Permission.INVITATION_SEND),
    )


@desk.post("/letters/addresses/<int(max=2147483647):address_id>/revive")
def outbox_revive(address_id: int) -> Response:
    """Send to the address again."""
    require(current_actor(), Permission.LETTER_READ)
    with writing() as session:
        found = session.get(SuppressedAddress, address_id)
        if found is None:
            raise Missing
        bounces.revive(session, found, current_actor(), clock.now())
    flash("已恢复，可以再向这个邮箱发送。原来失败的信件请逐封重新发送。", "success")
    return redirect(url_for("desk.outbox_addresses"), 303)


@desk.post("/letters/days")
def outbox_day_add() -> Page:
    """Say of one day whether the market works."""
    form = SpecialDayForm()
    require(current_actor(), Permission.REFERENCE_EDIT)
    if form.validate_on_submit():
        try:
            with writing() as session:
                special_days.add(
                    session, form.held_on.data, form.name.data or "", current_actor(), clock.now(),
                    is_working=form.is_working.data == "yes",
                )  # fmt: skip
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("日期已登记。", "success")
            return redirect(url_for("desk.outbox_rules"), 303)
    return _rules_page(_rules_form(), form), 422


@desk.post("/letters/days/<int(max=2147483647):day_id>/remove")
def outbox_day_remove(day_id: int) -> Response:
    """Follow the state's calendar again on that day."""
    require(current_actor(), Permission.LETTER_READ)
    with writing() as session:
        found = session.get(SpecialDay, day_id)
        if found is None:
            raise Missing
        special_days.remove(session, found, current_actor(), clock.now())
    flash("已删除，这一天按国家日历安排。", "success")
    return redirect(url_for("desk.outbox_rules"), 303)
