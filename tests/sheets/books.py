"""Workbooks made for the tests: clean rows of a kind, and any cell changed on demand."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from app.domain.vocabulary import SheetKind
from tests.sheets.rows import HEADERS, row_of


def book_of(
    kind: SheetKind = SheetKind.NEEDS,
    count: int = 3,
    changes: Mapping[str, Any] | None = None,
    header: Sequence[str] | None = None,
    above: Sequence[Sequence[str]] = (),
) -> bytes:
    """A workbook with `count` clean rows under the header (and the lines `above`), then the cells changed."""
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
