"""Plays how the guests of the coming sessions answer: by link, by phone, with names or with reasons, or not yet."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time
from random import Random

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.cli.demonstration.story import Story
from app.domain.actor import Actor, Role
from app.domain.drafts import ReplyDraft
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.pairing import Pairing
from app.services import answering

SHARES = {"accept": 50, "phone": 12, "decline": 12, "open": 26}
"""Of a hundred guests."""

STAYS = ((None, None), (None, None), (None, None), (time(14, 0), None), (None, time(16, 30)))
"""Arrival and departure; most stay from beginning to end."""

LABELS = {"accept": "应邀", "phone": "电话应邀", "decline": "谢绝", "waiting": "候补", "open": "未回复"}


def play(story: Story, now: datetime, desk: Actor, since: datetime, chance: Random) -> str:
    """Let everybody answer who was invited to a session ahead; what came of it."""
    waiting = db.session.scalars(
        select(Invitation.id)
        .join(Invitation.event)
        .where(Invitation.state == "sent", Event.starts_at > now)
        .order_by(Invitation.id)
    ).all()
    said: Counter[str] = Counter()
    ways = _dealt(len(waiting), chance)
    for invitation_id, way in zip(waiting, ways, strict=True):
        at = since + (now - since) * chance.uniform(0.02, 0.98)
        with writing() as session:
            said[answer(session, session.get_one(Invitation, invitation_id), way, story, desk, at, chance)] += 1
    return "、".join(f"{label} {said[way]}" for way, label in LABELS.items())


def _dealt(count: int, chance: Random) -> list[str]:
    """So many ways to answer, in the shares above, in any order."""
    ways = [way for way, share in SHARES.items() for _ in range(round(share * count / 100 + 0.5))]
    chance.shuffle(ways)
    return ways[:count]


def answer(
    session: Session, invitation: Invitation, way: str, story: Story, desk: Actor, at: datetime, chance: Random
) -> str:
    """Write one answer down; what came of it: in a full session the guest waits in line."""
    place = invitation.organisation.name
    guest = Actor(Role.GUEST, invitation.contact_name, organisation_name=place, invitation_id=invitation.id)
    if way == "decline":
        answering.decline(
            session, invitation, ReplyDraft(party_size=0, reason=chance.choice(story.refusals)), guest, at
        )
    elif way in ("accept", "phone"):
        names = chance.choice(story.guests)
        arrives_at, leaves_at = chance.choice(STAYS)
        note = chance.choice(story.notes) if way == "phone" else ""
        draft = ReplyDraft(names, names.count("、") + 1, arrives_at, leaves_at, note=note)
        done = answering.accept(session, invitation, draft, desk if way == "phone" else guest, at)
        if done.result == "waiting":
            return "waiting"
    return way


def suggested_of_rank(rank: int) -> Select[Pairing]:
    """The suggestions of this rank for published needs, in the order of the needs."""
    return (
        select(Pairing)
        .join(Pairing.need)
        .where(Pairing.rank == rank, Pairing.state == "suggested", Need.state == "published")
        .order_by(Pairing.need_id)
    )
