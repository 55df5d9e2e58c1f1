"""The latent space of a catalogue: what offers are about, learned from which words go together; the aspect LATENT.

Latent semantic analysis (Deerwester et al. 1990): the first right singular vectors of the weighted word matrix. A coarse
space (``DIMENSIONS``) places a need among the topics of the catalogue; a fine one only repeats the words (docs/matching.md).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from matching.rows import Lines, Texts
from matching.terms import encode

Floats = NDArray[np.float64]
Bag = Mapping[str, float]

DIMENSIONS = 20
"""Between 6 and 40 make little difference on small catalogues."""

SAMPLE = 4000
"""Offers that the space is learned from, at most; evenly spread over the catalogue in the order of ids."""

_BLOCK = 8192


class Counts(Protocol):
    """The weighted counts of the words of all offers."""

    def __len__(self) -> int:
        """Returns the number of offers."""
        ...

    def rows(self, rows: NDArray[np.int64]) -> csr_array:
        """Returns the counts of some offers, one column for each word, the words in order."""
        ...

    def word(self, column: int) -> str:
        """Returns the word of a column."""
        ...


class BagCounts:
    """The counts of some bags."""

    def __init__(self, bags: Sequence[Bag]) -> None:
        self._bags = bags
        self._words = sorted({word for bag in bags for word in bag}, key=encode)
        self._number = {word: number for number, word in enumerate(self._words)}

    def __len__(self) -> int:
        """Returns the number of bags."""
        return len(self._bags)

    def rows(self, rows: NDArray[np.int64]) -> csr_array:
        """Returns the counts of some bags."""
        return _counted([self._bags[row] for row in rows.tolist()], self._number)

    def word(self, column: int) -> str:
        """Returns the word of a column."""
        return self._words[column]


@dataclass(frozen=True, slots=True)
class Space:
    """What was learned: the words in order, their rarity, the axes (one line for each word), and each offer's direction."""

    words: Texts
    rarity: Floats
    axes: Floats
    offers: NDArray[np.float32]


class Latent:
    """A latent space learned from bags of words, with the place of every offer in it. Never changed: changes give new ones.

    Offers that come later get a place in the space that is there; it is learned anew with the next fit.
    """

    def __init__(self, offers: Sequence[Bag] | Counts | Space, saturation: float) -> None:
        self._saturation = saturation
        if isinstance(offers, Space):
            self._settle(offers)
        else:
            self._fit(BagCounts(offers) if isinstance(offers, Sequence) else offers)

    def _settle(self, space: Space) -> None:
        self._space = space
        self._number = {word: number for number, word in enumerate(space.words.all())}
        self._offers = Lines(space.offers)

    def _fit(self, counts: Counts) -> None:
        step = -(-len(counts) // SAMPLE) or 1
        sample = counts.rows(np.arange(0, len(counts), step))
        frequencies = np.bincount(sample.indices, minlength=sample.shape[1])
        shared = np.flatnonzero(frequencies > 1)
        frequency = frequencies[shared].astype(np.float64)
        rarity: Floats = np.log1p((sample.shape[0] - frequency + 0.5) / (frequency + 0.5))
        column_of = np.full(sample.shape[1], -1, dtype=np.int64)
        column_of[shared] = np.arange(len(shared))
        axes = _learned(self._weighted(_narrowed(sample, column_of, len(shared)), rarity))
        places = np.zeros((len(counts), axes.shape[1]), dtype=np.float32)
        for start in range(0, len(counts), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(counts)))
            block = _narrowed(counts.rows(rows), column_of, len(shared))
            places[rows] = _directions(self._weighted(block, rarity), axes)
        self._settle(Space(Texts.of(counts.word(column) for column in shared.tolist()), rarity, axes, places))

    @property
    def space(self) -> Space:
        """What the same space can be made of again, without what came later."""
        return self._space

    def with_offer(self, row: int, words: Bag) -> Self:
        """Returns the space with one offer more, in a row that is above all others."""
        return self._with(self._offers.with_row(row, self._place(words).astype(np.float32)))

    def without(self, row: int) -> Self:
        """Returns the space without an offer; the row of a fitted one is not to be asked for any more."""
        return self._with(self._offers.without(row))

    def _with(self, offers: Lines) -> Self:
        after = copy.copy(self)
        vars(after).update(_offers=offers)
        return after

    def _weighted(self, counts: csr_array, rarity: Floats) -> csr_array:
        """Returns rows of unit length: saturated counts times rarity."""
        weighted = counts.copy()
        values = counts.data * (1.0 + self._saturation) / (counts.data + self._saturation) * rarity[counts.indices]
        owner = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        lengths = np.sqrt(np.bincount(owner, values * values, minlength=counts.shape[0]))
        weighted.data = values / np.where(lengths > 0, lengths, 1.0)[owner]
        return weighted

    def _place(self, bag: Bag) -> Floats:
        """Returns the direction of a bag in the space; zero for a bag of unknown words."""
        counts = _counted([bag], self._number)
        place: Floats = _directions(self._weighted(counts, self._space.rarity), self._space.axes)[0]
        return place

    def aspect(self, need: Bag, rows: NDArray[np.intp]) -> Floats:
        """Returns LATENT for the offers in ``rows``: the cosine in the space, within [0, 1], to six digits."""
        place = self._place(need)
        cosine = (self._offers[rows].astype(np.float64) * place).sum(axis=1)
        result: Floats = np.round(np.clip(cosine, 0.0, 1.0), 6)
        return result


def _counted(bags: Sequence[Bag], number: Mapping[str, int]) -> csr_array:
    """Returns the counts of the words that have a number, one row for each bag."""
    starts, columns, counts = [0], list[int](), list[float]()
    for bag in bags:
        known = sorted((number[word], count) for word, count in bag.items() if word in number and count > 0)
        columns += [column for column, _ in known]
        counts += [count for _, count in known]
        starts.append(len(columns))
    data = np.array(counts, dtype=np.float64), np.array(columns, dtype=np.int32), np.array(starts, dtype=np.int32)
    return csr_array(data, shape=(len(bags), len(number)))


def _narrowed(counts: csr_array, column_of: NDArray[np.int64], width: int) -> csr_array:
    """Returns the counts of some columns only: those with a new number."""
    columns = column_of[counts.indices]
    kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
    return csr_array((counts.data[kept], columns[kept].astype(np.int32), starts), shape=(counts.shape[0], width))


def _learned(sample: csr_array) -> Floats:
    """Returns the axes, one column each; none for a catalogue that is too small for them."""
    count = min(DIMENSIONS, sample.shape[0] - 1, sample.shape[1] - 1)
    if count < 2:
        return np.zeros((sample.shape[1], 0))
    _, _, axes = randomized_svd(sample, n_components=count, n_iter=7, random_state=0)
    result: Floats = np.ascontiguousarray(axes.T)
    return result


def _directions(weighted: csr_array, axes: Floats) -> Floats:
    places: Floats = weighted @ axes
    lengths = np.sqrt((places * places).sum(axis=1, keepdims=True))
    result: Floats = places / np.where(lengths > 0, lengths, 1.0)
    return result
