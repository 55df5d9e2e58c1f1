"""Runs jobs: an application context, a lease and its fence for each, a log line, signs of life, a clean stop."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.database import schema
from app.domain import clock
from app.domain.errors import Stale
from app.extensions import db, fenced, writing
from app.jobs.registry import JOBS, Job
from app.queries.heartbeats import BEAT
from app.services import heartbeats, leases
from app.services.heartbeats import Self
from scheduler.clockwork import Clockwork

log = logging.getLogger(__name__)

PATIENCE = 7.0
"""Seconds that a process told to stop waits for the items under way."""

LEASE = 4 * BEAT
"""Seconds that a lease stands without a sign of life: a killed or frozen worker's job goes to another after that."""

LONGEST = 3600.0
"""Seconds after which a run that has not come back no longer counts as alive, and its lease is no longer renewed."""


class Runner:
    """The background work of one process. Any number of them may run: a lease lets one worker at a time run a job.

    `start` and `stop` serve a web process that does its own background work as well as `jobs serve`. Nothing is begun
    while the database has the tables of another version.
    """

    def __init__(self, app: Flask, jobs: Iterable[Job] | None = None, kind: str = "worker") -> None:
        self._app = app
        self._stopping = threading.Event()
        self._prepared: set[str] = set()
        self._lock = threading.Lock()
        jobs = tuple(jobs or JOBS.values())
        # From the start on somebody looks after them all, those that tick once in hours as well.
        self._ticked: dict[str, datetime] = dict.fromkeys((job.name for job in jobs), clock.now())
        self._under_way: dict[str, tuple[str, datetime]] = {}  # the job's name: its holder, since when
        self._fault = ""
        self._self = Self(uuid.uuid4().hex, kind, socket.gethostname(), os.getpid(), schema.newest(), clock.now())
        self._clockwork = Clockwork(
            [
                ("beat", BEAT, self._beat),
                *((job.name, job.seconds, partial(self._tick, job)) for job in jobs),
            ]
        )

    def start(self) -> None:
        """Begin to tick in background threads; returns as soon as the process is registered."""
        self._beat()
        self._clockwork.start()

    @property
    def alive(self) -> bool:
        """Whether it still ticks; a process whose work has died should end, so that its supervisor starts another."""
        return self._stopping.is_set() or self._clockwork.running

    def stop(self, patience: float = PATIENCE) -> bool:
        """Let the items under way end, begin no other. False when one goes on after `patience` seconds.

        Its lease is then taken from it: another worker may begin at once, and what this one still writes is undone.
        """
        self._stopping.set()
        waiting = threading.Thread(target=self._clockwork.stop, name="stop", daemon=True)
        waiting.start()
        waiting.join(patience)
        quiet = not waiting.is_alive()
        leaving = threading.Thread(target=self._leave, name="leave", daemon=True)
        leaving.start()
        leaving.join(2)
        return quiet

    def _tick(self, job: Job) -> None:
        if self._stopping.is_set() or self._fault:
            return
        holder, now = uuid.uuid4().hex, clock.now()
        with self._lock:
            self._ticked[job.name] = now
            self._under_way[job.name] = (holder, now)
        try:
            if job.prepare is not None and job.name not in self._prepared:
                self._prepared.add(job.name)  # first: what fails once is left to the job itself
                with self._app.app_context():
                    job.prepare()
            run(self._app, job, now, self._stopping.is_set, holder, LEASE)
        finally:
            with self._lock:
                self._under_way.pop(job.name, None)

    def _beat(self) -> None:
        """Say that the process lives, and look whether the tables are still those of this version."""
        now = clock.now()
        with self._lock:
            held = {
                name: holder
                for name, (holder, since) in self._under_way.items()
                if (now - since).total_seconds() < LONGEST
            }
            ticked = self._ticked | dict.fromkeys(held, now)
        try:
            with self._app.app_context():
                fault = schema.fault(db.session())
                db.session.rollback()
                if fault and fault != self._fault:
                    log.error("background work rests: %s", fault)
                self._fault = fault
                if not fault:
                    with writing() as session:
                        heartbeats.beat(session, self._self, ticked, now)
                        leases.renew(session, held, now, LEASE)
        except (
            SQLAlchemyError,
            Stale,
        ) as error:  # the next beat comes in a moment; the jobs say themselves what ails them
            log.warning("no sign of life could be written: %s", type(error).__name__)

    def _leave(self) -> None:
        try:
            with self._app.app_context(), writing() as session:
                heartbeats.leave(session, self._self)
                with self._lock:
                    held = dict(self._under_way)
                for name, (holder, _) in held.items():
                    leases.drop(session, name, holder, clock.now(), error="stopped")
        except (SQLAlchemyError, Stale) as error:
            log.warning("the process could not sign off: %s", type(error).__name__)


def run(
    app: Flask,
    job: Job,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
    holder: str = "",
    seconds: int = 0,
) -> dict[str, int] | None:
    """Do what is due for the job at `now`, and return its counts, {} when nothing is; None when another worker is at it.

    Leases always live by the present time, so that playing a future day through blocks nobody afterwards; they stand for
    `seconds` (0: what the job asks for when nobody renews them), and every transaction of the job renews its own. What the job raises is written into its lease's row and raised again.
    A worker that stood still until another took the job over finds that out at its next commit, and writes nothing.
    """
    holder, seconds = holder or uuid.uuid4().hex, seconds or job.lease
    with app.app_context():
        if job.due is not None and not job.due(now):
            return {}
        if not job.lease:
            return job.run(now, stopping)
        if not _take(job, holder, seconds):
            return None
        try:
            with fenced(lambda session: leases.keep(session, job.name, holder, clock.now(), seconds)):
                counts = job.run(now, stopping)
        except leases.Lost:
            log.warning("job %s: another worker has taken it over; nothing more is written here", job.name)
            return None
        except BaseException as error:
            with writing() as session:
                leases.drop(session, job.name, holder, clock.now(), error=repr(error)[:500])
            raise
        with writing() as session:
            leases.drop(session, job.name, holder, clock.now())
    if any(counts.values()):
        log.info("job %s: %s", job.name, counts)
    return counts


def _take(job: Job, holder: str, seconds: int) -> bool:
    try:
        with writing() as session:
            return leases.take(session, job.name, holder, clock.now(), seconds)
    except Stale:  # a rival made the job's row in the same moment
        return False
