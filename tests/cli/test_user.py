"""Adding people from the command line: the first administrator, colleagues, refusals."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.letter import Letter
from app.models.people import Membership
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.databases("sqlite")


def run(app: Flask, *arguments: str, password: str = PASSWORD) -> Result:
    return app.test_cli_runner().invoke(args=["user", *arguments], input=f"{password}\n")


def add(app: Flask, email: str, role: str, *more: str, password: str = PASSWORD) -> Result:
    return run(app, "add", email, "--name", "张三", "--role", role, "--password-stdin", *more, password=password)


def test_the_first_administrator_of_an_empty_database(app: Flask, session: Session) -> None:
    ended = add(app, "First@market.test", "administrator", "--json")
    assert ended.exit_code == 0, ended.output
    data = json.loads(ended.output)
    assert {key: data[key] for key in ("email", "role", "organisation")} == {
        "email": "first@market.test", "role": "administrator", "organisation": "许昌科技大市场"}  # fmt: skip
    member = session.scalars(select(Membership)).one()
    assert (member.state, member.organisation.kind, member.organisation.approved_at is not None) == (
        "active", "market", True)  # fmt: skip
    assert session.scalars(select(Letter)).all() == []


def test_adding_twice_changes_nothing(app: Flask, session: Session) -> None:
    assert add(app, "a@market.test", "organizer").exit_code == 0
    assert add(app, "a@market.test", "organizer").exit_code == 0
    assert len(session.scalars(select(Membership)).all()) == 1


def test_an_ended_membership_is_restored(app: Flask, cast: Cast, session: Session) -> None:
    session.get_one(Membership, cast.owner.membership_id)._state = "ended"
    session.commit()
    assert add(app, cast.owner.email, "enterprise", "--organisation", "甲企业机械有限公司").exit_code == 0
    session.rollback()
    session.expire_all()
    member = session.get_one(Membership, cast.owner.membership_id)
    assert (member.state, member.user.name) == ("active", cast.owner.name)


@pytest.mark.parametrize(
    ("role", "more", "said"),
    [
        ("enterprise", (), "请用 --organisation 写明单位名称或统一社会信用代码。"),
        ("institute", ("--organisation", "甲企业机械有限公司"), "“甲企业机械有限公司”是企业，不是院所高校。"),
        ("county_office", ("--organisation", "某局", "--county", "没有县"),
         "没有县（市、区）“没有县”，请先载入基础资料，再用 --county 写明。"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(app: Flask, cast: Cast, role: str, more: tuple[str, ...], said: str) -> None:
    ended = add(app, "x@market.test", role, *more)
    assert (ended.exit_code, ended.output) == (1, said + "\n")


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("x@market.test", "1234567", "密码至少 8 个字符，可以用一句话，空格和汉字都行。\n"),
        ("nonsense", PASSWORD, "请填一个电子邮箱地址，例如 name@example.com。\n"),
        ("x@market.test", "", "密码至少 8 个字符，可以用一句话，空格和汉字都行。\n"),
    ],
)
def test_weak_passwords_and_wrong_addresses_are_refused(app: Flask, email: str, password: str, said: str) -> None:
    ended = add(app, email, "organizer", password=password)
    assert (ended.exit_code, ended.output) == (1, said)


def test_an_account_is_closed_and_reopened(app: Flask, cast: Cast, session: Session) -> None:
    assert run(app, "close", cast.owner.email).output == "账号已停用。\n"
    session.rollback()
    member = session.get_one(Membership, cast.owner.membership_id)
    assert (member.user.is_active, member.user.session_epoch) == (False, 1)
    assert run(app, "reopen", cast.owner.email).output == "账号已恢复。\n"
    assert run(app, "close", "nobody@x.test").exit_code == 1


def test_the_lists_are_loaded_from_the_command_line(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = json.loads(runner.invoke(args=["reference", "load", "--year", "2022", "--json"]).output)
    again = json.loads(runner.invoke(args=["reference", "load", "--year", "2022", "--json"]).output)
    assert (first["counties"], first["venues"], again["counties"], again["venues"]) == (10, 3, 0, 0)
