"""The editable lists: industries, counties, venues, and the shape of each year."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.domain import clock
from app.domain.actor import Actor
from app.domain.errors import Invalid
from app.domain.permissions import Permission, allows, require
from app.domain.vocabulary import EventKind, Series, Topic
from app.extensions import db, writing
from app.models.reference import ProgrammeYear, Quota
from app.queries import industries
from app.queries import reference as lists
from app.services import reference as commands
from app.web.desk.blueprint import desk
from app.web.doors import current_actor
from app.web.forms import complaints
from app.web.forms.reference import CountyForm, IndustryForm, OpenYearForm, VenueForm, quota_fields, with_quotas

Page = str | Response | tuple[str, int]
Save = Callable[[Session, Actor], object]


@desk.get("/reference")
def reference() -> str:
    """All lists on one page."""
    return _overview(OpenYearForm(formdata=None))


def _overview(form: OpenYearForm) -> str:
    session = db.session()
    return render_template(
        "desk/reference.html",
        years=[(year, [(_quota_label(quota), quota) for quota in year.quotas]) for year in lists.years(session)],
        industries=industries.every(session),
        counties=lists.counties(session),
        venues=lists.venues(session),
        may_edit=allows(current_actor(), Permission.REFERENCE_EDIT),
        form=form,
    )


def _quota_label(quota: Quota) -> str:
    line = {**dict(Series.choices()), **dict(Topic.choices())}.get(quota.line, "")
    kind = EventKind(quota.kind).label
    return f"{kind}·{line}" if line else kind


@desk.route("/reference/industries/new", methods=["GET", "POST"])
@desk.route("/reference/industries/<int(max=2147483647):row_id>", methods=["GET", "POST"])
def reference_industry(row_id: int | None = None) -> Page:
    """Add or change an industry."""
    require(current_actor(), Permission.REFERENCE_EDIT)
    row = lists.industry(db.session(), row_id) if row_id is not None else None
    words = {"aliases": "、".join(row.aliases)} if row else {}
    form = IndustryForm(data=row and {"name": row.name, "tier": row.tier, "position": row.position, **words})
    return _form_page(form, "行业", row_id, lambda session, actor: commands.save_industry(
        session, row_id, form.draft(), actor, clock.now()))  # fmt: skip


@desk.route("/reference/counties/new", methods=["GET", "POST"])
@desk.route("/reference/counties/<int(max=2147483647):row_id>", methods=["GET", "POST"])
def reference_county(row_id: int | None = None) -> Page:
    """Add or change a county or zone."""
    require(current_actor(), Permission.REFERENCE_EDIT)
    row = lists.county(db.session(), row_id) if row_id is not None else None
    form = CountyForm(data=row and {"code": row.code, "name": row.name, "aliases": "、".join(row.aliases),
                                    "is_zone": row.is_zone, "position": row.position})  # fmt: skip
    return _form_page(form, "县（市、区）", row_id, lambda session, actor: commands.save_county(
        session, row_id, form.draft(), actor, clock.now()))  # fmt: skip


@desk.route("/reference/venues/new", methods=["GET", "POST"])
@desk.route("/reference/venues/<int(max=2147483647):row_id>", methods=["GET", "POST"])
def reference_venue(row_id: int | None = None) -> Page:
    """Add or change a venue."""
    require(current_actor(), Permission.REFERENCE_EDIT)
    row = lists.venue(db.session(), row_id) if row_id is not None else None
    county = row.county.name if row and row.county else ""
    form = VenueForm(data=row and {"name": row.name, "address": row.address, "capacity": row.capacity,
                                   "tables": row.tables, "county": county})  # fmt: skip
    form.offer_counties([one.name for one in lists.counties(db.session())])
    return _form_page(form, "会场", row_id, lambda session, actor: commands.save_venue(
        session, row_id, form.draft(), actor, clock.now()))  # fmt: skip


@desk.route("/reference/years/<int(max=2100):year>", methods=["GET", "POST"])
def reference_year(year: int) -> Page:
    """Change a year's name, period and minimums."""
    require(current_actor(), Permission.REFERENCE_EDIT)
    row = lists.year(db.session(), year)
    form = with_quotas({quota.id: _quota_label(quota) for quota in row.quotas})(data=_year_values(row))
    return _form_page(form, f"{year} 年", year, lambda session, actor: commands.save_year(
        session, year, form.draft(), actor, clock.now()), quota_fields(form))  # fmt: skip


def _year_values(row: ProgrammeYear) -> dict[str, object]:
    values: dict[str, object] = {"name": row.name, "starts_on": row.starts_on, "ends_on": row.ends_on, "note": row.note}
    return values | {f"quota_{quota.id}": quota.minimum for quota in row.quotas}


@desk.post("/reference/years")
def reference_year_open() -> Page:
    """Open a year with the shape of the action plan."""
    actor, form = current_actor(), OpenYearForm()
    require(actor, Permission.REFERENCE_EDIT)
    if not form.validate_on_submit():
        return _overview(form), 422
    with writing() as session:
        commands.open_year(session, form.year.data, actor, clock.now())
    flash(f"{form.year.data} 年已开设，请核对各类活动的最少场次。", "success")
    return redirect(url_for("desk.reference_year", year=form.year.data), 303)


def _form_page(form: FlaskForm, noun: str, row_id: int | None, save: Save, numbers: list[object] | None = None) -> Page:
    """Show the form, or save what it holds and return to the lists."""
    if form.validate_on_submit():
        try:
            with writing() as session:
                save(session, current_actor())
        except Invalid as error:
            complaints.show(form, error)
        else:
            flash(f"{noun}已保存。", "success")
            return redirect(url_for("desk.reference"), 303)
    title = f"修改{noun}" if row_id is not None else f"增加{noun}"
    plain = [field for field in form if field.type != "CSRFTokenField" and field not in (numbers or [])]
    page = render_template("desk/reference_form.html", form=form, title=title, fields=plain, numbers=numbers or [])
    return page, 422 if form.errors else 200
