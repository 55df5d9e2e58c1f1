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
