"""The desk's pages of needs: review, entering on a firm's behalf, and what a county office may not do."""

from __future__ import annotations

from datetime import date
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.letter import Letter
from app.models.need import Need
from app.models.people import Organisation
from tests import shelf
from tests.cast import Cast, Person, engage, post, sign_in
from tests.paper import need_form

NEW_FIRM = "91411082MA9010020C"


@pytest.fixture
def cast(session: Session) -> Cast:
    people = engage(session)
    session.commit()
    return people


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    return sign_in(client, cast.desk)


def submitted(session: Session, by: Person, **given: Any) -> Need:
    need = shelf.need(session, by, state="submitted", published_at=None, valid_until=date(2098, 12, 31), **given)
    session.commit()
    return need


def again(session: Session, need: Need) -> Need:
    session.rollback()
    return session.get_one(Need, need.id)


def code_of(session: Session, person: Person) -> str:
    return session.get_one(Organisation, person.organisation_id).credit_code or ""


def test_the_review_publishes(desk: FlaskClient, cast: Cast, session: Session) -> None:
    need = submitted(session, cast.owner)
    answer = post(desk, f"/desk/needs/{need.id}/review", {"decision": "publish"})
    assert (answer.status_code, answer.location) == (303, f"/desk/needs/{need.id}")
    assert again(session, need).state == "published"


def test_the_review_returns_with_remarks(desk: FlaskClient, cast: Cast, session: Session) -> None:
    need = submitted(session, cast.owner)
    form = {"decision": "return", "remark-problem": "请写明合格率", "remark-state": "draft"}
    assert post(desk, f"/desk/needs/{need.id}/review", form).status_code == 303
    assert again(session, need).state == "returned"
    assert need.remarks == {"problem": "请写明合格率", "reason": "请按各栏的意见修改。"}
    assert [one.kind for one in session.scalars(select(Letter))] == ["record_returned"]


def test_a_return_without_a_word_is_asked_for_one(desk: FlaskClient, cast: Cast, session: Session) -> None:
    need = submitted(session, cast.owner)
    answer = post(desk, f"/desk/needs/{need.id}/review", {"decision": "return"})
    assert answer.status_code == 422
    assert "请写明退回修改的理由" in answer.text
    assert again(session, need).state == "submitted"


@pytest.mark.parametrize("decision", ["", "settle", "lapse", "nonsense"])
def test_the_review_knows_two_answers(desk: FlaskClient, cast: Cast, session: Session, decision: str) -> None:
    need = submitted(session, cast.owner)
    assert post(desk, f"/desk/needs/{need.id}/review", {"decision": decision}).status_code == 409
    assert again(session, need).state == "submitted"


def test_the_bureau_reads_and_writes_nothing(client: FlaskClient, cast: Cast, session: Session) -> None:
    need = submitted(session, cast.owner)
    browser = sign_in(client, cast.bureau)
    page = browser.get(f"/desk/needs/{need.id}")
    assert page.status_code == 200
    assert "审核通过并发布" not in page.text
    for path, form in [
        ("review", {"decision": "publish"}),
        ("move", {"move": "withdraw"}),
        ("ask", {}),
        ("edit", need_form()),
    ]:
        assert (path, post(browser, f"/desk/needs/{need.id}/{path}", form).status_code) == (path, 403)
    assert browser.get("/desk/needs/new").status_code == 403
    assert again(session, need).state == "submitted"


def test_a_county_office_works_on_its_own_county_only(client: FlaskClient, cast: Cast, session: Session) -> None:
    own, other = submitted(session, cast.rival, title="禹州的难题"), submitted(session, cast.owner, title="长葛的难题")
    browser = sign_in(client, cast.county)
    page = browser.get("/desk/needs?county=" + str(cast.county_ids["长葛市"])).text
    assert "长葛的难题" not in page
    assert "长葛的难题" not in browser.get("/desk/needs?q=难题").text
    assert "禹州的难题" in browser.get("/desk/needs").text
    for path, form in [
        ("", None),
        ("/edit", None),
        ("/review", {"decision": "publish"}),
        ("/move", {"move": "withdraw"}),
        ("/ask", {}),
    ]:
        url = f"/desk/needs/{other.id}{path}"
        answer = browser.get(url) if form is None else post(browser, url, form)
        assert (path, answer.status_code) == (path, 404)
    assert post(browser, f"/desk/needs/{own.id}/review", {"decision": "publish"}).status_code == 303
    assert (again(session, own).state, again(session, other).state) == ("published", "submitted")


@pytest.mark.parametrize("part", ["owner", "institute"])
def test_the_desk_is_closed_to_the_portal(client: FlaskClient, cast: Cast, session: Session, part: str) -> None:
    need = submitted(session, cast.owner)
    browser = sign_in(client, cast.everyone()[part])
    assert browser.get("/desk/needs").status_code == 403
    assert post(browser, f"/desk/needs/{need.id}/review", {"decision": "publish"}).status_code == 403
    assert again(session, need).state == "submitted"


