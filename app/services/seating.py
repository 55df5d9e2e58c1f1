"""Changes one meeting of the draft by hand: puts it in a slot at a table, takes it out, locks it; says what clashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, Invalid, Missing, Stale
from app.domain.placements import Placement, written_placements
from app.models.event import Event
from app.models.meeting import Meeting
from app.queries import timetable_versions as versions
from app.queries import timetables as queries
from app.services import drafting, history, timetabling
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
    """Put the pairing's meeting into a slot at a table of the draft; it is locked then, so that it stays there.

    `seen` is where the person saw it, None for a pairing without a place: Stale when it is no longer so. Raises
    Invalid with every clash, in Chinese, and IllegalMove for an event that has begun.
    """
    event = drafting.opened(session, event, actor, now)
    task = read(session, event)
    if _where(task, pairing_id) != seen:
        raise Stale("这场洽谈刚刚被别人调整过，请看过最新的时间表再试；您的调整没有写入。")
    if pairing_id not in task.speakers:
        raise Invalid(task.excluded.get(pairing_id, "这个配对不在本场的洽谈名单中。"))
    found = obstacles(task, pairing_id, place)
    if found:
        raise Invalid(tuple(Complaint("place", f"{clash.message}。") for clash in found))
    speaker = task.speakers[pairing_id]
    expert = drafting.experts_of(session, [speaker])[speaker.code]

    def edit(places: dict[int, Placement], reasons: dict[int, str]) -> None:
        places[pairing_id] = Placement(pairing_id, *place, expert.id, locked=True)
        reasons.pop(pairing_id, None)

    drafting.change(session, event, actor, now, edit)
    pairing = queries.named(session, [pairing_id])[pairing_id]
    words = f"{pairing.need.organisation.name} — {pairing.achievement.organisation.name}"
    where = f"{task.names.slot(place[0])}{task.names.table(place[1])}"
    history.record(session, "event", event.id, "seat", actor, now, label="调整洽谈", reason=f"{words}：{where}",
                   details={"pairing": pairing_id, "slot": place[0], "table": place[1]})  # fmt: skip


def take_out(session: Session, event: Event, pairing_id: int, actor: Actor, now: datetime) -> None:
    """Remove the pairing's meeting from the draft; the pairing stays in the session without a place."""
    event = drafting.opened(session, event, actor, now)
    _present(session, event, pairing_id)

    def edit(places: dict[int, Placement], reasons: dict[int, str]) -> None:
        del places[pairing_id]
        reasons[pairing_id] = TAKEN_OUT

    drafting.change(session, event, actor, now, edit)
    history.record(session, "event", event.id, "unseat", actor, now, label="取出洽谈", details={"pairing": pairing_id})


def lock(session: Session, event: Event, pairing_id: int, locked: bool, actor: Actor, now: datetime) -> None:
    """Keep the meeting where it is when the rest is planned again, or no longer.

    No guest sees a lock: it holds at once, in the draft and for the published meeting at the same place.
    """
    event = drafting.opened(session, event, actor, now)
    here = _present(session, event, pairing_id)
    draft = versions.working(session, event.id)
    if draft is not None:
        draft.placements = written_placements(
            replace(one, locked=locked) if one.pairing_id == pairing_id else one for one in draft.places
        )
    row = session.scalar(select(Meeting).where(Meeting.event_id == event.id, Meeting.pairing_id == pairing_id))
    if row is not None and (row.slot, row.table_number) == here:
        row.is_locked = locked
    label = "锁定洽谈" if locked else "解锁洽谈"
    history.record(session, "event", event.id, "lock", actor, now, label=label, details={"pairing": pairing_id})


def read(session: Session, event: Event) -> Task:
    """The task with what the desk works on: the draft, or what is published while there is none."""
    return timetabling.read(session, event, version=versions.working(session, event.id))


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


def _where(task: Task, pairing_id: int) -> Place | None:
    found = next((one for one in timetabling.standing(task) if one.meeting == f"P{pairing_id}"), None)
    return None if found is None else (found.slot, found.table or 0)


def _present(session: Session, event: Event, pairing_id: int) -> Place:
    found = _where(read(session, event), pairing_id)
    if found is None:
        raise Missing("时间表里已经没有这场洽谈，请刷新页面。")
    return found
