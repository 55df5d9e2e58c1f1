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

from sqlalchemy import ColumnElement, and_, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.errors import Invalid
from app.letters.writing import Letter as Written
from app.models.letter import Letter, LetterAttempt
from app.services import outbox_statements as statements

LEASE = timedelta(minutes=5)
"""How long a claim stands; every network operation of one letter together must stay below it."""

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30, 60, 180, 360, 720))
"""How long to wait after each temporary refusal; after the last one the letter has failed."""

MOST_CRASHES = 5
"""A letter whose sender died this often is taken out of the queue, so that it can't stop the others."""

MOST_COPIES = 3
"""After so many unanswered tries a letter waits for a person, whatever the policy says."""

URGENT = 0
"""The priority of letters about accounts: they wait for no quiet hours and no limit."""

BROKEN_OFF = "发送过程中程序或网络中断，不知道邮件服务器是否已经收下。"
_ADDRESS = re.compile(r"[^\s,;:<>()@\"\\]{1,64}@[^\s,;:<>()@\"\\]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a worker claims.

    lease_at: the present instant of the lease clock; None: the `now` of the claim. by_database: the database says it.
    boot: names the machine's start when the lease clock counts from it; claims of other starts have lapsed. At most 7
    characters, and the beginning of every token used with it.
    lease: how long the claim stands. holds: an unanswered letter is left to a person instead of being sent again.
    bulk: whether letters of BULK_LETTERS may leave now. without: domains whose budget is used up.
    """

    lease_at: datetime | None = None
    by_database: bool = False
    boot: str = ""
    lease: timedelta = LEASE
    holds: bool = False
    bulk: bool = True
    without: tuple[str, ...] = ()


FREELY = Terms()


@dataclass(frozen=True, slots=True)
class Claimed:
    """One letter in a worker's hands, detached from the database. `crashes` counts claims that never came back.

    `dead`: why no letter leaves to this address, or empty. `began_at`: when it was claimed.
    """

    id: int
    token: str
    kind: str
    recipient: str
    recipient_name: str
    domain: str
    subject: str
    text: str
    html: str
    calendar: str
    calendar_method: str
    message_id: str
    priority: int
    attempts: int
    crashes: int
    began_at: datetime
    dead: str = ""

    @property
    def is_last_try(self) -> bool:
        """Whether the list BACKOFF has no further wait for another temporary refusal."""
        return self.attempts >= len(BACKOFF)


_CARRIED = tuple(getattr(Letter, name) for name in statements.CARRIED)


def post(session: Session, letter: Written, now: datetime, due_at: datetime | None = None) -> bool:
    """Put the letter into the outbox, to leave at `due_at` or at once. False when its key is there already.

    Works inside an open transaction on both databases. Raises Invalid when the address is not one e-mail address.
    """
    check_address(letter.to)
    session.flush()  # the letter may name an event or an invitation that is not written yet
    inserting = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    posted = session.execute(
        inserting(Letter)
        .values(**_row(letter, now), created_at=now, due_at=due_at or now, first_due_at=due_at or now)
        .on_conflict_do_nothing()
        .returning(Letter.id)
    ).scalar_one_or_none()
    return posted is not None


def check_address(address: str) -> None:
    """Raise Invalid when this is not one plain e-mail address."""
    if len(address) > 254 or not address.isascii() or not _ADDRESS.fullmatch(address):
        raise Invalid(f"收件地址“{address[:80]}”不是一个有效的电子邮箱地址，请先更正联系人资料。")


def _row(letter: Written, now: datetime) -> dict[str, Any]:
    return {
        "key": letter.key,
        "kind": letter.kind,
        "recipient": letter.to,
        "domain": letter.to.rpartition("@")[2].lower(),
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
    """The letters that are neither sent, nor failed, nor cancelled, nor left to a person to decide."""
    return and_(
        Letter.sent_at.is_(None),
        Letter.failed_at.is_(None),
        Letter.cancelled_at.is_(None),
        Letter.uncertain_at.is_(None),
    )


def claim(
    session: Session, token: str, now: datetime, due_by: datetime | None = None, terms: Terms = FREELY
) -> Claimed | None:
    """Take the first free letter that is due and own it for a lease; None when there is none, or sending is paused.

    `now` is the time of back-offs; `due_by` (default: now) is the instant up to which first sendings are due, so that
    a future day can be played through. The condition stands on the row's own columns: PostgreSQL checks these again
    after waiting for a rival, a sub-select it would not. A letter whose sender never came back while its data may have
    been on the way gets an uncertain attempt first; with `terms.holds` it is left to a person and the next is taken.
    """
    connection = session.connection()
    first, take = statements.of_the_worker(by_database=terms.by_database, bulk=terms.bulk)
    given = {
        "now": now,
        "due_by": due_by or now,
        "urgent": URGENT,
        "boot": f"{terms.boot}%",
        "without": terms.without or ("",),
    } | _lease(now, terms)
    while True:
        found = connection.execute(
            first, {name: given[name] for name in given if name not in ("lease", "lease_end")}
        ).first()
        if found is None:
            return None
        if found.sending_at is not None:
            note(session, found.id, "uncertain", BROKEN_OFF, found.sending_at, now)
            if terms.holds:
                _leave_to_a_person(session, found.id, now, BROKEN_OFF)
                continue
        row = connection.execute(
            take,
            given
            | {
                "letter": found.id,
                "token": token,
                "more_crashes": 1 if found.lease_token else 0,
                "sending": None if terms.holds or found.dead else now,
            },
        ).one_or_none()
        return None if row is None else Claimed(**row._asdict(), token=token, began_at=now, dead=found.dead or "")


def _lease(now: datetime, terms: Terms) -> dict[str, Any]:
    if terms.by_database:
        return {"lease": terms.lease}
    lease_at = terms.lease_at or now
    return {"lease_at": lease_at, "lease_end": lease_at + terms.lease}


def resume(session: Session, token: str, now: datetime) -> Claimed | None:
    """The letter that this worker owns without knowing: the database took its claim, and the answer was lost."""
    row = session.execute(select(*_CARRIED).where(waiting(), Letter.lease_token == token).limit(1)).one_or_none()
    return None if row is None else Claimed(**row._asdict(), token=token, began_at=now)


def begin(session: Session, claimed: Claimed, now: datetime, terms: Terms) -> bool:
    """Look once more, right before the data leave, whether the claim stands; mark the letter as under way.

    False: the lease ran out while this worker stood still and another took the letter, or it was cancelled. Nothing may
    be sent then. A lease that ran out is renewed as long as nobody has taken the letter: the token is the fence.
    """
    given = {"letter": claimed.id, "token": claimed.token, "sending": now} | _lease(now, terms)
    begun = session.connection().execute(statements.begin(by_database=terms.by_database), given)
    return begun.scalar_one_or_none() is not None


def settle_sent(session: Session, claimed: Claimed, now: datetime, words: str = "") -> bool:
    """Write down that the server took the letter; False when the claim had run out and somebody else owns it.

    A letter that was left to a person meanwhile is sent now: nobody needs to ask any more.
    """
    return _settle(
        session, claimed, now, "sent", words, sent_at=now, uncertain_at=None, last_error="",
        attempts=1,
    )  # fmt: skip


def settle_retry(session: Session, claimed: Claimed, now: datetime, error: str) -> bool:
    """Write down a temporary refusal: wait by the list BACKOFF. Not for the last try: that one has failed."""
    due_at = now + BACKOFF[claimed.attempts]
    return _settle(session, claimed, now, "retry", error, due_at=due_at, last_error=error, attempts=1)


def settle_failed(session: Session, claimed: Claimed, now: datetime, error: str, failure: str = "refused") -> bool:
    """Write down that the letter can't be delivered, with the server's words and a code of queries/letters.FAILURES."""
    return _settle(
        session, claimed, now, "failed", error, failed_at=now, last_error=error, failure=failure,
        attempts=1,
    )  # fmt: skip


def settle_unanswered(session: Session, claimed: Claimed, now: datetime, error: str, *, holds: bool) -> bool:
    """Write down that the data left and no answer came: a copy may have arrived.

    It is sent again after a wait, with the same Message-ID; with `holds`, or after MOST_COPIES, a person decides.
    """
    copies = session.scalar(
        select(func.count()).where(LetterAttempt.letter_id == claimed.id, LetterAttempt.outcome == "uncertain")
    )
    wait = BACKOFF[min(claimed.attempts, len(BACKOFF) - 1)]
    if holds or (copies or 0) + 1 >= MOST_COPIES:
        values: dict[str, Any] = {"uncertain_at": now}
    else:
        values = {"due_at": now + wait}
    return _settle(session, claimed, now, "uncertain", error, last_error=error, attempts=1, **values)


def give_back(session: Session, claimed: Claimed, now: datetime, error: str) -> bool:
    """Put the letter back untried because the mail server is away; counts neither as a try nor as a crash.

    It goes behind the letters that are due by now, so that one letter the server chokes on does not stop the others.
    """
    return _settle(session, claimed, now, "", error, due_at=now, claims=-1, last_error=error)


def put_back(session: Session, claimed: Claimed) -> None:
    """Undo a claim in its own transaction: nothing may be sent now, and the letter keeps its place."""
    given = {"letter": claimed.id, "token": claimed.token, "new_claims": -1}
    session.connection().execute(statements.settle(frozenset({"claims"})), given)


def _settle(session: Session, claimed: Claimed, now: datetime, outcome: str, words: str, **values: Any) -> bool:
    given = {f"new_{name}": value for name, value in values.items()}
    settled = (
        session.connection()
        .execute(statements.settle(frozenset(values)), given | {"letter": claimed.id, "token": claimed.token})
        .scalar_one_or_none()
    )
    if settled is None and (outcome != "sent" or _is_noted(session, claimed)):
        return False
    if outcome:  # what left has left, whoever owns the letter now
        note(session, claimed.id, outcome, words, claimed.began_at, now)
    return settled is not None


def _is_noted(session: Session, claimed: Claimed) -> bool:
    """Whether this very try was written down before: the database took it, and the answer was lost."""
    noted = exists().where(
        LetterAttempt.letter_id == claimed.id,
        LetterAttempt.outcome == "sent",
        LetterAttempt.began_at == claimed.began_at,
    )
    return bool(session.scalar(select(noted)))


def note(session: Session, letter_id: int, outcome: str, words: str, began_at: datetime, now: datetime) -> None:
    """Add one line to what happened to the letter."""
    session.connection().execute(
        statements.NOTE,
        {"letter_id": letter_id, "outcome": outcome, "words": words, "began_at": began_at, "ended_at": now},
    )


def _leave_to_a_person(session: Session, letter_id: int, now: datetime, words: str) -> None:
    """The token stays: should the sender wake after all, its answer still counts."""
    session.execute(
        update(Letter)
        .where(Letter.id == letter_id)
        .values(uncertain_at=now, leased_until=None, sending_at=None, last_error=words, crashes=Letter.crashes + 1)
        .execution_options(synchronize_session=False)
    )


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
