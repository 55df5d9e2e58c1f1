"""Exact top-k over an inverted index: bounded sums first, exact scores for the few documents that can still enter.

Documents are rows, terms are columns. Values are kept rounded up to one of 255 steps, so integer sums of them are upper
bounds of scores. The rare terms of a query are summed over their postings, in the order of weight per posting, until few
documents can still reach the k-th best; only for those the frequent terms are added, from a line of values that each
document has; and only what then can still enter is scored exactly from the forward index, best bound first, until the
next bound is below the k-th best exact score (threshold algorithm: Fagin, Lotem and Naor, 2003; bounds over the terms
left: MaxScore, Turtle and Flood, 1995).

Exact scores are summed in float64 in the order of the term numbers. So neither the order of the first stage nor the
number of threads shows in the result, nor whether it was computed here with numpy or in compiled.py with numba.
"""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
"""Documents whose largest bound is kept together; accumulators are padded to whole blocks."""

STEPS = 255
"""Steps of a posting's value; step 255 is the value 1."""

RESOLUTION = 1 << 22
"""Steps of the sum of a query's weights: sums of bounds stay below 2**31."""

SHIFT = 8
"""Bits for the count of a packed forward entry of 32 bits."""

_EXCLUDED = -(1 << 30)
_CHUNK = 64
_lock = threading.Lock()
_loaded: list[Any] = []


class Postings(NamedTuple):
    """The arrays of a segment of documents: N documents, T terms, P postings, D dense terms, E entries, V views."""

    starts: NDArray[np.int64]
    """T + 1: where a term's postings begin."""
    rows: NDArray[np.int32]
    """P, ascending within a term."""
    codes: NDArray[np.uint8]
    """P, values in steps, rounded up."""
    dense_of: NDArray[np.int32]
    """T: line of a frequent term in ``dense``; -1 for a term with postings."""
    dense: NDArray[np.uint8]
    """D x N, values in steps, rounded up."""
    forward_starts: NDArray[np.int64]
    """N + 1: where a document's entries begin."""
    forward: NDArray[np.uint32] | NDArray[np.uint64]
    """E: a document's terms, ascending, and for each the line of its count in ``counts``, in the lowest ``shift`` bits."""
    counts: NDArray[np.float32]
    """The distinct weighted counts, ascending."""
    shift: int
    """8, or 32 where there are more than 256 distinct counts or 2**24 terms."""
    penalties: NDArray[np.float64]
    """N x V: BM25's k1 * (1 - b + b * length / average length)."""


class Queries(NamedTuple):
    """Several queries one after the other. The terms of a query ascend and are all known."""

    starts: NDArray[np.int64]
    terms: NDArray[np.int64]
    views: NDArray[np.int64]
    weights: NDArray[np.float64]


class Workspace(NamedTuple):
    """The scratch arrays of one thread; ``slots`` is zero between searches."""

    sums: NDArray[np.int32]
    tops: NDArray[np.int32]
    slots: NDArray[np.int32]


