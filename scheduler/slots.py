"""Slot times read as a timetable needs them: the parts of the day and the slots that a stay covers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

SlotTime = tuple[datetime, datetime]
"""(start, end) of a slot; a day is a list of them in order, the position is the slot's number."""


def parts_of(times: Sequence[SlotTime], pause: timedelta = timedelta(minutes=30)) -> tuple[tuple[int, ...], ...]:
    """The parts of the day as tuples of slot numbers (`SessionSpec.sessions`): a long pause begins a new part.

    Raises ValueError when a slot begins before the one ahead of it has ended.
    """
    parts: list[list[int]] = []
    for number, (starts_at, _ends_at) in enumerate(times):
        before = times[number - 1][1] if number else None
        if before is not None and starts_at < before:
            raise ValueError(f"第{number + 1}时段在前一时段结束之前就开始了")
        if before is None or starts_at - before >= pause:
            parts.append([])
        parts[-1].append(number)
    return tuple(tuple(part) for part in parts)


def slots_between(
    times: Sequence[SlotTime], arrives_at: datetime | None, leaves_at: datetime | None
) -> frozenset[int] | None:
    """The slots that lie entirely within a stay (`Participant.available`); None, all of them, for an open stay."""
    if arrives_at is None and leaves_at is None:
        return None
    return frozenset(
        number
        for number, (starts_at, ends_at) in enumerate(times)
        if (arrives_at is None or arrives_at <= starts_at) and (leaves_at is None or ends_at <= leaves_at)
    )
