"""Every page, asked for and sent to by everybody: who may do it can, all others are refused and nothing is written.

What is allowed must show in the database: a form that is sent well and writes nothing would hide a page that lets
nobody in. Refusals leave no trace but the note that somebody was refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import cast
from tests.security.estate import ROLES
from tests.security.forms import form_for
from tests.security.house import House, answer_of
from tests.security.policy import Line
from tests.security.walk import lines, rule_of

SILENT = {"site.sign_in", "site.sign_out", "site.switch", "desk.replies_take"}
"""Pages that write into the browser's session, if at all, and the dry run of a sheet."""


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
