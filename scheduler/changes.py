"""What differs between two versions of a timetable, meeting by meeting, and whom that concerns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scheduler.model import PLAIN_NAMES, Naming, Placed, SessionSpec


@dataclass(frozen=True, slots=True)
class Move:
    """A meeting that stands in both versions, in different slots or at different tables."""

    meeting: str
    before: Placed
    after: Placed


@dataclass(frozen=True, slots=True)
class Diff:
    """Before and after: meetings kept as they were, moved to another slot, dropped, added, moved to another table.

    `affected` are the ids of the people who have to be told, in the order of the session's list; people of dropped
    meetings that the session no longer knows are not among them.
    """

    kept: tuple[Placed, ...]
    moved: tuple[Move, ...]
    dropped: tuple[Placed, ...]
    added: tuple[Placed, ...]
    retabled: tuple[Move, ...]
    affected: tuple[str, ...]

    @property
    def changed(self) -> int:
        """How many published meetings no longer stand when they stood."""
        return len(self.moved) + len(self.dropped)


def compare(spec: SessionSpec, old: Iterable[Placed], new: Iterable[Placed]) -> Diff:
    """The difference between two timetables; `spec` says who takes part in which meeting (a wider one is welcome)."""
    before = {place.meeting: place for place in old}
    after = {place.meeting: place for place in new}
    kept, moved, retabled = [], [], []
    for meeting, was in before.items():
        now = after.get(meeting)
        if now is None:
            continue
        if now.slot != was.slot:
            moved.append(Move(meeting, was, now))
        elif now.table != was.table:
            retabled.append(Move(meeting, was, now))
        else:
            kept.append(now)
    dropped = tuple(was for meeting, was in before.items() if meeting not in after)
    added = tuple(now for meeting, now in after.items() if meeting not in before)
    sides = {meeting.id: (meeting.a, meeting.b) for meeting in spec.meetings}
    touched = {one.meeting for one in (*moved, *retabled)} | {place.meeting for place in (*dropped, *added)}
    people = {person for meeting in touched for person in sides.get(meeting, ())}
    affected = tuple(person.id for person in spec.participants if person.id in people)
    return Diff(tuple(kept), tuple(moved), dropped, added, tuple(retabled), affected)


def sentences(spec: SessionSpec, diff: Diff, names: Naming = PLAIN_NAMES) -> list[str]:
    """Before and after in Chinese, one sentence for every changed meeting."""
    sides = {meeting.id: (meeting.a, meeting.b) for meeting in spec.meetings}

    def pair(meeting: str) -> str:
        if meeting not in sides:
            return names.meeting(meeting)
        return "与".join(names.person(person) for person in sides[meeting])

    def where(place: Placed) -> str:
        return names.slot(place.slot) + ("" if place.table is None else names.table(place.table))

    return [
        *(f"{pair(one.meeting)}：由{where(one.before)}改到{where(one.after)}" for one in diff.moved),
        *(f"{pair(one.meeting)}：取消（原{where(one)}）" for one in diff.dropped),
        *(f"{pair(one.meeting)}：新增，{where(one)}" for one in diff.added),
        *(f"{pair(one.meeting)}：时间不变，由{where(one.before)}换到{where(one.after)}" for one in diff.retabled),
    ]


def told(spec: SessionSpec, diff: Diff, person: str, names: Naming = PLAIN_NAMES) -> Sequence[str]:
    """The sentences that concern one person; empty for everybody who is not affected."""
    own = {meeting.id for meeting in spec.meetings if person in (meeting.a, meeting.b)}

    part = replace(
        diff,
        moved=tuple(one for one in diff.moved if one.meeting in own),
        dropped=tuple(one for one in diff.dropped if one.meeting in own),
        added=tuple(one for one in diff.added if one.meeting in own),
        retabled=tuple(one for one in diff.retabled if one.meeting in own),
    )
    return sentences(spec, part, names)
