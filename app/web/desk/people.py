"""Organisations and accounts: requests to decide, the list, one organisation's page, entering and editing."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import CITY, Actor, Role
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.domain.vocabulary import OrganisationKind
from app.extensions import db, writing
from app.models.people import Organisation
from app.queries import absences, histories, industries, outbox, people, reference
from app.queries.people import OrganisationFilter
from app.services import absences as absence_deeds
from app.services import conduct, organisations
from app.services.steps import Step
from app.web.desk.blueprint import desk
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.absences import AbsenceForm
from app.web.forms.people import COMPLAINTS_SHOWN_AT, RegisterForm, yes_no

Page = str | Response | tuple[str, int]
ADMITTED = [("yes", "已入驻"), ("no", "待审核")]
MOVED = {
    "approve": "已通过，并发邮件告知本人。",
    "refuse": "已退回，理由已发给本人。",
    "end": "已停用。",
    "restore": "已恢复。",
}


@desk.get("/people", endpoint="people")
def people_list() -> str:
    """Requests that wait, and all organisations in sight."""
    actor, session = current_actor(), db.session()
    narrowed = OrganisationFilter(
        text=request.args.get("q", "")[:100].strip(),
        kind=request.args.get("kind", ""),
        county=request.args.get("county", ""),
        admitted=request.args.get("admitted", ""),
        sort=request.args.get("sort", "-entered"),
    )
    page = people.organisations(session, actor, narrowed, request.args.get("page", 1, type=int))
    return render_template(
        "desk/people.html",
        page=page,
        sort=narrowed.sort,
        selects=_selects(actor),
        values={"q": narrowed.text, "kind": narrowed.kind, "county": narrowed.county, "admitted": narrowed.admitted},
        requested=people.requested(session, actor),
        may_enter=_may_enter(actor),
    )


def _selects(actor: Actor) -> list[tuple[str, str, list[tuple[str, str]]]]:
    selects = [("kind", "类型", OrganisationKind.choices()), ("admitted", "状态", ADMITTED)]
    if actor.role in CITY:
        counties = [(county.code, county.name) for county in reference.counties(db.session())]
        selects.insert(1, ("county", "县（市、区）", counties))
    return selects


def _may_enter(actor: Actor) -> bool:
    return actor.role in (Role.ORGANIZER, Role.ADMINISTRATOR, Role.COUNTY_OFFICE)


@desk.get("/people/<int(max=2147483647):organisation_id>")
def people_organisation(organisation_id: int) -> str:
    """One organisation: data, people, records, invitations, history."""
    return _organisation_page(people.organisation(db.session(), current_actor(), organisation_id))


def _organisation_page(found: Organisation, absence_form: AbsenceForm | None = None) -> str:
    session = db.session()
    form = absence_form or AbsenceForm(formdata=None)
    form.offer_experts((one.id, one.name) for one in people.experts(session, found.id))
    dossier = people.dossier(session, found)
    written_to = (
        found.contact_email,
        *(one.user.email for one in dossier.members),
        *(one.email for one in dossier.experts),
    )
    return render_template(
        "desk/people_organisation.html",
        organisation=found,
        dossier=dossier,
        dead=outbox.dead_among(session, set(written_to)),
        entries=histories.of(session, "organisation", found.id),
        may_edit=_may_enter(current_actor()),
        absences=absences.ahead(session, found.id, clock.today(clock.now())),
        absence_form=form,
    )


@desk.post("/people/<int(max=2147483647):organisation_id>/absences")
def people_absence_new(organisation_id: int) -> Page:
    """Enter days on which an organisation or one of its experts cannot come."""
    actor = current_actor()
    found = people.organisation(db.session(), actor, organisation_id)
    require(actor, Permission.ORGANISATION_EDIT, found.owner)
    form = AbsenceForm()
    form.offer_experts((one.id, one.name) for one in people.experts(db.session(), found.id))
    if form.validate_on_submit():
        try:
            with writing() as session:
                found = people.organisation(session, actor, organisation_id)
                absence_deeds.add(session, found, form.draft(), actor, clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("不能到会的日期已登记，年度排期会避开。", "success")
            return redirect(url_for("desk.people_organisation", organisation_id=organisation_id), 303)
    return _organisation_page(people.organisation(db.session(), actor, organisation_id), form), 422


@desk.post("/people/absences/<int(max=2147483647):absence_id>/drop")
def people_absence_drop(absence_id: int) -> Response:
    """Take an entry back."""
    actor = current_actor()
    with writing() as session:
        absence = absences.one(session, actor, absence_id)
        home = absence.organisation_id
        absence_deeds.drop(session, absence, actor, clock.now())
    flash("已删除。", "success")
    return redirect(url_for("desk.people_organisation", organisation_id=home), 303)


@desk.route("/people/new", methods=["GET", "POST"])
def people_new() -> Page:
    """Enter an organisation by hand."""
    actor = current_actor()
    require(actor, Permission.ORGANISATION_EDIT)
    form = _offered(RegisterForm(), actor)
    if form.validate_on_submit():
        try:
            with writing() as session:
                made = organisations.enter(session, form.full_details(), actor, clock.now())
                made_id = made.id
        except Invalid as error:
            complaints.show(form, error, COMPLAINTS_SHOWN_AT)
        else:
            flash("单位已登记。", "success")
            return redirect(url_for("desk.people_organisation", organisation_id=made_id), 303)
    return render_template("desk/people_form.html", form=form, organisation=None), 422 if form.errors else 200


@desk.route("/people/<int(max=2147483647):organisation_id>/edit", methods=["GET", "POST"])
def people_edit(organisation_id: int) -> Page:
    """Change an organisation's data."""
    actor = current_actor()
    found = people.organisation(db.session(), actor, organisation_id)
    require(actor, Permission.ORGANISATION_EDIT, found.owner)
    form = _offered(RegisterForm(data=_values(found)), actor)
    if form.validate_on_submit():
        try:
            with writing() as session:
                found = people.organisation(session, actor, organisation_id)
                organisations.revise(session, found, form.full_details(), actor, clock.now())
        except Invalid as error:
            complaints.show(form, error, COMPLAINTS_SHOWN_AT)
        else:
            flash("单位资料已保存。", "success")
            return redirect(url_for("desk.people_organisation", organisation_id=organisation_id), 303)
    found = people.organisation(db.session(), actor, organisation_id)
    return render_template("desk/people_form.html", form=form, organisation=found), 422 if form.errors else 200


