"""The link by which a firm confirms a need entered for it: no account, no cookie, nothing written by looking."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.history import MoveRecord
from app.models.need import Need
from app.services.links import Links
from tests import shelf
from tests.cast import engage


@pytest.fixture
def need(session: Session) -> Need:
    cast = engage(session)
    made = shelf.need(session, cast.owner, state="submitted", published_at=None, valid_until=date(2098, 12, 31),
                      confirm_nonce="nonce-of-this-need", told_by="王工", source="visit")  # fmt: skip
    session.commit()
    return made


def path_of(app: Flask, need: Need, nonce: str | None = None) -> str:
    links: Links = app.extensions["links"]
    return "/confirm/" + links.token("confirm", need.id, nonce or need.confirm_nonce)


def again(session: Session, need: Need) -> Need:
    session.rollback()
    return session.get_one(Need, need.id)


def test_looking_fifty_times_writes_nothing(app: Flask, client: FlaskClient, need: Need, session: Session) -> None:
    path, before = path_of(app, need), session.scalar(select(func.count(MoveRecord.id)))
    for _ in range(25):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    assert again(session, need).confirmed_at is None
    assert session.scalar(select(func.count(MoveRecord.id))) == before


def test_one_click_confirms_without_a_cookie(app: Flask, need: Need, session: Session) -> None:
    stranger, path = app.test_client(use_cookies=False), path_of(app, need)
    page = stranger.get(path).text
    assert "高速电主轴热误差补偿" in page
    assert "csrf_token" not in page
    answer = stranger.post(path, data={"answer": "agree"})
    assert (answer.status_code, answer.location) == (303, path)
    assert "已确认属实" in stranger.get(path).text
    assert again(session, need).confirmed_at is not None
    line = session.scalars(select(MoveRecord).where(MoveRecord.noun == "need")).one()
    assert (line.verb, line.actor_role, line.actor_organisation) == ("confirm", "guest", "甲企业机械有限公司")


def test_a_difference_needs_words_and_keeps_them(app: Flask, client: FlaskClient, need: Need, session: Session) -> None:
    path = path_of(app, need)
    assert client.post(path, data={"answer": "dispute"}).status_code == 422
    long = client.post(path, data={"answer": "dispute", "note": "错" * 501})
    assert (long.status_code, "错" * 501 in long.text) == (422, True)
    assert client.post(path, data={"answer": "dispute", "note": "不是<b>刀补</b>"}).status_code == 303
    assert again(session, need).confirm_note == "不是<b>刀补</b>"
    assert "<b>刀补</b>" not in client.get(path).text


def test_the_answer_may_change_and_the_same_twice_is_once(
    app: Flask, client: FlaskClient, need: Need, session: Session
) -> None:
    path = path_of(app, need)
    for form in ({"answer": "dispute", "note": "不对"}, {"answer": "agree"}, {"answer": "agree"}):
        client.post(path, data=form)
    assert (again(session, need).confirm_note, need.confirmed_at is None) == ("", False)
    verbs = session.scalars(select(MoveRecord.verb).where(MoveRecord.noun == "need").order_by(MoveRecord.id)).all()
    assert verbs == ["dispute", "confirm"]


def test_a_tampered_link_leads_nowhere(app: Flask, client: FlaskClient, need: Need, session: Session) -> None:
    good = path_of(app, need)
    links: Links = app.extensions["links"]
    bad = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good[:10] + "x" + good[11:],
        path_of(app, need, "another-nonce"),
        "/confirm/" + links.token("rsvp", need.id, need.confirm_nonce),
        "/confirm/" + links.token("confirm", need.id + 1, need.confirm_nonce),
        "/confirm/" + links.token("confirm", str(need.id), need.confirm_nonce),
        "/confirm/" + links.token("confirm", need.id),
        "/confirm/nonsense",
    ]
    for path in bad:
        assert (path, client.get(path).status_code) == (path, 404)
        assert (path, client.post(path, data={"answer": "agree"}).status_code) == (path, 404)
    assert again(session, need).confirmed_at is None


def test_a_link_to_a_withdrawn_need_explains_and_writes_nothing(
    app: Flask, client: FlaskClient, need: Need, session: Session
) -> None:
    need._state = "withdrawn"
    session.commit()
    assert "已经撤回" in client.get(path_of(app, need)).text
    assert client.post(path_of(app, need), data={"answer": "agree"}).status_code == 303
    assert again(session, need).confirmed_at is None


def test_a_link_for_a_firms_own_need_does_not_exist(
    app: Flask, client: FlaskClient, need: Need, session: Session
) -> None:
    path = path_of(app, need)
    need.confirm_nonce = None
    session.commit()
    assert client.get(path).status_code == 404
