"""A worker that stood still while another took its job over writes nothing when it wakes; and what a clean stop hands back."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import select, text

from app.domain import clock
from app.extensions import db, writing
from app.jobs import registry, runner
from app.jobs.registry import Job
from app.models.lease import Lease
from app.models.process import Process
from app.models.serial import Serial
from app.services import heartbeats, leases
from tests.cast import NOW
from tests.conftest import ROOT

PROCESS = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from flask import g
from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.jobs import runner
from app.jobs.registry import Job
from app.models.serial import Serial
from tests.conftest import settings_for

url, home, fence = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

def work(now, stopping):
    if fence == "off":
        g.pop("fence")
    (home / "begun").touch()
    while not (home / "go").exists():
        time.sleep(0.02)
    with writing() as session:
        session.add(Serial(series="first", last=1))
    return {"written": 1}

app = create_app(settings_for(url, home / "data"))
print(runner.run(app, Job("trial", 1, work, "试验", lease=1), clock.now()))
with app.app_context():
    db.engine.dispose()
"""


def job(run: registry.Run, lease: int = 300, seconds: float = 0.05) -> Job:
    return Job("trial", seconds, run, "试验", lease)


def written(app: Flask) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Serial.series)))


def series(name: str) -> registry.Run:
    """A job that writes one row."""

    def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        with writing() as session:
            session.add(Serial(series=name, last=1))
        return {"written": 1}

    return run


@pytest.mark.parametrize("fence", ["on", "off"])
def test_a_process_that_is_frozen_and_woken_writes_nothing(app: Flask, tmp_path: Path, fence: str) -> None:
    """Without the fence it writes on although another worker has done the job."""
    url = app.extensions["settings"].database_url
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, url, str(tmp_path), fence], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        until((tmp_path / "begun").exists)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.2)  # longer than its lease
        assert runner.run(app, job(series("second")), clock.now()) == {"written": 1}
        (tmp_path / "go").touch()
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    wanted = ("None\n", ["second"]) if fence == "on" else ("{'written': 1}\n", ["first", "second"])
    assert (said, written(app)) == wanted


@pytest.mark.parametrize("fence", ["on", "off"])
def test_what_was_begun_under_a_lost_lease_is_undone_at_its_commit(app: Flask, fence: str) -> None:
    """The rival takes the job in the middle of the transaction's work, on PostgreSQL even between two statements."""

    def slow(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        if fence == "off":
            g.pop("fence")
        clock.set_clock(NOW + timedelta(seconds=301))
        assert take_elsewhere(app)
        with writing() as session:
            session.add(Serial(series="late", last=1))
        return {"written": 1}

    clock.set_clock(NOW)
    try:
        counts = runner.run(app, job(slow), NOW)
    finally:
        clock.set_clock(None)
    assert (counts, written(app)) == ((None, []) if fence == "on" else ({"written": 1}, ["late"]))


def take_elsewhere(app: Flask) -> bool:
    """Take the job as another worker, in a thread of its own."""
    taken: list[bool] = []

    def take() -> None:
        with app.app_context(), writing() as session:
            taken.append(leases.take(session, "trial", "rival", clock.now(), 300))

    thread = threading.Thread(target=take)
    thread.start()
    thread.join(30)
    return taken == [True]


def test_every_commit_renews_the_lease(app: Flask) -> None:
    until_then: list[datetime | None] = []

    def long(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        for step in range(3):
            clock.set_clock(NOW + timedelta(seconds=200 * step))
            with writing() as session:
                session.add(Serial(series=str(step), last=1))
            until_then.append(db.session.get_one(Lease, "trial").leased_until)
            db.session.rollback()
        return {"written": 3}

    clock.set_clock(NOW)
    try:
        assert runner.run(app, job(long), NOW) == {"written": 3}
    finally:
        clock.set_clock(None)
    assert [found and round((found - NOW).total_seconds()) for found in until_then] == [300, 500, 700]


@pytest.mark.databases("sqlite")
def test_a_stop_waits_for_what_is_under_way_and_no_longer(app: Flask) -> None:
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()

    def endless(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        begun.set()
        go.wait(60)
        try:
            with writing() as session:
                session.add(Serial(series="after the stop", last=1))
        finally:
            ended.set()
        return {"written": 1}

    worker = runner.Runner(app, [job(endless)])
    worker.start()
    assert begun.wait(30)
    since = time.monotonic()
    assert worker.stop(patience=0.5) is False
    assert time.monotonic() - since < 5
    with app.app_context():
        left = db.session.get_one(Lease, "trial")
        assert (left.holder, left.leased_until, left.last_error) == (None, None, "stopped")
        assert db.session.scalars(select(Process)).all() == []
        db.session.rollback()
    assert runner.run(app, job(series("next")), clock.now()) == {"written": 1}
    go.set()
    assert ended.wait(30)
    until(lambda: not any("ThreadPoolExecutor" in thread.name for thread in threading.enumerate()))
    assert written(app) == ["next"]


@pytest.mark.databases("sqlite")
def test_a_process_registers_says_that_it_lives_and_rests_while_the_tables_are_not_its_own(app: Flask) -> None:
    seen: list[datetime] = []

    def work(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        seen.append(now)
        return {}

    worker = runner.Runner(app, [job(work, lease=0)], kind="web")
    worker.start()
    until(lambda: len(seen) > 1)
    worker._beat()
    with app.app_context():
        (row,) = db.session.scalars(select(Process)).all()
        assert row.kind == "web"
        assert db.session.get_one(Lease, "trial").ticked_at is not None
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
    worker._beat()
    until(lambda: not worker._under_way)
    count = len(seen)
    time.sleep(0.3)
    assert len(seen) <= count + 1
    assert worker.alive
    assert worker.stop() is True
    assert worker.alive


def test_a_tick_of_an_unknown_job_and_a_later_tick_elsewhere_stay(app: Flask) -> None:
    """A process of an older version neither removes what it does not know nor turns the clock back."""
    with app.app_context():
        with writing() as session:
            heartbeats.tick(session, {"of a newer version": NOW, "remind": NOW})
        with writing() as session:
            heartbeats.tick(session, {"remind": NOW - timedelta(minutes=1)})
        ticks = {row.name: row.ticked_at for row in db.session.scalars(select(Lease))}
    assert ticks == {"of a newer version": NOW, "remind": NOW}


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that comes in a moment."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
