"""Reads one event's timetable as its pages show it: the grid of slots and tables, each guest's own day, who waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.slots import slot_times
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.pairing import Pairing
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
    """One event's timetable in the asker's sight: a county office sees its own county's enterprises only."""

    talks: tuple[Talk, ...]
    waiting: tuple[Pairing, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

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
    """The event's timetable; `chosen` is the pairing that the page is about to move."""
    times = _times(event)
    rows = [meeting for meeting in talks.of_event(session, event.id) if _seen(actor, meeting.pairing)]
    found = tuple(_talk(meeting, times) for meeting in rows)
    placed = {talk.pairing_id for talk in found}
    waiting = tuple(
        pairing
        for pairing in timetables.of_event(session, event.id)
        if pairing.id not in placed and _seen(actor, pairing)
    )
    width = min(max(event.tables, 0), max((talk.table + 1 for talk in found), default=0) + SPARE_TABLES)
    columns = tuple(f"{table + 1} 号桌" for table in range(max(width, max((t.table + 1 for t in found), default=0))))
    return Sheet(found, waiting, columns, tuple(_lines(event, times, found, len(columns), chosen)))


def _seen(actor: Actor, pairing: Pairing) -> bool:
    return actor.role is not Role.COUNTY_OFFICE or pairing.need.organisation.county_id == actor.county_id


def _times(event: Event) -> list[tuple[datetime, datetime]]:
    first = event.talks_start_at or event.starts_at
    return [] if first is None else slot_times(first, event.slot_minutes, event.slot_count, event.pauses)


def hours(times: Sequence[tuple[datetime, datetime]], slot: int) -> str:
    """14:30—14:50, or the number of the slot while the event has no date."""
    if not 0 <= slot < len(times):
        return f"第 {slot + 1} 时段"
    starts_at, ends_at = (clock.local(instant) for instant in times[slot])
    return f"{starts_at:%H:%M}—{ends_at:%H:%M}"


def _talk(meeting: Meeting, times: Sequence[tuple[datetime, datetime]]) -> Talk:
    pairing, expert = meeting.pairing, meeting.expert
    return Talk(
        pairing_id=pairing.id,
        slot=meeting.slot,
        table=meeting.table_number,
        hours=hours(times, meeting.slot),
        enterprise=meeting.enterprise.name,
        expert=f"{expert.name}（{expert.title}）" if expert.title else expert.name,
        institute=pairing.achievement.organisation.name,
        need=pairing.need.title,
        achievement=pairing.achievement.title,
        sentence=pairing.sentence,
        is_locked=meeting.is_locked,
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
