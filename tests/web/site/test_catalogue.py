"""The public catalogue in the browser: search, paging, odd addresses, and nothing that must stay hidden."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.extensions import db
from tests import shelf
from tests.cast import Cast, engage


@pytest.fixture
def cast(session: Session) -> Cast:
    people = engage(session)
    session.commit()
    return people


def headings(text: str, level: int = 2) -> list[str]:
    """The linked headings of a page."""
    return re.findall(rf"<h{level}><a [^>]*>([^<]*)</a></h{level}>", re.sub("</?mark[^>]*>", "", text))


def test_needs_are_listed_and_lead_to_their_page(client: FlaskClient, session: Session, cast: Cast) -> None:
    made = shelf.need(session, cast.owner)
    shelf.need(session, cast.rival, "乙企业内部事项", visibility="private")
    session.commit()
    listing = client.get("/needs")
    assert (listing.status_code, headings(listing.text)) == (200, ["高速电主轴热误差补偿"])
    page = client.get(f"/needs/{made.id}")
    assert page.status_code == 200
    assert re.findall(r"<h1>([^<]*)</h1>", page.text) == ["高速电主轴热误差补偿"]
    assert [
        hidden
        for hidden in ("13900001111", "葛长青", "reach.me", "乙企业内部事项")
        if hidden in listing.text + page.text
    ] == []


@pytest.mark.parametrize("visibility", ["institutes", "private"])
@pytest.mark.parametrize("path", ["needs", "achievements"])
def test_closed_things_are_not_found(
    client: FlaskClient, session: Session, cast: Cast, path: str, visibility: str
) -> None:
    made = (
        shelf.need(session, cast.owner, "保密事项", visibility=visibility)
        if path == "needs"
        else shelf.achievement(session, cast.institute, "保密事项", visibility=visibility)
    )
    session.commit()
    answer = client.get(f"/{path}/{made.id}")
    assert (answer.status_code, "保密事项" in answer.text) == (404, False)
    assert headings(client.get(f"/{path}?q=保密").text) == []


def test_an_anonymous_need_never_names_the_firm(client: FlaskClient, session: Session, cast: Cast) -> None:
    made = shelf.need(session, cast.owner, visibility="anonymous", problem="甲企业机械有限公司的机床，电话 13900001111")
    session.commit()
    for path in ("/", "/needs", f"/needs/{made.id}", "/needs?q=机床"):
        text = client.get(path).text
        assert "企业匿名发布" in text
        assert [hidden for hidden in ("甲企业", "13900001111", "葛长青", "reach.me") if hidden in text] == []


def test_achievements_are_searched_and_the_words_stay_in_the_box(
    client: FlaskClient, session: Session, cast: Cast
) -> None:
    shelf.achievement(session, cast.institute)
    shelf.achievement(session, cast.university, "腐竹干燥", summary="热泵")
    session.commit()
    answer = client.get("/achievements?q=腐竹&maturity=pilot&sort=title")
    assert headings(answer.text) == ["腐竹干燥"]
    assert re.findall(r'name="q" value="([^"]*)"', answer.text) == ["腐竹"]
    assert re.findall(r'<option value="([^"]*)" selected>', answer.text) == ["pilot"]


def test_a_search_without_hits_says_what_to_do(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/needs?q=没有这样的")
    assert answer.status_code == 200
    assert re.findall(r"<h2>([^<]*)</h2>", answer.text)[0] == "没有找到符合条件的需求"


def test_pages_keep_the_search(client: FlaskClient, session: Session, cast: Cast) -> None:
    for number in range(21):
        shelf.need(session, cast.owner, f"主轴 {number}")
    session.commit()
    first = client.get("/needs?q=主轴&sort=title")
    assert len(headings(first.text)) == 20
    assert re.findall(r'rel="next" href="([^"]*)"', first.text) == [
        "/needs?q=%E4%B8%BB%E8%BD%B4&amp;sort=title&amp;page=2"
    ]
    assert len(headings(client.get("/needs?q=主轴&sort=title&page=2").text)) == 1


ODD = (
    "page=0", "page=-1", "page=abc", "page=99999999999999999999", "page=²", "industry=x", "industry=0",
    "county=9999999999", "maturity=nonsense", "mode=' OR 1=1", "sort=state", "q=%00", "q=%25%5F%5C", "q=" + "长" * 5000,
    "q=<script>alert(1)</script>", "q=%F0%9F%98%80", "q=%ff%fe", "_external=1&endpoint=x",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/needs", "/achievements", "/agenda"])
def test_odd_queries_are_answered(client: FlaskClient, session: Session, cast: Cast, path: str) -> None:
    shelf.need(session, cast.owner)
    session.commit()
    answers = {query: client.get(f"{path}?{query}") for query in ODD}
    assert {query: answer.status_code for query, answer in answers.items()} == dict.fromkeys(ODD, 200)
    assert [query for query, answer in answers.items() if "<script>alert" in answer.text] == []


def test_addresses_of_nothing_are_not_found(client: FlaskClient, cast: Cast) -> None:
    paths = ("/needs/99999999999999999999", "/achievements/0", "/events/7", "/needs/x", "/events/7.ics")
    assert [client.get(path).status_code for path in paths] == [404] * len(paths)


def test_what_people_write_is_text(client: FlaskClient, session: Session, cast: Cast) -> None:
    made = shelf.need(session, cast.owner, '<img src=x onerror="alert(1)">', problem="<b>粗</b>")
    session.commit()
    for path in ("/", "/needs", f"/needs/{made.id}"):
        text = client.get(path).text
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["/needs", "/achievements", "/", "/agenda"])
def test_longer_lists_need_no_more_queries(app: Flask, session: Session, cast: Cast, path: str) -> None:
    counted = []
    for rows in (1, 2):
        for _ in range(rows):
            shelf.need(session, cast.owner)
            shelf.achievement(session, cast.institute)
            shelf.event(session)
        session.commit()
        counted.append(queries_of(app, db.engine, path))
    assert counted[0] == counted[1]


def queries_of(app: Flask, engine: Engine, path: str) -> int:
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", count)
    assert app.test_client().get(path).status_code == 200
    event.remove(engine, "before_cursor_execute", count)
    return len(statements)
