"""An organisation's own sheets: it imports its own rows only and sees nobody else's uploads."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.domain.vocabulary import SheetKind
from app.extensions import db
from app.models.achievement import Achievement
from app.models.need import Need
from tests.cast import Cast, post, sign_in
from tests.sheets.books import book_of

pytestmark = pytest.mark.databases("sqlite")


def send(client: FlaskClient, data: bytes, kind: SheetKind) -> TestResponse:
    """Upload a file the way the form does."""
    file = (io.BytesIO(data), "表.xlsx")
    return post(client, "/portal/sheets", {"kind": kind.value, "file": file}, content_type="multipart/form-data")


def own_need(**changes: Any) -> bytes:
    """One row of the cast's owner."""
    return book_of(
        SheetKind.NEEDS, 1, {"N2": "甲企业机械有限公司", "V2": "91411082MA4000001N", "W2": "长葛市"} | changes
    )


def test_a_firm_imports_its_need(app: Flask, client: FlaskClient, cast: Cast) -> None:
    owner = sign_in(client, cast.owner)
    assert "下载科技成果模板" not in owner.get("/portal/sheets").text
    assert send(owner, own_need(), SheetKind.NEEDS).location == "/portal/sheets/1"
    assert "导入并直接发布" not in owner.get("/portal/sheets/1").text
    assert post(owner, "/portal/sheets/1/accept").status_code == 303
    with app.app_context():
        need = db.session.scalars(select(Need)).one()
        assert (need.state, need.organisation_id, need.source) == ("submitted", cast.owner.organisation_id, "sheet")


def test_a_firm_may_not_publish_by_itself(app: Flask, client: FlaskClient, cast: Cast) -> None:
    owner = sign_in(client, cast.owner)
    send(owner, own_need(), SheetKind.NEEDS)
    assert post(owner, "/portal/sheets/1/accept", {"publish": "1"}).status_code == 403
    with app.app_context():
        assert db.session.scalars(select(Need)).all() == []


def test_another_firms_row_is_a_complaint(client: FlaskClient, cast: Cast) -> None:
    owner = sign_in(client, cast.owner)
    send(owner, own_need(N2="乙企业环保科技有限公司", V2="91411081MA4000002B"), SheetKind.NEEDS)
    shown = owner.get("/portal/sheets/1").text
    assert "只能导入本单位（甲企业机械有限公司）的技术需求，请删去其他单位的行。" in shown


def test_an_institute_imports_its_achievements(app: Flask, client: FlaskClient, cast: Cast) -> None:
    university = sign_in(client, cast.university)
    send(university, book_of(SheetKind.ACHIEVEMENTS, 2), SheetKind.ACHIEVEMENTS)
    post(university, "/portal/sheets/1/accept")
    with app.app_context():
        assert db.session.scalars(select(Achievement.state)).all() == ["submitted", "submitted"]
    assert send(university, own_need(), SheetKind.NEEDS).status_code == 422


@pytest.mark.parametrize("who", ["rival", "institute"])
def test_strangers_find_nothing(app: Flask, client: FlaskClient, cast: Cast, who: str) -> None:
    send(sign_in(client, cast.owner), own_need(), SheetKind.NEEDS)
    stranger = sign_in(client, cast.everyone()[who])
    assert "表.xlsx" not in stranger.get("/portal/sheets").text
    assert stranger.get("/portal/sheets/1").status_code == 404
    assert stranger.get("/portal/sheets/1/marked.xlsx").status_code == 404
    for deed in ("accept", "discard", "undo"):
        assert post(stranger, f"/portal/sheets/1/{deed}").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(Need)).all() == []


def test_the_list_and_the_undo_of_a_firm(client: FlaskClient, cast: Cast) -> None:
    owner = sign_in(client, cast.owner)
    send(owner, own_need(), SheetKind.NEEDS)
    post(owner, "/portal/sheets/1/accept")
    assert "新增 1，更新 0，不变 0" in owner.get("/portal/sheets").text
    assert post(owner, "/portal/sheets/1/undo").location == "/portal/sheets/1"
    shown = owner.get("/portal/sheets/1").text
    assert "已撤销整批导入：新增的记录已撤回，更新过的记录已恢复原样。" in shown
    assert "新增 1，更新 0，不变 0；整批已撤销" in shown
