"""Workbooks and text files made for the tests: clean rows of both kinds, and any cell changed on demand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.vocabulary import SheetKind
from app.sheets.findings import SheetReading
from app.sheets.reading import read_sheet
from tests.sheets.books import book_of
from tests.sheets.rows import COUNTIES, TODAY

MakeBook = Callable[..., bytes]
Read = Callable[..., SheetReading]


@pytest.fixture
def make_book() -> MakeBook:
    """(kind, count, changes={cell: value}, header=...) -> bytes of a workbook with clean rows, then changed."""
    return book_of


@pytest.fixture
def read() -> Read:
    """(data, kind=needs, filename) -> the reading, with the counties and the day of the tests."""

    def reader(data: bytes, kind: SheetKind = SheetKind.NEEDS, filename: str = "表.xlsx") -> SheetReading:
        return read_sheet(data, filename, kind, COUNTIES, TODAY)

    return reader
