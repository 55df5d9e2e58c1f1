"""Which reminders are due: one list of kinds with their instants, decided from occasions and the time alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from scheduler.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
WEEK_BEFORE_AT = time(9, 0)
DAY_BEFORE_AT = time(9, 0)
MORNING_AT = time(7, 30)
FEEDBACK_AT = time(9, 0)
FEEDBACK_WINDOW = timedelta(days=14)

Kind = Literal["week_before", "day_before", "morning", "feedback"]
Answer = Literal["accepted", "unanswered", "declined", "void"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """One guest invited to one event, as reminders look at it.

    Times are aware. `invited_at` is when the invitation was sent (None: not yet); `attended` is None while nobody
    recorded it. `void` covers invitations withdrawn and events cancelled.
    """

    event_id: str
    starts_at: datetime
    ends_at: datetime
    guest_id: str
    answered: Answer
    invited_at: datetime | None
    attended: bool | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder to be sent now: `at` is when it fell due; `answered` decides its words; `key` makes it unique."""

    key: str
    what: Kind
    at: datetime
    guest: str
    event_id: str
    answered: Answer


@dataclass(frozen=True, slots=True)
class Skipped:
    """A reminder that was not sent while it was useful, with the reason in Chinese."""

    key: str
    what: Kind
    at: datetime
    guest: str
    event_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """A reminder's instant and the moment from which it is no use any more."""

    what: Kind
    at: datetime
    until: datetime


_TOO_LATE: dict[Kind, str] = {
    "week_before": "未能在会前一天的提醒之前发出，已由后者代替",
    "day_before": "未能在会议当天早晨之前发出，已由当天的提醒代替",
    "morning": "未能在会议开始之前发出",
    "feedback": "会后14天内未能发出，不再打扰",
}


def due(
    occasions: Sequence[Occasion], now: datetime, done: Collection[str] = (), calendar: WorkCalendar | None = None
) -> list[Due]:
    """The reminders to send at `now` (aware), oldest first; `done` holds the keys of those already sent or dropped.

    Whoever missed an instant is still reminded while it is useful, which is until the next reminder's instant, the
    beginning of the event, or 14 days after the request for feedback. Raises ValueError for a naive time.
    """
    found = [
        Due(_key(slot.what, occasion), slot.what, slot.at, occasion.guest_id, occasion.event_id, occasion.answered)
        for occasion, slot in _wanted(occasions, now, calendar)
        if slot.at <= now < slot.until
    ]
    known = set(done)
    return sorted((one for one in found if one.key not in known), key=lambda one: (one.at, one.key))


def skipped(
    occasions: Sequence[Occasion], now: datetime, done: Collection[str] = (), calendar: WorkCalendar | None = None
) -> list[Skipped]:
    """The reminders that were wanted, are not among `done` and are no use any more, each with the reason."""
    found = [
        Skipped(
            _key(slot.what, occasion), slot.what, slot.at, occasion.guest_id, occasion.event_id, _TOO_LATE[slot.what]
        )
        for occasion, slot in _wanted(occasions, now, calendar)
        if slot.until <= now
    ]
    known = set(done)
    return sorted((one for one in found if one.key not in known), key=lambda one: (one.at, one.key))


def _wanted(
    occasions: Sequence[Occasion], now: datetime, calendar: WorkCalendar | None
) -> Iterator[tuple[Occasion, _Slot]]:
    """Every reminder an occasion asks for, past and future, in no particular order."""
    days = calendar or WorkCalendar()
    for moment in (now, *(moment for one in occasions for moment in (one.starts_at, one.ends_at, one.invited_at))):
        if moment is not None and moment.tzinfo is None:
            raise ValueError("提醒的时间必须带时区")
    for occasion in occasions:
        for slot in _slots(occasion, days):
            if _concerns(slot.what, occasion) and _invited_before(slot, occasion) and slot.at < slot.until:
                yield occasion, slot


def _slots(occasion: Occasion, days: WorkCalendar) -> tuple[_Slot, ...]:
    start_on = occasion.starts_at.astimezone(ZONE).date()
    end_on = occasion.ends_at.astimezone(ZONE).date()
    week_before = datetime.combine(start_on - timedelta(days=7), WEEK_BEFORE_AT, ZONE)
    day_before = datetime.combine(start_on - timedelta(days=1), DAY_BEFORE_AT, ZONE)
    morning = datetime.combine(start_on, MORNING_AT, ZONE)
    feedback = datetime.combine(days.next_working_day(end_on), FEEDBACK_AT, ZONE)
    return (
        _Slot("week_before", week_before, day_before),
        _Slot("day_before", day_before, min(morning, occasion.starts_at)),
        _Slot("morning", morning, occasion.starts_at),
        _Slot("feedback", feedback, feedback + FEEDBACK_WINDOW),
    )


def _concerns(what: Kind, occasion: Occasion) -> bool:
    """Whether a guest gets a kind of reminder at all."""
    if occasion.answered in ("void", "declined"):
        return False
    if what == "feedback":
        return occasion.attended is True or (occasion.attended is None and occasion.answered == "accepted")
    return occasion.answered == "accepted" or what != "morning"


def _invited_before(slot: _Slot, occasion: Occasion) -> bool:
    """Nobody is reminded of what they were told after the reminder's instant; walk-ins are asked for feedback."""
    if occasion.invited_at is None:
        return slot.what == "feedback" and occasion.attended is True
    return occasion.invited_at <= slot.at


def _key(what: Kind, occasion: Occasion) -> str:
    """Unique per kind, event, local start date and guest: a moved event is reminded of again, an unmoved one never."""
    start_on = occasion.starts_at.astimezone(ZONE).date()
    return f"reminder:{what}:event:{occasion.event_id}:{start_on.isoformat()}:guest:{occasion.guest_id}"
