"""Invitations (邀请): drafting them from the plan of an event, editing the wording, and what their moves bring about."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import sequences
from app.domain.actor import Actor
from app.domain.entries import read_email
from app.domain.errors import Complaint, IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.domain.reminders import KINDS as REMINDERS
from app.domain.replies import why_closed, why_no_roll, why_not_invited
from app.letters import invitations as letters
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.pairing import Pairing
from app.queries.meetings import pairings_of_guest
from app.services import guests, history, links, meetings, outbox, seats, waiting_list
from app.services.steps import Step

TOLD_BY_LETTER = ("sent", "accepted", "waiting", "offered")
"""States of the guests who are told when their event moves."""

OPEN = ("draft", "sent", "accepted", "waiting", "offered", "declined", "unseated", "lapsed")
"""States of the invitations that end with a cancelled event."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What drafting brought about: the new drafts, and for each guest left out the reason in Chinese."""

    made: tuple[Invitation, ...]
    skipped: tuple[str, ...]


def draft_for(session: Session, event: Event, actor: Actor, now: datetime) -> Drafted:
    """Make one draft per organisation of the event's plan that has no invitation yet.

    Raises Invalid for an event that is over, cancelled or not fixed yet. Guests without an address are left out, with
    the reason; a voided invitation is left to a person to renew.
    """
    require(actor, Permission.INVITATION_SEND)
    seats.lock(session, event.id)
    refuse_if_over(event, now)
    there = set(session.scalars(select(Invitation.organisation_id).where(Invitation.event_id == event.id)))
    made, skipped = [], []
    for guest in guests.of_event(session, event):
        if guest.organisation.id in there:
            continue
        if not guest.email:
            skipped.append(f"{guest.organisation.name}：没有联系邮箱，请先在单位资料里补充，或用电话邀请。")
            continue
        made.append(_draft(session, event, guest, now))
    session.flush()  # the history names them by id
    for invitation in made:
        history.record(session, "invitation", invitation.id, "draft", actor, now, label="拟定邀请")
    return Drafted(tuple(made), tuple(skipped))


def _draft(session: Session, event: Event, guest: guests.Guest, now: datetime) -> Invitation:
    invitation = Invitation(
        event=event,
        organisation=guest.organisation,
        side=guest.side.value,
        contact_name=guest.name,
        contact_email=guest.email,
        contact_phone=guest.phone,
        nonce=secrets.token_urlsafe(16),
        created_at=now,
    )
    session.add(invitation)
    return invitation


def refuse_if_over(event: Event, now: datetime) -> None:
    """Raise Invalid with the reason when nobody can be invited to the event any more, or not yet."""
    reason = why_not_invited(event.state, event.starts_at, event.ends_at, now)
    if reason:
        raise Invalid(reason)


def edit(session: Session, invitation: Invitation, wording: letters.Wording, actor: Actor, now: datetime) -> None:
    """Change the wording and the recipient of a draft; a wording equal to the standard one is kept as empty.

    Raises Invalid for a wording that would lose the link or holds unknown placeholders, and for a wrong address.
    """
    require(actor, Permission.INVITATION_SEND, invitation.owner)
    if invitation.state != "draft":
        raise IllegalMove("邀请已经发出，正文不能再改；如需更正，请作废后重新邀请。")
    found = letters.complaints(wording.subject, wording.body)
    try:
        address = read_email(wording.email)
    except Invalid as error:
        found = (*found, Complaint("contact_email", error.message))
        address = ""
    if not wording.email:
        found = (*found, Complaint("contact_email", "请填写收件人的电子邮箱。"))
    if found:
        raise Invalid(found)
    invitation.subject = "" if wording.subject == letters.STANDARD_SUBJECT else wording.subject
    invitation.body = "" if wording.body == letters.STANDARD_BODY.strip() else wording.body
    invitation.contact_name = wording.name[:40]
    invitation.contact_email = address
    history.record(session, "invitation", invitation.id, "edit", actor, now, label="修改邀请")


# What must hold before a move.


def sendable(session: Session, invitation: Invitation, now: datetime) -> None:
    """Before `send`: the event lies ahead and the plan still has a reason for this guest."""
    refuse_if_over(invitation.event, now)
    if not guests.is_planned(session, invitation):
        raise Invalid(f"{invitation.organisation.name}已不在本场的洽谈安排中，请作废这份邀请，或重新排期后再发。")


def answerable(session: Session, invitation: Invitation, now: datetime) -> None:
    """Before `accept` and `decline`: the event lies ahead and the invitation stands."""
    event = invitation.event
    reason = why_closed(invitation.state, event.state, event.starts_at, now)
    if reason:
        raise Invalid(reason)


def countable(_session: Session, invitation: Invitation, now: datetime) -> None:
    """Before `attend` and `miss`: the day of the event has come."""
    reason = why_no_roll(invitation.event.starts_at, now)
    if reason:
        raise Invalid(reason)


# What follows from a move. The programme's own steps come out of these; the gate has asked who may.


