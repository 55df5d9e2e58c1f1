"""A session with few seats and many guests who have been invited, for tests of seats, answers and waiting lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor, Role
from app.domain.drafts import ReplyDraft
from app.domain.replies import Outcome
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.people import Organisation
from app.services import answering
from tests import season
from tests.season import NOW, START

DESK = Actor(Role.ORGANIZER, "市桥", organisation_name="许昌科技大市场")


def invited(app: Flask, guests: int, seats: int, **given: Any) -> list[int]:
    """An event of so many seats, and the ids of the invitations of so many guests."""
    with app.app_context(), writing() as session:
        event = season.docking(session, NOW, START, capacity=seats, **given)
        rows = [_invitation(event, number) for number in range(1, guests + 1)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def _invitation(event: Event, number: int) -> Invitation:
    made = Invitation(
        event=event,
        organisation=Organisation(kind="enterprise", name=f"第 {number} 家企业", created_at=NOW),
        side="guest",
        contact_name=f"客人{number}",
        contact_email=f"guest{number}@cast.test",
        nonce=f"nonce {number}",
        sent_at=NOW,
        created_at=NOW,
    )
    made._state = "sent"
    return made


def guest(invitation_id: int) -> Actor:
    """Who holds the link of this invitation."""
    return Actor(Role.GUEST, "来宾", invitation_id=invitation_id)


def yes(app: Flask, invitation_id: int, size: int = 1, now: datetime = NOW, **given: Any) -> Outcome:
    """Let the guest say yes for so many persons, by the link unless `actor` says otherwise."""
    actor = given.pop("actor", guest(invitation_id))
    draft = ReplyDraft(attendees=given.pop("attendees", "来宾"), party_size=size, **given)
    with app.app_context(), writing() as session:
        return answering.accept(session, session.get_one(Invitation, invitation_id), draft, actor, now)


def no(app: Flask, invitation_id: int, now: datetime = NOW, **given: Any) -> Outcome:
    """Let the guest say no."""
    actor = given.pop("actor", guest(invitation_id))
    draft = ReplyDraft(reason="另有安排", party_size=0, **given)
    with app.app_context(), writing() as session:
        return answering.decline(session, session.get_one(Invitation, invitation_id), draft, actor, now)


def states(app: Flask) -> list[str]:
    """The state of every invitation, in the order of their ids."""
    with app.app_context():
        return list(db.session.scalars(select(Invitation.state).order_by(Invitation.id)))


def seats(app: Flask) -> tuple[int, int]:
    """(seats taken by the event's own count, seats that the invitations hold)."""
    with app.app_context():
        held = sum(db.session.scalars(select(Invitation.party_size)))
        return db.session.scalars(select(Event.seats_taken)).one(), held


def letters(app: Flask) -> list[tuple[str, str]]:
    """(kind, address) of the letters that wait or have left, in the order in which they were posted."""
    with app.app_context():
        rows = db.session.scalars(select(Letter).where(Letter.cancelled_at.is_(None)).order_by(Letter.id))
        return [(row.kind, row.recipient) for row in rows]


def send_letters(session: Session, now: datetime) -> None:
    """Write down that everything in the outbox has left."""
    for letter in session.scalars(select(Letter).where(Letter.sent_at.is_(None), Letter.cancelled_at.is_(None))):
        letter.sent_at = now
