"""Every page, asked for and sent to by everybody: who may do it can, all others are refused and nothing is written.

What is allowed must show in the database: a form that is sent well and writes nothing would hide a page that lets
nobody in. Refusals leave no trace but the note that somebody was refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.web import routes
from tests import cast
from tests.security.estate import ROLES
from tests.security.forms import form_for
from tests.security.house import House, answer_of
from tests.security.policy import TABLE, Line

SILENT = {"site.sign_in", "site.sign_out", "site.switch"}
"""Pages that write into the browser's session, if at all."""


def _rules() -> list[Rule]:
    """The rules of the program, without a database behind them."""
    blank = Flask("blank")
    routes.install(blank)
    return list(blank.url_map.iter_rules())


RULES = {(rule.endpoint, frozenset(rule.arguments)): rule for rule in _rules()}


def rule_of(line: Line) -> Rule:
    """The rule that makes the address of this line; a line without a page is test_policy's to report."""
    return RULES[line.endpoint, frozenset(line.given)]


def lines(method: str) -> list[Line]:
    """The lines whose pages know this method."""
    known = [line for line in TABLE if (line.endpoint, frozenset(line.given)) in RULES]
    return [line for line in known if method in (rule_of(line).methods or ())]


@pytest.mark.parametrize("line", lines("GET"), ids=str)
def test_looking(house: House, line: Line) -> None:
    path, before = house.address(rule_of(line), line.given), house.mark()
    answers = {role: answer_of(house.browser(role).get(path)) for role in ROLES}
    assert answers == {role: line.expected(role) for role in ROLES}
    assert house.mark() == before


@pytest.mark.parametrize("line", lines("POST"), ids=str)
def test_sending(house: House, line: Line) -> None:
    answers = dict(_sent_by_everybody(house, line))
    assert answers == {role: line.expected(role) for role in ROLES}


def _sent_by_everybody(house: House, line: Line) -> Iterator[tuple[str, str]]:
    """(role, what was answered); after what was allowed, everything is put back."""
    path, before = house.address(rule_of(line), line.given), house.mark()
    subject = str(next(iter(line.given.values()), ""))
    for role in ROLES:
        form = form_for(house, line.endpoint, subject, role)
        answer = answer_of(cast.post(house.browser(role), path, form))
        wrote = house.mark() != before
        assert answer == "ok" or not wrote, f"{role} was refused {path} and wrote all the same"
        assert answer != "ok" or wrote or line.endpoint in SILENT, f"{role} was let in to {path} and wrote nothing"
        if wrote:
            house.restore()
        yield role, answer
