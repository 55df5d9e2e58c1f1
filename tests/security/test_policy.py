"""Every page of the program has a line in the table of tests/security/policy.py, and every line a page."""

from __future__ import annotations

from app.web.doors import doors
from tests.security.forms import FORMS
from tests.security.house import House
from tests.security.policy import TABLE

FILES = {"static"}


def test_every_page_has_a_line_and_every_line_a_page(house: House) -> None:
    pages = {rule.endpoint for rule in house.app.url_map.iter_rules()} - FILES
    assert {line.endpoint for line in TABLE} == pages


def test_every_rule_is_asked_for(house: House) -> None:
    """Some pages have two addresses, such as the form of a new row and that of an old one."""
    rules = {(rule.endpoint, frozenset(rule.arguments)) for rule in house.app.url_map.iter_rules()}
    asked = {(line.endpoint, frozenset(line.given)) for line in TABLE}
    assert asked == {(endpoint, names) for endpoint, names in rules if endpoint not in FILES}


def test_every_line_stands_once() -> None:
    lines = [str(line) for line in TABLE]
    assert len(lines) == len(set(lines))


def test_every_page_stands_behind_a_door_of_its_audience() -> None:
    assert {line.endpoint.partition(".")[0] for line in TABLE} == set(doors())


def test_every_page_that_writes_has_a_form(house: House) -> None:
    writing = {rule.endpoint for rule in house.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert set(FORMS) == writing
