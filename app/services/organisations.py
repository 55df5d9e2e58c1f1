"""Organisations: entering and editing them, their departments (院系) and experts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.actor import CITY, PROGRAMME, ROLE_OF, Actor, Role
from app.domain.entries import clean, clean_line, read_credit_code, read_email, read_mobile, read_phone
from app.domain.errors import Complaint, Invalid, Missing
from app.domain.permissions import Owner, Permission, require
from app.domain.profiles import ExpertDraft, OrganisationDetails
from app.domain.validation import check_contact, check_organisation
from app.domain.vocabulary import OrganisationKind, SupplyKind
from app.models.achievement import Achievement
from app.models.people import Department, Expert, Organisation
from app.models.reference import County
from app.queries import industries
from app.services import history

LONGEST_PROFILE = 2_000
_KIND_OF = {role: kind for kind, role in ROLE_OF.items()} | {Role.ADMINISTRATOR: OrganisationKind.MARKET}
_USUAL = {OrganisationKind.MARKET: "许昌科技大市场", OrganisationKind.BUREAU: "许昌市科学技术局"}
SELF_SERVICE = (OrganisationKind.ENTERPRISE, OrganisationKind.INSTITUTE)


def enter(session: Session, details: OrganisationDetails, actor: Actor, now: datetime) -> Organisation:
    """The desk or a county office enters an organisation by hand; it is admitted at once. Flushed.

    A county office enters enterprises and institutes of its own county only.
    """
    county = _county(session, details, actor)
    require(actor, Permission.ORGANISATION_EDIT, Owner(counties=frozenset({county.id}) if county else frozenset()))
    if actor.role is Role.COUNTY_OFFICE and details.kind not in SELF_SERVICE:
        raise Invalid((Complaint("kind", "县（市、区）只能登记企业和院所高校。"),))
    values = _checked(session, details, None)
    made = Organisation(
        kind=details.kind.value,
        name=clean_line(details.organisation.name),
        credit_code=values.pop("credit_code"),
        county=county,
        supply_kind=_supply_kind(details),
        approved_at=now,
        created_at=now,
    )
    _assign(made, values)
    session.add(made)
    session.flush()  # history names the organisation by id
    history.record(session, "organisation", made.id, "enter", actor, now, label="登记单位")
    return made


def for_operator(session: Session, role: Role, named: str, county: str, now: datetime) -> Organisation:
    """The organisation of this name or credit code, made and admitted when it is new; flushed. For the command line.

    Without a name: the market for organizers and administrators, the bureau for its people. Raises Invalid when none
    is named for other roles, or when the one found is of another kind.
    """
    kind = _KIND_OF.get(role)
    if kind is None:
        raise Invalid((Complaint("role", f"{role.label}不能有账号。"),))
    wanted = clean_line(named) or _USUAL.get(kind, "")
    if not wanted:
        raise Invalid((Complaint("organisation", "请用 --organisation 写明单位名称或统一社会信用代码。"),))
    found = session.scalar(
        select(Organisation).where(or_(Organisation.name == wanted, Organisation.credit_code == wanted))
    )
    if found is not None:
        if found.kind != kind.value:
            raise Invalid(f"“{found.name}”是{OrganisationKind(found.kind).label}，不是{kind.label}。")
        return found
    home = session.scalar(select(County).where(County.name == county)) if county else None
    if home is None and (county or kind is OrganisationKind.COUNTY_OFFICE):
        raise Invalid(f"没有县（市、区）“{county}”，请先载入基础资料，再用 --county 写明。")
    made = Organisation(kind=kind.value, name=wanted, county=home, approved_at=now, created_at=now)
    session.add(made)
    session.flush()  # the membership asks for the id
    history.record(session, "organisation", made.id, "enter", PROGRAMME, now, label="登记单位")
    return made


def revise(
    session: Session, organisation: Organisation, details: OrganisationDetails, actor: Actor, now: datetime
) -> None:
    """Write the changed data. Name, code, county and kind are the desk's to change; others keep them as they are."""
    require(actor, Permission.ORGANISATION_EDIT, organisation.owner)
    values = _checked(session, details, organisation)
    if actor.role in CITY:
        values["name"] = clean_line(details.organisation.name)
        values["county_id"] = county.id if (county := _county(session, details, actor)) else None
        values["supply_kind"] = _supply_kind(details)
    else:
        values.pop("credit_code")
    changed = _assign(organisation, values)
    if changed:
        history.record(session, "organisation", organisation.id, "edit", actor, now, label="修改单位资料",
                       details={"fields": changed})  # fmt: skip


