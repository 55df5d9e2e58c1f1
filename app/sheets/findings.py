"""Owns what reading a sheet yields: rows as drafts, complaints with cell addresses, notices. Frozen values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.drafts import AchievementDraft, NeedDraft, OrganisationDraft
from app.domain.vocabulary import SheetKind


@dataclass(frozen=True, slots=True)
class CellComplaint:
    """One fault: where it is (`cell` such as C138, or "" for the whole file), what stands there, what is expected."""

    cell: str
    column: str
    found: str
    expected: str
    message: str

    @property
    def row(self) -> int:
        """The row number in the cell address, 0 for the whole file."""
        digits = "".join(sign for sign in self.cell if sign.isdigit())
        return int(digits) if digits else 0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that stops nothing; `cell` may be ""."""

    cell: str
    message: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that holds something. `raw` maps the field name to the text found; `cells` maps it to the address."""

    number: int
    organisation: OrganisationDraft
    need: NeedDraft | None
    achievement: AchievementDraft | None
    raw: Mapping[str, str]
    cells: Mapping[str, str]

    @property
    def title(self) -> str:
        """The title of the need or the achievement, possibly ""."""
        draft = self.need or self.achievement
        return draft.title if draft else ""


@dataclass(frozen=True, slots=True)
class SheetReading:
    """A whole sheet; complaints in the order of the cells. `header_row` is 0 when no header was found."""

    kind: SheetKind
    header_row: int
    rows: tuple[SheetRow, ...]
    complaints: tuple[CellComplaint, ...]
    notices: tuple[Notice, ...]

    @property
    def good_rows(self) -> tuple[SheetRow, ...]:
        """The rows without any complaint; none when the complaint is about the whole file or its header."""
        bad = {complaint.row for complaint in self.complaints}
        if any(number <= self.header_row for number in bad):
            return ()
        return tuple(row for row in self.rows if row.number not in bad)


def address(column: int, row: int) -> str:
    """The cell address of a column counted from 0 and a row counted from 1: (2, 138) -> C138."""
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def shorten(text: str, longest: int = 60) -> str:
    """The text for a report: one line, cut with its length named."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}……（共 {len(text):,} 个字）"
