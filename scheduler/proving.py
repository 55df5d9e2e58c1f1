"""Proves how few breaks a timetable can have: a bound from counting, annealing from above, two provers in a race."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from random import Random
from time import monotonic
from typing import Literal

from scheduler.board import Board
from scheduler.bounding import fewest_breaks
from scheduler.measures import figures
from scheduler.model import PLAIN_NAMES, Naming, SessionSpec, Timetable
from scheduler.polishing import polish
from scheduler.provers import News, Route, Task, breaks_of, routes, run
from scheduler.reasons import unplaced
from scheduler.rules import Ground, clashes
from scheduler.tables import seat
from scheduler.timetable import with_locks

ProofStatus = Literal["optimal", "gap", "heuristic"]
"""optimal: no timetable of these meetings has fewer breaks; gap: one may, down to the bound; heuristic: no bound."""

ROUNDS = 4
QUICK, PROPOSALS = 20_000, 600_000
"""Annealing: a first round that settles small sessions before compiled code is loaded, and the others."""
COUNTING_SHARE = 0.15
ANNEALING_SHARE = 0.15
MAX_PLACES = 40_000
"""Meetings times slots open to them beyond which the provers have no chance and are not started."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A timetable with the same meetings as before and no more breaks, and what is known about fewer.

    `lower_bound` is a number of breaks (summed over everybody) that no timetable of these meetings can go below;
    `elapsed` is in seconds.
    """

    timetable: Timetable
    lower_bound: int
    status: ProofStatus
    elapsed: float

    @property
    def breaks(self) -> int:
        """The sum of everybody's breaks."""
        return self.timetable.claims["breaks"]

    @property
    def verdict(self) -> str:
        """What is known about fewer breaks, in one Chinese sentence for a page."""
        if self.status == "optimal":
            return f"空档共{self.breaks}处，已证明不能更少"
        if self.status == "heuristic":
            return f"空档共{self.breaks}处，最少多少处尚不能证明"
        return f"空档共{self.breaks}处，最多还能少{self.breaks - self.lower_bound}处"


def prove(
    spec: SessionSpec,
    timetable: Timetable,
    seconds: float = 60.0,
    seed: int = 0,
    *,
    only: Sequence[Route] | None = None,
    names: Naming = PLAIN_NAMES,
) -> Proof:
    """Looks for fewer breaks and for the proof that there are none, for `seconds` at most, on two processes.

    The meetings that take place stay the same, locked ones stay where the timetable has them, and no rule is broken
    that was kept. First the cheap steps: annealing and the bound from counting (`scheduler.bounding`), which meet on
    most sessions; then CP-SAT and MaxSAT, as far as they are installed (`only` chooses among them; none: no process
    is started). Whichever proves first wins. What is left out gets its reason anew, since others have moved.
    """
    started = monotonic()
    fixed = with_locks(spec, timetable.placed)
    board = Board(Ground(fixed))
    slots = {place.meeting: place.slot for place in timetable.placed}
    for m in sorted(
        (m for m, meeting in enumerate(board.meetings) if meeting.id in slots),
        key=lambda m: slots[board.meetings[m].id],
    ):
        board.put(m, slots[board.meetings[m].id])
    search = _Search(spec, board, timetable, 0)
    _anneal(search, seed, started + seconds * ANNEALING_SHARE, 1, QUICK)
    _anneal(search, seed, started + seconds * ANNEALING_SHARE, 1)
    if search.upper > 0:
        search.lower = fewest_breaks(board, seconds * COUNTING_SHARE)
        _anneal(search, seed + 1, started + seconds * 2 * ANNEALING_SHARE, ROUNDS - 1)
    chosen = [route for route in routes() if only is None or route in only]
    places = sum(board.domain[m].bit_count() for m, at in enumerate(board.at) if at >= 0)
    if search.open and spec.count_across_sessions and places <= MAX_PLACES and chosen:
        left = started + seconds - monotonic()
        _race(search, chosen, Task(fixed, tuple(search.at), search.lower, left, seed), started + seconds)
    status: ProofStatus = "gap" if search.open else "optimal"
    if search.open and not spec.count_across_sessions:
        status = "heuristic"
    return Proof(search.timetable(names), min(search.lower, search.upper), status, monotonic() - started)


class _Search:
    """The best timetable so far and the bound."""

    def __init__(self, spec: SessionSpec, board: Board, timetable: Timetable, lower: int) -> None:
        self._spec, self._board, self._was = spec, board, timetable
        self._broken = {clash.code for clash in clashes(spec, timetable.placed, previous=timetable.placed)}
        self.placed = timetable.placed
        self.at = list(board.at)
        self.upper = breaks_of(board)
        self.lower = lower

    @property
    def open(self) -> bool:
        """Whether fewer breaks are still possible for all we know."""
        return self.lower < self.upper

    @property
    def board(self) -> Board:
        """The board, standing as the best timetable."""
        self._board.restore(self.at)
        return self._board

    def offer(self, at: Sequence[int]) -> bool:
        """Takes a timetable if it has fewer breaks and breaks no rule that was kept."""
        self._board.restore(at)
        upper = breaks_of(self._board)
        if upper >= self.upper:
            return False
        placed = tuple(seat(self._board.ground, self._board.placed(), self._was.placed))
        found = {clash.code for clash in clashes(self._spec, placed, previous=self._was.placed)}
        if found - self._broken:
            return False
        self.at, self.upper, self.placed = list(at), upper, placed
        return True

    def timetable(self, names: Naming) -> Timetable:
        """The best timetable with its figures and with the reasons of what it leaves out."""
        reasons = tuple(unplaced(self.board, names))
        return replace(self._was, placed=self.placed, unplaced=reasons, claims=figures(self._spec, self.placed))


def _anneal(search: _Search, seed: int, until: float, rounds: int, proposals: int = PROPOSALS) -> None:
    for number in range(rounds):
        if not search.open or monotonic() > until:
            return
        board = search.board
        polish(board, Random(seed + number), proposals, lambda: monotonic() > until)  # noqa: S311 - shuffles a search
        search.offer(list(board.at))


def _race(search: _Search, chosen: Sequence[Route], task: Task, until: float) -> None:
    """Runs the provers side by side until one closes the gap, all have ended or the time is up."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    processes = []
    for route in chosen:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(route, task, theirs), name=f"prove-{route}")
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        while pipes and search.open and (left := until - monotonic()) > 0:
            for pipe in wait(pipes, left):
                assert isinstance(pipe, Connection)
                if not _hear(search, pipe):
                    pipes.remove(pipe)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _hear(search: _Search, pipe: Connection) -> bool:
    """Takes one piece of news in; False when the prover has ended."""
    try:
        news: News = pipe.recv()
    except EOFError:
        return False
    search.lower = max(search.lower, news.lower)
    if news.at is not None:
        search.offer(news.at)
    return True


def _work(route: Route, task: Task, pipe: Connection) -> None:
    """What a prover's process does; it ends quietly when nobody listens any more."""
    with suppress(BrokenPipeError):
        run(route, task, pipe.send)
