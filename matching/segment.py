"""One immutable part of an index: documents, terms, forward entries and postings as arrays, in memory or mapped from files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching.kernels import SHIFT, Postings, entries, unpacked
from matching.terms import TermTable, encode, unpack

Bags = Mapping[str, Mapping[str, float]]
"""View -> term -> weighted count."""

_REMEMBERED = 50_000
"""Terms of a view whose numbers are kept at hand."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How counts become values and weights: BM25's k1 and b, the exponent on the rarity, and each view's share."""

    saturation: float = 1.0
    length_penalty: float = 0.6
    rarity_power: float = 1.0
    shares: tuple[tuple[str, float], ...] = (("words", 0.4), ("characters", 0.6))

    def __post_init__(self) -> None:
        """Raises ValueError for a scheme with which a score could leave [0, 1]."""
        if not self.saturation > 0 or not self.rarity_power > 0 or not 0 <= self.length_penalty <= 1:
            raise ValueError("saturation and rarity_power must be positive, length_penalty within 0 and 1")
        shares = [share for _, share in self.shares]
        if min(shares) < 0 or sum(shares) > 1 + 1e-9 or len({view for view, _ in self.shares}) != len(shares):
            raise ValueError("the shares of the views must not be negative and must sum to at most 1, each view once")

    def rarity(self, holders: NDArray[np.float64], documents: int) -> NDArray[np.float64]:
        """Returns log(1 + (N - n + 0.5) / (n + 0.5)) to the scheme's power, for n of the N documents."""
        rare: NDArray[np.float64] = np.log1p((documents - holders + 0.5) / (holders + 0.5)) ** self.rarity_power
        return rare

    def weights(
        self, counts: NDArray[np.float64], holders: NDArray[np.float64], documents: int, share: float
    ) -> NDArray[np.float64]:
        """Returns the weights of one view's terms in a query: rarity times saturated count, summing to the share."""
        parts = self.rarity(holders, documents) * counts * (1.0 + self.saturation)
        parts /= counts + self.saturation
        total = math.fsum(parts.tolist())
        return parts * (share / total) if total > 0 else parts

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views in the order in which scores are summed."""
        return tuple(view for view, _ in self.shares)


@dataclass(slots=True)
class Block:
    """Some documents as arrays: the provisional numbers of their terms, counts, and how many entries each one has."""

    terms: NDArray[np.int32]
    counts: NDArray[np.float32]
    sizes: NDArray[np.int64]
    _distinct: set[float] | None = None

    def distinct(self) -> set[float]:
        """Returns the counts that occur."""
        if self._distinct is None:
            self._distinct = set(self.counts.tolist())
        return self._distinct


class Segment:
    """The arrays of a set of documents."""

    TYPES: ClassVar[Mapping[str, type[np.generic]]] = {
        "frequencies": np.int32,
        "forward_starts": np.int64,
        "forward": np.uint32,
        "counts": np.float32,
        "lengths": np.float64,
        "averages": np.float64,
        "starts": np.int64,
        "rows": np.int32,
        "codes": np.uint8,
        "dense_of": np.int32,
        "dense": np.uint8,
    }
    NAMES = (*TermTable.ARRAYS, "id_blob", "id_offsets", *TYPES)

    def __init__(self, arrays: Mapping[str, Any], scheme: Scheme) -> None:
        self.arrays = dict(arrays)
        self._saturation = scheme.saturation
        self._remembered: list[dict[str, int]] = [{} for _ in scheme.views]
        self.terms = TermTable(arrays)
        self.frequencies: NDArray[np.int32] = arrays["frequencies"]
        self.averages: NDArray[np.float64] = arrays["averages"]
        self.lengths: NDArray[np.float64] = arrays["lengths"]
        self._id_blob, self._id_offsets = arrays["id_blob"], arrays["id_offsets"]
        penalties = penalty(self.lengths, self.averages, scheme)
        names = (name for name in Postings._fields if name not in {"penalties", "shift"})
        shift = SHIFT if arrays["forward"].dtype == np.uint32 else 32
        self.postings = Postings(**{name: arrays[name] for name in names}, shift=shift, penalties=penalties)

    def __len__(self) -> int:
        """Returns the number of documents."""
        return len(self._id_offsets) - 1

    def id(self, row: int) -> str:
        """Returns the id of a document."""
        return unpack(self._id_blob, self._id_offsets, row)

    def row(self, document: str) -> int:
        """Returns the row of a document, -1 if it is not held."""
        key, low, high = encode(document), 0, len(self)
        while low < high:
            middle = (low + high) // 2
            held = self._id_blob[self._id_offsets[middle] : self._id_offsets[middle + 1]].tobytes()
            if held == key:
                return middle
            low, high = (middle + 1, high) if held < key else (low, middle)
        return -1

    def find(self, view: int, terms: Sequence[str]) -> NDArray[np.int64]:
        """Returns the numbers of the terms of a view, -1 for those that no document holds. The last ones are remembered."""
        known = self._remembered[view]
        numbers = [known.get(term) for term in terms]
        asked = [term for term, number in zip(terms, numbers, strict=True) if number is None]
        if asked:
            found = dict(zip(asked, self.terms.find(view, [encode(term) for term in asked]).tolist(), strict=True))
            if len(known) + len(found) > _REMEMBERED:
                known = self._remembered[view] = {}  # others may go on with the old one
            known.update(found)
            numbers = [found[term] if number is None else number for term, number in zip(terms, numbers, strict=True)]
        return np.array(numbers, dtype=np.int64)

    @cached_property
    def values(self) -> csr_array:
        """The values of all documents as a matrix, one row for each term and one column for each document; for small ones."""
        postings = self.postings
        owners = np.repeat(np.arange(len(self)), np.diff(postings.forward_starts))
        terms, counts = unpacked(postings, slice(None))
        wide = counts.astype(np.float64)
        penalties = postings.penalties[owners, self.terms.view_of(terms.astype(np.int64))]
        values = np.minimum(1.0, wide * (1.0 + self._saturation) / (wide + penalties))
        shape = (len(self), len(self.terms))
        return csr_array(csr_array((values, terms, postings.forward_starts), shape=shape).T.tocsr())

    def entries(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns the terms of a document and their counts."""
        part = slice(self.postings.forward_starts[row], self.postings.forward_starts[row + 1])
        terms, counts = unpacked(self.postings, part)
        return terms.astype(np.int64), counts

    def block(self, rows: NDArray[np.int64]) -> Block:
        """Returns some documents as a block, their terms with the numbers of this segment."""
        _, positions = entries(self.postings, rows)
        starts = self.postings.forward_starts
        return Block(*unpacked(self.postings, positions), starts[rows + 1] - starts[rows])

    def counts(self, view: int, rows: NDArray[np.int64]) -> csr_array:
        """Returns the counts of some documents, one column for each term of a view."""
        owner, positions = entries(self.postings, rows)
        terms, counts = unpacked(self.postings, positions)
        low, high = self.terms.view_starts[view], self.terms.view_starts[view + 1]
        mine = (terms >= low) & (terms < high)
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(np.bincount(owner[mine], minlength=len(rows)), out=starts[1:])
        return csr_array((counts[mine].astype(np.float64), terms[mine] - low, starts), shape=(len(rows), high - low))

    def fingerprint(self, scheme: Scheme) -> str:
        """Returns SHA-256 over scheme and documents."""
        digest = hashlib.sha256(repr(scheme).encode())
        for name in ("id_blob", "id_offsets", "term_blob", "term_offsets", "term_views", "averages"):
            digest.update(np.ascontiguousarray(self.arrays[name]).data)
        for name in ("forward_starts", "forward", "counts"):
            digest.update(np.ascontiguousarray(self.arrays[name]).data)
        return digest.hexdigest()


def penalty(lengths: NDArray[np.float64], averages: NDArray[np.float64], scheme: Scheme) -> NDArray[np.float64]:
    """Returns BM25's k1 * (1 - b + b * length / average) for each document and view."""
    share = scheme.length_penalty
    result: NDArray[np.float64] = scheme.saturation * (1.0 - share + share * lengths / averages)
    result.flags.writeable = False
    return result
