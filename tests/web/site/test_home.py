"""The front page on an empty and on a filled database."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.domain import clock
from app.services import reference
from tests import shelf
from tests.cast import engage


def test_an_empty_service_has_a_front_page(client: FlaskClient, session: Session) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert re.findall(r'<b class="figure">(\d+)</b>', answer.text) == ["0", "0", "0", "0"]
    assert [title for title in ("今年的安排还在制定", "近期没有已公告的活动") if title not in answer.text] == []


def test_the_front_page_shows_the_year_the_next_event_and_the_newest(client: FlaskClient, session: Session) -> None:
    now = clock.now()
    cast = engage(session)
    reference.ensure_year(session, clock.today(now).year, now)
    soon = shelf.event(session, year=clock.today(now).year, starts_at=now + timedelta(days=9))
    newest = shelf.need(session, cast.owner, valid_until=None)
    offer = shelf.achievement(session, cast.institute)
    session.commit()
    text = client.get("/").text
    linked = re.findall(r'<h3[^>]*><a href="([^"]*)">', text)
    assert linked == [f"/events/{soon.id}", f"/achievements/{offer.id}", f"/needs/{newest.id}"]
    assert re.findall(r'<span class="arm-sign" aria-hidden="true">([^<]*)</span>', text) == ["1", "10", "N"]


def test_pages_bring_nothing_from_elsewhere(client: FlaskClient, session: Session) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert [part for part in policy.split(";") if "unsafe" in part] == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', answer.text) == []
