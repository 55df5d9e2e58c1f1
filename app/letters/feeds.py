"""Owns the public calendar: announced events as one iCalendar text that calendar programs can subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from app.domain import clock
from app.letters.zone import local_zone


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event of the calendar. `uid` stays the same for ever; `sequence` rises with each change."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    text: str
    url: str
    sequence: int
    changed_at: datetime
    cancelled: bool


def calendar(name: str, events: Iterable[FeedEvent]) -> str:
    """The calendar as text (METHOD:PUBLISH), times on the clock of Xuchang with the zone's definition included."""
    feed = Calendar()
    feed.add("prodid", "-//Xuchang Technology Market//Agenda//ZH")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    feed.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    feed.add_component(local_zone())
    for one in events:
        entry = Event()
        entry.add("uid", one.uid)
        entry.add("summary", one.title)
        entry.add("dtstart", clock.local(one.starts_at))
        entry.add("dtend", clock.local(one.ends_at))
        entry.add("dtstamp", one.changed_at)
        entry.add("last-modified", one.changed_at)
        entry.add("sequence", one.sequence)
        entry.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
        if one.place:
            entry.add("location", one.place)
        if one.text:
            entry.add("description", one.text)
        entry.add("url", one.url)
        feed.add_component(entry)
    return str(feed.to_ical().decode())
