"""The search of kernels.py compiled by numba: same bounds, same exact scores. Imported only where numba is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

BLOCK, STEPS, PRICE, EXCLUDED, MANY, STRETCH, COARSE = 64, 255, 1000, -(1 << 30), 64, 8192, 18
"""As in kernels.py, which cannot be imported here: compiled code is kept by the text of this file alone."""


@njit(cache=True, nogil=True)
def _add_postings(sums: Any, rows: Any, codes: Any, weight: Any) -> None:
    """Adds a term's values; unsigned rows spare a test for negative ones, four at a time hide the loads."""
    whole = rows.shape[0] // 4 * 4
    for at in range(0, whole, 4):
        row0, row1, row2, row3 = (
            np.uint32(rows[at]),
            np.uint32(rows[at + 1]),
            np.uint32(rows[at + 2]),
            np.uint32(rows[at + 3]),
        )
        sum0 = sums[row0] + np.int32(weight * np.int32(codes[at]))
        sum1 = sums[row1] + np.int32(weight * np.int32(codes[at + 1]))
        sum2 = sums[row2] + np.int32(weight * np.int32(codes[at + 2]))
        sum3 = sums[row3] + np.int32(weight * np.int32(codes[at + 3]))
        sums[row0], sums[row1], sums[row2], sums[row3] = sum0, sum1, sum2, sum3
    for at in range(whole, rows.shape[0]):
        sums[np.uint32(rows[at])] += np.int32(weight * np.int32(codes[at]))


@njit(cache=True, nogil=True)
def _completed(sums: Any, rows: Any, dense: Any, lines: Any, weights: Any) -> Any:
    """Returns the sums of some documents with the frequent terms."""
    complete = sums[rows]
    for at in range(lines.shape[0]):
        line, weight = dense[lines[at]], np.int32(weights[at])
        for place in range(rows.shape[0]):
            complete[place] += np.int32(weight * np.int32(line[rows[place]]))
    return complete


@njit(cache=True, nogil=True)
def _add_frequent_to_all(sums: Any, dense: Any, lines: Any, weights: Any) -> None:
    """Completes the sums of all documents, a stretch of them at a time so that their sums stay in the cache.

    Four lines at once: then a sum is read and written a quarter as often.
    """
    documents, whole = dense.shape[1], lines.shape[0] // 4 * 4
    for start in range(0, documents, STRETCH):
        end = min(start + STRETCH, documents)
        part = sums[start:end]
        for at in range(0, whole, 4):
            line0, line1 = dense[lines[at], start:end], dense[lines[at + 1], start:end]
            line2, line3 = dense[lines[at + 2], start:end], dense[lines[at + 3], start:end]
            weight0, weight1 = np.int32(weights[at]), np.int32(weights[at + 1])
            weight2, weight3 = np.int32(weights[at + 2]), np.int32(weights[at + 3])
            for place in range(part.shape[0]):
                first = np.int32(weight0 * np.int32(line0[place])) + np.int32(weight1 * np.int32(line1[place]))
                second = np.int32(weight2 * np.int32(line2[place])) + np.int32(weight3 * np.int32(line3[place]))
                part[place] += np.int32(np.int32(first) + np.int32(second))
        for at in range(whole, lines.shape[0]):
            line, weight = dense[lines[at], start:end], np.int32(weights[at])
            for place in range(part.shape[0]):
                part[place] += np.int32(weight * np.int32(line[place]))


@njit(cache=True, nogil=True)
def _find_tops(sums: Any, tops: Any) -> None:
    for block in range(tops.shape[0]):
        best = np.int32(0)
        for row in range(block * BLOCK, block * BLOCK + BLOCK):
            best = max(best, sums[row])
        tops[block] = best


@njit(cache=True, nogil=True)
def _kth(tops: Any, k: int) -> Any:
    """Returns the k-th largest top, which k documents reach; 0 where there are fewer blocks."""
    if k > tops.shape[0]:
        return np.int64(0)
    return np.int64(np.partition(tops, tops.shape[0] - k)[tops.shape[0] - k])


@njit(cache=True, nogil=True)
def _reached(sums: Any, k: int) -> Any:
    """Returns a number just below the k-th largest sum, which k documents reach; 0 where there are fewer. Counts, sorts nothing."""
    counts = np.zeros(((np.int64(1) << 31) >> COARSE) + 1, dtype=np.int64)
    for row in range(sums.shape[0]):
        counts[max(np.int64(0), np.int64(sums[row])) >> COARSE] += 1
    place, held = counts.shape[0] - 1, counts[-1]
    while place > 0 and held < k:
        place -= 1
        held += counts[place]
    return np.int64(place) << COARSE


