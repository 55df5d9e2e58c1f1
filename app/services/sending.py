"""Owns how the outbox as a whole is governed: the rules, pause and resume, the budgets all workers share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import PROGRAMME, Actor
from app.domain.errors import IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.domain.sending import Rules
from app.models.outbox import OutboxState, SendingBudget, SendingRules
from app.queries import outbox as queries
from app.services import history

SERVER = "server"
MOST_PER_MINUTE = 100_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Why no letter may leave now: the budget's name and the seconds until it has one more."""

    name: str
    seconds: float


def rules(session: Session) -> Rules:
    """The rules in force."""
    return queries.rules(session)


def revise(session: Session, given: Rules, actor: Actor, now: datetime) -> None:
    """Put other rules in force; what changed goes into the history."""
    require(actor, Permission.INVITATION_SEND)
    if given.quiet is not None and given.quiet[0] == given.quiet[1]:
        raise Invalid("免打扰时段的开始和结束不能相同；不需要免打扰时，请把两个时间都留空。")
    before = rules(session)
    if before == given:
        return
    row = session.get(SendingRules, 1) or SendingRules(id=1)
    row.quiet_from, row.quiet_to = (f"{one:%H:%M}" for one in given.quiet) if given.quiet else ("", "")
    row.working_days_only = given.working_days_only
    row.per_minute, row.per_day = given.per_minute, given.per_day
    row.domain_per_minute = given.domain_per_minute
    row.bounces_to_suppress = given.bounces_to_suppress
    session.add(row)
    changed = {
        name: [str(getattr(before, name)), str(getattr(given, name))]
        for name in Rules.__dataclass_fields__
        if getattr(before, name) != getattr(given, name)
    }
    history.record(session, "outbox", 1, "revise", actor, now, label="修改发送规则", details=changed)


def state(session: Session) -> OutboxState:
    """The row of the present state, made when missing; locked until the transaction ends."""
    inserting = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    session.execute(
        inserting(OutboxState)
        .values(id=1, paused_by="", pause_reason="", away_words="", alert_words="")
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(OutboxState).where(OutboxState.id == 1).with_for_update().execution_options(populate_existing=True)
    ).one()


def pause(session: Session, reason: str, actor: Actor, now: datetime) -> None:
    """Let no letter leave until somebody resumes; letters under way are finished."""
    require(actor, Permission.INVITATION_SEND)
    if not reason.strip():
        raise Invalid("请写明暂停发送的理由，其他同事会看到。")
    row = state(session)
    if row.paused_at is not None and row.paused_until is None:
        raise IllegalMove("发送已经暂停，请刷新页面查看。")
    row.paused_at, row.paused_until, row.paused_by, row.pause_reason = now, None, actor.name, reason.strip()
    history.record(session, "outbox", 1, "pause", actor, now, label="暂停发送", reason=reason.strip())


def resume(session: Session, actor: Actor, now: datetime) -> None:
    """Let letters leave again."""
    require(actor, Permission.INVITATION_SEND)
    row = state(session)
    if row.paused_at is None:
        raise IllegalMove("发送没有暂停，请刷新页面查看。")
    reason = row.pause_reason
    row.paused_at = row.paused_until = None
    row.paused_by = row.pause_reason = ""
    history.record(session, "outbox", 1, "resume", actor, now, label="恢复发送", reason=reason)


def rest(session: Session, words: str, until: datetime, now: datetime) -> None:
    """The server's quota is used up: stand still by ourselves. A person's pause is left as it is."""
    row = state(session)
    if row.paused_at is not None and row.paused_until is None:
        return
    row.paused_at, row.paused_until, row.paused_by, row.pause_reason = now, until, "", words
    history.record(session, "outbox", 1, "rest", PROGRAMME, now, label="邮件服务器限额，自动暂停", reason=words)


def met(session: Session, words: str, now: datetime) -> None:
    """Note whether the server could be reached: `words` is what went wrong, or empty."""
    row = state(session)
    if words and row.away_since_at is None:
        row.away_since_at = now
    elif not words:
        row.away_since_at = None
    row.away_words = words


def take(session: Session, given: Rules, domain: str, now: datetime, *, urgent: bool) -> Refused | None:
    """Take one letter out of every budget, or nothing and say which one is empty. Urgent letters only count.

    Budgets are rows: they hold over all workers, which wait for each other here only while limits are set. No window of
    60 seconds sees more than the limit of a minute: the bucket holds a sixtieth and fills with the rest.
    """
    server = _bucket(
        session, SERVER, now
    )  # always first and always locked: no two workers wait for each other crosswise
    buckets = [(server, given.per_minute)] if given.per_minute is not None else []
    if given.domain_per_minute is not None:
        buckets.append((_bucket(session, f"domain:{domain}", now), given.domain_per_minute))
    for bucket, limit in buckets:
        most = _most(limit)
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        bucket.tokens = min(most, bucket.tokens + passed * _per_second(limit))
        bucket.filled_at = now
    today = _today(session, given, now)
    if not urgent:
        for bucket, limit in buckets:
            if bucket.tokens < 1:
                return Refused(bucket.name, (1 - bucket.tokens) / _per_second(limit))
        if today is not None and given.per_day is not None and today.tokens >= given.per_day:
            return Refused(today.name, _seconds_left(now))
    for bucket, _ in buckets:
        bucket.tokens = max(0.0, bucket.tokens - 1)
    if today is not None:
        today.tokens += 1
    return None


def _most(limit: int) -> float:
    return max(1.0, limit / 60)


def _per_second(limit: int) -> float:
    return max(limit - _most(limit), limit / 2) / 60


def _bucket(session: Session, name: str, now: datetime, tokens: float = 1.0) -> SendingBudget:
    """The row, locked; made when missing."""
    inserting = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    session.execute(
        inserting(SendingBudget).values(name=name[:270], tokens=tokens, filled_at=now).on_conflict_do_nothing()
    )
    chosen = select(SendingBudget).where(SendingBudget.name == name[:270]).with_for_update()
    return session.scalars(chosen.execution_options(populate_existing=True)).one()


def _today(session: Session, given: Rules, now: datetime) -> SendingBudget | None:
    """The row that counts upwards what left since midnight."""
    if given.per_day is None:
        return None
    return _bucket(session, f"day:{clock.today(now):%Y-%m-%d}", now, tokens=0.0)


def _seconds_left(now: datetime) -> float:
    midnight = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def forget_budgets(session: Session, before: datetime) -> int:
    """Remove buckets nobody took from since; how many there were. A bucket made anew is full."""
    gone = session.scalars(delete(SendingBudget).where(SendingBudget.filled_at < before).returning(SendingBudget.name))
    return len(gone.all())
