"""The organisation's own page: its data, its people, and an institute's departments and experts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Role
from app.domain.errors import Invalid, NotAllowed
from app.extensions import db, writing
from app.models.people import Expert, Organisation
from app.queries import absences, industries, people
from app.services import absences as absence_deeds
from app.services import organisations
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.absences import AbsenceForm
from app.web.forms.people import COMPLAINTS_SHOWN_AT, DepartmentForm, ExpertForm, OrganisationForm, yes_no
from app.web.portal.blueprint import portal

Page = str | Response | tuple[str, int]


@portal.get("/organisation")
def organisation() -> Page:
    """Show the organisation."""
    return _page(DepartmentForm(formdata=None))


def _page(form: DepartmentForm, status: int = 200, absence_form: AbsenceForm | None = None) -> tuple[str, int]:
    actor, session = current_actor(), db.session()
    found = people.own(session, actor)
    page = render_template(
        "portal/organisation.html",
        organisation=found,
        members=people.members(session, found.id),
        experts=people.experts(session, found.id),
        is_institute=actor.role is Role.INSTITUTE,
        form=form,
        absences=absences.ahead(session, found.id, clock.today(clock.now())),
        absence_form=absence_form or _absence_form(AbsenceForm(formdata=None), found),
    )
    return page, status


def _absence_form(form: AbsenceForm, found: Organisation) -> AbsenceForm:
    form.offer_experts((one.id, one.name) for one in people.experts(db.session(), found.id))
    return form


@portal.post("/organisation/absences")
def organisation_absence_new() -> Page:
    """Enter days on which the organisation or one of its experts cannot come."""
    actor = current_actor()
    form = _absence_form(AbsenceForm(), people.own(db.session(), actor))
    if form.validate_on_submit():
        try:
            with writing() as session:
                absence_deeds.add(session, people.own(session, actor), form.draft(), actor, clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("不能到会的日期已登记，年度排期会避开。", "success")
            return redirect(url_for("portal.organisation"), 303)
    return _page(DepartmentForm(formdata=None), 422, form)


@portal.post("/organisation/absences/<int(max=2147483647):absence_id>/drop")
def organisation_absence_drop(absence_id: int) -> Response:
    """Take an entry back."""
    actor = current_actor()
    with writing() as session:
        absence_deeds.drop(session, absences.own(session, actor, absence_id), actor, clock.now())
    flash("已删除。", "success")
    return redirect(url_for("portal.organisation"), 303)


@portal.route("/organisation/edit", methods=["GET", "POST"])
def organisation_edit() -> Page:
    """Change what the organisation keeps itself."""
    actor = current_actor()
    found = people.own(db.session(), actor)
    form = OrganisationForm(data=_values(found))
    form.offer_industries([industry.name for industry in industries.every(db.session())])
    if form.validate_on_submit():
        try:
            with writing() as session:
                found = people.own(session, actor)
                county = found.county.name if found.county else ""
                details = form.details(found.name, found.credit_code or "", county)
                organisations.revise(session, found, details, actor, clock.now())
        except Invalid as error:
            complaints.show(form, error, COMPLAINTS_SHOWN_AT)
        else:
            flash("单位资料已保存。", "success")
            return redirect(url_for("portal.organisation"), 303)
    return render_template("portal/organisation_form.html", form=form), 422 if form.errors else 200


def _values(found: Organisation) -> dict[str, Any]:
    names = ("address", "legal_person", "profile", "contact_name", "contact_phone", "contact_email")
    return {name: getattr(found, name) for name in names} | {
        "industry": found.industry.name if found.industry else "",
        "above_scale": yes_no(found.above_scale),
        "has_cooperation": yes_no(found.has_cooperation),
    }


def _institute_only() -> None:
    if current_actor().role is not Role.INSTITUTE:
        raise NotAllowed("只有院所高校需要登记院系和专家。")


@portal.post("/organisation/departments")
def organisation_department_new() -> Page:
    """Add a department."""
    _institute_only()
    actor, form = current_actor(), DepartmentForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                organisations.add_department(
                    session, people.own(session, actor), form.name.data, actor, clock.now()
                )  # fmt: skip
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("院系已增加。", "success")
            return redirect(url_for("portal.organisation"), 303)
    return _page(form, 422)


@portal.post("/organisation/departments/<int(max=2147483647):department_id>/drop")
def organisation_department_drop(department_id: int) -> Response:
    """Remove an unused department."""
    _institute_only()
    actor = current_actor()
    try:
        with writing() as session:
            department = organisations.department_of(session, people.own(session, actor), department_id)
            organisations.drop_department(session, department, actor, clock.now())
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash("院系已删除。", "success")
    return redirect(url_for("portal.organisation"), 303)


@portal.route("/organisation/experts/new", methods=["GET", "POST"])
def organisation_expert_new() -> Page:
    """Add an expert."""
    _institute_only()
    return _expert_page(None)


@portal.route("/organisation/experts/<int(max=2147483647):expert_id>", methods=["GET", "POST"])
def organisation_expert(expert_id: int) -> Page:
    """Change an expert."""
    _institute_only()
    session = db.session()
    return _expert_page(organisations.expert_of(session, people.own(session, current_actor()), expert_id))


def _expert_values(expert: Expert) -> dict[str, str]:
    department = expert.department.name if expert.department else ""
    return {
        "name": expert.name,
        "title": expert.title,
        "email": expert.email,
        "mobile": expert.mobile,
        "department": department,
    }


def _expert_page(expert: Expert | None) -> Page:
    actor, expert_id = current_actor(), expert.id if expert else None
    form = ExpertForm(data=_expert_values(expert) if expert else None)
    if form.validate_on_submit():
        try:
            with writing() as session:
                home = people.own(session, actor)
                present = organisations.expert_of(session, home, expert_id) if expert_id else None
                organisations.save_expert(session, home, present, form.draft(), actor, clock.now())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash("专家已保存。", "success")
            return redirect(url_for("portal.organisation"), 303)
    page = render_template("portal/organisation_expert.html", form=form, expert_id=expert_id)
    return page, 422 if form.errors else 200


@portal.post("/organisation/experts/<int(max=2147483647):expert_id>/drop")
def organisation_expert_drop(expert_id: int) -> Response:
    """Remove an expert who stands for nothing."""
    _institute_only()
    actor = current_actor()
    try:
        with writing() as session:
            expert = organisations.expert_of(session, people.own(session, actor), expert_id)
            organisations.drop_expert(session, expert, actor, clock.now())
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash("专家已删除。", "success")
    return redirect(url_for("portal.organisation"), 303)
