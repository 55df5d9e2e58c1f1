"""Which figures of a need an offer states alike, as numbers with units: the aspect FIGURES.

A target that an offer reports within its order is strong evidence that both speak of one problem, whatever the words.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from matching.quantities import Quantity, quantities
from matching.rows import Heap, Ragged, Texts

Floats = NDArray[np.float64]

REACH = math.log(4.0)
"""Figures that lie apart by this factor (4, as a logarithm) or more do not agree; in between agreement falls linearly."""

CLOSE = math.log(1.6)
"""Figures that lie apart by less than this factor count as alike when the catalogue is asked how common a figure is."""

BETTER = 0.5
"""What a distance counts on the side that the need asks for: 2 μm where at most 6 μm are wanted lies half as far as 18 μm."""

NAMED = 0.3
"""What agreement gains when both figures are of things whose names have two characters in common."""

RAREST = 3.5
"""The largest weight of one figure, in natural units of information: one offer in thirty states it. Rarer says no more,
because among many offers some agree by chance."""

PER_OFFER = 6.0
"""Figures of an offer that is full of them. How common a figure is, is counted among as many offers as have all figures of the
catalogue this way: offers without figures, however many, make no figure rarer."""

CHANCE = 0.3
"""What an offer with many figures of one kind loses: among n of them the best one agrees by chance the more easily, which takes
``CHANCE`` ln(n) natural units of information away."""

ENOUGH = (3.0, 1.25)
"""The evidence that makes the aspect 1, in natural units: the second for each figure of the need and for as many more as the first.
So an offer is asked for about half of what the need names, and for something when it names little. More adds nothing."""

MOST = 100
"""Different figures of a need that are looked at. A filing has up to thirty; a table that was pasted has thousands."""

Bound = Literal["most", "least", ""]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a range with its dimension, in base units; 0 < low <= high.

    ``text`` is how it was written, ``bound`` whether it is the most or the least that is wanted, ``about`` the name of what is
    measured as a set of characters (bit = code point modulo 61; now and then two characters share one).
    """

    dimension: str
    low: float
    high: float
    text: str = ""
    bound: Bound = ""
    about: int = 0


def figures(text: str) -> tuple[Figure, ...]:
    """Returns the figures of a cleaned text in order. A bound counts as the number it names; what is not above 0 is left out.

    Temperatures below zero are figures of a dimension of their own, by their size.
    """
    return tuple(figure for quantity in quantities(text) if (figure := _figure(quantity)) is not None)


def _figure(quantity: Quantity) -> Figure | None:
    ends = [end for end in (quantity.low, quantity.high) if math.isfinite(end)]
    dimension = quantity.dimension
    if ends and max(ends) < 0:
        dimension, ends = f"-{dimension}", [-end for end in ends]
    ends = [end for end in ends if end > 0]
    if not ends:
        return None
    about = 0
    for character in quantity.about:
        about |= 1 << (ord(character) % 61)
    return Figure(dimension, min(ends), max(ends), quantity.text, _BOUNDS.get(quantity.comparator, ""), about)


_BOUNDS: dict[str, Bound] = {"<": "most", "<=": "most", ">": "least", ">=": "least"}


@dataclass(frozen=True, slots=True)
class Agreement:
    """A figure of the need, the figure of the offer that comes closest, and its part of the aspect (> 0)."""

    asked: str
    offered: str
    part: float


@dataclass(frozen=True, slots=True)
class _Spread:
    """The figures of one dimension over the whole catalogue: sorted lower and upper ends, as logarithms."""

    lows: Floats
    highs: Floats

    def alike(self, low: float, high: float) -> int:
        """Returns how many figures overlap with the interval [low, high] widened by CLOSE."""
        begun = int(np.searchsorted(self.lows, high + CLOSE, side="right"))
        ended = int(np.searchsorted(self.highs, low - CLOSE, side="left"))
        return max(0, begun - ended)


_TYPES = (np.int32, np.float64, np.float64, np.uint64, np.int32)
"""Of the columns: dimension, the ends as logarithms, the name of what is measured, and the number of the text."""


class Table(NamedTuple):
    """The figures of some offers: the dimensions, sorted, the texts, and for each offer its figures in columns (``_TYPES``)."""

    dimensions: Sequence[str]
    texts: Texts
    rows: Ragged


