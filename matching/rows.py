"""Rows of entries in parallel columns: a fixed part as arrays, which may be mapped from files, and a few rows added since.

Nothing here is changed once it is made, but ``Heap``, which gathers rows: a change gives a new object that shares the arrays.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.terms import encode, pack, unpack

Column = NDArray[Any]
Rows = NDArray[np.int64]


class Ragged:
    """Rows with any number of entries each. The fixed rows are numbered from 0, added ones have numbers above them."""

    def __init__(
        self,
        starts: NDArray[np.int64],
        columns: Sequence[Column],
        added: Mapping[int, tuple[Column, ...]] | None = None,
    ) -> None:
        self.starts = starts
        self.columns = tuple(columns)
        self._added: Mapping[int, tuple[Column, ...]] = added or {}

    @property
    def fixed(self) -> int:
        """The number of fixed rows."""
        return len(self.starts) - 1

    def with_row(self, row: int, *columns: Column) -> Ragged:
        """Returns the rows and one more."""
        return Ragged(self.starts, self.columns, {**self._added, row: columns})

    def without(self, row: int) -> Ragged:
        """Returns the rows without an added one; a fixed row stays and is for its users to leave out."""
        return Ragged(self.starts, self.columns, {key: held for key, held in self._added.items() if key != row})

    def row(self, row: int) -> tuple[Column, ...]:
        """Returns the entries of a row, one array for each column."""
        if row >= self.fixed:
            return self._added[row]
        return tuple(column[self.starts[row] : self.starts[row + 1]] for column in self.columns)

    def gather(self, rows: Rows) -> tuple[NDArray[np.intp], tuple[Column, ...]]:
        """Returns all entries of some rows: the place of each entry's row in ``rows``, ascending, and the columns."""
        old = rows < self.fixed
        if old.all():
            return self._gather_fixed(rows)
        owners = [np.zeros(0, dtype=np.intp)]
        parts = [tuple(column[:0] for column in self.columns)]
        places = np.flatnonzero(old)
        owner, columns = self._gather_fixed(rows[places])
        owners.append(places[owner])
        parts.append(columns)
        for place in np.flatnonzero(~old).tolist():
            held = self._added[int(rows[place])]
            owners.append(np.full(len(held[0]), place, dtype=np.intp))
            parts.append(held)
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        return owner[order], tuple(np.concatenate(column)[order] for column in zip(*parts, strict=True))

    def _gather_fixed(self, rows: Rows) -> tuple[NDArray[np.intp], tuple[Column, ...]]:
        firsts = self.starts[rows]
        lengths = self.starts[rows + 1] - firsts
        before = np.cumsum(lengths) - lengths
        entries = np.arange(int(lengths.sum())) + np.repeat(firsts - before, lengths)
        return np.repeat(np.arange(len(rows)), lengths), tuple(column[entries] for column in self.columns)

    def chosen(self, rows: Rows) -> Ragged:
        """Returns some rows as the fixed rows, in that order."""
        owner, columns = self.gather(rows)
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(np.bincount(owner, minlength=len(rows)), out=starts[1:])
        return Ragged(starts, columns)


class Heap:
    """Gathers rows one after the other; ``codes`` are the type codes of ``array`` for each column."""

    def __init__(self, codes: str) -> None:
        self._columns: list[array[Any]] = [array(code) for code in codes]
        self._starts: array[int] = array("q", [0])

    def append(self, *columns: Iterable[Any]) -> None:
        """Takes one row."""
        for held, new in zip(self._columns, columns, strict=True):
            held.extend(new)
        self._starts.append(len(self._columns[0]))

    def rows(self) -> Ragged:
        """Returns what was gathered; nothing can be added afterwards."""
        columns = [np.frombuffer(held, held.typecode) if held else np.zeros(0, held.typecode) for held in self._columns]
        return Ragged(np.frombuffer(self._starts, np.int64), columns)


class Lines:
    """One line of numbers for each row: fixed lines as an array, and added ones."""

    def __init__(self, fixed: Column, added: Mapping[int, Any] | None = None) -> None:
        self.fixed = fixed
        self._added: Mapping[int, Any] = added or {}

    def with_row(self, row: int, line: Any) -> Lines:
        """Returns the lines and one more."""
        return Lines(self.fixed, {**self._added, row: line})

    def without(self, row: int) -> Lines:
        """Returns the lines without an added one; a fixed line stays."""
        return Lines(self.fixed, {key: held for key, held in self._added.items() if key != row})

    def __getitem__(self, rows: Rows) -> Column:
        """Returns the lines of some rows."""
        if not self._added or (rows < len(self.fixed)).all():
            return self.fixed[rows]
        old = rows < len(self.fixed)
        lines = np.zeros((len(rows), *self.fixed.shape[1:]), dtype=self.fixed.dtype)
        lines[old] = self.fixed[rows[old]]
        for place in np.flatnonzero(~old).tolist():
            lines[place] = self._added[int(rows[place])]
        return lines


class Texts:
    """Short texts by number: fixed ones packed into one block of bytes, and a few added since."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64], added: tuple[str, ...] = ()) -> None:
        self.blob = blob
        self.offsets = offsets
        self._added = added

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Returns texts numbered in their order."""
        return cls(*pack([encode(text) for text in texts]))

    def __len__(self) -> int:
        """Returns how many there are."""
        return len(self.offsets) - 1 + len(self._added)

    def __getitem__(self, number: int) -> str:
        """Returns a text."""
        fixed = len(self.offsets) - 1
        return unpack(self.blob, self.offsets, number) if number < fixed else self._added[number - fixed]

    def with_texts(self, more: Sequence[str]) -> Texts:
        """Returns the texts and more of them, numbered on."""
        return Texts(self.blob, self.offsets, (*self._added, *more)) if more else self

    def all(self) -> list[str]:
        """Returns all texts in order."""
        block, offsets = self.blob.tobytes(), self.offsets.tolist()
        fixed = [block[start:end].decode("utf-8", "surrogatepass") for start, end in itertools.pairwise(offsets)]
        return [*fixed, *self._added]
