"""The season plan at the desk: looked at first, written once confirmed, refused when something changed in between."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clock
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


def mark(page: str) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_a_plan_is_shown_before_it_is_written(client: FlaskClient, year: Cast, session: Session) -> None:
    assert "入选的配对都已排上" in sign_in(client, year.desk).get("/desk/season").text
    page = client.get("/desk/season/preview?year=2022&keep_top=2").text
    assert ("还没有写入" in page, "新入选 8 个" in page, meetings(session)) == (True, True, 0)
    asked = {"year": "2022", "keep_top": "2", "again": "0", "mark": mark(page)}
    answer = post(client, "/desk/season", asked)
    assert (answer.status_code, answer.location, meetings(session)) == (303, "/desk/season?year=2022", 8)
    assert "排期已写入：10 场对接会共排定 8 场洽谈，0 个配对未排上，冲突 0 处。" in client.get("/desk/season").text
    assert "方案与现有安排一致" in client.get("/desk/season/preview?year=2022&keep_top=2").text


def test_what_changed_since_is_not_overwritten(client: FlaskClient, year: Cast, session: Session) -> None:
    page = sign_in(client, year.desk).get("/desk/season/preview?year=2022").text
    session.get_one(Pairing, session.scalars(select(Pairing.id)).first())._state = "dismissed"
    session.commit()
    answer = post(client, "/desk/season", {"year": "2022", "keep_top": "3", "mark": mark(page)})
    assert (answer.status_code, answer.location) == (303, "/desk/season/preview?year=2022&keep_top=3")
    assert "方案没有写入" in client.get(answer.location).text
    assert meetings(session) == 0


def test_nonsense_is_answered_on_the_page(client: FlaskClient, cast: Cast, session: Session) -> None:
    clock.set_clock(market.NOW)
    sign_in(client, cast.desk)
    assert "2022 年度还没有对接会" in client.get("/desk/season").text
    answer = client.get("/desk/season/preview?keep_top=99")
    assert answer.location == "/desk/season?year=2022"
    assert "请填 0 到 10 之间的整数" in client.get(answer.location).text
    assert "2022 年没有可以排期的对接会" in client.get("/desk/season/preview", follow_redirects=True).text
    clock.set_clock(None)


def test_who_plans_and_who_looks(client: FlaskClient, year: Cast) -> None:
    looking = {part: sign_in(client, one).get("/desk/season").status_code for part, one in year.everyone().items()}
    assert looking == {
        "owner": 403, "rival": 403, "institute": 403, "university": 403, "desk": 200, "county": 403, "bureau": 200,
        "admin": 200,
    }  # fmt: skip
    sign_in(client, year.bureau)
    assert "生成排期方案" not in client.get("/desk/season").text
    assert client.get("/desk/season/preview").status_code == 403
    assert post(client, "/desk/season", {"year": "2022"}).status_code == 403
