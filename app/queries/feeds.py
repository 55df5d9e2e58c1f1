"""Reads personal calendars: whose a feed is, and what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor
from app.models.event import Event
from app.models.feed import Feed
from app.models.invitation import Invitation
from app.models.people import Membership
from app.queries import events, invitations

BEHIND = timedelta(days=180)
"""For how long what is over stays in a personal calendar."""

SHOWN = ("sent", "accepted", "waiting", "offered", "attended", "absent", "lapsed", "void")
"""States of the invitations that stand in their guest's calendar; void ones as cancelled."""


def of_membership(session: Session, membership_id: int) -> Feed | None:
    """The membership's feed, if it has one."""
    return session.scalar(select(Feed).where(Feed.membership_id == membership_id))


def member(session: Session, token_hash: str) -> Membership | None:
    """The active member whose feed has this address; None for any other."""
    return session.scalar(
        select(Membership)
        .join(Feed, Feed.membership_id == Membership.id)
        .where(Feed.token_hash == token_hash, Membership.state == "active")
        .options(joinedload(Membership.organisation), joinedload(Membership.user))
    )


def own_invitations(session: Session, actor: Actor, now: datetime) -> Sequence[Invitation]:
    """The organisation's invitations to events with a date, by date."""
    return session.scalars(
        invitations.visible_to(actor)
        .join(Invitation.event)
        .where(Invitation.state.in_(SHOWN), Event.starts_at >= now - BEHIND)
        .options(joinedload(Invitation.event).joinedload(Event.venue), joinedload(Invitation.organisation))
        .order_by(Event.starts_at, Invitation.id)
    ).all()


def own_events(session: Session, actor: Actor, now: datetime) -> Sequence[Event]:
    """The dated events in an office's sight, by date."""
    return session.scalars(
        events.visible_to(actor)
        .where(Event.starts_at >= now - BEHIND, Event.state != "planned")
        .options(joinedload(Event.venue))
        .order_by(Event.starts_at, Event.id)
    ).all()
