"""The year's board, an event's page and its forms: who sees them, what they refuse, and that typed text is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock, sequences
from app.models.event import Event
from app.models.people import Organisation
from app.queries import events as queries
from app.services import events
from tests import market
from tests.cast import Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")
FORM = {
    "line": "topic-policy", "county": "", "title": "研发费用加计扣除宣讲", "summary": "", "held_on": "2022-05-06",
    "starts": "09:00", "ends": "11:30", "talks_start": "", "venue": "", "place": "二楼报告厅", "capacity": "80",
    "slot_count": "0", "slot_minutes": "20", "tables": "0", "pauses": "", "agenda": "09:00 签到\n专家讲解",
    "year": "2022",
}  # fmt: skip


@pytest.fixture
def year(cast: Cast, session: Session) -> Iterator[Cast]:
    """The nineteen events of 2022, seen from 15 February."""
    clock.set_clock(market.NOW)
    market.opened(session, announce=False)
    session.commit()
    yield cast
    clock.set_clock(None)


def docking_id(session: Session) -> int:
    session.rollback()
    return market.docking(session).id


def test_the_board_shows_every_line_and_what_is_missing(client: FlaskClient, year: Cast, session: Session) -> None:
    page = sign_in(client, year.desk).get("/desk/events").text
    for words in ("市厅会商对话会", "中科院专题", "许昌学院专题", "县域企业服务", "2022年12月", "2022-XCU-5"):
        assert words in page
    assert page.count("已够") == 7
    assert "补齐缺少的" not in page
    assert "2022-POLICY-1" not in client.get("/desk/events?line=cas&view=list").text
    assert "没有符合条件的活动" in client.get("/desk/events?state=held").text


def test_an_empty_year_can_be_filled_in_one_step(client: FlaskClient, cast: Cast, session: Session) -> None:
    clock.set_clock(market.NOW)
    assert "2022 年度还没有开设" in sign_in(client, cast.desk).get("/desk/events?year=2022").text
    answer = post(client, "/desk/events/fill", {"year": "2022"})
    assert (answer.status_code, answer.location) == (303, "/desk/events?year=2022")
    assert {one.state for one in session.scalars(select(Event))} == {"scheduled"}
    assert "已补齐 19 场活动" in client.get("/desk/events?year=2022").text
    assert post(sign_in(client, cast.county), "/desk/events/fill", {"year": "2022"}).status_code == 403
    clock.set_clock(None)


def test_who_sees_which_event(client: FlaskClient, year: Cast, session: Session) -> None:
    countys = session.scalars(select(Event).where(Event.topic == "county")).all()
    countys[0].county_id, countys[1].county_id = year.county_ids["禹州市"], year.county_ids["长葛市"]
    session.commit()
    own, other = f"/desk/events/{countys[0].id}", f"/desk/events/{countys[1].id}"
    seen = {
        part: [sign_in(client, person).get(path).status_code for path in (own, other)]
        for part, person in year.everyone().items()
    }
    assert seen == {
        "owner": [403, 403], "rival": [403, 403], "institute": [403, 403], "university": [403, 403],
        "desk": [200, 200], "county": [200, 404], "bureau": [200, 200], "admin": [200, 200],
    }  # fmt: skip
    sign_in(client, year.county)
    assert client.get(own + "/edit").status_code == 200
    assert client.get(f"/desk/events/{docking_id(session)}/edit").status_code == 403
    assert client.get("/desk/events/99999999999").status_code == 404
    sign_in(client, year.bureau)
    assert client.get(own + "/edit").status_code == 403
    assert post(client, own + "/move", {"move": "announce"}).status_code == 403


def test_a_new_event_is_entered_with_warnings_about_its_day(client: FlaskClient, year: Cast, session: Session) -> None:
    answer = post(sign_in(client, year.desk), "/desk/events/new?year=2022", FORM | {"held_on": "2022-05-02"})
    assert answer.status_code == 303
    made = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert made is not None
    assert answer.location == f"/desk/events/{made.id}"
    assert (made.state, queries.code(made), made.place) == ("planned", "2022-POLICY-3", "二楼报告厅")
    assert made.agenda == [{"time": "09:00", "title": "签到"}, {"time": "", "title": "专家讲解"}]
    assert "2022年5月2日是法定节假日（劳动节（补假）），请确认。" in client.get(answer.location).text


def test_a_wrong_form_keeps_what_was_typed_and_says_why(client: FlaskClient, year: Cast, session: Session) -> None:
    wrong = FORM | {"title": "", "ends": "08:00", "capacity": "很多", "held_on": "五月", "summary": "<script>加计</script>",
                    "pauses": "中午"}  # fmt: skip
    answer = post(sign_in(client, year.desk), "/desk/events/new?year=2022", wrong)
    assert answer.status_code == 422
    for words in (
        "请写成具体日期",
        "请填写整数。",
        "看不懂“中午”",
        "&lt;script&gt;加计",
        'value="很多"',
        'value="五月"',
    ):
        assert words in answer.text
    answer = post(
        client, "/desk/events/new?year=2022", wrong | {"capacity": "80", "held_on": "2022-05-06", "pauses": ""}
    )
    for words in ("请填写活动名称。", "结束时间应晚于开始时间（09:00）。"):
        assert words in answer.text
    assert session.scalar(select(Event).where(Event.summary.contains("加计"))) is None


def test_a_county_office_enters_topic_events_of_its_own_county(
    client: FlaskClient, year: Cast, session: Session
) -> None:
    page = sign_in(client, year.county).get("/desk/events/new?year=2022").text
    assert 'value="docking-cas"' not in page
    assert "长葛市</option>" not in page
    mine = FORM | {"line": "topic-county", "county": str(year.county_ids["禹州市"])}
    assert post(client, "/desk/events/new?year=2022", mine).status_code == 303
    for wrong in ({"county": str(year.county_ids["长葛市"])}, {"line": "dialogue"}):
        assert post(client, "/desk/events/new?year=2022", mine | wrong).status_code in (403, 422)
    assert session.scalars(select(Event.county_id).where(Event.title == FORM["title"])).all() == [
        year.county_ids["禹州市"]
    ]


def test_a_change_is_saved_and_a_stale_one_is_not(client: FlaskClient, year: Cast, session: Session) -> None:
    event_id = docking_id(session)
    event = session.get_one(Event, event_id)
    version, starts = event.version, event.starts_at
    form = FORM | {"title": "中科院专题（改）", "held_on": "2022-03-16", "starts": "13:30", "ends": "17:30",
                   "talks_start": "14:30", "slot_count": "6", "tables": "10", "pauses": "第4时段：15",
                   "version": str(version)}  # fmt: skip
    sign_in(client, year.desk)
    assert 'value="14:30"' in client.get(f"/desk/events/{event_id}/edit").text
    assert post(client, f"/desk/events/{event_id}/edit", form).status_code == 303
    session.rollback()
    event = session.get_one(Event, event_id)
    assert (event.title, event.slot_count, event.tables, event.pauses, event.kind) == (
        "中科院专题（改）", 6, 10, [[3, 15]], "docking",
    )  # fmt: skip
    assert event.starts_at == starts
    assert post(client, f"/desk/events/{event_id}/edit", form).status_code == 409
    answer = post(client, f"/desk/events/{event_id}/edit", form | {"version": str(event.version), "slot_count": "20"})
    assert answer.status_code == 422
    assert "20 个时段要排到21:25，超过了结束时间 17:30" in answer.text


def test_moves_and_a_new_date(client: FlaskClient, year: Cast, session: Session) -> None:
    event_id = docking_id(session)
    page = sign_in(client, year.desk).get(f"/desk/events/{event_id}").text
    assert ("对外公告" in page, "登记已举办" in page, "改期或改地点" in page) == (True, False, True)
    assert post(client, f"/desk/events/{event_id}/move", {"move": "announce"}).status_code == 303
    assert "这场活动现在是“已公告”" in client.get(f"/desk/events/{event_id}").text
    shown = {"held_on": "2022-03-17", "starts": "13:30", "ends": "17:30", "talks_start": "14:30", "place": "二楼"}
    answer = post(client, f"/desk/events/{event_id}/postpone", shown | {"ends": "15:00"})
    assert (answer.status_code, "超过了结束时间 15:00" in answer.text) == (422, True)
    assert post(client, f"/desk/events/{event_id}/postpone", shown).status_code == 303
    session.rollback()
    event = session.get_one(Event, event_id)
    assert (event.state, events.schedule_of(event).held_on) == ("scheduled", date(2022, 3, 17))
    assert event.sequence >= sequences.risen(market.NOW, 0)
    post(client, f"/desk/events/{event_id}/move", {"move": "cancel"})
    assert "请写明取消活动的理由" in client.get(f"/desk/events/{event_id}").text
    assert post(client, f"/desk/events/{event_id}/move", {"move": "report"}).status_code == 409


def test_released_achievements_are_chosen_from_the_hosts(client: FlaskClient, year: Cast, session: Session) -> None:
    event_id = docking_id(session)
    sign_in(client, year.desk)
    assert "没有可以发布的成果" in client.get(f"/desk/events/{event_id}/releases").text
    offered = market.trade(session)
    session.get_one(Event, event_id).hosts = [session.get_one(Organisation, offered.institutes[0])]
    session.commit()
    page = client.get(f"/desk/events/{event_id}/releases").text
    assert [f"第{number}研究所的补偿装置" in page for number in (1, 2, 3)] == [True, False, False]
    chosen = session.get_one(Event, event_id)
    found = queries.releasable(session, chosen)
    session.rollback()
    assert post(client, f"/desk/events/{event_id}/releases", {"achievement": [str(found[0].id)]}).status_code == 303
    session.rollback()
    assert [one.title for one in session.get_one(Event, event_id).releases] == ["第1研究所的补偿装置"]
    assert post(client, f"/desk/events/{event_id}/releases", {"achievement": ["999"]}).status_code == 422
