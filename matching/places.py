"""Where terms stand in a profile: its fields as they were typed, the places of a term in them, and short quotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from matching.folding import fold
from matching.model import Profile
from matching.text import LONGEST_TEXT, Aligned, aligned, clean

FieldName = Literal["title", "keywords", "indicators", "body"]

AROUND = 8
"""Characters that a quotation shows on either side of a term."""


class Span(NamedTuple):
    """A place in a field as it was typed: ``text[start:end]``; ``item`` is the number of the keyword, 0 in other fields."""

    field: FieldName
    item: int
    start: int
    end: int

    def as_json(self) -> dict[str, object]:
        """Returns the place as JSON."""
        return {"field": self.field, "item": self.item, "start": self.start, "end": self.end}


@dataclass(frozen=True)
class Line:
    """One field (or keyword) as typed, and as it is compared: ``spelled`` keeps its letter case, ``normal`` does not.

    ``spelled`` and ``normal`` have the same length.
    """

    field: FieldName
    item: int
    typed: str
    spelled: str
    normal: str

    @cached_property
    def _aligned(self) -> Aligned | None:
        """The places of the normalised characters, or None where they are those of the typed text."""
        return None if self.spelled == self.typed else aligned(self.typed)

    def span(self, start: int, end: int) -> Span:
        """Returns where ``normal[start:end]`` was typed."""
        places = self._aligned
        if places is not None:
            start, end = places.span(start, end)
        return Span(self.field, self.item, start, end)

    def places(self, term: str) -> Iterator[tuple[int, int]]:
        """Yields the places of a normalised term in ``normal``; its Latin ends must not run on into letters or digits."""
        start = self.normal.find(term) if term else -1
        while start >= 0:
            end = start + len(term)
            if stands_alone(self.normal, start, end):
                yield start, end
                start = self.normal.find(term, end)
            else:
                start = self.normal.find(term, start + 1)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Says whether the Latin ends of ``text[start:end]`` do not run on into the letters and digits around it."""
    if start and _latin(text[start]) and _latin(text[start - 1]):
        return False
    return not (end < len(text) and _latin(text[end - 1]) and _latin(text[end]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


class Fields:
    """All that a profile says, field by field, with the places of terms. Any text is accepted."""

    def __init__(self, profile: Profile) -> None:
        self.lines: tuple[Line, ...] = tuple(_lines(profile))

    @cached_property
    def normal(self) -> str:
        """All lines, normalised, one per field."""
        return "\n".join(line.normal for line in self.lines)

    def holds(self, term: str) -> bool:
        """Says whether a normalised term stands anywhere."""
        return any(True for line in self.lines for _ in line.places(term))

    def spans(self, term: str) -> tuple[Span, ...]:
        """Returns all places of a normalised term, in the order of the fields, not overlapping within one field."""
        return tuple(line.span(*place) for line in self.lines for place in line.places(term))

    def quotation(self, term: str) -> tuple[str, str]:
        """Returns a term as it is spelled at its first place, and with what stands around it; the term twice if nowhere."""
        for line in self.lines:
            for start, end in line.places(term):
                left, right = max(0, start - AROUND), min(len(line.spelled), end + AROUND)
                opening, closing = "…" if left else "", "…" if right < len(line.spelled) else ""
                return line.spelled[start:end], f"{opening}{line.spelled[left:right].strip()}{closing}"
        return term, term


def _lines(profile: Profile) -> Iterator[Line]:
    yield from _line("title", 0, profile.title)
    for number, keyword in enumerate(profile.keywords):
        yield from _line("keywords", number, keyword)
    yield from _line("indicators", 0, profile.indicators)
    yield from _line("body", 0, profile.body)


def _line(field: FieldName, item: int, typed: str) -> Iterator[Line]:
    spelled = clean(typed)
    if spelled:
        normal = fold(spelled.lower())
        if len(normal) != len(spelled):  # a few letters (İ) grow when made small
            spelled = normal
        yield Line(field, item, typed[:LONGEST_TEXT], spelled, normal)
