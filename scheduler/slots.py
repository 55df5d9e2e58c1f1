"""Slot times: turns the day of a session into rounds with a beginning and an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch of the day without meetings, such as lunch."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SlotTime:
    """When slot `number` (0-based) takes place and to which part of the day (0-based) it belongs."""

    number: int
    starts_at: datetime
    ends_at: datetime
    part: int


def slot_times(
    starts_at: datetime, minutes: int, count: int, pauses: Sequence[Pause] = (), gap_minutes: int = 0
) -> list[SlotTime]:
    """`count` slots of `minutes` each from `starts_at` (aware) on; a slot that would touch a pause begins after it.

    `gap_minutes` lie between two slots for changing tables. Each pause that is jumped over begins a new part of the
    day. Raises ValueError for a naive time, a length or number below one, or a pause that ends before it begins.
    """
    if starts_at.tzinfo is None:
        raise ValueError("开始时间必须带时区")
    if minutes < 1 or count < 1 or gap_minutes < 0:
        raise ValueError("时段长度和时段数都必须至少为1")
    for pause in pauses:
        if pause.ends_at <= pause.starts_at:
            raise ValueError("休息的结束时间必须晚于开始时间")
    length, gap = timedelta(minutes=minutes), timedelta(minutes=gap_minutes)
    waiting = sorted(pauses, key=lambda pause: pause.starts_at)
    times: list[SlotTime] = []
    at, part = starts_at, 0
    while len(times) < count:
        while waiting and waiting[0].ends_at <= at:
            waiting.pop(0)
        if waiting and at + length > waiting[0].starts_at:
            at = max(at, waiting.pop(0).ends_at)
            part += 1 if times and times[-1].part == part else 0
            continue
        times.append(SlotTime(len(times), at, at + length, part))
        at = at + length + gap
    return times


def parts_of(times: Sequence[SlotTime]) -> tuple[tuple[int, ...], ...]:
    """The parts of the day as tuples of slot numbers: `SessionSpec.sessions`."""
    parts: dict[int, list[int]] = {}
    for time in times:
        parts.setdefault(time.part, []).append(time.number)
    return tuple(tuple(parts[part]) for part in sorted(parts))


def slots_between(times: Sequence[SlotTime], arrives_at: datetime, leaves_at: datetime) -> frozenset[int]:
    """The slots that lie entirely between an arrival and a departure: `Participant.available`."""
    return frozenset(time.number for time in times if arrives_at <= time.starts_at and time.ends_at <= leaves_at)