def add_department(session: Session, organisation: Organisation, name: str, actor: Actor, now: datetime) -> Department:
    """The institute's department of this name, made when it is new; flushed."""
    require(actor, Permission.ORGANISATION_EDIT, organisation.owner)
    wanted = clean_line(name)
    if not wanted or len(wanted) > 80:
        raise Invalid((Complaint("name", "请填写院系（研究所）名称，最多 80 个字。"),))
    found = session.scalar(
        select(Department).where(Department.organisation_id == organisation.id, Department.name == wanted)
    )
    if found is not None:
        return found
    made = Department(organisation_id=organisation.id, name=wanted)
    session.add(made)
    session.flush()  # experts and achievements name it by id
    history.record(session, "organisation", organisation.id, "department", actor, now, label="增加院系",
                   details={"name": wanted})  # fmt: skip
    return made


def drop_department(session: Session, department: Department, actor: Actor, now: datetime) -> None:
    """Remove a department nobody and nothing belongs to."""
    organisation = department.organisation
    require(actor, Permission.ORGANISATION_EDIT, organisation.owner)
    users = _count(session, Achievement.id, Achievement.department_id == department.id)
    users += _count(session, Expert.id, Expert.department_id == department.id)
    if users:
        raise Invalid(f"“{department.name}”下还有成果或专家，不能删除。请先把它们改到别的院系。")
    history.record(session, "organisation", organisation.id, "department", actor, now, label="删除院系",
                   details={"name": department.name})  # fmt: skip
    session.delete(department)


def save_expert(
    session: Session, organisation: Organisation, expert: Expert | None, draft: ExpertDraft, actor: Actor, now: datetime
) -> Expert:
    """Change an expert, or add one with None; known by the e-mail address within the institute. Flushed."""
    require(actor, Permission.ORGANISATION_EDIT, organisation.owner)
    values = _expert_values(draft)
    double = select(Expert.id).where(
        Expert.organisation_id == organisation.id,
        Expert.email == values["email"],
        Expert.id != (expert.id if expert else 0),
    )
    if session.scalar(double):
        raise Invalid((Complaint("email", "本单位已经有用这个邮箱的专家。"),))
    name = clean_line(draft.department)
    values["department_id"] = add_department(session, organisation, name, actor, now).id if name else None
    row = expert or Expert(organisation_id=organisation.id)
    for field, value in values.items():
        setattr(row, field, value)
    session.add(row)
    session.flush()  # the page names the expert by id
    label = "修改专家" if expert else "增加专家"
    history.record(session, "organisation", organisation.id, "expert", actor, now, label=label,
                   details={"expert": row.id})  # fmt: skip
    return row


def drop_expert(session: Session, expert: Expert, actor: Actor, now: datetime) -> None:
    """Remove an expert who stands for no achievement."""
    organisation = expert.organisation
    require(actor, Permission.ORGANISATION_EDIT, organisation.owner)
    if _count(session, Achievement.id, Achievement.expert_id == expert.id):
        raise Invalid(f"{expert.name}名下还有成果，不能删除。请先把成果改给别的专家。")
    history.record(session, "organisation", organisation.id, "expert", actor, now, label="删除专家",
                   details={"expert": expert.id})  # fmt: skip
    session.delete(expert)


