"""Owns the statements of the outbox's worker, built once: a letter costs five of them, and building costs more than running.

They are Core statements on the table of letters, with parameters named as in `services/outbox`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from app.database.base import UTCDateTime
from app.domain.sending import BULK_LETTERS
from app.models.letter import Letter, LetterAttempt
from app.models.outbox import OutboxState, SuppressedAddress

LETTER: Table = Letter.__table__  # type: ignore[assignment]
_C = LETTER.c
CARRIED = (
    "id", "kind", "recipient", "recipient_name", "domain", "subject", "text", "html", "calendar", "calendar_method",
    "message_id", "priority", "attempts", "crashes",
)  # fmt: skip
"""What a worker carries of a letter, in the order of outbox.Claimed."""


def _instant(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=UTCDateTime())


def waiting() -> ColumnElement[bool]:
    """Neither sent, nor failed, nor cancelled, nor left to a person to decide."""
    return and_(_C.sent_at.is_(None), _C.failed_at.is_(None), _C.cancelled_at.is_(None), _C.uncertain_at.is_(None))


@cache
def of_the_worker(*, by_database: bool, bulk: bool) -> tuple[Any, Any]:
    """The select of the first free letter and the update that takes it, for one kind of lease clock.

    by_database: leases go by the database's clock; otherwise by the parameter lease_at. bulk: see outbox.Terms.
    Parameters: now, due_by, urgent, boot (a LIKE pattern; what it fits was claimed since the machine's start), without
    (domains), and for the update id, token, lease_end or lease (an interval), crashes, sending.
    """
    lease_at: Any = func.clock_timestamp(type_=DateTime(timezone=True)) if by_database else _instant("lease_at")
    conditions = [
        waiting(),
        _C.held_at.is_(None),
        or_(_C.leased_until.is_(None), _C.leased_until <= lease_at, _C.lease_token.not_like(bindparam("boot"))),
        or_(_C.due_at <= _instant("now"), and_(_C.attempts == 0, _C.due_at <= _instant("due_by"))),
        or_(_C.priority == bindparam("urgent"), _C.domain.not_in(bindparam("without", expanding=True))),
    ]
    if not bulk:
        conditions.append(or_(_C.priority == bindparam("urgent"), _C.kind.not_in(BULK_LETTERS)))
    free = and_(*conditions)
    state, dead = OutboxState.__table__.c, SuppressedAddress.__table__.c
    paused = exists().where(
        state.paused_at.is_not(None), or_(state.paused_until.is_(None), state.paused_until > _instant("now"))
    )
    why = select(dead.words).where(dead.address == func.lower(_C.recipient)).scalar_subquery()
    first = (
        select(_C.id, _C.sending_at, _C.lease_token, why.label("dead"))
        .where(free, ~paused)
        .order_by(_C.priority, _C.due_at, _C.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=LETTER)
    )
    end: Any = lease_at + bindparam("lease", type_=Interval()) if by_database else _instant("lease_end")
    take = (
        update(LETTER)
        .where(_C.id == bindparam("letter"), free)
        .values(
            lease_token=bindparam("token"),
            leased_until=end,
            claims=_C.claims + 1,
            crashes=_C.crashes + bindparam("more_crashes"),
            sending_at=_instant("sending"),
        )
        .returning(*(_C[name] for name in CARRIED))
    )
    return first, take


@cache
def begin(*, by_database: bool) -> Any:
    """The update that marks a letter as under way, if nobody took the claim over; a lapsed lease alone is renewed."""
    lease_at: Any = func.clock_timestamp(type_=DateTime(timezone=True)) if by_database else _instant("lease_at")
    end: Any = lease_at + bindparam("lease", type_=Interval()) if by_database else _instant("lease_end")
    return (
        update(LETTER)
        .where(_C.id == bindparam("letter"), _C.lease_token == bindparam("token"), waiting())
        .values(sending_at=_instant("sending"), leased_until=end)
        .returning(_C.id)
    )


@cache
def settle(columns: frozenset[str]) -> Any:
    """The update that gives a letter free with these columns set; counters are raised by the value given."""
    values: dict[str, Any] = {"lease_token": None, "leased_until": None, "sending_at": None}
    for name in columns:
        value = bindparam(f"new_{name}", type_=_C[name].type)
        values[name] = _C[name] + value if name in ("attempts", "claims") else value
    return (
        update(LETTER)
        .where(_C.id == bindparam("letter"), _C.lease_token == bindparam("token"), _C.sent_at.is_(None))
        .values(values)
        .returning(_C.id)
    )


NOTE = insert(LetterAttempt.__table__)  # type: ignore[arg-type]
"""One line of what happened to a letter."""
