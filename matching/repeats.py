"""Texts that a catalogue holds several times: whole sentences that better placed offers have said already count once.

A list of ten is for ten different achievements. The same achievement filed twice, or one pasted into another, would else fill it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matching.rows import Heap, Ragged
from matching.terms import encode

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

SHORTEST = 10
"""Characters of a sentence that two authors do not write alike by chance."""

COPIED = 1 / 3
"""The least share of an offer's text that makes it a repetition; less is a phrase that everybody uses."""

KEPT = 2
"""How many offers with the same sentences become candidates: one may be the better one for a reason the text does not show."""

LEAST = 0.5
"""What an offer counts at least that says nothing new: it stays an answer of its own, behind the better one and others."""

REACH = 5
"""How many times as many offers are looked at where sentences are repeated, so that enough different ones remain."""

MANY = 0.2
"""The share of repeated sentences from which one long search is quicker than a short one that often has to be done again."""

_END = re.compile(r"[。;；!！?？.\n]")


class Said:
    """Gathers the sentences of offers, one offer after the other: a checksum of each, and its share of the text."""

    def __init__(self) -> None:
        self._rows = Heap("Qf")

    def append(self, text: str) -> None:
        """Takes the text of one offer."""
        self._rows.append(*_sentences(text))

    def table(self, order: Rows | None = None) -> Ragged:
        """Returns what was gathered, the offers in the given order; nothing can be gathered afterwards."""
        rows = self._rows.rows()
        return rows if order is None else rows.chosen(order)


def gathered(texts: Iterable[str]) -> Ragged:
    """Returns the sentences of some offers."""
    said = Said()
    for text in texts:
        said.append(text)
    return said.table()


def _sentences(text: str) -> tuple[list[int], list[float]]:
    """Returns the checksums of a text's long sentences, each once, and their shares of the text."""
    said = sorted({sentence for part in _END.split(text) if len(sentence := part.strip()) >= SHORTEST})
    return [_checksum(sentence) for sentence in said], [len(sentence) / len(text) for sentence in said]


def _checksum(sentence: str) -> int:
    return int.from_bytes(blake2b(encode(sentence), digest_size=8).digest(), "little")


class Repeats:
    """The sentences of all offers as arrays: row -> checksums of its sentences, each with its share of the text.

    Never changed: changes give new ones.
    """

    def __init__(self, offers: Iterable[str] | Ragged) -> None:
        self._rows = offers if isinstance(offers, Ragged) else gathered(offers)
        self._every = np.sort(self._rows.columns[0])
        self._gained: Mapping[int, int] = {}
        self._repetitions = int(np.count_nonzero(self._every[1:] == self._every[:-1]))

    def with_offer(self, row: int, text: str) -> Self:
        """Returns the repeats with one offer more, in a row that is above all others."""
        checksums, shares = _sentences(text)
        entries = np.array(checksums, dtype=np.uint64), np.array(shares, dtype=np.float32)
        return self._recounted(entries[0], 1, self._rows.with_row(row, *entries))

    def without(self, row: int) -> Self:
        """Returns the repeats without an offer; the row of a fitted one is not to be asked for any more."""
        return self._recounted(self._rows.row(row)[0], -1, self._rows.without(row))

    def _recounted(self, checksums: NDArray[np.uint64], change: int, rows: Ragged) -> Self:
        """Returns the repeats with these rows, after an offer with these sentences came (1) or went (-1)."""
        gained = dict(self._gained)
        held = np.searchsorted(self._every, checksums, side="right") - np.searchsorted(self._every, checksums)
        others = 0
        for checksum, count in zip(checksums.tolist(), held.tolist(), strict=True):
            others += count + gained.get(checksum, 0) > (1 if change < 0 else 0)
            gained[checksum] = gained.get(checksum, 0) + change
        after = copy.copy(self)
        vars(after).update(_rows=rows, _gained=gained, _repetitions=self._repetitions + change * others)
        return after

    def chosen(self, rows: Rows) -> Repeats:
        """Returns the repeats of these offers only, as a fresh fit in that order has them."""
        return Repeats(self._rows.chosen(rows))

    @property
    def table(self) -> Ragged:
        """The rows that the same repeats can be made of again."""
        return self._rows

    def reach(self, count: int) -> int:
        """Returns how many offers to look at in order to find this many different ones."""
        return count * REACH if self._repetitions else count

    @property
    def many(self) -> bool:
        """Whether so much is repeated that a search will often need the whole ``reach``."""
        return self._repetitions > MANY * len(self._every)

    def distinct(self, rows: Rows, count: int) -> NDArray[np.intp]:
        """Returns the places in ``rows`` (best first) of the first ``count`` that repeat no text of ``KEPT`` better ones."""
        places = np.flatnonzero(self._said(rows, KEPT) < COPIED)
        return places[:count]

    def fresh(self, rows: Rows) -> Floats:
        """Returns for rows, best first, the share of the text that no better one has said, at least ``LEAST``.

        It is 1 where next to nothing is repeated.
        """
        said = self._said(rows, 1)
        return np.where(said < COPIED, 1.0, np.maximum(LEAST, 1.0 - said))

    def _said(self, rows: Rows, times: int) -> Floats:
        """Returns the share of each row's text whose sentences stand in at least ``times`` rows before it."""
        owner, (checksums, shares) = self._rows.gather(rows)
        if not len(owner):
            return np.zeros(len(rows))
        order = np.argsort(checksums, kind="stable")  # by sentence, then by place
        sentences = checksums[order]
        places = np.arange(len(order))
        first = np.where(np.append(True, sentences[1:] != sentences[:-1]), places, 0)
        late = order[places - np.maximum.accumulate(first) >= times]
        said: Floats = np.bincount(owner[late], shares[late], minlength=len(rows)).astype(np.float64)
        return said