def _count(session: Session, column: Any, condition: Any) -> int:
    return int(session.scalar(select(func.count(column)).where(condition)) or 0)


def _county(session: Session, details: OrganisationDetails, actor: Actor) -> County | None:
    """The county the details name; a county office's own whatever they say."""
    if actor.role is Role.COUNTY_OFFICE:
        return session.get(County, actor.county_id) if actor.county_id is not None else None
    name = details.organisation.county
    if not name:
        return None
    county = session.scalar(select(County).where(County.name == name))
    if county is None:
        raise Invalid((Complaint("county", "没有这个县（市、区）。"),))
    return county


def _supply_kind(details: OrganisationDetails) -> str | None:
    if details.kind is not OrganisationKind.INSTITUTE:
        return None
    return str((details.supply_kind or SupplyKind.OTHER).value)


def _checked(session: Session, details: OrganisationDetails, present: Organisation | None) -> dict[str, Any]:
    """The column values of the details; Invalid with all complaints."""
    draft, contact = details.organisation, details.contact
    complaints = [*check_organisation(draft), *check_contact(contact)]
    if len(details.profile) > LONGEST_PROFILE:
        complaints.append(Complaint("profile", f"单位简介最多 {LONGEST_PROFILE:,} 个字，请精简。"))
    industry = industries.named(session, details.industry) if details.industry else None
    if details.industry and industry is None:
        complaints.append(Complaint("industry", "没有这个行业，请从列表中选择。"))
    if complaints:
        raise Invalid(tuple(complaints))
    code = read_credit_code(draft.credit_code) or None
    if code is not None:
        known = session.scalar(select(Organisation).where(Organisation.credit_code == code))
        if known is not None and known is not present:
            raise Invalid(
                (Complaint("credit_code", "这个统一社会信用代码已经登记在另一个单位名下，请在单位列表中查找。"),)
            )
    return {
        "credit_code": code,
        "industry_id": industry.id if industry else None,
        "address": clean_line(draft.address),
        "legal_person": clean_line(draft.legal_person),
        "above_scale": draft.above_scale,
        "has_cooperation": draft.has_cooperation,
        "profile": clean(details.profile),
        "contact_name": clean_line(contact.name),
        "contact_phone": read_phone(contact.mobile or contact.landline),
        "contact_email": read_email(contact.email),
    }


def _assign(row: Organisation, values: dict[str, Any]) -> list[str]:
    """Write the values; the names of those that changed."""
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _expert_values(draft: ExpertDraft) -> dict[str, Any]:
    complaints: list[Complaint] = []
    values: dict[str, Any] = {"name": clean_line(draft.name), "title": clean_line(draft.title)}
    if not values["name"] or len(values["name"]) > 40:
        complaints.append(Complaint("name", "请填写姓名，最多 40 个字。"))
    if len(values["title"]) > 40:
        complaints.append(Complaint("title", "职称职务最多 40 个字。"))
    for field, read, text in (("email", read_email, draft.email), ("mobile", read_mobile, draft.mobile)):
        try:
            values[field] = read(text)
        except Invalid as error:
            complaints.append(Complaint(field, error.message))
    if not complaints and not values["email"]:
        complaints.append(Complaint("email", "请填写邮箱，邀请函要发到这里。"))
    if complaints:
        raise Invalid(tuple(complaints))
    return values


def expert_of(session: Session, organisation: Organisation, expert_id: int) -> Expert:
    """The organisation's expert with this id; Missing for any other."""
    expert = session.get(Expert, expert_id)
    if expert is None or expert.organisation_id != organisation.id:
        raise Missing
    return expert


def department_of(session: Session, organisation: Organisation, department_id: int) -> Department:
    """The organisation's department with this id; Missing for any other."""
    department = session.get(Department, department_id)
    if department is None or department.organisation_id != organisation.id:
        raise Missing
    return department
