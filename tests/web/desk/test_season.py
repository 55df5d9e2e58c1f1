"""The season plan at the desk: looked at first, written once confirmed, refused when something changed in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clock
from app.extensions import db
from app.jobs import season
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from tests import market
from tests.cast import Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def year(cast: Cast, session: Session) -> Iterator[Cast]:
    """The events of 2022 with four firms and three institutes, seen from 15 February."""
    clock.set_clock(market.NOW)
    market.opened(session)
    market.trade(session)
    session.commit()
    yield cast
    clock.set_clock(None)


def meetings(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(Meeting.id))) or 0


def preview(app: Flask, client: FlaskClient, **asked: str) -> str:
    """Ask for a plan and let the job compute it; where it is."""
    answer = post(client, "/desk/season/previews", {"year": "2022", "keep_top": "3"} | asked)
    assert answer.status_code == 303
    if "/previews/" in answer.location:
        assert "正在计算" in client.get(answer.location).text
        db.session.rollback()  # the test's own context would keep showing what it has just read
        with app.app_context():
            assert season.due(market.NOW)
            assert season.run(market.NOW, lambda: False) == {"plans": 1}
            assert not season.due(market.NOW)
    return str(answer.location)


def test_a_plan_is_shown_before_it_is_written(app: Flask, client: FlaskClient, year: Cast, session: Session) -> None:
    assert "入选的配对都已排上" in sign_in(client, year.desk).get("/desk/season").text
    path = preview(app, client, keep_top="2")
    page = client.get(path).text
    assert ("还没有写入" in page, "新入选 8 个" in page, meetings(session)) == (True, True, 0)
    answer = post(client, "/desk/season", {"preview": path.rpartition("/")[2]})
    assert (answer.status_code, answer.location, meetings(session)) == (303, "/desk/season?year=2022", 8)
    assert "排期已写入：10 场对接会共排定 8 场洽谈，0 个配对未排上，冲突 0 处。" in client.get("/desk/season").text
    assert "方案与现有安排一致" in client.get(preview(app, client, keep_top="2")).text


def test_what_changed_since_is_not_overwritten(app: Flask, client: FlaskClient, year: Cast, session: Session) -> None:
    path = preview(app, sign_in(client, year.desk))
    session.get_one(Pairing, session.scalars(select(Pairing.id)).first())._state = "dismissed"
    session.commit()
    answer = post(client, "/desk/season", {"preview": path.rpartition("/")[2]})
    assert (answer.status_code, answer.location) == (303, "/desk/season?year=2022")
    assert "方案没有写入；请重新生成方案" in client.get(answer.location).text
    assert meetings(session) == 0


def test_nonsense_is_answered_on_the_page(app: Flask, client: FlaskClient, cast: Cast, session: Session) -> None:
    clock.set_clock(market.NOW)
    sign_in(client, cast.desk)
    assert "2022 年度还没有对接会" in client.get("/desk/season").text
    path = preview(app, client, keep_top="99")
    assert path == "/desk/season?year=2022"
    assert "请填 0 到 10 之间的整数" in client.get(path).text
    assert "2022 年没有可以排期的对接会" in client.get(preview(app, client)).text
    assert client.get("/desk/season/previews/77").status_code == 404
    clock.set_clock(None)


def test_a_change_is_tried_and_nothing_is_written(
    app: Flask, client: FlaskClient, year: Cast, session: Session
) -> None:
    sign_in(client, year.desk)
    path = preview(app, client)
    post(client, "/desk/season", {"preview": path.rpartition("/")[2]})
    held = session.scalars(select(Meeting.event_id)).first()
    before = meetings(session)
    page = client.get(preview(app, client, what="lost", event=str(held))).text
    assert ("试算：不办了" in page, "改到别的场次的配对" in page, "什么都没有写入" in page) == (True, True, True)
    page = client.get(preview(app, client, what="moved", event=str(held), day="2022-05-01")).text
    assert "2022-05-01是劳动节，不是工作日" in page
    assert "总价值不变" in page
    page = client.get(preview(app, client, what="added", event=str(held), day="2022-06-14")).text
    assert "试算：加办一场" in page
    assert meetings(session) == before
    answer = post(client, "/desk/season", {"preview": "2"})
    assert "只是试算，不能写入" in client.get(answer.location).text
    for given in ({"what": "moved", "event": str(held)}, {"what": "lost", "event": "999"}):
        assert preview(app, client, **given) == "/desk/season?year=2022"


def test_who_plans_and_who_looks(client: FlaskClient, year: Cast) -> None:
    looking = {part: sign_in(client, one).get("/desk/season").status_code for part, one in year.everyone().items()}
    assert looking == {
        "owner": 403, "rival": 403, "institute": 403, "university": 403, "desk": 200, "county": 403, "bureau": 200,
        "admin": 200,
    }  # fmt: skip
    sign_in(client, year.bureau)
    assert "生成排期方案" not in client.get("/desk/season").text
    assert post(client, "/desk/season/previews", {"year": "2022"}).status_code == 403
    assert client.get("/desk/season/previews/1").status_code == 403
    assert post(client, "/desk/season", {"preview": "1"}).status_code == 403
