"""Owns the time: the only place in the program that asks what time it is.

`NOW` in the settings sets the clock for command-line simulation: it then starts at that instant and runs on.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_started: tuple[datetime, float] | None = None


def set_clock(start: datetime | None) -> None:
    """Start the clock at `start` (aware), or return to the machine's own time with None."""
    global _started
    _started = None if start is None else (start.astimezone(UTC), time.monotonic())


def now() -> datetime:
    """The present instant, aware, in UTC."""
    if _started is None:
        return datetime.now(UTC)
    start, mark = _started
    return datetime.fromtimestamp(start.timestamp() + time.monotonic() - mark, UTC)


def local(instant: datetime) -> datetime:
    """The instant as the wall clock in Xuchang shows it."""
    return instant.astimezone(LOCAL)


def today(instant: datetime) -> date:
    """The calendar day of the instant in Xuchang."""
    return local(instant).date()
