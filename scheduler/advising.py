"""Capacity advice: how many slots and tables the wishes need, where it is tight, what one more of something buys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from scheduler.board import NOWHERE, Board
from scheduler.ground import Ground
from scheduler.measures import slots_of
from scheduler.model import PLAIN_NAMES, Meeting, Naming, SessionSpec
from scheduler.placing import place_all, refill
from scheduler.selecting import select

WORK = 200_000
SECONDS = 5.0
PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """What a session can hold: the total score and the number of meetings of a timetable that was really placed."""

    score: int
    meetings: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the session would buy: the differences between two timetables that were both placed."""

    what: str
    score: int
    meetings: int

    @property
    def sentence(self) -> str:
        """The change in Chinese."""
        if not self.meetings and not self.score:
            return f"{self.what}：没有增加"
        return f"{self.what}：洽谈{self.meetings:+d}场，总分{self.score:+d}"


@dataclass(frozen=True, slots=True)
class Tight:
    """A person wished more often than they have time for: wishes, and the most meetings they can hold."""

    person: str
    wishes: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What a session can hold now and what it would take to hold every wish.

    `wishes` counts what could be held with enough slots and tables (each pair once, quotas kept). `slots_needed` is
    the fewest slots for all of them with the tables there are, proven when everybody is there all day, else the fewest
    with which all of them were placed when everybody stays for the slots added (None: never). With `tables_needed` tables in each slot as many meetings
    can be placed now as with a table for everybody (None: none can). `tight` are the people with more wishes
    than time, the tightest first; `full_slot` is the slot in which most unplaced wishes fail for want of a table.
    """

    now: Reach
    wishes: int
    slots_needed: int | None
    tables_needed: int | None
    tight: tuple[Tight, ...]
    full_slot: int | None
    changes: tuple[Change, ...]


def advise(spec: SessionSpec, *, names: Naming = PLAIN_NAMES, slot_minutes: int = 30, seed: int = 0) -> Advice:
    """Advice for a session without flaws; every figure comes from a timetable or a maximum that was computed.

    With everybody there all day the number of slots follows from König's theorem: the largest number of meetings of
    one person, or all meetings over the tables. Absences are answered by placing. `slot_minutes` only names a slot.
    """
    board = _placed(spec, seed)
    now = _reach(board)
    wishes = _most_held(spec, max(len(spec.meetings), 1), len(spec.meetings))
    tight = _tight(spec)
    options: list[tuple[str, Callable[[SessionSpec], SessionSpec]]] = [
        ("每个时段多一张洽谈桌", lambda one: more_tables(one, 1)),
        (f"多{slot_minutes}分钟（一个时段）", lambda one: more_slots(one, 1)),
    ]
    all_day = (1 << spec.slots) - 1
    options += [
        (f"{names.person(one.person)}全程在场", _staying(one.person))
        for one in tight[:PEOPLE]
        if Ground(spec).there[one.person] != all_day
    ]
    changes = []
    for what, change in options:
        then = _reach(_placed(change(spec), seed))
        changes.append(Change(what, then.score - now.score, then.meetings - now.meetings))
    return Advice(
        now,
        wishes,
        _slots_needed(spec, wishes, seed),
        _tables_needed(spec, seed),
        tuple(tight),
        _full_slot(board),
        tuple(changes),
    )


def more_tables(spec: SessionSpec, number: int) -> SessionSpec:
    """The session with so many more tables in every slot that has any."""
    return replace(spec, tables=tuple(tables + number if tables else 0 for tables in spec.tables))


def more_slots(spec: SessionSpec, number: int, *, everybody: bool = False) -> SessionSpec:
    """The session with so many more slots at its end, for those who are there in the last one or for everybody."""
    added = tuple(range(spec.slots, spec.slots + number))
    last = spec.slots - 1
    parts = spec.sessions or (tuple(range(spec.slots)),)
    return replace(
        spec,
        slots=spec.slots + number,
        tables=(*spec.tables, *(max(spec.tables, default=1) for _ in added)),
        sessions=(*parts[:-1], (*parts[-1], *added)) if spec.sessions else (),
        participants=tuple(
            replace(one, available=one.available | frozenset(added))
            if one.available is not None and (everybody or last in one.available)
            else one
            for one in spec.participants
        ),
    )


def _staying(person: str) -> Callable[[SessionSpec], SessionSpec]:
    def change(spec: SessionSpec) -> SessionSpec:
        people = tuple(replace(one, available=None) if one.id == person else one for one in spec.participants)
        return replace(spec, participants=people)

    return change


def _placed(spec: SessionSpec, seed: int) -> Board:
    """A timetable of the session without polishing; the work is limited by counting, not by the clock."""
    board = Board(Ground(spec))
    chosen = select(board, SECONDS).chosen
    place_all(board, chosen, Random(seed), WORK, lambda: False)  # noqa: S311 - shuffles a search, protects nothing
    refill(board, [m for m, slot in enumerate(board.at) if slot == NOWHERE and board.domain[m] and board.score[m] >= 0])
    return board


def _reach(board: Board) -> Reach:
    return Reach(board.total, sum(1 for slot in board.at if slot != NOWHERE))


def _most_held(spec: SessionSpec, slots: int, room: int) -> int:
    """The most meetings within quotas, pairs and no-thanks if everybody is there for `slots`, with `room` tables in all.

    By König's theorem they can also be placed when the room is shared evenly by the slots.
    """
    free = replace(
        spec,
        slots=1,
        tables=(room,),
        sessions=(),
        participants=tuple(replace(one, available=None) for one in spec.participants),
        meetings=tuple(Meeting(one.id, one.a, one.b, 1) for one in spec.meetings),
        closed=frozenset(),
        agenda=(),
        lunch=frozenset(),
        most_in_row=None,
        fairness_d=None,
    )
    board = Board(Ground(free))
    board.quota = [slots if person.quota is None else person.quota for person in spec.participants]
    everything = (1 << slots) - 1
    board.domain = [everything if mask else 0 for mask in board.domain]
    return len(select(board, SECONDS).chosen)


def _wishes_of(spec: SessionSpec) -> Counter[str]:
    """How many meetings each person is wished for: each pair once unless repeats are allowed, within the quota."""
    seen: set[tuple[frozenset[str], str]] = set()
    number: Counter[str] = Counter()
    for meeting in spec.meetings:
        pair = frozenset((meeting.a, meeting.b))
        key = (pair, meeting.id if spec.allow_repeat_pairs else "")
        if pair in spec.no_thanks or key in seen:
            continue
        seen.add(key)
        number.update((meeting.a, meeting.b))
    quotas = {person.id: person.quota for person in spec.participants}
    return Counter(
        {person: held if (most := quotas[person]) is None else min(held, most) for person, held in number.items()}
    )


def _tight(spec: SessionSpec) -> list[Tight]:
    ground = Ground(spec)
    wished = _wishes_of(spec)
    found = []
    for person in spec.participants:
        time = ground.there[person.id] & ~ground.engaged.get(person.id, 0) & ground.roomy
        if wished[person.id] > time.bit_count():
            found.append(Tight(person.id, wished[person.id], time.bit_count()))
    return sorted(found, key=lambda one: (one.capacity - one.wishes, one.person))


def _slots_needed(spec: SessionSpec, wishes: int, seed: int) -> int | None:
    """The fewest slots with which every wish was placed, or, with everybody there all day, can be placed."""
    tables = max(spec.tables, default=0)
    if not wishes or not tables:
        return None if wishes else 0
    busiest = max(_wishes_of(spec).values(), default=0)
    most = busiest + -(-wishes // tables)
    if _always_there(spec):
        return _first(1, most, lambda slots: _most_held(spec, slots, slots * tables) >= wishes)

    def suffices(slots: int) -> bool:
        return _reach(_placed(more_slots(spec, slots, everybody=True), seed)).meetings >= wishes

    rooms = sum(spec.room(slot) for slot in range(spec.slots))
    least = max([one.wishes - one.capacity for one in _tight(spec)] + [-(-(wishes - rooms) // tables), 0])
    if suffices(least):
        return spec.slots + least
    return spec.slots + _first(least + 1, most, suffices) if suffices(most) else None


def _always_there(spec: SessionSpec) -> bool:
    """Whether nothing but quotas and tables, the same in every slot, limits when people meet."""
    return (
        all(person.available is None for person in spec.participants)
        and not (spec.agenda or spec.lunch or spec.closed or spec.most_in_row is not None)
        and len(set(spec.tables)) == 1
        and not any(one.must_stand or one.after or one.session is not None for one in spec.meetings)
    )


def _first(low: int, high: int, suffices: Callable[[int], bool]) -> int:
    """The smallest number from low to high that suffices; high, if none below it does."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return low


def _tables_needed(spec: SessionSpec, seed: int) -> int | None:
    """The fewest tables per slot with which as many meetings can be placed as with a table for everybody."""
    most = max(len(spec.participants) // 2, 1)
    target = _reach(_placed(_with_tables(spec, most), seed)).meetings
    if not target:
        return None
    return _first(1, most, lambda number: _reach(_placed(_with_tables(spec, number), seed)).meetings >= target)


def _with_tables(spec: SessionSpec, number: int) -> SessionSpec:
    return replace(spec, tables=tuple(number if tables else 0 for tables in spec.tables), closed=frozenset())


def _full_slot(board: Board) -> int | None:
    """The slot in which most unplaced wishes of two free people fail only because every table is taken."""
    blocked: Counter[int] = Counter()
    for m, slot in enumerate(board.at):
        if slot == NOWHERE and board.allowed(m):
            mask = board.domain[m] & ~board.busy[board.a[m]] & ~board.busy[board.b[m]] & ~board.room
            blocked.update(slots_of(mask))
    return min(blocked, key=lambda slot: (-blocked[slot], slot)) if blocked else None
