"""A base segment with what was added and removed since it was built; never changed itself: every change gives a new one.

Added documents are few and kept ready to be scored whole. What a change copies grows with their number, not with the base.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matching.kernels import Postings, unpacked
from matching.segment import Bags, Block, Scheme, Segment, penalty
from matching.terms import encode

_SHIFT = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One document: the numbers of its terms in the order of view and bytes, their counts, its length in each view.

    ``row`` is above all rows of the base and never given twice.
    """

    row: int
    terms: NDArray[np.int64]
    counts: NDArray[np.float32]
    lengths: NDArray[np.float64]


class Newcomers:
    """Terms that the base does not know, numbered on from its last one, and the next free row; shared by all deltas of a base.

    Only ever grows: a term that no document of a delta holds is unknown there, whoever brought it.
    """

    def __init__(self, base: Segment, views: int) -> None:
        self._first = len(base.terms)
        self._numbers: list[dict[str, int]] = [{} for _ in range(views)]
        self._row = len(base)
        self._lock = threading.Lock()
        self.terms: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        """Returns the number of terms of base and newcomers."""
        return self._first + len(self.terms)

    def number(self, view: int, term: str) -> int:
        """Returns the number of a term, -1 for one that never came."""
        return self._numbers[view].get(term, -1)

    def take(self, view: int, term: str) -> int:
        """Returns the number of a term, which may be new."""
        with self._lock:
            number = self._numbers[view].setdefault(term, len(self))
            if number == len(self):
                self.terms.append((view, encode(term)))
            return number

    def next_row(self) -> int:
        """Returns a row that no document had."""
        with self._lock:
            self._row += 1
            return self._row - 1


