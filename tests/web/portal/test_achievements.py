"""The portal's and the desk's pages of achievements, the files of a record, and the portal's front page."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clock
from app.models.achievement import Achievement
from app.models.attachment import Attachment
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.people import Department, Expert, Organisation
from tests import shelf
from tests.cast import NOW, Cast, engage, post, sign_in
from tests.paper import PNG, achievement_form


@pytest.fixture
def cast(session: Session) -> Cast:
    people = engage(session)
    session.commit()
    return people


@pytest.fixture
def institute(client: FlaskClient, cast: Cast) -> FlaskClient:
    return sign_in(client, cast.institute)


def only(session: Session) -> Achievement:
    session.rollback()
    return session.scalars(select(Achievement)).one()


def test_a_complete_form_is_handed_in(institute: FlaskClient, session: Session) -> None:
    answer = post(institute, "/portal/achievements/new", achievement_form())
    one = only(session)
    assert (answer.status_code, answer.location) == (303, f"/portal/achievements/{one.id}")
    assert (one.state, one.number) == ("submitted", f"CG-{clock.today(clock.now()).year}-0001")
    assert (one.department.name if one.department else "", one.expert.email if one.expert else "") == (
        "数控技术研究室", "expert@institute.test")  # fmt: skip
    assert "机床热变形在线补偿方法" in institute.get(answer.location).text


def test_departments_and_experts_are_made_once(institute: FlaskClient, session: Session) -> None:
    post(institute, "/portal/achievements/new", achievement_form())
    other = achievement_form(title="另一项成果", form_key="a" * 32, contact_email="expert@institute.test")
    post(institute, "/portal/achievements/new", other)
    session.rollback()
    assert session.scalar(select(func.count(Achievement.id))) == 2
    assert session.scalar(select(func.count(Department.id))) == 1
    assert session.scalar(select(func.count(Expert.id))) == 1


def test_an_incomplete_form_names_every_gap(institute: FlaskClient, session: Session) -> None:
    answer = post(
        institute, "/portal/achievements/new", {"title": "补偿方法", "completed_year": "去年", "action": "submit"}
    )
    page = unescape(answer.text)
    assert answer.status_code == 422
    for message in (
        "请填写成果简介",
        "请选择技术成熟度（所处阶段）",
        "请选择知识产权状态",
        "请填写所属产业领域",
        'value="去年"',
    ):
        assert message in page
    assert session.scalar(select(func.count(Achievement.id))) == 0


def test_a_stale_save_keeps_what_was_typed(institute: FlaskClient, cast: Cast, session: Session) -> None:
    one = shelf.achievement(session, cast.institute, state="draft", listed_at=None)
    session.commit()
    path, shown = f"/portal/achievements/{one.id}/edit", str(one.version)
    assert post(institute, path, {"title": "先改的", "action": "draft", "version": shown}).status_code == 303
    answer = post(institute, path, {"title": "后改的", "action": "draft", "version": shown})
    assert (answer.status_code, 'value="后改的"' in answer.text) == (409, True)
    assert only(session).title == "先改的"


def test_the_desk_lists_and_returns(app: Flask, institute: FlaskClient, cast: Cast, session: Session) -> None:
    post(institute, "/portal/achievements/new", achievement_form())
    one = only(session)
    desk = sign_in(app.test_client(), cast.desk)
    page = desk.get(f"/desk/achievements/{one.id}").text
    assert "审核通过并入库" in page
    form = {"decision": "return", "reason": "请补充", "remark-summary": "写明创新点"}
    assert post(desk, f"/desk/achievements/{one.id}/review", form).status_code == 303
    assert "写明创新点" in institute.get(f"/portal/achievements/{one.id}/edit").text
    again = achievement_form(version=str(only(session).version), summary="用少量测点反演温度场，创新点是不改机床结构。")
    assert post(institute, f"/portal/achievements/{one.id}/edit", again).status_code == 303
    assert post(desk, f"/desk/achievements/{one.id}/review", {"decision": "list"}).status_code == 303
    assert only(session).state == "listed"
    assert [letter.kind for letter in session.scalars(select(Letter).order_by(Letter.id))] == [
        "record_returned", "record_published"]  # fmt: skip


def test_the_desk_enters_one_for_a_new_institute(client: FlaskClient, cast: Cast, session: Session) -> None:
    desk = sign_in(client, cast.desk)
    form = achievement_form(organisation_name="中国科学院新来研究所", supply_kind="cas", told_by="院地合作处")
    assert post(desk, "/desk/achievements/new", form).status_code == 303
    assert (only(session).organisation.name, only(session).organisation.supply_kind) == ("中国科学院新来研究所", "cas")
    form["form_key"] = "b" * 32
    assert post(desk, "/desk/achievements/new", form).status_code == 303
    names = select(func.count(Organisation.id)).where(Organisation.name == "中国科学院新来研究所")
    assert session.scalar(names) == 1


@pytest.mark.parametrize(("part", "status"), [("owner", 403), ("county", 403), ("bureau", 403), ("university", 404)])
def test_others_change_nothing(app: Flask, cast: Cast, session: Session, part: str, status: int) -> None:
    one = shelf.achievement(session, cast.institute, state="submitted", listed_at=None)
    session.commit()
    browser = sign_in(app.test_client(), cast.everyone()[part])
    where = "portal" if part in ("owner", "university") else "desk"
    tries = [post(browser, f"/{where}/achievements/{one.id}/{path}", form).status_code
             for path, form in [("move", {"move": "withdraw"}), ("edit", achievement_form())]]  # fmt: skip
    assert set(tries) <= {status, 404}
    assert only(session).state == "submitted"


def test_a_firm_finds_what_institutes_offer(client: FlaskClient, cast: Cast, session: Session) -> None:
    shelf.achievement(session, cast.institute, title="公开的成果")
    shelf.achievement(session, cast.institute, title="院所间的成果", visibility="institutes")
    shelf.achievement(session, cast.institute, title="没写完的成果", state="draft", listed_at=None)
    session.commit()
    page = sign_in(client, cast.owner).get("/portal/achievements").text
    assert [name for name in ("公开", "院所间", "没写完") if f"{name}的成果" in page] == ["公开"]


def test_a_file_is_out_of_reach_for_strangers_and_after_withdrawal(app: Flask, cast: Cast, session: Session) -> None:
    owner = sign_in(app.test_client(), cast.owner)
    need = shelf.need(session, cast.owner)
    session.add(
        Attachment(
            need_id=need.id, name="图.png", media_type="image/png", size=9, sha256="1", content=PNG, created_at=NOW
        )
    )
    session.commit()
    path = f"/portal/attachments/{session.scalars(select(Attachment.id)).one()}"
    reader = sign_in(app.test_client(), cast.institute)
    assert (reader.get(path).status_code, reader.get(path).data) == (200, PNG)
    assert post(reader, path + "/drop").status_code == 404
    assert app.test_client().get(path).status_code == 302
    assert post(owner, f"/portal/needs/{need.id}/move", {"move": "withdraw"}).status_code == 303
    assert (reader.get(path).status_code, owner.get(path).status_code) == (404, 200)
    assert owner.get("/portal/attachments/2147483648").status_code == 404


def test_a_wrong_file_is_named_beside_its_field(institute: FlaskClient, session: Session) -> None:
    form = achievement_form(files=[(BytesIO(b"MZ" + bytes(99)), "病毒.png")])
    answer = post(institute, "/portal/achievements/new", form, content_type="multipart/form-data")
    assert (answer.status_code, "“病毒.png”不是图片" in answer.text) == (422, True)
    assert session.scalar(select(func.count(Achievement.id))) == 0


def test_a_newcomer_is_told_where_to_begin(app: Flask, cast: Cast) -> None:
    pages = {
        part: sign_in(app.test_client(), cast.everyone()[part]).get("/portal/").text for part in ("owner", "institute")
    }
    assert ("填报第一条需求" in pages["owner"], "登记第一项成果" in pages["institute"]) == (True, True)


def test_the_front_page_says_what_waits(app: Flask, cast: Cast, session: Session) -> None:
    shelf.need(
        session, cast.owner, title="退回的难题", state="returned", published_at=None, remarks={"problem": "写明合格率"}
    )
    shelf.need(session, cast.owner, title="写了一半的难题", state="draft", published_at=None)
    shelf.need(session, cast.rival, title="别家的难题", state="returned", published_at=None)
    soon = shelf.event(session, title="第三场对接会", starts_at=clock.now() + timedelta(days=3))
    over = shelf.event(session, title="已经办过的对接会", starts_at=clock.now() - timedelta(days=3))
    for event in (soon, over):
        invitation = Invitation(event=event, organisation_id=cast.owner.organisation_id, side="demand", nonce="n",
                                contact_email="owner@cast.test", sent_at=NOW, created_at=NOW)  # fmt: skip
        invitation._state = "sent"
        session.add(invitation)
    session.commit()
    page = sign_in(app.test_client(), cast.owner).get("/portal/").text
    shown = [text for text in ("退回的难题", "写明合格率", "写了一半的难题", "别家的难题", "第三场对接会", "已经办过的对接会",
                               "请回复是否参加") if text in page]  # fmt: skip
    assert shown == ["退回的难题", "写明合格率", "写了一半的难题", "第三场对接会", "请回复是否参加"]