class Stated:
    """Gathers the figures of offers, one offer after the other."""

    def __init__(self) -> None:
        self._dimensions: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self._rows = Heap("iddQi")

    def append(self, stated: Sequence[Figure]) -> None:
        """Takes the figures of one offer."""
        for figure in stated:
            self._dimensions.setdefault(figure.dimension, len(self._dimensions))
        texts = [self._texts.setdefault(figure.text, len(self._texts)) for figure in stated]
        self._rows.append(*_columns(stated, self._dimensions, texts))

    def table(self, order: NDArray[np.int64] | None = None) -> Table:
        """Returns what was gathered, the offers in the given order; nothing can be gathered afterwards."""
        rows = self._rows.rows()
        return _settled(list(self._dimensions), Texts.of(self._texts), rows if order is None else rows.chosen(order))


def gathered(offers: Iterable[Sequence[Figure]]) -> Table:
    """Returns the table of some offers."""
    stated = Stated()
    for one in offers:
        stated.append(one)
    return stated.table()


def _columns(stated: Sequence[Figure], numbers: Mapping[str, int], texts: Iterable[int]) -> list[list[Any]]:
    return [
        [numbers[figure.dimension] for figure in stated],
        [math.log(figure.low) for figure in stated],
        [math.log(figure.high) for figure in stated],
        [figure.about for figure in stated],
        list(texts),
    ]


def _settled(dimensions: Sequence[str], texts: Texts, rows: Ragged) -> Table:
    """Returns the dimensions that are used, sorted, the texts in the order of their first use, and the rows renumbered."""
    kinds, lows, highs, about, numbers = rows.columns
    kept = sorted(dimensions[number] for number in np.unique(kinds).tolist())
    places = {name: place for place, name in enumerate(kept)}
    renumbered = np.array([places.get(name, -1) for name in dimensions], dtype=np.int32)[kinds]
    used, firsts, of_entry = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    named: dict[str, int] = {}
    line = [named.setdefault(texts[int(number)], len(named)) for number in used[order].tolist()]
    number_of = np.zeros(len(used), dtype=np.int32)
    number_of[order] = line
    return Table(kept, Texts.of(named), Ragged(rows.starts, (renumbered, lows, highs, about, number_of[of_entry])))


def _changed(ends: Floats, end: float, change: int) -> Floats:
    """Returns sorted ends with one more, or without one that is there."""
    place = int(np.searchsorted(ends, end))
    return np.insert(ends, place, end) if change > 0 else np.delete(ends, place)


