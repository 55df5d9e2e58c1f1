"""A session's timetable at the desk: the grid, each guest's day, a move that clashes, and the pages to print."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.models.meeting import Meeting
from app.models.people import Organisation
from tests import market
from tests.cast import Cast, post, sign_in
from tests.market import Market

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def offered(cast: Cast, session: Session) -> Iterator[Market]:
    """Twelve pairings kept for the first session of the Academy, without a timetable."""
    clock.set_clock(market.NOW)
    market.opened(session)
    made = market.trade(session)
    market.kept(session, made.pairings, market.docking(session))
    session.commit()
    yield made
    clock.set_clock(None)


@pytest.fixture
def path(session: Session, offered: Market) -> str:
    """Where the timetable is."""
    found = f"/desk/events/{market.docking(session).id}/timetable"
    session.rollback()
    return found


def published(client: FlaskClient, path: str) -> str:
    """Publish the draft as the page of its comparison offers it; what the timetable's page says then."""
    page = client.get(path + "/compare").text
    fields = dict(re.findall(r'name="(number|seen)" value="([^"]+)"', page))
    assert post(client, path + "/publish", fields).status_code == 303
    return client.get(path).text


def rows(session: Session) -> dict[int, Meeting]:
    session.rollback()
    return {row.pairing_id: row for row in session.scalars(select(Meeting))}


def test_a_timetable_is_built_and_shown_in_three_ways(
    client: FlaskClient, cast: Cast, session: Session, path: str
) -> None:
    page = sign_in(client, cast.desk).get(path).text
    assert ("还没有洽谈安排" in page, page.count("手工安排")) == (True, 12)
    assert post(client, path + "/build").status_code == 303
    page = client.get(path).text
    assert "时间表已编好：12 场洽谈，0 个配对未排上，冲突 0 处。这是草稿" in page
    assert (rows(session), "来宾还看不到时间表" in page) == ({}, True)
    assert ("14:30—14:50" in page, "休息 10 分钟" in page, "第1机械厂" in page) == (True, True, True)
    assert client.get(path + "?view=enterprises").text.count("3 场</span>") == 4
    assert client.get(path + "?view=experts").text.count("4 场</span>") == 3
    assert post(client, path + "/build").status_code == 303
    assert "时间表已是最新，没有改动。" in client.get(path).text
    page = published(client, path)
    assert "第 1 版已发布。没有来宾需要通知。" in page
    assert ("匹配总分已证明最优" in page, len(rows(session))) == (True, 12)


