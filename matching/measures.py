"""Which figures of a need an offer states alike, as numbers with units: the aspect FIGURES.

A target that an offer reports within its order is strong evidence that both speak of one problem, whatever the words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matching.quantities import Quantity, quantities

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


class Measures:
    """The figures of all offers as arrays: row -> dimension and ends. Reads only after it is built."""

    def __init__(self, offers: Sequence[Sequence[Figure]]) -> None:
        dimensions = sorted({figure.dimension for figures in offers for figure in figures})
        self._number = {dimension: number for number, dimension in enumerate(dimensions)}
        self._starts = np.cumsum([0, *(len(figures) for figures in offers)], dtype=np.int64)
        every = [figure for figures in offers for figure in figures]
        self._dimension = np.array([self._number[figure.dimension] for figure in every], dtype=np.int32)
        self._low = np.log(np.array([figure.low for figure in every], dtype=np.float64))
        self._high = np.log(np.array([figure.high for figure in every], dtype=np.float64))
        self._about = np.array([figure.about for figure in every], dtype=np.uint64)
        self._full = len(every) / PER_OFFER
        self._spread = {
            dimension: _Spread(
                np.sort(self._low[self._dimension == number]), np.sort(self._high[self._dimension == number])
            )
            for dimension, number in self._number.items()
        }

    def aspect(self, asked: Sequence[Figure], rows: NDArray[np.intp]) -> Floats:
        """Returns FIGURES for the offers in ``rows``, within [0, 1]."""
        total = np.zeros(len(rows))
        weights = list(self._weights(asked))
        if weights and len(rows):
            lengths = self._starts[rows + 1] - self._starts[rows]
            owner = np.repeat(np.arange(len(rows)), lengths)
            before = np.cumsum(lengths) - lengths
            entries = (
                np.arange(int(lengths.sum())) - np.repeat(before, lengths) + np.repeat(self._starts[rows], lengths)
            )
            dimension = self._dimension[entries]
            for figure, weight in weights:
                of_kind = np.flatnonzero(dimension == self._number[figure.dimension])
                places = entries[of_kind]
                agreement = _agreement(figure, self._low[places], self._high[places], self._about[places])
                best = np.zeros(len(rows))
                np.maximum.at(best, owner[of_kind], agreement)
                total += best * _surprise(weight, np.bincount(owner[of_kind], minlength=len(rows)))
        return np.minimum(1.0, total / _enough(asked))

    def agreements(self, asked: Sequence[Figure], offered: Sequence[Figure]) -> list[Agreement]:
        """Returns the figures of a need that one offer states alike, in the need's order; their parts sum to the aspect."""
        found: list[Agreement] = []
        for figure, weight in self._weights(asked):
            others = [other for other in offered if other.dimension == figure.dimension]
            if others:
                lows, highs = np.log([other.low for other in others]), np.log([other.high for other in others])
                agreement = _agreement(
                    figure, lows, highs, np.array([other.about for other in others], dtype=np.uint64)
                )
                best = int(agreement.argmax())
                part = float(agreement[best] * _surprise(weight, np.array(len(others)))) / _enough(asked)
                if part > 0:
                    found.append(Agreement(figure.text, others[best].text, part))
        total = max(1.0, math.fsum(one.part for one in found))
        return [Agreement(one.asked, one.offered, one.part / total) for one in found]

    def _weights(self, asked: Sequence[Figure]) -> Iterator[tuple[Figure, float]]:
        """Yields each figure of a known dimension with its weight: the information that agreeing with it carries."""
        for figure in dict.fromkeys(asked):
            spread = self._spread.get(figure.dimension)
            if spread is not None:
                alike = spread.alike(math.log(figure.low), math.log(figure.high))
                yield figure, min(RAREST, math.log1p(self._full / (alike + 0.5)))


def _enough(asked: Sequence[Figure]) -> float:
    """Returns the evidence that makes the aspect 1 for a need with these figures."""
    more, each = ENOUGH
    return each * (len(set(asked)) + more)


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
