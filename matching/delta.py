"""The documents that were added to an index since its base was built: a few, kept ready to be scored whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.kernels import Postings, packed, shift_of, unpacked
from matching.segment import Bags, Block, Scheme, Segment, penalty
from matching.terms import encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One document: the numbers of its terms in the order of view and bytes, their counts, its length in each view."""

    terms: NDArray[np.int64]
    counts: NDArray[np.float32]
    lengths: NDArray[np.float64]


class Delta:
    """Added documents over a base segment. Terms that the base does not know are numbered on from its last one."""

    def __init__(self, base: Segment, scheme: Scheme) -> None:
        self._base = base
        self._scheme = scheme
        self._new: list[dict[bytes, int]] = [{} for _ in scheme.views]
        self.new_terms: list[tuple[int, bytes]] = []
        self.documents: dict[str, Entry] = {}
        self.frequencies: Counter[int] = Counter()
        self._postings: Postings | None = None

    def __len__(self) -> int:
        """Returns the number of documents."""
        return len(self.documents)

    @property
    def terms(self) -> int:
        """The number of terms of base and delta."""
        return len(self._base.terms) + len(self.new_terms)

    def find(self, view: int, keys: list[bytes]) -> NDArray[np.int64]:
        """Returns the numbers of the terms of a view in base or delta, -1 where neither knows them."""
        numbers = self._base.terms.find(view, keys)
        if self._new[view]:
            for at in np.flatnonzero(numbers < 0).tolist():
                numbers[at] = self._new[view].get(keys[at], -1)
        return numbers

    def read(self, bags: Bags) -> Entry:
        """Returns a document's entry; terms seen for the first time get numbers. Raises ValueError for nan and infinity."""
        terms: list[NDArray[np.int64]] = []
        counts: list[NDArray[np.float32]] = []
        lengths: list[float] = []
        for view, name in enumerate(self._scheme.views):
            items = sorted((encode(term), count) for term, count in bags.get(name, {}).items())
            amounts = np.array([count for _, count in items], dtype=np.float32)
            if not np.isfinite(amounts).all():
                raise ValueError("a count must be a finite number")
            keys = [key for (key, _), positive in zip(items, (amounts > 0).tolist(), strict=True) if positive]
            amounts = amounts[amounts > 0]
            numbers = self.find(view, keys)
            for at in np.flatnonzero(numbers < 0).tolist():
                numbers[at] = self._new[view][keys[at]] = self.terms
                self.new_terms.append((view, keys[at]))
            terms.append(numbers)
            counts.append(amounts)
            # bincount adds one after the other, as for the documents of the base
            lengths.append(float(np.bincount(np.zeros(len(amounts), dtype=np.int64), amounts, minlength=1)[0]))
        return Entry(np.concatenate(terms), np.concatenate(counts), np.array(lengths))

    def put(self, document: str, entry: Entry) -> None:
        """Adds a document that is not held."""
        self.documents[document] = entry
        self.frequencies.update(entry.terms.tolist())
        self._postings = None

    def drop(self, document: str) -> None:
        """Removes a document. Raises KeyError if it is not held."""
        self.frequencies.subtract(self.documents.pop(document).terms.tolist())
        self._postings = None

    def postings(self) -> tuple[tuple[str, ...], Postings]:
        """Returns the ids in order of adding and the forward entries of the documents; there are no postings."""
        if self._postings is None:
            entries = list(self.documents.values())
            sizes = np.array([0, *(len(entry.terms) for entry in entries)], dtype=np.int64)
            lengths = np.array([entry.lengths for entry in entries]).reshape(len(entries), len(self._scheme.views))
            none = self._base.postings
            terms = np.concatenate([np.zeros(0), *(entry.terms for entry in entries)]).astype(np.int32)
            counts = np.concatenate([np.zeros(0), *(entry.counts for entry in entries)]).astype(np.float32)
            table = np.unique(counts)
            shift = shift_of(self.terms, len(table))
            self._postings = Postings(
                none.starts[:0],
                none.rows[:0],
                none.codes[:0],
                none.dense_of[:0],
                none.dense[:0],
                _fixed(np.cumsum(sizes)),
                _fixed(packed(terms, counts, table, shift)),
                _fixed(table),
                shift,
                penalty(lengths, self._base.averages, self._scheme),
            )
        return tuple(self.documents), self._postings

    def block(self) -> Block:
        """Returns the documents as a block, for a new base."""
        _, postings = self.postings()
        return Block(*unpacked(postings, slice(None)), np.diff(postings.forward_starts))

    def contents(self) -> Mapping[str, bytes]:
        """Returns id -> a description of the document that does not depend on what was added before."""
        first = len(self._base.terms)
        described: dict[str, bytes] = {}
        for document, entry in self.documents.items():
            new = [self.new_terms[term - first] for term in entry.terms.tolist() if term >= first]
            old = entry.terms[entry.terms < first]
            described[document] = b"\0".join((repr(new).encode(), old.tobytes(), entry.counts.tobytes()))
        return described


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
