"""How few breaks any timetable of given meetings must have: each person's day as a path, all days sharing the tables.

A relaxation that forgets who meets whom: every person walks through the slots (idle or busy, as many busy ones as they
have meetings), in every slot an even number of people is busy, at most two per table. People with the same number of
meetings, open slots and parts of the day are interchangeable and flow together, so that a session of 60 people is a
programme of some hundred arcs. The counts are the implied constraints 1, 2 and "even" of Bofill et al., Journal of
Artificial Intelligence Research 74 (2022), 263-301, taken as a relaxation of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from scheduler.board import NOWHERE, Board

MAX_ARCS = 40_000
MAX_STEPS = 4_000_000
BEFORE, BUSY, GAP = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Kind:
    """What one person's day must look like: how many busy slots, which are open, which are certain.

    `least[t]` and `most[t]` limit the number of busy slots among the first t.
    """

    meetings: int
    open: int
    certain: int
    least: tuple[int, ...]
    most: tuple[int, ...]


@dataclass(slots=True)
class _Flow:
    """Columns (arcs) and rows (nodes, slots) of the programme."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)

    def row(self, side: int = 0) -> int:
        self.sides.append(side)
        return len(self.sides) - 1

    def column(self, entries: list[tuple[int, int]], cost: int, limit: int) -> None:
        for row, value in entries:
            self.rows.append(row)
            self.columns.append(len(self.costs))
            self.values.append(value)
        self.costs.append(cost)
        self.limits.append(limit)


def fewest_breaks_alone(board: Board) -> int:
    """The quick lower bound: the stretches of open slots that each person's meetings need, tables left aside."""
    if not board.ground.spec.count_across_sessions:
        return 0
    reach = [0] * len(board.busy)
    for m, at in enumerate(board.at):
        if at != NOWHERE:
            reach[board.a[m]] |= board.domain[m]
            reach[board.b[m]] |= board.domain[m]
    return sum(_stretches(mask, held) - 1 for mask, held in zip(reach, board.held, strict=True) if held)


def _stretches(mask: int, number: int) -> int:
    """How many runs of set bits it takes to hold a number of meetings."""
    runs = sorted((len(run) for run in f"{mask:b}".split("0") if run), reverse=True)
    taken = 0
    for run in runs:
        if number <= 0:
            break
        number -= run
        taken += 1
    return max(taken, 1)


def fewest_breaks(board: Board, seconds: float) -> int:
    """A lower bound of the sum of breaks over all timetables that hold exactly the meetings now on the board.

    Fairness is left out. Gaps over the boundary of two parts must count as breaks for the bound to say anything; else,
    and for sessions of very many slots, it is 0. With enough tables each person counts alone; where tables may be
    short the programme is solved, within `seconds`, if it has at most MAX_ARCS arcs.
    """
    spec = board.ground.spec
    if not spec.count_across_sessions or spec.slots == 0:
        return 0
    kinds = _kinds(board)
    if sum(kind.meetings for kind in kinds) * spec.slots > MAX_STEPS:
        return 0
    alone = sum(number * _alone(kind, spec.slots) for kind, number in kinds.items())
    if sum(3 * (kind.meetings + 1) for kind in kinds) * spec.slots > 3 * MAX_ARCS:
        return alone
    return max(alone, _together(kinds, board.cap, seconds))


def _kinds(board: Board) -> Counter[Kind]:
    slots = len(board.cap)
    own: list[list[int]] = [[] for _ in board.busy]
    for m, at in enumerate(board.at):
        if at != NOWHERE:
            own[board.a[m]].append(board.domain[m])
            own[board.b[m]].append(board.domain[m])
    kinds: Counter[Kind] = Counter()
    for domains in own:
        if not domains:
            continue
        reach = certain = 0
        for mask in domains:
            reach |= mask
            certain |= mask if mask & (mask - 1) == 0 else 0
        firsts = [(mask & -mask).bit_length() - 1 for mask in domains]
        lasts = [mask.bit_length() - 1 for mask in domains]
        least = tuple(sum(last < t for last in lasts) for t in range(slots + 1))
        most = tuple(sum(first < t for first in firsts) for t in range(slots + 1))
        kinds[Kind(len(domains), reach, certain, least, most)] += 1
    return kinds


def _steps(kind: Kind, slot: int, count: int, state: int) -> Iterator[tuple[int, int, int]]:
    """Where a day can go on in a slot: (busy slots so far, state, breaks that ended here)."""
    after = kind.open >> (slot + 1)
    floor = max(kind.least[slot + 1], kind.meetings - after.bit_count())
    if floor <= count and not kind.certain >> slot & 1:
        yield count, BEFORE if state == BEFORE else GAP, 0
    if kind.open >> slot & 1 and floor <= count + 1 <= min(kind.meetings, kind.most[slot + 1]):
        yield count + 1, BUSY, int(state == GAP)


def _alone(kind: Kind, slots: int) -> int:
    """The fewest breaks of one day by itself; 0 if the kind contradicts itself."""
    best = {(0, BEFORE): 0}
    for slot in range(slots):
        following: dict[tuple[int, int], int] = {}
        for (count, state), breaks in best.items():
            for more, then, ended in _steps(kind, slot, count, state):
                known = following.get((more, then))
                if known is None or breaks + ended < known:
                    following[more, then] = breaks + ended
        best = following
    return min(best.values(), default=0)


def _together(kinds: Counter[Kind], tables: list[int], seconds: float) -> int:
    """The bound with the tables shared, rounded up; 0 when nothing was proven in time."""
    flow = _Flow()
    full = [flow.row() for _ in tables]
    for kind, number in kinds.items():
        _add_days(flow, kind, number, full)
    for slot, number in enumerate(tables):
        flow.column([(full[slot], -2)], 0, number)
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    places = (np.array(flow.rows, dtype=np.int64), np.array(flow.columns, dtype=np.int64))
    matrix = coo_array((np.array(flow.values, dtype=float), places), shape=(len(flow.sides), len(flow.costs))).tocsr()
    sides = np.array(flow.sides, dtype=float)
    result = milp(
        np.array(flow.costs, dtype=float),
        constraints=LinearConstraint(matrix, sides, sides),
        integrality=np.ones(len(flow.costs), dtype=np.int64),
        bounds=Bounds(0.0, np.array(flow.limits, dtype=float)),
        options={"time_limit": max(seconds, 0.1)},
    )
    bound = getattr(result, "mip_dual_bound", None)
    return max(0, ceil(bound - 1e-6)) if bound is not None and np.isfinite(bound) else 0


def _add_days(flow: _Flow, kind: Kind, number: int, full: list[int]) -> None:
    """Adds the paths of a number of like people; an arc into a busy slot also enters the slot's row."""
    here = {(0, BEFORE): flow.row(-number)}
    for slot, row_of_slot in enumerate(full):
        there: dict[tuple[int, int], int] = {}
        for (count, state), row in here.items():
            for more, then, ended in _steps(kind, slot, count, state):
                target = there.get((more, then))
                if target is None:
                    target = there[more, then] = flow.row()
                entries = [(row, -1), (target, 1)]
                if then == BUSY:
                    entries.append((row_of_slot, 1))
                flow.column(entries, ended, number)
        here = there
    for row in here.values():
        flow.column([(row, -1)], 0, number)
