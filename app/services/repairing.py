"""The bridge to scheduler.repairing: something has happened; the nearest timetable that copes, first to be looked at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, Invalid, Missing, Stale
from app.domain.permissions import Permission, require
from app.domain.placements import Condition, Placement
from app.models.event import Event
from app.models.pairing import Pairing
from app.models.timetable_version import TimetableVersion
from app.queries import timetable_versions as versions
from app.queries import timetables as queries
from app.services import conduct, drafting, editions, history, incidents, timetabling
from app.services.steps import Step
from app.services.timetabling import Task
from scheduler.repairing import Repaired, repair
from scheduler.rules import clashes

WORDS = {
    "cancelled": "有人不来了",
    "late": "有人晚到",
    "leaving": "有人早走",
    "table": "洽谈桌停用",
    "slot": "时段取消",
    "walk_in": "临时加一场洽谈",
}
"""What may happen, and how the page calls it."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What somebody says has happened; a walk-in names its pairing instead of a condition."""

    condition: Condition | None = None
    pairing_id: int | None = None


@dataclass(frozen=True, slots=True)
class Mended:
    """The nearest timetable: what it was made from, what differs, whom it concerns; `broken` rules nobody can keep.

    `before` and `after` are the places; `people` the names of all who meet at another time or table, or not at all.
    """

    sentence: str
    task: Task
    repaired: Repaired
    before: tuple[Placement, ...]
    after: tuple[Placement, ...]
    people: tuple[str, ...]
    broken: tuple[str, ...]
    seconds: float
    seen: str


def people(task: Task) -> list[tuple[str, str]]:
    """(the scheduler's id, name) of everybody who takes part, by name."""
    return sorted(((one.id, task.names.person(one.id)) for one in task.spec.participants), key=lambda one: one[1])


def propose(session: Session, event: Event, what: Happening, actor: Actor, now: datetime) -> Mended:
    """Work out the repair without writing anything; takes well under a second.

    Raises NotAllowed, IllegalMove for an event that is over, and Invalid for somebody or something unknown.
    """
    require(actor, Permission.EVENT_PLAN, event.owner)
    timetabling.refuse_if_closed(event, now, during=True)
    base = versions.working(session, event.id)
    pairings = [*queries.of_event(session, event.id), *_joining(session, event, what)]
    more = () if what.condition is None else (what.condition,)
    began = timetabling.read(session, event, pairings, version=base, loose=True)
    if what.condition is not None:
        _check(event, began, what.condition)
    task = timetabling.read(session, event, pairings, version=base, more=more, loose=True)
    started = time.perf_counter()
    old = timetabling.standing(task)
    found = repair(task.spec, old, seed=timetabling.SEED, now_slot=editions.slots_begun(event, now), names=task.names)
    seconds = time.perf_counter() - started
    broken = clashes(task.spec, found.timetable.placed, task.names)
    return Mended(
        sentence=_sentence(what, began, pairings),
        task=task,
        repaired=found,
        before=drafting.stands(session, event, base),
        after=tuple(drafting.sketch(session, task, found.timetable.placed)),
        people=tuple(task.names.person(one) for one in found.diff.affected),
        broken=tuple(f"{clash.message}（{clash.rule}）。" for clash in broken),
        seconds=seconds,
        seen=editions.digest(session, event, task),
    )


def adopt(session: Session, event: Event, what: Happening, seen: str, actor: Actor, now: datetime) -> TimetableVersion:
    """Take the repair over as the draft. Raises Stale when it would be another one than was looked at."""
    event = drafting.opened(session, event, actor, now, during=True)
    mended = propose(session, event, what, actor, now)
    if mended.seen != seen:
        raise Stale("您查看之后，时间表或来宾的回执有了变化，没有采用；下面是按最新情况重新算出的调整。")
    for pairing in _joining(session, event, what):
        if pairing.state == "suggested":
            conduct.carry_out(session, Step(pairing, "keep"), actor, now)
        pairing.event_id = event.id
    session.flush()  # the session's pairings below count the one that joined
    task, timetable = mended.task, mended.repaired.timetable
    return drafting.add(
        session, event, "repair", drafting.placements(session, task, timetable.placed), actor, now,
        note=mended.sentence, reasons=drafting.reasons_of(task, timetable), conditions=task.conditions,
        figures=drafting.figures_of(task, timetable, mended.seconds), mark=task.mark,
        base=versions.working(session, event.id),
    )  # fmt: skip


def withdraw(session: Session, event: Event, position: int, actor: Actor, now: datetime) -> TimetableVersion:
    """Take back what was said to have happened: a draft without it, everything else as it stands."""
    event = drafting.opened(session, event, actor, now, during=True)
    base = versions.working(session, event.id)
    source = base or versions.current(session, event.id)
    happened = source.happened if source is not None else ()
    if not 0 <= position < len(happened):
        raise Missing("这一条已经撤销，请刷新页面。")
    task = timetabling.read(session, event, version=base)
    words = incidents.sentence(happened[position], task.names)
    left = (*happened[:position], *happened[position + 1 :])
    reasons = {} if base is None else {int(one): reason for one, reason in base.reasons.items()}
    row = drafting.add(session, event, "repair", drafting.stands(session, event, base), actor, now,
                       note=f"撤销：{words}", reasons=reasons, conditions=left, figures={}, mark="", base=base)  # fmt: skip
    drafting.recount(session, event, row)
    history.record(session, "event", event.id, "withdraw", actor, now, label="撤销现场变化", reason=words)
    return row


def _joining(session: Session, event: Event, what: Happening) -> Sequence[Pairing]:
    if what.pairing_id is None:
        return []
    found = [one for one in queries.could_join(session, event.id) if one.id == what.pairing_id]
    if not found:
        raise Invalid((Complaint("pairing", "请从列出的配对中选择一个。"),))
    return found


def _check(event: Event, task: Task, condition: Condition) -> None:
    if not 0 <= condition.slot < event.slot_count:
        raise Invalid((Complaint("slot", "请选择时段。"),))
    if condition.kind == "table":
        if not 0 <= condition.table < event.tables:
            raise Invalid((Complaint("table", "请选择桌号。"),))
    elif condition.kind != "slot" and all(one.id != condition.person for one in task.spec.participants):
        raise Invalid((Complaint("person", "请选择参会人。"),))


def _sentence(what: Happening, task: Task, pairings: Sequence[Pairing]) -> str:
    if what.condition is not None:
        return incidents.sentence(what.condition, task.names)
    pairing = next(one for one in pairings if one.id == what.pairing_id)
    return f"临时增加{pairing.need.organisation.name}与{pairing.achievement.organisation.name}的洽谈"
