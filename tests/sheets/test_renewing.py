"""Putting off the dates of validity in a workbook of an earlier year."""

from __future__ import annotations

from datetime import date

from app.domain.vocabulary import SheetKind
from app.sheets.reading import read_sheet
from app.sheets.renewing import put_off
from app.sheets.writing import to_workbook
from tests.conftest import ROOT

UNTIL = date(2027, 11, 30)
HEADER = ("技术需求名称", "有效期至", "单位名称")


def dates(data: bytes) -> list[date | None]:
    reading = read_sheet(data, "needs.xlsx", SheetKind.NEEDS, {}, UNTIL)
    return [row.need.valid_until if row.need else None for row in reading.rows]


def test_early_dates_are_put_off_and_later_ones_stay() -> None:
    rows = [
        ("甲", "2022-12-31", "甲公司"),
        ("乙", "2027年11月29日", "乙公司"),
        ("丙", "2028/1/1", "丙公司"),
        ("丁", "尽快", "丁公司"),
    ]
    data, moved = put_off(to_workbook("需求", HEADER, rows), "needs.xlsx", SheetKind.NEEDS, UNTIL)
    assert (moved, dates(data)) == (2, [UNTIL, UNTIL, date(2028, 1, 1), None])


def test_a_workbook_with_nothing_early_comes_back_as_it_is() -> None:
    data = to_workbook("需求", HEADER, [("甲", "2027-11-30", "甲公司")])
    assert put_off(data, "needs.xlsx", SheetKind.NEEDS, UNTIL) == (data, 0)


def test_a_sheet_without_such_a_column_comes_back_as_it_is() -> None:
    data = (ROOT / "demo" / "achievements.xlsx").read_bytes()
    assert put_off(data, "achievements.xlsx", SheetKind.ACHIEVEMENTS, UNTIL) == (data, 0)


def test_the_rest_of_the_sample_sheet_stays() -> None:
    before = (ROOT / "demo" / "needs.xlsx").read_bytes()
    after, moved = put_off(before, "needs.xlsx", SheetKind.NEEDS, UNTIL)
    old = read_sheet(before, "needs.xlsx", SheetKind.NEEDS, {}, UNTIL)
    new = read_sheet(after, "needs.xlsx", SheetKind.NEEDS, {}, UNTIL)
    changed = {
        name
        for one, other in zip(old.rows, new.rows, strict=True)
        for name in one.raw
        if one.raw[name] != other.raw[name]
    }
    assert (moved, changed) == (48, {"valid_until"})
