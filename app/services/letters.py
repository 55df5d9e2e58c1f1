"""What people do to a letter of the outbox: try it again, hold it back, release it, say what became of an uncertain one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import IllegalMove
from app.domain.permissions import Permission, require
from app.models.letter import Letter
from app.services import history, outbox

STALE = "请刷新页面查看最新状态。"


def try_again(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Queue a failed letter once more, with all its tries before it."""
    require(actor, Permission.INVITATION_SEND)
    if letter.failed_at is None or letter.sent_at is not None:
        raise IllegalMove("只有发送失败的信件可以重试；这封信不是失败状态，请刷新页面查看。")
    _queue(letter, now)
    history.record(session, "letter", letter.id, "retry", actor, now, label="重新发送", details={"key": letter.key})


def cancel(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Keep a waiting letter from leaving; its key stays taken, so that nothing posts it again."""
    require(actor, Permission.INVITATION_SEND)
    if letter.sent_at is not None or letter.failed_at is not None or letter.cancelled_at is not None:
        raise IllegalMove("这封信已经发出、失败或取消，不能再取消；请刷新页面查看最新状态。")
    if letter.uncertain_at is not None:
        raise IllegalMove(f"这封信可能已经送达，不能取消，请选择“已收到”或“再发一次”；{STALE}")
    letter.cancelled_at = now
    history.record(session, "letter", letter.id, "cancel", actor, now, label="取消发送", details={"key": letter.key})


def received(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Somebody asked the recipient: the uncertain letter did arrive."""
    _uncertain(letter, actor)
    letter.sent_at, letter.uncertain_at, letter.last_error, letter.lease_token = letter.uncertain_at, None, "", None
    outbox.note(session, letter.id, "sent", f"{actor.name}确认：对方已收到。", now, now)
    history.record(
        session, "letter", letter.id, "received", actor, now, label="确认已收到", details={"key": letter.key}
    )


def once_more(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Send an uncertain letter again; a copy that did arrive has the same Message-ID."""
    _uncertain(letter, actor)
    _queue(letter, now)
    history.record(session, "letter", letter.id, "once_more", actor, now, label="再发一次", details={"key": letter.key})


def release(session: Session, letter: Letter, actor: Actor, now: datetime) -> None:
    """Let a letter leave that was held after a restore."""
    require(actor, Permission.INVITATION_SEND)
    if letter.held_at is None or letter.sent_at is not None or letter.cancelled_at is not None:
        raise IllegalMove(f"这封信没有被暂扣；{STALE}")
    letter.held_at = None
    history.record(session, "letter", letter.id, "release", actor, now, label="放行", details={"key": letter.key})


def _uncertain(letter: Letter, actor: Actor) -> None:
    require(actor, Permission.INVITATION_SEND)
    if letter.uncertain_at is None or letter.sent_at is not None or letter.cancelled_at is not None:
        raise IllegalMove(f"这封信不在待确认状态；{STALE}")


def _queue(letter: Letter, now: datetime) -> None:
    letter.failed_at = letter.uncertain_at = letter.sending_at = letter.leased_until = letter.lease_token = None
    letter.failure = ""
    letter.due_at = letter.first_due_at = now
    letter.attempts = letter.claims = letter.crashes = 0
