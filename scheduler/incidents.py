"""What happens on the day, as changes of a session: somebody cancels, is late or leaves, tables and slots are lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from scheduler.measures import availability, slots_of
from scheduler.model import Meeting, Participant, Placed, SessionSpec


def cancelled(spec: SessionSpec, person: str, old: Sequence[Placed] = (), now_slot: int = 0) -> SessionSpec:
    """Somebody does not come, or goes home: none of their meetings from `now_slot` on has to stand any more.

    Meetings of the old timetable that are already over keep their place; nothing waits for one that is not held.
    """
    _known(spec, person)
    over = {place.meeting for place in old if place.slot < now_slot}
    gone = {one.id for one in spec.meetings if person in (one.a, one.b) and one.id not in over}
    meetings = tuple(
        replace(one, after=tuple(q for q in one.after if q not in gone)) for one in _unlocked(spec, gone, firm=False)
    )
    return _with_slots(replace(spec, meetings=meetings), person, range(now_slot))


def late(spec: SessionSpec, person: str, arrives: int, old: Sequence[Placed] = ()) -> SessionSpec:
    """Somebody is there only from slot `arrives` on; their meetings before it are free to move, locked or not."""
    return _with_slots(_loose(spec, person, old, range(arrives)), person, range(arrives, spec.slots))


def leaving(spec: SessionSpec, person: str, leaves: int, old: Sequence[Placed] = ()) -> SessionSpec:
    """Somebody is there only before slot `leaves`; their meetings from it on are free to move, locked or not."""
    return _with_slots(_loose(spec, person, old, range(leaves, spec.slots)), person, range(leaves))


def without_table(
    spec: SessionSpec, table: int, old: Sequence[Placed] = (), slots: Iterable[int] | None = None
) -> SessionSpec:
    """A table cannot be used in some slots (None: in all); the meetings at it are free to move, locked or not."""
    lost = {(slot, table) for slot in (range(spec.slots) if slots is None else slots)}
    there = {place.meeting for place in old if (place.slot, place.table) in lost}
    return replace(spec, closed=spec.closed | lost, meetings=_unlocked(spec, there))


def without_slot(spec: SessionSpec, slot: int, old: Sequence[Placed] = ()) -> SessionSpec:
    """Nobody meets in a slot any more; its meetings are free to move, locked or not."""
    tables = tuple(0 if number == slot else room for number, room in enumerate(spec.tables))
    there = {place.meeting for place in old if place.slot == slot}
    return replace(spec, tables=tables, meetings=_unlocked(spec, there))


def walk_in(spec: SessionSpec, person: Participant, wishes: Sequence[Meeting]) -> SessionSpec:
    """Somebody comes unannounced, with wishes of their own."""
    return replace(spec, participants=(*spec.participants, person), meetings=(*spec.meetings, *wishes))


def _known(spec: SessionSpec, person: str) -> None:
    if all(one.id != person for one in spec.participants):
        raise ValueError(f"参会人 {person} 不在名单中")


def _with_slots(spec: SessionSpec, person: str, slots: Iterable[int]) -> SessionSpec:
    inside = set(slots)
    return replace(
        spec,
        participants=tuple(
            replace(
                one, available=frozenset(slot for slot in slots_of(availability(one, spec.slots)) if slot in inside)
            )
            if one.id == person
            else one
            for one in spec.participants
        ),
    )


def _loose(spec: SessionSpec, person: str, old: Sequence[Placed], slots: range) -> SessionSpec:
    _known(spec, person)
    there = {place.meeting for place in old if place.slot in slots}
    own = {one.id for one in spec.meetings if person in (one.a, one.b)}
    return replace(spec, meetings=_unlocked(spec, there & own))


def _unlocked(spec: SessionSpec, ids: set[str], *, firm: bool = True) -> tuple[Meeting, ...]:
    """The meetings, those named without a lock and a fixed place: what fixed them no longer holds.

    With `firm`, what had a fixed slot still has to take place.
    """
    return tuple(
        replace(one, locked=False, mandatory=firm and one.must_stand, fixed_slot=None, fixed_table=None)
        if one.id in ids
        else one
        for one in spec.meetings
    )
