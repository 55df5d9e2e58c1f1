"""Owns the arithmetic of a session's day: slot numbers to wall-clock times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def slot_times(
    talks_start_at: datetime, slot_minutes: int, slot_count: int, pauses: Sequence[Sequence[int]] = ()
) -> list[tuple[datetime, datetime]]:
    """(start, end) of each slot. `pauses` holds [slot, minutes]: a break of that many minutes before that slot."""
    breaks = {int(slot): int(minutes) for slot, minutes in pauses}
    times = []
    start = talks_start_at
    for slot in range(slot_count):
        start += timedelta(minutes=breaks.get(slot, 0))
        end = start + timedelta(minutes=slot_minutes)
        times.append((start, end))
        start = end
    return times
