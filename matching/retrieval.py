"""How the best documents are found: three ways that give the same bits, chosen by the size of the base.

A small base is multiplied whole with the queries (scipy); a large one is searched by ``kernels`` with bounds, compiled where
numba is installed. Documents added since are scored one by one in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matching import kernels
from matching.delta import Delta
from matching.kernels import Postings, Queries
from matching.query import Query, pack
from matching.segment import Segment
from matching.terms import encode

FAST_FROM = 4_000
"""Documents of the base from which the search with bounds is worth importing numba; below, all are scored."""

Engine = Literal["auto", "numba", "numpy"]

Floats = NDArray[np.float64]

Found = tuple[NDArray[np.int64], Floats]
"""Rows and scores, best first."""


class Retrieval:
    """Searches deltas of one base; keeps the scratch arrays of the threads that do. May be shared by threads.

    ``engine`` is "numba" or "numpy" for the search with bounds, or "auto": by size, and numba where it is installed.
    """

    def __init__(self, base: Segment, saturation: float, engine: Engine, cache_dir: Path | None) -> None:
        self._base = base
        self._saturation = saturation
        self._cache_dir = cache_dir
        self._whole = engine == "auto" and len(base) < FAST_FROM
        self._fast = engine == "numba" or (engine == "auto" and not self._whole and kernels.available())
        self._spaces: list[kernels.Workspace] = []

    def warm(self, delta: Delta) -> None:
        """Imports and compiles what the first search would otherwise wait for."""
        if self._fast:
            nothing = Query((), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), self._base)
            self.best(delta, [nothing], 1)
            self._all(delta.postings, pack([nothing], 0), len(delta.rows), len(delta.newcomers))
            self._all(self._base.postings, pack([nothing], 0), 0, len(delta.newcomers))

    def best(self, delta: Delta, queries: Sequence[Query], k: int) -> list[Found]:
        """Returns each query's best ``k`` live documents with a score above 0: by score, then by id."""
        answers = self._multiplied(delta, queries, k) if self._whole else self._bounded(delta, queries, k)
        if not len(delta.rows):
            return answers
        return [self._with_added(delta, query, k, found) for query, found in zip(queries, answers, strict=True)]

    def scores(self, delta: Delta, query: Query) -> tuple[Floats, Floats]:
        """Returns the score of every document of the base, 0 for removed ones, and of every added one."""
        terms = len(delta.newcomers)
        scores = self._all(self._base.postings, pack([query], len(self._base.terms)), len(self._base), terms)
        scores[delta.dead_rows] = 0.0
        return scores, self._all(delta.postings, pack([query], terms), len(delta.rows), terms)

    def scores_of(self, delta: Delta, query: Query, rows: NDArray[np.int64]) -> Floats:
        """Returns the scores of live documents, given by their rows."""
        scores = np.zeros(len(rows), dtype=np.float64)
        old = rows < len(self._base)
        space = self._space(len(delta.newcomers))
        if old.any():
            packed = pack([query], len(self._base.terms))
            scores[old] = kernels.exact(self._base.postings, rows[old], packed, self._saturation, space.slots)
        if not old.all():
            places = {row: place for place, row in enumerate(delta.rows.tolist())}
            added = np.array([places[row] for row in rows[~old].tolist()], dtype=np.int64)
            packed = pack([query], len(delta.newcomers))
            scores[~old] = kernels.exact(delta.postings, added, packed, self._saturation, space.slots)
        self._spaces.append(space)
        return scores

    # --------------------------------------------------------------------------------------------- internal

    def _bounded(self, delta: Delta, queries: Sequence[Query], k: int) -> list[Found]:
        if self._fast:
            kernels.load(self._cache_dir)
        space = self._space(len(delta.newcomers))
        packed = pack(queries, len(self._base.terms))
        size = min(k, max(1, len(self._base)))
        answers = kernels.search(
            self._base.postings, packed, delta.dead_rows, self._saturation, size, space, fast=self._fast
        )
        self._spaces.append(space)
        return answers

    def _multiplied(self, delta: Delta, queries: Sequence[Query], k: int) -> list[Found]:
        packed = pack(queries, len(self._base.terms))
        shape = (len(queries), len(self._base.terms))
        weights = csr_array((packed.weights, packed.terms, packed.starts), shape=shape)
        scores: Floats = (weights @ self._base.values).toarray()
        scores[:, delta.dead_rows] = 0.0
        return [_best(line, k) for line in scores]

    def _with_added(self, delta: Delta, query: Query, k: int, found: Found) -> Found:
        terms = len(delta.newcomers)
        added = self._all(delta.postings, pack([query], terms), len(delta.rows), terms)
        rows = np.concatenate([found[0], delta.rows[added > 0]])
        scores = np.concatenate([found[1], added[added > 0]])
        order = np.argsort(-scores, kind="stable")
        near = order[: _with_ties(scores[order], k)].tolist()
        names = [encode(delta.id(row)) for row in rows[near].tolist()]
        values = scores[near].tolist()
        kept = [near[at] for at in sorted(range(len(near)), key=lambda at: (-values[at], names[at]))[:k]]
        return rows[kept], scores[kept]

    def _all(self, postings: Postings, packed: Queries, documents: int, terms: int) -> Floats:
        space = self._space(terms)
        scores = np.zeros(documents, dtype=np.float64)
        if self._fast:
            kernels.load(self._cache_dir).all_scores(postings, packed, self._saturation, space.slots, scores)
        else:
            scores = kernels.exact(postings, np.arange(documents), packed, self._saturation, space.slots)
        self._spaces.append(space)
        return scores

    def _space(self, terms: int) -> kernels.Workspace:
        try:
            space = self._spaces.pop()
        except IndexError:
            space = kernels.workspace(0 if self._whole else len(self._base), terms)
        if len(space.slots) < terms:
            space = kernels.workspace(0 if self._whole else len(self._base), terms + 10_000)
        return space


def _best(scores: Floats, k: int) -> Found:
    """Returns the rows and scores of the best ``k`` above 0: by score, then by row."""
    least = np.partition(scores, len(scores) - k)[len(scores) - k] if k < len(scores) else 0.0
    rows = np.flatnonzero((scores >= least) & (scores > 0.0))
    rows = rows[np.argsort(-scores[rows], kind="stable")][:k]
    return rows, scores[rows]


def _with_ties(descending: Floats, k: int) -> int:
    """Returns how many of the descending scores are no less than the k-th."""
    return len(descending) if k >= len(descending) else int(np.count_nonzero(descending >= descending[k - 1]))
