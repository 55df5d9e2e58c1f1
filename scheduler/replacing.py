"""New slots for meetings that lost theirs, moving as few others as possible: a small integer programme around them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from scheduler.board import NOWHERE, Board
from scheduler.measures import slots_of
from scheduler.selecting import Programme, solve

MAX_COLUMNS = 4_000
NODES = 40
"""The effort is limited by size and branches, not by time, so that a repair does not depend on the machine."""
DROP_COST = 8.0
MUST_COST = 1_000.0
"""Costs are in moves: dropping a meeting weighs like moving eight, one that must stand like a thousand."""

Cost = Callable[[int, int, int], float]
"""(meeting, old slot, new slot) -> what the move costs, in moves."""


@dataclass(slots=True)
class _Options:
    """The columns of the programme: (meeting, slot) pairs; the first `homes` of neighbours mean staying."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    of: dict[int, list[int]] = field(default_factory=dict)

    def add(self, m: int, slot: int) -> None:
        self.of.setdefault(m, []).append(len(self.pairs))
        self.pairs.append((m, slot))


def replace_displaced(board: Board, displaced: dict[int, int], extra: float, cost: Cost, seconds: float) -> list[int]:
    """Gives displaced meetings (index -> old slot) new slots; returns those left without one.

    Nearly optimal within a neighbourhood: the displaced meetings take slots that are open, or that
    neighbours (placed meetings of their people) can make open among themselves. At most `extra` neighbours per
    displaced meeting are moved or dropped, more only for those that must stand. The idea of searching the smallest
    neighbourhood exactly is that of Phillips, Walker, Ehrgott and Ryan, Annals of OR 252 (2017).
    """
    budget = int(extra * len(displaced)) + 2 * sum(board.must[m] for m in displaced)
    if displaced and not _solved(board, displaced, budget, cost, seconds, chains=True):
        narrower = _solved(board, displaced, budget, cost, seconds / 2, chains=False)
        if not narrower and not _solved(board, displaced, 0, cost, seconds / 2, chains=False):
            _one_by_one(board, displaced, cost)
    return [m for m in displaced if board.at[m] == NOWHERE]


def _one_by_one(board: Board, displaced: dict[int, int], cost: Cost) -> None:
    """The dearest first, each into the open slot that costs least."""
    for m in sorted(displaced, key=lambda m: (not board.must[m], -board.score[m], m)):
        if board.allowed(m) and (mask := board.open_to(m)):
            board.put(m, min(slots_of(mask), key=lambda slot: (cost(m, displaced[m], slot), slot)))


def _solved(board: Board, displaced: dict[int, int], budget: int, cost: Cost, seconds: float, *, chains: bool) -> bool:
    """Carries out the best placing of displaced meetings; False, and nothing done, if that is too hard."""
    around = _neighbours(board, displaced) if budget > 0 else {}
    options = _options(board, displaced, around, chains=chains)
    if len(options.pairs) > MAX_COLUMNS:
        return False
    highest = max(board.score)
    worth = [
        # Nobody's meeting is dropped for the sake of a better one: that would be two changes instead of one.
        drop_cost(board, m, highest) + DROP_COST * (m in around) - _price(board, displaced, m, slot, cost)
        for m, slot in options.pairs
    ]
    solution = solve(_programme(board, displaced, options, budget), worth, [0] * len(worth), seconds, nodes=NODES)
    if solution is None or not solution.proven:
        return False
    _carry_out(board, [options.pairs[column] for column in solution.chosen], options)
    return True


def drop_cost(board: Board, m: int, highest: int) -> float:
    """What dropping a meeting costs, in moves: dearer the nearer its score to the session's highest."""
    if board.must[m]:
        return MUST_COST
    return DROP_COST * (1.0 + max(board.score[m], 0) / (highest + 1.0))


def _price(board: Board, displaced: dict[int, int], m: int, slot: int, cost: Cost) -> float:
    if m in displaced:
        return cost(m, displaced[m], slot)
    return 0.0 if slot == board.at[m] else 1.0 + cost(m, board.at[m], slot)


