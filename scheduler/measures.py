"""Figures of a timetable, counted from the placed meetings alone: score, breaks, idle and waiting slots, table moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from scheduler.model import Clash, Participant, Placed, SessionSpec

KNOWN_CLAIMS = (
    "scheduled",
    "score",
    "breaks",
    "idle_slots",
    "waiting_slots",
    "max_breaks",
    "break_range",
    "expert_table_moves",
    "min_meetings",
    "max_meetings",
    "participants_without_meeting",
    "peak_load",
)


class Gaps:
    """Counts breaks, idle and waiting slots of one person's day; a day is a bit mask of busy slots.

    A break is a maximal run of idle slots between two meetings. When gaps across parts of the day do not count, only
    the idle slots left at the end of the first part and at the beginning of the second are breaks.
    """

    def __init__(self, spec: SessionSpec) -> None:
        self._slots = spec.slots
        self._across = spec.count_across_sessions
        parts = spec.sessions or (tuple(range(spec.slots)),)
        self._part = {slot: number for number, part in enumerate(parts) for slot in part}
        self._counted: dict[int, tuple[int, int]] = {}

    def breaks(self, day: int) -> int:
        """How many breaks a day has."""
        return self._count(day)[0]

    def idle(self, day: int) -> int:
        """How many idle slots lie between the first and the last meeting of a day."""
        return self._count(day)[1]

    def waiting(self, day: int, available: int) -> int:
        """How many idle slots of a day the person spends waiting; an absence is not waiting."""
        if day & (day - 1) == 0:
            return 0
        first, last = (day & -day).bit_length() - 1, day.bit_length() - 1
        between = ((1 << last) - 1) & ~((1 << (first + 1)) - 1)
        idle = between & ~day & available
        if not self._across:
            parts = {self._part.get(slot) for slot in slots_of(day)}
            return sum(1 for slot in slots_of(idle) if self._part.get(slot) in parts)
        return idle.bit_count()

    def _count(self, day: int) -> tuple[int, int]:
        known = self._counted.get(day)
        if known is None:
            known = self._counted[day] = self._count_across(day) if self._across else self._count_parts(day)
        return known

    def _count_across(self, day: int) -> tuple[int, int]:
        if not day:
            return 0, 0
        runs = (day & ~(day << 1)).bit_count()
        length = day.bit_length() - ((day & -day).bit_length() - 1)
        return runs - 1, length - day.bit_count()

    def _count_parts(self, day: int) -> tuple[int, int]:
        breaks = idle = 0
        slots = list(slots_of(day))
        for here, there in pairwise(slots):
            if self._part.get(here) == self._part.get(there):
                gaps = [there - here - 1]
            else:
                gaps = [
                    sum(1 for slot in range(here + 1, self._slots) if self._part.get(slot) == self._part.get(here)),
                    sum(1 for slot in range(there) if self._part.get(slot) == self._part.get(there)),
                ]
            breaks += sum(1 for gap in gaps if gap)
            idle += sum(gaps)
        return breaks, idle


def availability(person: Participant, slots: int) -> int:
    """The slots in which a person is there, as a bit mask."""
    if person.available is None:
        return (1 << slots) - 1
    return mask_of(slot for slot in person.available if 0 <= slot < slots)


def mask_of(slots: Iterable[int]) -> int:
    """A set of slots as a bit mask."""
    mask = 0
    for slot in slots:
        mask |= 1 << slot
    return mask


def slots_of(mask: int) -> Iterator[int]:
    """The slots of a bit mask, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def days(spec: SessionSpec, placed: Sequence[Placed]) -> dict[str, int]:
    """The busy slots of every participant as a bit mask; placed meetings must be known and in existing slots."""
    sides = {meeting.id: (meeting.a, meeting.b) for meeting in spec.meetings}
    busy = {person.id: 0 for person in spec.participants}
    for place in placed:
        for person_id in sides[place.meeting]:
            busy[person_id] |= 1 << place.slot
    return busy


def figures(spec: SessionSpec, placed: Sequence[Placed]) -> dict[str, int]:
    """Every figure a timetable may claim (see KNOWN_CLAIMS), for a placement without C1 to C4 clashes."""
    gaps = Gaps(spec)
    busy = days(spec, placed)
    score = {meeting.id: meeting.score for meeting in spec.meetings}
    breaks = [gaps.breaks(day) for day in busy.values()]
    held = [day.bit_count() for day in busy.values()]
    load = Counter(place.slot for place in placed)
    return {
        "scheduled": len(placed),
        "score": sum(score[place.meeting] for place in placed),
        "breaks": sum(breaks),
        "idle_slots": sum(gaps.idle(day) for day in busy.values()),
        "waiting_slots": sum(
            gaps.waiting(busy[person.id], availability(person, spec.slots)) for person in spec.participants
        ),
        "max_breaks": max(breaks, default=0),
        "break_range": max(breaks, default=0) - min(breaks, default=0),
        "expert_table_moves": _table_moves(spec, placed),
        "min_meetings": min(held, default=0),
        "max_meetings": max(held, default=0),
        "participants_without_meeting": sum(1 for number in held if number == 0),
        "peak_load": max(load.values(), default=0),
    }


def _table_moves(spec: SessionSpec, placed: Sequence[Placed]) -> int:
    experts = {person.id for person in spec.participants if person.side == "X"}
    sides = {meeting.id: (meeting.a, meeting.b) for meeting in spec.meetings}
    last: dict[str, int] = {}
    moves = 0
    for place in sorted(placed, key=lambda place: place.slot):
        if place.table is None:
            continue
        for person_id in sides[place.meeting]:
            if person_id in experts:
                moves += last.get(person_id, place.table) != place.table
                last[person_id] = place.table
    return moves


def false_claims(spec: SessionSpec, placed: Sequence[Placed], claims: Mapping[str, object]) -> list[Clash]:
    """C16: the claimed figures that differ from the recomputed ones; figures nobody knows are ignored."""
    true = figures(spec, placed)
    return [
        Clash("C16", "数字属实", f"声称 {name}={claims[name]}，实际为 {true[name]}")
        for name in KNOWN_CLAIMS
        if name in claims and claims[name] != true[name]
    ]
