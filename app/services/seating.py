"""Changes one meeting of a timetable by hand: put it in a slot at a table, take it out, lock it; says what clashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, Invalid, Missing, Stale
from app.domain.permissions import Permission, require
from app.models.event import Event
from app.models.meeting import Meeting
from app.services import history, seats, timetabling
from app.services.timetabling import Task
from scheduler.model import Clash, Placed
from scheduler.rules import clashes_of_move

TAKEN_OUT = "人工取出，没有安排时段"

Place = tuple[int, int]
"""(slot, table), both from 0."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One slot as a place for a meeting: `obstacle` says in Chinese why not, else `tables` are the free ones."""

    slot: int
    label: str
    obstacle: str
    tables: tuple[int, ...]


def put(
    session: Session,
    event: Event,
    pairing_id: int,
    place: Place,
    actor: Actor,
    now: datetime,
    *,
    seen: Place | None = None,
) -> None:
    """Put the pairing's meeting into a slot at a table; it is locked then, so that a new timetable keeps it there.

    `seen` is where the person saw it, None for a pairing without a place: Stale when it is no longer so. Raises
    Invalid with every clash, in Chinese, and IllegalMove for an event that has begun.
    """
    event = _opened(session, event, actor, now)
    task = timetabling.read(session, event)
    row = _row(session, event, pairing_id)
    if (None if row is None else (row.slot, row.table_number)) != seen:
        raise Stale("这场洽谈刚刚被别人调整过，请看过最新的时间表再试；您的调整没有写入。")
    if pairing_id not in task.speakers:
        raise Invalid(task.excluded.get(pairing_id, "这个配对不在本场的洽谈名单中。"))
    found = obstacles(task, pairing_id, place)
    if found:
        raise Invalid(tuple(Complaint("place", f"{clash.message}。") for clash in found))
    slot, table = place
    if row is not None:
        row.slot, row.table_number, row.is_locked = slot, table, True
        pairing = row.pairing
    else:
        speaker = task.speakers[pairing_id]
        expert = timetabling.experts_of(session, [speaker])[speaker.code]
        row = timetabling.meeting_of(task, Placed(f"P{pairing_id}", slot, table), expert, now)
        row.is_locked = True
        session.add(row)
        session.flush()  # row.pairing
        pairing = row.pairing
    pairing.unplaced = ""
    words = f"{pairing.need.organisation.name} — {pairing.achievement.organisation.name}"
    where = f"{task.names.slot(slot)}{task.names.table(table)}"
    history.record(session, "event", event.id, "seat", actor, now, label="调整洽谈", reason=f"{words}：{where}",
                   details={"pairing": pairing_id, "slot": slot, "table": table})  # fmt: skip


def take_out(session: Session, event: Event, pairing_id: int, actor: Actor, now: datetime) -> None:
    """Remove the pairing's meeting; the pairing stays in the session without a place."""
    event = _opened(session, event, actor, now)
    row = _present(session, event, pairing_id)
    row.pairing.unplaced = TAKEN_OUT
    session.delete(row)
    history.record(session, "event", event.id, "unseat", actor, now, label="取出洽谈", details={"pairing": pairing_id})


def lock(session: Session, event: Event, pairing_id: int, locked: bool, actor: Actor, now: datetime) -> None:
    """Keep the meeting where it is when the timetable is made again, or no longer."""
    event = _opened(session, event, actor, now)
    row = _present(session, event, pairing_id)
    row.is_locked = locked
    label = "锁定洽谈" if locked else "解锁洽谈"
    history.record(session, "event", event.id, "lock", actor, now, label=label, details={"pairing": pairing_id})


def obstacles(task: Task, pairing_id: int, place: Place) -> list[Clash]:
    """What would clash if the pairing's meeting stood there, all others as they are."""
    move = Placed(f"P{pairing_id}", *place)
    return clashes_of_move(task.spec, timetabling.standing(task), move, task.names)


def offers(task: Task, pairing_id: int) -> Sequence[Offer]:
    """Every slot of the day as a place for the pairing's meeting."""
    here = f"P{pairing_id}"
    others = [place for place in timetabling.standing(task) if place.meeting != here]
    found = []
    for slot, tables in enumerate(task.spec.tables):
        used = {place.table for place in others if place.slot == slot}
        free = tuple(table for table in range(tables) if table not in used)
        clashing = obstacles(task, pairing_id, (slot, free[0])) if free else []
        obstacle = clashing[0].message if clashing else "" if free else "洽谈桌已排满"
        found.append(Offer(slot, task.names.slot(slot), obstacle, () if obstacle else free))
    return found


def _opened(session: Session, event: Event, actor: Actor, now: datetime) -> Event:
    require(actor, Permission.EVENT_PLAN, event.owner)
    event = seats.lock(session, event.id)
    timetabling.refuse_if_closed(event, now)
    return event


def _row(session: Session, event: Event, pairing_id: int) -> Meeting | None:
    return session.scalar(select(Meeting).where(Meeting.event_id == event.id, Meeting.pairing_id == pairing_id))


def _present(session: Session, event: Event, pairing_id: int) -> Meeting:
    row = _row(session, event, pairing_id)
    if row is None:
        raise Missing("时间表里已经没有这场洽谈，请刷新页面。")
    return row
