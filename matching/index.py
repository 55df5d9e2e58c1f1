"""The index: bags of weighted terms in, exact best documents for a query out; documents come and go without a rebuild.

A base segment holds the documents of the last build or merge, a delta those added since; removed ones are only marked.
The average lengths stay those of the base, so an insert changes no value of another document; how many documents hold a
term is always the live number, and shows on the side of the query alone.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from matching import kernels
from matching.delta import Delta, Entry
from matching.kernels import Postings, Queries
from matching.query import Query, pack
from matching.segment import Assembly, Bags, Scheme, Segment
from matching.terms import encode

FAST_FROM = 3_000
"""Documents from which the compiled search is worth importing numba."""

_QUERIES_AT_ONCE = 64

Best = tuple[list[str], NDArray[np.float64]]
"""Ids and scores, best first."""


class _State(NamedTuple):
    """What a search reads: nothing in it is changed later, so searches run beside changes."""

    base: Segment
    dead: NDArray[np.int64]
    added: tuple[str, ...]
    delta: Postings
    terms: int


class Index:
    """Documents as bags of terms in a few views, found by the weighted sum of their values for a query's terms.

    A document's value for a term is BM25's saturated count cut at 1, a query's weights sum to at most 1: scores lie
    within [0, 1]. May be shared by threads; changes wait for each other, searches see the index before or after one.
    ``engine`` is "numba", "numpy" or "auto": numba where it is installed and there are ``FAST_FROM`` documents.
    """

    def __init__(
        self,
        base: Segment,
        scheme: Scheme,
        *,
        engine: Literal["auto", "numba", "numpy"] = "auto",
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
        engine: Literal["auto", "numba", "numpy"] = "auto",
        cache_dir: Path | None = None,
    ) -> Self:
        """Returns the index of some documents; their order does not show. Raises ValueError when an id comes twice.

        ``averages`` replaces the average length of each view (for an index of a part of a catalogue). With ``folder``
        the arrays are built in files there, in memory for one block of documents.
        """
        assembly = Assembly(scheme or Scheme(), folder)
        assembly.add(documents)
        return cls(assembly.finish(averages), assembly.scheme, engine=engine, cache_dir=cache_dir)

    def _settle(self, base: Segment, fingerprint: str | None = None) -> None:
        self._base = base
        self._delta = Delta(base, self.scheme)
        self._dead: set[int] = set()
        self._dead_frequencies: NDArray[np.int32] | None = None
        self._base_fingerprint = fingerprint
        self._state: _State | None = None
        self._ids: tuple[str, ...] | None = None
        self._spaces: list[kernels.Workspace] = []

    # -------------------------------------------------------------------------------------------- documents

    def __len__(self) -> int:
        """Returns the number of documents."""
        return len(self._base) - len(self._dead) + len(self._delta)

    def __contains__(self, document: object) -> bool:
        """Says whether a document is held."""
        return isinstance(document, str) and (document in self._delta.documents or self._live_row(document) >= 0)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the documents, in order."""
        with self._lock:
            if self._ids is None:
                held = (self._base.id(row) for row in range(len(self._base)) if row not in self._dead)
                self._ids = tuple(sorted([*held, *self._delta.documents], key=encode))
            return self._ids

    @property
    def changed(self) -> int:
        """How many documents were added or removed since the base was built: merge when it nears a tenth of the base."""
        return len(self._delta) + len(self._dead)

    @property
    def averages(self) -> NDArray[np.float64]:
        """The average length in each view that values are computed with."""
        return self._base.averages

    @property
    def segment(self) -> Segment:
        """The base segment. Raises ValueError while there are changes that are not merged."""
        if self.changed:
            raise ValueError("merge the index first")
        return self._base

    def add(self, document: str, bags: Bags) -> None:
        """Adds a document. Raises ValueError if its id is held already or a count is not finite."""
        with self._lock:
            if document in self:
                raise ValueError(f"the index already holds {document}")
            self._delta.put(document, self._delta.read(bags))
            self._state = self._ids = None

    def remove(self, document: str) -> None:
        """Removes a document. Raises KeyError if it is not held."""
        with self._lock:
            if document in self._delta.documents:
                self._delta.drop(document)
            else:
                row = self._live_row(document)
                if row < 0:
                    raise KeyError(document)
                if self._dead_frequencies is None:
                    self._dead_frequencies = np.zeros(len(self._base.terms), dtype=np.int32)
                self._dead.add(row)
                self._dead_frequencies[self._base.entries(row)[0]] += 1
            self._state = self._ids = None

    def replace(self, document: str, bags: Bags) -> None:
        """Puts a document in the place of the one with its id, or adds it if there is none."""
        with self._lock:
            entry = self._delta.read(bags)
            if document in self:
                self.remove(document)
            self._delta.put(document, entry)
            self._state = self._ids = None

    def merge(self, folder: Path | None = None) -> None:
        """Makes a new base of all documents: the same arrays as a fresh build, bit for bit."""
        with self._lock:
            base, delta = self._base, self._delta
            assembly = Assembly(self.scheme, folder)
            assembly.vocabulary.preset(base.terms, delta.new_terms)
            keep = np.ones(len(base), dtype=np.bool_)
            keep[list(self._dead)] = False
            for rows in np.array_split(np.flatnonzero(keep), 1 + len(base) // 32_768):
                block = base.block(rows)
                assembly.append([base.id(row) for row in rows.tolist()], block)
            assembly.append(list(delta.documents), delta.block())
            self._settle(assembly.finish())

    def _live_row(self, document: str) -> int:
        row = self._base.row(document)
        return -1 if row in self._dead else row

    # ---------------------------------------------------------------------------------------------- queries

    def weigh(self, bags: Bags) -> Query:
        """Returns the query of a need's bags: rarity times saturated count, summing to the view's share in each view.

        Terms that no document holds take part in the sum, so a score is the share of the need that a document covers.
        """
        weights: dict[str, dict[str, float]] = {}
        with self._lock:
            for view, (name, share) in enumerate(self.scheme.shares):
                items = sorted((encode(term), term, count) for term, count in bags.get(name, {}).items() if count > 0)
                counts = np.array([count for _, _, count in items], dtype=np.float64)
                numbers = self._delta.find(view, [key for key, _, _ in items])
                parts = self.scheme.weights(counts, self.holders(numbers), len(self), share)
                weights[name] = dict(zip([term for _, term, _ in items], parts.tolist(), strict=True))
            return self.query(weights)

    def holders(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Returns how many documents hold each term now; 0 for the number -1."""
        live = np.zeros(len(numbers), dtype=np.float64)
        old = (numbers >= 0) & (numbers < len(self._base.terms))
        live[old] = self._base.frequencies[numbers[old]]
        if self._dead_frequencies is not None:
            live[old] -= self._dead_frequencies[numbers[old]]
        if len(self._delta):
            live += [self._delta.frequencies[number] for number in numbers.tolist()]
        return live

    def held(self, view: str, terms: Sequence[str]) -> NDArray[np.float64]:
        """Returns how many documents hold each of a view's terms."""
        with self._lock:
            return self.holders(self._delta.find(self.scheme.views.index(view), [encode(term) for term in terms]))

    def query(self, weights: Mapping[str, Mapping[str, float]]) -> Query:
        """Returns the query with the given weight of each term of each view; they must not sum to more than 1."""
        keys: list[tuple[int, bytes]] = []
        values: list[float] = []
        for view, name in enumerate(self.scheme.views):
            for key, weight in sorted((encode(term), weight) for term, weight in weights.get(name, {}).items()):
                keys.append((view, key))
                values.append(weight)
        array = np.array(values, dtype=np.float64)
        if not np.isfinite(array).all() or (array < 0).any() or math.fsum(values) > 1 + 1e-6:
            raise ValueError("the weights of a query must not be negative and must sum to at most 1")
        return self._resolve(tuple(keys), array)

    def _resolve(self, keys: tuple[tuple[int, bytes], ...], weights: NDArray[np.float64]) -> Query:
        with self._lock:
            views = np.array([view for view, _ in keys], dtype=np.int64)
            numbers = np.full(len(keys), -1, dtype=np.int64)
            for view in range(len(self.scheme.views)):
                mine = np.flatnonzero(views == view)
                numbers[mine] = self._delta.find(view, [keys[at][1] for at in mine.tolist()])
            known = (self.holders(numbers) > 0) & (weights > 0)
            kept = tuple(key for key, held in zip(keys, known.tolist(), strict=True) if held)
            return Query(kept, numbers[known], views[known], weights[known], self._base)

    # ----------------------------------------------------------------------------------------------- search

    def top(self, query: Query, k: int) -> Best:
        """Returns the ids and scores of the best ``k`` documents with a score above 0: by score, then by id."""
        return self.top_many([query], k)[0]

    def top_many(self, queries: Sequence[Query], k: int, threads: int = 1) -> list[Best]:
        """Returns ``top`` of each query, the same as one by one. Raises ValueError for k or threads below 1."""
        if k < 1 or threads < 1:
            raise ValueError("k and threads must be at least 1")
        state = self._read()
        fast = self._fast(len(state.base))
        current = [self._current(query, state) for query in queries]
        blocks = [current[start : start + _QUERIES_AT_ONCE] for start in range(0, len(current), _QUERIES_AT_ONCE)]
        if threads == 1 or len(blocks) < 2:
            answers = [self._search(state, block, k, fast) for block in blocks]
        else:
            with ThreadPoolExecutor(threads) as pool:
                answers = list(pool.map(lambda block: self._search(state, block, k, fast), blocks))
        return [answer for block in answers for answer in block]

    def scores(self, query: Query) -> NDArray[np.float64]:
        """Returns the score of every document, in the order of ``ids``."""
        state = self._read()
        packed = pack([self._current(query, state)], state.terms)
        scores = self._scored(state, state.base.postings, packed, len(state.base))
        scores = np.concatenate(
            [np.delete(scores, state.dead), self._scored(state, state.delta, packed, len(state.added))]
        )
        if not state.added:
            return scores
        held = [state.base.id(row) for row in range(len(state.base)) if row not in set(state.dead.tolist())]
        names = [encode(document) for document in (*held, *state.added)]
        return scores[sorted(range(len(names)), key=names.__getitem__)]

    def contributions(self, query: Query, document: str) -> dict[tuple[str, str], float]:
        """Returns (view, term) -> part of the score; summed in this order they are the score. KeyError if not held."""
        with self._lock:
            query = self._current(query, self._read())
            row = self._live_row(document)
            if document in self._delta.documents:
                entry = self._delta.documents[document]
            elif row >= 0:
                entry = Entry(*self._base.entries(row), self._base.lengths[row])
            else:
                raise KeyError(document)
        counts = dict(zip(entry.terms.tolist(), entry.counts.tolist(), strict=True))
        saturation, share = self.scheme.saturation, self.scheme.length_penalty
        penalties = saturation * (1.0 - share + share * entry.lengths / self._base.averages)
        parts: dict[tuple[str, str], float] = {}
        for (view, key), number, weight in zip(query.keys, query.numbers.tolist(), query.weights.tolist(), strict=True):
            count = counts.get(number)
            if count is not None:
                value = min(1.0, count * (1.0 + saturation) / (count + float(penalties[view])))
                parts[self.scheme.views[view], key.decode("utf-8", "surrogatepass")] = weight * value
        return parts

    def warm(self) -> None:
        """Imports and compiles what the first search would otherwise wait for."""
        if self._fast(len(self._base)):
            self.top(self._resolve((), np.zeros(0)), 1)

    # ---------------------------------------------------------------------------------------------- identity

    @property
    def fingerprint(self) -> str:
        """SHA-256 over scheme and documents; the same for the same documents in whatever order they were built."""
        with self._lock:
            if self._base_fingerprint is None:
                self._base_fingerprint = self._base.fingerprint(self.scheme)
            if not self.changed:
                return self._base_fingerprint
            digest = hashlib.sha256(self._base_fingerprint.encode())
            for row in sorted(self._dead):
                digest.update(b"-" + encode(self._base.id(row)) + b"\0")
            for document, content in sorted(self._delta.contents().items()):
                digest.update(b"+" + encode(document) + b"\0" + hashlib.sha256(content).digest())
            return digest.hexdigest()

    # ---------------------------------------------------------------------------------------------- internal

    def _read(self) -> _State:
        with self._lock:
            if self._state is None:
                added, postings = self._delta.postings()
                dead = np.array(sorted(self._dead), dtype=np.int64)
                self._state = _State(self._base, dead, added, postings, self._delta.terms)
            return self._state

    def _current(self, query: Query, state: _State) -> Query:
        if query.base is state.base:
            return query
        return self._resolve(query.keys, query.weights)

    def _fast(self, documents: int) -> bool:
        if self._engine == "numpy" or (self._engine == "auto" and (documents < FAST_FROM or not kernels.available())):
            return False
        kernels.load(self._cache_dir)
        return True

    def _space(self, state: _State) -> kernels.Workspace:
        try:
            space = self._spaces.pop()
        except IndexError:
            space = kernels.workspace(len(state.base), state.terms)
        if len(space.slots) < state.terms or len(space.tops) != -(-len(state.base) // kernels.BLOCK):
            space = kernels.workspace(len(state.base), state.terms + 10_000)
        return space

    def _search(self, state: _State, queries: Sequence[Query], k: int, fast: bool) -> list[Best]:
        space = self._space(state)
        packed = pack(queries, len(state.base.terms))
        best = kernels.search(
            state.base.postings,
            packed,
            state.dead,
            self.scheme.saturation,
            min(k, max(1, len(state.base))),
            space,
            fast=fast,
        )
        self._spaces.append(space)
        answers: list[Best] = [([state.base.id(row) for row in rows.tolist()], scores) for rows, scores in best]
        if state.added:
            answers = [
                self._with_added(state, query, k, answer) for query, answer in zip(queries, answers, strict=True)
            ]
        return answers

    def _with_added(self, state: _State, query: Query, k: int, answer: Best) -> Best:
        found = self._scored(state, state.delta, pack([query], state.terms), len(state.added))
        ids = answer[0] + [state.added[row] for row in np.flatnonzero(found).tolist()]
        scores = np.concatenate([answer[1], found[found > 0]])
        order = sorted(range(len(ids)), key=lambda at: (-scores[at], encode(ids[at])))[:k]
        return [ids[at] for at in order], scores[order]

    def _scored(self, state: _State, postings: Postings, packed: Queries, documents: int) -> NDArray[np.float64]:
        space = self._space(state)
        scores = np.zeros(documents, dtype=np.float64)
        if self._fast(len(state.base)):
            kernels.load().all_scores(postings, packed, self.scheme.saturation, space.slots, scores)
        else:
            scores = kernels.exact(postings, np.arange(documents), packed, self.scheme.saturation, space.slots)
        self._spaces.append(space)
        return scores
