"""Signing in and out: who gets in, who is locked out, how long a session lives, and where it leads."""

from __future__ import annotations

import html
import re
from http.cookies import SimpleCookie

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.models.history import MoveRecord
from app.models.people import Membership, SignInGuard, User
from app.models.reference import Industry
from app.services import passwords
from tests.cast import PASSWORD, Cast, csrf, post, sign_in

pytestmark = pytest.mark.databases("sqlite")


def enter(client: FlaskClient, email: str, password: str = PASSWORD, after: str = "") -> tuple[int, str, str]:
    """Sign in through the form; status, where it leads, and the complaint shown."""
    given = {"email": email, "password": password}
    answer = post(client, "/sign-in", given, query_string={"next": after} if after else {})
    shown = re.search(r'<div class="notice notice-bad".*?<li>(.*?)</li>', answer.text, re.DOTALL)
    return answer.status_code, answer.headers.get("Location", ""), shown.group(1) if shown else ""


@pytest.mark.parametrize(
    ("part", "home"),
    [("owner", "/portal/"), ("rival", "/portal/"), ("institute", "/portal/"), ("university", "/portal/"),
     ("desk", "/desk/"), ("county", "/desk/"), ("bureau", "/desk/"), ("admin", "/desk/")],
)  # fmt: skip
def test_everybody_comes_to_their_own_workplace(client: FlaskClient, cast: Cast, part: str, home: str) -> None:
    assert enter(client, cast.everyone()[part].email) == (303, home, "")
    assert client.get(home).status_code == 200


def test_the_address_may_be_written_with_capitals_and_blanks(client: FlaskClient, cast: Cast) -> None:
    assert enter(client, " Desk@CAST.test ") == (303, "/desk/", "")


def test_the_sixth_try_is_refused_even_with_the_right_password(
    client: FlaskClient, app: Flask, cast: Cast, session: Session
) -> None:
    answers = [enter(client, cast.desk.email, "wrong password") for _ in range(5)]
    assert [status for status, _, _ in answers] == [422, 422, 422, 422, 429]
    other = app.test_client()
    locked = (429, "", "登录失败次数过多，请 15 分钟后再试，或点“忘记密码”重新设置密码。")
    assert enter(other, cast.desk.email) == locked
    assert enter(other, cast.county.email) == (303, "/desk/", "")
    kept = session.scalars(select(MoveRecord.verb).where(MoveRecord.noun == "sign_in")).all()
    assert kept == ["locked"]


def test_the_lock_ends_after_a_quarter_of_an_hour(client: FlaskClient, cast: Cast, session: Session) -> None:
    for _ in range(5):
        enter(client, cast.desk.email, "wrong password")
    guard = session.scalars(select(SignInGuard)).one()
    assert guard.locked_until is not None
    shift = guard.locked_until - guard.since_at
    guard.since_at -= shift
    guard.locked_until -= shift
    session.commit()
    assert enter(client, cast.desk.email) == (303, "/desk/", "")


def test_an_address_nobody_has_is_answered_alike(client: FlaskClient, cast: Cast) -> None:
    known = [enter(client, cast.desk.email, "wrong password") for _ in range(6)]
    unknown = [enter(client, "nobody@cast.test", "wrong password") for _ in range(6)]
    assert unknown == known


def test_the_same_work_is_done_for_an_address_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = passwords._HASHER

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept[:9])
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    monkeypatch.setattr(passwords, "_dummy", lambda: real.hash("nobody"))
    assert passwords.matches(None, "anything") is False
    assert verified == ["$argon2id"]


def test_a_new_session_begins_at_signing_in(client: FlaskClient, cast: Cast) -> None:
    client.get("/sign-in")
    with client.session_transaction() as kept:
        kept["planted"] = "by somebody else"
    before = csrf(client)
    assert enter(client, cast.desk.email)[0] == 303
    with client.session_transaction() as kept:
        assert "planted" not in kept
    late = client.post("/sign-out", data={"csrf_token": before})
    assert late.status_code == 400


def test_a_copied_cookie_is_dead_after_signing_out(client: FlaskClient, app: Flask, cast: Cast) -> None:
    enter(client, cast.desk.email)
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/desk/").status_code == 200
    assert post(client, "/sign-out").headers["Location"] == "/"
    answer = thief.get("/desk/people")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/desk/people")


def test_a_closed_account_is_out_at_the_next_request(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.desk)
    assert client.get("/desk/").status_code == 200
    session.get_one(User, cast.desk.user_id).is_active = False
    session.commit()
    assert client.get("/desk/").status_code == 302
    assert enter(client, cast.desk.email)[0] == 422


