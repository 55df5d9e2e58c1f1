"""Repairs a published timetable after something has happened: as few changes as possible, in well under a second."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.board import NOWHERE, Board
from scheduler.changes import Diff, compare
from scheduler.measures import Gaps, figures, slots_of
from scheduler.model import PLAIN_NAMES, Naming, Placed, SessionSpec, Status, Timetable
from scheduler.placing import insert
from scheduler.reasons import unplaced
from scheduler.replacing import drop_cost, replace_displaced
from scheduler.rules import Ground, clashes, flaws
from scheduler.selecting import select
from scheduler.tables import seat

SECONDS = 5.0
"""A backstop in elapsed seconds: the programme around the changes is limited by its size and its branches before."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """The new timetable and what differs from the old one."""

    timetable: Timetable
    diff: Diff


def repair(
    spec: SessionSpec,
    old: Sequence[Placed],
    *,
    seed: int = 0,
    now_slot: int = 0,
    extra: float = 0.5,
    refill: bool = True,
    names: Naming = PLAIN_NAMES,
) -> Repaired:
    """The timetable nearest to `old` that keeps the rules of `spec` (see `scheduler.incidents` for what may happen).

    Meetings in slots before `now_slot` are over and stay, unless somebody was not there: those may be made up for. Those that still fit where they stand stay, locked ones
    first; the others get a new slot or, if there is none, are dropped. Up to `extra` further meetings per displaced
    one may move for that (more only for a meeting that must stand), so that at most 1 + `extra` times as many
    meetings change as have to. A move costs more the sooner it is. With `refill`, wishes without a place get the
    places that became free, if that moves nobody.

    The status is "incomplete" when a rule is broken that no repair within these limits could keep; `clashes` names it.
    Raises ValueError with a Chinese message when the spec contradicts itself.
    """
    if found := flaws(spec):
        raise ValueError("；".join(f"{flaw.code} {flaw.message}" for flaw in found))
    ground = Ground(_held(spec, old, now_slot))
    board = Board(ground)
    costs = _Costs(board, now_slot)
    where = {board.index[place.meeting]: place.slot for place in old if place.meeting in board.index}
    free = ~((1 << now_slot) - 1)
    over = {m for m, slot in where.items() if 0 <= slot < now_slot and board.domain[m] >> slot & 1}
    board.domain = [mask if m in over else mask & free for m, mask in enumerate(board.domain)]
    displaced = _put_back(board, where, over)
    displaced |= _relieve(board, where, costs)
    replace_displaced(board, displaced, extra, costs.of, SECONDS)
    for m in displaced:
        if board.at[m] == NOWHERE and board.must[m]:
            insert(board, m)
    if refill:
        _refill(board, costs)
    done = {spec.meetings[m].id for m in over if board.at[m] != NOWHERE}
    history = [place for place in old if place.meeting in done]
    placed = tuple(history + seat(ground, [place for place in board.placed() if place.meeting not in done], old))
    return Repaired(_result(spec, board, placed, old, seed, names), compare(spec, old, placed))


class _Costs:
    """What moving a meeting costs: one move, up to two more the nearer it is, a little for distance and gaps."""

    def __init__(self, board: Board, now_slot: int) -> None:
        self._board = board
        self._now = now_slot
        self._slots = max(len(board.cap), 1)
        self._gaps = Gaps(board.ground.spec)

    def of(self, m: int, home: int, slot: int) -> float:
        soon = 2.0 * 0.75 ** max(min(home, slot) - self._now, 0)
        return 1.0 + soon + 0.1 * abs(home - slot) / self._slots + 0.05 * self.breaks_with(m, slot)

    def breaks_with(self, m: int, slot: int) -> int:
        """How many more breaks the two people of an unplaced meeting have with it in a slot (may be negative)."""
        more = 0
        for person in (self._board.a[m], self._board.b[m]):
            day = self._board.busy[person]
            more += self._gaps.breaks(day | 1 << slot) - self._gaps.breaks(day)
        return more


def _held(spec: SessionSpec, old: Sequence[Placed], now_slot: int) -> SessionSpec:
    """The spec with what is over, and what is locked and can stay, fixed to its slot; locked meetings to the table."""
    was = {place.meeting: place for place in old}
    ground = Ground(spec)
    meetings = []
    for meeting in spec.meetings:
        place = was.get(meeting.id)
        held = meeting
        if place is not None and 0 <= place.slot < spec.slots:
            missed = ground.absent(meeting, place.slot)
            if place.slot < now_slot and not missed:
                held = replace(meeting, fixed_slot=place.slot, fixed_table=None)
            elif meeting.locked and not missed:
                held = replace(meeting, fixed_slot=place.slot, fixed_table=place.table)
        meetings.append(held)
    return replace(spec, meetings=tuple(meetings))


def _put_back(board: Board, where: Mapping[int, int], over: Collection[int]) -> dict[int, int]:
    """Puts the old meetings where they were, the firmest first; returns those that cannot stand there any more.

    Tables may be overfull after this. What is over stands whatever the rules say now.
    """

    def firmness(m: int) -> tuple[bool, bool, bool, int, int]:
        return (m not in over, board.meetings[m].fixed_slot is None, not board.must[m], -board.score[m], m)

    displaced: dict[int, int] = {}
    waiting = sorted(where, key=firmness)
    grown = True
    while grown and waiting:
        left = []
        for m in waiting:
            slot = where[m]
            if m in over:
                if board.who[slot][board.a[m]] == NOWHERE == board.who[slot][board.b[m]]:
                    board.put(m, slot)
                continue
            room, board.room = board.room, -1
            if board.allowed(m) and 0 <= slot < len(board.cap) and board.cap[slot] and board.open_to(m) >> slot & 1:
                board.room = room
                board.put(m, slot)
            else:
                board.room = room
                left.append(m)
        grown, waiting = len(left) < len(waiting) and any(board.before[m] for m in left), left
    for m in waiting:
        displaced[m] = where[m]
    return displaced


def _relieve(board: Board, where: Mapping[int, int], costs: _Costs) -> dict[int, int]:
    """Takes meetings out of overfull slots: those that can move at the lowest cost, then the cheapest to drop."""
    displaced: dict[int, int] = {}
    for slot, cap in enumerate(board.cap):
        while board.load[slot] > cap:
            here = [n for n in dict.fromkeys(board.who[slot]) if n != NOWHERE and board.meetings[n].fixed_slot is None]
            here = [n for n in here if all(board.at[later] == NOWHERE for later in board.later[n])]
            if not here:
                break
            n = min(here, key=lambda n: (_cheapest(board, costs, n, slot), n))
            board.take(n)
            targets = list(slots_of(board.open_to(n)))
            if targets:
                board.put(n, min(targets, key=lambda t: (costs.of(n, slot, t), t)))
            else:
                displaced[n] = slot
    return displaced


def _cheapest(board: Board, costs: _Costs, n: int, slot: int) -> float:
    """What taking a placed meeting out of its slot costs at least; the board is left as it was."""
    board.take(n)
    cost = min(
        (costs.of(n, slot, t) for t in slots_of(board.open_to(n) & ~(1 << slot))),
        default=drop_cost(board, n, max(board.score)),
    )
    board.put(n, slot)
    return cost


def _refill(board: Board, costs: _Costs) -> None:
    """Adds wishes without a place, best score first, each where it causes the fewest breaks."""
    waiting = [m for m, slot in enumerate(board.at) if slot == NOWHERE and board.domain[m] and board.score[m] >= 0]
    for m in sorted(waiting, key=lambda m: (not board.must[m], -board.score[m], m)):
        if board.allowed(m) and (targets := board.open_to(m)):
            board.put(m, min(slots_of(targets), key=lambda slot: (costs.breaks_with(m, slot), slot)))


def _result(
    spec: SessionSpec, board: Board, placed: Sequence[Placed], old: Sequence[Placed], seed: int, names: Naming
) -> Timetable:
    bound = max(select(board, SECONDS).bound, board.total)
    status: Status = "optimal" if board.total >= bound else "feasible"
    if clashes(spec, placed, previous=old):
        status = "incomplete"
    return Timetable(tuple(placed), tuple(unplaced(board, names)), status, bound, seed, figures(spec, placed))
