"""The runner: leases, contexts, errors, a clean stop; and the process that serves until it is told to end."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.domain import clock
from app.extensions import db, writing
from app.jobs import registry, runner
from app.jobs.registry import Job
from app.models.lease import Lease
from app.services import leases
from tests.cast import NOW

pytestmark = pytest.mark.databases("sqlite")
ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "remind",
    "expire",
    "offers",
    "recommend",
    "rebuild",
    "outlook",
    "twins",
    "season",
    "preview",
    "learn",
    "deliver",
    "bounces",
    "alert",
    "backup",
    "tidy",
)


def job(run: registry.Run, seconds: float = 0.05, lease: int = 300) -> Job:
    return Job("trial", seconds, run, "试验", lease)


def lease(app: Flask) -> Lease:
    with app.app_context():
        row = db.session.get_one(Lease, "trial")
        db.session.expunge(row)
        return row


def test_a_job_runs_in_a_context_and_leaves_its_heartbeat(app: Flask) -> None:
    def count(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        return {"leases": db.session.query(Lease).count(), "stopping": int(stopping()), "year": now.year}

    assert runner.run(app, job(count), NOW) == {"leases": 1, "stopping": 0, "year": 2022}
    left = lease(app)
    assert (left.leased_until, left.last_error) == (None, "")
    assert left.finished_at is not None


def test_a_job_that_somebody_else_holds_is_left_alone_until_the_lease_runs_out(app: Flask) -> None:
    def never(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        raise AssertionError("the lease was not respected")

    clock.set_clock(NOW)
    try:
        with app.app_context(), writing() as session:
            assert leases.take(session, "trial", "another worker", NOW, 300)
        assert runner.run(app, job(never), NOW) is None
        clock.set_clock(NOW + timedelta(seconds=301))
        assert runner.run(app, job(lambda now, stopping: {"done": 1}), NOW) == {"done": 1}
    finally:
        clock.set_clock(None)


def test_what_a_job_raises_is_kept_and_the_job_is_free_again(app: Flask) -> None:
    def fail(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        raise ValueError("a broken row")

    with pytest.raises(ValueError, match="a broken row"):
        runner.run(app, job(fail), NOW)
    assert lease(app).last_error == "ValueError('a broken row')"
    assert runner.run(app, job(lambda now, stopping: {}), NOW) == {}
    assert lease(app).last_error == ""


def test_the_runner_ticks_survives_an_error_and_stops_between_two_items(app: Flask) -> None:
    seen: list[int] = []
    third = threading.Event()

    def work(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
        seen.append(len(seen))
        if len(seen) == 1:
            raise ValueError("the first tick fails")
        if len(seen) == 3:
            third.set()
        return {}

    work_of_three = runner.Runner(app, [job(work, lease=0)])
    work_of_three.start()
    assert third.wait(30)
    work_of_three.stop()
    stopped = len(seen)
    assert not threading.Event().wait(0.3)
    assert len(seen) == stopped


def test_every_job_runs_on_an_empty_database_and_finds_nothing_to_do(app: Flask) -> None:
    assert tuple(registry.JOBS) == COMMANDS
    for name in COMMANDS:
        counts = runner.run(app, registry.JOBS[name], NOW)
        assert counts is not None
        assert set(counts.values()) <= {0}, name


def test_serving_ends_at_sigterm(app: Flask) -> None:
    settings = app.extensions["settings"]
    given = {
        "DATABASE_URL": settings.database_url,
        "DATA_DIR": str(settings.data_dir),
        "MAIL_PORT": "9",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [
            "env",
            *(f"{name}={value}" for name, value in given.items()),
            sys.executable,
            "-m",
            "flask",
            "--app",
            "wsgi",
            "jobs",
            "serve",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = iter(process.stdout.readline, "")
    assert "后台任务已启动，按 Ctrl-C 停止。\n" in said  # after the log's own lines
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)
    assert (process.returncode, rest.splitlines()[-1]) == (0, "后台任务已停止。")
