"""Reads what waits for one enterprise or institute: the portal's front page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor, Role
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing

MOST = 5
COMING = ("sent", "accepted", "waiting", "offered")


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do: a record or an invitation (`noun`, `id`), why it waits, and what was said of it."""

    noun: str
    id: int
    title: str
    why: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class NextEvent:
    """The next session the organisation is invited to. `talks` counts its one-to-one meetings."""

    invitation_id: int
    title: str
    starts_at: datetime
    place: str
    reply: str
    tone: str
    talks: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The front page: tasks, how many records stand where, and the next session. `total` 0: a newcomer."""

    tasks: tuple[Task, ...]
    counts: dict[str, int]
    total: int
    next_event: NextEvent | None


def of(session: Session, actor: Actor, now: datetime) -> Overview:
    """What waits for the actor's organisation at this instant."""
    model: type[Need | Achievement] = Need if actor.role is Role.ENTERPRISE else Achievement
    rows = session.execute(
        select(model.state, func.count()).where(model.organisation_id == actor.organisation_id).group_by(model.state)
    )
    counts = {str(state): int(number) for state, number in rows}
    unanswered = _invitations(session, actor, now, ("sent",))
    tasks = (
        *(Task("invitation", one.id, one.event.title, "请回复是否参加") for one in unanswered),
        *_records(session, model, actor, "returned", "审核人请您修改"),
        *_unconfirmed(session, actor),
        *_records(session, model, actor, "draft", "草稿，写好后请提交"),
    )
    return Overview(tasks, counts, sum(counts.values()), _next(session, actor, now))


def _records(session: Session, model: type[Need | Achievement], actor: Actor, state: str, why: str) -> tuple[Task, ...]:
    chosen = select(model).where(model.organisation_id == actor.organisation_id, model.state == state)
    found: list[Any] = list(session.scalars(chosen.order_by(model.changed_at.desc(), model.id.desc()).limit(MOST)))
    noun = model.machine.noun
    return tuple(
        Task(noun, one.id, one.title or "（还没有名称）", why, " ".join(one.remarks.values())) for one in found
    )


def _unconfirmed(session: Session, actor: Actor) -> tuple[Task, ...]:
    """Needs that others entered for the firm and that it has not answered."""
    if actor.role is not Role.ENTERPRISE:
        return ()
    chosen = select(Need).where(
        Need.organisation_id == actor.organisation_id,
        Need.confirm_nonce.is_not(None),
        Need.confirmed_at.is_(None),
        Need.confirm_note == "",
        Need.state.in_(("submitted", "published")),
    )
    found = session.scalars(chosen.order_by(Need.id).limit(MOST))
    return tuple(Task("need", one.id, one.title, "由工作人员代填，请核实") for one in found)


def _invitations(session: Session, actor: Actor, now: datetime, states: tuple[str, ...]) -> list[Invitation]:
    chosen = (
        select(Invitation)
        .join(Event, Invitation.event_id == Event.id)
        .where(
            Invitation.organisation_id == actor.organisation_id,
            Invitation.state.in_(states),
            Event.starts_at > now,
            Event.state != "cancelled",
        )
        .options(joinedload(Invitation.event).joinedload(Event.venue))
    )
    return list(session.scalars(chosen.order_by(Event.starts_at, Invitation.id).limit(MOST)))


def _next(session: Session, actor: Actor, now: datetime) -> NextEvent | None:
    """The soonest session that is not declined."""
    found = next(iter(_invitations(session, actor, now, COMING)), None)
    starts_at = found.event.starts_at if found is not None else None
    if found is None or starts_at is None:
        return None
    event, mine = found.event, actor.organisation_id
    meetings = select(func.count(Meeting.id)).where(Meeting.event_id == event.id)
    if actor.role is Role.ENTERPRISE:
        meetings = meetings.where(Meeting.enterprise_id == mine)
    else:
        meetings = meetings.where(
            Meeting.pairing_id.in_(
                select(Pairing.id)
                .join(Achievement, Pairing.achievement_id == Achievement.id)
                .where(Achievement.organisation_id == mine)
            )
        )
    place = event.place or (event.venue.name if event.venue else "地点待定")
    return NextEvent(
        found.id, event.title, starts_at, place, found.state_label, found.state_tone, int(session.scalar(meetings) or 0)
    )
