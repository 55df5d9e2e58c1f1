"""The term table of an index: terms of every view in a fixed order, found through sorted checksums without a Python dict.

The arrays may be memory-mapped; opening a table of millions of terms costs nothing, a lookup costs a binary search.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]


def encode(text: str) -> bytes:
    """Returns UTF-8; lone surrogates, which broken input may hold, are kept apart instead of refused."""
    return text.encode("utf-8", "surrogatepass")


def pack(items: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Returns the items as one block of bytes and their offsets, one more than items."""
    offsets = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, items), dtype=np.int64, count=len(items)), out=offsets[1:])
    return np.frombuffer(b"".join(items), dtype=np.uint8), offsets


def unpack(blob: NDArray[np.uint8], offsets: NDArray[np.int64], position: int) -> str:
    """Returns one packed item as text."""
    return blob[offsets[position] : offsets[position + 1]].tobytes().decode("utf-8", "surrogatepass")


class TermTable:
    """Terms numbered by view, then by their UTF-8 bytes: the order in which every score is summed."""

    ARRAYS = ("term_blob", "term_offsets", "term_views", "term_checksums", "term_order")

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = {name: arrays[name] for name in self.ARRAYS}
        self._blob: NDArray[np.uint8] = arrays["term_blob"]  # type: ignore[assignment]
        self._offsets: NDArray[np.int64] = arrays["term_offsets"]  # type: ignore[assignment]
        self.view_starts: list[int] = arrays["term_views"].tolist()
        self._checksums: NDArray[np.uint32] = arrays["term_checksums"]  # type: ignore[assignment]
        self._order: NDArray[np.int32] = arrays["term_order"]  # type: ignore[assignment]
        self._memory = self._blob.data

    @classmethod
    def of(cls, views: Sequence[Sequence[bytes]]) -> TermTable:
        """Returns the table of the given views' terms, which must be sorted and without repetition."""
        blob, offsets = pack([term for view in views for term in view])
        starts = np.cumsum([0, *map(len, views)], dtype=np.int64)
        checksums = np.fromiter(
            (crc32(term, view) for view, terms in enumerate(views) for term in terms),
            dtype=np.uint32,
            count=int(starts[-1]),
        )
        order = np.argsort(checksums, kind="stable").astype(np.int32)
        values = (blob, offsets, starts, checksums[order], order)
        return cls(dict(zip(cls.ARRAYS, values, strict=True)))

    def __len__(self) -> int:
        """Returns the number of terms of all views."""
        return self.view_starts[-1]

    def view_of(self, terms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the number of the view of each term."""
        return np.searchsorted(self.view_starts[1:], terms, side="right").astype(np.int64)

    def term(self, number: int) -> str:
        """Returns the text of a term."""
        return unpack(self._blob, self._offsets, number)

    def texts(self, view: int) -> list[str]:
        """Returns all terms of a view in their order."""
        low, high = self.view_starts[view], self.view_starts[view + 1]
        offsets = self._offsets[low : high + 1].tolist()
        block = self._blob[offsets[0] : offsets[-1]].tobytes()
        first = offsets[0]
        return [
            block[start - first : end - first].decode("utf-8", "surrogatepass")
            for start, end in itertools.pairwise(offsets)
        ]

    def find(self, view: int, terms: Sequence[bytes]) -> NDArray[np.int64]:
        """Returns the numbers of the terms of a view, -1 for those the table does not hold."""
        found = np.full(len(terms), -1, dtype=np.int64)
        if not len(self) or not terms:
            return found
        sums = np.fromiter((crc32(term, view) for term in terms), dtype=np.uint32, count=len(terms))
        places = np.searchsorted(self._checksums, sums)
        inside = np.minimum(places, len(self) - 1)
        likely = np.flatnonzero(self._checksums[inside] == sums)
        numbers = self._order[inside[likely]].astype(np.int64)
        starts, ends = self._offsets[numbers].tolist(), self._offsets[numbers + 1].tolist()
        low, high = self.view_starts[view], self.view_starts[view + 1]
        memory = self._memory
        for at, number, start, end in zip(likely.tolist(), numbers.tolist(), starts, ends, strict=True):
            if low <= number < high and memory[start:end] == terms[at]:
                found[at] = number
            else:
                found[at] = self._search(view, terms[at], int(sums[at]), int(places[at]) + 1)
        return found

    def _search(self, view: int, term: bytes, checksum: int, place: int) -> int:
        """Returns the number of a term whose checksum another term has as well; -1 if there is none."""
        low, high = self.view_starts[view], self.view_starts[view + 1]
        while place < len(self) and int(self._checksums[place]) == checksum:
            number = int(self._order[place])
            if low <= number < high and self._memory[self._offsets[number] : self._offsets[number + 1]] == term:
                return number
            place += 1
        return -1
