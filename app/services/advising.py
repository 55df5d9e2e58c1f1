"""The bridge to scheduler.advising and scheduler.simulating: what a session could hold, how many reserves to plan.

Both are computed on demand, in about a second for an ordinary session, and kept with the digest of their task.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.permissions import Permission, require
from app.models.event import Event
from app.models.pairing import Pairing
from app.models.planning_aid import SessionAdvice
from app.queries import timetable_versions as versions
from app.queries import timetables as queries
from app.services import timetabling
from app.services.timetabling import Task
from scheduler.advising import Advice, advise
from scheduler.simulating import Habits, recommend

HABITS = Habits()


@dataclass(frozen=True, slots=True)
class Told:
    """The advice that was computed last, and whether the session has changed since."""

    content: dict[str, Any]
    computed_at: datetime
    outdated: bool


def latest(session: Session, event: Event) -> Told | None:
    """What was computed last; None before the first time."""
    row = session.get(SessionAdvice, event.id)
    if row is None:
        return None
    return Told(row.content, row.computed_at, row.mark != _task(session, event)[0].mark)


def compute(session: Session, event: Event, actor: Actor, now: datetime) -> None:
    """Compute and keep it. Raises NotAllowed, or IllegalMove for an event that is over or has no tables."""
    require(actor, Permission.EVENT_PLAN, event.owner)
    timetabling.refuse_if_closed(event, now)
    began = time.perf_counter()
    task, wider = _task(session, event)
    content = written(advise(task.spec, names=task.names, slot_minutes=event.slot_minutes), task)
    content |= _reserves(wider) | {"seconds": round(time.perf_counter() - began, 2)}
    row = session.get(SessionAdvice, event.id)
    if row is None:
        row = SessionAdvice(event_id=event.id)
        session.add(row)
    row.mark, row.content, row.computed_at = task.mark, content, now
    session.flush()


def _reserves(task: Task) -> dict[str, Any]:
    """How many reserve meetings are worth planning; nothing is simulated while no meeting is placed."""
    placed = timetabling.standing(task)
    spare = len(task.spec.meetings) - len(placed)
    if not placed:
        return {
            "reserves": None,
            "sentence": "还没有排定的洽谈：先编排时间表，再来看该备几场候补。",
            "spare": spare,
            "outcomes": [],
        }
    found = recommend(task.spec, placed, HABITS, seed=timetabling.SEED)
    different = {(one.planned, one.reserves, one.twice): one for one in reversed(found.outcomes)}
    outcomes = [
        {"reserves": one.reserves, "twice": one.twice, "planned": one.planned, "held": round(one.held, 1),
         "turned_away": round(one.turned_away, 1), "bad_day": round(one.bad_day)}
        for one in reversed(different.values())
    ]  # fmt: skip
    return {"reserves": found.reserves, "sentence": found.sentence, "spare": spare, "outcomes": outcomes}


def written(advice: Advice, task: Task) -> dict[str, Any]:
    """Capacity advice as JSON values, with names instead of ids."""
    return {
        "meetings": advice.now.meetings,
        "score": advice.now.score,
        "wishes": advice.wishes,
        "slots": task.spec.slots,
        "slots_needed": advice.slots_needed,
        "tables": max(task.spec.tables, default=0),
        "tables_needed": advice.tables_needed,
        "tight": [{"name": task.names.person(one.person), "wishes": one.wishes, "capacity": one.capacity}
                  for one in advice.tight],
        "full_slot": None if advice.full_slot is None else task.names.slot(advice.full_slot),
        "changes": [{"what": one.what, "meetings": one.meetings, "score": one.score, "sentence": one.sentence}
                    for one in advice.changes],
    }  # fmt: skip


def _task(session: Session, event: Event) -> tuple[Task, Task]:
    """The session's task, and the same with the pairings that could join as reserves."""
    draft = versions.working(session, event.id)
    own: Sequence[Pairing] = queries.of_event(session, event.id)
    wider = [*own, *queries.could_join(session, event.id)]
    return (
        timetabling.read(session, event, own, version=draft, loose=True),
        timetabling.read(session, event, wider, version=draft, loose=True),
    )
