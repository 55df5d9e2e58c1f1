"""Works out what each row of a sheet would do: for which organisation, new, changed or already there. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.actor import PORTAL, Actor, Role
from app.domain.drafts import AchievementDraft, Contact, NeedDraft
from app.domain.entries import fold
from app.domain.permissions import require
from app.domain.vocabulary import OrganisationKind, SheetKind
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.people import Organisation
from app.models.reference import County
from app.queries.sheets import WRITE
from app.services import achievements, needs
from app.sheets.columns import COLUMNS
from app.sheets.findings import CellComplaint, Notice, SheetReading, SheetRow, shorten

Action = Literal["create", "update", "same", "repeat"]
ACTION_LABELS: Mapping[Action, str] = {"create": "新增", "update": "更新", "same": "不变", "repeat": "表内重复，跳过"}
Record = Need | Achievement
Draft = NeedDraft | AchievementDraft

_KIND = {SheetKind.NEEDS: OrganisationKind.ENTERPRISE, SheetKind.ACHIEVEMENTS: OrganisationKind.INSTITUTE}
_BLOCKED = {"settled": "已解决", "transferred": "已转化"}
_CONTACT = {"contact_name": "name", "contact_title": "title", "contact_email": "email"}


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What one good row does. `organisation` None: it is new; `record` and `before` only for update and same."""

    row: SheetRow
    action: Action
    organisation: Organisation | None
    record: Record | None
    draft: Draft

    def plain(self) -> dict[str, Any]:
        """For the report."""
        return {
            "row": self.row.number,
            "title": self.row.title,
            "organisation": self.organisation.name if self.organisation else self.row.organisation.name,
            "new_organisation": self.organisation is None,
            "action": self.action,
            "label": ACTION_LABELS[self.action],
            "record_id": self.record.id if self.record else None,
        }


@dataclass(frozen=True, slots=True)
class Examination:
    """A sheet read and laid against the database; complaints and notices of both, in the order of the cells."""

    reading: SheetReading
    plans: tuple[RowPlan, ...]
    complaints: tuple[CellComplaint, ...]
    notices: tuple[Notice, ...]

    def count(self, action: Action) -> int:
        """How many rows do this."""
        return sum(plan.action == action for plan in self.plans)


def examine(session: Session, reading: SheetReading, actor: Actor, today: date) -> Examination:
    """Lay the good rows against what is there already, as far as this actor may import."""
    require(actor, WRITE[reading.kind])
    known = _Known(session, reading)
    county = session.get(County, actor.county_id) if actor.role is Role.COUNTY_OFFICE else None
    plans: list[RowPlan] = []
    complaints: list[CellComplaint] = []
    notices: list[Notice] = []
    seen: dict[tuple[str, str], tuple[SheetRow, Draft]] = {}
    for row in reading.good_rows:
        organisation = known.organisation(row)
        fault = _organisation_fault(row, organisation, actor, reading.kind)
        if fault is None and county is not None:
            fault = _county_fault(row, organisation, county.name, reading.kind)
        if fault is not None:
            complaints.append(fault)
            continue
        notices += _organisation_notices(row, organisation)
        draft = _draft(row)
        key = (row.organisation.credit_code or fold(row.organisation.name), fold(row.title))
        if key in seen:
            first, first_draft = seen[key]
            if draft != first_draft:
                complaints.append(
                    _complain(
                        reading.kind,
                        row,
                        "title",
                        f"与第 {first.number} 行的单位和名称相同、内容不同，请合并成一行，或改名。",
                    )
                )
                continue
            plans.append(RowPlan(row, "repeat", organisation, None, draft))
            continue
        seen[key] = (row, draft)
        record = known.record(organisation, row.title)
        plan = _plan(row, organisation, record, draft, today)
        fault = _record_fault(plan, actor, reading.kind)
        if fault is not None:
            complaints.append(fault)
        else:
            plans.append(plan)
    every = sorted((*reading.complaints, *complaints), key=lambda one: one.row)
    return Examination(reading, tuple(plans), tuple(every), (*reading.notices, *notices))


class _Known:
    """The organisations and records that the rows may mean, loaded at once."""

    def __init__(self, session: Session, reading: SheetReading) -> None:
        everybody = session.scalars(
            select(Organisation).where(Organisation.kind == _KIND[reading.kind].value).order_by(Organisation.id)
        ).all()
        others = session.scalars(
            select(Organisation).where(
                Organisation.credit_code.in_([row.organisation.credit_code for row in reading.rows])
            )
        ).all()
        self.by_code = {one.credit_code: one for one in (*others, *everybody) if one.credit_code}
        self.by_name: dict[str, Organisation] = {}
        for one in everybody:
            self.by_name.setdefault(fold(one.name), one)
        self.records: dict[tuple[int, str], Record] = {}
        wanted = [organisation.id for row in reading.rows if (organisation := self.organisation(row))]
        for record in session.scalars(_records(reading.kind, wanted)).unique():
            self.records.setdefault((record.organisation_id, fold(record.title)), record)

    def organisation(self, row: SheetRow) -> Organisation | None:
        """By credit code; by name where the row or the known organisation has no code."""
        code = row.organisation.credit_code
        if code and code in self.by_code:
            return self.by_code[code]
        named = self.by_name.get(fold(row.organisation.name))
        return named if named is not None and not (code and named.credit_code) else None

    def record(self, organisation: Organisation | None, title: str) -> Record | None:
        """The organisation's record of this title that has not been withdrawn."""
        return self.records.get((organisation.id, fold(title))) if organisation else None


