"""The worker follows the offer: what is published, changed or withdrawn is matched within a second of its commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.domain import clock
from app.extensions import writing
from app.jobs import registry, runner
from app.models.achievement import Achievement
from app.models.need import Need
from app.services import following, leases
from app.services.conduct import carry_out
from app.services.steps import Step
from tests import shelf
from tests.cast import NOW, Cast, Person
from tests.offers import Offers, everything, offer

SECONDS = 1.0
LOADED = 15.0
"""How much longer a machine may take that runs other tests at the same time; the time itself is measured by the benchmark."""


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    found = offer(session, cast)
    session.commit()
    return found


@pytest.fixture
def worker(app: Flask, session: Session, offers: Offers) -> Iterator[runner.Runner]:
    """A process that serves; its first run, which reads everything, is over."""
    work = runner.Runner(app, [registry.JOBS["recommend"], registry.JOBS["rebuild"]])
    work.start()
    wait(session, lambda: bool(everything(session)), 60)
    yield work
    work.stop()


def wait(session: Session, met: Callable[[], bool], seconds: float = SECONDS * LOADED) -> float:
    """How long it took until it was so."""
    start = time.perf_counter()
    while not met():
        assert time.perf_counter() - start < seconds, "it did not come in time"
        session.rollback()
        time.sleep(0.02)
    return time.perf_counter() - start


def move(subject: type[Need | Achievement], number: int, name: str, person: Person) -> None:
    with writing() as session:
        carry_out(session, Step(session.get_one(subject, number), name), person.actor, NOW)


def publish(person: Person) -> int:
    """A need that the sensor of `tests.offers` answers."""
    with writing() as session:
        return shelf.need(session, person, "主轴温度场监测", problem="主轴升温，要监测温度场并报警。").id


def test_what_changes_on_offer_is_matched_within_a_second(
    session: Session, cast: Cast, offers: Offers, worker: runner.Runner
) -> None:
    def places(need: int) -> dict[int, int | None]:
        return {
            key[1]: one.rank for key, one in everything(session).items() if key[0] == need and one.state == "suggested"
        }

    need = publish(cast.rival)
    wait(session, lambda: places(need).get(offers.sensor) == 1)
    with writing() as open_session:
        said = "主轴升温时监测温度场并报警。"
        better = shelf.achievement(open_session, cast.university, "主轴温度场监测与报警", summary=said).id
    wait(session, lambda: places(need).get(better) == 1)
    with writing() as open_session:
        rewritten = open_session.get_one(Achievement, better)
        rewritten.title, rewritten.summary = "麦芽糖浆", "糖化。"
    wait(session, lambda: better not in places(need) and places(need)[offers.sensor] == 1)
    move(Achievement, offers.sensor, "withdraw", cast.university)
    wait(session, lambda: offers.sensor not in places(need))
    move(Need, offers.spindle, "withdraw", cast.owner)
    wait(session, lambda: places(offers.spindle) == {})


def test_two_processes_that_serve_make_each_pairing_once(
    app: Flask, session: Session, cast: Cast, offers: Offers, worker: runner.Runner
) -> None:
    other = runner.Runner(app, [registry.JOBS["recommend"]])
    other.start()
    try:
        need = publish(cast.rival)
        wait(session, lambda: (need, offers.sensor) in everything(session))
    finally:
        other.stop()


def test_jobs_once_does_the_same_work(app: Flask, session: Session, cast: Cast, offers: Offers) -> None:
    assert runner.run(app, registry.JOBS["recommend"], clock.now()) != {}
    assert runner.run(app, registry.JOBS["rebuild"], clock.now()) == {}
    need = publish(cast.rival)
    following.warm.known = None  # another process
    assert runner.run(app, registry.JOBS["recommend"], clock.now()) != {}
    assert (need, offers.sensor) in everything(session)
    assert runner.run(app, registry.JOBS["recommend"], clock.now()) == {}


def test_nothing_is_written_while_nothing_changes(app: Flask, session: Session, cast: Cast, offers: Offers) -> None:
    runner.run(app, registry.JOBS["recommend"], clock.now())
    finished = leases.finished_at(session, "recommend")
    session.rollback()
    assert runner.run(app, registry.JOBS["recommend"], clock.now()) == {}
    assert leases.finished_at(session, "recommend") == finished
