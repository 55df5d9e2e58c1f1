"""Runs jobs: an application context and a lease for each, a log line, a clean stop; starts the clockwork."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from flask import Flask

from app.domain import clock
from app.domain.errors import Stale
from app.extensions import writing
from app.jobs.registry import JOBS, Job
from app.services import leases
from scheduler.clockwork import Clockwork

log = logging.getLogger(__name__)


class Runner:
    """The background work of one process. Any number of them may run: a lease lets one worker at a time run a job.

    `start` and `stop` serve a web process that does its own background work as well as `jobs serve`.
    """

    def __init__(self, app: Flask, jobs: Iterable[Job] | None = None) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._prepared: set[str] = set()
        self._clockwork = Clockwork(
            [(job.name, job.seconds, partial(self._tick, job)) for job in (jobs or JOBS.values())]
        )

    def start(self) -> None:
        """Begin to tick in background threads; returns at once."""
        self._clockwork.start()

    def stop(self) -> None:
        """Let the item under way end, begin no other, and return when all is quiet."""
        self._stopping.set()
        self._clockwork.stop()

    def _tick(self, job: Job) -> None:
        if self._stopping.is_set():
            return
        if job.prepare is not None and job.name not in self._prepared:
            self._prepared.add(job.name)  # first: what fails once is left to the job itself
            with self._app.app_context():
                job.prepare()
        run(self._app, job, clock.now(), self._stopping.is_set)


def run(app: Flask, job: Job, now: datetime, stopping: Callable[[], bool] = lambda: False) -> dict[str, int] | None:
    """Do what is due for the job at `now`, and return its counts, {} when nothing is; None when another worker is at it.

    Leases always live by the present time, so that playing a future day through blocks nobody afterwards. What the
    job raises is written into its lease's row and raised again.
    """
    holder = uuid.uuid4().hex
    with app.app_context():
        if job.due is not None and not job.due(now):
            return {}
        if not job.lease:
            return job.run(now, stopping)
        if not _take(job, holder):
            return None
        try:
            counts = job.run(now, stopping)
        except BaseException as error:
            with writing() as session:
                leases.drop(session, job.name, holder, clock.now(), error=repr(error)[:500])
            raise
        with writing() as session:
            leases.drop(session, job.name, holder, clock.now())
    if any(counts.values()):
        log.info("job %s: %s", job.name, counts)
    return counts


def _take(job: Job, holder: str) -> bool:
    try:
        with writing() as session:
            return leases.take(session, job.name, holder, clock.now(), job.lease)
    except Stale:  # a rival made the job's row in the same moment
        return False
