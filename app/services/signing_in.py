"""Owns signing in and out: the password check, the lock after failures, and the end of sessions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.models.people import SignInGuard, User
from app.services import history, passwords

MOST_FAILURES = 5
LOCK = timedelta(minutes=15)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the check of a password found: the person, whether it was right, and a fresh hash when the old is outdated."""

    email: str
    user_id: int | None
    right: bool
    fresh_hash: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and the epoch their session carries."""

    user_id: int
    name: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nobody was let in; `locked` when too many failures came before."""

    message: str
    locked: bool = False


def check(session: Session, email: str, password: str) -> Attempt:
    """Compare the password outside of any writing transaction; it takes the same time for addresses nobody has."""
    email = folded(email)
    user = session.scalar(select(User).where(User.email == email))
    right = passwords.matches(user.password_hash if user else None, password)
    if user is None:
        return Attempt(email, None, right=False)
    outdated = right and passwords.is_outdated(user.password_hash)
    return Attempt(email, user.id, right and user.is_active, passwords.hashed(password) if outdated else "")


def settle(session: Session, attempt: Attempt, now: datetime) -> SignedIn | Refused:
    """Count a failure or let the person in. Returns the refusal, so that the count is written.

    After MOST_FAILURES within LOCK the address is locked for LOCK, even for the right password.
    """
    guard = _guard(session, attempt.email, now)
    if guard.locked_until is not None and guard.locked_until > now:
        return _locked(guard.locked_until, now)
    user = session.get(User, attempt.user_id) if attempt.user_id is not None else None
    if user is None or not attempt.right:
        return _failed(session, guard, user, now)
    session.delete(guard)
    if attempt.fresh_hash:
        user.password_hash = attempt.fresh_hash
    user.last_seen_at = now
    return SignedIn(user.id, user.name, user.session_epoch)


def end_sessions(session: Session, user_id: int) -> None:
    """Sign the person out everywhere: every session that carries an older epoch is over."""
    user = session.get(User, user_id, with_for_update=True)
    if user is not None:
        user.session_epoch += 1


def folded(email: str) -> str:
    """The address as it is kept: without blanks around, in lower case."""
    return email.strip().lower()


def unlock(session: Session, email: str) -> None:
    """Forget the failures of the address: its owner proved to read its mail."""
    session.execute(delete(SignInGuard).where(SignInGuard.address == _digest(email)))


def _digest(email: str) -> str:
    return hashlib.sha256(folded(email).encode()).hexdigest()


def _guard(session: Session, email: str, now: datetime) -> SignInGuard:
    guard = session.get(SignInGuard, _digest(email), with_for_update=True)
    if guard is None:
        session.execute(delete(SignInGuard).where(SignInGuard.since_at < now - KEPT))
        guard = SignInGuard(address=_digest(email), failed_count=0, since_at=now)
        session.add(guard)
        session.flush()  # a rival's first failure of the same address must fail here
    elif guard.since_at <= now - LOCK and (guard.locked_until is None or guard.locked_until <= now):
        guard.failed_count, guard.since_at, guard.locked_until = 0, now, None
    return guard


def _failed(session: Session, guard: SignInGuard, user: User | None, now: datetime) -> Refused:
    guard.failed_count += 1
    if guard.failed_count < MOST_FAILURES:
        left = MOST_FAILURES - guard.failed_count
        return Refused(
            f"邮箱或密码不正确，请检查后重试；再错 {left} 次将锁定 15 分钟。忘记密码可以点“忘记密码”重新设置。"
        )
    guard.locked_until = now + LOCK
    history.record(session, "sign_in", user.id if user else None, "locked", PROGRAMME, now, label="登录锁定",
                   reason="连续登录失败次数过多")  # fmt: skip
    return _locked(guard.locked_until, now)


def _locked(until: datetime, now: datetime) -> Refused:
    minutes = max(1, -(-int((until - now).total_seconds()) // 60))
    return Refused(f"登录失败次数过多，请 {minutes} 分钟后再试，或点“忘记密码”重新设置密码。", locked=True)