class Delta:
    """Documents added to a base segment, rows of the base that were removed, and how many documents hold a term now."""

    def __init__(self, base: Segment, scheme: Scheme) -> None:
        self.base = base
        self.scheme = scheme
        self.newcomers = Newcomers(base, len(scheme.views))
        self.documents: Mapping[str, Entry] = {}
        self.dead: frozenset[int] = frozenset()
        self.gained: Mapping[int, int] = {}

    def __len__(self) -> int:
        """Returns the number of live documents of base and delta."""
        return len(self.base) - len(self.dead) + len(self.documents)

    @property
    def changed(self) -> int:
        """How many documents were added or removed."""
        return len(self.documents) + len(self.dead)

    def row(self, document: str) -> int:
        """Returns the row of a live document, -1 if it is not held."""
        entry = self.documents.get(document)
        if entry is not None:
            return entry.row
        row = self.base.row(document)
        return -1 if row in self.dead else row

    def id(self, row: int) -> str:
        """Returns the id of a live document. Raises KeyError for a row of none."""
        return self.base.id(row) if row < len(self.base) else self._named[row]

    def entry(self, row: int) -> Entry:
        """Returns what a live document holds."""
        if row >= len(self.base):
            return self.documents[self._named[row]]
        return Entry(row, *self.base.entries(row), self.base.lengths[row])

    @cached_property
    def _named(self) -> Mapping[int, str]:
        return {entry.row: name for name, entry in self.documents.items()}

    # ---------------------------------------------------------------------------------------------- changes

    def read(self, bags: Bags) -> Entry:
        """Returns a document's entry with a row of its own. Raises ValueError for a count of nan or infinity."""
        terms: list[NDArray[np.int64]] = []
        counts: list[NDArray[np.float32]] = []
        lengths: list[float] = []
        for view, name in enumerate(self.scheme.views):
            bag = bags.get(name, {})
            amounts = np.fromiter(bag.values(), dtype=np.float32, count=len(bag))
            if not np.isfinite(amounts).all():
                raise ValueError("a count must be a finite number")
            names = list(bag)
            if (amounts <= 0).any():
                names = [term for term, positive in zip(names, (amounts > 0).tolist(), strict=True) if positive]
                amounts = amounts[amounts > 0]
            numbers = self.find(view, names)
            for at in np.flatnonzero(numbers < 0).tolist():
                numbers[at] = self.newcomers.take(view, names[at])
            order = self.order(numbers, names)
            terms.append(numbers[order])
            counts.append(amounts[order])
            # bincount adds one after the other, as for the documents of the base
            added = np.bincount(np.zeros(len(order), dtype=np.int64), amounts[order], minlength=1)
            lengths.append(float(added[0]))
        return Entry(self.newcomers.next_row(), np.concatenate(terms), np.concatenate(counts), np.array(lengths))

    def order(self, numbers: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.intp]:
        """Returns the order by bytes of some known terms of one view."""
        if len(numbers) and int(numbers.max()) >= len(self.base.terms):
            keys = [encode(name) for name in names]
            return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
        return np.argsort(numbers, kind="stable")

    def put(self, document: str, entry: Entry) -> Delta:
        """Returns a delta with a document more, in the place of the one with its id if there is one."""
        after = self.without(document) if self.row(document) >= 0 else self._copy()
        gained = dict(after.gained)
        for term in entry.terms.tolist():
            gained[term] = gained.get(term, 0) + 1
        after.documents = {**after.documents, document: entry}
        after.gained = gained
        return after

    def without(self, document: str) -> Delta:
        """Returns a delta without a document. Raises KeyError if it is not held."""
        row = self.row(document)
        if row < 0:
            raise KeyError(document)
        after = self._copy()
        gained = dict(self.gained)
        for term in self.entry(row).terms.tolist():
            gained[term] = gained.get(term, 0) - 1
        if row < len(self.base):
            after.dead = self.dead | {row}
        else:
            after.documents = {name: entry for name, entry in self.documents.items() if entry.row != row}
        after.gained = {} if not after.changed else gained
        return after

    def _copy(self) -> Self:
        after = self.__class__.__new__(self.__class__)
        after.base, after.scheme, after.newcomers = self.base, self.scheme, self.newcomers
        after.documents, after.dead, after.gained = self.documents, self.dead, self.gained
        return after

    # ---------------------------------------------------------------------------------------------- reading

    def find(self, view: int, terms: Sequence[str]) -> NDArray[np.int64]:
        """Returns the numbers of the terms of a view in base or delta, -1 where neither knows them."""
        numbers = self.base.find(view, terms)
        if len(self.newcomers) > len(self.base.terms):
            for at in np.flatnonzero(numbers < 0).tolist():
                numbers[at] = self.newcomers.number(view, terms[at])
        return numbers

    def holders(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Returns how many documents hold each term now; 0 for the number -1."""
        live = np.zeros(len(numbers), dtype=np.float64)
        old = (numbers >= 0) & (numbers < len(self.base.terms))
        live[old] = self.base.frequencies[numbers[old]]
        if self.gained:
            live += [self.gained.get(number, 0) for number in numbers.tolist()]
        return live

    @cached_property
    def dead_rows(self) -> NDArray[np.int64]:
        """The removed rows of the base, ascending."""
        return _fixed(np.array(sorted(self.dead), dtype=np.int64))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the added documents, in the order of adding."""
        return _fixed(np.array([entry.row for entry in self.documents.values()], dtype=np.int64))

    @cached_property
    def postings(self) -> Postings:
        """The forward entries of the added documents, in the order of adding; there are no postings."""
        entries = list(self.documents.values())
        sizes = np.array([0, *(len(entry.terms) for entry in entries)], dtype=np.int64)
        lengths = np.array([entry.lengths for entry in entries]).reshape(len(entries), len(self.scheme.views))
        none = self.base.postings
        terms = np.concatenate([np.zeros(0, dtype=np.int64), *(entry.terms for entry in entries)])
        counts = np.concatenate([np.zeros(0, dtype=np.float32), *(entry.counts for entry in entries)])
        # a count is its own line of the table: nothing has to be sorted for one more document
        places = np.arange(len(counts), dtype=np.uint64)
        return Postings(
            none.starts[:0],
            none.rows[:0],
            none.codes[:0],
            none.dense_of[:0],
            none.dense[:0],
            _fixed(np.cumsum(sizes)),
            _fixed((terms.astype(np.uint64) << np.uint64(_SHIFT)) | places),
            _fixed(counts),
            _SHIFT,
            penalty(lengths, self.base.averages, self.scheme),
        )

    def block(self) -> Block:
        """Returns the added documents as a block, for a new base."""
        return Block(*unpacked(self.postings, slice(None)), np.diff(self.postings.forward_starts))

    def contents(self) -> Mapping[str, bytes]:
        """Returns id -> a description of the added document that does not depend on what was added before."""
        first = len(self.base.terms)
        described: dict[str, bytes] = {}
        for document, entry in self.documents.items():
            new = [self.newcomers.terms[term - first] for term in entry.terms.tolist() if term >= first]
            old = entry.terms[entry.terms < first]
            described[document] = b"\0".join((repr(new).encode(), old.tobytes(), entry.counts.tobytes()))
        return described


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
