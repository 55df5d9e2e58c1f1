"""Sends the drafted invitations of an event, and says of each that stayed behind why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Invalid
from app.domain.permissions import Permission, require
from app.models.event import Event
from app.models.invitation import Invitation
from app.queries import invitations as queries
from app.services import conduct, invitations, seats
from app.services.steps import Step


@dataclass(frozen=True, slots=True)
class Sent:
    """How many letters went into the outbox, and why the others did not, in Chinese."""

    sent: int
    skipped: tuple[str, ...]


def send_all(session: Session, event: Event, actor: Actor, now: datetime) -> Sent:
    """Send every draft of the event; one that can't be sent stays a draft and does not stop the others.

    Sending again sends nothing: there are no drafts any more. Raises Invalid for an event that is over or cancelled.
    """
    require(actor, Permission.INVITATION_SEND)
    seats.lock(session, event.id)  # a second organizer waits here, and then finds no drafts
    invitations.refuse_if_over(event, now)
    sent, skipped = 0, []
    for invitation in queries.drafts(session, event.id):
        reason = _send(session, invitation, actor, now)
        if reason:
            skipped.append(f"{invitation.organisation.name}：{reason}")
        else:
            sent += 1
    return Sent(sent, tuple(skipped))


def _send(session: Session, invitation: Invitation, actor: Actor, now: datetime) -> str:
    try:
        with session.begin_nested():
            conduct.carry_out(session, Step(invitation, "send"), actor, now)
    except Invalid as error:
        return error.message
    return ""
