"""Tells guests whose one-to-one talks have changed since they were last written to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain import sequences
from app.domain.actor import Actor
from app.domain.permissions import Permission, require
from app.domain.vocabulary import InvitationSide
from app.letters import calendars
from app.letters import invitations as letters
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.queries import meetings
from app.queries.letters import last_calendars
from app.services import guests, history, invitations, links, outbox, seats


def outdated(session: Session, event: Event, now: datetime) -> list[Invitation]:
    """The invited guests of a coming event whose talks are not those that their last letter named."""
    return [] if event.starts_at is None or event.starts_at <= now else _differing(session, event)


def _differing(session: Session, event: Event) -> list[Invitation]:
    told = last_calendars(session, event.id)
    held = _meetings_by_guest(session, event)
    invited = session.scalars(
        select(Invitation)
        .where(Invitation.event_id == event.id, Invitation.state.in_(invitations.TOLD_BY_LETTER))
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id)
    ).all()
    return [
        one
        for one in invited
        if one.id in told and calendars.talks_in(told[one.id]) != _lines(event, one, held.get(one.organisation_id, []))
    ]


def reached(session: Session, event: Event, organisations: Collection[int]) -> tuple[str, ...]:
    """The names of those organisations whose guests have been written to, and will be when their talks change."""
    told = last_calendars(session, event.id)
    invited = session.scalars(
        select(Invitation)
        .where(
            Invitation.event_id == event.id,
            Invitation.state.in_(invitations.TOLD_BY_LETTER),
            Invitation.organisation_id.in_(organisations),
        )
        .options(joinedload(Invitation.organisation))
    ).all()
    return tuple(sorted(one.organisation.name for one in invited if one.id in told))


def _meetings_by_guest(session: Session, event: Event) -> dict[int, list[Meeting]]:
    by_guest: dict[int, list[Meeting]] = {}
    for meeting in meetings.of_event(session, event.id):
        for organisation_id in {meeting.enterprise_id, meeting.pairing.achievement.organisation_id}:
            by_guest.setdefault(organisation_id, []).append(meeting)
    return by_guest


def _lines(event: Event, invitation: Invitation, held: list[Meeting]) -> tuple[str, ...]:
    demand = invitation.side != InvitationSide.SUPPLY.value
    return calendars.lines_of(guests.talks_of(event, held, demand))


def tell(session: Session, event: Event, actor: Actor, now: datetime) -> int:
    """Write to those guests; how many there were. Telling again tells nobody. Raises Invalid for an event that is over."""
    require(actor, Permission.INVITATION_SEND)
    seats.lock(session, event.id)
    invitations.refuse_if_over(event, now)
    return post(session, event, actor, now)


def post(session: Session, event: Event, actor: Actor, now: datetime) -> int:
    """What follows when a timetable is published: those guests are written to, until the event is over. How many.

    The caller has locked the event.
    """
    require(actor, Permission.EVENT_PLAN, event.owner)
    if event.starts_at is None or guests.ends_at(event) <= now:
        return 0
    concerned = _differing(session, event)
    for invitation in concerned:
        invitation.sequence = sequences.risen(now, event.sequence, invitation.sequence)
        facts = guests.facts(session, invitation, links.of(session))
        key = f"talks_changed:{invitation.id}:{invitation.sequence}"
        outbox.post(session, letters.rearranged(facts, key, now), now)
        history.record(session, "invitation", invitation.id, "retell", actor, now, label="通知洽谈安排变更")
    return len(concerned)
