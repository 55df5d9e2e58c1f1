"""Passes seats on: offers what is free to the line, lets offers run out, takes them back for a smaller room."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Actor
from app.domain.permissions import Permission, require
from app.models.event import Event
from app.models.invitation import Invitation
from app.queries import waiting
from app.services import conduct, seats, waiting_list
from app.services.steps import Step

BEGUN = "活动已开始，候补结束"
UNHEARD = "通知邮件没有及时发出，重新保留"


def pass_on(session: Session, event_id: int, now: datetime) -> int:
    """Offer the event's free seats to those in line whose parties fit; how many offers were made."""
    event = seats.lock(session, event_id)
    steps = waiting_list.next_offers(session, event, now)
    for step in steps:
        conduct.carry_out(session, step, PROGRAMME, now)
    return len(steps)


def run_out(session: Session, invitation: Invitation, now: datetime) -> bool:
    """Let an offer that has run out go to the next in line, and end all waiting for an event that has begun.

    An offer whose letter is still in the outbox goes back to the same guest, with new time and a new letter: nobody is
    passed over unheard. False when there is nothing to do any more.
    """
    event = seats.lock(session, invitation.event_id)
    session.refresh(invitation)
    if invitation.state not in ("waiting", "offered"):
        return False
    if event.starts_at is not None and event.starts_at <= now:
        conduct.carry_out(session, Step(invitation, "remove", reason=BEGUN), PROGRAMME, now)
        return True
    if invitation.offered_until is None or invitation.offered_until > now:
        return False
    if waiting_list.letter_waits(session, invitation):
        conduct.carry_out(session, Step(invitation, "retract", reason=UNHEARD), PROGRAMME, now)
        pass_on(session, event.id, now)
    else:
        conduct.carry_out(session, Step(invitation, "expire"), PROGRAMME, now)
    return True


def make_room(session: Session, event: Event, capacity: int, actor: Actor, now: datetime) -> int:
    """Take open offers back, the last in line first, until no more than `capacity` seats are taken; how many.

    For the caller who then writes the smaller capacity in the same transaction. Whoever plans the event may do this; the
    moves are the programme's, with the event's change as their cause.
    """
    require(actor, Permission.EVENT_PLAN, event.owner)
    event = seats.lock(session, event.id)
    taken, made = event.seats_taken, 0
    for invitation in sorted(waiting.offered(session, event.id), key=_place, reverse=True):
        if taken <= capacity:
            break
        taken -= invitation.party_size
        step = Step(invitation, "retract", reason=f"座位减为 {capacity} 个", cause=f"event:{event.id}:edit")
        conduct.carry_out(session, step, PROGRAMME, now)
        made += 1
    return made


def _place(invitation: Invitation) -> int:
    return invitation.line_number or 0
