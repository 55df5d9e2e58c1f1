"""Where terms stand in a profile: its fields as they were typed, the places of a term in them, and short quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from matching.folding import fold
from matching.model import Profile
from matching.text import LONGEST_TEXT, Aligned, aligned, clean

FieldName = Literal["title", "keywords", "indicators", "body"]

_ONE_FOR_ONE = re.compile(
    r"[ -~\u4e00-\u9fff\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01-\uff5e\u2013\u2014\u2018\u2019\u201c\u201d"
    r"\u00b0\u00b1\u00b5\u00b7\u00d7\u2264\u2265\u03b1-\u03c9\n\t]*"
)
"""Characters that compatible composition (NFKC) and lower case leave or exchange for one other, whatever stands beside them."""

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
        return None if self.spelled == self.typed or self._in_place else aligned(self.typed)

    @property
    def _in_place(self) -> bool:
        """Whether cleaning put at most one character in the place of another: it only shortens a text of such characters."""
        same = len(self.spelled) == len(self.typed)
        return same and "&" not in self.typed and _ONE_FOR_ONE.fullmatch(self.typed) is not None

    def span(self, start: int, end: int) -> Span:
        """Returns where ``normal[start:end]`` was typed."""
        places = self._aligned
        if places is not None:
            start, end = places.span(start, end)
        return Span(self.field, self.item, start, end)

    def places(self, term: str) -> Iterator[tuple[int, int]]:
        """Yields the places of a normalised term in ``normal``; its Latin ends must not run on into letters or digits."""
        start = self.normal.find(term) if term else -1
        anywhere = start < 0 or not (_latin(term[0]) or _latin(term[-1]))
        while start >= 0:
            end = start + len(term)
            if anywhere or stands_alone(self.normal, start, end):
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
    """What a profile says, field by field, with the places of terms; ``LONGEST_TEXT`` characters at most. Any text is accepted."""

    def __init__(self, profile: Profile) -> None:
        self.lines: tuple[Line, ...] = tuple(_lines(profile))
        self._spans: dict[str, tuple[Span, ...]] = {}
        self._quoted: dict[str, tuple[str, str]] = {}

    @cached_property
    def normal(self) -> str:
        """All lines, normalised, one per field."""
        return "\n".join(line.normal for line in self.lines)

    def holds(self, term: str) -> bool:
        """Says whether a normalised term stands anywhere."""
        return term in self.normal and any(True for line in self.lines for _ in line.places(term))

    def spans(self, term: str) -> tuple[Span, ...]:
        """Returns all places of a normalised term, in the order of the fields, not overlapping within one field."""
        known = self._spans.get(term)
        if known is None:
            held = self.lines if term in self.normal else ()
            known = tuple(line.span(*place) for line in held for place in line.places(term))
            self._spans[term] = known
        return known

    def quotation(self, term: str) -> tuple[str, str]:
        """Returns a term as it is spelled at its first place, and with what stands around it; the term twice if nowhere."""
        known = self._quoted.get(term)
        if known is None:
            known = self._quoted[term] = self._quotation(term)
        return known

    def _quotation(self, term: str) -> tuple[str, str]:
        for line in self.lines:
            for start, end in line.places(term):
                left, right = max(0, start - AROUND), min(len(line.spelled), end + AROUND)
                opening, closing = "…" if left else "", "…" if right < len(line.spelled) else ""
                return line.spelled[start:end], f"{opening}{line.spelled[left:right].strip()}{closing}"
        return term, term


def _lines(profile: Profile) -> Iterator[Line]:
    left = LONGEST_TEXT
    for field, item, text in _texts(profile):
        if left <= 0:
            return
        typed = text[:left]
        left -= len(typed)
        spelled = clean(typed)
        if spelled:
            normal = fold(spelled.lower())
            if len(normal) != len(spelled):  # a few letters (İ) grow when made small
                spelled = normal
            yield Line(field, item, typed, spelled, normal)


def _texts(profile: Profile) -> Iterator[tuple[FieldName, int, str]]:
    yield "title", 0, profile.title
    yield from (("keywords", number, keyword) for number, keyword in enumerate(profile.keywords))
    yield "indicators", 0, profile.indicators
    yield "body", 0, profile.body
