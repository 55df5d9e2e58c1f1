"""A shortlist under caps: as much score as possible with no need and no offer in too many pairs, and what the caps cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """One pair that could be kept; ``score`` within [0, 1]. Ids of needs and of offers are counted apart."""

    need_id: str
    offer_id: str
    score: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pair that was not kept, and a Chinese sentence that says why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Allotment:
    """What was kept (need id, then best score first), what was not, and the cost of the caps on offers.

    ``score`` is the sum of the kept scores, ``wished`` the sum if only the caps on needs held; ``loss`` is the difference.
    """

    kept: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    score: float
    wished: float

    @property
    def loss(self) -> float:
        """The score that the caps on offers cost, never negative."""
        return max(0.0, self.wished - self.score)


def shortlist(
    candidates: Sequence[Candidate],
    per_need: int,
    per_offer: int,
    need_caps: Mapping[str, int] | None = None,
    offer_caps: Mapping[str, int] | None = None,
) -> Allotment:
    """Chooses the pairs with the highest total score such that nobody has more than allowed.

    ``per_need`` and ``per_offer`` hold for everyone whom ``need_caps`` and ``offer_caps`` do not name. The choice is an
    optimum (a transport problem solved as a linear programme, whose corners are whole numbers), and the same for any order
    of the candidates. Raises ValueError for a pair that comes twice, a score outside [0, 1] and a negative cap.
    """
    pairs = sorted(candidates, key=lambda pair: (pair.need_id, -pair.score, pair.offer_id))
    needs = _caps([pair.need_id for pair in pairs], per_need, need_caps or {})
    offers = _caps([pair.offer_id for pair in pairs], per_offer, offer_caps or {})
    if len({(pair.need_id, pair.offer_id) for pair in pairs}) != len(pairs):
        raise ValueError("a pair comes twice")
    if not all(0.0 <= pair.score <= 1.0 for pair in pairs):
        raise ValueError("a score lies outside 0 and 1")
    chosen = _optimum(pairs, needs, offers)
    kept = tuple(pair for pair, keep in zip(pairs, chosen, strict=True) if keep)
    free = Counter(offers)
    free.subtract(Counter(pair.offer_id for pair in kept))
    left_out = tuple(
        LeftOut(pair, _reason(offers[pair.offer_id], free[pair.offer_id], needs[pair.need_id]))
        for pair, keep in zip(pairs, chosen, strict=True)
        if not keep
    )
    return Allotment(kept, left_out, math.fsum(pair.score for pair in kept), _wished(pairs, needs))


def _caps(ids: Sequence[str], default: int, named: Mapping[str, int]) -> dict[str, int]:
    caps = {identifier: named.get(identifier, default) for identifier in ids}
    if default < 0 or any(cap < 0 for cap in caps.values()):
        raise ValueError("a cap must not be negative")
    return caps


def _optimum(pairs: Sequence[Candidate], needs: Mapping[str, int], offers: Mapping[str, int]) -> list[bool]:
    if not pairs:
        return []
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    rows = {("need", name): row for row, name in enumerate(needs)}
    rows |= {("offer", name): row for row, name in enumerate(offers, len(needs))}
    entries = [rows["need", pair.need_id] for pair in pairs] + [rows["offer", pair.offer_id] for pair in pairs]
    columns = [*range(len(pairs)), *range(len(pairs))]
    matrix = csr_array((np.ones(len(entries)), (entries, columns)), shape=(len(rows), len(pairs)))
    caps = np.array([*needs.values(), *offers.values()], dtype=np.float64)
    worth = np.array([pair.score for pair in pairs])
    # scipy's published types know sparse matrices here but not yet sparse arrays
    solution = linprog(-worth, A_ub=matrix, b_ub=caps, bounds=(0, 1), method="highs-ds")  # type: ignore[call-overload]
    assert solution.status == 0, solution.message  # choosing nothing is always allowed, so there is an optimum
    return [bool(share > 0.5) for share in solution.x]


def _wished(pairs: Sequence[Candidate], needs: Mapping[str, int]) -> float:
    taken: Counter[str] = Counter()
    total: list[float] = []
    for pair in pairs:
        if taken[pair.need_id] < needs[pair.need_id]:
            taken[pair.need_id] += 1
            total.append(pair.score)
    return math.fsum(total)


def _reason(offer_cap: int, offer_free: int, need_cap: int) -> str:
    if need_cap == 0:
        return "该需求不参加本次对接。"
    if offer_cap == 0:
        return "该成果不参加本次对接。"
    if offer_free > 0:
        return f"该需求已选满 {need_cap} 项成果，其余安排的总匹配度更高。"
    return f"该成果已选满 {offer_cap} 个需求，其余安排的总匹配度更高。"
