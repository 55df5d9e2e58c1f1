"""Reminders: who gets which and when, never two, moved with the event, caught up after down time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendar import WorkCalendar
from scheduler.reminders import Answer, Due, Occasion, due, planned, skipped

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """An instant given as Xuchang's wall-clock time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


OCCASION = Occasion(
    event_id="42",
    starts_at=local("2026-05-20T14:00"),  # a Wednesday
    ends_at=local("2026-05-20T17:30"),
    guest_id="7",
    answered="accepted",
    invited_at=local("2026-04-20T10:00"),
)


def kinds(occasion: Occasion, at: str) -> list[str]:
    """The kinds due at a wall-clock time."""
    return [one.what for one in due([occasion], local(at))]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-05-13T08:59", []),
        ("2026-05-13T09:00", ["week_before"]),
        ("2026-05-19T08:59", ["week_before"]),
        ("2026-05-19T09:00", ["day_before"]),
        ("2026-05-20T07:29", ["day_before"]),
        ("2026-05-20T07:30", ["morning"]),
        ("2026-05-20T13:59", ["morning"]),
        ("2026-05-20T14:00", []),
        ("2026-05-21T08:59", []),
        ("2026-05-21T09:00", ["feedback"]),
        ("2026-06-04T08:59", ["feedback"]),
        ("2026-06-04T09:00", []),
    ],
)
def test_each_reminder_is_due_while_it_is_useful(at: str, expected: list[str]) -> None:
    assert kinds(OCCASION, at) == expected


MOMENTS = ("2026-05-14T09:00", "2026-05-19T10:00", "2026-05-20T08:00", "2026-05-22T09:00")


@pytest.mark.parametrize(
    ("answered", "attended", "expected"),
    [
        ("accepted", None, ["week_before", "day_before", "morning", "feedback"]),
        ("accepted", True, ["week_before", "day_before", "morning", "feedback"]),
        ("accepted", False, ["week_before", "day_before", "morning"]),
        ("unanswered", None, ["week_before", "day_before"]),
        ("unanswered", True, ["week_before", "day_before", "feedback"]),
        ("declined", None, []),
        ("declined", True, []),
        ("void", True, []),
        ("void", None, []),
    ],
)
def test_only_those_who_need_a_reminder_get_it(answered: Answer, attended: bool | None, expected: list[str]) -> None:
    occasion = replace(OCCASION, answered=answered, attended=attended)
    assert [kind for at in MOMENTS for kind in kinds(occasion, at)] == expected


def test_a_due_reminder_says_what_it_needs() -> None:
    assert due([OCCASION], local("2026-05-13T09:00").astimezone(UTC)) == [
        Due(
            key="reminder:week_before:event:42:2026-05-20:guest:7",
            what="week_before",
            at=local("2026-05-13T09:00"),
            guest="7",
            event_id="42",
            answered="accepted",
        )
    ]


def test_what_was_done_is_not_due_again() -> None:
    now = local("2026-05-13T09:00")
    done = {one.key for one in due([OCCASION], now)}
    assert due([OCCASION], now, done) == []
    answered_late = replace(OCCASION, answered="unanswered")
    assert due([answered_late], now, done) == []


def test_who_was_invited_after_the_instant_needs_no_reminder_of_it() -> None:
    invited = replace(OCCASION, invited_at=local("2026-05-13T09:01"))
    assert kinds(invited, "2026-05-14T09:00") == []
    assert kinds(invited, "2026-05-19T09:00") == ["day_before"]
    assert skipped([invited], local("2026-05-19T09:00")) == []
    assert [kind for at in MOMENTS for kind in kinds(replace(OCCASION, invited_at=None), at)] == []
    assert kinds(replace(OCCASION, invited_at=None, attended=True), "2026-05-22T09:00") == ["feedback"]


def test_who_was_told_of_a_new_date_after_the_instant_needs_no_reminder_of_it() -> None:
    moved = replace(OCCASION, moved_at=local("2026-05-15T10:00"))
    assert kinds(moved, "2026-05-16T09:00") == []
    assert kinds(moved, "2026-05-19T09:00") == ["day_before"]
    assert skipped([moved], local("2026-05-19T09:00")) == []


def test_what_is_planned_names_every_instant_and_until_when_it_is_of_use() -> None:
    assert [(one.what, one.at, one.until) for one in planned([OCCASION])] == [
        ("week_before", local("2026-05-13T09:00"), local("2026-05-19T09:00")),
        ("day_before", local("2026-05-19T09:00"), local("2026-05-20T07:30")),
        ("morning", local("2026-05-20T07:30"), local("2026-05-20T14:00")),
        ("feedback", local("2026-05-21T09:00"), local("2026-06-04T09:00")),
    ]


