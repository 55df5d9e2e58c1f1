"""What every request meets, whoever makes it: a token for what is sent, headers on what comes back, strange numbers."""

from __future__ import annotations

import pytest

from tests import cast
from tests.security.estate import ROLES
from tests.security.forms import form_for
from tests.security.house import House, answer_of
from tests.security.policy import Line
from tests.security.walk import lines, rule_of

BY_LINK = {"site.rsvp_answer", "site.confirm_answer"}
"""Answers that the signed link in the address gives the right to; there may be no cookie, so no token either."""

STRANGE = (0, 2**31, 2**63)
NUMBERS = ("_id", "year")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def somebody(line: Line) -> str:
    """A role that the page is for; the first in the order of ROLES."""
    return next(role for role in ROLES if role in line.ok)


def used(method: str) -> list[Line]:
    """The lines that are for somebody."""
    return [line for line in lines(method) if line.ok]


def numbered(method: str) -> list[tuple[Line, str]]:
    """The lines with a number in the address, and which it is."""
    return [(line, name) for line in used(method) for name in line.given if name.endswith(NUMBERS)]


def subject_of(line: Line) -> str:
    return str(next(iter(line.given.values()), ""))


@pytest.mark.parametrize("line", [one for one in used("POST") if one.endpoint not in BY_LINK], ids=str)
def test_a_form_without_the_token_of_the_session_is_refused(house: House, line: Line) -> None:
    role, path = somebody(line), house.address(rule_of(line), line.given)
    browser, stranger, before = house.browser(role), house.browser("rival"), house.mark()
    cast.csrf(browser)
    for token in ({}, {"csrf_token": "made.up"}, {"csrf_token": _of_another_session(house)}):
        answer = browser.post(path, data={**form_for(house, line.endpoint, subject_of(line), role), **token})
        assert (answer.status_code, "页面已过期" in answer.text) == (400, True)
    assert stranger is not browser
    assert house.mark() == before


def _of_another_session(house: House) -> str:
    other = house.browser("rival")
    with other.session_transaction() as kept:
        kept["csrf_token"] = "0" * 40
    return cast.csrf(other)


@pytest.mark.parametrize("line", [one for one in used("POST") if one.endpoint in BY_LINK], ids=str)
def test_an_answer_by_link_needs_neither_cookie_nor_token(house: House, line: Line) -> None:
    guest, before = house.app.test_client(use_cookies=False), house.mark()
    form = form_for(house, line.endpoint, subject_of(line), "anonymous")
    answer = guest.post(house.address(rule_of(line), line.given), data=form)
    assert answer.status_code == 303
    assert house.mark() != before


@pytest.mark.parametrize("line", used("GET"), ids=str)
def test_every_page_carries_the_headers(house: House, line: Line) -> None:
    answer = house.browser(somebody(line)).get(house.address(rule_of(line), line.given))
    assert answer_of(answer) == "ok"
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("anonymous", "/nowhere", 404),
        ("owner", "/desk/", 403),
        ("anonymous", "/portal/", 302),
        ("desk", "/sign-out", 405),
    ],
)
def test_refusals_carry_them_too(house: House, role: str, path: str, status: int) -> None:
    answer = house.browser(role).get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(("line", "name"), numbered("GET"), ids=str)
def test_looking_for_a_number_that_nothing_has_finds_nothing(house: House, line: Line, name: str) -> None:
    browser = house.browser(somebody(line))
    for number in STRANGE:
        path = _with(house, line, name, number)
        assert (path, browser.get(path).status_code) == (path, 404)


@pytest.mark.parametrize(("line", "name"), numbered("POST"), ids=str)
def test_sending_to_a_number_that_nothing_has_finds_nothing(house: House, line: Line, name: str) -> None:
    role, before = somebody(line), house.mark()
    for number in STRANGE:
        path = _with(house, line, name, number)
        form = form_for(house, line.endpoint, subject_of(line), role)  # each its own: a file is read once
        answer = cast.post(house.browser(role), path, form)
        assert answer.status_code in (404, 405), path  # 405 where looking has a rule of its own for the same address
    assert house.mark() == before


def _with(house: House, line: Line, name: str, number: int) -> str:
    """The address of the line with another number in it."""
    path = house.address(rule_of(line), {**line.given, name: 2000})
    return path.replace("/2000", f"/{number}")
