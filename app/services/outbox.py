"""Owns the outbox: posting a letter, claiming it for one worker, settling what became of it.

A letter is a row written in the transaction of the change that causes it. A worker claims one by compare-and-set on
the row's own columns, sends it outside any transaction, and settles it with the token of its claim.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.letters.writing import Letter as Written
from app.models.letter import Letter
from app.services import history

LEASE = timedelta(minutes=5)
"""How long a claim stands; every network operation of one letter together must stay below it."""

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30, 60, 180, 360, 720))
"""How long to wait after each temporary refusal; after the last one the letter has failed."""

MOST_CRASHES = 5
"""A letter whose sender died this often is taken out of the queue, so that it can't stop the others."""

_ADDRESS = re.compile(r"[^\s,;:<>()@\"\\]{1,64}@[^\s,;:<>()@\"\\]+")


@dataclass(frozen=True, slots=True)
class Claimed:
    """One letter in a worker's hands, detached from the database. `crashes` counts claims that never came back."""

    id: int
    token: str
    kind: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str
    calendar: str
    calendar_method: str
    message_id: str
    attempts: int
    crashes: int

    @property
    def is_last_try(self) -> bool:
        """Whether the list BACKOFF has no further wait for another temporary refusal."""
        return self.attempts >= len(BACKOFF)


def post(session: Session, letter: Written, now: datetime, due_at: datetime | None = None) -> bool:
    """Put the letter into the outbox, to leave at `due_at` or at once. False when its key is there already.

    Works inside an open transaction on both databases. Raises Invalid when the address is not one e-mail address.
    """
    if len(letter.to) > 254 or not letter.to.isascii() or not _ADDRESS.fullmatch(letter.to):
        raise Invalid(f"收件地址“{letter.to[:80]}”不是一个有效的电子邮箱地址，请先更正联系人资料。")
    session.flush()  # the letter may name an event or an invitation that is not written yet
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    posted = session.execute(
        insert(Letter)
        .values(**_row(letter, now), created_at=now, due_at=due_at or now)
        .on_conflict_do_nothing()
        .returning(Letter.id)
    ).scalar_one_or_none()
    return posted is not None


def _row(letter: Written, now: datetime) -> dict[str, Any]:
    return {
        "key": letter.key,
        "kind": letter.kind,
        "recipient": letter.to,
        "recipient_name": letter.to_name,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "calendar": letter.calendar,
        "calendar_method": letter.calendar_method,
        "message_id": message_id(letter.key),
        "event_id": letter.event_id,
        "invitation_id": letter.invitation_id,
        "priority": letter.priority,
    }


def message_id(key: str) -> str:
    """The local part of the Message-ID: the same for the same key, so that a copy can be recognised."""
    return f"letter.{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def waiting() -> ColumnElement[bool]:
    """The letters that are neither sent, nor failed, nor cancelled."""
    return and_(Letter.sent_at.is_(None), Letter.failed_at.is_(None), Letter.cancelled_at.is_(None))


