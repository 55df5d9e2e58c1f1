"""The portal's pages of needs: what a firm can do, what a stranger cannot, and what bad input does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.attachment import Attachment
from app.models.need import Need
from tests import shelf
from tests.cast import Cast, engage, post, sign_in
from tests.paper import PDF, PNG, need_form

DRAFT: dict[str, Any] = {"state": "draft", "published_at": None, "valid_until": date(2098, 12, 31)}


@pytest.fixture
def cast(session: Session) -> Cast:
    people = engage(session)
    session.commit()
    return people


@pytest.fixture
def owner(client: FlaskClient, cast: Cast) -> FlaskClient:
    return sign_in(client, cast.owner)


def only_need(session: Session) -> Need:
    session.rollback()
    return session.scalars(select(Need)).one()


def test_a_complete_form_is_handed_in_with_a_number(owner: FlaskClient, session: Session) -> None:
    answer = post(owner, "/portal/needs/new", need_form())
    need = only_need(session)
    assert (answer.status_code, answer.location) == (303, f"/portal/needs/{need.id}")
    assert (need.state, need.title, need.budget) == ("submitted", "高速电主轴热误差在线补偿", Decimal(50))
    assert need.number is not None
    assert need.number.startswith("XQ-")
    assert need.number.endswith("-411082-0001")
    assert [(row.name, row.present, row.target, row.unit) for row in need.indicators] == [("孔径漂移", "15", "6", "μm")]
    page = unescape(owner.get(answer.location).text)
    assert "已提交审核" in page
    assert need.number in page


def test_nothing_but_a_title_is_enough_for_a_draft(owner: FlaskClient, session: Session) -> None:
    answer = post(owner, "/portal/needs/new", {"title": "先占个位", "action": "draft"})
    need = only_need(session)
    assert (answer.status_code, need.state, need.title, need.number) == (303, "draft", "先占个位", None)


def test_an_empty_draft_is_kept_too(owner: FlaskClient, session: Session) -> None:
    assert post(owner, "/portal/needs/new", {"action": "draft"}).status_code == 303
    assert only_need(session).title == ""
    assert "还没有名称" in owner.get("/portal/needs").text


def test_an_incomplete_form_names_every_gap_and_keeps_the_words(owner: FlaskClient, session: Session) -> None:
    answer = post(
        owner, "/portal/needs/new", need_form(category="", contact_mobile="12", budget="五十", problem="同上")
    )
    page = unescape(answer.text)
    assert answer.status_code == 422
    for message in ("请选择需求类别。", "请填 11 位手机号码", "请只填一个数字（单位：万元）", "请把主要问题写具体"):
        assert message in page
    assert 'value="五十"' in page
    assert ">\r\n同上</textarea>" in page
    assert session.scalar(select(func.count(Need.id))) == 0


def test_a_double_click_makes_one_need(owner: FlaskClient, session: Session) -> None:
    first = post(owner, "/portal/needs/new", need_form())
    second = post(owner, "/portal/needs/new", need_form())
    assert first.location == second.location
    assert only_need(session).state == "submitted"


def test_the_same_sheet_with_other_words_is_refused(owner: FlaskClient, session: Session) -> None:
    post(owner, "/portal/needs/new", need_form())
    answer = post(owner, "/portal/needs/new", need_form(title="换一个完全不同的名称"))
    assert answer.status_code == 409
    assert 'value="换一个完全不同的名称"' in answer.text
    assert only_need(session).title == "高速电主轴热误差在线补偿"


def test_saving_the_same_words_with_another_persons_key_makes_two(
    owner: FlaskClient, cast: Cast, app: Flask, session: Session
) -> None:
    post(owner, "/portal/needs/new", need_form())
    post(sign_in(app.test_client(), cast.rival), "/portal/needs/new", need_form())
    session.rollback()
    assert session.scalar(select(func.count(Need.id))) == 2


def test_one_more_row_saves_nothing(owner: FlaskClient, session: Session) -> None:
    answer = post(owner, "/portal/needs/new", need_form(action="row"))
    assert answer.status_code == 200
    assert 'value="孔径漂移"' in answer.text
    assert 'name="indicators-2-name"' in answer.text
    assert session.scalar(select(func.count(Need.id))) == 0


def test_a_stale_save_keeps_what_was_typed_and_changes_nothing(
    owner: FlaskClient, cast: Cast, session: Session
) -> None:
    need = shelf.need(session, cast.owner, **DRAFT)
    session.commit()
    path, shown = f"/portal/needs/{need.id}/edit", str(need.version)
    assert post(owner, path, {"title": "同事先改了这里", "action": "draft", "version": shown}).status_code == 303
    answer = post(owner, path, {"title": "我后改了那里", "action": "draft", "version": shown})
    page = unescape(answer.text)
    assert answer.status_code == 409
    assert 'value="我后改了那里"' in page
    assert "被别人改过" in page
    assert only_need(session).title == "同事先改了这里"
    now = str(only_need(session).version)
    assert f'name="version" type="hidden" value="{now}"' in page
    assert post(owner, path, {"title": "我后改了那里", "action": "draft", "version": now}).status_code == 303
    assert only_need(session).title == "我后改了那里"


def test_saving_the_same_change_twice_is_no_conflict(owner: FlaskClient, cast: Cast, session: Session) -> None:
    need = shelf.need(session, cast.owner, **DRAFT)
    session.commit()
    form = need_form(version=str(need.version))
    assert [post(owner, f"/portal/needs/{need.id}/edit", form).status_code for _ in range(2)] == [303, 303]
    assert only_need(session).state == "submitted"


def test_the_reviewers_remarks_stand_beside_the_fields(owner: FlaskClient, cast: Cast, session: Session) -> None:
    need = shelf.need(
        session, cast.owner, state="returned", published_at=None, remarks={"problem": "请写明现在的合格率"}
    )
    session.commit()
    page = unescape(owner.get(f"/portal/needs/{need.id}/edit").text)
    assert '<div class="remark" id="problem-remark">' in page
    assert "请写明现在的合格率" in page


def test_handing_in_an_unfinished_need_from_its_page_leads_to_the_gaps(
    owner: FlaskClient, cast: Cast, session: Session
) -> None:
    need = shelf.need(session, cast.owner, problem="", **DRAFT)
    session.commit()
    answer = post(owner, f"/portal/needs/{need.id}/move", {"move": "submit"})
    assert (answer.status_code, answer.location) == (303, f"/portal/needs/{need.id}/edit?check=1")
    assert "请填写主要问题。" in owner.get(answer.location).text
    assert only_need(session).state == "draft"


def test_moves_are_made_by_their_buttons(owner: FlaskClient, cast: Cast, session: Session) -> None:
    need = shelf.need(session, cast.owner)
    session.commit()
    path = f"/portal/needs/{need.id}/move"
    assert post(owner, path, {"move": "settle"}).status_code == 303
    assert only_need(session).state == "settled"
    assert post(owner, path, {"move": "settle"}).status_code == 409
    assert post(owner, path, {"move": "nonsense"}).status_code == 409
    assert post(owner, path, {"move": "lapse"}).status_code in (403, 409)
    assert post(owner, path, {"move": "revise"}).status_code == 303
    assert only_need(session).state == "draft"


def test_a_published_need_is_not_edited_in_place(owner: FlaskClient, cast: Cast, session: Session) -> None:
    need = shelf.need(session, cast.owner)
    session.commit()
    assert owner.get(f"/portal/needs/{need.id}/edit").location == f"/portal/needs/{need.id}"
    answer = post(owner, f"/portal/needs/{need.id}/edit", need_form(title="偷偷改掉", version=str(need.version)))
    assert answer.status_code == 409
    assert only_need(session).title == "高速电主轴热误差补偿"


@pytest.mark.parametrize("method_and_path", ["GET /", "GET /edit", "POST /edit", "POST /move", "POST /confirm"])
def test_another_firms_draft_does_not_exist(app: Flask, cast: Cast, session: Session, method_and_path: str) -> None:
    need = shelf.need(session, cast.owner, title="谁也不该看到的名称", **DRAFT)
    session.commit()
    method, rest = method_and_path.split(" ")
    path = f"/portal/needs/{need.id}" + rest.rstrip("/")
    for stranger in (cast.rival, cast.institute, cast.university):
        browser = sign_in(app.test_client(), stranger)
        answer = browser.get(path) if method == "GET" else post(browser, path, need_form(move="submit"))
        assert (stranger.name, answer.status_code) == (stranger.name, 404)
        assert "谁也不该看到的名称" not in answer.text
    assert only_need(session).state == "draft"


@pytest.mark.parametrize("path", ["/portal/needs", "/portal/needs/new", "/portal/needs/1"])
def test_nobody_gets_in_without_signing_in(client: FlaskClient, cast: Cast, path: str) -> None:
    assert client.get(path).status_code == 302


def test_an_institute_enters_no_needs(client: FlaskClient, cast: Cast, session: Session) -> None:
    browser = sign_in(client, cast.institute)
    assert browser.get("/portal/needs/new").status_code == 403
    assert post(browser, "/portal/needs/new", need_form()).status_code == 403
    assert session.scalar(select(func.count(Need.id))) == 0


def test_fields_that_are_not_on_the_form_change_nothing(owner: FlaskClient, cast: Cast, session: Session) -> None:
    form = need_form(state="published", _state="published", organisation_id=str(cast.rival.organisation_id),
                     number="XQ-1", source="sheet", confirmed_at="2022-01-01", upload_id="1")  # fmt: skip
    post(owner, "/portal/needs/new", form)
    need = only_need(session)
    assert (need.state, need.organisation_id, need.source, need.confirmed_at, need.upload_id) == (
        "submitted", cast.owner.organisation_id, "own", None, None)  # fmt: skip


def test_hostile_words_are_shown_as_words(owner: FlaskClient, session: Session) -> None:
    hostile = '<script>alert(1)</script>{{7*7}}%s${x}"><img src=x onerror=y>'
    post(owner, "/portal/needs/new", need_form(title="补偿<b>刀补</b>{{7*7}}", problem=hostile, action="draft"))
    need = only_need(session)
    page = owner.get(f"/portal/needs/{need.id}").text
    assert need.problem == hostile
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


def test_control_signs_are_taken_out(owner: FlaskClient, session: Session) -> None:
    post(owner, "/portal/needs/new", need_form(title="补偿\x00\u200b刀\x08补", problem="一\x00二\r\n三\u202e四" * 5))
    need = only_need(session)
    assert (need.title, need.problem) == ("补偿刀补", "\n".join(["一二"] + ["三四一二"] * 4 + ["三四"]))


def test_six_hundred_kilobytes_are_refused_and_kept(owner: FlaskClient, session: Session) -> None:
    answer = post(owner, "/portal/needs/new", need_form(problem="难" * 200_000, action="draft"))
    assert answer.status_code == 422
    assert "最多 5,000 个字，现在有 200,000 个" in answer.text
    assert "难" * 200_000 in answer.text
    assert session.scalar(select(func.count(Need.id))) == 0


@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "9223372036854775808", "-1", "1e9", "０１"])
def test_odd_ids_are_no_pages(owner: FlaskClient, number: str) -> None:
    assert owner.get(f"/portal/needs/{number}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=99999999999", "page=x", "sort=-", "sort=state;", "state=x", "industry=1e9", "q=%25_'\"%00"],
)
def test_odd_filters_are_harmless(owner: FlaskClient, cast: Cast, session: Session, query: str) -> None:
    shelf.need(session, cast.owner)
    session.commit()
    assert owner.get(f"/portal/needs?{query}").status_code == 200


def test_an_institute_sees_what_firms_offer_and_no_more(client: FlaskClient, cast: Cast, session: Session) -> None:
    shelf.need(session, cast.owner, title="人人可见的难题", visibility="public")
    shelf.need(session, cast.owner, title="院所可见的难题", visibility="institutes")
    hidden = shelf.need(session, cast.owner, title="匿名的难题", visibility="anonymous",
                        problem="甲企业机械有限公司的主轴漂移，电话 13900001111。")  # fmt: skip
    shelf.need(session, cast.owner, title="不公开的难题", visibility="private")
    shelf.need(session, cast.owner, title="没写完的难题", **DRAFT)
    session.commit()
    browser = sign_in(client, cast.institute)
    page = browser.get("/portal/needs").text
    assert [title for title in ("人人可见", "院所可见", "匿名", "不公开", "没写完") if f"{title}的难题" in page] == [
        "人人可见", "院所可见", "匿名"]  # fmt: skip
    detail = browser.get(f"/portal/needs/{hidden.id}").text
    for secret in ("甲企业", "13900001111", "reach.me@firm.test", "葛长青"):
        assert secret not in page.replace("甲企业机械有限公司</span><span>长葛市", "")
        assert secret not in detail
    assert "长葛市某企业（匿名）" in detail
    assert "匿名的难题" not in browser.get("/portal/needs?q=甲企业机械").text


def test_files_are_kept_with_the_need_and_fetched_as_downloads(owner: FlaskClient, session: Session) -> None:
    files = [(BytesIO(PNG), "现场照片.exe.png"), (BytesIO(PDF), "../../图纸.pdf")]
    answer = post(owner, "/portal/needs/new", need_form(files=files), content_type="multipart/form-data")
    assert answer.status_code == 303
    session.rollback()
    kept = session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [(one.name, one.media_type, one.size) for one in kept] == [
        ("现场照片.exe.png", "image/png", len(PNG)), ("图纸.pdf", "application/pdf", len(PDF))]  # fmt: skip
    got = owner.get(f"/portal/attachments/{kept[1].id}")
    assert (got.data, got.mimetype, got.headers["X-Content-Type-Options"]) == (PDF, "application/pdf", "nosniff")
    assert got.headers["Content-Disposition"].startswith("attachment;")
