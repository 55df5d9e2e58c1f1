"""The desk's pages of recommendations: what is shown to whom, what the buttons do, and what bad input does."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import db
from app.models.pairing import Pairing
from app.services import leases
from tests import shelf
from tests.cast import NOW, Cast, post, sign_in
from tests.offers import Offers, everything, offer

pytestmark = pytest.mark.databases("sqlite")
DESK = ("desk", "county", "bureau", "admin")
PORTAL = ("owner", "rival", "institute", "university")
REASONS = [
    {"kind": "term", "label": "热误差", "weight": 0.12, "detail": "需求：…主轴热误差…；成果：热误差在线补偿"},
    {"kind": "signal", "label": "成熟度", "weight": 0.04, "detail": "成果已到中试阶段"},
]


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    made = offer(session, cast)
    session.add_all([
        pairing(made.spindle, made.heat, 0.16, 1, sentence="双方都提到“热误差”。", reasons=REASONS),
        pairing(made.spindle, made.sensor, 0.08, 2),
        pairing(made.spindle, made.starch, 0.04, 3),
        pairing(made.chrome, made.membrane, 0.2, 1),
    ])  # fmt: skip
    session.commit()
    return made


def pairing(need_id: int, achievement_id: int, score: float, rank: int, **given: object) -> Pairing:
    level = "strong" if score >= 0.1 else "fair" if score >= 0.07 else "weak"
    made = Pairing(need_id=need_id, achievement_id=achievement_id, score=score, rank=rank, level=level, computed_at=NOW)
    for name, value in given.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    return sign_in(client, cast.desk)


def number(session: Session, need_id: int, achievement_id: int) -> int:
    return everything(session)[need_id, achievement_id].id


def titles(browser: FlaskClient, path: str) -> list[str]:
    """The names in the first column of the overview."""
    return re.findall(r'<td class="title-cell"><a href="[^"]*">([^<]*)</a>', unescape(browser.get(path).text))


# ------------------------------------------------------------------------------------------ who sees what


def test_the_pages_are_the_desks(app: Flask, cast: Cast, offers: Offers, session: Session) -> None:
    first = number(session, offers.chrome, offers.membrane)
    for path in ("", f"/needs/{offers.chrome}", f"/achievements/{offers.membrane}", f"/{first}"):
        for part, person in cast.everyone().items():
            answer = sign_in(app.test_client(), person).get(f"/desk/pairings{path}")
            assert (path, part, answer.status_code) == (path, part, 200 if part in DESK else 403)


def test_a_county_office_sees_its_own_county_only_and_decides_nothing(
    app: Flask, cast: Cast, offers: Offers, session: Session
) -> None:
    browser = sign_in(app.test_client(), cast.county)
    assert titles(browser, "/desk/pairings") == ["含铬电镀废水零排放"]
    assert titles(browser, "/desk/pairings?by=achievement") == ["含铬废水膜处理与浓水除铬"]
    assert titles(browser, f"/desk/pairings?county={cast.county_ids['长葛市']}") == []
    theirs, ours = number(session, offers.spindle, offers.heat), number(session, offers.chrome, offers.membrane)
    for path in (f"/needs/{offers.spindle}", f"/{theirs}", f"/needs/{offers.spindle}/add"):
        answer = browser.get(f"/desk/pairings{path}")
        assert (path, answer.status_code) == (path, 404)
        assert "高速电主轴" not in answer.text
    assert post(browser, f"/desk/pairings/{theirs}/move", {"move": "keep"}).status_code == 404
    assert "高速电主轴" not in browser.get(f"/desk/pairings/achievements/{offers.heat}").text
    page = browser.get(f"/desk/pairings/needs/{offers.chrome}").text
    assert ("/move" in page, "keep-several" in page) == (False, False)
    assert post(browser, f"/desk/pairings/{ours}/move", {"move": "keep"}).status_code == 403
    assert post(browser, f"/desk/pairings/needs/{offers.chrome}/keep", {"pairing": str(ours)}).status_code == 403
    assert browser.get(f"/desk/pairings/needs/{offers.chrome}/add").status_code == 403
    assert post(browser, "/desk/pairings/refresh").status_code == 403
    assert {one.state for one in everything(session).values()} == {"suggested"}


def test_a_county_office_sees_no_pairing_with_a_private_achievement(
    app: Flask, cast: Cast, offers: Offers, session: Session
) -> None:
    hidden = shelf.achievement(session, cast.institute, "不公开的除铬配方", visibility="private")
    session.add(pairing(offers.chrome, hidden.id, 0.9, 1))
    session.commit()
    path = f"/desk/pairings/needs/{offers.chrome}"
    assert "不公开的除铬配方" in sign_in(app.test_client(), cast.bureau).get(path).text
    browser = sign_in(app.test_client(), cast.county)
    for page in (path, "/desk/pairings", "/desk/pairings?by=achievement"):
        assert "不公开的除铬配方" not in browser.get(page).text
    assert browser.get(f"/desk/pairings/{number(session, offers.chrome, hidden.id)}").status_code == 404


@pytest.mark.parametrize("path", ["needs/{}", "achievements/{}", "{}", "needs/{}/add"])
@pytest.mark.parametrize("odd", ["0", "99999", "2147483648", "-1", "１", "1e3"])
def test_odd_numbers_find_nothing(desk: FlaskClient, offers: Offers, path: str, odd: str) -> None:
    assert desk.get("/desk/pairings/" + path.format(odd)).status_code == 404


# ------------------------------------------------------------------------------------------ what is shown


def test_the_need_shows_places_bars_reasons_and_quotations(desk: FlaskClient, offers: Offers) -> None:
    page = unescape(desk.get(f"/desk/pairings/needs/{offers.spindle}").text)
    assert re.findall(r"第 (\d) 位</b><progress class=\"meter\" max=\"100\" value=\"(\d+)\"", page) == [
        ("1", "100"),
        ("2", "50"),
        ("3", "25"),
    ]
    assert re.findall(r'<li class="reason[^>]*>([^<]+)<small>(\d+%)</small>', page) == [
        ("热误差", "75%"),
        ("成熟度", "25%"),
    ]
    assert "双方都提到“热误差”。" in page
    assert "<dt>热误差</dt><dd>需求：…主轴热误差…；成果：热误差在线补偿</dd>" in page
    assert "推荐 2 项" in page
    assert "匹配程度较弱的推荐 1 项" in page
    assert "得分 0.160" in page


def test_ids_on_the_page_are_unique(desk: FlaskClient, offers: Offers) -> None:
    found = re.findall(r'\sid="([^"]+)"', desk.get(f"/desk/pairings/needs/{offers.spindle}").text)
    assert sorted(set(found)) == sorted(found)


def test_one_pairing_shows_both_texts_and_its_history(desk: FlaskClient, offers: Offers, session: Session) -> None:
    first = number(session, offers.spindle, offers.heat)
    post(desk, f"/desk/pairings/{first}/move", {"move": "dismiss", "reason": "总工说精度不够"})
    page = unescape(desk.get(f"/desk/pairings/{first}").text)
    assert "主轴升温后孔径漂移十五微米" in page
    assert "由温度场建模算出热变形" in page
    assert page.count("总工说精度不够") == 2


def test_the_neighbours_of_a_pairing_are_a_key_away(desk: FlaskClient, offers: Offers, session: Session) -> None:
    first, second, third = (number(session, offers.spindle, one) for one in (offers.heat, offers.sensor, offers.starch))
    page = desk.get(f"/desk/pairings/{second}").text
    assert re.findall(r'data-key="([jk])"[^>]* href="/desk/pairings/(\d+)"', page) == [
        ("k", str(first)),
        ("j", str(third)),
    ]
    assert 'data-key="k"' not in desk.get(f"/desk/pairings/{first}").text


def test_a_need_without_a_good_answer_says_so(desk: FlaskClient, offers: Offers, session: Session) -> None:
    for key, one in everything(session).items():
        if key[0] == offers.spindle:
            one.level = "weak"
    session.commit()
    page = unescape(desk.get(f"/desk/pairings/needs/{offers.spindle}").text)
    assert "暂时没有合适的成果" in page
    assert "电主轴热误差在线补偿方法" in page
    assert titles(desk, "/desk/pairings?progress=nothing") == ["高速电主轴热误差补偿"]
    assert titles(desk, "/desk/pairings?level=weak") == ["高速电主轴热误差补偿"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["含铬电镀废水零排放", "高速电主轴热误差补偿", "没人能做的需求"]),
        ("progress=waiting", ["含铬电镀废水零排放", "高速电主轴热误差补偿"]),
        ("progress=kept", []),
        ("progress=none", ["没人能做的需求"]),
        (
            "progress=nonsense&level=9&county=x&page=-3",
            ["含铬电镀废水零排放", "高速电主轴热误差补偿", "没人能做的需求"],
        ),
        ("progress=nothing", ["没人能做的需求"]),
        ("level=none", []),
        ("level=strong", ["含铬电镀废水零排放", "高速电主轴热误差补偿"]),
        ("level=weak", []),
        ("q=热误差", ["高速电主轴热误差补偿"]),
        ("q=甘薯", ["高速电主轴热误差补偿"]),
        ("q=乙企业", ["含铬电镀废水零排放"]),
        ("q=%25", []),
        (
            "by=achievement",
            ["含铬废水膜处理与浓水除铬", "电主轴热误差在线补偿方法", "主轴升温在线监测", "甘薯淀粉改性"],
        ),
        ("by=achievement&level=weak", ["甘薯淀粉改性"]),
        ("by=achievement&level=fair", ["主轴升温在线监测"]),
        ("by=achievement&q=甲企业", []),
        ("by=achievement&q=零排放", ["含铬废水膜处理与浓水除铬"]),
    ],
)
def test_the_overview_is_filtered(
    desk: FlaskClient, cast: Cast, offers: Offers, session: Session, query: str, found: list[str]
) -> None:
    shelf.need(session, cast.owner, "没人能做的需求")
    session.commit()
    assert titles(desk, f"/desk/pairings?{query}") == found


def test_county_industry_and_institute_narrow_both_views(desk: FlaskClient, cast: Cast, offers: Offers) -> None:
    county, institute = cast.county_ids["禹州市"], cast.university.organisation_id
    assert titles(desk, f"/desk/pairings?county={county}") == ["含铬电镀废水零排放"]
    assert titles(desk, f"/desk/pairings?by=achievement&county={county}") == ["含铬废水膜处理与浓水除铬"]
    assert titles(desk, f"/desk/pairings?institute={institute}") == ["含铬电镀废水零排放", "高速电主轴热误差补偿"]
    assert titles(desk, f"/desk/pairings?by=achievement&institute={institute}") == [
        "含铬废水膜处理与浓水除铬",
        "主轴升温在线监测",
    ]
    assert titles(desk, "/desk/pairings?industry=77") == []


def test_empty_pages_say_what_to_do(desk: FlaskClient, cast: Cast, session: Session) -> None:
    assert "还没有已发布的需求。" in desk.get("/desk/pairings").text
    assert "还没有已入库的成果可以推荐。" in desk.get("/desk/pairings?by=achievement").text
    assert "没有符合条件的需求" in desk.get("/desk/pairings?q=x").text
    need_id = shelf.need(session, cast.owner).id
    session.commit()
    page = desk.get(f"/desk/pairings/needs/{need_id}").text
    assert ("尚无推荐" in page, f"/desk/pairings/needs/{need_id}/add" in page) == (True, True)


# ------------------------------------------------------------------------------------------ what the buttons do


def test_decisions_lead_back_to_where_the_button_stood(desk: FlaskClient, offers: Offers, session: Session) -> None:
    first = number(session, offers.spindle, offers.heat)
    path = f"/desk/pairings/{first}/move"
    answer = post(desk, path, {"move": "keep", "from": "need"})
    assert (answer.status_code, answer.location) == (303, f"/desk/pairings/needs/{offers.spindle}#pairing-{first}")
    assert session.get_one(Pairing, first).state == "shortlisted"
    answer = post(desk, path, {"move": "dismiss", "reason": "只能做小试", "from": "achievement"})
    assert answer.location == f"/desk/pairings/achievements/{offers.heat}#pairing-{first}"
    answer = post(desk, path, {"move": "release", "from": "https://elsewhere.test"})
    assert answer.location == f"/desk/pairings/{first}"
    assert everything(session)[offers.spindle, offers.heat].state == "suggested"


def test_a_reason_is_asked_for_and_nothing_changes_without(desk: FlaskClient, offers: Offers, session: Session) -> None:
    first = number(session, offers.spindle, offers.heat)
    answer = post(desk, f"/desk/pairings/{first}/move", {"move": "ban", "reason": " ", "from": "need"})
    assert answer.status_code == 303
    assert "没有完成：请写明不再推荐的理由" in desk.get(answer.location).text
    assert everything(session)[offers.spindle, offers.heat].state == "suggested"


@pytest.mark.parametrize("name", ["", "nonsense", "drop", "revive", "release"])
def test_moves_that_are_not_offered_are_refused(desk: FlaskClient, offers: Offers, session: Session, name: str) -> None:
    first = number(session, offers.spindle, offers.heat)
    assert post(desk, f"/desk/pairings/{first}/move", {"move": name}).status_code == 409
    assert everything(session)[offers.spindle, offers.heat].state == "suggested"


def test_keeping_twice_tells_that_it_is_done(desk: FlaskClient, offers: Offers, session: Session) -> None:
    path = f"/desk/pairings/{number(session, offers.spindle, offers.heat)}/move"
    assert [post(desk, path, {"move": "keep"}).status_code for _ in range(2)] == [303, 409]


def test_several_are_kept_at_once_and_those_decided_on_stay(
    desk: FlaskClient, offers: Offers, session: Session
) -> None:
    heat, sensor, starch, membrane = (
        number(session, need, other)
        for need, other in (
            (offers.spindle, offers.heat),
            (offers.spindle, offers.sensor),
            (offers.spindle, offers.starch),
            (offers.chrome, offers.membrane),
        )
    )
    post(desk, f"/desk/pairings/{starch}/move", {"move": "ban", "reason": "不相干"})
    path = f"/desk/pairings/needs/{offers.spindle}/keep"
    answer = post(desk, path, {"pairing": [str(heat), str(sensor), str(starch), str(membrane), "x", "99999"]})
    assert (answer.status_code, answer.location) == (303, f"/desk/pairings/needs/{offers.spindle}")
    assert "已入选 2 项；其余的之前已有决定，没有改动。" in desk.get(answer.location).text
    states = {one.id: one.state for one in everything(session).values()}
    assert states == {heat: "shortlisted", sensor: "shortlisted", starch: "banned", membrane: "suggested"}
    assert "没有勾选任何推荐" in desk.get(post(desk, path).location).text


def test_asking_anew_writes_a_request_and_computes_nothing(desk: FlaskClient, offers: Offers, session: Session) -> None:
    answer = post(desk, "/desk/pairings/refresh")
    assert (answer.status_code, answer.location) == (303, "/desk/pairings")
    page = desk.get("/desk/pairings").text
    assert ("已登记重新计算" in page, "有新的内容等待计算" in page) == (True, True)
    assert leases.asked(session, "rebuild") is True


# ------------------------------------------------------------------------------------------ by hand


def test_an_achievement_is_found_and_added_by_hand(desk: FlaskClient, offers: Offers, session: Session) -> None:
    path = f"/desk/pairings/needs/{offers.chrome}/add"
    page = desk.get(f"{path}?q=主轴").text
    assert [f'value="{one}"' in page for one in (offers.heat, offers.sensor, offers.starch)] == [True, True, False]
    note = "电镀线的主轴也要测温"
    answer = post(desk, path, {"q": "主轴", "achievement": str(offers.sensor), "note": f" {note}\n"})
    made = everything(session)[offers.chrome, offers.sensor]
    assert answer.location == f"/desk/pairings/needs/{offers.chrome}#pairing-{made.id}"
    assert (made.state, made.origin, made.sentence, made.decision) == ("shortlisted", "hand", note, note)
    page = desk.get(answer.location).text
    assert ("人工添加</span>" in page, note in page) == (True, True)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"note": "理由写好了"}, "请先搜索，再选择一项成果。"),
        ({"achievement": "abc", "note": "理由写好了"}, "请先搜索，再选择一项成果。"),
        ({"achievement": "99999999999", "note": "理由写好了"}, "请先搜索，再选择一项成果。"),
        ({"achievement": "4", "note": ""}, "请写明配对理由"),
        ({"achievement": "4", "note": "长" * 201}, "请写明配对理由"),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_the_words_stay(
    desk: FlaskClient, offers: Offers, session: Session, form: dict[str, str], message: str
) -> None:
    before = len(everything(session))
    answer = post(desk, f"/desk/pairings/needs/{offers.chrome}/add", {"q": "改性"} | form)
    page = unescape(answer.text)
    assert (answer.status_code, message in page, form["note"] in page) == (422, True, True)
    assert 'name="q" value="改性"' in page
    assert len(everything(session)) == before


def test_an_achievement_that_is_not_there_is_not_added(desk: FlaskClient, offers: Offers) -> None:
    path = f"/desk/pairings/needs/{offers.chrome}/add"
    assert post(desk, path, {"achievement": "99999", "note": "理由写好了"}).status_code == 404


def test_a_banned_pair_is_not_added_behind_its_back(desk: FlaskClient, offers: Offers, session: Session) -> None:
    first = number(session, offers.spindle, offers.heat)
    post(desk, f"/desk/pairings/{first}/move", {"move": "ban", "reason": "专利已独家许可"})
    answer = post(desk, f"/desk/pairings/needs/{offers.spindle}/add",
                  {"achievement": str(offers.heat), "note": "再试一次", "q": "热误差"})  # fmt: skip
    assert (answer.status_code, "这一对已经是“不再推荐”" in unescape(answer.text)) == (422, True)
    assert everything(session)[offers.spindle, offers.heat].decision == "专利已独家许可"


def test_hostile_words_are_shown_as_words(desk: FlaskClient, offers: Offers, session: Session) -> None:
    first = everything(session)[offers.spindle, offers.heat]
    first.need.title = "<script>alert(1)</script>"
    first.sentence = '"><img src=x onerror=alert(1)>'
    session.commit()
    for path in ("", f"/needs/{offers.spindle}", f"/achievements/{offers.heat}", f"/{first.id}"):
        page = desk.get(f"/desk/pairings{path}").text
        assert ("<script>alert" in page, "<img src=x" in page) == (False, False)


def test_more_rows_need_no_more_queries(desk: FlaskClient, cast: Cast, offers: Offers, session: Session) -> None:
    paths = ("/desk/pairings", "/desk/pairings?by=achievement", f"/desk/pairings/needs/{offers.chrome}",
             f"/desk/pairings/achievements/{offers.membrane}")  # fmt: skip
    few = [queries(desk, path) for path in paths]
    for count in range(3):
        need = shelf.need(session, cast.rival, f"第 {count} 种废水")
        more = shelf.achievement(session, cast.institute, f"第 {count} 种膜")
        session.add_all([pairing(need.id, offers.membrane, 0.1, 1), pairing(offers.chrome, more.id, 0.1, 2)])
    session.commit()
    assert [queries(desk, path) for path in paths] == few


def queries(browser: FlaskClient, path: str) -> int:
    """How many statements answering takes."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    assert browser.get(path).status_code == 200
    event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)


def test_the_pages_of_both_sides_lead_to_their_recommendations(desk: FlaskClient, offers: Offers) -> None:
    assert f'href="/desk/pairings/needs/{offers.spindle}"' in desk.get(f"/desk/needs/{offers.spindle}").text
    page = desk.get(f"/desk/achievements/{offers.heat}").text
    assert f'href="/desk/pairings/achievements/{offers.heat}"' in page
