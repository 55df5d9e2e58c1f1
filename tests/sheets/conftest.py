"""Workbooks and text files made for the tests: clean rows of both kinds, and any cell changed on demand."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from app.domain.vocabulary import SheetKind
from app.sheets.findings import SheetReading
from app.sheets.reading import read_sheet
from tests.sheets.rows import COUNTIES, HEADERS, TODAY, row_of

MakeBook = Callable[..., bytes]
Read = Callable[..., SheetReading]


@pytest.fixture
def make_book() -> MakeBook:
    """(kind, count, changes={cell: value}, header=...) -> bytes of a workbook with clean rows, then changed."""

    def make(
        kind: SheetKind = SheetKind.NEEDS,
        count: int = 3,
        changes: Mapping[str, Any] | None = None,
        header: Sequence[str] | None = None,
        above: Sequence[Sequence[str]] = (),
    ) -> bytes:
        book = Workbook()
        sheet = book.worksheets[0]
        names = list(header or HEADERS[kind])
        for line in above:
            sheet.append(list(line))
        sheet.append(names)
        for number in range(1, count + 1):
            values = row_of(kind, number)
            sheet.append([values.get(name) for name in names])
        for cell, value in (changes or {}).items():
            sheet[cell] = value
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return make


@pytest.fixture
def read() -> Read:
    """(data, kind=needs, filename) -> the reading, with the counties and the day of the tests."""

    def reader(data: bytes, kind: SheetKind = SheetKind.NEEDS, filename: str = "表.xlsx") -> SheetReading:
        return read_sheet(data, filename, kind, COUNTIES, TODAY)

    return reader
