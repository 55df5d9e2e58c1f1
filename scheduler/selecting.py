"""Which meetings: the best set that degrees and tables could carry, as an integer programme without times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduler.board import Board

NODE_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen meetings (by index) and a proven upper bound on the score of any timetable with all that must stand."""

    chosen: tuple[int, ...]
    bound: int


@dataclass(slots=True)
class Programme:
    """Rows `sum(value * x[column]) <= limit` of an integer programme over 0/1 variables, gathered one by one."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)

    def at_most(self, limit: int, plus: Sequence[int], minus: Sequence[int] = ()) -> None:
        """Adds sum(x[plus]) - sum(x[minus]) <= limit."""
        row = len(self.limits)
        for columns, value in ((plus, 1), (minus, -1)):
            self.rows.extend([row] * len(columns))
            self.columns.extend(columns)
            self.values.extend([value] * len(columns))
        self.limits.append(limit)


@dataclass(frozen=True, slots=True)
class Solution:
    """The chosen columns of a programme, an upper bound of its worth, and whether the choice is proven best.

    `whole` says whether the programme was solved in whole numbers, be it by chance.
    """

    chosen: tuple[int, ...]
    bound: float
    proven: bool
    whole: bool = True


def solve(
    programme: Programme,
    worth: Sequence[float],
    floor: Sequence[int],
    seconds: float,
    *,
    whole: bool = True,
    gap: float = 0.0,
    nodes: int = NODE_LIMIT,
    ceiling: Sequence[float] | None = None,
) -> Solution | None:
    """Maximises sum(worth * x) with floor <= x <= ceiling (None: 1), x whole or not; None when nothing was found in time.

    A whole solution counts as proven when it is within the relative `gap` of its bound. The limit of `nodes` gives the
    same answer everywhere, that of `seconds` one that depends on the machine.
    """
    if not worth:
        return Solution((), 0.0, proven=True)
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    number = len(worth)
    gain = np.array(worth, dtype=float)
    entries = np.array(programme.values, dtype=float)
    places = (np.array(programme.rows, dtype=np.int64), np.array(programme.columns, dtype=np.int64))
    matrix = coo_array((entries, places), shape=(len(programme.limits), number)).tocsr()
    result = milp(
        -gain,
        constraints=LinearConstraint(matrix, -np.inf, np.array(programme.limits, dtype=float)),
        integrality=np.full(number, int(whole), dtype=np.int64),
        bounds=Bounds(np.array(floor, dtype=float), 1.0 if ceiling is None else np.array(ceiling, dtype=float)),
        options={"time_limit": max(seconds, 0.1), "node_limit": nodes, "mip_rel_gap": gap},
    )
    if result.x is None:
        return None
    chosen = tuple(np.flatnonzero(result.x > 0.5).tolist())
    bound = -float(result.mip_dual_bound if whole else result.fun)
    return Solution(chosen, bound, result.status == 0, bool(np.abs(result.x - np.round(result.x)).max() < 1e-6))


def select(board: Board, seconds: float) -> Selection:
    """Chooses meetings for the highest score, then for the largest number, with all that must stand if they can.

    Limits: each person at most min(quota, slots in which a meeting of theirs could stand), all together at most the
    tables, one meeting per pair, predecessors chosen too. In a bipartite session without repeats or order the
    programme is a flow, so its relaxation is already whole.
    """
    wanted = [m for m in range(len(board.meetings)) if board.domain[m] and (board.must[m] or board.score[m] >= 0)]
    everything = sum(board.score[m] for m in wanted if board.score[m] > 0 or board.must[m])
    limits = _person_limits(board, wanted)
    if _fits(board, wanted, limits):
        return Selection(tuple(wanted), everything)
    programme = _programme(board, wanted, limits)
    must = [int(board.must[m]) for m in wanted]
    worth = [board.score[m] + 1.0 / (len(wanted) + 1) for m in wanted]
    solution = solve(programme, worth, must, seconds, whole=False)
    if solution is None or not (solution.proven and solution.whole):
        solution = solve(programme, worth, must, seconds)
    if solution is not None:
        return Selection(tuple(wanted[column] for column in solution.chosen), int(solution.bound + 1e-6))
    above = float(sum(abs(board.score[m]) for m in wanted) + 1)
    heavy = [value + forced * above for value, forced in zip(worth, must, strict=True)]
    solution = solve(programme, heavy, [0] * len(wanted), seconds)
    chosen = solution.chosen if solution is not None else [c for c, forced in enumerate(must) if forced]
    return Selection(tuple(wanted[column] for column in chosen), everything)


def _person_limits(board: Board, wanted: Sequence[int]) -> list[int]:
    reach = [0] * len(board.quota)
    for m in wanted:
        reach[board.a[m]] |= board.domain[m]
        reach[board.b[m]] |= board.domain[m]
    return [max(0, min(quota, mask.bit_count())) for quota, mask in zip(board.quota, reach, strict=True)]


def _fits(board: Board, wanted: Sequence[int], limits: Sequence[int]) -> bool:
    degree = [0] * len(limits)
    for m in wanted:
        degree[board.a[m]] += 1
        degree[board.b[m]] += 1
    inside = set(wanted)
    return (
        len(wanted) <= sum(board.cap)
        and all(number <= limit for number, limit in zip(degree, limits, strict=True))
        and not any(m in board.twins for m in wanted)
        and all(q in inside for m in wanted for q in board.before[m])
    )


def _programme(board: Board, wanted: Sequence[int], limits: Sequence[int]) -> Programme:
    column = {m: number for number, m in enumerate(wanted)}
    programme = Programme()
    of_person: list[list[int]] = [[] for _ in limits]
    for m in wanted:
        of_person[board.a[m]].append(column[m])
        of_person[board.b[m]].append(column[m])
    for person, own in enumerate(of_person):
        if len(own) > limits[person]:
            programme.at_most(limits[person], own)
    programme.at_most(sum(board.cap), list(column.values()))
    for group in sorted({tuple(sorted((m, *board.twins[m]))) for m in wanted if m in board.twins}):
        programme.at_most(1, [column[m] for m in group if m in column])
    for m in wanted:
        for q in board.before[m]:
            programme.at_most(0, [column[m]], [column[q]] if q in column else [])
    return programme
