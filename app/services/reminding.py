"""The bridge to scheduler.reminders: which guests of an event are to be reminded now, and of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.clock import local
from app.letters.reminders import KINDS, reminder
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter, SkippedReminder
from app.services import guests, links, outbox, seats
from scheduler.reminders import Answer, Due, Occasion, due, skipped

AHEAD = timedelta(days=8)
"""How long before an event its first reminder may fall due: seven days, and the hours of a day."""

BEHIND = timedelta(days=30)
"""How long after an event the request for feedback may still be useful, holidays included."""

ANSWERS: dict[str, Answer] = {
    "sent": "unanswered",
    "lapsed": "unanswered",
    "accepted": "accepted",
    "attended": "accepted",
    "absent": "accepted",
    "declined": "declined",
    "void": "void",
}
ATTENDED = {"attended": True, "absent": False}


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many reminders were posted, and how many were too late to be of use."""

    posted: int
    skipped: int


def events_near(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the events that may have reminders now."""
    return session.scalars(
        select(Event.id)
        .where(
            Event.starts_at <= now + AHEAD,
            Event.starts_at >= now - BEHIND,
            Event.state.not_in(("planned", "cancelled")),
        )
        .order_by(Event.starts_at, Event.id)
    ).all()


def remind(session: Session, event_id: int, now: datetime) -> Reminded:
    """Post the reminders of the event that are due at `now`, and record those that came too late.

    The event's row is locked, so that nobody answers, moves or cancels between deciding and posting. A second call
    posts nothing: the keys are taken.
    """
    event = seats.lock(session, event_id)
    if event.state in ("planned", "cancelled"):
        return Reminded(0, 0)
    rows = session.scalars(
        select(Invitation)
        .where(Invitation.event_id == event_id, Invitation.state.in_(tuple(ANSWERS)))
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id)
    ).all()
    by_guest = {str(invitation.id): invitation for invitation in rows}
    occasions = [_occasion(event, invitation) for invitation in rows]
    done = _done(session, event_id)
    wanted = due(occasions, now, done)
    for one in wanted:
        _post(session, by_guest[one.guest], one, now)
    late = skipped(occasions, now, done)
    session.add_all(
        SkippedReminder(
            key=one.key,
            event_id=event_id,
            invitation_id=by_guest[one.guest].id,
            reason=f"原定 {local(one.at):%Y-%m-%d %H:%M} 的提醒{one.reason}",
            created_at=now,
        )
        for one in late
    )
    return Reminded(len(wanted), len(late))


def _done(session: Session, event_id: int) -> set[str]:
    """The keys of the event's reminders that were posted or given up; those a change cancelled are free again."""
    posted = session.scalars(select(Letter.key).where(Letter.event_id == event_id, Letter.kind.in_(KINDS)))
    given_up = session.scalars(select(SkippedReminder.key).where(SkippedReminder.event_id == event_id))
    return {*posted, *given_up}


def _occasion(event: Event, invitation: Invitation) -> Occasion:
    assert event.starts_at is not None
    return Occasion(
        event_id=str(event.id),
        starts_at=event.starts_at,
        ends_at=guests.ends_at(event),
        guest_id=str(invitation.id),
        answered=ANSWERS[invitation.state],
        invited_at=invitation.sent_at,
        attended=ATTENDED.get(invitation.state),
    )


def _post(session: Session, invitation: Invitation, one: Due, now: datetime) -> None:
    facts = guests.facts(session, invitation, links.of(session))
    outbox.post(session, reminder(facts, one.what, one.key), now, due_at=one.at)
