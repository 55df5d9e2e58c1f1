"""The table of units: from a spelling at a place in a text to a factor, a base unit and a dimension."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matching.text import read_words

UNIT_FILE = Path(__file__).parent / "words" / "units.txt"

_LINE = re.compile(r"(?P<names>.+?)\s+=\s+(?P<factor>\S+)\s+(?P<base>\S+)\s+(?P<dimension>\S+)(?P<spoken>\s+spoken)?")
_STROKE = re.compile(r"\s?(?:[/／]|每)\s?")
_DOT = "·⋅•"
_MOST_FACTORS = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: ``factor`` base units of a ``dimension``. ``spoken``: numbers in Chinese characters may stand before it."""

    factor: float
    base: str
    dimension: str
    spoken: bool = False

    def per(self, other: Unit) -> Unit:
        """Returns this unit divided by another; the names of base and dimension are divided too."""
        return Unit(
            self.factor / other.factor, f"{self.base}/{other.base}", f"{self.dimension}/{other.dimension}", self.spoken
        )

    def times(self, other: Unit) -> Unit:
        """Returns the product of two units, named in a fixed order."""
        base = "·".join(sorted((self.base, other.base)))
        return Unit(self.factor * other.factor, base, "·".join(sorted((self.dimension, other.dimension))), self.spoken)


class Found(NamedTuple):
    """A unit and the place where its spelling ends."""

    unit: Unit
    end: int


class Units:
    """The units of a file. Raises ValueError naming the line for one that is not ``names = factor base dimension``."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._exact: dict[str, Unit] = {}
        self._lower: dict[str, Unit] = {}
        for line in lines:
            hit = _LINE.fullmatch(line)
            if hit is None:
                raise ValueError(f"not a unit (names = factor base dimension): {line!r}")
            unit = Unit(float(hit["factor"]), hit["base"], hit["dimension"], hit["spoken"] is not None)
            for name in hit["names"].split():
                if name in self._exact:
                    raise ValueError(f"{name!r} stands for two units: {line!r}")
                self._exact[name] = unit
                self._lower.setdefault(name.lower(), unit)
        lengths: dict[str, set[int]] = {}
        for name in self._exact:
            bare = name.removeprefix("/")
            for first in (bare[0], bare[0].lower(), bare[0].upper()):
                lengths.setdefault(first, set()).add(len(bare))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    @staticmethod
    @cache
    def shipped() -> Units:
        """Returns the units of ``words/units.txt``, read once per process."""
        return Units(read_words(UNIT_FILE))

    def __iter__(self) -> Iterator[tuple[str, Unit]]:
        """Yields spelling and unit, in the order of the file."""
        return iter(self._exact.items())

    def at(self, text: str, start: int) -> Found | None:
        """Returns the unit that stands at a place: the longest spelling, with what it is divided by (``t/h``, ``W/(m·K)``)."""
        found = self._single(text, start, divisor=False)
        if found is None:
            return None
        unit, end = self._product(text, found)
        for _ in range(2):  # J/(g·K), mg/m3/h
            stroke = _STROKE.match(text, end)
            if stroke is None:
                break
            inside = text.startswith("(", stroke.end())
            divisor = self._single(text, stroke.end() + inside, divisor=True)
            if divisor is None:
                break
            by, reached = self._product(text, divisor) if inside else divisor
            if inside and not text.startswith(")", reached):
                break
            unit, end = unit.per(by), reached + inside
        return Found(unit, end)

    def _product(self, text: str, first: Found) -> Found:
        unit, end = first
        for _ in range(_MOST_FACTORS):
            if end >= len(text) or text[end] not in _DOT:
                break
            factor = self._single(text, end + 1, divisor=True)
            if factor is None:
                break
            unit, end = unit.times(factor.unit), factor.end
        return Found(unit, end)

    def _single(self, text: str, start: int, *, divisor: bool) -> Found | None:
        for length in self._lengths.get(text[start : start + 1], ()):
            name = text[start : start + length]
            unit = self._exact.get("/" + name) or self._lower.get("/" + name.lower()) if divisor else None
            unit = unit or self._exact.get(name)
            if unit is None and not (length == 1 and name.isupper()):  # a capital has one meaning only: 5G is no mass
                unit = self._lower.get(name.lower())
            if unit is not None and not _runs_on(text, start + len(name)):
                return Found(unit, start + len(name))
        return None


def _runs_on(text: str, end: int) -> bool:
    """Says whether Latin letters or digits go on past a place."""
    last = text[end - 1]
    latin = last.isascii() and last.isalnum()
    return latin and end < len(text) and text[end].isascii() and text[end].isalnum()
