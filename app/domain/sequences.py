"""Owns the SEQUENCE of calendar entries (RFC 5545): it rises with each change, and never falls."""

from __future__ import annotations

from datetime import UTC, datetime

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def risen(now: datetime, *stored: int) -> int:
    """The number for a change made now: above all that are stored, and at least the seconds since 2020.

    The second rule keeps it above numbers that were sent and forgotten, because the database was restored from an older
    copy. Fits 31 bits until 2088.
    """
    return max(*(number + 1 for number in stored), int((now - _SINCE).total_seconds()))


def standing(*stored: int) -> int:
    """The number of an entry that changes with several things: the highest of theirs."""
    return max(stored)
