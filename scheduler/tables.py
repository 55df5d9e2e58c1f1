"""Which table: keeps every expert at one table as long as possible, and everybody else where they sit."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.model import Placed
from scheduler.rules import Ground


def seat(ground: Ground, placed: Sequence[Placed], previous: Sequence[Placed] = ()) -> list[Placed]:
    """The placements with tables, for placements that keep C4, C7 and C8.

    In each slot fixed tables come first, then the tables of a previous timetable, then the expert's last table, and
    last a table that nobody still to come sat at before, else the one whose expert comes back latest.
    """
    earlier = {(place.meeting, place.slot): place.table for place in previous if place.table is not None}
    sitters = {place.meeting: _sitter(ground, place.meeting) for place in placed}
    by_slot: dict[int, list[Placed]] = {}
    for place in placed:
        by_slot.setdefault(place.slot, []).append(place)
    coming: dict[str, list[int]] = {}
    for place in sorted(placed, key=lambda place: -place.slot):
        coming.setdefault(sitters[place.meeting], []).append(place.slot)
    last: dict[str, int] = {}
    owner: dict[int, str] = {}
    seated: list[Placed] = []
    for slot in sorted(by_slot):
        here = sorted(by_slot[slot], key=lambda place: place.meeting)
        for place in here:
            coming[sitters[place.meeting]].pop()
        taken = _fixed(ground, here)
        _keep(taken, here, {place.meeting: earlier.get((place.meeting, slot)) for place in here}, ground, slot)
        _keep(taken, here, {place.meeting: last.get(sitters[place.meeting]) for place in here}, ground, slot)
        given = {meeting: table for table, meeting in taken.items()}
        for place in here:
            if place.meeting not in given:
                table = _freest(ground.usable[slot], set(given.values()), owner, coming, last)
                given[place.meeting] = table
            sitter = sitters[place.meeting]
            last[sitter] = given[place.meeting]
        for place in here:
            owner[given[place.meeting]] = sitters[place.meeting]
            seated.append(Placed(place.meeting, slot, given[place.meeting]))
    return seated


def _sitter(ground: Ground, meeting_id: str) -> str:
    """The one of the two who should keep the table: the expert, else the first named."""
    meeting = ground.meetings[meeting_id]
    return meeting.b if ground.people[meeting.b].side == "X" else meeting.a


def _fixed(ground: Ground, here: Sequence[Placed]) -> dict[int, str]:
    return {table: place.meeting for place in here if (table := ground.meetings[place.meeting].fixed_table) is not None}


def _keep(
    taken: dict[int, str], here: Sequence[Placed], wishes: dict[str, int | None], ground: Ground, slot: int
) -> None:
    """Gives every meeting without a table the one it wishes, if it exists in the slot and is free."""
    seated = set(taken.values())
    for place in here:
        table = wishes[place.meeting]
        if table is None or place.meeting in seated or table in taken or table not in ground.usable[slot]:
            continue
        taken[table] = place.meeting
        seated.add(place.meeting)


def _freest(
    tables: Sequence[int], used: set[int], owner: dict[int, str], coming: dict[str, list[int]], last: dict[str, int]
) -> int:
    """A free table, best one first: no owner who comes back to it, else the owner who comes back latest."""

    def claim(table: int) -> tuple[int, int]:
        sitter = owner.get(table)
        if sitter is None or last.get(sitter) != table or not coming[sitter]:
            return (0, table)
        return (-coming[sitter][-1] - 1, table)

    free = [table for table in tables if table not in used]
    unclaimed = [table for table in free if claim(table)[0] == 0]
    return unclaimed[0] if unclaimed else min(free, key=claim)
