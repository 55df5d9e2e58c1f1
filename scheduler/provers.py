"""Two ways to the fewest breaks of given meetings, each for a process of its own: MaxSAT from below and CP-SAT.

Both are optional (extra "solver"): python-sat with CaDiCaL (Biere, Faller, Fazekas, Fleury, Froleyks, Pollitt, CAV 2024)
and OR-Tools. They fail on different sessions, so `scheduler.proving` lets them race.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scheduler.board import NOWHERE, Board
from scheduler.clauses import encode
from scheduler.measures import Gaps, slots_of
from scheduler.model import SessionSpec
from scheduler.rules import Ground

Route = Literal["maxsat", "cpsat"]
LOOSE = 2
"""From this fairness on the limit hardly ever binds, but counting everybody's breaks slows CP-SAT down."""
SOLVER = "cadical195"
PACKAGES: dict[Route, str] = {"maxsat": "pysat", "cpsat": "ortools"}


@dataclass(frozen=True, slots=True)
class Task:
    """A session, a timetable of it (slot of each meeting by index, NOWHERE if left out) and a known lower bound."""

    spec: SessionSpec
    at: tuple[int, ...]
    lower: int
    seconds: float
    seed: int

    def board(self) -> Board:
        """The board with the timetable on it."""
        board = Board(Ground(self.spec))
        board.restore(self.at)
        return board


@dataclass(frozen=True, slots=True)
class News:
    """What a prover knows so far: no timetable has fewer breaks than `lower`; `at` is a timetable it found, if any."""

    lower: int
    at: tuple[int, ...] | None = None


def routes() -> list[Route]:
    """The provers that are installed, the one that is usually sooner first."""
    return [route for route, package in PACKAGES.items() if importlib.util.find_spec(package) is not None]


def run(route: Route, task: Task, tell: Callable[[News], None]) -> None:
    """Runs one prover to its end; calls `tell` whenever it knows more."""
    if route == "maxsat":
        by_maxsat(task, tell)
    else:
        by_cpsat(task, tell)


def most_breaks(board: Board) -> int | None:
    """The most breaks anybody may have because of fairness; None if that is not known beforehand.

    Fairness compares with the person who has the fewest breaks, which is known to be 0 if somebody has at most one
    meeting. Where it is not known it is left out: the bound stays true, a found timetable is to be checked.
    """
    limit = board.ground.spec.fairness_d
    return limit if limit is not None and min(board.held, default=0) <= 1 else None


def by_maxsat(task: Task, tell: Callable[[News], None]) -> None:
    """From below: asks for a timetable with no more than `lower` breaks, one more each time, until there is one.

    Each question goes to a solver of its own. That and the order of the clauses were chosen on forum-13crafb and
    ticf-13crafb, where the time to find a timetable varies widely from variant to variant (docs/scheduling.md).
    """
    from pysat.card import ITotalizer
    from pysat.solvers import Solver

    board = task.board()
    clauses = encode(board, most_breaks(board))
    allowed = task.lower
    while True:
        with (
            ITotalizer(lits=clauses.breaks, ubound=allowed, top_id=clauses.top) as counter,
            Solver(name=SOLVER, bootstrap_with=[*clauses.hard, *counter.cnf.clauses]) as solver,
        ):
            if solver.solve(assumptions=[-literal for literal in counter.rhs[allowed : allowed + 1]]):
                tell(News(allowed, tuple(clauses.slots(solver.get_model(), len(board.at)))))
                return
            if not solver.get_core():
                return  # the rules alone contradict each other: that says nothing about breaks
        allowed += 1
        tell(News(allowed))


def by_cpsat(task: Task, tell: Callable[[News], None]) -> None:
    """OR-Tools in core mode without a linear relaxation, from the timetable given; a break is a block that starts."""
    from ortools.sat.python import cp_model

    board = task.board()
    model, place = _model(cp_model.CpModel(), board)

    class Telling(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            at = [NOWHERE] * len(board.at)
            for (m, slot), literal in place.items():
                if self.boolean_value(literal):
                    at[m] = slot
            tell(News(task.lower, tuple(at)))

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.optimize_with_core = True
    solver.parameters.linearization_level = 0
    solver.parameters.symmetry_level = 0
    solver.parameters.max_time_in_seconds = task.seconds
    solver.parameters.random_seed = task.seed
    solver.best_bound_callback = lambda bound: tell(News(max(task.lower, round(bound))))
    status = solver.solve(model, Telling())
    if status == cp_model.OPTIMAL:
        tell(News(round(solver.objective_value)))


def _model(model: Any, board: Board) -> tuple[Any, dict[tuple[int, int], Any]]:
    """The model with complete hints, and the literal of each meeting in each slot."""
    place: dict[tuple[int, int], Any] = {}
    own: list[list[int]] = [[] for _ in board.busy]
    standing = [m for m, slot in enumerate(board.at) if slot != NOWHERE]
    for m in standing:
        for slot in slots_of(board.domain[m]):
            place[m, slot] = model.new_bool_var("")
            model.add_hint(place[m, slot], board.at[m] == slot)
        model.add_exactly_one(place[m, slot] for slot in slots_of(board.domain[m]))
        own[board.a[m]].append(m)
        own[board.b[m]].append(m)
    for slot, tables in enumerate(board.cap):
        model.add(sum(place[m, slot] for m in standing if (m, slot) in place) <= tables)
    for m, q, slot in _ordered(board, standing):
        model.add_bool_or([place[q, t] for t in range(slot) if (q, t) in place] + [~place[m, slot]])
    for group in board.same_table.values():
        for slot in range(len(board.cap)):
            model.add_at_most_one(place[m, slot] for m in group if (m, slot) in place)
    starts: list[Any] = []
    limit = most_breaks(board)
    for person, meetings in enumerate(own):
        if meetings:
            blocks = _add_day(model, board, person, meetings, place)
            if limit is not None and limit < LOOSE:
                model.add(sum(blocks) <= limit + 1)
            starts.extend(blocks)
    model.minimize(sum(starts) - sum(1 for meetings in own if meetings))
    return model, place


def _ordered(board: Board, standing: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    return ((m, q, slot) for m in standing for q in board.before[m] for slot in slots_of(board.domain[m]))


def _add_day(
    model: Any, board: Board, person: int, meetings: list[int], place: dict[tuple[int, int], Any]
) -> list[Any]:
    """One person's busy slots; returns the literals of the slots in which a block of meetings starts."""
    busy: list[Any] = []
    blocks: list[Any] = []
    day = board.busy[person]
    for slot in range(len(board.cap)):
        here = [place[m, slot] for m in meetings if (m, slot) in place]
        literal = model.new_bool_var("")
        model.add_exactly_one([*here, ~literal])
        model.add_hint(literal, bool(day >> slot & 1))
        busy.append(literal)
        if not here:
            continue
        block = model.new_bool_var("")
        model.add_bool_or([block, ~literal] + ([busy[slot - 1]] if slot else []))
        model.add_hint(block, bool(day >> slot & 1) and not (day << 1) >> slot & 1)
        blocks.append(block)
    for window in board.windows:
        model.add_bool_or([~busy[slot] for slot in slots_of(window)])
    model.add(sum(busy) == len(meetings))
    model.add_bool_or(blocks)
    return blocks


def breaks_of(board: Board) -> int:
    """The sum of everybody's breaks on a board."""
    gaps = Gaps(board.ground.spec)
    return sum(gaps.breaks(day) for day in board.busy)