def test_a_clash_is_named_on_the_page_and_the_choice_is_kept(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    post(sign_in(client, cast.desk), path + "/build")
    published(client, path)
    first, second = (rows(session)[pairing_id] for pairing_id in offered.pairings[:2])
    moved = {"deed": "put", "seen": f"{first.slot}-{first.table_number}", "slot": str(second.slot + 1), "table": "15"}
    answer = post(client, f"{path}/meetings/{first.pairing_id}", moved)
    assert answer.status_code == 422
    assert "这样安排会冲突，没有写入" in answer.text
    assert "第1机械厂在第" in answer.text
    assert f'<option value="{second.slot + 1}" selected>' in answer.text
    assert '<option value="15" selected>15 号桌</option>' in answer.text
    assert (rows(session)[first.pairing_id].slot, rows(session)[first.pairing_id].is_locked) == (first.slot, False)
    assert post(client, f"{path}/meetings/{first.pairing_id}", moved | {"slot": "x"}).status_code == 422


def test_a_meeting_is_moved_locked_and_taken_out(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    post(sign_in(client, cast.desk), path + "/build")
    published(client, path)
    row = rows(session)[offered.pairings[0]]
    deed = f"{path}/meetings/{row.pairing_id}"
    moved = {"deed": "put", "seen": f"{row.slot}-{row.table_number}", "slot": str(row.slot + 1), "table": "15"}
    answer = post(client, deed, moved)
    assert (answer.status_code, answer.location) == (303, f"{path}?pairing={row.pairing_id}#move")
    assert "已调整，并锁定在新的位置。" in client.get(answer.location).text
    assert rows(session)[row.pairing_id].table_number == row.table_number, "only the draft has moved"
    assert post(client, deed, moved).status_code == 409, "somebody saw it elsewhere"
    assert "换桌 1 场" in client.get(path).text or "改时间 1 场" in client.get(path).text
    published(client, path)
    assert (rows(session)[row.pairing_id].table_number, rows(session)[row.pairing_id].is_locked) == (14, True)
    post(client, deed, {"deed": "unlock"})
    assert rows(session)[row.pairing_id].is_locked is False
    post(client, deed, {"deed": "out"})
    published(client, path)
    assert row.pairing_id not in rows(session)
    assert "人工取出，没有安排时段" in client.get(path).text
    assert post(client, deed, {"deed": "out"}).status_code == 404


def test_a_county_office_sees_the_talks_of_its_own_firms_and_touches_nothing(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    post(sign_in(client, cast.desk), path + "/build")
    published(client, path)
    session.get_one(Organisation, offered.firms[0]).county_id = cast.county_ids["禹州市"]
    session.commit()
    for page in (path, path + "?view=experts", path + "/print"):
        shown = sign_in(client, cast.county).get(page).text
        assert [firm in shown for firm in ("第1机械厂", "第2机械厂", "第3机械厂", "第4机械厂")] == [
            True,
            False,
            False,
            False,
        ]
    assert "时间表由许昌科技大市场编排" in client.get(path).text
    assert post(client, path + "/build").status_code == 403
    deed = f"{path}/meetings/{offered.pairings[0]}"
    assert [post(client, deed, {"deed": name}).status_code for name in ("put", "out", "lock")] == [422, 403, 403]
    assert sign_in(client, cast.owner).get(path).status_code == 403


def test_the_handbook_has_a_page_for_every_table_and_guest(
    client: FlaskClient, cast: Cast, session: Session, path: str
) -> None:
    assert "还没有洽谈安排" in sign_in(client, cast.desk).get(path + "/print").text
    post(client, path + "/build")
    published(client, path)
    page = client.get(path + "/print").text
    assert "时间表第 1 版" in page
    tables = {row.table_number for row in rows(session).values()}
    assert page.count('class="slip"') == len(tables) + 4 + 3
    assert page.count(">第1机械厂<") == 3 + 1 + 3


def test_two_versions_are_compared_and_an_earlier_one_comes_back(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    assert sign_in(client, cast.desk).get(path + "/compare").status_code == 404
    assert "还没有版本" in client.get(path + "/versions").text
    post(client, path + "/build")
    published(client, path)
    row = rows(session)[offered.pairings[0]]
    move = {"deed": "put", "seen": f"{row.slot}-{row.table_number}", "slot": str(row.slot + 1), "table": "15"}
    post(client, f"{path}/meetings/{row.pairing_id}", move)
    page = client.get(path + "/compare").text
    assert ("换桌 1 场；涉及 2 家单位；11 场不变" in page, "发布为第 2 版" in page) == (True, True)
    assert "他们还没有收到过时间，不必通知。" in page
    published(client, path)
    page = client.get(path + "/versions").text
    assert ("第 2 版，现行" in page, "手工调整" in page, "第 1 版" in page) == (True, True, True)
    answer = post(client, path + "/versions/1/restore")
    assert (answer.status_code, answer.location) == (303, path + "/compare")
    assert "内容同第 1 版，已成为新的草稿" in client.get(answer.location).text
    assert "第 3 版已发布" in published(client, path)
    assert rows(session)[row.pairing_id].table_number == row.table_number
    assert "换桌 1 场" in client.get(path + "/compare?old=1&new=2").text
    assert "没有洽谈不同" in client.get(path + "/compare?old=1&new=3").text
    assert client.get(path + "/compare?new=9").status_code == 404


def test_a_draft_is_given_up_or_refused_when_it_is_another_one(
    client: FlaskClient, cast: Cast, session: Session, path: str
) -> None:
    post(sign_in(client, cast.desk), path + "/build")
    answer = post(client, path + "/publish", {"number": "1", "seen": "anything"})
    assert (answer.status_code, answer.location) == (303, path + "/versions")
    assert "没有发布；请看过最新的比较再发布" in client.get(answer.location).text
    assert post(client, path + "/discard").status_code == 303
    assert "已放弃 1 稿" in client.get(path).text
    assert "已放弃" in client.get(path + "/versions").text
    assert post(client, path + "/discard").status_code == 404
    assert rows(session) == {}


def test_what_breaks_a_rule_is_named_and_cannot_be_published(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    post(sign_in(client, cast.desk), path + "/build")
    shown = dict(re.findall(r'name="(number|seen)" value="([^"]+)"', client.get(path + "/compare").text))
    market.invited(session, market.docking(session), offered.firms[0], "accepted", party_size=1, arrives_at="17:10")
    session.commit()
    page = client.get(path + "/compare").text
    assert ("违反了下面的规则，不能发布" in page, "发布为第 1 版" in page) == (True, False)
    assert "第1机械厂在第" in page
    assert post(client, path + "/publish", shown).status_code == 303, "it is no longer what was looked at"
    assert rows(session) == {}


def test_a_repair_is_looked_at_adopted_and_published(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    assert "还没有洽谈安排" not in sign_in(client, cast.desk).get(path + "/repair").text, "there are people already"
    post(client, path + "/build")
    published(client, path)
    before = {one: (row.slot, row.table_number) for one, row in rows(session).items()}
    chosen = {"what": "cancelled", "person": f"E{offered.firms[0]}", "slot": "1"}
    page = client.get(path + "/repair", query_string=chosen).text
    assert ("第1机械厂不能到会" in page, "取消" in page, "采用为草稿" in page) == (True, True, True)
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    assert post(client, path + "/repair", chosen | {"seen": "old"}).status_code == 409
    answer = post(client, path + "/repair", chosen | {"seen": seen[1]})
    assert (answer.status_code, answer.location) == (303, path + "/compare")
    assert len(rows(session)) == 12
    assert "第 2 版已发布" in published(client, path)
    assert {one: (row.slot, row.table_number) for one, row in rows(session).items()} == {
        one: place for one, place in before.items() if one not in offered.pairings[:3]
    }
    assert "已经计入的现场变化" in client.get(path).text
    assert post(client, path + "/repair/withdraw", {"position": "1"}).status_code == 303
    assert "撤销：第1机械厂不能到会" in client.get(path).text


def test_what_was_not_chosen_is_asked_for(client: FlaskClient, cast: Cast, path: str) -> None:
    post(sign_in(client, cast.desk), path + "/build")
    for given, words in (
        ({"what": "late", "person": "E0", "slot": "2"}, "请选择参会人。"),
        ({"what": "slot", "slot": "99"}, "请选择时段。"),
        ({"what": "table", "slot": "1", "table": "x"}, "请选择桌号。"),
        ({"what": "walk_in", "pairing": "1"}, "请从列出的配对中选择一个。"),
    ):
        answer = client.get(path + "/repair", query_string=given)
        assert (answer.status_code, words in answer.text) == (422, True), given
    assert client.get(path + "/repair?what=earthquake").status_code == 200
    assert post(client, path + "/repair", {}).status_code == 422


def test_advice_is_computed_kept_and_called_outdated(
    client: FlaskClient, cast: Cast, session: Session, offered: Market, path: str
) -> None:
    assert "还没有计算过" in sign_in(client, cast.desk).get(path + "/advice").text
    post(client, path + "/build")
    assert post(client, path + "/advice").status_code == 303
    page = client.get(path + "/advice").text
    assert ("意愿共 12 场" in page, "现有 8 个" in page, "模拟1000天" in page) == (True, True, True)
    assert ("多20分钟（一个时段）：没有增加" in page, "没有瓶颈" in page) == (True, True)
    assert "建议重新计算" not in page
    market.invited(session, market.docking(session), offered.firms[0], "accepted", party_size=1, arrives_at="17:10")
    session.commit()
    assert "建议重新计算" in client.get(path + "/advice").text
