"""The season plan at the desk: looked at first, written once confirmed, refused when something changed in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clock
from app.extensions import db
from app.jobs import season
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.reference import Industry
from app.models.timetable_version import TimetableVersion
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


def test_another_venue_is_tried_with_its_tables_and_seats(
    app: Flask, client: FlaskClient, year: Cast, session: Session
) -> None:
    sign_in(client, year.desk)
    path = preview(app, client)
    post(client, "/desk/season", {"preview": path.rpartition("/")[2]})
    held = session.scalars(select(Meeting.event_id)).first()
    page = client.get(preview(app, client, what="venue", event=str(held), tables="1", capacity="4")).text
    assert "试算：换会场" in page
    assert "改到别的场次的配对" in page
    assert preview(app, client, what="venue", event=str(held)) == "/desk/season?year=2022"
    assert "请填写新会场的洽谈桌数或座位数。" in client.get("/desk/season?year=2022").text


def test_days_and_themes_are_proposed_for_sessions_without(
    app: Flask, client: FlaskClient, year: Cast, session: Session
) -> None:
    sign_in(client, year.desk)
    industry = session.scalars(select(Industry)).first()
    assert industry is not None
    for one in session.scalars(select(Event).where(Event.kind == "docking")):
        one.industries = [industry]
    session.commit()
    assert preview(app, client, what="advice") == "/desk/season?year=2022"
    assert "今年的对接会都有日期和主题，没有要补的。" in client.get("/desk/season?year=2022").text
    first, second = session.scalars(select(Event).where(Event.kind == "docking").order_by(Event.starts_at)).all()[:2]
    first._state, first.starts_at, first.ends_at, first.talks_start_at = "planned", None, None, None
    second.industries = []
    titles = (first.title, second.title)
    session.commit()
    page = client.get(preview(app, client, what="advice")).text
    assert "试算：补日期和主题" in page
    assert all(page.index("建议主题行业") < page.index(title, page.index("建议主题行业")) for title in titles)
    assert page.count("已有日期") == 1
    assert page.count("已有主题") == 1


def test_a_day_with_two_events_and_a_holiday_are_named(client: FlaskClient, year: Cast, session: Session) -> None:
    sign_in(client, year.desk)
    assert "请再看一下日期" not in client.get("/desk/season?year=2022").text
    first, second = session.scalars(select(Event).where(Event.kind == "docking").order_by(Event.starts_at)).all()[:2]
    labour_day = datetime(2022, 5, 1, 1, tzinfo=UTC)
    for one in (first, second):
        one.starts_at, one.ends_at, one.talks_start_at = labour_day, labour_day + timedelta(hours=3), labour_day
    session.commit()
    page = client.get("/desk/season?year=2022").text
    assert f"2022-05-01 有 2 场活动：{first.title}、{second.title}" in page
    assert f"2022-05-01 是劳动节，不是工作日：{first.title}" in page


def test_a_draft_that_the_plan_would_replace_is_named(
    app: Flask, client: FlaskClient, year: Cast, session: Session
) -> None:
    path = preview(app, sign_in(client, year.desk), keep_top="1")
    post(client, "/desk/season", {"preview": path.rpartition("/")[2]})
    meeting = session.scalars(select(Meeting)).first()
    assert meeting is not None
    moved = [[meeting.pairing_id, meeting.slot + 1, meeting.table_number, meeting.expert_id, 0]]
    session.add(
        TimetableVersion(event_id=meeting.event_id, number=9, origin="hand", placements=moved, made_at=market.NOW)
    )
    session.commit()
    page = client.get(preview(app, client, keep_top="3", again="1")).text
    assert "会取代没有发布的时间表草稿" in page
    assert "：第 9 稿" in page
    assert "有 1 场的时间表草稿会被取代，确定写入吗？" in page


def test_a_session_too_few_enterprises_would_attend_is_not_held_when_a_least_number_is_asked(
    app: Flask, client: FlaskClient, year: Cast, session: Session
) -> None:
    sign_in(client, year.desk)
    page = client.get(preview(app, client, least="5")).text
    assert "每场至少 5 家企业到会，凑不够的不办（已发邀请的除外）。" in page
    assert "到会企业太少，方案里不办" in page
    assert "到会企业都太少，不宜举办" in page
    assert preview(app, client, least="201") == "/desk/season?year=2022"
    assert "每场至少到会的企业数请填 0 到 200 之间的整数。" in client.get("/desk/season?year=2022").text
