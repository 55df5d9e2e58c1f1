"""A timetable of given meetings with few breaks as clauses, after the MaxSAT model of Bofill et al. (JAIR 74, 2022).

Literals: meeting m in slot t; person p busy in t; p held a meeting by t; a break of p ends after t; p has at least one
break, two ... (the ones to be counted). Added to the paper's model: the table limit counts meetings and not people,
which halves its network and lets the solver refute five to twenty times sooner; each person is busy exactly as often as
they have meetings (implied 1); who has no break is busy in one block, said for every two and three slots of the day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise

from scheduler.board import NOWHERE, Board
from scheduler.measures import slots_of

PAIRWISE = 5
"""Up to so many literals "at most one" is written pair by pair."""
SLACK = 1
"""Breaks of a person beyond the fair number that stay possible; chosen on two published sessions, as the order is."""


@dataclass(slots=True)
class Clauses:
    """Hard clauses in DIMACS form, the literals that are to be counted as one break each, and the number of each meeting's slot."""

    hard: list[list[int]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    place: dict[tuple[int, int], int] = field(default_factory=dict)
    top: int = 0

    def new(self) -> int:
        """A literal not used so far."""
        self.top += 1
        return self.top

    def at_most(self, literals: list[int], bound: int, *, exactly: bool = False) -> None:
        """At most (or exactly) so many of the literals are true."""
        from pysat.card import CardEnc, EncType

        if exactly:
            encoded = CardEnc.equals(lits=literals, bound=bound, top_id=self.top, encoding=EncType.seqcounter)
        elif bound >= len(literals):
            return
        elif bound == 1 and len(literals) <= PAIRWISE:
            self.hard.extend([-one, -other] for one, other in combinations(literals, 2))
            return
        else:
            kind = EncType.seqcounter if bound == 1 else EncType.cardnetwrk
            encoded = CardEnc.atmost(lits=literals, bound=bound, top_id=self.top, encoding=kind)
        self.hard.extend(encoded.clauses)
        self.top = max(self.top, encoded.nv)

    def slots(self, model: list[int], meetings: int) -> list[int]:
        """Where a model of the clauses puts each meeting; NOWHERE for those it does not know."""
        true = {literal for literal in model if literal > 0}
        at = [NOWHERE] * meetings
        for (m, slot), literal in self.place.items():
            if literal in true:
                at[m] = slot
        return at


def encode(board: Board, most_breaks: int | None) -> Clauses:
    """All timetables that hold exactly the meetings on the board; nobody has more than `most_breaks` breaks, if given.

    Gaps over the boundary of two parts count as breaks.
    """
    clauses = Clauses()
    standing = [m for m, slot in enumerate(board.at) if slot != NOWHERE]
    own: list[list[int]] = [[] for _ in board.busy]
    for m in standing:
        own[board.a[m]].append(m)
        own[board.b[m]].append(m)
        slots = list(slots_of(board.domain[m]))
        for slot in slots:
            clauses.place[m, slot] = clauses.new()
        clauses.hard.append([clauses.place[m, slot] for slot in slots])
        clauses.hard.extend([-clauses.place[m, one], -clauses.place[m, other]] for one, other in combinations(slots, 2))
    for meetings in own:
        if meetings:
            _add_day(clauses, board, meetings, most_breaks)
    for slot, tables in enumerate(board.cap):
        clauses.at_most([clauses.place[m, slot] for m in standing if (m, slot) in clauses.place], tables)
    _add_specials(clauses, board, standing)
    return clauses


def _add_day(clauses: Clauses, board: Board, meetings: list[int], most_breaks: int | None) -> None:
    """One person: at most one meeting at a time, as many busy slots as meetings, and how many breaks there are."""
    busy: dict[int, int] = {}
    slots = len(board.cap)
    for slot in range(slots):
        here = [clauses.place[m, slot] for m in meetings if (m, slot) in clauses.place]
        if here:
            busy[slot] = clauses.new()
            clauses.hard.extend([-literal, busy[slot]] for literal in here)
            clauses.hard.append([-busy[slot], *here])
            clauses.at_most(here, 1)
    if len(meetings) == len(busy):
        clauses.hard.extend([literal] for literal in busy.values())
    else:
        clauses.at_most(list(busy.values()), len(meetings), exactly=True)
    for window in board.windows:
        if all(slot in busy for slot in slots_of(window)):
            clauses.hard.append([-busy[slot] for slot in slots_of(window)])
    ends = _ends(clauses, busy, slots)
    counts = _count(clauses, ends, len(meetings) - 1, most_breaks)
    clauses.breaks.extend(counts)
    if counts:
        _add_compact(clauses, busy, len(meetings), counts[0])


def _ends(clauses: Clauses, busy: dict[int, int], slots: int) -> list[int]:
    """The literals "a break ends after this slot" of one person."""
    ends: list[int] = []
    held: int | None = None
    for slot in range(slots - 1):
        before, held = held, clauses.new()
        started = [literal for literal in (before, busy.get(slot)) if literal is not None]
        clauses.hard.append([-held, *started])
        clauses.hard.extend([-literal, held] for literal in started)
        if slot == 0 or slot + 1 not in busy:
            continue
        end = clauses.new()
        body = [held, busy[slot + 1]] + ([-busy[slot]] if slot in busy else [])
        clauses.hard.append([end, *(-literal for literal in body)])
        clauses.hard.extend([-end, literal] for literal in body)
        ends.append(end)
    return ends


def _count(clauses: Clauses, ends: list[int], most: int, most_breaks: int | None) -> list[int]:
    """The literals "at least one break", "at least two" ... of one person, as far as there can be so many."""
    from pysat.card import ITotalizer

    limit = min(most, len(ends), most if most_breaks is None else most_breaks + SLACK)
    if limit <= 0:
        return []
    with ITotalizer(lits=ends, ubound=limit, top_id=clauses.top) as counter:
        clauses.hard.extend(list(clause) for clause in counter.cnf.clauses)
        clauses.top = max(clauses.top, counter.top_id)
        counts = [int(literal) for literal in counter.rhs]
    clauses.hard.extend([-beyond] for beyond in counts[limit : limit + 1])
    clauses.hard.extend([-more, fewer] for fewer, more in pairwise(counts[:limit]))
    return counts[:limit]


def _add_compact(clauses: Clauses, busy: dict[int, int], meetings: int, some: int) -> None:
    """Without a break (`some` is false) a day is one block: nothing busy a block's length apart, nothing idle inside."""
    pairs = [(first, last) for first in reversed(busy) for last in reversed(busy) if first < last]
    for first, last in pairs:
        if last - first >= meetings:
            clauses.hard.append([-busy[first], -busy[last], some])
    for first, last in pairs:
        if last - first < meetings:
            for slot in range(first + 1, last):
                inside = [busy[slot]] if slot in busy else []
                clauses.hard.append([-busy[first], -busy[last], some, *inside])


def _add_specials(clauses: Clauses, board: Board, standing: list[int]) -> None:
    """Order, and one meeting at a time at a fixed table."""
    place = clauses.place
    for m in standing:
        for q in board.before[m]:
            for slot in slots_of(board.domain[m]):
                earlier = [place[q, before] for before in range(slot) if (q, before) in place]
                clauses.hard.append([-place[m, slot], *earlier])
    for group in board.same_table.values():
        for one, other in combinations([m for m in group if board.at[m] != NOWHERE], 2):
            clauses.hard.extend(
                [-place[one, s], -place[other, s]] for s in slots_of(board.domain[one]) if (other, s) in place
            )
