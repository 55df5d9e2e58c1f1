"""Searching the catalogue with the index of the process: other words, mistakes, marks, and what stays unsaid."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.extensions import writing
from app.jobs import recommend
from app.models.achievement import Achievement
from app.services import following, searching
from tests import shelf
from tests.cast import NOW, Cast, sign_in

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def shown(session: Session, cast: Cast) -> dict[str, int]:
    """Three public achievements, an anonymous and a private one, and an index of them."""
    made = {
        "silicon": shelf.achievement(session, cast.institute, "碳化硅切片线锯", summary="金刚石线切割碳化硅晶片。").id,
        "film": shelf.achievement(session, cast.institute, "含铬废水膜处理", summary="纳滤膜分离，浓水除铬。").id,
        "cutting": shelf.achievement(session, cast.university, "激光切割头", summary="切割金属板材。").id,
        "hidden": shelf.achievement(
            session,
            cast.university,
            "不具名的线锯",
            summary="许昌学院的线锯，致电 13912345678。",
            visibility="anonymous",
        ).id,
        "private": shelf.achievement(
            session, cast.university, "内部的魔芋葡甘聚糖", summary="魔芋葡甘聚糖提纯。", visibility="private"
        ).id,
    }
    made["need"] = shelf.need(session, cast.owner, "晶片切割", problem="碳化硅晶片切割崩边。").id
    session.commit()
    recommend.refresh(NOW)
    known = following.usable(session)
    assert known is not None
    searching.prepare(session, "achievement", known)
    session.rollback()
    return made


def found(browser: FlaskClient, text: str, more: str = "") -> list[str]:
    page = unescape(browser.get(f"/achievements?q={text}{more}").text)
    lines = re.findall(r'<h2><a href="/achievements/\d+">(.*?)</a></h2>', page)
    return [re.sub("</?mark[^>]*>", "", line) for line in lines]


def test_another_word_for_the_same_finds_it(client: FlaskClient, shown: dict[str, int]) -> None:
    assert found(client, "SiC 切割")[0] == "碳化硅切片线锯"
    assert found(client, "含铬废水")[0] == "含铬废水膜处理"


def test_what_was_looked_for_is_marked(client: FlaskClient, shown: dict[str, int]) -> None:
    page = client.get("/achievements?q=含铬废水").text
    assert '<mark class="hit hit-shared">含铬废水</mark>膜处理' in page


def test_filters_and_orders_hold_for_what_the_index_finds(client: FlaskClient, shown: dict[str, int]) -> None:
    assert found(client, "SiC 切割", "&maturity=laboratory") == []
    by_name = found(client, "切割", "&sort=title")
    assert by_name == sorted(by_name)


@pytest.mark.parametrize("text", ["许昌学院 线锯", "13912345678", "魔芋葡甘聚糖", "魔芋葡甘聚搪"])
def test_nothing_is_found_by_what_a_reader_may_not_read(client: FlaskClient, shown: dict[str, int], text: str) -> None:
    page = unescape(client.get(f"/achievements?q={text}").text)
    assert "内部的魔芋" not in page
    assert "按“魔芋葡甘聚糖”查找" not in page
    if "线锯" not in text:
        assert "不具名的线锯" not in page
    assert "许昌学院的线锯" not in page


def test_the_index_follows_the_offer(client: FlaskClient, cast: Cast, shown: dict[str, int]) -> None:
    with writing() as session:
        shelf.achievement(session, cast.institute, "腐竹热泵干燥", summary="热泵烘房干燥腐竹。")
        session.get_one(Achievement, shown["film"]).visibility = "private"
    recommend.run(NOW, lambda: False)
    assert found(client, "腐竹的干燥办法")[0] == "腐竹热泵干燥"
    assert "含铬废水膜处理" not in found(client, "除铬")


@pytest.mark.parametrize("text", ["%00", "，。", "\u200b", "𠮷" * 50, "SELECT * FROM", "a" * 300])
def test_any_text_is_a_query(client: FlaskClient, shown: dict[str, int], text: str) -> None:
    assert client.get("/achievements", query_string={"q": text}).status_code == 200


def test_without_an_index_the_words_themselves_are_found(
    client: FlaskClient, session: Session, shown: dict[str, int]
) -> None:
    following.warm.known = None
    assert found(client, "线锯") == ["不具名的线锯", "碳化硅切片线锯"]
    assert found(client, "SiC") == []
    assert '<mark class="hit hit-shared">线锯</mark>' in client.get("/achievements?q=线锯").text


def lines(browser: FlaskClient, path: str) -> list[str]:
    """The achievements that a list of the desk or the portal names, in its order."""
    page = unescape(browser.get(path).text)
    found = re.findall(r'<a href="/(?:desk|portal)/achievements/\d+">(.*?)</a>', page)
    return [re.sub("</?mark[^>]*>", "", line) for line in found]


def test_the_desk_and_firms_find_by_other_words_too(client: FlaskClient, cast: Cast, shown: dict[str, int]) -> None:
    for person, path in ((cast.desk, "/desk/achievements"), (cast.owner, "/portal/achievements")):
        browser = sign_in(client, person)
        assert lines(browser, f"{path}?q=SiC 切割")[0] == "碳化硅切片线锯"
        assert lines(browser, f"{path}?q=没有这样的东西吗") == []
    need = f"/desk/pairings/needs/{shown['need']}"
    browser = sign_in(client, cast.desk)
    assert f"{need}/compare?achievement={shown['silicon']}" in browser.get(f"{need}/compare?q=SiC 切割").text
    assert "碳化硅切片线锯" in browser.get(f"{need}/add?q=SiC 切割").text


def test_firms_and_institutes_search_their_own_the_same_way(
    client: FlaskClient, cast: Cast, session: Session, shown: dict[str, int]
) -> None:
    browser = sign_in(client, cast.institute)
    assert lines(browser, "/portal/achievements?q=SiC 切割") == ["碳化硅切片线锯"]
    assert lines(browser, "/portal/achievements?q=膜分离") == ["含铬废水膜处理"]
    known = following.usable(session)
    assert known is not None
    searching.prepare(session, "need", known)
    session.rollback()
    page = sign_in(client, cast.owner).get("/portal/needs?q=SiC 切割").text
    assert f'href="/portal/needs/{shown["need"]}"' in page


def test_the_desk_finds_what_only_it_may_read_by_its_words(
    client: FlaskClient, cast: Cast, shown: dict[str, int]
) -> None:
    browser = sign_in(client, cast.desk)
    assert lines(browser, "/desk/achievements?q=魔芋葡甘聚糖") == ["内部的魔芋葡甘聚糖"]
    assert {"激光切割头", "不具名的线锯"} <= set(lines(browser, "/desk/achievements?q=许昌学院"))


def test_a_firm_finds_no_hidden_institute(client: FlaskClient, cast: Cast, shown: dict[str, int]) -> None:
    browser = sign_in(client, cast.owner)
    assert "不具名的线锯" not in lines(browser, "/portal/achievements?q=许昌学院")
    assert "内部的魔芋葡甘聚糖" not in lines(browser, "/portal/achievements?q=魔芋葡甘聚糖")
