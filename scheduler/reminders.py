"""Which reminders are due: one list of kinds with their instants, decided from occasions and the time alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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

    Times are aware. `invited_at` is when the invitation was sent (None: not yet), `moved_at` when guests were last told
    of a new date; `attended` is None while nobody recorded it. `void` covers invitations withdrawn and events cancelled.
    """

    event_id: str
    starts_at: datetime
    ends_at: datetime
    guest_id: str
    answered: Answer
    invited_at: datetime | None
    attended: bool | None = None
    moved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder that the occasion asks for as things stand: to be sent from `at` on, and of no use from `until` on."""

    key: str
    what: Kind
    at: datetime
    until: datetime
    guest: str
    event_id: str
    answered: Answer


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
_UNANSWERED_TOO_LATE = "未能在会议当天早晨之前发出"  # who has not answered gets no reminder on the day itself


def planned(occasions: Sequence[Occasion], calendar: WorkCalendar | None = None) -> list[Planned]:
    """Every reminder the occasions ask for, past and future, oldest first. Raises ValueError for a naive time."""
    days = calendar or WorkCalendar()
    for one in occasions:
        _refuse_naive(one.starts_at, one.ends_at, one.invited_at, one.moved_at)
    found = [
        Planned(_key(slot.what, one), slot.what, slot.at, slot.until, one.guest_id, one.event_id, one.answered)
        for one in occasions
        for slot in _slots(one, days)
        if _concerns(slot.what, one) and _told_before(slot, one) and slot.at < slot.until
    ]
    return sorted(found, key=lambda one: (one.at, one.key))


def due(
    occasions: Sequence[Occasion], now: datetime, done: Collection[str] = (), calendar: WorkCalendar | None = None
) -> list[Due]:
    """The reminders to send at `now` (aware), oldest first; `done` holds the keys of those already sent or dropped.

    Whoever missed an instant is still reminded while it is useful, which is until the next reminder's instant, the
    beginning of the event, or 14 days after the request for feedback. Raises ValueError for a naive time.
    """
    _refuse_naive(now)
    known = set(done)
    return [
        Due(one.key, one.what, one.at, one.guest, one.event_id, one.answered)
        for one in planned(occasions, calendar)
        if one.at <= now < one.until and one.key not in known
    ]


def skipped(
    occasions: Sequence[Occasion], now: datetime, done: Collection[str] = (), calendar: WorkCalendar | None = None
) -> list[Skipped]:
    """The reminders that were wanted, are not among `done` and are no use any more, each with the reason."""
    _refuse_naive(now)
    known = set(done)
    return [
        Skipped(one.key, one.what, one.at, one.guest, one.event_id, too_late(one))
        for one in planned(occasions, calendar)
        if one.until <= now and one.key not in known
    ]


def too_late(one: Planned) -> str:
    """Why the reminder is no use after its time, in Chinese."""
    if one.what == "day_before" and one.answered == "unanswered":
        return _UNANSWERED_TOO_LATE
    return _TOO_LATE[one.what]


def _refuse_naive(*moments: datetime | None) -> None:
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise ValueError("提醒的时间必须带时区")


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


def _told_before(slot: _Slot, occasion: Occasion) -> bool:
    """Nobody is reminded of what they were told after the reminder's instant; walk-ins are asked for feedback."""
    if occasion.invited_at is None:
        return slot.what == "feedback" and occasion.attended is True
    return max(occasion.invited_at, occasion.moved_at or occasion.invited_at) <= slot.at


def _key(what: Kind, occasion: Occasion) -> str:
    """Unique per kind, event, local start date and guest: a moved event is reminded of again, an unmoved one never."""
    start_on = occasion.starts_at.astimezone(ZONE).date()
    return f"reminder:{what}:event:{occasion.event_id}:{start_on.isoformat()}:guest:{occasion.guest_id}"
