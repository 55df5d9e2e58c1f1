"""The commands `season plan` and `timetable show`: their JSON, their refusals, and that planning twice is once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.domain import clock
from app.extensions import db, writing
from app.models.event import Event
from scheduler.instances import read_placed, read_spec
from tests import market
from tests.scheduler.sessions import broken


@pytest.fixture
def open_market(app: Flask) -> Iterator[Flask]:
    """Firms, institutes and pairings on 15 February 2022, and no event yet."""
    clock.set_clock(market.NOW)
    with app.app_context(), writing() as session:
        market.trade(session)
    yield app
    clock.set_clock(None)


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """The command's exit code and what it said."""
    result = app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output


def answer(app: Flask, *arguments: str) -> dict[str, Any]:
    """The JSON of a command that succeeds."""
    code, output = run(app, *arguments, "--json")
    assert code == 0, output
    found: dict[str, Any] = json.loads(output)
    return found


def test_a_plan_opens_the_year_and_answers_with_figures(open_market: Flask) -> None:
    planned = answer(open_market, "season", "plan", "2022", "--keep-top", "2")
    assert planned.pop("seconds") > 0
    assert planned == {
        "year": 2022, "events": 10, "kept": 8, "assigned": 8, "meetings": 8, "unplaced": 0, "clashes": 0,
    }  # fmt: skip
    with open_market.app_context():
        assert db.session.query(Event).count() == 19
    code, output = run(open_market, "season", "plan", "2022", "--keep-top", "2")
    assert (code, output.splitlines()[1]) == (0, "与现有安排一致，没有改动。")


@pytest.mark.databases("sqlite")
def test_a_timetable_is_shown_by_code_and_by_id_for_an_independent_checker(open_market: Flask) -> None:
    answer(open_market, "season", "plan", "2022")
    shown = answer(open_market, "timetable", "show", "2022-CAS-1")
    assert answer(open_market, "timetable", "show", str(shown["id"])) == shown
    codes = [f"2022-{series}-{number}" for series in ("CAS", "XCU") for number in range(1, 6)]
    every = [answer(open_market, "timetable", "show", code) for code in codes]
    assert sum(len(one["timetable"]["assignments"]) for one in every) == 12
    for one in every:
        spec, (placed, _claims) = read_spec(one["instance"]), read_placed(one["timetable"])
        assert broken(spec, placed) == set()
    code, output = run(open_market, "timetable", "show", "2022-CAS-1")
    assert (code, output.splitlines()[0]) == (0, "2022-CAS-1 中科院专题科技成果发布对接会（第 1 场）")


@pytest.mark.databases("sqlite")
def test_what_cannot_be_done_is_said_in_chinese(open_market: Flask) -> None:
    assert run(open_market, "timetable", "show", "2022-CAS-9") == (1, "Error: 没有编号为 2022-CAS-9 的活动。\n")
    assert run(open_market, "timetable", "show", "第一场") == (
        1, "Error: “第一场”不是活动编号：请写活动的序号，或形如 2022-CAS-1 的编号。\n",
    )  # fmt: skip
    code, output = run(open_market, "season", "plan", "2021")
    assert (code, "个可用的工作日，排不下10场活动" in output) == (1, True)
