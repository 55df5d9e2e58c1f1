"""Owns letters that came back and the addresses they make dead: recording, counting, suppressing, reviving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Actor
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.models.letter import Letter
from app.models.outbox import Bounce, SuppressedAddress
from app.services import history, outbox, sending

LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True)
class Report:
    """One report that a letter did not arrive, as a notification, a conversation or a person tells it.

    `key` is the same for the same report. `message_id` is the local part of ours, if the report names one.
    """

    key: str
    address: str
    is_permanent: bool
    source: str
    status: str = ""
    words: str = ""
    message_id: str = ""


def record(session: Session, report: Report, letter: Letter | None, actor: Actor, now: datetime) -> bool:
    """Write the report down once; False when it is known. Enough refusals for good make the address dead.

    A report counts against an address only if it is about a letter of ours to that very address: anybody may write a
    notification, and must not be able to silence somebody with it.
    """
    require(actor, Permission.INVITATION_SEND)
    address = report.address.strip().lower()[:254]
    inserting = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    ours = letter if letter is not None and letter.recipient.lower() == address else None
    made = session.execute(
        inserting(Bounce)
        .values(
            key=report.key[:200], letter_id=ours.id if ours else None, address=address,
            is_permanent=report.is_permanent, status=report.status[:20], words=report.words[:LONGEST_WORDS],
            source=report.source, recorded_by=actor.name if actor.user_id else "", at=now,
        )
        .on_conflict_do_nothing()
        .returning(Bounce.id)
    ).scalar_one_or_none()  # fmt: skip
    if made is None:
        return False
    if ours is not None and report.is_permanent:
        if report.source != "server":  # what the server refuses never was on its way back
            ours.bounced_at = now
            outbox.note(session, ours.id, "bounced", report.words[:LONGEST_WORDS], now, now)
        _count(session, address, report.words, actor, now)
    return True


def _count(session: Session, address: str, words: str, actor: Actor, now: datetime) -> None:
    since = session.scalar(
        select(func.max(Letter.sent_at)).where(func.lower(Letter.recipient) == address, Letter.bounced_at.is_(None))
    )
    hard = select(func.count()).where(Bounce.address == address, Bounce.is_permanent, Bounce.letter_id.is_not(None))
    if since is not None:  # a letter that arrived makes older refusals forgotten
        hard = hard.where(Bounce.at > since)
    if (session.scalar(hard) or 0) >= sending.rules(session).bounces_to_suppress:
        _suppress(session, address, "bounced", words or "多次被退回", actor, now)


def by_hand(session: Session, letter: Letter, words: str, actor: Actor, now: datetime) -> None:
    """Somebody read in another mailbox that a sent letter came back."""
    require(actor, Permission.INVITATION_SEND)
    if letter.sent_at is None:
        raise IllegalMove("只有已发出的信件可以登记退信；请刷新页面查看。")
    if letter.bounced_at is not None:
        raise IllegalMove("这封信已经登记过退信；请刷新页面查看。")
    report = Report(f"hand:{letter.id}", letter.recipient, True, "hand", words=words.strip() or "人工登记退信")
    record(session, report, letter, actor, now)
    history.record(session, "letter", letter.id, "bounce", actor, now, label="登记退信", reason=words.strip())


def letter_of(session: Session, message_id: str) -> Letter | None:
    """The letter with this local part of a Message-ID."""
    return session.scalar(select(Letter).where(Letter.message_id == message_id)) if message_id else None


def suppress(session: Session, address: str, words: str, actor: Actor, now: datetime) -> None:
    """Send nothing more to the address until somebody revives it."""
    require(actor, Permission.INVITATION_SEND)
    outbox.check_address(address.strip())
    if not words.strip():
        raise Invalid("请写明为什么不再发往这个邮箱。")
    if not _suppress(session, address.strip().lower(), "hand", words.strip(), actor, now):
        raise Invalid("这个邮箱已经在列表里。")


def _suppress(session: Session, address: str, reason: str, words: str, actor: Actor, now: datetime) -> bool:
    inserting = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    made = session.execute(
        inserting(SuppressedAddress)
        .values(address=address, reason=reason, words=words[:LONGEST_WORDS], since_at=now,
                added_by=actor.name if actor.user_id else "")
        .on_conflict_do_nothing()
        .returning(SuppressedAddress.id)
    ).scalar_one_or_none()  # fmt: skip
    if made is not None:
        history.record(session, "suppressed_address", made, "suppress", actor, now, label="停止发往这个邮箱",
                       reason=words[:LONGEST_WORDS])  # fmt: skip
    return made is not None


def revive(session: Session, suppressed: SuppressedAddress, actor: Actor, now: datetime) -> None:
    """Letters may go to the address again; its refusals so far are forgotten."""
    require(actor, Permission.INVITATION_SEND)
    history.record(session, "suppressed_address", suppressed.id, "revive", actor, now, label="恢复发送")
    for bounce in session.scalars(select(Bounce).where(Bounce.address == suppressed.address)):
        bounce.letter_id = None
    session.delete(suppressed)


def refused(session: Session, letter_id: int, words: str, now: datetime) -> None:
    """The server refused the recipient for good, in the conversation."""
    letter = session.get(Letter, letter_id)
    if letter is not None:
        report = Report(f"server:{letter_id}:{letter.claims}:{now.isoformat()}", letter.recipient, True, "server",
                        words=words)  # fmt: skip
        record(session, report, letter, PROGRAMME, now)
