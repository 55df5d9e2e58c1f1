"""Tells the administrators once when letters pile up or fail in number, and again only after it was better."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Role
from app.letters.alerts import outbox_alert
from app.models.letter import Letter
from app.models.people import Membership, User
from app.queries import outbox as queries
from app.services import history, links, outbox, sending

MANY_FAILED = 20
"""So many letters that failed within a day are no single wrong addresses any more."""

MANY_UNCERTAIN = 10
A_DAY = timedelta(days=1)


def reasons(session: Session, now: datetime) -> list[str]:
    """What is wrong with the sending at this moment, in sentences for the administrator; [] when all is well."""
    seen = queries.overview(session, sending.rules(session), now)
    found = [seen.headline] if seen.tone == "bad" and seen.oldest_at and now - seen.oldest_at > queries.STUCK else []
    if seen.state is not None and not seen.state.paused_by:
        found.append(f"邮件服务器提示发送数量已到上限：{seen.state.pause_reason}")
    failed = session.scalar(select(func.count()).select_from(Letter).where(Letter.failed_at > now - A_DAY)) or 0
    if failed >= MANY_FAILED:
        found.append(f"最近 24 小时有 {failed} 封信发送失败。")
    if seen.uncertain >= MANY_UNCERTAIN:
        found.append(f"有 {seen.uncertain} 封信不知道对方是否收到，等待确认。")
    return found


def watch(session: Session, now: datetime) -> int:
    """Look once; how many letters of alert were posted."""
    found, state = reasons(session, now), sending.state(session)
    if not found:
        if state.alerted_at is not None:
            state.alerted_at, state.alert_words = None, ""
            history.record(session, "outbox", 1, "better", PROGRAMME, now, label="邮件发送恢复正常")
        return 0
    if state.alerted_at is not None:
        return 0
    state.alerted_at, state.alert_words = now, "\n".join(found)
    history.record(session, "outbox", 1, "alert", PROGRAMME, now, label="邮件发送异常", reason=state.alert_words)
    link = links.of(session).page("/desk/letters")
    return sum(
        outbox.post(
            session, outbox_alert(to.email, to.name, f"outbox_alert:{to.id}:{now:%Y%m%d%H%M%S%f}", found, link), now
        )
        for to in _administrators(session)
    )


def _administrators(session: Session) -> list[User]:
    chosen = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.ADMINISTRATOR.value, Membership.state == "active", User.is_active)
        .order_by(User.id)
        .distinct()
    )
    return list(session.scalars(chosen))