def workspace(documents: int, terms: int) -> Workspace:
    """Returns scratch arrays for a segment of that size."""
    blocks = -(-documents // BLOCK)
    return Workspace(
        np.zeros(blocks * BLOCK, dtype=np.int32), np.zeros(blocks, dtype=np.int32), np.zeros(terms, dtype=np.int32)
    )


def available() -> bool:
    """Says whether numba is installed, without importing it."""
    return importlib.util.find_spec("numba") is not None


def load(cache_dir: Path | None = None) -> Any:
    """Imports the compiled search and returns its module. Costs about a second, the first time on a machine some more.

    ``cache_dir`` is where compiled code is kept (default: beside this file, or the user's cache folder where that
    cannot be written); only the first call decides. Raises ImportError where numba is not installed.
    """
    with _lock:
        if not _loaded:
            if cache_dir is not None:
                import numba

                cache_dir.mkdir(parents=True, exist_ok=True)
                setattr(numba.config, "CACHE_DIR", str(cache_dir))  # noqa: B010  # numba makes this name at run time
            from matching import compiled

            _loaded.append(compiled)
        return _loaded[0]


def search(
    postings: Postings,
    queries: Queries,
    dead: NDArray[np.int64],
    saturation: float,
    k: int,
    space: Workspace,
    *,
    fast: bool,
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Returns rows and scores of each query's best ``k`` documents with a score above 0: by score, then by row.

    ``dead`` are the rows that must not be found. ``fast`` uses the compiled search.
    """
    size = len(queries.starts) - 1
    rows = np.zeros((size, k), dtype=np.int64)
    scores = np.zeros((size, k), dtype=np.float64)
    if fast:
        held = load().search(postings, queries, dead, saturation, float(RESOLUTION), space, rows, scores)
        return [(rows[line, :count], scores[line, :count]) for line, count in enumerate(held.tolist())]
    answers: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    for start, end in zip(queries.starts[:-1].tolist(), queries.starts[1:].tolist(), strict=True):
        one = Queries(
            np.array([0, end - start]),
            queries.terms[start:end],
            queries.views[start:end],
            queries.weights[start:end],
        )
        answers.append(_search(postings, one, dead, saturation, k, space))
    return answers


def _search(
    postings: Postings, query: Queries, dead: NDArray[np.int64], saturation: float, k: int, space: Workspace
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    total = float(query.weights.sum())
    rows, scores = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64)
    if total <= 0.0:
        return rows, scores
    steps = np.ceil(query.weights * (RESOLUTION / total)).astype(np.int64)
    unit = total / RESOLUTION / STEPS * (1.0 + 1e-9)
    entering = _entering(postings, query.terms, steps, dead, k, space)
    for start in range(0, len(entering), _CHUNK):
        chunk = entering[start : start + _CHUNK]
        if len(scores) == k and int(space.sums[chunk[0]]) * unit < scores[-1]:
            break
        found = exact(postings, chunk, query, saturation, space.slots)
        rows, scores = np.concatenate((rows, chunk)), np.concatenate((scores, found))
        best = np.lexsort((rows, -scores))[:k]
        rows, scores = rows[best], scores[best]
    return rows[scores > 0.0], scores[scores > 0.0]


def _entering(
    postings: Postings,
    terms: NDArray[np.int64],
    steps: NDArray[np.int64],
    dead: NDArray[np.int64],
    k: int,
    space: Workspace,
) -> NDArray[np.int64]:
    """Sums the bounds; returns the documents that may be among the best k, largest bound first."""
    sums, lines = space.sums[: postings.dense.shape[1]], postings.dense_of[terms]
    sums[:] = 0
    for at in np.flatnonzero(lines < 0).tolist():
        part = slice(postings.starts[terms[at]], postings.starts[terms[at] + 1])
        sums[postings.rows[part]] += np.int32(steps[at]) * postings.codes[part]
    sums[dead] = _EXCLUDED
    common = np.flatnonzero(lines >= 0)
    lacking, frequent = int(steps.sum()) + STEPS * len(terms), STEPS * int(steps[common].sum())
    rows = np.flatnonzero(sums >= max(0, _kth(sums, k) - lacking - frequent))
    for at in common.tolist():
        sums[rows] += np.int32(steps[at]) * postings.dense[lines[at]][rows]
    reached = sums[rows]
    rows = rows[reached >= max(1, _kth(reached, k) - lacking)]
    order: NDArray[np.int64] = rows[np.argsort(-sums[rows], kind="stable")]
    return order


def _kth(sums: NDArray[np.int32], k: int) -> int:
    """Returns the k-th largest sum, 0 where there are fewer."""
    return int(np.partition(sums, len(sums) - k)[len(sums) - k]) if k <= len(sums) else 0


def exact(
    postings: Postings,
    rows: NDArray[np.int64],
    query: Queries,
    saturation: float,
    slots: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Returns the scores of some documents for one query, each summed in the order of the terms."""
    places, positions = entries(postings, rows)
    slots[query.terms] = np.arange(1, len(query.terms) + 1, dtype=np.int32)
    terms, counts = unpacked(postings, positions)
    slot = slots[terms]
    slots[query.terms] = 0
    shared = np.flatnonzero(slot)
    place, at = places[shared], slot[shared] - 1
    count = counts[shared].astype(np.float64)
    penalty = postings.penalties[rows[place], query.views[at]]
    value = np.minimum(1.0, count * (1.0 + saturation) / (count + penalty))
    # bincount adds one after the other, as the compiled loop does; other sums of numpy are pairwise
    return np.bincount(place, weights=query.weights[at] * value, minlength=len(rows)).astype(np.float64, copy=False)


def unpacked(postings: Postings, positions: NDArray[np.int64] | slice) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Returns terms and counts of some forward entries."""
    packed = postings.forward[positions]
    lines = packed & packed.dtype.type((1 << postings.shift) - 1)
    return (packed >> packed.dtype.type(postings.shift)).astype(np.int32), postings.counts[lines]


def packed(
    terms: NDArray[np.int32], counts: NDArray[np.float32], table: NDArray[np.float32], shift: int
) -> NDArray[np.uint32] | NDArray[np.uint64]:
    """Returns forward entries of terms and counts; the table holds every count."""
    lines = np.searchsorted(table, counts)
    if shift == SHIFT:
        return (terms.astype(np.uint32) << np.uint32(shift)) | lines.astype(np.uint32)
    return (terms.astype(np.uint64) << np.uint64(shift)) | lines.astype(np.uint64)


def shift_of(terms: int, counts: int) -> int:
    """Returns how many bits of a forward entry are for the count."""
    return SHIFT if terms <= 1 << 24 and counts <= 1 << SHIFT else 32


def entries(postings: Postings, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns, for the forward entries of some documents, each entry's place in ``rows`` and its position."""
    starts = postings.forward_starts[rows]
    sizes = postings.forward_starts[rows + 1] - starts
    places = np.repeat(np.arange(len(rows), dtype=np.int64), sizes)
    offsets = np.cumsum(sizes) - sizes
    return places, np.arange(int(sizes.sum()), dtype=np.int64) + np.repeat(starts - offsets, sizes)
