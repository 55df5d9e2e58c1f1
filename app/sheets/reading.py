"""Owns the way from an uploaded file to drafts and complaints with cell addresses.

`read_sheet` writes nothing and asks nobody: what counties there are and what day it is are arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.drafts import AchievementDraft, Contact, NeedDraft, OrganisationDraft
from app.domain.entries import Amount, county_of_address, is_mobile
from app.domain.errors import Complaint, Invalid
from app.domain.validation import (
    ACHIEVEMENT_IN_SHEET,
    LABELS,
    NEED_IN_SHEET,
    check_achievement,
    check_need,
    check_organisation,
)
from app.domain.vocabulary import SheetKind, Visibility
from app.sheets.columns import COLUMNS, PASSED_OVER, Column, column_of, header_key
from app.sheets.findings import CellComplaint, Notice, SheetReading, SheetRow, address, shorten
from app.sheets.grid import BLANK, HEADER_WITHIN, Cell, Line, Table, open_tables

REQUIRED: Mapping[SheetKind, frozenset[str]] = {
    SheetKind.NEEDS: NEED_IN_SHEET | {"name"},
    SheetKind.ACHIEVEMENTS: ACHIEVEMENT_IN_SHEET | {"name"},
}
"""The fields that every row must fill, and whose columns the sheet must have."""

NOTES, FAULTS = "填写说明", "问题清单"
"""The sheets that our own templates and corrected copies have beside the rows."""

_COLUMN_OF_COMPLAINT = {"contact_mobile": "contact_phone"}
_ORGANISATION_FIELDS = ("name", "credit_code", "address", "legal_person", "county", "above_scale", "has_cooperation")
_PASSED_OVER = frozenset(header_key(name) for name in PASSED_OVER)


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of a table: which column of the file (counted from 0) is which of ours."""

    table: Table
    row: int
    columns: Mapping[int, Column]
    twice: tuple[tuple[int, Column], ...]
    unknown: tuple[tuple[int, str], ...]
    passed_over: tuple[int, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that the sheet has."""
        return frozenset(column.field for column in self.columns.values())


def read_sheet(data: bytes, filename: str, kind: SheetKind, counties: Mapping[str, str], today: date) -> SheetReading:
    """Read a whole sheet. `counties` maps every accepted spelling to the county's name.

    Raises Invalid when the file can't be opened at all; everything else is a complaint or a notice in the reading.
    """
    tables = open_tables(data, filename)
    header = find_header(tables, kind)
    if header is None or _is_other_kind(tables, header, kind):
        return SheetReading(kind, 0, (), (_no_header(tables, kind),), ())
    faults = list(_header_faults(header, kind))
    notices = list(_header_notices(header, tables))
    rows: list[SheetRow] = []
    for line in header.table.lines:
        if line.number <= header.row:
            continue
        cells = {column.field: (_at(line, index), index) for index, column in header.columns.items()}
        if not any(cell.text for cell, _ in cells.values()):
            continue
        row, complaints = _Row(kind, header, line, counties).read()
        rows.append(row)
        faults += complaints
    if not rows:
        faults.append(CellComplaint("", "", "", "至少一行数据", "表头下面没有数据，请填好后再上传。"))
    notices += _expiry_notices(rows, today)
    return SheetReading(kind, header.row, tuple(rows), tuple(faults), tuple(notices))


def find_header(tables: tuple[Table, ...], kind: SheetKind) -> Header | None:
    """The row that names most of our columns, within the first rows of each table; None if none names two."""
    best: Header | None = None
    for table in tables:
        for line in table.lines[:HEADER_WITHIN]:
            candidate = _header(table, line, kind)
            if len(candidate.columns) >= 2 and (best is None or len(candidate.columns) > len(best.columns)):
                best = candidate
    return best


def _header(table: Table, line: Line, kind: SheetKind) -> Header:
    columns: dict[int, Column] = {}
    twice: list[tuple[int, Column]] = []
    unknown: list[tuple[int, str]] = []
    passed_over: list[int] = []
    seen: set[str] = set()
    for index, cell in enumerate(line.cells):
        column = column_of(kind, cell.text)
        if column is None:
            if header_key(cell.text) in _PASSED_OVER:
                passed_over.append(index)
            elif cell.text:
                unknown.append((index, cell.text))
        elif column.field in seen:
            twice.append((index, column))
        else:
            seen.add(column.field)
            columns[index] = column
    return Header(table, line.number, columns, tuple(twice), tuple(unknown), tuple(passed_over))


def _is_other_kind(tables: tuple[Table, ...], header: Header, kind: SheetKind) -> bool:
    """Whether the header has no title of this kind and names more columns of the other kind."""
    other = find_header(tables, _other(kind))
    return "title" not in header.fields and other is not None and len(other.columns) > len(header.columns)


def _other(kind: SheetKind) -> SheetKind:
    return SheetKind.ACHIEVEMENTS if kind is SheetKind.NEEDS else SheetKind.NEEDS


def _no_header(tables: tuple[Table, ...], kind: SheetKind) -> CellComplaint:
    wanted = "、".join(column.name for column in COLUMNS[kind] if column.field in REQUIRED[kind])
    other = _other(kind)
    message = f"前 {HEADER_WITHIN} 行里没有找到表头。请下载模板，按模板的表头填写后再上传。"
    if find_header(tables, other) is not None:
        message = f"这看起来是{other}表，不是{kind}表。请到“{other}”的导入页面上传，或改用{kind}模板。"
    return CellComplaint("", "", "", wanted, message)


def _header_faults(header: Header, kind: SheetKind) -> Iterator[CellComplaint]:
    for column in COLUMNS[kind]:
        absent = column.field in REQUIRED[kind] and column.field not in header.fields
        if absent and not (column.field == "contact_phone" and "contact_landline" in header.fields):
            yield CellComplaint(
                "", column.name, "", column.expected, f"缺少“{column.name}”这一列，请在第 {header.row} 行加上这个表头。"
            )
    for index, column in header.twice:
        cell = address(index, header.row)
        message = f"“{column.name}”这一列出现了两次，分不清以哪一列为准，请删去或改名其中一列。"
        yield CellComplaint(cell, column.name, column.name, "每种内容只有一列", message)


def _header_notices(header: Header, tables: tuple[Table, ...]) -> Iterator[Notice]:
    for index, text in header.unknown:
        yield Notice(address(index, header.row), f"不认识表头“{shorten(text, 20)}”，这一列不会导入。")
    for index in header.passed_over:
        if any(_at(line, index).text for line in header.table.lines if line.number > header.row):
            title = _at(next(line for line in header.table.lines if line.number == header.row), index).text
            yield Notice(address(index, header.row), f"“{title}”一列不随表格导入；图片和附件请在网页上补传。")
    if header.table.name and len(tables) > 1:
        others = [
            table.name for table in tables if table.lines and table.name not in {header.table.name, NOTES, FAULTS}
        ]
        if others:
            named = "、".join(f"“{name}”" for name in others)
            yield Notice("", f"只读取了工作表“{header.table.name}”，没有读取{named}。")


def _expiry_notices(rows: list[SheetRow], today: date) -> Iterator[Notice]:
    past = [row for row in rows if row.need and row.need.valid_until and row.need.valid_until < today]
    if past:
        first = past[0].cells.get("valid_until", "")
        yield Notice(first, f"有 {len(past)} 行的有效期已经过去（从 {first} 起），不影响导入，请尽快更新有效期。")


def _at(line: Line, index: int) -> Cell:
    return line.cells[index] if index < len(line.cells) else BLANK


class _Row:
    """One row on its way to a draft; collects its complaints in the order of the columns."""

    def __init__(self, kind: SheetKind, header: Header, line: Line, counties: Mapping[str, str]) -> None:
        self.kind = kind
        self.header = header
        self.line = line
        self.counties = counties
        self.values: dict[str, Any] = {}
        self.faults: dict[int, CellComplaint] = {}
        self.position = {column.field: index for index, column in header.columns.items()}

    def read(self) -> tuple[SheetRow, list[CellComplaint]]:
        """The row and its complaints."""
        for index, column in self.header.columns.items():
            self._value(index, column, _at(self.line, index))
        organisation = self._organisation()
        need = self._need() if self.kind is SheetKind.NEEDS else None
        achievement = self._achievement() if self.kind is SheetKind.ACHIEVEMENTS else None
        required = REQUIRED[self.kind]
        complaints: tuple[Complaint, ...] = check_organisation(organisation)
        if need is not None:
            complaints += check_need(need, required=required)
        if achievement is not None:
            complaints += check_achievement(achievement, required=required)
        for complaint in complaints:
            self._blame(complaint)
        row = SheetRow(
            self.line.number,
            organisation,
            need,
            achievement,
            {field: _at(self.line, index).text for field, index in self.position.items()},
            {field: address(index, self.line.number) for field, index in self.position.items()},
        )
        return row, [self.faults[index] for index in sorted(self.faults)]

    def _value(self, index: int, column: Column, cell: Cell) -> None:
        if cell.is_formula:
            self._fault(
                index,
                column,
                "这一格是公式，请改成文字或数值（复制后“选择性粘贴”为“数值”）。",
                "文字或数值，不能是公式",
            )
        elif cell.is_error:
            self._fault(index, column, f"这一格是错误值 {cell.text}，请改成正确的内容。")
        elif cell.text:
            try:
                self.values[column.field] = column.read(cell.text, self.counties)
            except Invalid as error:
                self._fault(index, column, error.message)

    def _fault(self, index: int, column: Column, message: str, expected: str = "") -> None:
        found = shorten(_at(self.line, index).text)
        fault = CellComplaint(
            address(index, self.line.number), column.name, found, expected or column.expected, message
        )
        self.faults.setdefault(index, fault)

    def _blame(self, complaint: Complaint) -> None:
        """Put a rule's complaint at its cell, unless that cell (or the whole column) is complained about already."""
        field = complaint.field
        if field not in self.position:
            field = _COLUMN_OF_COMPLAINT.get(field, "contact_landline" if field == "contact_phone" else field)
        index = self.position.get(field)
        if index is not None:
            column = self.header.columns[index]
            label = LABELS.get(complaint.field, column.name)
            self._fault(index, column, complaint.message.replace(label, column.name))

    def _get(self, field: str, default: Any = "") -> Any:
        value = self.values.get(field)
        return default if value is None else value

    def _organisation(self) -> OrganisationDraft:
        known = {field: self.values[field] for field in _ORGANISATION_FIELDS if field in self.values}
        if not known.get("county"):
            known["county"] = county_of_address(known.get("address", ""), self.counties)
        return OrganisationDraft(**known)

    def _contact(self) -> Contact:
        phone, landline = self._get("contact_phone"), self._get("contact_landline")
        if phone and not is_mobile(phone):
            phone, landline = "", landline or phone
        elif is_mobile(landline) and not phone:
            phone, landline = landline, ""
        return Contact(
            self._get("contact_name"), self._get("contact_title"), phone, landline, self._get("contact_email")
        )

    def _need(self) -> NeedDraft:
        get = self._get
        budget: Amount = get("budget", Amount())
        return NeedDraft(
            title=get("title"),
            category=get("category", None),
            field=get("field", None),
            industry=get("industry"),
            problem=get("problem"),
            key_technology=get("key_technology"),
            goal=get("goal"),
            basis=get("basis"),
            keywords=get("keywords", ()),
            modes=get("modes", ()),
            budget=budget.value,
            budget_negotiable=budget.negotiable,
            wanted_institutes=get("wanted_institutes"),
            wanted_experts=get("wanted_experts"),
            valid_until=get("valid_until", None),
            urgency=get("urgency", None),
            visibility=get("visibility", Visibility.PUBLIC),
            contact=self._contact(),
        )

    def _achievement(self) -> AchievementDraft:
        get = self._get
        price: Amount = get("price", Amount())
        ip_status, kinds = get("ip_status", (None, ()))
        lines = ("department", "owner_phone", "team", "indicators", "applications", "market", "acquisition")
        more = ("title", "summary", "funding", "awards", "patents", "industry", "suitable_for", "notes")
        return AchievementDraft(
            **{field: get(field) for field in (*lines, *more)},
            owner=get("owner") or get("name"),
            keywords=get("keywords", ()),
            kinds=kinds,
            completed_year=get("completed_year", None),
            maturity=get("maturity", None),
            level=get("level", None),
            ip_status=ip_status,
            field=get("field", None),
            willingness=get("willingness", None),
            modes=get("modes", ()),
            price=price.value,
            price_negotiable=price.negotiable,
            landed_locally=get("landed_locally", None),
            visibility=get("visibility", Visibility.PUBLIC),
            contact=self._contact(),
        )
