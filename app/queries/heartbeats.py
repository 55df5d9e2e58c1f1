"""Reads whether the background work lives: the last tick and run of each job, and the processes that do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.lease import Lease
from app.models.process import Process

BEAT = 15
"""Seconds between two signs of life of a process."""

SILENT = timedelta(seconds=4 * BEAT)
"""A process that has not been seen for so long is gone, or stopped, or cut off from the database."""

PATIENCE = timedelta(minutes=2)
"""How long a job may miss its tick, besides twice its interval, before it counts as late."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A job as those who watch it know it: `seconds` between two ticks."""

    name: str
    label: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How one job stands. `state` is running, ok, failing (its last run raised), late or never (it has not ticked at all).

    `age` is the time since the last tick; None when there was none.
    """

    job: Watched
    state: str
    ticked_at: datetime | None
    finished_at: datetime | None
    age: timedelta | None
    last_error: str

    @property
    def beats(self) -> bool:
        """Whether the job is looked after: it ticks, whatever comes of its runs."""
        return self.state not in ("late", "never")


def of(session: Session, jobs: Iterable[Watched], now: datetime) -> list[Heartbeat]:
    """How each of these jobs stands; rows of jobs that this version does not know are left alone."""
    leases = {lease.name: lease for lease in session.scalars(select(Lease))}
    return [_heartbeat(job, leases.get(job.name), now) for job in jobs]


def _heartbeat(job: Watched, lease: Lease | None, now: datetime) -> Heartbeat:
    if lease is None:
        return Heartbeat(job, "never", None, None, None, "")
    ticked = lease.ticked_at
    return Heartbeat(
        job=job,
        state=_state(job, lease, now),
        ticked_at=ticked,
        finished_at=lease.finished_at,
        age=None if ticked is None else max(now - ticked, timedelta(0)),
        last_error=lease.last_error,
    )


def _state(job: Watched, lease: Lease, now: datetime) -> str:
    if lease.leased_until is not None and lease.leased_until > now:
        return "running"
    if lease.ticked_at is None:
        return "never"
    if now - lease.ticked_at > PATIENCE + timedelta(seconds=2 * job.seconds):
        return "late"
    return "failing" if lease.last_error else "ok"


@dataclass(frozen=True, slots=True)
class Alive:
    """One process of the register; `silent` when it has not been seen for a minute."""

    kind: str
    host: str
    pid: int
    revision: str
    started_at: datetime
    seen_at: datetime
    silent: bool


def processes(session: Session, now: datetime) -> list[Alive]:
    """The processes that do background work, those that began last first."""
    rows = session.scalars(select(Process).order_by(Process.started_at.desc(), Process.id))
    return [
        Alive(row.kind, row.host, row.pid, row.revision, row.started_at, row.seen_at, now - row.seen_at > SILENT)
        for row in rows
    ]
