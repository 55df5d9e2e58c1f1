"""Which figures of a need an offer states alike, as numbers with units: the aspect FIGURES.

A target that an offer reports within its order is strong evidence that both speak of one problem, whatever the words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH = math.log(2.5)
"""Figures that lie apart by this factor (2.5, as a logarithm) or more do not agree; in between agreement falls linearly."""

CLOSE = math.log(1.6)
"""Figures that lie apart by less than this factor count as alike when the catalogue is asked how common a figure is."""

RAREST = 6.0
"""The largest weight of one figure, in natural units of information: one offer in four hundred states it."""

ENOUGH = 10.0
"""The evidence that makes the aspect 1: two to three rare figures. More adds nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a range with its dimension, in base units; ``text`` is how it was written. 0 < low <= high."""

    dimension: str
    low: float
    high: float
    text: str = ""


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
        self._offers = len(offers)
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
            dimension, low, high = self._dimension[entries], self._low[entries], self._high[entries]
            for figure, weight in weights:
                of_kind = np.flatnonzero(dimension == self._number[figure.dimension])
                agreement = _agreement(math.log(figure.low), math.log(figure.high), low[of_kind], high[of_kind])
                best = np.zeros(len(rows))
                np.maximum.at(best, owner[of_kind], agreement)
                total += weight * best
        return np.minimum(1.0, total / ENOUGH)

    def agreements(self, asked: Sequence[Figure], offered: Sequence[Figure]) -> list[Agreement]:
        """Returns the figures of a need that one offer states alike, in the need's order; their parts sum to the aspect."""
        found: list[Agreement] = []
        for figure, weight in self._weights(asked):
            best, match = 0.0, ""
            for other in offered:
                if other.dimension == figure.dimension:
                    gap = max(0.0, math.log(other.low / figure.high), math.log(figure.low / other.high))
                    if 1.0 - gap / REACH > best:
                        best, match = 1.0 - gap / REACH, other.text
            if best > 0:
                found.append(Agreement(figure.text, match, weight * best / ENOUGH))
        total = max(1.0, math.fsum(one.part for one in found))
        return [Agreement(one.asked, one.offered, one.part / total) for one in found]

    def _weights(self, asked: Sequence[Figure]) -> Iterator[tuple[Figure, float]]:
        """Yields each figure of a known dimension with its weight: the information that agreeing with it carries."""
        for figure in dict.fromkeys(asked):
            spread = self._spread.get(figure.dimension)
            if spread is not None:
                alike = min(self._offers, spread.alike(math.log(figure.low), math.log(figure.high)))
                yield figure, min(RAREST, math.log1p((self._offers - alike + 0.5) / (alike + 0.5)))


def _agreement(low: float, high: float, lows: Floats, highs: Floats) -> Floats:
    gap = np.maximum(0.0, np.maximum(lows - high, low - highs))
    result: Floats = np.maximum(0.0, 1.0 - gap / REACH)
    return result
