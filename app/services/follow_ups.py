"""Follow-ups (跟踪): the letter to the desk on the day that was noted for the next step."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.errors import Invalid
from app.letters import reminders as letters
from app.letters.writing import Letter as Written
from app.models.follow_up import FollowUp
from app.models.letter import SkippedReminder
from app.queries import invitations
from app.queries import reminders as reading
from app.services import outbox

AT = time(9, 0)
USEFUL = timedelta(days=14)
"""For how long after the day the letter is still worth sending."""

BEHIND = timedelta(days=45)
TOO_LATE = "跟进日之后 14 天内未能发出，不再发送"
OFF = "已关闭，没有发出"
NOBODY = "没有发出：科技大市场的资料里没有联系邮箱，请先补充"


def instant(follow_up: FollowUp) -> datetime:
    """When the letter falls due: nine o'clock of the day."""
    assert follow_up.next_on is not None
    return datetime.combine(follow_up.next_on, AT, clock.LOCAL)


def key_of(follow_up: FollowUp) -> str:
    """The key of the letter about this date: another date is another letter."""
    return f"reminder:follow_up:{follow_up.id}:{follow_up.next_on}"


def waiting(session: Session, now: datetime) -> list[FollowUp]:
    """The follow-ups whose day has come and of which nothing was sent or given up yet."""
    today = clock.today(now)
    found = reading.follow_ups_on(session, today - BEHIND, today)
    if not found:
        return []
    done = reading.follow_ups_done(session)
    return [one for one in found if instant(one) <= now and key_of(one) not in done]


def remind(session: Session, now: datetime) -> tuple[int, int]:
    """Post the letters that are due and record those that are given up: how many of each. A second call posts nothing."""
    posted = skipped = 0
    for follow_up in waiting(session, now):
        reason = why_not(session, follow_up, now)
        if not reason:
            written = letter(session, follow_up)
            try:
                if written is not None:
                    posted += outbox.post(session, written, now, due_at=instant(follow_up))
                    continue
                reason = NOBODY
            except Invalid as error:
                reason = f"没有发出：{error.message}"
        if reason == OFF and now < instant(follow_up) + USEFUL:
            continue  # it may be switched on while it is of use
        _give_up(session, follow_up, reason, now)
        skipped += 1
    return posted, skipped


def why_not(session: Session, follow_up: FollowUp, now: datetime) -> str:
    """Why the letter is not sent at `now`; empty when it is."""
    if not _words(session, follow_up).is_on:
        return OFF
    return TOO_LATE if now >= instant(follow_up) + USEFUL else ""


def letter(session: Session, follow_up: FollowUp, subject: str = "", body: str = "") -> Written | None:
    """The letter as it reads now, in the wording in force or in this one; None when the market has no address."""
    market = invitations.desk(session)
    if market is None or not market.contact_email:
        return None
    pairing, words = follow_up.pairing, _words(session, follow_up)
    assert follow_up.next_on is not None
    facts = letters.FollowUpFacts(
        follow_up_id=follow_up.id,
        event_id=follow_up.event_id,
        email=market.contact_email,
        contact=market.contact_name,
        enterprise=pairing.need.organisation.name,
        institute=pairing.achievement.organisation.name,
        need=pairing.need.title,
        achievement=pairing.achievement.title,
        stage=follow_up.state_label,
        intent=follow_up.intent,
        note=follow_up.note,
        next_on=follow_up.next_on,
    )
    return letters.follow_up(facts, subject or words.subject, body or words.body, key_of(follow_up))


def as_it_stands(session: Session, key: str, now: datetime) -> Written | None:
    """The letter of this key as it would be written at `now`; None when it would not be sent any more."""
    follow_up = session.get(FollowUp, int(key.split(":")[2]))
    if follow_up is None or follow_up.state not in reading.FOLLOWED or follow_up.next_on is None:
        return None
    if key_of(follow_up) != key or why_not(session, follow_up, now):
        return None
    return letter(session, follow_up)


def _words(session: Session, follow_up: FollowUp) -> reading.Words:
    if follow_up.event_id is None:
        return reading.programme(session)["follow_up"]
    return reading.in_force(session, (follow_up.event_id,))[follow_up.event_id]["follow_up"]


def _give_up(session: Session, follow_up: FollowUp, reason: str, now: datetime) -> None:
    session.add(
        SkippedReminder(
            key=key_of(follow_up),
            event_id=follow_up.event_id,
            reason=f"原定 {follow_up.next_on} 的跟进提醒{reason}"[:200],
            created_at=now,
        )
    )