@njit(cache=True, nogil=True)
def _sum_rare(postings: Any, terms: Any, steps: Any, dead: Any, k: int, frequent: Any, space: Any) -> Any:
    """Sums the bounds of the rare terms until few blocks can enter; returns what the sums may lack and may be short of.

    ``frequent`` is what the frequent terms can add.
    """
    costs = postings.starts[terms + 1] - postings.starts[terms] + 8
    order = np.argsort(-steps / costs)
    left, lacking, work, spent = frequent + STEPS * steps.sum(), np.int64(0), costs.sum(), np.int64(0)
    patience = space.sums.shape[0]
    for place in range(terms.shape[0]):
        at = order[place]
        start, end = postings.starts[terms[at]], postings.starts[terms[at] + 1]
        _add_postings(space.sums, postings.rows[start:end], postings.codes[start:end], np.int32(steps[at]))
        left -= STEPS * steps[at]
        lacking += steps[at] + STEPS
        spent += costs[at]
        if spent >= patience and place + 1 < terms.shape[0]:
            work, spent = work - spent, np.int64(0)
            for row in dead:
                space.sums[row] = 0
            _find_tops(space.sums, space.tops)
            least = _kth(space.tops, k) - lacking - left
            if least > 0 and ((space.tops >= least).sum() - k) * PRICE <= min(patience, work):
                break
    for row in dead:
        space.sums[row] = EXCLUDED
    space.sums[postings.forward_starts.shape[0] - 1 :] = EXCLUDED
    _find_tops(space.sums, space.tops)
    return lacking, left


@njit(cache=True, nogil=True)
def _reaching(sums: Any, tops: Any, least: int) -> Any:
    """Returns the rows with at least that sum."""
    found = 0
    for block in range(tops.shape[0]):
        if tops[block] >= least:
            for row in range(block * BLOCK, block * BLOCK + BLOCK):
                found += sums[row] >= least
    rows = np.empty(found, dtype=np.int64)
    found = 0
    for block in range(tops.shape[0]):
        if tops[block] >= least:
            for row in range(block * BLOCK, block * BLOCK + BLOCK):
                if sums[row] >= least:
                    rows[found] = row
                    found += 1
    return rows


@njit(cache=True, nogil=True)
def _many(sums: Any, tops: Any, least: int, most: int) -> bool:
    """Says whether more than ``most`` documents have at least that sum."""
    found = 0
    for block in range(tops.shape[0]):
        if tops[block] >= least:
            for row in range(block * BLOCK, block * BLOCK + BLOCK):
                found += sums[row] >= least
            if found > most:
                return True
    return False


@njit(cache=True, nogil=True)
def _complete(sums: Any, tops: Any, dense: Any, lines: Any, weights: Any, k: int, lacking: Any, left: Any) -> Any:
    """Returns the rows that can still enter, their sums completed with the frequent terms, largest sum first.

    ``left`` is what the rare terms that were not summed can add, ``lacking`` what any complete sum may be too large by.
    """
    frequent = STEPS * weights.astype(np.int64).sum()
    first = _kth(tops, 2 * k)
    least = max(np.int64(1) - left, _kth(tops, k) - lacking - left)
    if first > 0 and least < frequent and 8 * k * MANY < dense.shape[1]:
        # the best by rare terms first: what they reach excludes most others, unless many are wanted
        early = _completed(sums, _reaching(sums, tops, first), dense, lines, weights)
        least = max(least, _kth(early, k) - lacking - left)
    if _many(sums, tops, max(np.int64(0), least - frequent), dense.shape[1] // MANY):
        _add_frequent_to_all(sums, dense, lines, weights)
        _find_tops(sums, tops)
        rows = _reaching(sums, tops, max(np.int64(0), least, _reached(sums, k) - lacking - left))
    else:
        rows = _reaching(sums, tops, max(np.int64(0), least - frequent))
        sums[rows] = _completed(sums, rows, dense, lines, weights)
    found = sums[rows]
    least = max(least, _kth(found, k) - lacking - left)
    rows = rows[found >= least]
    return rows[np.argsort(-sums[rows])]


@njit(cache=True, nogil=True)
def _exact(postings: Any, row: int, slots: Any, weights: Any, views: Any, saturation: float, hits: Any) -> float:
    """Returns the score of one document, summed in the order of the terms. ``hits`` has room for all of its entries.

    The entries that count are found without a branch, which no processor could foresee; that takes half the time.
    """
    shift = np.uint64(postings.shift)
    mask = (np.uint64(1) << shift) - np.uint64(1)
    found = 0
    for entry in range(postings.forward_starts[row], postings.forward_starts[row + 1]):
        hits[found] = entry
        found += slots[np.uint64(postings.forward[entry]) >> shift] > 0
    score = 0.0
    for at in range(found):
        packed = np.uint64(postings.forward[hits[at]])
        slot = slots[packed >> shift]
        count = np.float64(postings.counts[packed & mask])
        penalty = postings.penalties[row, views[slot - 1]]
        score += weights[slot - 1] * min(1.0, count * (1.0 + saturation) / (count + penalty))
    return score


@njit(cache=True, nogil=True)
def _room(postings: Any, row: int, hits: Any) -> Any:
    """Returns ``hits``, or a larger one where a document has more entries."""
    entries = postings.forward_starts[row + 1] - postings.forward_starts[row]
    return hits if entries <= hits.shape[0] else np.empty(2 * entries, dtype=np.int64)


@njit(cache=True, nogil=True)
def _sort(rows: Any, scores: Any) -> None:
    """Sorts scored rows: by score, best first, then by row."""
    order = np.argsort(rows)
    order = order[np.argsort(-scores[order], kind="mergesort")]
    rows[:], scores[:] = rows[order], scores[order]


@njit(cache=True, nogil=True)
def _insert(row: int, score: float, rows: Any, scores: Any) -> None:
    """Puts a scored row into its place among the best, whose last one goes; or leaves them as they are."""
    place = rows.shape[0] - 1
    if score < scores[place] or (score == scores[place] and row > rows[place]):
        return
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and rows[place - 1] > row)):
        scores[place] = scores[place - 1]
        rows[place] = rows[place - 1]
        place -= 1
    scores[place] = score
    rows[place] = row


