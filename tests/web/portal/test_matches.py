"""What a firm and an institute see of their kept pairings: their own only, and no contacts before they are introduced."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from tests import shelf
from tests.cast import NOW, Cast, Person, sign_in

pytestmark = pytest.mark.databases("sqlite")
SENTENCE = "双方都提到“热误差”，联系 13900001111。"
REASONS = [{"kind": "term", "label": "甲企业机械的主轴", "weight": 0.1, "detail": "需求：找葛长青；成果：在线补偿"}]


def match(session: Session, need: Need, offered: Achievement, state: str = "shortlisted") -> Pairing:
    made = Pairing(need=need, achievement=offered, score=0.1, sentence=SENTENCE, reasons=REASONS, computed_at=NOW)
    made._state = state
    session.add(made)
    session.commit()
    return made


def page(app: Flask, person: Person, path: str = "/portal/matches") -> str:
    return unescape(sign_in(app.test_client(), person).get(path).text)


def partners(app: Flask, person: Person) -> list[str]:
    """The other sides' titles on the page."""
    return re.findall(r'<h2><a href="[^"]*">([^<]*)</a>', page(app, person))


@pytest.mark.parametrize(
    ("state", "is_shown"),
    [("suggested", False), ("shortlisted", True), ("introduced", True), ("met", True), ("dismissed", False),
     ("banned", False), ("dropped", False)],
)  # fmt: skip
def test_both_sides_see_what_the_desk_kept(
    app: Flask, cast: Cast, session: Session, state: str, is_shown: bool
) -> None:
    match(session, shelf.need(session, cast.owner), shelf.achievement(session, cast.institute), state)
    assert partners(app, cast.owner) == (["机床热变形在线补偿方法"] if is_shown else [])
    assert partners(app, cast.institute) == (["高速电主轴热误差补偿"] if is_shown else [])


def test_others_see_none_of_it(app: Flask, cast: Cast, session: Session) -> None:
    match(session, shelf.need(session, cast.owner), shelf.achievement(session, cast.institute))
    assert (partners(app, cast.rival), partners(app, cast.university)) == ([], [])
    assert sign_in(app.test_client(), cast.desk).get("/portal/matches").status_code == 403
    assert app.test_client().get("/portal/matches").status_code == 302


def test_no_contacts_before_the_introduction(app: Flask, cast: Cast, session: Session) -> None:
    kept = match(session, shelf.need(session, cast.owner), shelf.achievement(session, cast.institute))
    for person in (cast.owner, cast.institute):
        text = page(app, person)
        assert [word in text for word in ("13900001111", "13900002222", "reach.me", "找葛长青")] == [False] * 4
        assert "双方都提到“热误差”，联系 （联系方式已隐去）。" in text
        assert "联系方式在双方受邀或牵线之后公开" in text
    kept._state = "introduced"
    session.commit()
    for person, path in (
        (cast.owner, f"/portal/achievements/{kept.achievement_id}"),
        (cast.institute, f"/portal/needs/{kept.need_id}"),
    ):
        assert f'<a href="{path}">打开查看联系方式</a>' in page(app, person)
        assert "reach.me" in page(app, person, path)


def test_an_anonymous_firm_stays_so_until_the_introduction(app: Flask, cast: Cast, session: Session) -> None:
    need = shelf.need(session, cast.owner, "甲企业机械的主轴难题", visibility="anonymous")
    kept = match(session, need, shelf.achievement(session, cast.institute))
    assert partners(app, cast.institute) == ["某单位的主轴难题"]
    text = page(app, cast.institute)
    assert ("甲企业" in text, "长葛市某企业（匿名）" in text, "某单位的主轴" in text) == (False, True, True)
    kept._state = "introduced"
    session.commit()
    assert "甲企业机械有限公司" in page(app, cast.institute)


def test_what_is_not_public_is_not_shown_to_the_other_side(app: Flask, cast: Cast, session: Session) -> None:
    secret = shelf.need(session, cast.owner, "不公开的难题", visibility="private")
    match(session, secret, shelf.achievement(session, cast.institute))
    assert partners(app, cast.institute) == []
    assert partners(app, cast.owner) == ["机床热变形在线补偿方法"]
    hidden = shelf.achievement(session, cast.university, "不公开的成果", visibility="private")
    match(session, shelf.need(session, cast.rival), hidden)
    assert partners(app, cast.rival) == []


def test_an_empty_page_says_what_comes(app: Flask, cast: Cast) -> None:
    assert "需求发布后，系统会推荐成果" in page(app, cast.owner)
    assert "成果入库后，系统会把它推荐给企业需求" in page(app, cast.institute)
    assert "还没有对接推荐" in page(app, cast.owner, "/portal/matches?page=abc")
