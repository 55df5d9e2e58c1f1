"""A shortlist under caps: as much score as possible with nobody and nothing in too many pairs, and what the caps cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Candidate:
    """One pair that could be kept; ``score`` within [0, 1]. Ids of needs, offers, askers and holders are counted apart.

    ``asker`` is the firm that has the need, ``holder`` the expert who stands for the offer; "" is nobody, and without a cap.
    """

    need_id: str
    offer_id: str
    score: float
    asker: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many pairs each may be in: ``each``, or its own number for those that ``named`` holds."""

    each: int
    named: Mapping[str, int] = field(default_factory=dict)

    def of(self, ids: Iterable[str]) -> dict[str, int]:
        """Returns id -> cap. Raises ValueError for a negative one."""
        caps = {name: self.named.get(name, self.each) for name in ids if name}
        if self.each < 0 or any(cap < 0 for cap in caps.values()):
            raise ValueError("a cap must not be negative")
        return caps


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pair that was not kept, and a Chinese sentence that says why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Allotment:
    """What was kept (need id, then best score first), what was not, and what it costs that others count as well.

    ``score`` is the sum of the kept scores, ``wished`` the sum if only the caps on needs held; ``loss`` is the difference.
    """

    kept: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
    score: float
    wished: float

    @property
    def loss(self) -> float:
        """The score that all but the caps on needs cost, never negative."""
        return max(0.0, self.wished - self.score)


_NEED, _OFFER = attrgetter("need_id"), attrgetter("offer_id")
_ASKER, _HOLDER = attrgetter("asker"), attrgetter("holder")


@dataclass(frozen=True, slots=True)
class _Side:
    """One kind of id: how to read it of a pair, and the caps."""

    of: Callable[[Candidate], str]
    caps: Mapping[str, int]


def shortlist(
    candidates: Sequence[Candidate],
    needs: Caps,
    offers: Caps,
    people: tuple[Caps, Caps] | None = None,
    waiting: Collection[str] = (),
) -> Allotment:
    """Chooses the pairs with the highest total score such that nobody has more than allowed.

    ``people`` are the caps of askers and of holders (None: there are none). As many as possible of the askers in ``waiting``
    get a pair, before the score counts. Needs belong to one asker and offers to one holder, so this is a flow in a network,
    and the linear programme has whole numbers in its corners; the choice is the same for any order of the candidates.
    Raises ValueError for a pair that comes twice, a score outside [0, 1] and a negative cap.
    """
    pairs = sorted(candidates, key=lambda pair: (pair.need_id, -pair.score, pair.offer_id))
    askers, holders = people or (None, None)
    sides = {
        "need": _Side(_NEED, needs.of(map(_NEED, pairs))),
        "offer": _Side(_OFFER, offers.of(map(_OFFER, pairs))),
        "asker": _Side(_ASKER, askers.of(map(_ASKER, pairs)) if askers else {}),
        "holder": _Side(_HOLDER, holders.of(map(_HOLDER, pairs)) if holders else {}),
    }
    if len({(pair.need_id, pair.offer_id) for pair in pairs}) != len(pairs):
        raise ValueError("a pair comes twice")
    if not all(0.0 <= pair.score <= 1.0 for pair in pairs):
        raise ValueError("a score lies outside 0 and 1")
    chosen = _optimum(pairs, tuple(sides.values()), set(waiting).intersection(map(_ASKER, pairs)))
    kept = tuple(pair for pair, keep in zip(pairs, chosen, strict=True) if keep)
    taken = {name: Counter(map(side.of, kept)) for name, side in sides.items()}
    left_out = tuple(
        LeftOut(pair, _reason(pair, sides, taken)) for pair, keep in zip(pairs, chosen, strict=True) if not keep
    )
    wished = _wished(pairs, sides["need"].caps)
    return Allotment(kept, left_out, math.fsum(pair.score for pair in kept), wished)


def _optimum(pairs: Sequence[Candidate], sides: Sequence[_Side], waiting: Collection[str]) -> list[bool]:
    if not pairs:
        return []
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    entries: list[tuple[int, int, float]] = []
    most: list[float] = []
    for side in sides:
        rows = {name: row for row, name in enumerate(side.caps, len(most))}
        entries += [(rows[side.of(one)], column, 1.0) for column, one in enumerate(pairs) if side.of(one) in rows]
        most += side.caps.values()
    for column, asker in enumerate(sorted(waiting), len(pairs)):  # 1 when the asker has a pair: at most its pairs
        entries.append((len(most), column, 1.0))
        entries += [(len(most), place, -1.0) for place, one in enumerate(pairs) if one.asker == asker]
        most.append(0.0)
    row, column_of, value = zip(*entries, strict=True)
    width = len(pairs) + len(waiting)
    matrix = csr_array((np.array(value), (row, column_of)), shape=(len(most), width))
    worth = np.array([pair.score for pair in pairs] + [float(len(pairs))] * len(waiting))
    # scipy's published types know sparse matrices here but not yet sparse arrays
    solution = linprog(-worth, A_ub=matrix, b_ub=np.array(most), bounds=(0, 1), method="highs-ds")  # type: ignore[call-overload]
    assert solution.status == 0, solution.message  # choosing nothing is always allowed, so there is an optimum
    return [bool(share > 0.5) for share in solution.x[: len(pairs)]]


def _wished(pairs: Sequence[Candidate], needs: Mapping[str, int]) -> float:
    taken: Counter[str] = Counter()
    total: list[float] = []
    for pair in pairs:
        if taken[pair.need_id] < needs[pair.need_id]:
            taken[pair.need_id] += 1
            total.append(pair.score)
    return math.fsum(total)


_FULL = {
    "offer": "该成果已选满 {} 个需求，其余安排的总匹配度更高。",
    "holder": "该成果的专家已选满 {} 对，其余安排的总匹配度更高。",
    "need": "该需求已选满 {} 项成果，其余安排的总匹配度更高。",
    "asker": "该需求的企业已选满 {} 对，其余安排的总匹配度更高。",
}
"""What is said of a pair that is left out, by the first of these that has no room; 0 has words of its own."""

_NONE = {
    "need": "该需求不参加本次对接。", "offer": "该成果不参加本次对接。", "asker": "该需求的企业不再增加对接。",
    "holder": "该成果的专家不再增加对接。",
}  # fmt: skip


def _reason(pair: Candidate, sides: Mapping[str, _Side], taken: Mapping[str, Counter[str]]) -> str:
    for name, text in _NONE.items():
        if sides[name].caps.get(sides[name].of(pair)) == 0:
            return text
    for name, text in _FULL.items():
        side = sides[name]
        cap = side.caps.get(side.of(pair))
        if cap is not None and taken[name][side.of(pair)] >= cap:
            return text.format(cap)
    return "没有匹配度可以增加。"
