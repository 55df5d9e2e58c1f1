"""Builds a clash-free one-to-one timetable: which meetings, when, at which table; and says what clashes in any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from time import monotonic

from scheduler.board import NOWHERE, Board
from scheduler.bounding import fewest_breaks_alone
from scheduler.earliest import move_early
from scheduler.exact import place_exactly
from scheduler.measures import Gaps, figures
from scheduler.model import PLAIN_NAMES, Naming, Placed, SessionSpec, Status, Timetable
from scheduler.placing import Stop, insert, place_all, refill, trade_up
from scheduler.polishing import polish
from scheduler.reasons import unplaced
from scheduler.rules import Ground, clashes, clashes_of_move, flaws
from scheduler.selecting import select
from scheduler.tables import seat

__all__ = ["build", "clashes", "clashes_of_move"]

SEARCH_WORK, MUST_WORK = 50_000, 200_000
"""Work of the ejection search; more of it where meetings must stand. Five generated sessions scored the same with either."""
TRADE_WORK = 150_000
PROPOSALS_PER_MEETING = 2_000
MAX_PROPOSALS = 30_000_000
ROUNDS = (16, 16, 8, 4, 2)
"""Polishing in rounds, each so many parts of the proposals: a time limit in the middle of a round costs that round only."""


def build(
    spec: SessionSpec,
    *,
    seed: int = 0,
    time_limit: float = 10.0,
    previous: Sequence[Placed] = (),
    names: Naming = PLAIN_NAMES,
    proposals_per_meeting: int = PROPOSALS_PER_MEETING,
) -> Timetable:
    """A timetable without clashes for a session, and for every meeting left out one true reason.

    Always answers, in about `time_limit` seconds at most; the same spec, seed and previous timetable give the same
    answer unless the limit cuts the search short. Locked meetings stand where `previous` has them. The status is
    "incomplete" when a meeting that must stand could not be placed (C10, or C15 when it is locked) or those that must
    stand cannot be fair (C14); no other rule is ever broken. `proposals_per_meeting` is the effort spent on fewer gaps
    (0: none, the first answer); `scheduler.proving` goes on from the result.
    Raises ValueError with a Chinese message when the spec contradicts itself (`scheduler.rules.flaws`).
    """
    if found := flaws(spec):
        raise ValueError("；".join(f"{flaw.code} {flaw.message}" for flaw in found))
    started = monotonic()

    def out_of_time(share: float) -> Stop:
        return lambda: monotonic() - started > time_limit * share

    ground = Ground(with_locks(spec, previous))
    board = Board(ground)
    rng = Random(seed)  # noqa: S311 - shuffles a search, protects nothing
    selection = select(board, time_limit * 0.5)
    place_all(board, selection.chosen, rng, MUST_WORK if any(board.must) else SEARCH_WORK, out_of_time(0.6))
    candidates = [m for m in range(len(board.at)) if board.domain[m] and (board.must[m] or board.score[m] >= 0)]
    refill(board, [m for m in candidates if board.at[m] == NOWHERE])
    bound = selection.bound
    missing = any(board.must[m] and board.at[m] == NOWHERE for m in candidates)
    if board.total < bound or missing:
        trade_up(board, [m for m in candidates if board.at[m] == NOWHERE], TRADE_WORK, out_of_time(0.7))
    if board.total < bound or missing:
        left = time_limit - (monotonic() - started)
        proven = place_exactly(board, candidates, left * 0.5)
        bound = bound if proven is None else min(bound, proven)
    proposals = min(MAX_PROPOSALS, proposals_per_meeting * sum(slot != NOWHERE for slot in board.at))
    for part in ROUNDS:
        polish(board, rng, proposals // part, out_of_time(0.9))
    _complete(board, candidates)
    move_early(board)
    timetable = _result(spec, board, bound, seed, previous, names)
    return replace(timetable, elapsed=monotonic() - started)


def with_locks(spec: SessionSpec, previous: Sequence[Placed]) -> SessionSpec:
    """The spec with every locked meeting fixed to its published slot and table."""
    was = {place.meeting: place for place in previous}
    return replace(
        spec,
        meetings=tuple(
            replace(meeting, fixed_slot=was[meeting.id].slot, fixed_table=was[meeting.id].table)
            if meeting.locked and meeting.id in was
            else meeting
            for meeting in spec.meetings
        ),
    )


def _complete(board: Board, candidates: Sequence[int]) -> None:
    """Fills what polishing freed; where fairness cannot hold otherwise, optional meetings of those with most gaps go."""
    limit = board.ground.spec.fairness_d
    if limit is None:
        refill(board, [m for m in candidates if board.at[m] == NOWHERE])
        return
    gaps = Gaps(board.ground.spec)
    while _break_range(board, gaps) > limit:
        droppable = [m for m, slot in enumerate(board.at) if slot != NOWHERE and not board.must[m]]
        droppable = [m for m in droppable if all(board.at[later] == NOWHERE for later in board.later[m])]
        if not droppable:
            return
        board.take(min(droppable, key=lambda m: (-_breaks_around(board, gaps, m), board.score[m], m)))
    for m in sorted(candidates, key=lambda m: (-board.score[m], m)):
        if board.at[m] == NOWHERE:
            was = list(board.at)
            if insert(board, m) and _break_range(board, gaps) > limit:
                board.restore(was)


def _breaks_around(board: Board, gaps: Gaps, m: int) -> int:
    return max(gaps.breaks(board.busy[board.a[m]]), gaps.breaks(board.busy[board.b[m]]))


def _break_range(board: Board, gaps: Gaps) -> int:
    breaks = [gaps.breaks(day) for day in board.busy]
    return max(breaks, default=0) - min(breaks, default=0)


def _result(
    spec: SessionSpec, board: Board, bound: int, seed: int, previous: Sequence[Placed], names: Naming
) -> Timetable:
    placed = seat(board.ground, board.placed(), previous)
    broken = clashes(spec, placed, previous=previous)
    status: Status = "incomplete" if broken else "optimal" if board.total >= bound else "feasible"
    return Timetable(
        placed=tuple(placed),
        unplaced=tuple(unplaced(board, names)),
        status=status,
        bound=max(bound, board.total),
        seed=seed,
        claims=figures(spec, placed),
        breaks_bound=fewest_breaks_alone(board),
    )
