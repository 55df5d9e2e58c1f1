"""Personal calendars (个人日历): giving out, renewing and ending their addresses, and gathering what stands in one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import sequences
from app.domain.actor import PORTAL, Actor
from app.domain.errors import Missing, NotAllowed
from app.domain.permissions import Permission, require
from app.domain.slots import slot_times
from app.letters.feeds import FeedEvent
from app.letters.occasions import Talk
from app.models.event import Event
from app.models.feed import Feed
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.queries import feeds as reading
from app.queries import meetings
from app.services import guests, history
from app.services.links import Links

DEAD = "这个日历地址无效或已停用。请登录后在“我的账号”里重新取得订阅地址。"


def renew(session: Session, actor: Actor, now: datetime) -> str:
    """Give the member's calendar a new address and end the old one; the token, which nobody can read again."""
    require(actor, Permission.CALENDAR_SUBSCRIBE)
    if actor.membership_id is None:
        raise NotAllowed("请先选择所代表的单位。")
    token = secrets.token_urlsafe(32)
    feed = reading.of_membership(session, actor.membership_id)
    label = "更换日历订阅地址" if feed else "取得日历订阅地址"
    if feed is None:
        feed = Feed(membership_id=actor.membership_id)
        session.add(feed)
    feed.token_hash, feed.created_at = _hashed(token), now
    history.record(session, "membership", actor.membership_id, "feed", actor, now, label=label)
    return token


def end(session: Session, actor: Actor, now: datetime) -> None:
    """End the address of the member's calendar; Missing when there is none."""
    require(actor, Permission.CALENDAR_SUBSCRIBE)
    feed = reading.of_membership(session, actor.membership_id) if actor.membership_id is not None else None
    if feed is None:
        raise Missing("没有正在使用的订阅地址。")
    session.delete(feed)
    history.record(session, "membership", feed.membership_id, "feed", actor, now, label="停用日历订阅地址")


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def token_hash(token: str) -> str:
    """The hash under which a feed is found; Missing for what can't be a token."""
    if not 20 <= len(token) <= 100 or not token.isascii():
        raise Missing(DEAD)
    return _hashed(token)


def entries(session: Session, actor: Actor, now: datetime, links: Links) -> list[FeedEvent]:
    """What stands in the calendar: a guest's sessions and talks, an office's events."""
    require(actor, Permission.CALENDAR_SUBSCRIBE)
    if actor.role not in PORTAL:
        return [_event(event, links) for event in reading.own_events(session, actor, now)]
    return [entry for one in reading.own_invitations(session, actor, now) for entry in _invitation(session, one, links)]


def _event(event: Event, links: Links) -> FeedEvent:
    assert event.starts_at is not None
    return FeedEvent(
        uid=f"event-{event.id}@agenda.xuchang-market",
        title=event.title,
        starts_at=event.starts_at,
        ends_at=guests.ends_at(event),
        place=guests.place_of(event),
        text=event.summary,
        url=links.page(f"/desk/events/{event.id}"),
        sequence=event.sequence,
        changed_at=event.changed_at,
        cancelled=event.state == "cancelled",
    )


def _invitation(session: Session, invitation: Invitation, links: Links) -> list[FeedEvent]:
    """The session, under the UID of the entry that letters bring, and each talk of its own."""
    event, url = invitation.event, links.page(f"/portal/invitations/{invitation.id}")
    assert event.starts_at is not None
    sequence = sequences.standing(event.sequence, invitation.sequence)
    cancelled = invitation.state == "void" or event.state == "cancelled"
    session_entry = FeedEvent(
        uid=f"invitation-{invitation.id}@{guests.ENTRIES}",
        title=event.title,
        starts_at=event.starts_at,
        ends_at=guests.ends_at(event),
        place=guests.place_of(event),
        text=f"邀请状态：{invitation.state_label}",
        url=url,
        sequence=sequence,
        changed_at=event.changed_at,
        cancelled=cancelled,
    )
    if cancelled:
        return [session_entry]
    held = meetings.of_guest(session, event.id, invitation.organisation_id)
    talks = guests.talks_of(event, held, invitation.side != "supply")
    return [session_entry, *(_talk(event, one, talk, sequence, url) for one, talk in zip(held, talks, strict=True))]


def _talk(event: Event, meeting: Meeting, talk: Talk, sequence: int, url: str) -> FeedEvent:
    first = event.talks_start_at or event.starts_at
    assert first is not None
    starts_at, ends_at = slot_times(first, event.slot_minutes, meeting.slot + 1, event.pauses)[meeting.slot]
    return FeedEvent(
        uid=f"talk-{event.id}-{meeting.pairing_id}@{guests.ENTRIES}",
        title=f"一对一洽谈：{talk.partner}",
        starts_at=starts_at,
        ends_at=ends_at,
        place=f"{guests.place_of(event)}，{talk.table}",
        text=f"{talk.subject}\n{talk.speaker}",
        url=url,
        sequence=sequence,
        changed_at=event.changed_at,
        cancelled=False,
    )
