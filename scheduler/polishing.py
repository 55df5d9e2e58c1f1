"""Fewer gaps: anneals a board by Kempe swaps so that people wait less and nobody has far more breaks than others."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from random import Random

from scheduler.board import NOWHERE, Board
from scheduler.measures import Gaps, availability, slots_of

BREAK_COST = 10
UNFAIR_COST = 400


class _Costs:
    """What one person's day costs: ten per break, one per slot of waiting, dearly beyond the fair number of breaks."""

    def __init__(self, board: Board) -> None:
        spec = board.ground.spec
        self._gaps = Gaps(spec)
        self._there = [availability(person, spec.slots) for person in spec.participants]
        self._fair = spec.fairness_d
        self._known: list[dict[int, int]] = [{} for _ in spec.participants]

    def of(self, person: int, day: int) -> int:
        """The cost of a person's day (bit mask of busy slots)."""
        known = self._known[person]
        cost = known.get(day)
        if cost is None:
            breaks = self._gaps.breaks(day)
            cost = BREAK_COST * breaks + self._gaps.waiting(day, self._there[person])
            if self._fair is not None and breaks > self._fair:
                cost += UNFAIR_COST * (breaks - self._fair)
            known[day] = cost
        return cost


def polish(board: Board, rng: Random, proposals: int, stop: Callable[[], bool]) -> None:
    """Tries a number of random Kempe swaps under falling temperature and leaves the best board met.

    The same meetings stay placed. The same generator and number give the same board unless `stop` ends it early.
    """
    costs = _Costs(board)
    standing = [m for m, slot in enumerate(board.at) if slot != NOWHERE]
    movable = [m for m in standing if board.domain[m].bit_count() > 1]
    cost = sum(costs.of(person, day) for person, day in enumerate(board.busy))
    if not movable or cost == 0:
        return
    options = {m: tuple(slots_of(board.domain[m])) for m in movable}
    best, best_at = cost, list(board.at)
    hot, cold = 12.0, 0.4
    heat = hot
    for number in range(proposals):
        if number % 256 == 0:
            if stop():
                break
            heat = hot * (cold / hot) ** (number / proposals)
        m = movable[int(rng.random() * len(movable))]
        here = board.at[m]
        there = options[m][int(rng.random() * len(options[m]))]
        if there == here:
            continue
        change = _try(board, costs, m, here, there, -heat * log(1.0 - rng.random()))
        cost += change
        if cost < best:
            best, best_at = cost, list(board.at)
            if best == 0:
                break
    board.restore(best_at)


def _try(board: Board, costs: _Costs, m: int, here: int, there: int, allowance: float) -> int:
    """Swaps along the chain of a meeting if the cost rises by no more than the allowance; returns the change made."""
    chain = board.chain(m, here, there)
    if not board.swappable(chain, here, there):
        return 0
    bits = (1 << here) | (1 << there)
    a, b, busy, of = board.a, board.b, board.busy, costs.of
    ends: set[int] = set()
    for n in chain:
        ends ^= {a[n], b[n]}
    change = 0
    for person in ends:
        day = busy[person]
        change += of(person, day ^ bits) - of(person, day)
    if change > allowance or not board.swap(chain, here, there):
        return 0
    return change
