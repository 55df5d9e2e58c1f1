"""Owns the later date of validity: a workbook of an earlier year, with the dates that came too soon put off."""

from __future__ import annotations

import io
from datetime import date

from openpyxl import load_workbook

from app.domain.entries import read_date
from app.domain.errors import Invalid
from app.domain.vocabulary import SheetKind
from app.sheets.grid import open_tables
from app.sheets.reading import find_header

FIELD = "valid_until"


def put_off(data: bytes, filename: str, kind: SheetKind, until: date) -> tuple[bytes, int]:
    """The .xlsx workbook with every date of validity before `until` set to it, and how many there were.

    A workbook without such a date comes back as it is, byte for byte. Cells that hold no date stay for the import to
    complain of. Raises Invalid when the file can't be opened.
    """
    header = find_header(open_tables(data, filename), kind)
    columns = [] if header is None else [at for at, column in header.columns.items() if column.field == FIELD]
    if header is None or not columns:
        return data, 0
    at = columns[0]
    early = [
        line.number
        for line in header.table.lines
        if line.number > header.row and at < len(line.cells) and _is_before(line.cells[at].text, until)
    ]
    if not early:
        return data, 0
    book = load_workbook(io.BytesIO(data))
    sheet = book[header.table.name]
    for number in early:
        sheet.cell(number, at + 1).value = until.isoformat()
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue(), len(early)


def _is_before(text: str, until: date) -> bool:
    try:
        found = read_date(text)
    except Invalid:
        return False
    return found is not None and found < until