def _records(kind: SheetKind, organisation_ids: list[int]) -> Select[Any]:
    if kind is SheetKind.NEEDS:
        return (
            select(Need)
            .where(Need.organisation_id.in_(set(organisation_ids)), Need.state != "withdrawn")
            .options(selectinload(Need.indicators), joinedload(Need.organisation))
            .order_by(Need.id)
        )
    return (
        select(Achievement)
        .where(Achievement.organisation_id.in_(set(organisation_ids)), Achievement.state != "withdrawn")
        .options(joinedload(Achievement.organisation), joinedload(Achievement.department))
        .order_by(Achievement.id)
    )


def draft_of(record: Record) -> Draft:
    """What the record says now."""
    return needs.draft_of(record) if isinstance(record, Need) else achievements.draft_of(record)


def _draft(row: SheetRow) -> Draft:
    draft = row.need or row.achievement
    assert draft is not None  # a row of either kind has its draft
    return draft


def _plan(
    row: SheetRow, organisation: Organisation | None, record: Record | None, draft: Draft, today: date
) -> RowPlan:
    if record is None:
        return RowPlan(row, "create", organisation, None, draft)
    before = draft_of(record)
    merged = _merged(before, draft, row, today)
    return RowPlan(row, "same" if merged == before else "update", organisation, record, merged)


def _merged(before: Draft, draft: Draft, row: SheetRow, today: date) -> Draft:
    """The record's content with what the row gives; a blank cell or an absent column takes nothing away.

    A date of validity that has passed doesn't replace the record's own.
    """
    given = {field for field, text in row.raw.items() if text}
    for field, more in (("budget", "budget_negotiable"), ("price", "price_negotiable"), ("ip_status", "kinds")):
        if field in given:
            given.add(more)
    if isinstance(draft, NeedDraft) and draft.valid_until and draft.valid_until < today:
        given.discard("valid_until")
    names = {part.name for part in fields(draft)} - {"contact"}
    merged = replace(before, **{name: getattr(draft, name) for name in given & names})
    return replace(merged, contact=_merged_contact(before.contact, draft.contact, given))


def _merged_contact(before: Contact, contact: Contact, given: set[str]) -> Contact:
    changes = {name: getattr(contact, name) for field, name in _CONTACT.items() if field in given}
    changes |= {name: getattr(contact, name) for name in ("mobile", "landline") if getattr(contact, name)}
    return replace(before, **changes)


def _organisation_fault(
    row: SheetRow, organisation: Organisation | None, actor: Actor, kind: SheetKind
) -> CellComplaint | None:
    given = row.organisation
    if organisation is not None and organisation.kind != _KIND[kind].value:
        message = f"这个信用代码在系统中属于“{organisation.name}”，不是{_KIND[kind].label}，请核对。"
        return _complain(kind, row, "credit_code", message)
    if actor.role in PORTAL and (organisation is None or organisation.id != actor.organisation_id):
        return _complain(
            kind, row, "name", f"只能导入本单位（{actor.organisation_name}）的{kind}，请删去其他单位的行。"
        )
    if kind is SheetKind.NEEDS and organisation is None:
        if not given.credit_code:
            field = "credit_code" if "credit_code" in row.cells else "name"
            return _complain(kind, row, field, "系统中还没有这家单位，请填写它的 18 位统一社会信用代码。")
        if not given.county:
            field = "county" if "county" in row.cells else "name"
            return _complain(kind, row, field, "系统中还没有这家单位，请填写所在县（市、区）。")
    return None


def _county_fault(row: SheetRow, organisation: Organisation | None, own: str, kind: SheetKind) -> CellComplaint | None:
    """A county office imports for the firms of its own county only."""
    registered = organisation.county.name if organisation and organisation.county else ""
    county = registered if organisation else row.organisation.county
    if county == own:
        return None
    where = f"在{county}" if county else "还没有登记所在县（市、区）"
    field = "county" if "county" in row.cells else "name"
    return _complain(kind, row, field, f"这家单位{where}，您只能导入{own}单位的{kind}，请删去这一行。")


def _record_fault(plan: RowPlan, actor: Actor, kind: SheetKind) -> CellComplaint | None:
    record = plan.record
    if record is None or plan.action != "update":
        return None
    if record.state in _BLOCKED:
        return _complain(
            kind,
            plan.row,
            "title",
            f"系统中的同名{kind}“{_BLOCKED[record.state]}”，不能再用表格修改，请改名或删去这一行。",
        )
    noun = needs if isinstance(record, Need) else achievements
    if record.state == "submitted" and not noun.editable(record, actor):
        return _complain(
            kind, plan.row, "title", f"系统中的同名{kind}正在审核，暂时不能修改，请等审核结束后再导入，或删去这一行。"
        )
    return None


def _organisation_notices(row: SheetRow, organisation: Organisation | None) -> Iterator[Notice]:
    if organisation is None:
        return
    given = row.organisation
    cell = row.cells.get("name", "")
    if fold(organisation.name) != fold(given.name):
        yield Notice(cell, f"{cell} 的单位名称与系统登记的“{organisation.name}”不同，以系统登记的为准。")
    registered = organisation.county.name if organisation.county else ""
    if given.county and registered and given.county != registered:
        place = row.cells.get("county", cell)
        yield Notice(place, f"{place} 的县（市、区）与系统登记的“{registered}”不同，以系统登记的为准。")


def _complain(kind: SheetKind, row: SheetRow, field: str, message: str) -> CellComplaint:
    field = field if field in row.cells else "name"
    column = next(column for column in COLUMNS[kind] if column.field == field)
    found = shorten(row.raw.get(field, ""))
    return CellComplaint(row.cells.get(field, ""), column.name, found, column.expected, message)
