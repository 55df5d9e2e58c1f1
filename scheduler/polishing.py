"""Fewer gaps: anneals a board by Kempe swaps so that people wait less and nobody has far more breaks than others.

Compiled with numba (extra "fast") where that is installed; the walk and its result are the same without, only slower.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from random import Random
from typing import Any

from scheduler.board import NOWHERE, Board
from scheduler.measures import Gaps, availability, slots_of

BREAK_COST = 10
UNFAIR_COST = 400
HOT, COLD = 5.0, 1.5
"""Temperatures, measured on the published and the generated sessions: hotter or colder ends leave more breaks."""
PACE = 256
"""Proposals between two looks at the clock and steps of the temperature."""
CHUNK = PACE * 512
"""The same for compiled code."""
FACTOR, MODULUS = 48271, 2_147_483_647
"""The generator of Park and Miller (Communications of the ACM 36, 1993): the same numbers compiled or not."""
WORTH_COMPILING = 200_000
"""Proposals below which loading numba takes longer than it saves; once loaded it is always used."""
MASK_BITS = 62


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


@dataclass(frozen=True, slots=True)
class _Task:
    """A board to anneal: which meetings may move to which slots, how often to try, where the generator stands."""

    board: Board
    movable: list[int]
    options: list[tuple[int, ...]]
    proposals: int
    state: int
    cost: int
    stop: Callable[[], bool]


def polish(
    board: Board, rng: Random, proposals: int, stop: Callable[[], bool], *, compiled: bool | None = None
) -> None:
    """Tries a number of random Kempe swaps under falling temperature and leaves the best board met.

    The same meetings stay placed. The same generator and number give the same board unless `stop` ends it early.
    `compiled` chooses numba or not, None: whatever is installed and pays.
    """
    costs = _Costs(board)
    movable = [m for m, slot in enumerate(board.at) if slot != NOWHERE and board.domain[m].bit_count() > 1]
    cost = sum(costs.of(person, day) for person, day in enumerate(board.busy))
    state = rng.randrange(1, MODULUS)
    if not movable or cost == 0 or proposals <= 0:
        return
    options = [tuple(slots_of(board.domain[m])) for m in movable]
    task = _Task(board, movable, options, proposals, state, cost, stop)
    if compiled is None:
        worth = proposals >= WORTH_COMPILING and importlib.util.find_spec("numba") is not None
        compiled = worth or "scheduler.compiled" in sys.modules
    # meetings in order or at fixed tables, lunch and rests are looked after by the board alone
    if compiled and not any(board.special) and not board.windows and len(board.cap) <= MASK_BITS:
        best_at = _anneal_compiled(task)
    else:
        best_at = _anneal(task, costs)
    board.restore(best_at)


def _anneal(task: _Task, costs: _Costs) -> Sequence[int]:
    board, movable, options, state, cost = task.board, task.movable, task.options, task.state, task.cost
    best, best_at = cost, list(board.at)
    heat = HOT
    for number in range(task.proposals):
        if number % PACE == 0:
            if task.stop():
                break
            heat = HOT * (COLD / HOT) ** (number / task.proposals)
        state = state * FACTOR % MODULUS
        pick = state % len(movable)
        m = movable[pick]
        here = board.at[m]
        state = state * FACTOR % MODULUS
        there = options[pick][state % len(options[pick])]
        if there == here:
            continue
        state = state * FACTOR % MODULUS
        cost += _try(board, costs, m, here, there, -heat * log(state / MODULUS))
        if cost < best:
            best, best_at = cost, list(board.at)
            if best == 0:
                break
    return best_at


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


def _anneal_compiled(task: _Task) -> Sequence[int]:
    """As `_anneal`, on arrays."""
    import numpy as np

    from scheduler.compiled import anneal

    board = task.board
    starts = np.cumsum([0, *(len(choice) for choice in task.options)])
    options = np.array([slot for choice in task.options for slot in choice], dtype=np.int64)
    a, b, at, domain, busy, load, cap, movable = (
        np.array(values, dtype=np.int64)
        for values in (board.a, board.b, board.at, board.domain, board.busy, board.load, board.cap, task.movable)
    )
    who = np.array(board.who, dtype=np.int64)
    best_at, days = at.copy(), _days(board)
    state, cost, best, begin = task.state, task.cost, task.cost, 0
    while begin < task.proposals and best > 0 and not task.stop():
        end = min(begin + CHUNK, task.proposals)
        state, cost, best = anneal(
            state, begin, end, task.proposals, cost, best, best_at,
            a, b, at, domain, who, busy, load, cap, movable, starts, options, days,
        )  # fmt: skip
        begin = end
    found: list[int] = best_at.tolist()
    return found


def _days(board: Board) -> tuple[Any, ...]:
    """What the cost of a day depends on, as arrays (see `scheduler.compiled.anneal`)."""
    import numpy as np

    spec = board.ground.spec
    part_of = board.ground.part_of
    outside = len(spec.sessions)  # slots of no part belong together
    part = [part_of.get(slot, outside) for slot in range(spec.slots)]
    head = [sum(part[other] == part[slot] for other in range(slot)) for slot in range(spec.slots)]
    tail = [sum(part[other] == part[slot] for other in range(slot + 1, spec.slots)) for slot in range(spec.slots)]
    available = np.array([availability(person, spec.slots) for person in spec.participants], dtype=np.int64)
    fair = -1 if spec.fairness_d is None else spec.fairness_d
    arrays = (np.array(values, dtype=np.int64) for values in (part, head, tail))
    return (available, fair, *arrays, spec.count_across_sessions)
