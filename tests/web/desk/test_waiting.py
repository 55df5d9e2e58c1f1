"""The waiting list at the desk: places, offers, the order with a reason, a smaller room that takes offers back when told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain import clock
from app.extensions import db
from app.models.event import Event
from app.models.invitation import Invitation
from tests import line
from tests.cast import Cast, post, sign_in
from tests.season import NOW

pytestmark = pytest.mark.databases("sqlite")
LIST = "/desk/invitations/events/1/waiting"


@pytest.fixture
def guests(app: Flask) -> Iterator[list[int]]:
    """Five guests who said yes to a session of two seats."""
    clock.set_clock(NOW)
    ids = line.invited(app, guests=5, seats=2)
    for one in ids:
        line.yes(app, one)
    yield ids
    clock.set_clock(None)


@pytest.fixture
def desk(client: FlaskClient, guests: list[int], cast: Cast) -> FlaskClient:
    return sign_in(client, cast.desk)


def rows(desk: FlaskClient) -> list[str]:
    """The names of those who wait, in the order of the page."""
    part = desk.get(LIST).get_data(as_text=True).partition("按次序候补")[2]
    return [piece.partition("</a>")[0].rpartition(">")[2] for piece in part.split('data-label="单位"')[1:]]


def test_the_desk_sees_the_line_and_changes_it(app: Flask, guests: list[int], desk: FlaskClient) -> None:
    assert rows(desk) == ["第 3 家企业", "第 4 家企业", "第 5 家企业"]
    assert (
        post(desk, f"/desk/invitations/{guests[4]}/place", {"place": "1", "reason": "有一对一洽谈"}).status_code == 303
    )
    page = desk.get(LIST).get_data(as_text=True)
    assert "第 5 家企业现在是候补第 1 位。" in page
    assert "提供空位" not in page  # nothing is free
    assert rows(desk) == ["第 5 家企业", "第 3 家企业", "第 4 家企业"]
    post(desk, f"/desk/invitations/{guests[3]}/place", {"place": "1", "reason": ""})
    assert "请写明调整次序的理由" in desk.get(LIST).get_data(as_text=True)
    assert (
        post(desk, f"/desk/invitations/{guests[2]}/move", {"move": "remove", "reason": "来电不来了"}).status_code == 303
    )
    assert line.states(app) == ["accepted", "accepted", "unseated", "waiting", "waiting"]


def test_a_guest_in_line_and_one_with_an_offer_read_how_they_stand(
    app: Flask, guests: list[int], desk: FlaskClient
) -> None:
    line.no(app, guests[0])
    with app.app_context():
        links = app.extensions["links"]
        paths = [links.rsvp(db.session.get_one(Invitation, one)).removeprefix(links.public_url) for one in guests]
    offered, waiting, fresh = (desk.get(path).get_data(as_text=True) for path in (paths[2], paths[3], paths[1]))
    assert "已为贵单位保留 1 个座位，请在 2022-02-17 09:00 之前确认参加；逾期未确认，座位让给下一位候补。" in offered
    assert "确认参加</button>" in offered
    assert "候补，第 1 位（1 人）。" in waiting
    assert "保存更改</button>" in waiting
    assert "保存更改</button>" in fresh
    page = desk.get(LIST).get_data(as_text=True)
    assert "2022-02-17 09:00" in page.partition("按次序候补")[0]


def test_a_smaller_room_takes_offers_back_only_when_told_to(app: Flask, guests: list[int], desk: FlaskClient) -> None:
    for one in guests[:2]:
        line.no(app, one)
    assert line.states(app) == ["declined", "declined", "offered", "offered", "waiting"]
    edit = "/desk/events/1/edit"
    with app.app_context():
        event = db.session.get_one(Event, 1)
        form = {
            "line": "docking-cas", "title": event.title, "held_on": "2022-05-06", "starts": "09:00", "ends": "12:00",
            "talks_start": "09:30", "venue": str(event.venue_id), "place": event.place, "slot_count": "6",
            "slot_minutes": "20", "tables": "3", "capacity": "1", "seats_per_firm": "2", "offer_hours": "24",
            "version": str(event.version),
        }  # fmt: skip
    refused = post(desk, edit, form)
    assert refused.status_code == 422
    assert (
        "已有 0 人应邀，另为候补保留着 2 个座位待确认，座位不能少于 2。可以勾选“收回待确认的空位”"
        in refused.get_data(as_text=True)
    )
    assert line.states(app)[2:] == ["offered", "offered", "waiting"]
    assert post(desk, edit, {**form, "retract_offers": "y"}).status_code == 303
    assert (line.states(app)[2:], line.seats(app)) == (["offered", "waiting", "waiting"], (1, 1))
    with app.app_context():
        event = db.session.get_one(Event, 1)
        assert (event.capacity, event.seats_per_firm, event.offer_hours) == (1, 2, 24)
        version = str(event.version)
    assert post(desk, edit, {**form, "capacity": "3", "version": version}).status_code == 303
    assert (line.states(app)[2:], line.seats(app)) == (["offered", "offered", "offered"], (3, 3))
