"""Owns the time: the only place in the program that asks what time it is.

`NOW` in the settings sets the clock for command-line simulation: it then starts at that instant and runs on.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
_SINCE_START = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
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


def is_set() -> bool:
    """Whether the time is a simulated one."""
    return _started is not None


def steady() -> datetime:
    """An instant for leases between processes of one machine, which no change of its clock moves: counted from its start.

    Not for people, and not to be compared after a restart of the machine (see `boot`). A simulated clock is followed.
    """
    if _started is not None:
        return now()
    return datetime.fromtimestamp(time.clock_gettime(_SINCE_START), UTC)


@cache
def boot() -> str:
    """Seven characters that name this start of the machine; empty where it has no name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").replace("-", "")[:7]
    except OSError:
        return ""


def local(instant: datetime) -> datetime:
    """The instant as the wall clock in Xuchang shows it."""
    return instant.astimezone(LOCAL)


def today(instant: datetime) -> date:
    """The calendar day of the instant in Xuchang."""
    return local(instant).date()