def claim(session: Session, token: str, now: datetime, due_by: datetime | None = None) -> Claimed | None:
    """Take the first free letter that is due and own it for LEASE; None when there is none.

    `now` is the time of leases and back-offs; `due_by` (default: now) is the instant up to which first sendings are
    due, so that a future day can be played through. The condition stands on the row's own columns: PostgreSQL checks
    these again after waiting for a rival, a sub-select it would not.
    """
    free = and_(
        waiting(),
        Letter.held_at.is_(None),
        or_(Letter.leased_until.is_(None), Letter.leased_until <= now),
        or_(Letter.due_at <= now, and_(Letter.attempts == 0, Letter.due_at <= (due_by or now))),
    )
    first = session.scalar(
        select(Letter.id)
        .where(free)
        .order_by(Letter.priority, Letter.due_at, Letter.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if first is None:
        return None
    row = session.execute(
        update(Letter)
        .where(Letter.id == first, free)
        .values(lease_token=token, leased_until=now + LEASE, claims=Letter.claims + 1)
        .returning(Letter)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).scalar_one_or_none()
    return None if row is None else _claimed(row, token)


def _claimed(row: Letter, token: str) -> Claimed:
    return Claimed(
        id=row.id,
        token=token,
        kind=row.kind,
        recipient=row.recipient,
        recipient_name=row.recipient_name,
        subject=row.subject,
        text=row.text,
        html=row.html,
        calendar=row.calendar,
        calendar_method=row.calendar_method,
        message_id=row.message_id,
        attempts=row.attempts,
        crashes=row.claims - 1 - row.attempts,
    )


def settle_sent(session: Session, claimed: Claimed, now: datetime) -> bool:
    """Write down that the server took the letter; False when the claim had run out and somebody else owns it."""
    return _settle(session, claimed, sent_at=now, last_error="", attempts=Letter.attempts + 1)


def settle_retry(session: Session, claimed: Claimed, now: datetime, error: str) -> bool:
    """Write down a temporary refusal: wait by the list BACKOFF. Not for the last try: that one has failed."""
    due_at = now + BACKOFF[claimed.attempts]
    return _settle(session, claimed, due_at=due_at, last_error=error, attempts=Letter.attempts + 1)


def settle_failed(session: Session, claimed: Claimed, now: datetime, error: str) -> bool:
    """Write down that the letter can't be delivered, with the server's words."""
    return _settle(session, claimed, failed_at=now, last_error=error, attempts=Letter.attempts + 1)


def give_back(session: Session, claimed: Claimed, now: datetime, error: str) -> bool:
    """Put the letter back untried because the mail server is away; counts neither as a try nor as a crash.

    It goes behind the letters that are due by now, so that one letter the server chokes on does not stop the others.
    """
    return _settle(session, claimed, due_at=now, claims=Letter.claims - 1, last_error=error)


def _settle(session: Session, claimed: Claimed, **values: Any) -> bool:
    settled = session.execute(
        update(Letter)
        .where(Letter.id == claimed.id, Letter.lease_token == claimed.token, Letter.sent_at.is_(None))
        .values({"lease_token": None, "leased_until": None, **values})
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return settled is not None


def cancel_for(
    session: Session,
    now: datetime,
    *,
    event_id: int | None = None,
    invitation_id: int | None = None,
    kinds: tuple[str, ...] | None = None,
) -> int:
    """Cancel the waiting letters of an event or an invitation (only of these kinds, if given); how many there were.

    A letter cancelled by a change gives its key free: should the change be undone, it can be posted anew.
    """
    if event_id is None and invitation_id is None:
        raise ValueError("say which event or invitation the letters belong to")
    session.flush()
    conditions = [waiting()]
    if event_id is not None:
        conditions.append(Letter.event_id == event_id)
    if invitation_id is not None:
        conditions.append(Letter.invitation_id == invitation_id)
    if kinds is not None:
        conditions.append(Letter.kind.in_(kinds))
    letters = session.scalars(select(Letter).where(*conditions).with_for_update()).all()
    for letter in letters:
        letter.cancelled_at = now
        letter.key = f"{letter.key}#{letter.id}"
        letter.message_id = f"{letter.message_id}.{letter.id}"
    session.flush()  # the freed keys may be posted again in the same transaction
    return len(letters)


def try_again(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Queue a failed letter once more, with all its tries before it."""
    require(actor, Permission.INVITATION_SEND)
    if letter.failed_at is None:
        raise IllegalMove("只有发送失败的信件可以重试；这封信不是失败状态，请刷新页面查看。")
    letter.failed_at = None
    letter.due_at = now
    letter.attempts = 0
    letter.claims = 0
    letter.leased_until = None
    letter.lease_token = None
    history.record(session, "letter", letter.id, "retry", actor, now, label="重新发送", details={"key": letter.key})


def cancel(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Keep a waiting letter from leaving; its key stays taken, so that nothing posts it again."""
    require(actor, Permission.INVITATION_SEND)
    if letter.sent_at is not None or letter.failed_at is not None or letter.cancelled_at is not None:
        raise IllegalMove("这封信已经发出、失败或取消，不能再取消；请刷新页面查看最新状态。")
    letter.cancelled_at = now
    history.record(session, "letter", letter.id, "cancel", actor, now, label="取消发送", details={"key": letter.key})