class Measures:
    """The figures of all offers as arrays: row -> dimension and ends. Never changed: changes give new ones."""

    def __init__(self, offers: Iterable[Sequence[Figure]] | Table) -> None:
        dimensions, texts, rows = offers if isinstance(offers, Table) else gathered(offers)
        self._number = {dimension: number for number, dimension in enumerate(dimensions)}
        self._texts = texts
        self._rows = rows
        kinds, lows, highs, *_ = rows.columns
        self._figures = len(kinds)
        order = np.argsort(kinds, kind="stable")
        bounds = np.searchsorted(kinds[order], np.arange(len(dimensions) + 1)).tolist()
        parts = [order[start:end] for start, end in itertools.pairwise(bounds)]
        self._spread = {
            dimension: _Spread(np.sort(lows[part]), np.sort(highs[part]))
            for dimension, part in zip(dimensions, parts, strict=True)
        }

    def with_offer(self, row: int, stated: Sequence[Figure]) -> Self:
        """Returns the measures with one offer more, in a row that is above all others."""
        number = dict(self._number)
        for figure in stated:
            number.setdefault(figure.dimension, len(number))
        first = len(self._texts)
        columns = _columns(stated, number, range(first, first + len(stated)))
        arrays = [np.array(column, dtype=kind) for column, kind in zip(columns, _TYPES, strict=True)]
        texts = self._texts.with_texts([figure.text for figure in stated])
        return self._recounted(arrays, 1, self._rows.with_row(row, *arrays), number, texts)

    def without(self, row: int) -> Self:
        """Returns the measures without an offer; the row of a fitted one is not to be asked for any more."""
        return self._recounted(self._rows.row(row), -1, self._rows.without(row), self._number, self._texts)

    def _recounted(
        self, columns: Sequence[NDArray[Any]], change: int, rows: Ragged, number: Mapping[str, int], texts: Texts
    ) -> Self:
        """Returns the measures with these rows, after an offer with these figures came (1) or went (-1)."""
        names, spreads = list(number), dict(self._spread)
        kinds, lows, highs, *_ = columns
        for kind, low, high in zip(kinds.tolist(), lows.tolist(), highs.tolist(), strict=True):
            spread = spreads.get(names[kind], _Spread(np.zeros(0), np.zeros(0)))
            spreads[names[kind]] = _Spread(_changed(spread.lows, low, change), _changed(spread.highs, high, change))
        after = copy.copy(self)
        count = self._figures + change * len(kinds)
        vars(after).update(_rows=rows, _number=number, _texts=texts, _spread=spreads, _figures=count)
        return after

    def chosen(self, rows: NDArray[np.int64]) -> Measures:
        """Returns the measures of these offers only, as a fresh fit in that order has them."""
        return Measures(_settled(list(self._number), self._texts, self._rows.chosen(rows)))

    @property
    def table(self) -> Table:
        """The dimensions, texts and rows that the same measures can be made of again."""
        return Table(list(self._number), self._texts, self._rows)

    def aspect(self, asked: Sequence[Figure], rows: NDArray[np.intp]) -> Floats:
        """Returns FIGURES for the offers in ``rows``, within [0, 1]."""
        total = np.zeros(len(rows))
        asked = _read(asked)
        weights = list(self._weights(asked))
        if weights and len(rows):
            owner, (dimension, lows, highs, about, _) = self._rows.gather(rows)
            for figure, weight in weights:
                of_kind = np.flatnonzero(dimension == self._number[figure.dimension])
                agreement = _agreement(figure, lows[of_kind], highs[of_kind], about[of_kind])
                best = np.zeros(len(rows))
                np.maximum.at(best, owner[of_kind], agreement)
                total += best * _surprise(weight, np.bincount(owner[of_kind], minlength=len(rows)))
        return np.minimum(1.0, total / _enough(asked))

    def agreements(self, asked: Sequence[Figure], row: int) -> list[Agreement]:
        """Returns the figures of a need that one offer states alike, in the need's order; their parts sum to the aspect."""
        found: list[Agreement] = []
        asked = _read(asked)
        enough = _enough(asked)
        dimension, lows, highs, about, texts = self._rows.row(row)
        for figure, weight in self._weights(asked):
            of_kind = np.flatnonzero(dimension == self._number[figure.dimension])
            if len(of_kind):
                agreement = _agreement(figure, lows[of_kind], highs[of_kind], about[of_kind])
                best = int(agreement.argmax())
                part = float(agreement[best] * _surprise(weight, np.array(len(of_kind)))) / enough
                if part > 0:
                    found.append(Agreement(figure.text, self._texts[int(texts[of_kind[best]])], part))
        total = max(1.0, math.fsum(one.part for one in found))
        return [Agreement(one.asked, one.offered, one.part / total) for one in found]

    def _weights(self, asked: Sequence[Figure]) -> Iterator[tuple[Figure, float]]:
        """Yields each figure of a known dimension with its weight: the information that agreeing with it carries."""
        for figure in asked:
            spread = self._spread.get(figure.dimension)
            if spread is not None:
                alike = spread.alike(math.log(figure.low), math.log(figure.high))
                yield figure, min(RAREST, math.log1p(self._figures / PER_OFFER / (alike + 0.5)))


def _read(asked: Sequence[Figure]) -> list[Figure]:
    """Returns the figures of a need that are looked at, each once."""
    return list(dict.fromkeys(asked))[:MOST]


def _enough(asked: Sequence[Figure]) -> float:
    """Returns the evidence that makes the aspect 1 for a need with these figures, each of them once."""
    more, each = ENOUGH
    return each * (len(asked) + more)


def _surprise(weight: float, figures: NDArray[np.int64]) -> Floats:
    """Returns the information left of a figure's weight for offers with this many figures of its dimension."""
    left: Floats = np.maximum(0.0, weight - CHANCE * np.log(np.maximum(1, figures)))
    return left


def _agreement(figure: Figure, lows: Floats, highs: Floats, about: NDArray[np.uint64]) -> Floats:
    """Returns how well the figures of offers (ends as logarithms) agree with a need's, 0 to 1 + NAMED."""
    above, below = lows - math.log(figure.high), math.log(figure.low) - highs
    gap = np.maximum(0.0, np.maximum(above, below))
    if figure.bound == "most":
        gap[below > 0] *= BETTER
    elif figure.bound == "least":
        gap[above > 0] *= BETTER
    named = np.bitwise_count(about & np.uint64(figure.about)) >= 2
    result: Floats = np.maximum(0.0, 1.0 - gap / REACH) * np.where(named, 1.0 + NAMED, 1.0)
    return result
