"""Evidence and sideways at the desk: what meets, why not this one, who could answer, similar needs, and records entered twice."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.extensions import writing
from app.jobs import recommend
from app.models.achievement import Achievement
from app.models.outlook import Outlook, Resemblance
from app.services import asking, following
from matching import neighbours
from tests import shelf
from tests.cast import NOW, Cast, post, sign_in
from tests.offers import Offers, everything, offer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    made = offer(session, cast)
    session.commit()
    recommend.refresh(NOW)
    return made


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    return sign_in(client, cast.desk)


def outlook(session: Session, offers: Offers, **given: object) -> None:
    row = Outlook(need_id=offers.chrome, computed_at=NOW)
    row.covering = [{"kind": "institute", "name": "许昌学院", "score": 0.4, "achievements": [offers.membrane]}]
    row.similar = [{"need": offers.spindle, "likeness": 0.4, "together": True}]
    for name, value in given.items():
        setattr(row, name, value)
    session.add(row)
    session.commit()


# ------------------------------------------------------------------------------------------ evidence


def test_a_pairing_shows_what_meets_what_is_missing_and_how_the_score_adds_up(
    desk: FlaskClient, cast: Cast, session: Session
) -> None:
    asked = shelf.need(session, cast.owner, "碳化硅晶片切割", problem="SiC 晶片切割，损耗要求≤25μm，还要翘曲补偿。")
    offered = shelf.achievement(session, cast.institute, "碳化硅切片线锯", summary="碳化硅晶片切割，损耗为40μm。")
    session.commit()
    recommend.refresh(NOW)
    row = everything(session)[asked.id, offered.id]
    page = unescape(desk.get(f"/desk/pairings/{row.id}").text)
    marks = re.findall(r'<mark class="hit hit-([a-z]+)"[^>]*>([^<]+)', page.split('id="need-title"')[1])
    assert ("shared", "碳化硅晶片切割") in marks
    assert {"misses", "same"} <= {kind for kind, _ in marks}
    assert row.sentence in page
    assert "还缺什么，面谈时要问" in page
    parts = re.findall(r'<td class="num">(\d\.\d{3})</td>', page)
    assert abs(sum(map(float, parts[:-1])) - float(parts[-1])) < 0.0006 * len(parts)
    assert f"匹配：{row.level_label}" in page


def test_figures_stand_in_a_table_and_near_ones_are_said_to_prove_nothing(
    desk: FlaskClient, cast: Cast, session: Session
) -> None:
    asked = shelf.need(session, cast.owner, "碳化硅晶片切割", problem="碳化硅晶片切割，损耗要求≤25μm，每片用时一小时。")
    offered = shelf.achievement(
        session, cast.institute, "碳化硅切片线锯", summary="碳化硅晶片切割，损耗为40μm。线网更换1小时。"
    )
    session.commit()
    recommend.refresh(NOW)
    row = everything(session)[asked.id, offered.id]
    page = unescape(desk.get(f"/desk/pairings/{row.id}").text)
    table = page.split('aria-label="指标对照"')[1].split("</table>")[0]
    rows = [re.findall(r"<td>(.*?)</td>", line) for line in table.split("<tr>")[2:]]
    shown = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in cells] for cells in rows]
    assert any("25μm" in one[0] and "40μm" in one[1] and one[2] == "未达到" for one in shown)
    near = [one for one in shown if one[2] == "数值相近"]
    assert len(near) == 1
    assert ("一小时" in near[0][0], "1小时" in near[0][1]) == (True, True)
    assert "“数值相近”只说明双方写到了同类指标" in page
    assert "指标相近（需求" not in page.split("得分怎么来的")[1].split("</table>")[0]


# ------------------------------------------------------------------------------------------ why not this one


def test_any_achievement_on_offer_can_be_asked_about(desk: FlaskClient, offers: Offers) -> None:
    path = f"/desk/pairings/needs/{offers.spindle}/compare"
    assert f"{path}?achievement={offers.starch}" in desk.get(f"{path}?q=淀粉").text
    page = unescape(desk.get(f"{path}?achievement={offers.starch}").text)
    rank = re.search(r"<h2>排第 (\d+) 位</h2>", page)
    assert rank
    assert int(rank[1]) >= 3
    assert "第一名是“电主轴热误差在线补偿方法”" in page
    assert "和第一名差在哪里" in page
    assert f"/desk/achievements/{offers.heat}" in page


def test_the_first_one_is_compared_with_nobody_better(desk: FlaskClient, offers: Offers) -> None:
    page = unescape(desk.get(f"/desk/pairings/needs/{offers.spindle}/compare?achievement={offers.heat}").text)
    assert "排第 1 位" in page
    assert "这项成果就排在第一位。" in page


def test_a_process_that_holds_nothing_says_so_and_the_page_comes_back(desk: FlaskClient, offers: Offers) -> None:
    following.warm.known = None
    page = desk.get(f"/desk/pairings/needs/{offers.spindle}/compare?achievement={offers.heat}").text
    assert '<meta http-equiv="refresh" content="3">' in page
    assert "后台正在读入成果库" in page


def test_what_is_not_on_offer_is_not_compared(desk: FlaskClient, cast: Cast, offers: Offers) -> None:
    with writing() as session:
        draft = shelf.achievement(session, cast.institute, "草稿", state="draft", listed_at=None).id
    page = desk.get(f"/desk/pairings/needs/{offers.spindle}/compare?achievement={draft}").text
    assert "不能比较" in page
    assert desk.get(f"/desk/pairings/needs/{offers.spindle}/compare?achievement=9999").status_code == 404


# ------------------------------------------------------------------------------------------ outlooks


def test_the_needs_page_says_who_could_answer_and_what_is_alike(
    desk: FlaskClient, offers: Offers, session: Session
) -> None:
    outlook(session, offers)
    page = unescape(desk.get(f"/desk/pairings/needs/{offers.chrome}").text)
    assert "哪家单位最可能解决" in page
    assert "相近的需求" in page
    assert "高速电主轴热误差补偿" in page
    assert "可以排进同一场对接会" in page


def test_a_county_office_is_shown_no_need_of_another_county(
    app: Flask, cast: Cast, offers: Offers, session: Session
) -> None:
    outlook(session, offers)
    page = sign_in(app.test_client(), cast.county).get(f"/desk/pairings/needs/{offers.chrome}").text
    assert "哪家单位最可能解决" in page
    assert "高速电主轴热误差补偿" not in page


def test_a_county_office_is_not_told_whose_an_anonymous_achievement_is(
    app: Flask, cast: Cast, offers: Offers, session: Session
) -> None:
    outlook(session, offers)
    with writing() as open_session:
        open_session.get_one(Achievement, offers.membrane).visibility = "anonymous"
    assert "许昌学院" not in sign_in(app.test_client(), cast.county).get(f"/desk/pairings/needs/{offers.chrome}").text


def test_the_firm_gets_a_friendly_word_while_nothing_good_is_there(
    app: Flask, cast: Cast, offers: Offers, session: Session
) -> None:
    outlook(session, offers, help={"sentences": ["可以先问许昌学院。"], "unknown": ["浓水"], "barrier": "≤0.5mg/L"})
    page = unescape(sign_in(app.test_client(), cast.rival).get(f"/portal/needs/{offers.chrome}").text)
    assert "暂时没有找到合适的成果" in page
    assert "≤0.5mg/L" in page
    assert "还没有成果提到“浓水”" in page
    assert "许昌学院" not in page
    other = sign_in(app.test_client(), cast.owner).get(f"/portal/needs/{offers.chrome}").text
    assert "暂时没有找到合适的成果" not in other


# ------------------------------------------------------------------------------------------ resemblances


def test_two_that_are_two_are_settled(desk: FlaskClient, offers: Offers, session: Session) -> None:
    row = Resemblance(kind="achievement", first_id=offers.heat, second_id=offers.membrane, likeness=0.8,
                      same=["名称"], found_at=NOW)  # fmt: skip
    session.add(row)
    session.commit()
    page = unescape(desk.get("/desk/resemblances").text)
    assert "80% 相同" in page
    assert "电主轴热误差在线补偿方法" in page
    assert "没有发现重复" in desk.get("/desk/resemblances?kind=need").text
    answer = post(desk, f"/desk/resemblances/{row.id}/settle")
    assert answer.location == "/desk/resemblances"
    assert "没有发现重复" in desk.get("/desk/resemblances").text


def test_what_left_the_offer_resembles_nobody(desk: FlaskClient, offers: Offers, session: Session) -> None:
    session.add(Resemblance(kind="need", first_id=offers.spindle, second_id=999, likeness=0.8, found_at=NOW))
    session.commit()
    assert "没有发现重复" in desk.get("/desk/resemblances").text


# ------------------------------------------------------------------------------------------ needs for an achievement


CLOSE = "含铬废水膜处理，浓水除铬"


def close(session: Session, cast: Cast) -> int:
    """A need of another county that says what the membrane offers; everything is ranked."""
    made = shelf.need(session, cast.owner, CLOSE, problem="含铬废水膜处理与浓水除铬，膜不结垢，含铬废水零排放。").id
    session.commit()
    recommend.refresh(NOW)
    return made


def test_an_achievement_is_asked_for_more_needs_than_it_was_recommended_for(
    app: Flask, desk: FlaskClient, cast: Cast, offers: Offers, session: Session
) -> None:
    close(session, cast)
    for pairing in everything(session).values():
        session.delete(pairing)  # as if ten others stood before it everywhere
    session.commit()
    path = f"/desk/pairings/achievements/{offers.membrane}"
    assert f"{path}?all=1" in desk.get(path).text
    page = unescape(desk.get(f"{path}?all=1").text)
    others = page.split("还可能用得上的需求")[1]
    assert CLOSE in others
    assert re.search(r"匹配：(强|较强|弱)", others)
    assert "排第 1 位" in others
    assert f"/compare?achievement={offers.membrane}" in others
    county = unescape(sign_in(app.test_client(), cast.county).get(f"{path}?all=1").text)
    assert "高速电主轴" not in county
    assert CLOSE not in county
    assert "/compare" not in county


def test_what_is_recommended_already_is_not_named_twice(desk: FlaskClient, offers: Offers) -> None:
    page = unescape(desk.get(f"/desk/pairings/achievements/{offers.starch}?all=1").text)
    assert "没有别的需求看来用得上这项成果" in page


def test_needs_for_an_achievement_wait_for_the_process_to_know_the_offer(desk: FlaskClient, offers: Offers) -> None:
    following.warm.known = None
    page = desk.get(f"/desk/pairings/achievements/{offers.membrane}?all=1").text
    assert '<meta http-equiv="refresh" content="3">' in page


def test_among_many_needs_the_closest_are_scored(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, offers: Offers, session: Session
) -> None:
    need = close(session, cast)
    known = following.usable(session)
    assert known is not None
    monkeypatch.setattr(neighbours, "NEEDS_TRIED", 1)
    found = asking.answers(known, offers.membrane, {need, offers.spindle})
    assert found is not None
    assert [one.need_id for one in found] == [need]
    assert asking.answers(known, 9999, {offers.chrome}) is None