def test_feedback_waits_for_a_working_day() -> None:
    friday = replace(OCCASION, starts_at=local("2026-05-22T14:00"), ends_at=local("2026-05-22T17:00"))
    assert kinds(friday, "2026-05-23T09:00") == []
    assert kinds(friday, "2026-05-25T09:00") == ["feedback"]
    before_holiday = replace(OCCASION, starts_at=local("2026-09-30T14:00"), ends_at=local("2026-09-30T17:00"))
    assert [one.at for one in due([before_holiday], local("2026-10-08T09:00"))] == [local("2026-10-08T09:00")]
    closed = WorkCalendar({local("2026-05-25T00:00").date(): False})
    assert due([friday], local("2026-05-25T09:00"), calendar=closed) == []


def test_what_was_missed_is_reported_with_the_reason() -> None:
    found = skipped([OCCASION], local("2026-07-01T00:00"))
    assert [(one.what, one.reason) for one in found] == [
        ("week_before", "未能在会前一天的提醒之前发出，已由后者代替"),
        ("day_before", "未能在会议当天早晨之前发出，已由当天的提醒代替"),
        ("morning", "未能在会议开始之前发出"),
        ("feedback", "会后14天内未能发出，不再打扰"),
    ]
    assert skipped([OCCASION], local("2026-07-01T00:00"), {one.key for one in found}) == []


def test_an_event_before_breakfast_has_no_morning_reminder() -> None:
    early = replace(OCCASION, starts_at=local("2026-05-20T07:00"))
    assert kinds(early, "2026-05-20T06:59") == ["day_before"]
    assert kinds(early, "2026-05-20T07:30") == []
    assert [one.what for one in skipped([early], local("2026-05-20T08:00"))] == ["week_before", "day_before"]


@pytest.mark.parametrize("field", ["starts_at", "ends_at", "invited_at", "now"])
def test_times_without_a_zone_are_refused(field: str) -> None:
    naive = datetime(2026, 5, 13, 9, 0)  # noqa: DTZ001 - the point of the test
    occasion = OCCASION if field == "now" else replace(OCCASION, **{field: naive})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^提醒的时间必须带时区$"):
        due([occasion], naive if field == "now" else local("2026-05-13T09:00"))


@given(
    moves=st.lists(st.tuples(st.integers(0, 60 * 24 * 40), st.integers(0, 60)), max_size=6),
    ticks=st.lists(st.integers(1, 60 * 24 * 3), min_size=30, max_size=60),
    answered=st.sampled_from(["accepted", "unanswered"]),
)
@settings(max_examples=100, deadline=None)
def test_a_moved_event_never_reminds_twice_of_one_day(
    moves: list[tuple[int, int]], ticks: list[int], answered: Answer
) -> None:
    """Ticks at odd intervals while the event moves: per date and kind one letter at most, each at a sensible time."""
    now = local("2026-05-01T08:00")
    occasion = replace(OCCASION, answered=answered, invited_at=now - timedelta(days=30))
    pending = sorted(moves)
    sent: dict[str, datetime] = {}
    for step in ticks:
        now += timedelta(minutes=step)
        while pending and now >= local("2026-05-01T08:00") + timedelta(minutes=pending[0][0]):
            days = pending.pop(0)[1]
            starts_at = local("2026-05-20T14:00") + timedelta(days=days)
            occasion = replace(occasion, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
        for one in due([occasion], now, sent):
            assert one.key not in sent
            sent[one.key] = now
            date = occasion.starts_at.astimezone(SHANGHAI).date().isoformat()
            assert one.key == f"reminder:{one.what}:event:42:{date}:guest:7"
            assert one.at <= now
            if one.what != "feedback":
                assert now < occasion.starts_at
        missed = {one.key for one in skipped([occasion], now, sent)}
        assert missed.isdisjoint(sent)


@given(gap=st.integers(1, 60 * 24 * 60))
@settings(max_examples=60, deadline=None)
def test_nothing_wanted_is_lost_between_two_ticks(gap: int) -> None:
    """After any down time every reminder of the past was sent, is due now, or is reported as skipped."""
    before = local("2026-05-13T08:59")
    now = before + timedelta(minutes=gap)
    sent = {one.key for one in due([OCCASION], before)}
    told = {one.key for one in due([OCCASION], now, sent)} | {one.key for one in skipped([OCCASION], now, sent)}
    instants = {
        "week_before": local("2026-05-13T09:00"),
        "day_before": local("2026-05-19T09:00"),
        "morning": local("2026-05-20T07:30"),
        "feedback": local("2026-05-21T09:00"),
    }
    assert told == {f"reminder:{kind}:event:42:2026-05-20:guest:7" for kind, at in instants.items() if at <= now}
