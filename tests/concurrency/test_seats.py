"""Many guests, few seats: 200 answers from four processes fill exactly ten seats, and everybody gets a true answer.

The full size is `python -m benchmarks.seats_rush`: the same with fifty rounds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.replies import Outcome
from app.extensions import db
from app.models.invitation import Invitation
from tests import line, rush

GUESTS = 200
SEATS = 10
ROUNDS = 2
WORKERS = 8


def test_two_hundred_answers_fill_ten_seats_and_everybody_is_told_the_truth(app: Flask, tmp_path: Path) -> None:
    with rush.Rush(app, tmp_path) as processes:
        rounds = [processes.play(number, GUESTS, SEATS) for number in range(1, ROUNDS + 1)]
    assert rush.faults(rounds) == []
    assert [sorted(one.told.values()).count("seated") for one in rounds] == [SEATS] * ROUNDS


def test_without_the_locks_it_goes_wrong(app: Flask, tmp_path: Path) -> None:
    """The twin: on PostgreSQL more seats are given away than there are, on SQLite guests are turned away by errors."""
    with rush.Rush(app, tmp_path, naive=True) as processes:
        one = processes.play(1, GUESTS // 5, SEATS)
    assert one.faults != []
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        assert one.held > SEATS
    else:
        assert {"OperationalError", "status 503"} & set(one.told.values())


def together(deeds: Sequence[Callable[[], Outcome]]) -> list[Outcome | Exception]:
    """What each deed gives, WORKERS threads starting at the same instant."""
    barrier = threading.Barrier(WORKERS)
    done: list[Outcome | Exception] = []

    def run(mine: Sequence[Callable[[], Outcome]]) -> None:
        barrier.wait(30)
        for deed in mine:
            try:
                done.append(deed())
            except Exception as error:  # noqa: BLE001 - every error of a thread belongs to the test
                done.append(error)

    threads = [threading.Thread(target=run, args=(deeds[number::WORKERS],)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return done


def test_one_guest_clicking_from_eight_browsers_takes_one_seat(app: Flask) -> None:
    (one,) = line.invited(app, guests=1, seats=10)
    told = together([partial(line.yes, app, one)] * WORKERS)
    assert told == [Outcome("accepted", seats=1)] * WORKERS
    assert line.seats(app) == (1, 1)


def test_one_guest_clicking_from_eight_browsers_waits_in_one_place(app: Flask) -> None:
    first, second = line.invited(app, guests=2, seats=1)
    line.yes(app, first)
    told = together([partial(line.yes, app, second)] * WORKERS)
    assert told == [Outcome("waiting", seats=1, place=1)] * WORKERS


def test_refusals_and_answers_at_once_never_leave_a_seat_empty_while_somebody_waits(app: Flask) -> None:
    ids = line.invited(app, guests=24, seats=8)
    for one in ids[:16]:
        line.yes(app, one)
    told = together([partial(line.no, app, one) for one in ids[:8]] + [partial(line.yes, app, one) for one in ids[8:]])
    assert [one for one in told if isinstance(one, Exception)] == []
    assert line.seats(app) == (8, 8)
    with app.app_context():
        numbers = db.session.scalars(select(Invitation.line_number).where(Invitation.state == "waiting")).all()
    assert len(set(numbers)) == len(numbers) == 24 - 8 - 8
    offered = [address for kind, address in line.letters(app) if kind == "seat_offer"]
    assert len(set(offered)) == len(offered)


@pytest.mark.databases("sqlite")
def test_a_round_that_is_wrong_is_called_wrong() -> None:
    good = rush.Round(1, 1, 1, {1: "seated", 2: "waiting 1"}, {1: "accepted", 2: "waiting"})
    assert good.faults == []
    wrong = rush.Round(1, 1, 2, {1: "seated", 2: "seated"}, {1: "accepted", 2: "waiting"})
    assert wrong.faults == [
        "1 seats, 1 counted, 2 given away", "places []", "guest 2 is waiting and was told seated",
    ]  # fmt: skip