def test_a_known_firm_is_found_by_its_code(desk: FlaskClient, cast: Cast, session: Session) -> None:
    form = need_form(
        credit_code=code_of(session, cast.owner),
        source="visit",
        told_by="王工",
        told_how="走访",
        visited_on="2022-02-14",
    )
    answer = post(desk, "/desk/needs/new", form)
    assert answer.status_code == 303
    session.rollback()
    need = session.scalars(select(Need)).one()
    assert (need.organisation_id, need.state, need.source, need.told_by, need.visited_on) == (
        cast.owner.organisation_id, "submitted", "visit", "王工", date(2022, 2, 14))  # fmt: skip
    assert [one.kind for one in session.scalars(select(Letter))] == ["need_confirm"]
    page = unescape(desk.get(answer.location).text)
    assert "等企业确认" in page


def test_a_new_firm_is_entered_with_its_need(desk: FlaskClient, cast: Cast, session: Session) -> None:
    form = need_form(credit_code=NEW_FIRM, organisation_name="长葛新来机械有限公司", county="长葛市", told_by="王工")
    assert post(desk, "/desk/needs/new", form).status_code == 303
    session.rollback()
    firm = session.scalars(select(Need)).one().organisation
    assert (firm.name, firm.credit_code, firm.kind, firm.county_id, firm.approved_at is None) == (
        "长葛新来机械有限公司", NEW_FIRM, "enterprise", cast.county_ids["长葛市"], False)  # fmt: skip


@pytest.mark.parametrize(("given", "message"), [
    ({}, "请填写企业的 18 位统一社会信用代码"),
    ({"credit_code": "91411082MA90100209"}, "校验位不对"),
    ({"credit_code": "12410000400000042F"}, "登记的是院所高校"),
    ({"credit_code": NEW_FIRM}, "请填写单位全称"),
])  # fmt: skip
def test_an_unclear_firm_is_asked_about(
    desk: FlaskClient, session: Session, given: dict[str, str], message: str
) -> None:
    before = session.scalar(select(func.count(Organisation.id)))
    answer = post(desk, "/desk/needs/new", need_form(told_by="王工", **given))
    assert (answer.status_code, message in unescape(answer.text)) == (422, True)
    session.rollback()
    assert session.scalar(select(func.count(Need.id))) == 0
    assert session.scalar(select(func.count(Organisation.id))) == before


def test_a_submission_on_behalf_names_who_told_us(desk: FlaskClient, cast: Cast, session: Session) -> None:
    answer = post(desk, "/desk/needs/new", need_form(credit_code=code_of(session, cast.owner), told_by=""))
    assert (answer.status_code, "请写明是谁反映的" in answer.text) == (422, True)


def test_a_county_office_enters_for_its_own_firms_only(
    app: Flask, client: FlaskClient, cast: Cast, session: Session
) -> None:
    browser = sign_in(client, cast.county)
    own, other = code_of(session, cast.rival), code_of(session, cast.owner)
    refused = post(browser, "/desk/needs/new", need_form(credit_code=other, told_by="王工"))
    assert (refused.status_code, "不在贵县（市、区）" in refused.text) == (422, True)
    form = need_form(credit_code=NEW_FIRM, organisation_name="想填到长葛的公司", county="长葛市", told_by="王工")
    assert post(browser, "/desk/needs/new", form).status_code == 303
    assert (
        post(browser, "/desk/needs/new", need_form(credit_code=own, told_by="王工", form_key="f" * 32)).status_code
        == 303
    )
    session.rollback()
    counties = {need.organisation.county_id for need in session.scalars(select(Need))}
    assert counties == {cast.county_ids["禹州市"]}


def test_a_double_click_on_behalf_makes_one_need_and_one_letter(
    desk: FlaskClient, cast: Cast, session: Session
) -> None:
    form = need_form(credit_code=code_of(session, cast.owner), told_by="王工")
    assert post(desk, "/desk/needs/new", form).location == post(desk, "/desk/needs/new", form).location
    session.rollback()
    assert session.scalar(select(func.count(Need.id))) == 1
    assert session.scalar(select(func.count(Letter.id))) == 1


def test_the_form_is_filled_for_a_chosen_firm(desk: FlaskClient, cast: Cast, session: Session) -> None:
    page = desk.get(f"/desk/needs/new?organisation={cast.owner.organisation_id}").text
    assert f'value="{code_of(session, cast.owner)}"' in page
    assert 'value="owner@cast.test"' in page
    assert desk.get("/desk/needs/new?organisation=999999").status_code == 404


def test_the_list_is_narrowed_by_every_filter(desk: FlaskClient, cast: Cast, session: Session) -> None:
    submitted(session, cast.owner, title="长葛待审的难题")
    shelf.need(session, cast.rival, title="禹州发布的难题")
    shelf.need(session, cast.owner, title="有出入的难题", confirm_nonce="n", confirm_note="不对")
    session.commit()
    seen = {}
    for query in (
        "state=submitted",
        f"county={cast.county_ids['禹州市']}",
        "answer=disputed",
        "q=长葛待审",
        "q=乙企业",
        "state=nonsense",
    ):
        page = desk.get(f"/desk/needs?{query}").text
        seen[query.split("=")[0] + query[-2:]] = [
            name for name in ("长葛待审", "禹州发布", "有出入") if f"{name}的难题" in page
        ]
    assert list(seen.values()) == [["长葛待审"], ["禹州发布"], ["有出入"], ["长葛待审"], ["禹州发布"], []]
