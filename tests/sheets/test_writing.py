"""From rows to a workbook: text stays text, templates read back, the marked copy shows every fault at its place."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from app.domain.vocabulary import SheetKind
from app.sheets.columns import COLUMNS
from app.sheets.findings import address, shorten
from app.sheets.reading import REQUIRED
from app.sheets.writing import corrected_copy, template, to_csv, to_workbook
from tests.sheets.conftest import MakeBook, Read
from tests.sheets.rows import NAMES

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    '=HYPERLINK("http://127.0.0.1/","点我")',
    "\tx",
    "a\x00b\x1bc",
    "<b>&",
]


def test_hostile_text_stays_text_in_a_workbook() -> None:
    data = to_workbook("导出/表", ["甲", "=乙"], [[text, 1] for text in HOSTILE])
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet.title == "导出表"
    assert [sheet.cell(number, 1).data_type for number in range(2, 2 + len(HOSTILE))] == ["s"] * len(HOSTILE)
    assert [sheet.cell(number, 1).value for number in range(2, 2 + len(HOSTILE))] == [*HOSTILE[:6], "x", "abc", "<b>&"]
    assert (sheet["A2"].quotePrefix, sheet["B1"].data_type) == (True, "s")


def test_values_keep_their_types_in_a_workbook() -> None:
    data = to_workbook("表", ["数", "日", "是", "空"], [[Decimal("12.5"), date(2026, 3, 1), True, None]], (10, 12))
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert (sheet["A2"].value, sheet["C2"].value, sheet["D2"].value) == (12.5, "是", None)
    assert (sheet["B2"].is_date, sheet["B2"].number_format) == (True, "yyyy-mm-dd")


def test_csv_has_a_byte_order_mark_and_harmless_signs() -> None:
    assert to_csv(["甲", "乙"], [["=1+1", -5], ["-x", None], ["＝1", "a,b"]]).decode("utf-8") == (
        "\ufeff甲,乙\r\n'=1+1,-5\r\n'-x,\r\n'＝1,\"a,b\"\r\n"
    )


@pytest.mark.parametrize("kind", list(SheetKind))
def test_the_template_has_every_header_a_note_and_an_example(kind: SheetKind, read: Read) -> None:
    data = template(kind, NAMES)
    book = load_workbook(io.BytesIO(data))
    sheet, notes = book.worksheets
    assert [cell.value for cell in sheet[1]] == [column.name for column in COLUMNS[kind]]
    assert [cell.comment is not None for cell in sheet[1]] == [True] * len(COLUMNS[kind])
    assert [row[0].value for row in notes.iter_rows(min_row=2)] == [column.name for column in COLUMNS[kind]]
    assert len(sheet.data_validations.dataValidation) > 3
    reading = read(data, kind)
    assert [(c.cell, c.message) for c in reading.complaints] == [("", "表头下面没有数据，请填好后再上传。")]
    assert reading.notices == ()


@pytest.mark.parametrize("kind", list(SheetKind))
def test_the_examples_of_the_template_are_right(kind: SheetKind, read: Read) -> None:
    """The examples of the notes, put into one row, read without a complaint."""
    columns = [column for column in COLUMNS[kind] if column.example]
    assert {column.field for column in columns} >= REQUIRED[kind]
    data = to_workbook("例", [column.name for column in columns], [[column.example for column in columns]])
    reading = read(data, kind)
    assert reading.complaints == ()


def test_the_corrected_copy_marks_the_bad_cells_and_lists_them(make_book: MakeBook, read: Read) -> None:
    data = make_book(count=3, changes={"A3": "=1+1", "T4": "坏的邮箱", "R2": None})
    complaints = read(data).complaints
    copy = corrected_copy(data, "a.xlsx", SheetKind.NEEDS, complaints)
    book = load_workbook(io.BytesIO(copy))
    sheet, listed = book.worksheets
    red = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "00FF9999"]
    assert red == ["R2", "A3", "T4"]
    assert [sheet[cell].comment is not None for cell in red] == [True, True, True]
    assert (sheet["A3"].value, sheet["A3"].data_type) == ("=1+1", "s")
    assert [row[0].value for row in listed.iter_rows(min_row=2)] == ["R2", "A3", "T4"]
    again = read(copy)
    assert [(c.cell, c.message) for c in again.complaints] == [(c.cell, c.message) for c in complaints]


def test_a_text_file_and_a_sheet_without_header_have_a_corrected_copy_too(read: Read) -> None:
    data = "甲,乙\n1,2\n".encode("gb18030")
    complaints = read(data, filename="a.csv").complaints
    book = load_workbook(io.BytesIO(corrected_copy(data, "a.csv", SheetKind.NEEDS, complaints)))
    assert [cell.value for cell in book.worksheets[0][1]] == ["甲", "乙"]
    assert book.worksheets[1]["A2"].value == "整张表"


@pytest.mark.parametrize(
    ("column", "row", "cell"), [(0, 1, "A1"), (25, 7, "Z7"), (26, 138, "AA138"), (701, 2, "ZZ2"), (702, 3, "AAA3")]
)
def test_addresses_are_those_of_the_spreadsheet_program(column: int, row: int, cell: str) -> None:
    assert address(column, row) == cell


def test_long_text_is_shortened_with_its_length() -> None:
    assert shorten("短  句\n子") == "短 句 子"
    assert shorten("长" * 32_767, 3) == "长长长……（共 32,767 个字）"
