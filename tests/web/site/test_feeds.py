"""Personal calendars: an address of one's own, dead at once when renewed or ended, kept as a hash; what stands in it."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from app.domain import clock
from app.extensions import db, writing
from app.models.event import Event
from app.models.feed import Feed
from app.models.people import Membership
from tests import invited, season
from tests.cast import Person, post, sign_in
from tests.jobs.test_reminders import answer, move_to
from tests.season import Stage

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """The session with everybody invited, seen from 15 February; 甲企业 comes."""
    clock.set_clock(season.NOW)
    staged = invited.staged(app)
    invited.invite(app, staged)
    answer(app, staged.cast.owner.organisation_id, accepts=True)
    yield staged
    clock.set_clock(None)


def address(client: FlaskClient, who: Person) -> str:
    """The path of a new address, as the page shows it."""
    sign_in(client, who)
    assert post(client, "/account/calendar", {}).location == "/account/calendar"
    found = re.search(r"/calendar/[\w-]+\.ics", client.get("/account/calendar").text)
    assert found
    return found[0]


def entries(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    ours = {str(one["uid"]): one for one in Calendar.from_ical(answer.text).walk("VEVENT")}
    theirs = {one.uid.value: one for one in vobject.readOne(answer.text).vevent_list}
    assert {uid: str(one["summary"]) for uid, one in ours.items()} == {
        uid: one.summary.value for uid, one in theirs.items()
    }
    return ours


def test_a_guest_sees_the_session_and_each_talk(app: Flask, client: FlaskClient, stage: Stage) -> None:
    path = address(client, stage.cast.owner)
    found = entries(app.test_client(), path)
    with app.app_context():
        invitation = invited.of(db.session(), stage.cast.owner.organisation_id).id
    session_uid = f"invitation-{invitation}@invitations.xuchang-market"
    talks = [f"talk-{stage.event_id}-{one}@invitations.xuchang-market" for one in stage.placed_ids]
    assert set(found) == {session_uid, *talks}
    assert found[session_uid].decoded("dtstart").astimezone(UTC) == season.START
    first = found[talks[0]]
    assert first.decoded("dtstart").astimezone(UTC) == season.START + timedelta(minutes=30)
    assert first.decoded("dtend").astimezone(UTC) == season.START + timedelta(minutes=50)
    assert str(first["summary"]) == "一对一洽谈：中国科学院某研究所"


def test_a_move_and_a_cancellation_reach_the_same_entries(app: Flask, client: FlaskClient, stage: Stage) -> None:
    path = address(client, stage.cast.owner)
    reader = app.test_client()
    before = entries(reader, path)
    moved = datetime(2022, 5, 13, 1, 0, tzinfo=UTC)
    move_to(app, stage, moved, season.NOW)
    after = entries(reader, path)
    assert set(after) == set(before)
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in after)
    [session_uid] = [uid for uid in after if uid.startswith("invitation-")]
    assert after[session_uid].decoded("dtstart").astimezone(UTC) == moved
    invited.move(app, Event, stage.event_id, "cancel", "场地检修")
    [(uid, gone)] = entries(reader, path).items()
    assert (uid, str(gone["status"])) == (session_uid, "CANCELLED")
    assert gone["sequence"] > after[session_uid]["sequence"]


def test_a_renewed_or_ended_address_is_dead_at_once_and_nobody_can_read_it_again(
    app: Flask, client: FlaskClient, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader = app.test_client()
    first = address(client, stage.cast.owner)
    assert first not in client.get("/account/calendar").text  # shown once
    token = first.removeprefix("/calendar/").removesuffix(".ics")
    with app.app_context():
        [row] = db.session.scalars(select(Feed)).all()
        assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    second = address(client, stage.cast.owner)
    assert [reader.get(path).status_code for path in (first, second)] == [404, 200]
    post(client, "/account/calendar/end", {})
    assert reader.get(second).status_code == 404
    assert token not in caplog.text


def test_who_is_no_member_any_more_has_no_calendar(app: Flask, client: FlaskClient, stage: Stage) -> None:
    path = address(client, stage.cast.owner)
    with app.app_context(), writing() as session:
        session.get_one(Membership, stage.cast.owner.membership_id)._state = "ended"
    assert app.test_client().get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 300, "%E8%AE%B8" * 20])
def test_an_address_nobody_has_is_not_found(client: FlaskClient, stage: Stage, token: str) -> None:
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_the_desk_sees_the_years_events(app: Flask, client: FlaskClient, stage: Stage) -> None:
    found = entries(app.test_client(), address(client, stage.cast.desk))
    assert list(found) == [f"event-{stage.event_id}@agenda.xuchang-market"]
