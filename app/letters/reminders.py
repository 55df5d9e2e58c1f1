"""Owns the reminders of an event: a week before, the day before, the morning itself, and the request for feedback."""

from __future__ import annotations

from app.letters.occasions import Facts
from app.letters.writing import Letter, render

FOLDERS = {
    "week_before": "reminder_week_before",
    "day_before": "reminder_day_before",
    "morning": "reminder_morning",
    "feedback": "feedback",
}
"""Which folder of templates a kind of reminder is written from; also the letter's kind."""

KINDS = tuple(FOLDERS.values())


def reminder(facts: Facts, what: str, key: str) -> Letter:
    """The reminder of this kind; its words depend on whether the guest has accepted. KeyError for an unknown kind."""
    return render(
        FOLDERS[what],
        key=key,
        to=facts.email,
        to_name=facts.contact,
        event_id=facts.event_id,
        invitation_id=facts.invitation_id,
        priority=3,
        facts=facts,
    )
