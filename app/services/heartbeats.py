"""Writes the signs of life of the processes that do background work: that they live, and which jobs they looked after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.models.lease import Lease
from app.models.process import Process
from app.services import leases


@dataclass(frozen=True, slots=True)
class Self:
    """What a process says of itself; `revision` is the newest migration of its program."""

    id: str
    kind: str
    host: str
    pid: int
    revision: str
    started_at: datetime


def beat(session: Session, process: Self, ticked: Mapping[str, datetime], now: datetime) -> None:
    """Renew the process's row and note the last tick of each job, unless another process noted a later one."""
    row = session.get(Process, process.id)
    if row is None:
        row = Process(
            id=process.id,
            kind=process.kind,
            host=process.host[:80],
            pid=process.pid,
            revision=process.revision,
            started_at=process.started_at,
            seen_at=now,
        )
        session.add(row)
    row.seen_at = now
    tick(session, ticked)


def tick(session: Session, ticked: Mapping[str, datetime]) -> None:
    """Note when somebody last looked whether these jobs were due. A row that somebody works on is left for the next time."""
    for name in ticked:
        leases.ensure(session, name)
    free = select(Lease.name).where(Lease.name.in_(list(ticked))).order_by(Lease.name).with_for_update(skip_locked=True)
    for name in session.scalars(free).all():
        session.execute(
            update(Lease)
            .where(Lease.name == name, or_(Lease.ticked_at.is_(None), Lease.ticked_at < ticked[name]))
            .values(ticked_at=ticked[name])
            .execution_options(synchronize_session=False)
        )


def leave(session: Session, process: Self) -> None:
    """Take the row of a process that ends along."""
    session.execute(delete(Process).where(Process.id == process.id).execution_options(synchronize_session=False))


def forget(session: Session, before: datetime) -> int:
    """Remove the rows of processes that have not been seen since; how many there were."""
    gone = delete(Process).where(Process.seen_at < before).returning(Process.id)
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())
