"""Calendar entries as two calendar programs read them: the same entry all its life, Chinese folded right, the zone included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.domain import clock, sequences
from app.letters.calendars import Method, entry
from app.letters.occasions import Desk, Facts, Talk

NOW = datetime(2022, 4, 1, 1, 0, tzinfo=UTC)
START = datetime(2022, 5, 6, 1, 0, tzinfo=UTC)
LONG = "高端装备制造与新材料产业技术需求一对一洽谈；含曲轴磨床热误差补偿，" * 6


def facts(**given: Any) -> Facts:
    talk = Talk(True, "曲轴磨床热误差补偿", "中国科学院某研究所", LONG, "", "09:30—09:50", "3号桌", "热专家（研究员）")
    known = Facts(
        event_id=1, invitation_id=7, organisation="甲企业", contact="葛长青", email="owner@cast.test",
        title="中科院专题，第 1 场；智能装备\\新材料", starts_at=START, ends_at=START + timedelta(hours=3),
        place="许昌会展中心二楼 3 号厅（魏都区许州路 1 号）", talks=(talk,), waiting=(), link="http://x.test/rsvp/abc",
        desk=Desk("许昌科技大市场", "0374-1", "market@cast.test"), sequence=3,
        uid="invitation-7@invitations.xuchang-market",
    )  # fmt: skip
    return replace(known, **given)


def lines(text: str) -> list[bytes]:
    return text.encode().split(b"\r\n")


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH"])
def test_two_programs_read_the_same(method: Method) -> None:
    text = entry(facts(), method, NOW)
    [ours] = Calendar.from_ical(text).walk("VEVENT")
    other = vobject.readOne(text)
    theirs = other.vevent
    assert str(other.method.value) == method
    assert theirs.uid.value == str(ours["uid"]) == "invitation-7@invitations.xuchang-market"
    assert int(theirs.sequence.value) == ours["sequence"] == 3
    assert theirs.summary.value == str(ours["summary"]) == facts().title
    assert theirs.description.value == str(ours["description"])
    assert LONG in theirs.description.value
    assert theirs.location.value == facts().place
    assert theirs.dtstart.value.astimezone(UTC) == ours.decoded("dtstart").astimezone(UTC) == START
    assert theirs.dtend.value.astimezone(UTC) == START + timedelta(hours=3)
    assert theirs.status.value == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
    assert hasattr(theirs, "attendee") == (method != "PUBLISH")


def test_the_zone_comes_with_the_entry_and_is_used() -> None:
    calendar = Calendar.from_ical(entry(facts(), "REQUEST", NOW))
    [zone] = calendar.walk("VTIMEZONE")
    [event] = calendar.walk("VEVENT")
    assert str(zone["tzid"]) == event["dtstart"].params["TZID"] == str(clock.LOCAL)
    assert event.decoded("dtstart").utcoffset() == timedelta(hours=8)


@given(st.text(alphabet="许昌科技大市场，；\\:,; 中科院👍0aé\n", max_size=300))
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(title: str) -> None:
    text = entry(facts(title=title, place=title), "REQUEST", NOW)
    for line in lines(text):
        assert len(line) <= 75
        line.decode()  # a character cut in two would not decode
    [event] = Calendar.from_ical(text).walk("VEVENT")
    assert str(event["location"]) == title


def test_the_number_rises_with_each_change_and_survives_an_older_copy() -> None:
    first = sequences.risen(NOW, 0)
    again = sequences.risen(NOW, first)
    later = sequences.risen(NOW + timedelta(days=1), 0)  # the copy knows nothing of the two before
    assert 0 < first < again < later < 2**31
    assert sequences.risen(NOW - timedelta(days=9), later) == later + 1  # a clock put back
    assert sequences.standing(first, later) == later
