"""Parts of the day and stays, read off slot times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.slots import SlotTime, parts_of, slots_between

NINE = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)


def day(*begins: int) -> list[SlotTime]:
    """Slots of 20 minutes that begin so many minutes after nine."""
    return [(NINE + timedelta(minutes=m), NINE + timedelta(minutes=m + 20)) for m in begins]


def test_a_long_pause_begins_a_new_part() -> None:
    assert parts_of(day(0, 20, 50, 100, 120)) == ((0, 1, 2), (3, 4))
    assert parts_of([]) == ()


def test_overlapping_slots_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^第2时段在前一时段结束之前就开始了$"):
        parts_of(day(0, 10))


def test_a_stay_covers_whole_slots() -> None:
    times = day(0, 20, 40, 60)
    assert slots_between(times, NINE + timedelta(minutes=20), NINE + timedelta(minutes=79)) == frozenset({1, 2})
    assert slots_between(times, None, NINE + timedelta(minutes=20)) == frozenset({0})
    assert slots_between(times, NINE + timedelta(minutes=1), None) == frozenset({1, 2, 3})
    assert slots_between(times, None, None) is None