def _options(board: Board, displaced: dict[int, int], around: Collection[int], *, chains: bool) -> _Options:
    """The slots that displaced meetings may take, and the neighbours: open ones, or also one another's (`chains`)."""
    options = _Options()
    for m in displaced:
        for slot in slots_of(_within(board, m, around)):
            options.add(m, slot)
    for n in around:
        mask = _within(board, n, around) if chains else board.open_to(n)
        options.add(n, board.at[n])
        for slot in slots_of(mask & ~(1 << board.at[n])):
            options.add(n, slot)
    return options


def _within(board: Board, m: int, around: Collection[int]) -> int:
    """The slots in which only meetings of the neighbourhood stand in a meeting's way."""
    blocked = 0
    for person in (board.a[m], board.b[m]):
        for slot in slots_of(board.busy[person]):
            if board.who[slot][person] not in around:
                blocked |= 1 << slot
    mask = board.domain[m] & ~blocked
    return board.narrowed(m, mask) if board.special[m] else mask


def _neighbours(board: Board, displaced: dict[int, int]) -> dict[int, None]:
    """The placed meetings of the displaced meetings' people that may move."""
    return {
        n: None
        for person in sorted({p for m in displaced for p in (board.a[m], board.b[m])})
        for slot in slots_of(board.busy[person])
        if board.meetings[n := board.who[slot][person]].fixed_slot is None and not board.special[n]
    }


def _programme(board: Board, displaced: dict[int, int], options: _Options, budget: int) -> Programme:
    programme = Programme()
    of_person_slot: dict[tuple[int, int], list[int]] = {}
    of_person: dict[int, list[int]] = {}
    of_slot: dict[int, list[int]] = {}
    for column, (m, slot) in enumerate(options.pairs):
        of_slot.setdefault(slot, []).append(column)
        for person in (board.a[m], board.b[m]):
            of_person_slot.setdefault((person, slot), []).append(column)
            of_person.setdefault(person, []).append(column)
    neighbours = [n for n in options.of if n not in displaced]
    for columns in options.of.values():
        programme.at_most(1, columns)
    for columns in of_person_slot.values():
        programme.at_most(1, columns)
    standing = [0] * len(board.cap)
    own: dict[int, int] = {}
    for n in neighbours:
        standing[board.at[n]] += 1
        for person in (board.a[n], board.b[n]):
            own[person] = own.get(person, 0) | 1 << board.at[n]
    for slot, columns in of_slot.items():
        programme.at_most(board.cap[slot] - board.load[slot] + standing[slot], columns)
    for person, columns in of_person.items():
        kept = board.busy[person] & ~own.get(person, 0)
        programme.at_most(board.quota[person] - kept.bit_count(), columns)
        for window in board.windows:
            inside = [column for column in columns if window >> options.pairs[column][1] & 1]
            programme.at_most(window.bit_count() - 1 - (kept & window).bit_count(), inside)
    for m in displaced:
        for twin in board.twins.get(m, ()):
            programme.at_most(1 - (board.at[twin] != NOWHERE), options.of.get(m, []), [])
    homes = [column for n in neighbours for column in options.of[n] if options.pairs[column][1] == board.at[n]]
    programme.at_most(budget - len(neighbours), [], homes)
    return programme


def _carry_out(board: Board, chosen: Sequence[tuple[int, int]], options: _Options) -> None:
    """Puts the board as chosen; what an order or a fixed table forbids after all stays where it was, or nowhere."""
    wanted = dict(chosen)
    moving = {n: board.at[n] for n in options.of if board.at[n] != NOWHERE and wanted.get(n, NOWHERE) != board.at[n]}
    for n in moving:
        board.take(n)
    for m, slot in chosen:
        if board.at[m] == NOWHERE and board.allowed(m) and board.open_to(m) >> slot & 1:
            board.put(m, slot)
    for n, home in moving.items():
        if board.at[n] == NOWHERE and n in wanted and board.open_to(n) >> home & 1:
            board.put(n, home)
