"""The organisation's own page: data, colleagues, departments and experts."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.models.achievement import Achievement
from app.models.people import Department, Expert, Organisation
from tests.cast import Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")
OWN = {
    "address": "长葛市人民路 1 号",
    "legal_person": "葛长青",
    "industry": "",
    "above_scale": "yes",
    "has_cooperation": "no",
    "profile": "做机床的",
    "contact_name": "葛部长",
    "contact_phone": "13937400002",
    "contact_email": "ge@firm.test",
}
EXPERT = {"name": "钱教授", "title": "研究员", "department": "材料中心", "email": "qian@cas.test", "mobile": ""}


@pytest.mark.parametrize(("part", "institute"), [("owner", False), ("rival", False), ("institute", True), ("university", True)])  # fmt: skip
def test_everybody_sees_their_own(client: FlaskClient, cast: Cast, part: str, institute: bool) -> None:
    person = cast.everyone()[part]
    answer = sign_in(client, person).get("/portal/organisation")
    assert answer.status_code == 200
    names = {one.actor.organisation_name for one in cast.everyone().values() if one is not person} - {"许昌科技大市场"}
    main = answer.text.partition("<main")[2]
    assert [name for name in names if name in main] == []
    assert person.email in main
    assert ("专家" in main) is institute


@pytest.mark.parametrize("part", ["desk", "county", "bureau", "admin"])
@pytest.mark.parametrize("path", ["", "/edit", "/experts/new"])
def test_the_desk_has_its_own_pages(client: FlaskClient, cast: Cast, part: str, path: str) -> None:
    assert sign_in(client, cast.everyone()[part]).get(f"/portal/organisation{path}").status_code == 403


def test_own_data_are_changed_and_registered_ones_are_not(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.owner)
    forged = {"name": "改名", "credit_code": "", "county": "禹州市", "kind": "bureau", "approved_at": ""}
    assert post(client, "/portal/organisation/edit", OWN | forged).headers["Location"] == "/portal/organisation"
    row = session.get_one(Organisation, cast.owner.organisation_id)
    session.refresh(row)
    assert (row.address, row.above_scale, row.has_cooperation, row.contact_phone, row.contact_email) == (
        "长葛市人民路 1 号", True, False, "13937400002", "ge@firm.test")  # fmt: skip
    assert (row.name, row.credit_code, row.kind) == ("甲企业机械有限公司", "91411082MA4000001N", "enterprise")
    assert row.county_id == cast.county_ids["长葛市"]
    assert 'value="葛部长"' in client.get("/portal/organisation/edit").text


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("contact_email", "ge@", "请填一个电子邮箱地址，例如 name@example.com。"),
        ("contact_phone", "12", "请填一个 11 位手机号码，或带区号的座机，例如 0374-2965000。"),
        ("profile", "长" * 2001, "最多 2,000 个字。"),
        ("industry", "没有的行业", "不是有效的选择。"),
    ],
)
def test_a_wrong_field_is_named(client: FlaskClient, cast: Cast, field: str, text: str, complaint: str) -> None:
    answer = post(sign_in(client, cast.owner), "/portal/organisation/edit", OWN | {field: text})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert 'value="葛部长"' in answer.text


def test_departments_come_and_go(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.university)
    for name in ("信息工程学院", "信息工程学院 ", "食品与药学院"):
        assert post(client, "/portal/organisation/departments", {"name": name}).status_code == 303
    assert post(client, "/portal/organisation/departments", {"name": ""}).status_code == 422
    rows = session.scalars(select(Department).order_by(Department.id)).all()
    assert [row.name for row in rows] == ["信息工程学院", "食品与药学院"]
    path = f"/portal/organisation/departments/{rows[0].id}/drop"
    assert post(sign_in(client, cast.institute), path).status_code == 404
    assert post(sign_in(client, cast.university), path).status_code == 303
    session.rollback()
    assert session.scalars(select(Department.name)).all() == ["食品与药学院"]


def test_experts_are_kept_by_their_institute(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.institute)
    assert post(client, "/portal/organisation/experts/new", EXPERT).status_code == 303
    expert = session.scalars(select(Expert)).one()
    department = expert.department.name if expert.department else ""
    assert (expert.name, expert.email, department) == ("钱教授", "qian@cas.test", "材料中心")
    double = post(client, "/portal/organisation/experts/new", EXPERT | {"name": "另一人"})
    assert (double.status_code, "本单位已经有用这个邮箱的专家。" in double.text) == (422, True)
    path = f"/portal/organisation/experts/{expert.id}"
    assert 'value="材料中心"' in client.get(path).text
    assert post(client, path, EXPERT | {"title": "首席研究员"}).status_code == 303
    assert sign_in(client, cast.university).get(path).status_code == 404
    assert post(client, f"{path}/drop").status_code == 404
    session.rollback()
    assert session.scalars(select(Expert.title)).all() == ["首席研究员"]


def test_an_expert_who_stands_for_an_achievement_stays(client: FlaskClient, cast: Cast, session: Session) -> None:
    now = clock.now()
    expert = Expert(organisation_id=cast.institute.organisation_id, name="钱教授", email="qian@cas.test")
    session.add(expert)
    session.flush()
    session.add(Achievement(organisation_id=cast.institute.organisation_id, expert_id=expert.id, title="软体手",
                            created_at=now, changed_at=now))  # fmt: skip
    session.commit()
    path = f"/portal/organisation/experts/{expert.id}/drop"
    assert post(sign_in(client, cast.institute), path).status_code == 303
    assert "名下还有成果，不能删除" in client.get("/portal/organisation").text
    session.rollback()
    assert session.scalars(select(Expert.name)).all() == ["钱教授"]


def test_a_firm_keeps_no_experts(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.owner)
    assert client.get("/portal/organisation/experts/new").status_code == 403
    assert post(client, "/portal/organisation/experts/new", EXPERT).status_code == 403
    assert post(client, "/portal/organisation/departments", {"name": "车间"}).status_code == 403
