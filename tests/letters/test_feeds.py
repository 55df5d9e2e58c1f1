"""The public calendar is read by a calendar program."""

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Component

from app.letters.feeds import FeedEvent, calendar

START = datetime(2022, 5, 6, 1, 0, tzinfo=UTC)


def feed_event(**given: object) -> FeedEvent:
    values: dict[str, object] = {
        "uid": "event-1@agenda.xuchang-market", "title": "中科院专题，第 1 场；智能装备", "starts_at": START,
        "ends_at": START + timedelta(hours=8), "place": "路演厅", "text": "第一行\n第二行", "url": "http://x.test/events/1",
        "sequence": 2, "changed_at": START - timedelta(days=9), "cancelled": False,
    }  # fmt: skip
    return FeedEvent(**(values | given))  # type: ignore[arg-type]


def value(component: Component, name: str) -> Any:
    """What the calendar program makes of a property."""
    return component.decoded(name)


def test_an_event_comes_back_as_it_was_given() -> None:
    [found] = Calendar.from_ical(calendar("年度活动", [feed_event()])).walk("VEVENT")
    assert {
        "uid": value(found, "uid"),
        "summary": value(found, "summary"),
        "start": value(found, "dtstart").astimezone(UTC),
        "hour": value(found, "dtstart").hour,
        "end": value(found, "dtend").astimezone(UTC),
        "location": value(found, "location"),
        "description": value(found, "description"),
        "sequence": value(found, "sequence"),
        "status": value(found, "status"),
    } == {
        "uid": "event-1@agenda.xuchang-market",
        "summary": "中科院专题，第 1 场；智能装备",
        "start": START,
        "hour": 9,
        "end": START + timedelta(hours=8),
        "location": "路演厅",
        "description": "第一行\n第二行",
        "sequence": 2,
        "status": "CONFIRMED",
    }


def test_a_cancelled_event_says_so_and_keeps_its_uid() -> None:
    [found] = Calendar.from_ical(calendar("年度活动", [feed_event(cancelled=True, sequence=3)])).walk("VEVENT")
    assert (value(found, "uid"), value(found, "status"), value(found, "sequence")) == (
        "event-1@agenda.xuchang-market", "CANCELLED", 3,
    )  # fmt: skip


def test_an_empty_year_is_a_calendar_without_events() -> None:
    read = Calendar.from_ical(calendar("年度活动", []))
    assert (read.walk("VEVENT"), str(read["x-wr-calname"])) == ([], "年度活动")
