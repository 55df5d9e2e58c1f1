"""The index: bags of weighted terms in, exact best documents for a query out; documents come and go without a rebuild.

A base segment holds the documents of the last build or merge, a delta those added since; removed ones are only marked.
The average lengths stay those of the base, so an insert changes no value of another document; how many documents hold a
term is always the live number, and shows on the side of the query alone.

Base and changes are one ``Delta`` that is never changed but replaced (copy on write): whoever reads takes it once and sees
the index before or after a change, never between.
"""

from __future__ import annotations

import copy
import hashlib
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matching.assembly import Assembly
from matching.delta import Delta
from matching.query import Query
from matching.retrieval import Engine, Found, Retrieval
from matching.segment import Bags, Scheme, Segment, penalty
from matching.terms import encode

_QUERIES_AT_ONCE = 64

Best = tuple[list[str], NDArray[np.float64]]
"""Ids and scores, best first."""
Floats = NDArray[np.float64]


class Index:
    """Documents as bags of terms in a few views, found by the weighted sum of their values for a query's terms.

    A document's value for a term is BM25's saturated count cut at 1, a query's weights sum to at most 1: scores lie
    within [0, 1]. May be shared by threads; changes wait for each other, searches see the index before or after one.
    ``engine`` is that of ``Retrieval``.
    """

    def __init__(
        self,
        base: Segment,
        scheme: Scheme,
        *,
        engine: Engine = "auto",
        cache_dir: Path | None = None,
        fingerprint: str | None = None,
    ) -> None:
        self.scheme = scheme
        self._engine = engine
        self._cache_dir = cache_dir
        self._lock = threading.RLock()
        self._settle(base, fingerprint)

    @classmethod
    def build(
        cls,
        documents: Iterable[tuple[str, Bags]],
        scheme: Scheme | None = None,
        *,
        averages: NDArray[np.float64] | None = None,
        folder: Path | None = None,
        engine: Engine = "auto",
        cache_dir: Path | None = None,
    ) -> Self:
        """Returns the index of some documents; their order does not show. Raises ValueError when an id comes twice.

        ``averages`` replaces the average length of each view (for an index of a part of a catalogue). With ``folder``
        the arrays are built in files there, in memory for one block of documents.
        """
        assembly = Assembly(scheme or Scheme(), folder)
        assembly.add(documents)
        return cls(assembly.finish(averages), assembly.scheme, engine=engine, cache_dir=cache_dir)

    def copy(self) -> Index:
        """Returns an index with the same documents that goes its own way; costs nothing but what either changes later."""
        with self._lock:
            return copy.copy(self)

    def _settle(self, base: Segment, fingerprint: str | None = None) -> None:
        retrieval = Retrieval(base, self.scheme.saturation, self._engine, self._cache_dir)
        self._base_fingerprint = fingerprint
        self._ids: tuple[Delta, tuple[str, ...]] | None = None
        self._held = (Delta(base, self.scheme), retrieval)

    @property
    def _delta(self) -> Delta:
        return self._held[0]

    # -------------------------------------------------------------------------------------------- documents

    def __len__(self) -> int:
        """Returns the number of documents."""
        return len(self._delta)

    def __contains__(self, document: object) -> bool:
        """Says whether a document is held."""
        return isinstance(document, str) and self._delta.row(document) >= 0

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the documents, in order."""
        delta, known = self._delta, self._ids
        if known is None or known[0] is not delta:
            held = (delta.base.id(row) for row in range(len(delta.base)) if row not in delta.dead)
            known = self._ids = (delta, tuple(sorted([*held, *delta.documents], key=encode)))
        return known[1]

    @property
    def changed(self) -> int:
        """How many documents were added or removed since the base was built: merge when it nears a tenth of the base."""
        return self._delta.changed

    @property
    def averages(self) -> Floats:
        """The average length in each view that values are computed with."""
        return self._delta.base.averages

    @property
    def segment(self) -> Segment:
        """The base segment. Raises ValueError while there are changes that are not merged."""
        if self.changed:
            raise ValueError("merge the index first")
        return self._delta.base

    def row(self, document: str) -> int:
        """Returns a number for a document that stays until the next merge. Raises KeyError if it is not held.

        The base's documents have the numbers from 0 on, in order of their ids; added ones follow as they come.
        """
        row = self._delta.row(document)
        if row < 0:
            raise KeyError(document)
        return row

    def id(self, row: int) -> str:
        """Returns the id of the document with that number. Raises KeyError."""
        return self._delta.id(row)

    def add(self, document: str, bags: Bags) -> None:
        """Adds a document. Raises ValueError if its id is held already or a count is not finite."""
        with self._lock:
            if document in self:
                raise ValueError(f"the index already holds {document}")
            self.replace(document, bags)

    def remove(self, document: str) -> None:
        """Removes a document. Raises KeyError if it is not held."""
        with self._lock:
            delta, retrieval = self._held
            self._held = (delta.without(document), retrieval)

    def replace(self, document: str, bags: Bags) -> None:
        """Puts a document in the place of the one with its id, or adds it if there is none."""
        with self._lock:
            delta, retrieval = self._held
            self._held = (delta.put(document, delta.read(bags)), retrieval)

    def merge(self, folder: Path | None = None) -> None:
        """Makes a new base of all documents: the same arrays as a fresh build, bit for bit."""
        with self._lock:
            delta = self._delta
            base = delta.base
            assembly = Assembly(self.scheme, folder)
            assembly.vocabulary.preset(base.terms, delta.newcomers.terms)
            keep = np.ones(len(base), dtype=np.bool_)
            keep[delta.dead_rows] = False
            for rows in np.array_split(np.flatnonzero(keep), 1 + len(base) // 32_768):
                block = base.block(rows)
                assembly.append([base.id(row) for row in rows.tolist()], block)
            assembly.append(list(delta.documents), delta.block())
            self._settle(assembly.finish())

    # ---------------------------------------------------------------------------------------------- queries

    def weigh(self, bags: Bags) -> Query:
        """Returns the query of a need's bags: rarity times saturated count, summing to the view's share in each view.

        Terms that no document holds take part in the sum, so a score is the share of the need that a document covers.
        """
        delta = self._delta
        found: list[tuple[list[str], NDArray[np.int64], Floats]] = []
        for view, (name, share) in enumerate(self.scheme.shares):
            bag = bags.get(name, {})
            terms = [term for term, count in bag.items() if count > 0]
            counts = np.array([bag[term] for term in terms], dtype=np.float64)
            numbers = delta.find(view, terms)
            holders = delta.holders(numbers)
            weights = self.scheme.weights(counts, holders, len(delta), share)
            kept = np.flatnonzero((holders > 0) & (weights > 0))
            found.append(([terms[at] for at in kept.tolist()], numbers[kept], weights[kept]))
        return _ordered(delta, found)

    def held(self, view: str, terms: Sequence[str]) -> Floats:
        """Returns how many documents hold each of a view's terms."""
        delta = self._delta
        return delta.holders(delta.find(self.scheme.views.index(view), terms))

    def query(self, weights: Mapping[str, Mapping[str, float]]) -> Query:
        """Returns the query with the given weight of each term of each view; they must not sum to more than 1."""
        every = [weight for name in self.scheme.views for weight in weights.get(name, {}).values()]
        if not all(math.isfinite(weight) and weight >= 0 for weight in every) or math.fsum(every) > 1 + 1e-6:
            raise ValueError("the weights of a query must not be negative and must sum to at most 1")
        return self._resolved(self._delta, [weights.get(name, {}) for name in self.scheme.views])

    @staticmethod
    def _resolved(delta: Delta, weights: Sequence[Mapping[str, float]]) -> Query:
        found: list[tuple[list[str], NDArray[np.int64], Floats]] = []
        for view, of_view in enumerate(weights):
            terms, values = list(of_view), np.array(list(of_view.values()), dtype=np.float64)
            numbers = delta.find(view, terms)
            kept = np.flatnonzero((delta.holders(numbers) > 0) & (values > 0))
            found.append(([terms[at] for at in kept.tolist()], numbers[kept], values[kept]))
        return _ordered(delta, found)

    def _current(self, query: Query, delta: Delta) -> Query:
        """Returns a query for this delta, also where it was made before a merge."""
        if query.base is delta.base:
            return query
        weights: list[dict[str, float]] = [{} for _ in self.scheme.views]
        for view, term, weight in zip(query.views.tolist(), query.terms, query.weights.tolist(), strict=True):
            weights[view][term] = weight
        return self._resolved(delta, weights)

    # ----------------------------------------------------------------------------------------------- search

    def top(self, query: Query, k: int) -> Best:
        """Returns the ids and scores of the best ``k`` documents with a score above 0: by score, then by id."""
        return self.top_many([query], k)[0]

    def top_many(self, queries: Sequence[Query], k: int, threads: int = 1) -> list[Best]:
        """Returns ``top`` of each query, the same as one by one. Raises ValueError for k or threads below 1."""
        delta, retrieval = self._held
        answers = self._rows(delta, retrieval, queries, k, threads)
        return [([delta.id(row) for row in rows.tolist()], scores) for rows, scores in answers]

    def rows(self, query: Query, k: int) -> Found:
        """Returns ``top`` with rows in place of ids."""
        return self._rows(*self._held, [query], k, 1)[0]

    def rows_many(self, queries: Sequence[Query], k: int) -> list[Found]:
        """Returns ``rows`` of each query."""
        return self._rows(*self._held, queries, k, 1)

    def _rows(self, delta: Delta, retrieval: Retrieval, queries: Sequence[Query], k: int, threads: int) -> list[Found]:
        if k < 1 or threads < 1:
            raise ValueError("k and threads must be at least 1")
        current = [self._current(query, delta) for query in queries]
        blocks = [current[start : start + _QUERIES_AT_ONCE] for start in range(0, len(current), _QUERIES_AT_ONCE)]
        if threads == 1 or len(blocks) < 2:
            answers = [retrieval.best(delta, block, k) for block in blocks]
        else:
            with ThreadPoolExecutor(threads) as pool:
                answers = list(pool.map(lambda block: retrieval.best(delta, block, k), blocks))
        return [answer for block in answers for answer in block]

    def scores(self, query: Query) -> Floats:
        """Returns the score of every document, in the order of ``ids``."""
        delta, retrieval = self._held
        old, added = retrieval.scores(delta, self._current(query, delta))
        scores = np.concatenate([np.delete(old, delta.dead_rows), added])
        if not len(added):
            return scores
        held = [delta.base.id(row) for row in range(len(delta.base)) if row not in delta.dead]
        names = [encode(document) for document in (*held, *delta.documents)]
        return scores[sorted(range(len(names)), key=names.__getitem__)]

    def scores_of(self, query: Query, rows: NDArray[np.int64]) -> Floats:
        """Returns the scores of some documents, without a look at the others."""
        delta, retrieval = self._held
        return retrieval.scores_of(delta, self._current(query, delta), rows)

    def place(self, query: Query, document: str) -> int:
        """Returns the place of a document among all for a query, from 1: by score, then by id. Scores every document."""
        delta, retrieval = self._held
        row = delta.row(document)
        if row < 0:
            raise KeyError(document)
        query = self._current(query, delta)
        own = float(retrieval.scores_of(delta, query, np.array([row]))[0])
        before, key = 0, encode(document)
        old, added = retrieval.scores(delta, query)
        for scores, rows in ((old, np.arange(len(old))), (added, delta.rows)):
            before += int(np.count_nonzero(scores > own))
            equal = [at for at in rows[scores == own].tolist() if at not in delta.dead]
            before += sum(encode(delta.id(at)) < key for at in equal)
        return before + 1

    def contributions(self, query: Query, document: str) -> dict[tuple[str, str], float]:
        """Returns (view, term) -> part of the score; summed in this order they are the score. KeyError if not held."""
        delta = self._delta
        query, row = self._current(query, delta), delta.row(document)
        if row < 0:
            raise KeyError(document)
        entry = delta.entry(row)
        ascending = np.argsort(query.numbers)
        numbers = query.numbers[ascending]
        places = np.minimum(np.searchsorted(numbers, entry.terms), max(0, len(numbers) - 1))
        shared = np.flatnonzero(numbers[places] == entry.terms) if len(numbers) else np.zeros(0, dtype=np.int64)
        at = ascending[places[shared]]
        saturation = self.scheme.saturation
        penalties = penalty(entry.lengths[None, :], delta.base.averages, self.scheme)[0]
        counts = entry.counts[shared].astype(np.float64)
        values = np.minimum(1.0, counts * (1.0 + saturation) / (counts + penalties[query.views[at]]))
        names = self.scheme.views
        keys = [
            (names[view], query.terms[place]) for view, place in zip(query.views[at].tolist(), at.tolist(), strict=True)
        ]
        return dict(zip(keys, (query.weights[at] * values).tolist(), strict=True))

    def warm(self) -> None:
        """Imports and compiles what the first search would otherwise wait for."""
        delta, retrieval = self._held
        retrieval.warm(delta)

    # ---------------------------------------------------------------------------------------------- identity

    @property
    def fingerprint(self) -> str:
        """SHA-256 over scheme and documents; the same for the same documents in whatever order they were built."""
        with self._lock:
            delta = self._delta
            if self._base_fingerprint is None:
                self._base_fingerprint = delta.base.fingerprint(self.scheme)
            if not delta.changed:
                return self._base_fingerprint
            digest = hashlib.sha256(self._base_fingerprint.encode())
            for row in delta.dead_rows.tolist():
                digest.update(b"-" + encode(delta.base.id(row)) + b"\0")
            for document, content in sorted(delta.contents().items()):
                digest.update(b"+" + encode(document) + b"\0" + hashlib.sha256(content).digest())
            return digest.hexdigest()


def _ordered(delta: Delta, found: Sequence[tuple[list[str], NDArray[np.int64], Floats]]) -> Query:
    """Returns the query of the terms, numbers and weights of each view."""
    orders = [delta.order(numbers, terms) for terms, numbers, _ in found]
    terms = [terms[at] for (terms, _, _), order in zip(found, orders, strict=True) for at in order.tolist()]
    numbers = np.concatenate([numbers[order] for (_, numbers, _), order in zip(found, orders, strict=True)])
    weights = np.concatenate([weights[order] for (_, _, weights), order in zip(found, orders, strict=True)])
    views = np.repeat(np.arange(len(found)), [len(order) for order in orders])
    return Query(tuple(terms), numbers, views, weights, delta.base)
