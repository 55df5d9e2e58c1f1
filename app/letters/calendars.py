"""Owns a guest's calendar entry: one event as an iCalendar object that is requested, updated and cancelled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from app.domain import clock
from app.letters.occasions import Facts, Talk
from app.letters.zone import local_zone

_TALK = re.compile(r"\d\d:\d\d—\d\d:\d\d ")
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


def entry(facts: Facts, method: Method, now: datetime) -> str:
    """The guest's entry for the whole event as iCalendar text; the same UID always, a SEQUENCE that never falls.

    REQUEST asks for it or updates it, CANCEL takes it out, PUBLISH is for downloading: it names no attendee, so that
    no calendar program mails an answer of its own.
    """
    event = Event()
    event.add("uid", facts.uid)
    event.add("sequence", facts.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", clock.local(facts.starts_at))
    event.add("dtend", clock.local(facts.ends_at))
    event.add("summary", facts.title)
    event.add("location", facts.place)
    event.add("description", _description(facts))
    event.add("url", facts.link)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("organizer", _person(facts.desk.email, facts.desk.name))
    if method != "PUBLISH":
        event.add("attendee", _attendee(facts))
    calendar = Calendar()
    calendar.add("prodid", "-//Xuchang Technology Market//Invitations//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(local_zone())
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def lines_of(talks: Iterable[Talk]) -> tuple[str, ...]:
    """One-to-one talks as a calendar entry names them, one line each."""
    return tuple(f"{talk.hours} {talk.table} {talk.partner}：{talk.subject}" for talk in talks)


def talks_in(text: str) -> tuple[str, ...]:
    """The one-to-one talks that a calendar entry of ours names, one line each: what its receiver was told."""
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return tuple(line for line in str(event.get("description", "")).splitlines() if _TALK.match(line))


def _attendee(facts: Facts) -> vCalAddress:
    person = _person(facts.email, facts.contact or facts.organisation)
    person.params["role"] = vText("REQ-PARTICIPANT")
    person.params["partstat"] = vText("ACCEPTED" if facts.accepted else "NEEDS-ACTION")
    person.params["rsvp"] = vText("FALSE")  # the answer comes through the signed link, where seats are counted
    return person


def _person(email: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{email}")
    person.params["cn"] = vText(name)
    return person


def _description(facts: Facts) -> str:
    talks = lines_of(facts.talks)
    lines = [
        *([f"一对一洽谈{facts.issue}："] if talks else []),
        *talks,
        f"回复或更改：{facts.link}",
        f"联系：{facts.desk.line}",
    ]
    return "\n".join(lines)
