"""Invitations in the portal: one's own and nobody else's, answered signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain import clock
from app.extensions import db
from tests import cast, invited, season
from tests.season import Stage

pytestmark = pytest.mark.databases("sqlite")
COMING = {"answer": "accept", "attendees": "葛长青", "party_size": "1"}


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    clock.set_clock(season.NOW)
    yield invited.staged(app)
    clock.set_clock(None)


def path_of(app: Flask, organisation_id: int) -> str:
    with app.app_context():
        return f"/portal/invitations/{invited.of(db.session(), organisation_id).id}"


def test_an_organisation_answers_its_own_invitation(app: Flask, stage: Stage, client: FlaskClient) -> None:
    invited.invite(app, stage)
    owner = cast.sign_in(client, stage.cast.owner)
    path = path_of(app, stage.cast.owner.organisation_id)
    assert "现在答复" in owner.get("/portal/invitations").get_data(as_text=True)
    assert owner.post(path, data=COMING).status_code == 400  # without the browser's token
    assert cast.post(owner, path, COMING).status_code == 303
    page = owner.get(path).get_data(as_text=True)
    assert "葛长青（共 1 人）" in page
    assert "登录回复" in page
    assert cast.post(owner, path, {"answer": "decline", "reason": ""}).status_code == 422
    assert cast.post(owner, path, {"answer": "decline", "reason": "审厂"}).status_code == 303
    with app.app_context():
        one = invited.of(db.session(), stage.cast.owner.organisation_id)
        assert (one.state, one.reason, one.replied_via, one.event.seats_taken) == ("declined", "审厂", "portal", 0)


@pytest.mark.parametrize("part", ["rival", "institute", "university"])
def test_nobody_sees_or_answers_for_another(app: Flask, stage: Stage, client: FlaskClient, part: str) -> None:
    invited.invite(app, stage)
    stranger = cast.sign_in(client, stage.cast.everyone()[part])
    path = path_of(app, stage.cast.owner.organisation_id)
    assert stranger.get(path).status_code == 404
    assert cast.post(stranger, path, COMING).status_code == 404
    assert "甲企业机械有限公司" not in stranger.get("/portal/invitations").get_data(as_text=True)


def test_a_draft_is_the_desks_own_business(app: Flask, stage: Stage, client: FlaskClient) -> None:
    from app.domain.actor import PROGRAMME
    from app.extensions import writing
    from app.models.event import Event
    from app.services import invitations

    with app.app_context(), writing() as session:
        invitations.draft_for(session, session.get_one(Event, stage.event_id), PROGRAMME, season.NOW)
    owner = cast.sign_in(client, stage.cast.owner)
    assert owner.get(path_of(app, stage.cast.owner.organisation_id)).status_code == 404
    assert "目前没有待参加的活动" in owner.get("/portal/invitations").get_data(as_text=True)