@njit(cache=True, nogil=True)
def search(
    postings: Any, queries: Any, dead: Any, saturation: float, resolution: float, space: Any, rows: Any, scores: Any
) -> Any:
    """Fills each query's line of ``rows`` and ``scores``, best first; returns how many each line holds."""
    held = np.zeros(rows.shape[0], dtype=np.int64)
    hits = np.empty(4096, dtype=np.int64)
    k = rows.shape[1]
    for query in range(rows.shape[0]):
        start, end = queries.starts[query], queries.starts[query + 1]
        terms, views, weights = queries.terms[start:end], queries.views[start:end], queries.weights[start:end]
        total = weights.sum()
        if total <= 0.0:
            continue
        steps = np.ceil(weights * (resolution / total)).astype(np.int64)
        unit = total / resolution / STEPS * (1.0 + 1e-9)
        space.sums[:] = 0
        lines = postings.dense_of[terms]
        rare = lines < 0
        heavy = steps[~rare].astype(np.int32)
        frequent = steps[~rare].sum()
        lacking, left = _sum_rare(postings, terms[rare], steps[rare], dead, k, frequent * STEPS, space)
        lacking += frequent + STEPS * heavy.shape[0]
        left -= frequent * STEPS
        for at in range(terms.shape[0]):
            space.slots[terms[at]] = at + 1
        for row in _complete(space.sums, space.tops, postings.dense, lines[~rare], heavy, k, lacking, left):
            if held[query] == k and (space.sums[row] + left) * unit < scores[query, k - 1]:
                break
            hits = _room(postings, row, hits)
            score = _exact(postings, row, space.slots, weights, views, saturation, hits)
            if score > 0.0 and held[query] == k:
                _insert(row, score, rows[query], scores[query])
            elif score > 0.0:
                rows[query, held[query]], scores[query, held[query]] = row, score
                held[query] += 1
                if held[query] == k:
                    _sort(rows[query], scores[query])
        if held[query] < k:
            _sort(rows[query, : held[query]], scores[query, : held[query]])
        for at in range(terms.shape[0]):
            space.slots[terms[at]] = 0
    return held


@njit(cache=True, nogil=True)
def all_scores(postings: Any, queries: Any, saturation: float, slots: Any, scores: Any) -> None:
    """Fills ``scores`` with the exact score of every document for the first of the queries."""
    for at in range(queries.terms.shape[0]):
        slots[queries.terms[at]] = at + 1
    hits = np.empty(4096, dtype=np.int64)
    for row in range(scores.shape[0]):
        hits = _room(postings, row, hits)
        scores[row] = _exact(postings, row, slots, queries.weights, queries.views, saturation, hits)
    for at in range(queries.terms.shape[0]):
        slots[queries.terms[at]] = 0
