"""Owns the letters that reminders become, in whatever wording, and what is wrong with an edited one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.domain import clock
from app.domain.errors import Complaint
from app.domain.reminders import BLOCKS, FOLLOW_UP_KIND, LETTER_KINDS, REMINDERS, Reminder
from app.letters import invitations, wording
from app.letters.occasions import Facts
from app.letters.writing import Letter, render


@dataclass(frozen=True, slots=True)
class FollowUpFacts:
    """What the letter about one follow-up says, and the address it goes to."""

    follow_up_id: int
    event_id: int | None
    email: str
    contact: str
    enterprise: str
    institute: str
    need: str
    achievement: str
    stage: str
    intent: str
    note: str
    next_on: date


def complaints(reminder: Reminder, subject: str, body: str) -> tuple[Complaint, ...]:
    """What is wrong with an edited wording of this reminder."""
    return wording.complaints(subject, body, reminder.words, reminder.blocks, reminder.required)


def distance(starts_at: datetime, now: datetime) -> str:
    """How far off the event is on the day of `now`: 今天, 明天, 7 天后."""
    days = (clock.today(starts_at) - clock.today(now)).days
    return {0: "今天", 1: "明天"}.get(days, f" {days} 天后")


def reminder(facts: Facts, code: str, subject: str, body: str, key: str, now: datetime) -> Letter:
    """The reminder as it reads at `now`, in this wording. KeyError for an unknown code."""
    values = invitations.values_of(facts) | {
        "距离": distance(facts.starts_at, now),
        "参会人员": facts.attendees,
        "人数": str(facts.party_size),
    }
    return render(
        "reminder",
        key=key,
        to=facts.email,
        to_name=facts.contact,
        kind=LETTER_KINDS[REMINDERS[code].what],
        event_id=facts.event_id,
        invitation_id=facts.invitation_id,
        priority=3,
        facts=facts,
        subject=wording.filled(subject, values),
        blocks=wording.blocks(body, values, BLOCKS),
    )


def follow_up(facts: FollowUpFacts, subject: str, body: str, key: str) -> Letter:
    """The letter on the day for which a follow-up was noted, in this wording."""
    values = {
        "企业": facts.enterprise,
        "院所": facts.institute,
        "需求": facts.need,
        "成果": facts.achievement,
        "阶段": facts.stage,
        "意向": facts.intent or "未登记",
        "备注": facts.note or "无",
        "日期": f"{facts.next_on.year}年{facts.next_on.month}月{facts.next_on.day}日",
    }
    return render(
        "reminder",
        key=key,
        to=facts.email,
        to_name=facts.contact,
        kind=FOLLOW_UP_KIND,
        event_id=facts.event_id,
        priority=3,
        facts=None,
        subject=wording.filled(subject, values),
        blocks=wording.blocks(body, values, {}),
    )
