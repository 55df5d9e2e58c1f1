"""A query as an index reads it: the terms that some document holds, with their weights, in the order in which scores are summed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.kernels import Queries
from matching.segment import Segment
from matching.terms import encode


@dataclass(frozen=True, slots=True)
class Query:
    """Weights of the terms that the index knows, in the order of view and bytes. Made by an index, for that index."""

    terms: tuple[str, ...]
    numbers: NDArray[np.int64]
    views: NDArray[np.int64]
    weights: NDArray[np.float64]
    base: Segment

    @property
    def keys(self) -> tuple[tuple[int, bytes], ...]:
        """View and bytes of each term."""
        return tuple(zip(self.views.tolist(), map(encode, self.terms), strict=True))

    @property
    def covered(self) -> float:
        """The share of the weight whose terms the index knows: the largest score that a document can have."""
        return math.fsum(self.weights.tolist())


def pack(queries: Sequence[Query], terms: int) -> Queries:
    """Returns the queries one after the other, without the terms from that number on."""
    kept: list[NDArray[np.bool_]] = [query.numbers < terms for query in queries]
    sizes = [0, *(int(keep.sum()) for keep in kept)]
    return Queries(
        np.cumsum(sizes, dtype=np.int64),
        np.concatenate([query.numbers[keep] for query, keep in zip(queries, kept, strict=True)]),
        np.concatenate([query.views[keep] for query, keep in zip(queries, kept, strict=True)]),
        np.concatenate([query.weights[keep] for query, keep in zip(queries, kept, strict=True)]),
    )
