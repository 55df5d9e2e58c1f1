"""One worker per job: compare-and-set on the lease row's own columns, and requests to run a job again."""

from __future__ import annotations

from collections.abc import Mapping
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


def lock(session: Session, name: str) -> None:
    """Hold the job's row until the transaction ends: what two workers write does not mix."""
    ensure(session, name)
    session.get_one(Lease, name, with_for_update=True)


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


class Lost(Exception):
    """The lease ran out and another worker has taken the job: what this one was about to write must not be written."""


def keep(session: Session, name: str, holder: str, now: datetime, seconds: int) -> None:
    """Renew the holder's lease, as the last deed of a transaction; raises Lost when the job is somebody else's by now.

    The row stays locked until the transaction ends, so that nobody takes the job between this look and the commit.
    """
    session.flush()  # what the transaction wrote comes first: rows are locked before leases, everywhere
    kept = session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.holder == holder)
        .values(leased_until=now + timedelta(seconds=seconds))
        .returning(Lease.name)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if kept is None:
        raise Lost(name)


def renew(session: Session, held: Mapping[str, str], now: datetime, seconds: int) -> None:
    """Renew the leases that these holders still have, by job; what somebody else has taken is left alone."""
    for name in sorted(held):
        session.execute(
            update(Lease)
            .where(Lease.name == name, Lease.holder == held[name], Lease.leased_until.is_not(None))
            .values(leased_until=now + timedelta(seconds=seconds))
            .execution_options(synchronize_session=False)
        )


def drop(session: Session, name: str, holder: str, now: datetime, *, error: str = "") -> None:
    """Give the job back and leave the heartbeat, with the error if the run failed."""
    lease = session.scalar(select(Lease).where(Lease.name == name, Lease.holder == holder))
    if lease is None:
        return
    lease.holder = None
    lease.leased_until = None
    lease.finished_at = now
    lease.last_error = error


def asked(session: Session, name: str) -> bool:
    """Whether somebody asked for the job and nobody has begun to answer."""
    lease = session.get(Lease, name)
    return lease is not None and lease.requested_at is not None


def answer(session: Session, name: str) -> None:
    """Begin to answer the requests there are; one that comes in from now on is a new one."""
    ensure(session, name).requested_at = None


def finished_at(session: Session, name: str) -> datetime | None:
    """When the job's last run ended; None before the first."""
    lease = session.get(Lease, name)
    return lease.finished_at if lease else None


def done_mark(session: Session, name: str) -> str:
    """What the job's last run worked on; empty before the first."""
    lease = session.get(Lease, name)
    return lease.done_mark if lease else ""


def remember(session: Session, name: str, mark: str) -> None:
    """Note what this run worked on."""
    ensure(session, name).done_mark = mark