def sent(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `send`: the letter goes into the outbox."""
    _post(session, step.subject, now)
    yield from ()


def _post(session: Session, invitation: Invitation, now: datetime) -> None:
    facts = guests.facts(session, invitation, links.of(session))
    key = f"invitation:{invitation.id}:{invitation.sequence}"
    outbox.post(session, letters.invitation(facts, invitation.subject, invitation.body, key, now), now)


def declined(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `decline`: the tables are free, and no reminder leaves."""
    invitation: Invitation = step.subject
    meetings.clear_for(
        session, invitation.event_id, invitation.organisation_id, f"{invitation.organisation.name}已谢绝邀请"
    )
    outbox.cancel_for(session, now, invitation_id=invitation.id, kinds=(*REMINDERS, *waiting_list.KINDS))
    yield from ()


def voided(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `void`: seats and tables are free, the link is dead, and a guest who was counting on it is told."""
    invitation: Invitation = step.subject
    event = seats.lock(session, invitation.event_id)
    seats.change(session, event.id, -invitation.party_size)
    invitation.party_size = 0
    waiting_list.leave(session, invitation, now)
    invitation.sequence = sequences.risen(now, event.sequence, invitation.sequence)
    outbox.cancel_for(session, now, invitation_id=invitation.id)
    meetings.clear_for(session, event.id, invitation.organisation_id, f"{invitation.organisation.name}的邀请已撤回")
    has_declined = bool(invitation.reason)
    ahead = event.starts_at is not None and event.starts_at > now
    if ahead and not has_declined and _has_heard(session, invitation):
        facts = guests.facts(session, invitation, links.of(session))
        key = f"event_cancelled:{invitation.id}:{invitation.sequence}"
        whole_event = event.state == "cancelled"
        outbox.post(session, letters.cancelled(facts, step.reason, whole_event, key, now), now)
    yield from waiting_list.next_offers(session, event, now)


def _has_heard(session: Session, invitation: Invitation) -> bool:
    """Whether any letter about the invitation has left."""
    return (
        session.scalar(
            select(Letter.id).where(Letter.invitation_id == invitation.id, Letter.sent_at.is_not(None)).limit(1)
        )
        is not None
    )


def renewed(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `renew`: a draft like a new one, with a link of its own."""
    invitation: Invitation = step.subject
    invitation.nonce = secrets.token_urlsafe(16)
    invitation.sequence = sequences.risen(now, invitation.sequence, invitation.event.sequence)
    invitation.attendees = invitation.reason = invitation.replied_note = ""
    invitation.arrives_at = invitation.leaves_at = invitation.replied_via = None
    invitation.replied_at = invitation.sent_at = None
    yield from ()


def event_moved(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `postpone`, with the new date written already: waiting letters are written anew, guests are told.

    A guest whose invitation has not left yet gets it with the new date; who has it gets the change.
    """
    event: Event = step.subject
    event.sequence = sequences.risen(now, event.sequence, _highest(session, event))
    outbox.cancel_for(session, now, event_id=event.id)
    told = select(Invitation).where(Invitation.event_id == event.id, Invitation.state.in_(TOLD_BY_LETTER))
    for invitation in session.scalars(told.order_by(Invitation.id)).all():
        if _has_heard(session, invitation):
            facts = guests.facts(session, invitation, links.of(session))
            outbox.post(session, letters.moved(facts, f"event_moved:{invitation.id}:{event.sequence}", now), now)
        else:
            _post(session, invitation, now)
    waiting_list.event_moved(session, event, now)
    yield from ()


def _highest(session: Session, event: Event) -> int:
    """The highest SEQUENCE that a guest's own entry has reached."""
    return session.scalar(select(func.max(Invitation.sequence)).where(Invitation.event_id == event.id)) or 0


def event_cancelled(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After the event's `cancel`: every invitation is void, nothing waiting leaves, all tables are free."""
    event: Event = step.subject
    event.sequence = sequences.risen(now, event.sequence, _highest(session, event))
    outbox.cancel_for(session, now, event_id=event.id)
    meetings.clear_event(session, event.id)
    open_ones = select(Invitation).where(Invitation.event_id == event.id, Invitation.state.in_(OPEN))
    for invitation in session.scalars(open_ones.order_by(Invitation.id)).all():
        yield Step(invitation, "void", reason=step.reason)


def pairing_dropped(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After a pairing's `drop`, `dismiss`, `ban` or `release`: its table is free, and a draft that has no other reason is void.

    A guest who has been invited already stays invited: the desk decides, and sees it on the guest list.
    """
    pairing: Pairing = step.subject
    if pairing.event_id is None:
        return
    meetings.clear_pairing(session, pairing, "供需配对已失效")
    sides = (pairing.need.organisation_id, pairing.achievement.organisation_id)
    drafts = select(Invitation).where(
        Invitation.event_id == pairing.event_id, Invitation.organisation_id.in_(sides), Invitation.state == "draft"
    )
    for invitation in session.scalars(drafts).all():
        if not pairings_of_guest(session, invitation.event_id, invitation.organisation_id):
            yield Step(invitation, "void", reason="本场已没有与该单位有关的供需配对")
