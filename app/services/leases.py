"""One worker per job: compare-and-set on the lease row's own columns, and requests to run a job again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.models.lease import Lease


def ensure(session: Session, name: str) -> Lease:
    """The job's row, made if it is not there yet."""
    lease = session.get(Lease, name)
    if lease is None:
        lease = Lease(name=name)
        session.add(lease)
        session.flush()  # a rival's row of the same name must fail here, not later
    return lease


def request(session: Session, name: str, now: datetime) -> None:
    """Ask that the job runs at its next tick."""
    ensure(session, name).requested_at = now


def take(session: Session, name: str, holder: str, now: datetime, seconds: int) -> bool:
    """Own the job until `seconds` from now, unless another holder's lease still stands."""
    ensure(session, name)
    taken = session.execute(
        update(Lease)
        .where(
            Lease.name == name,
            or_(Lease.leased_until.is_(None), Lease.leased_until <= now, Lease.holder == holder),
        )
        .values(holder=holder, leased_until=now + timedelta(seconds=seconds), started_at=now)
        .returning(Lease.name)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    session.expire_all()
    return taken is not None


def drop(session: Session, name: str, holder: str, now: datetime, *, mark: str | None = None, error: str = "") -> None:
    """Give the job back and leave the heartbeat; `mark` remembers what this run worked on."""
    lease = session.scalar(select(Lease).where(Lease.name == name, Lease.holder == holder))
    if lease is None:
        return
    lease.leased_until = None
    lease.finished_at = now
    lease.last_error = error
    if mark is not None:
        lease.done_mark = mark


def wanted(session: Session, name: str) -> bool:
    """Whether somebody asked for the job since it last started."""
    lease = session.get(Lease, name)
    if lease is None or lease.requested_at is None:
        return False
    return lease.started_at is None or lease.requested_at > lease.started_at
