"""Owns the way from rows to a workbook: exports, the empty collection sheets, the copy with the faults marked.

Text stays text: what begins with = + - @ is never a formula, and what a workbook can't hold is taken out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.entries import clean
from app.domain.vocabulary import SheetKind
from app.sheets.columns import COLUMNS, Column
from app.sheets.findings import CellComplaint
from app.sheets.grid import MOST_ROWS, open_tables
from app.sheets.reading import FAULTS, NOTES, REQUIRED, find_header

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of what this module returns."""

_LONGEST_CELL = 32_767
_HEAD = PatternFill("solid", fgColor="DCE6F2")
_STARRED = PatternFill("solid", fgColor="FCE4D6")
_BAD = PatternFill("solid", fgColor="FF9999")
_BOLD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="top")
_TEXT_FIELDS = frozenset({"credit_code", "contact_phone", "contact_landline", "owner_phone", "patents"})

_Value = str | int | float | Decimal | bool | date | datetime | None


def to_workbook(
    title: str, header: Sequence[str], rows: Iterable[Sequence[_Value]], widths: Sequence[int] = ()
) -> bytes:
    """One worksheet with a header row. `widths` in characters, one per column, 16 where it ends."""
    book = Workbook()
    sheet = _first_sheet(book, title)
    _fill(sheet, header, rows, widths)
    return _saved(book)


def to_csv(header: Sequence[str], rows: Iterable[Sequence[_Value]]) -> bytes:
    """UTF-8 with a byte order mark (or a spreadsheet program misreads it); signs are kept from being formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def template(kind: SheetKind, counties: Sequence[str]) -> bytes:
    """The empty collection sheet: headers with notes, drop-downs, and a page that explains every column."""
    book = Workbook()
    sheet = _first_sheet(book, kind.label)
    for index, column in enumerate(COLUMNS[kind], start=1):
        starred = column.field in REQUIRED[kind]
        letter = get_column_letter(index)
        cell = write(sheet, 1, index, column.name)
        cell.font, cell.fill, cell.alignment = _BOLD, _STARRED if starred else _HEAD, _WRAP
        cell.comment = Comment(
            f"{'必填。' if starred else '选填。'}{column.expected}", "科技大市场", width=260, height=110
        )
        sheet.column_dimensions[letter].width = column.width
        if column.field in _TEXT_FIELDS:
            sheet.column_dimensions[letter].number_format = "@"
        _drop_down(sheet, letter, tuple(counties) if column.field == "county" else column.choices)
    sheet.freeze_panes = "B2"
    notes = book.create_sheet(NOTES)
    _fill(
        notes,
        ("列名", "是否必填", "填写要求", "示例"),
        (_note(kind, column) for column in COLUMNS[kind]),
        (20, 10, 60, 30),
    )
    return _saved(book)


def corrected_copy(data: bytes, filename: str, kind: SheetKind, complaints: Sequence[CellComplaint]) -> bytes:
    """The uploaded cells as plain text at the same addresses, the bad ones red with a note, and a list 问题清单.

    Raises Invalid when the file can't be opened.
    """
    tables = open_tables(data, filename)
    header = find_header(tables, kind)
    table = header.table if header else tables[0]
    book = Workbook()
    sheet = _first_sheet(book, table.name or kind.label)
    for line in table.lines:
        for index, held in enumerate(line.cells, start=1):
            if held.text:
                write(sheet, line.number, index, held.text)
    if header:
        for index, column in header.columns.items():
            sheet.cell(header.row, index + 1).font = _BOLD
            sheet.column_dimensions[get_column_letter(index + 1)].width = column.width
    for complaint in complaints:
        if complaint.cell:
            cell = sheet[complaint.cell]
            cell.fill = _BAD
            note = f"{complaint.message}\n应填：{complaint.expected}"
            cell.comment = Comment(note[:1_000], "问题", width=300, height=140)
    listed = book.create_sheet(FAULTS)
    _fill(
        listed,
        ("单元格", "列", "现在的内容", "应填", "问题和改法"),
        ((c.cell or "整张表", c.column, c.found, c.expected, c.message) for c in complaints),
        (10, 20, 36, 36, 60),
    )
    return _saved(book)


def write(sheet: Worksheet, row: int, column: int, value: _Value) -> Cell:
    """Put a value into a cell; text can't become a formula, can't be too long and holds no control characters."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # we merge no cells
    if isinstance(value, str):
        cell.value = clean(value)[:_LONGEST_CELL]
        if cell.value:
            cell.data_type = "s"
        if value.lstrip()[:1] in tuple("=+-@"):
            cell.quotePrefix = True
    elif isinstance(value, bool):
        cell.value = "是" if value else "否"
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
    return cell


def _first_sheet(book: Workbook, title: str) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    name = "".join(sign for sign in clean(title) if sign not in "[]:*?/\\'")[:31]
    sheet.title = name or "表格"
    return sheet


def _fill(
    sheet: Worksheet, header: Sequence[str], rows: Iterable[Sequence[_Value]], widths: Sequence[int] = ()
) -> None:
    for index, name in enumerate(header, start=1):
        cell = write(sheet, 1, index, name)
        cell.font, cell.fill = _BOLD, _HEAD
        sheet.column_dimensions[get_column_letter(index)].width = widths[index - 1] if index <= len(widths) else 16
    for number, row in enumerate(rows, start=2):
        for index, value in enumerate(row, start=1):
            write(sheet, number, index, value).alignment = _WRAP
    sheet.freeze_panes = "A2"


def _drop_down(sheet: Worksheet, letter: str, choices: Sequence[str]) -> None:
    """Offer the choices; other text stays possible, because several may be named in one cell."""
    formula = f'"{",".join(choices)}"'
    if choices and len(formula) <= 257:  # the format allows 255 characters between the quotes
        offer = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
        offer.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
        sheet.add_data_validation(offer)


def _note(kind: SheetKind, column: Column) -> tuple[str, str, str, str]:
    return (column.name, "必填" if column.field in REQUIRED[kind] else "选填", column.expected, column.example)


def _harmless(value: _Value) -> str:
    text = "" if value is None else clean(str(value))
    return f"'{text}" if isinstance(value, str) and text[:1] in tuple("=+-@＝＋－＠") and text else text


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