def test_somebody_whose_membership_ended_waits(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.owner)
    session.get_one(Membership, cast.owner.membership_id)._state = "ended"
    session.commit()
    answer = client.get("/portal/organisation")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/waiting")
    assert client.get("/waiting").status_code == 200


@pytest.mark.parametrize(("key", "seconds"), [("seen", 31 * 60), ("opened", 12 * 3600 + 60)])
def test_an_idle_or_old_session_is_over(client: FlaskClient, cast: Cast, key: str, seconds: int) -> None:
    sign_in(client, cast.desk)
    assert client.get("/desk/").status_code == 200
    with client.session_transaction() as kept:
        kept[key] -= seconds
    assert client.get("/desk/").status_code == 302


def fields_of(text: str) -> list[tuple[str, str]]:
    """The hidden fields and text areas of a page, as a browser would hand them in."""
    found = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)">|<textarea name="([^"]+)" hidden>\n(.*?)</textarea>',
        text,
        re.DOTALL,
    )
    return [(html.unescape(name or area), html.unescape(value or inner)) for name, value, area, inner in found]


def kept_in(text: str) -> dict[str, list[str]]:
    """The kept form inside a page of signing in."""
    return MultiDict(one for one in fields_of(text) if one[0].startswith("resume_")).to_dict(flat=False)


def test_what_was_typed_survives_an_idle_session(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.desk)
    with client.session_transaction() as kept:
        kept["seen"] -= 31 * 60
    typed = {"name": "蜂<产>品\n第二行", "tier": "", "aliases": "蜂业、蜂胶", "position": "30"}
    answer = post(client, "/desk/reference/industries/new", typed)
    assert (answer.status_code, session.scalars(select(Industry)).all()) == (401, [])
    again = post(client, "/sign-in", kept_in(answer.text) | {"email": cast.desk.email, "password": "wrong password"})
    assert again.status_code == 422
    resumed = post(client, "/sign-in", kept_in(again.text) | {"email": cast.desk.email, "password": PASSWORD})
    assert resumed.status_code == 200
    fields = fields_of(resumed.text.partition("登录成功")[2])
    assert {name: text for name, text in fields if name != "csrf_token"} == typed
    assert client.post("/desk/reference/industries/new", data=MultiDict(fields)).status_code == 303
    session.rollback()
    assert session.scalars(select(Industry.aliases)).all() == [["蜂业", "蜂胶"]]


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/no-such-page", "/healthz"])
def test_a_kept_form_goes_to_no_foreign_place(client: FlaskClient, cast: Cast, path: str) -> None:
    given = {
        "email": cast.desk.email,
        "password": PASSWORD,
        "resume_path": path,
        "resume_name": "a",
        "resume_text": "b",
    }
    assert post(client, "/sign-in", given).headers["Location"] == "/desk/"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "/%09/evil.example", "/\t/evil.example", "https:evil.example",
     "https://evil.example/", "javascript:alert(1)", "/desk/\r\nSet-Cookie: a=b", "http://localhost/desk/",
     "/no-such-page", "/sign-out", "desk/"],
)  # fmt: skip
def test_a_foreign_next_leads_home(client: FlaskClient, cast: Cast, target: str) -> None:
    assert enter(client, cast.desk.email, after=target)[1] == "/desk/"


def test_an_own_next_is_followed(client: FlaskClient, cast: Cast) -> None:
    assert enter(client, cast.desk.email, after="/desk/people?kind=enterprise")[1] == "/desk/people?kind=enterprise"


def test_the_cookie_is_closed_to_scripts_and_other_sites(client: FlaskClient, cast: Cast) -> None:
    answer = post(client, "/sign-in", {"email": cast.desk.email, "password": PASSWORD})
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Cookie")


def test_an_outdated_hash_is_renewed_at_the_next_sign_in(client: FlaskClient, cast: Cast, session: Session) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    session.get_one(User, cast.desk.user_id).password_hash = weak
    session.commit()
    assert enter(client, cast.desk.email)[0] == 303
    session.expire_all()
    renewed = session.get_one(User, cast.desk.user_id).password_hash
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("given", [{}, {"email": "desk@cast.test"}, {"password": "x"}, {"email": "\x00", "password": "x" * 300}])  # fmt: skip
def test_half_filled_forms_are_shown_again(client: FlaskClient, cast: Cast, given: dict[str, str]) -> None:
    assert post(client, "/sign-in", given).status_code == 422


def test_a_form_without_token_is_refused(client: FlaskClient, cast: Cast) -> None:
    answer = client.post("/sign-in", data={"email": cast.desk.email, "password": PASSWORD})
    assert answer.status_code == 400
