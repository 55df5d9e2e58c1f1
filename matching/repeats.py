"""Texts that a catalogue holds several times: whole sentences that better placed offers have said already count once.

A list of ten is for ten different achievements. The same achievement filed twice, or one pasted into another, would else fill it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

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

_END = re.compile(r"[。;；!！?？.\n]")


class Repeats:
    """The sentences that stand in several offers, as arrays: row -> numbers of its sentences, each with its share of the text."""

    def __init__(self, texts: Iterable[str]) -> None:
        numbers: dict[str, int] = {}
        starts, entries, shares = [0], list[int](), list[float]()
        for text in texts:
            said = {sentence for part in _END.split(text) if len(sentence := part.strip()) >= SHORTEST}
            entries += [numbers.setdefault(sentence, len(numbers)) for sentence in sorted(said)]
            shares += [len(sentence) / len(text) for sentence in sorted(said)]
            starts.append(len(entries))
        every = np.array(entries, dtype=np.int64)
        repeated = np.bincount(every, minlength=1)[every] > 1 if len(every) else np.zeros(0, dtype=np.bool_)
        before = np.concatenate(([0], np.cumsum(repeated)))
        self._starts = before[starts].astype(np.int64)
        self._entries = every[repeated].astype(np.int32)
        self._shares = np.array(shares, dtype=np.float32)[repeated]

    def reach(self, count: int) -> int:
        """Returns how many offers to look at in order to find this many different ones."""
        return count * REACH if len(self._entries) else count

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
        lengths = self._starts[rows + 1] - self._starts[rows]
        if not lengths.any():
            return np.zeros(len(rows))
        owner = np.repeat(np.arange(len(rows)), lengths)
        before = np.cumsum(lengths) - lengths
        at = np.arange(int(lengths.sum())) - np.repeat(before, lengths) + np.repeat(self._starts[rows], lengths)
        order = np.argsort(self._entries[at], kind="stable")  # by sentence, then by place
        sentences = self._entries[at][order]
        first = np.searchsorted(sentences, sentences, side="left")
        late = order[np.arange(len(order)) - first >= times]
        shares: Floats = self._shares[at[late]].astype(np.float64)
        said: Floats = np.bincount(owner[late], shares, minlength=len(rows)).astype(np.float64)
        return said
