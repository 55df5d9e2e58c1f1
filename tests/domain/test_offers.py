"""Until when an offered seat is kept: as the event says, less near it, never at night, never into the past."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.clock import LOCAL
from app.domain.offers import LAST_CALL, SHORTEST, deadline

NOON = datetime(2022, 5, 2, 12, 0, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("now", "starts_at", "hours", "until"),
    [
        (NOON, NOON + timedelta(days=30), 48, NOON + timedelta(hours=48)),
        (NOON, NOON + timedelta(days=30), 0, NOON + timedelta(hours=48)),
        (NOON, NOON + timedelta(days=30), 3, NOON + timedelta(hours=3)),
        (NOON, NOON + timedelta(hours=21), 48, NOON + timedelta(hours=7)),
        (NOON, NOON + timedelta(hours=2), 48, NOON + timedelta(hours=1)),
        (NOON, NOON + timedelta(hours=1, minutes=59), 48, None),
        (NOON, NOON - timedelta(days=1), 48, None),
        (NOON, None, 48, None),
        (NOON, NOON + timedelta(days=30), 12, datetime(2022, 5, 3, 9, 0, tzinfo=LOCAL)),
        (NOON, NOON + timedelta(days=30), 15, datetime(2022, 5, 3, 9, 0, tzinfo=LOCAL)),
        # the evening before an event at nine: nobody is woken, but the seat is not lost either
        (NOON + timedelta(hours=8), datetime(2022, 5, 3, 9, 0, tzinfo=LOCAL), 48, datetime(2022, 5, 3, 8, 0, tzinfo=LOCAL)),
    ],
)  # fmt: skip
def test_deadlines(now: datetime, starts_at: datetime | None, hours: int, until: datetime | None) -> None:
    assert deadline(now, starts_at, hours) == until


def test_a_deadline_lies_ahead_and_before_the_last_call_whenever_it_is_asked_for() -> None:
    starts_at = datetime(2022, 5, 6, 1, 0, tzinfo=UTC)
    for minutes in range(0, 5 * 24 * 60, 7):
        now = starts_at - timedelta(minutes=minutes, seconds=31)
        for hours in (0, 1, 24, 48, 336):
            until = deadline(now, starts_at, hours)
            if until is None:
                assert starts_at - now < LAST_CALL + SHORTEST
            else:
                assert now + timedelta(minutes=59) <= until <= starts_at - LAST_CALL