def _offered(form: RegisterForm, actor: Actor) -> RegisterForm:
    """The form with its lists; a county office finds its own county only."""
    session = db.session()
    counties = reference.counties(session)
    if actor.role is Role.COUNTY_OFFICE:
        counties = [county for county in counties if county.id == actor.county_id]
        form.offer_kinds(organisations.SELF_SERVICE)
    form.offer_counties([county.name for county in counties])
    form.offer_industries([industry.name for industry in industries.every(session)])
    return form


def _values(found: Organisation) -> dict[str, Any]:
    """The form's fields as the row has them."""
    names = ("name", "address", "legal_person", "profile", "contact_name", "contact_phone", "contact_email", "kind")
    return {name: getattr(found, name) for name in names} | {
        "credit_code": found.credit_code or "",
        "supply_kind": found.supply_kind or "other",
        "county": found.county.name if found.county else "",
        "industry": found.industry.name if found.industry else "",
        "above_scale": yes_no(found.above_scale),
        "has_cooperation": yes_no(found.has_cooperation),
    }


@desk.post("/people/memberships/<int(max=2147483647):membership_id>")
def people_move(membership_id: int) -> Response:
    """Approve, refuse, end or restore somebody's place in an organisation."""
    actor, move = current_actor(), request.form.get("move", "")
    if move not in MOVED:
        raise IllegalMove("没有这个操作，请刷新页面后重试。")
    organisation_id = None
    try:
        with writing() as session:
            member = people.membership(session, actor, membership_id)
            organisation_id = member.organisation_id
            conduct.carry_out(session, Step(member, move, reason=request.form.get("reason", "")), actor, clock.now())
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(MOVED[move], "success")
    if request.form.get("next") == "queue" or organisation_id is None:
        return redirect(url_for("desk.people"), 303)
    return redirect(url_for("desk.people_organisation", organisation_id=organisation_id), 303)
