"""The lines of the policy with the rules of the program behind them, known before any database is."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from app.web import routes
from tests.security.policy import TABLE, Line


def _rules() -> list[Rule]:
    blank = Flask("blank")
    routes.install(blank)
    return list(blank.url_map.iter_rules())


RULES = {(rule.endpoint, frozenset(rule.arguments)): rule for rule in _rules()}


def rule_of(line: Line) -> Rule:
    """The rule that makes the address of this line."""
    return RULES[line.endpoint, frozenset(line.given)]


def lines(method: str) -> list[Line]:
    """The lines whose pages know this method; a line without a page is for test_policy.py to report."""
    known = [line for line in TABLE if (line.endpoint, frozenset(line.given)) in RULES]
    return [line for line in known if method in (rule_of(line).methods or ())]
