"""Reads one event's timetable as its pages show it: the grid of slots and tables, each guest's own day, who waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.placements import Placement
from app.domain.slots import slot_times
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.people import Expert
from app.models.timetable_version import TimetableVersion
from app.queries import meetings as talks
from app.queries import timetables

SPARE_TABLES = 1
"""Empty tables shown beside those in use, so that there is somewhere to move to."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One meeting with everything a page says of it; `slot` and `table` count from 0, `hours` is "14:30—14:50"."""

    pairing_id: int
    slot: int
    table: int
    hours: str
    enterprise: str
    expert: str
    institute: str
    need: str
    achievement: str
    sentence: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A talk in a square of the grid."""

    title: str
    sub: str
    note: str
    tone: str
    pairing_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """One slot of the grid with a list of entries per table, or a pause."""

    label: str
    pause: str
    cells: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One guest's or one table's talks in order."""

    name: str
    detail: str
    talks: tuple[Talk, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One event's timetable in the asker's sight: a county office sees its own county's enterprises only.

    `reasons` says by pairing id why it waits.
    """

    talks: tuple[Talk, ...]
    waiting: tuple[Pairing, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    reasons: Mapping[int, str] = field(default_factory=dict)

    def enterprises(self) -> list[Day]:
        """Every enterprise's day, by name."""
        return _days(self.talks, lambda talk: (talk.enterprise, ""))

    def experts(self) -> list[Day]:
        """Every expert's day, by institute and name."""
        return _days(self.talks, lambda talk: (talk.institute, talk.expert))

    def tables(self) -> list[Day]:
        """Every table's day, in order."""
        found: dict[int, list[Talk]] = {}
        for talk in self.talks:
            found.setdefault(talk.table, []).append(talk)
        return [Day(f"{table + 1} 号桌", "", tuple(mine)) for table, mine in sorted(found.items())]


def sheet(session: Session, actor: Actor, event: Event, chosen: int | None = None) -> Sheet:
    """The event's published timetable; `chosen` is the pairing that the page is about to move."""
    times = times_of(event)
    rows = [meeting for meeting in talks.of_event(session, event.id) if in_sight(actor, meeting.pairing)]
    found = tuple(_talk(_seat(meeting), meeting.pairing, meeting.expert, times) for meeting in rows)
    pairings = [one for one in timetables.of_event(session, event.id) if in_sight(actor, one)]
    return _sheet(event, found, pairings, {one.id: one.unplaced for one in pairings}, chosen)


def sheet_of_version(
    session: Session,
    actor: Actor,
    event: Event,
    version: TimetableVersion,
    excluded: Mapping[int, str],
    chosen: int | None = None,
) -> Sheet:
    """A version of the event's timetable with the pairings of now, less those excluded (with the reason) meanwhile."""
    times = times_of(event)
    pairings = [one for one in timetables.of_event(session, event.id) if in_sight(actor, one)]
    known = {one.id: one for one in pairings if one.id not in excluded}
    places = [one for one in version.places if one.pairing_id in known]
    people = timetables.experts_by_id(session, [one.expert_id for one in places])
    found = tuple(_talk(one, known[one.pairing_id], people[one.expert_id], times) for one in places)
    reasons = {int(pairing_id): reason for pairing_id, reason in version.reasons.items()} | dict(excluded)
    return _sheet(event, found, pairings, reasons, chosen)


def _sheet(
    event: Event, found: tuple[Talk, ...], pairings: Sequence[Pairing], reasons: Mapping[int, str], chosen: int | None
) -> Sheet:
    placed = {talk.pairing_id for talk in found}
    waiting = tuple(pairing for pairing in pairings if pairing.id not in placed)
    width = min(max(event.tables, 0), max((talk.table + 1 for talk in found), default=0) + SPARE_TABLES)
    columns = tuple(f"{table + 1} 号桌" for table in range(max(width, max((t.table + 1 for t in found), default=0))))
    return Sheet(found, waiting, columns, tuple(_lines(event, times_of(event), found, len(columns), chosen)), reasons)


def _seat(meeting: Meeting) -> Placement:
    return Placement(meeting.pairing_id, meeting.slot, meeting.table_number, meeting.expert_id, meeting.is_locked)


def in_sight(actor: Actor, pairing: Pairing) -> bool:
    """Whether the asker may see the pairing's talk: a county office those of its own county's enterprises."""
    return actor.role is not Role.COUNTY_OFFICE or pairing.need.organisation.county_id == actor.county_id


def times_of(event: Event) -> list[tuple[datetime, datetime]]:
    """(beginning, end) of every slot; none without a date."""
    first = event.talks_start_at or event.starts_at
    return [] if first is None else slot_times(first, event.slot_minutes, event.slot_count, event.pauses)


def hours(times: Sequence[tuple[datetime, datetime]], slot: int) -> str:
    """14:30—14:50, or the number of the slot while the event has no date."""
    if not 0 <= slot < len(times):
        return f"第 {slot + 1} 时段"
    starts_at, ends_at = (clock.local(instant) for instant in times[slot])
    return f"{starts_at:%H:%M}—{ends_at:%H:%M}"


def _talk(place: Placement, pairing: Pairing, expert: Expert, times: Sequence[tuple[datetime, datetime]]) -> Talk:
    return Talk(
        pairing_id=pairing.id,
        slot=place.slot,
        table=place.table,
        hours=hours(times, place.slot),
        enterprise=pairing.need.organisation.name,
        expert=f"{expert.name}（{expert.title}）" if expert.title else expert.name,
        institute=pairing.achievement.organisation.name,
        need=pairing.need.title,
        achievement=pairing.achievement.title,
        sentence=pairing.sentence,
        is_locked=place.locked,
    )


def _lines(
    event: Event, times: Sequence[tuple[datetime, datetime]], found: Sequence[Talk], width: int, chosen: int | None
) -> list[Line]:
    pauses = {int(slot): int(minutes) for slot, minutes in event.pauses}
    at: dict[tuple[int, int], list[Entry]] = {}
    for talk in found:
        at.setdefault((talk.slot, talk.table), []).append(_entry(talk, chosen))
    shown = []
    last = max((talk.slot + 1 for talk in found), default=0)
    for slot in range(max(event.slot_count, last)):
        if slot in pauses:
            shown.append(Line("", f"休息 {pauses[slot]} 分钟", ()))
        cells = tuple(tuple(at.get((slot, table), ())) for table in range(width))
        shown.append(Line(hours(times, slot), "", cells))
    return shown


def _entry(talk: Talk, chosen: int | None) -> Entry:
    tone = "own" if talk.pairing_id == chosen else "locked" if talk.is_locked else ""
    note = "已锁定" if talk.is_locked else ""
    return Entry(talk.enterprise, f"{talk.institute} {talk.expert}", note, tone, talk.pairing_id)


def _days(found: Sequence[Talk], of: Callable[[Talk], tuple[str, str]]) -> list[Day]:
    grouped: dict[tuple[str, str], list[Talk]] = {}
    for talk in found:
        grouped.setdefault(of(talk), []).append(talk)
    return [Day(name, detail, tuple(mine)) for (name, detail), mine in sorted(grouped.items(), key=lambda one: one[0])]
