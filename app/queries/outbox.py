"""Reads whether everything is going out: what waits and why, the server's state, what failed, what a person must do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.sending import Rules, bulk_waits_for, opens_at
from app.models.letter import Letter, LetterAttempt
from app.models.outbox import OutboxState, SendingRules, SuppressedAddress
from app.queries import letters
from app.queries.paging import Page, page_of
from app.queries.reference import working_days

STUCK = timedelta(minutes=30)
"""A letter that should have left so long ago, with nothing that explains it, is stuck."""

RECENTLY = timedelta(days=7)
PAGE_SIZE = 50

FAILURES = {
    "refused": ("对方邮件服务器拒收", "核对收件邮箱是否写错，更正联系人资料后重新发送。"),
    "refused_often": ("多次重试仍被暂时拒收", "过一段时间重新发送；仍不行请电话联系对方。"),
    "undeliverable": ("邮箱已标记为无法送达", "更正联系人的邮箱；确认邮箱可用后，在“无法送达的邮箱”里恢复。"),
    "words": ("信件内容无法组成", "检查主题和收件人姓名里有没有换行等特殊字符，改好后重新发送。"),
    "crashed": ("发送时程序多次中断", "把这封信的编号告诉系统管理员。"),
    "": ("其他原因", "打开信件查看服务器的答复。"),
}
"""What failed letters are counted by: the reason, and what to do about it."""

OUTCOMES = {
    "sent": "已送达邮件服务器",
    "retry": "暂时被拒",
    "failed": "失败",
    "uncertain": "没有答复，可能已送达",
    "bounced": "被退回",
}
"""What the desk calls what happened each time."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The answer to "is everything going out?". `tone` is good, wait or bad; instants may be None."""

    tone: str
    headline: str
    due: int
    later: int
    oldest_at: datetime | None
    last_sent_at: datetime | None
    state: OutboxState | None
    closed: str
    opens_at: datetime | None
    rules: Rules
    uncertain: int
    held: int
    bounced: int
    dead: int
    failures: tuple[tuple[str, str, int], ...]


def rules(session: Session) -> Rules:
    """The rules in force."""
    row = session.get(SendingRules, 1)
    if row is None:
        return Rules()
    quiet = (time.fromisoformat(row.quiet_from), time.fromisoformat(row.quiet_to)) if row.quiet_from else None
    return Rules(
        quiet=quiet,
        working_days_only=row.working_days_only,
        per_minute=row.per_minute,
        per_day=row.per_day,
        domain_per_minute=row.domain_per_minute,
        bounces_to_suppress=row.bounces_to_suppress,
    )


def overdue_since(session: Session, now: datetime) -> datetime | None:
    """Since when a letter waits that nothing holds back: no pause, no quiet hours. None when all is well."""
    state = session.get(OutboxState, 1)
    if state is not None and is_paused(state, now):
        return None
    closed = bulk_waits_for(rules(session), working_days(session).is_working, now)
    return letters.oldest_due(session, now, bulk=not closed)


def overview(session: Session, rules: Rules, now: datetime) -> Overview:
    """Read it all; a handful of counting queries."""
    counts = letters.counts(session)
    due = session.scalar(select(func.count()).select_from(Letter).where(letters.waiting(), Letter.due_at <= now)) or 0
    oldest = letters.oldest_due(session, now)
    overdue = overdue_since(session, now)
    state = session.get(OutboxState, 1)
    calendar = working_days(session)
    closed = bulk_waits_for(rules, calendar.is_working, now)
    tone, headline = judged(state, due, overdue, closed, now)
    return Overview(
        tone=tone,
        headline=headline,
        due=due,
        later=counts["waiting"] + counts["retrying"] - due,
        oldest_at=oldest,
        last_sent_at=session.scalar(select(func.max(Letter.sent_at))),
        state=state if state is not None and is_paused(state, now) else None,
        closed=closed,
        opens_at=opens_at(rules, calendar.is_working, now) if closed else None,
        rules=rules,
        uncertain=counts["uncertain"],
        held=counts["held"],
        bounced=counts["bounced"],
        dead=session.scalar(select(func.count()).select_from(SuppressedAddress)) or 0,
        failures=_failures(session),
    )


def is_paused(state: OutboxState, now: datetime) -> bool:
    """Whether nothing leaves at this instant."""
    return state.paused_at is not None and (state.paused_until is None or state.paused_until > now)


def judged(
    state: OutboxState | None, due: int, overdue: datetime | None, closed: str, now: datetime
) -> tuple[str, str]:
    """The tone and the one sentence at the top."""
    if state is not None and is_paused(state, now):
        return "wait", "发送已暂停，信件都在等待。"
    if state is not None and state.away_since_at is not None and due:
        return "bad", f"邮件服务器联系不上，{due} 封信在等待，恢复后会自动发出。"
    if not due:
        return "good", "是的，该发的都发出去了。"
    if overdue is not None and now - overdue > STUCK:
        return "bad", "没有：有到期的信还没有发出，请看下面的说明。"
    if closed:
        return "wait", f"{due} 封信在等待：{closed}，到时会自动发出。"
    return "wait", f"正在发送，还有 {due} 封。"


def _failures(session: Session) -> tuple[tuple[str, str, int], ...]:
    rows = session.execute(
        select(Letter.failure, func.count())
        .where(Letter.failed_at.is_not(None), Letter.sent_at.is_(None))
        .group_by(Letter.failure)
        .order_by(func.count().desc(), Letter.failure)
    )
    return tuple((*FAILURES.get(code, FAILURES[""]), count) for code, count in rows)


def attempts_of(session: Session, letter_id: int) -> list[LetterAttempt]:
    """What happened to a letter each time, the newest first."""
    chosen = select(LetterAttempt).where(LetterAttempt.letter_id == letter_id).order_by(LetterAttempt.id.desc())
    return list(session.scalars(chosen.limit(100)))


def suppressed(session: Session, text: str, page: int) -> Page[SuppressedAddress]:
    """The dead addresses, the newest first."""
    chosen = select(SuppressedAddress).order_by(SuppressedAddress.since_at.desc(), SuppressedAddress.id.desc())
    if text:
        chosen = chosen.where(SuppressedAddress.address.icontains(text[:100], autoescape=True))
    return page_of(session, chosen, page, PAGE_SIZE)


def dead_among(session: Session, addresses: set[str]) -> dict[str, str]:
    """Which of these addresses get no letters, and why; addresses in small letters."""
    wanted = {address.lower() for address in addresses if address}
    rows = session.execute(
        select(SuppressedAddress.address, SuppressedAddress.words).where(SuppressedAddress.address.in_(wanted))
    )
    return {row.address: row.words for row in rows}
