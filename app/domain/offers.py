"""Owns how long a seat that came free is kept for the first of the waiting list, and when it is too late to keep any."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain import clock

USUAL_HOURS = 48
MOST_HOURS = 14 * 24
LAST_CALL = timedelta(hours=1)
"""No offer stands longer than until this long before the event begins."""

SHORTEST = timedelta(hours=1)
"""A shorter time to answer than this is no offer."""

SHARE = 3
"""Near the event an offer takes at most one part in so many of the time that is left, so that others get their turn."""

MORNING, EVENING = 9, 22
"""The hours of the day in Xuchang between which an offer may run out: nobody loses a seat asleep."""


def deadline(now: datetime, starts_at: datetime | None, hours: int) -> datetime | None:
    """Until when a seat offered at `now` is kept; None when it is too late, and whoever comes first takes it.

    `hours` is the event's own setting, shortened near the event; 0, for offers by hand, means the usual time. Never in
    the past and never past LAST_CALL.
    """
    if starts_at is None or starts_at - LAST_CALL < now + SHORTEST:
        return None
    latest = starts_at - LAST_CALL
    until = now + max(SHORTEST, min(timedelta(hours=hours or USUAL_HOURS), (starts_at - now) / SHARE))
    return min(_awake(until), latest).replace(second=0, microsecond=0)


def _awake(instant: datetime) -> datetime:
    """The instant itself by day, the next morning by night."""
    local = clock.local(instant)
    if MORNING <= local.hour < EVENING:
        return instant
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return (morning + timedelta(days=1) if local.hour >= EVENING else morning).astimezone(instant.tzinfo)
