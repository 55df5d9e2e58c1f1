"""Signing up, resetting and changing passwords, switching organisations: answers that give nothing away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.models.letter import Letter
from app.models.people import Membership, Organisation, User
from app.services import passwords
from tests.cast import PASSWORD, Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")
NEW_CODE = "91411082MA90100171"
FORM = {
    "kind": "enterprise",
    "organisation_name": "长葛华合机械股份有限公司",
    "credit_code": NEW_CODE,
    "county": "长葛市",
    "title": "技术部长",
    "name": "华师傅",
    "mobile": "13937400001",
    "email": "hua@new.test",
    "password": "三台卧加和一条线",
    "again": "三台卧加和一条线",
    "consent": "y",
}


def letters(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    return [(row.kind, row.recipient) for row in session.scalars(select(Letter).order_by(Letter.id))]


def complaints(text: str) -> list[str]:
    return re.findall(r'class="field-error".*?<span>(.*?)</span>', text, re.DOTALL)


# ------------------------------------------------------------------------------- signing up


def test_a_new_firm_signs_up(client: FlaskClient, cast: Cast, session: Session) -> None:
    answer = post(client, "/sign-up", FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-up/received")
    assert client.get("/sign-up/received").status_code == 200
    assert letters(session) == [("account_received", "hua@new.test")]
    member = session.scalars(select(Membership).join(User).where(User.email == "hua@new.test")).one()
    made = member.organisation
    assert (member.state, member.role, member.title) == ("requested", "enterprise", "技术部长")
    assert (made.name, made.credit_code, made.approved_at) == (FORM["organisation_name"], NEW_CODE, None)
    assert made.county_id == cast.county_ids["长葛市"]
    answer = post(client, "/sign-in", {"email": "hua@new.test", "password": FORM["password"]})
    assert answer.headers["Location"] == "/waiting"
    assert client.get("/portal/").headers["Location"] == "/waiting"


def test_a_known_address_changes_nothing_and_gets_the_same_answer(
    client: FlaskClient, cast: Cast, session: Session
) -> None:
    stranger = post(client, "/sign-up", FORM)
    known = post(client, "/sign-up", FORM | {"email": "Owner@cast.test", "credit_code": "91411002MA90100250"})
    assert (known.status_code, known.headers["Location"], known.text) == (
        stranger.status_code, stranger.headers["Location"], stranger.text)  # fmt: skip
    assert letters(session) == [("account_received", "hua@new.test"), ("account_known", cast.owner.email)]
    assert session.get_one(User, cast.owner.user_id).name == cast.owner.name
    assert session.scalars(select(Organisation).where(Organisation.credit_code == "91411002MA90100250")).all() == []


def test_a_known_code_asks_to_join_and_its_people_hear_of_it(client: FlaskClient, cast: Cast, session: Session) -> None:
    data = FORM | {"credit_code": "91411082MA4000001N", "organisation_name": "冒名公司", "county": "禹州市"}
    answer = post(client, "/sign-up", data)
    assert answer.headers["Location"] == "/sign-up/received"
    assert letters(session) == [("account_received", "hua@new.test"), ("account_joins", cast.owner.email)]
    member = session.scalars(select(Membership).join(User).where(User.email == "hua@new.test")).one()
    assert (member.organisation_id, member.state) == (cast.owner.organisation_id, "requested")
    assert member.organisation.name == "甲企业机械有限公司"
    assert member.organisation.county_id == cast.county_ids["长葛市"]


def test_an_institute_from_elsewhere_has_no_county(client: FlaskClient, cast: Cast, session: Session) -> None:
    assert post(client, "/sign-up", FORM | {"kind": "institute", "county": "outside"}).status_code == 303
    member = session.scalars(select(Membership).join(User).where(User.email == "hua@new.test")).one()
    assert (member.role, member.organisation.county_id) == ("institute", None)


def test_roles_and_states_in_the_form_are_ignored(client: FlaskClient, cast: Cast, session: Session) -> None:
    post(client, "/sign-up", FORM | {"role": "administrator", "state": "active", "approved_at": "2022-01-01"})
    member = session.scalars(select(Membership).join(User).where(User.email == "hua@new.test")).one()
    assert (member.role, member.state, member.organisation.approved_at) == ("enterprise", "requested", None)
    answer = post(client, "/sign-up", FORM | {"kind": "bureau", "email": "other@new.test"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("credit_code", "91411082MA90100172", "统一社会信用代码的校验位不对，多半是抄错了一位，请对照营业执照填写。"),
        ("credit_code", "12345", "统一社会信用代码应为 18 位，这里是 5 位，请对照营业执照填写。"),
        ("county", "", "请选择单位所在的县（市、区）。"),
        ("mobile", "12345", "请填 11 位手机号码，例如 13800000000。"),
        ("email", "hua＠", "请填一个电子邮箱地址，例如 name@example.com。"),
        ("organisation_name", "同上", "请填写单位全称，与营业执照或公章一致。"),
        ("again", "别的密码别的密码", "两次输入的密码不一样。"),
        ("consent", "", "请勾选同意，否则不能建立账号。"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    client: FlaskClient, cast: Cast, session: Session, field: str, text: str, complaint: str
) -> None:
    answer = post(client, "/sign-up", {key: value for key, value in (FORM | {field: text}).items() if value})
    assert (answer.status_code, complaints(answer.text)) == (422, [complaint])
    assert 'value="长葛华合机械股份有限公司"' in answer.text or field == "organisation_name"
    assert letters(session) == []


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("1234567", "密码至少 8 个字符，可以用一句话，空格和汉字都行。"),
        ("password1", "这个密码太常见或太有规律，容易被猜到，请换一个，例如几个不相关的词连在一起。"),
        ("aaaaaaaaaa", "这个密码太常见或太有规律，容易被猜到，请换一个，例如几个不相关的词连在一起。"),
        ("许昌莲城好风光", "密码至少 8 个字符，可以用一句话，空格和汉字都行。"),
        ("许昌莲城好风光2022", "密码不能含有“许昌”“xuchang”“kjj”等容易猜到的本地词，请换一个。"),
        ("XuChang-lotus-77", "密码不能含有“许昌”“xuchang”“kjj”等容易猜到的本地词，请换一个。"),
        ("kjj-lotus-77-sun", "密码不能含有“许昌”“xuchang”“kjj”等容易猜到的本地词，请换一个。"),
        ("华师傅的好密码一二三", "密码不能含有您的姓名或邮箱名，请换一个。"),
        ("x" * 257, "密码最长 256 个字符。"),
        ("correct horse battery", ""),
        ("三台卧加一条线，早上对刀", ""),
        ("🌸莲花🌸开在八月🌸", ""),
        ("a long sentence of words " * 10, ""),
    ],
)
def test_passwords_are_judged_by_what_can_be_guessed(password: str, fault: str) -> None:
    assert passwords.fault(password, ("华师傅", "hua@new.test", "hua")) == fault


def test_a_long_password_is_not_cut_off() -> None:
    long = "莲花开在八月 " * 30
    kept = passwords.hashed(long)
    assert (passwords.matches(kept, long), passwords.matches(kept, long[:72])) == (True, False)


# ------------------------------------------------------------------------------- passwords


def reset_link(session: Session, address: str) -> str:
    session.rollback()
    row = session.scalars(select(Letter).where(Letter.kind == "password_reset", Letter.recipient == address)).one()
    found = re.search(r"http://127\.0\.0\.1:8000(/password/\S+)", row.text)
    assert found is not None
    return found.group(1)


def test_a_forgotten_password_is_set_anew_once(client: FlaskClient, app: Flask, cast: Cast, session: Session) -> None:
    elsewhere = sign_in(app.test_client(), cast.owner)
    for address in (cast.owner.email, "nobody@cast.test"):
        answer = post(client, "/forgotten", {"email": address})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert letters(session) == [("password_reset", cast.owner.email)]
    link = reset_link(session, cast.owner.email)
    assert client.get(link).status_code == 200
    assert client.get(link).status_code == 200  # a mail scanner may look first
    new = {"password": "换成一句新的话了", "again": "换成一句新的话了"}
    assert post(client, link, new).headers["Location"] == "/sign-in"
    assert post(client, link, new).status_code == 404
    assert client.get(link).status_code == 404
    assert elsewhere.get("/portal/organisation").status_code == 302
    assert post(client, "/sign-in", {"email": cast.owner.email, "password": PASSWORD}).status_code == 422
    assert post(client, "/sign-in", {"email": cast.owner.email, "password": new["password"]}).status_code == 303
    assert letters(session)[-1] == ("password_changed", cast.owner.email)


def test_both_answers_to_a_forgotten_password_read_the_same(client: FlaskClient, cast: Cast) -> None:
    pages = []
    for address in (cast.owner.email, "nobody@cast.test"):
        post(client, "/forgotten", {"email": address})
        pages.append(re.sub(r'value="[^"]{40,}"', "", client.get("/sign-in").text))
    assert pages[0] == pages[1]
    assert "如果这个邮箱有账号" in pages[0]


def test_a_reset_link_dies_of_age_and_of_tampering(
    client: FlaskClient, cast: Cast, session: Session, app: Flask
) -> None:
    links = app.extensions["links"]
    user = session.get_one(User, cast.owner.user_id)
    now = clock.now()
    fresh = links.reset(user, now).removeprefix(links.public_url)
    old = links.reset(user, now - timedelta(minutes=31)).removeprefix(links.public_url)
    other_purpose = "/password/" + links.token("rsvp", user.id, user.session_epoch, int(now.timestamp()))
    statuses = [client.get(path).status_code for path in (fresh, old, fresh[:-2] + "xx", other_purpose, "/password/1")]
    assert statuses == [200, 404, 404, 404, 404]


def test_five_reset_letters_an_hour_are_enough(client: FlaskClient, cast: Cast, session: Session) -> None:
    from app.services import accounts

    session.info["links"] = client.application.extensions["links"]
    now = clock.now()
    for second in range(8):
        accounts.request_reset(session, cast.owner.email, now + timedelta(seconds=second))
    session.commit()
    assert letters(session) == [("password_reset", cast.owner.email)] * 5


def test_changing_the_password_ends_other_sessions_only(
    client: FlaskClient, app: Flask, cast: Cast, session: Session
) -> None:
    elsewhere = sign_in(app.test_client(), cast.owner)
    sign_in(client, cast.owner)
    data = {"old": "wrong password", "password": "换成一句新的话了", "again": "换成一句新的话了"}
    refused = post(client, "/account/password", data)
    assert (refused.status_code, complaints(refused.text)) == (422, ["现在的密码不正确。"])
    assert post(client, "/account/password", data | {"old": PASSWORD}).headers["Location"] == "/account"
    assert client.get("/portal/organisation").status_code == 200
    assert elsewhere.get("/portal/organisation").status_code == 302
    assert letters(session) == [("password_changed", cast.owner.email)]


def test_own_name_and_number_can_be_changed(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.owner)
    assert post(client, "/account", {"name": "葛新名", "mobile": "139 3740 0009"}).status_code == 303
    assert post(client, "/account", {"name": "葛新名", "mobile": "1"}).status_code == 422
    session.rollback()
    user = session.get_one(User, cast.owner.user_id)
    assert (user.name, user.mobile) == ("葛新名", "13937400009")


# ------------------------------------------------------------------------------- several organisations


def test_one_person_works_for_two_organisations(client: FlaskClient, cast: Cast, session: Session) -> None:
    second = Membership(user_id=cast.owner.user_id, organisation_id=cast.rival.organisation_id, role="enterprise",
                        created_at=clock.now())  # fmt: skip
    second._state = "active"
    session.add(second)
    session.commit()
    sign_in(client, cast.owner)
    assert client.get("/account/organisations").text.count("以此身份工作") == 2
    answer = post(client, "/account/switch", {"membership_id": str(second.id)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/portal/")
    page = client.get("/portal/organisation").text
    assert ("<h1>乙企业环保科技有限公司" in page, "<h1>甲企业机械有限公司" in page) == (True, False)


def test_nobody_switches_into_a_strangers_place(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.owner)
    for wanted in (str(cast.desk.membership_id), "", "0", "-1", "9" * 30):
        assert post(client, "/account/switch", {"membership_id": wanted}).status_code == 404
    assert client.get("/desk/people").status_code == 403


def test_joining_another_organisation_waits_for_approval(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.owner)
    data = {key: FORM[key] for key in ("kind", "organisation_name", "credit_code", "county", "title")}
    assert post(client, "/account/join", data).headers["Location"] == "/account/organisations"
    assert post(client, "/account/join", data).headers["Location"] == "/account/organisations"
    rows = session.scalars(select(Membership).where(Membership.user_id == cast.owner.user_id).order_by(Membership.id))
    assert [(row.organisation.name, row.state) for row in rows] == [
        ("甲企业机械有限公司", "active"), (FORM["organisation_name"], "requested")]  # fmt: skip


@pytest.mark.parametrize("path", ["/account", "/account/organisations"])
def test_the_account_pages_are_for_those_who_signed_in(client: FlaskClient, cast: Cast, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in?next={path}"
    for person in cast.everyone().values():
        assert sign_in(client, person).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/switch", "/account/join"])
def test_strangers_write_nothing(client: FlaskClient, cast: Cast, path: str) -> None:
    assert post(client, path, {"name": "x", "membership_id": "1"}).status_code == 403
