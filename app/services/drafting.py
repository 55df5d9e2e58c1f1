"""Versions of a session's timetable before they are published: computed, changed by hand, taken up again, given up.

At most one draft is worked on, the newest version. Computing makes a new one; changes by hand go into one that was made
by hand, else into a copy.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Missing
from app.domain.permissions import Permission, require
from app.domain.placements import Condition, Placement, written_conditions, written_placements
from app.models.event import Event
from app.models.people import Expert
from app.models.timetable_version import TimetableVersion
from app.queries import timetable_versions as versions
from app.queries import timetables as queries
from app.services import history, seats, timetabling
from app.services.timetabling import Speaker, Task
from scheduler.measures import figures
from scheduler.model import Clash, Placed, Timetable
from scheduler.rules import clashes

ENGINE = "1"
"""Raised when the scheduler gives other timetables for the same task; part of a version's options."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a timetable came to: meetings, pairings without one, clashes (none), and whether anything changed."""

    meetings: int
    unplaced: int
    clashes: tuple[Clash, ...]
    changed: bool


def opened(session: Session, event: Event, actor: Actor, now: datetime, *, during: bool = False) -> Event:
    """The event's row, locked, for somebody who may plan it. Raises NotAllowed, or IllegalMove when it is too late."""
    require(actor, Permission.EVENT_PLAN, event.owner)
    event = seats.lock(session, event.id)
    timetabling.refuse_if_closed(event, now, during=during)
    return event


def compute(session: Session, event: Event, actor: Actor, now: datetime, *, again: bool = False) -> Built:
    """Make a draft with every pairing that fits; with `again`, all meetings but the locked ones may move.

    Nothing is written when what stands needs no new one, or comes out as it is.
    """
    event = opened(session, event, actor, now)
    base = versions.working(session, event.id)
    task = timetabling.read(session, event, version=base, again=again)
    began = time.perf_counter()
    timetable = timetabling.compute(task)
    seconds = time.perf_counter() - began
    broken = tuple(clashes(task.spec, timetable.placed, task.names))
    unplaced = len(timetable.unplaced) + len(task.excluded)
    reasons = reasons_of(task, timetable)
    places = placements(session, task, timetable.placed)
    if task.stands or (_same(places, stands(session, event, base)) and reasons == _reasons(session, event, base)):
        return Built(len(timetable.placed), unplaced, broken, changed=False)
    note = "重排其余：锁定的不动" if again else "补排：已经告知的不动" if _told(session, event) else ""
    add(session, event, "computed", places, actor, now, note=note, reasons=reasons, conditions=task.conditions,
        figures=figures_of(task, timetable, seconds), mark=task.mark, base=base)  # fmt: skip
    return Built(len(timetable.placed), unplaced, broken, changed=True)


def change(
    session: Session,
    event: Event,
    actor: Actor,
    now: datetime,
    edit: Callable[[dict[int, Placement], dict[int, str]], None],
) -> TimetableVersion:
    """Change the draft by hand: `edit` gets the places and the reasons by pairing id. The caller has locked the event."""
    require(actor, Permission.EVENT_PLAN, event.owner)
    base = versions.working(session, event.id)
    places = {one.pairing_id: one for one in stands(session, event, base)}
    reasons = _reasons(session, event, base)
    edit(places, reasons)
    if base is not None and base.origin == "hand":
        row = base
        row.placements = written_placements(places.values())
        row.reasons = {str(one): reason for one, reason in reasons.items() if reason}
        row.made_at, row.made_by_id = now, actor.user_id
    else:
        mark = base.mark if base is not None else str(event.timetable.get("mark", ""))
        conditions = (base or versions.current(session, event.id) or TimetableVersion(conditions=[])).happened
        row = add(session, event, "hand", list(places.values()), actor, now, reasons=reasons, conditions=conditions,
                  figures={}, mark=mark, base=base)  # fmt: skip
    recount(session, event, row)
    return row


def recount(session: Session, event: Event, row: TimetableVersion) -> None:
    """Write the figures of a version whose places were changed, with the proven bound of the present task."""
    began = time.perf_counter()
    task = timetabling.read(session, event, version=row)
    placed = timetabling.standing(task)
    row.figures = _counted(task, placed, began)


def _counted(task: Task, placed: Sequence[Placed], began: float) -> dict[str, Any]:
    broken = clashes(task.spec, placed)
    if broken:
        return {"scheduled": len(placed), "status": "broken"}
    found: dict[str, Any] = dict(figures(task.spec, placed))
    bound = max(timetabling.bound_of(task), found["score"])
    status = "optimal" if found["score"] == bound else "feasible"
    return found | {"bound": bound, "status": status, "seconds": round(time.perf_counter() - began, 3),
                    "seed": timetabling.SEED, "options": options()}  # fmt: skip


def figures_of(task: Task, timetable: Timetable, seconds: float) -> dict[str, Any]:
    """What a version keeps of a computed timetable."""
    return dict(timetable.claims) | {"bound": timetable.bound, "status": timetable.status, "seconds": round(seconds, 3),
                                     "seed": timetable.seed, "options": options()}  # fmt: skip


def options() -> str:
    """A digest of what decides a timetable besides its task."""
    return hashlib.sha256(repr((ENGINE, timetabling.SEED, timetabling.SECONDS)).encode()).hexdigest()[:8]


def restore(session: Session, event: Event, number: int, actor: Actor, now: datetime) -> TimetableVersion:
    """Take an earlier version up again as the draft, to be compared and published."""
    event = opened(session, event, actor, now, during=True)
    old = versions.numbered(session, event.id, number)
    row = add(session, event, "restored", list(old.places), actor, now, note=f"内容同{old.name}", base=old,
              reasons={int(one): reason for one, reason in old.reasons.items()}, conditions=old.happened,
              figures={}, mark=old.mark)  # fmt: skip
    recount(session, event, row)
    return row


def discard(session: Session, event: Event, actor: Actor, now: datetime) -> int:
    """Give up the drafts made since the last publication; how many. What is published stays."""
    event = opened(session, event, actor, now, during=True)
    gone = 0
    while (row := versions.working(session, event.id)) is not None:
        row.discarded_at = now
        session.flush()
        gone += 1
    if not gone:
        raise Missing("没有可以放弃的草稿，请刷新页面。")
    history.record(session, "event", event.id, "discard", actor, now, label="放弃时间表草稿", details={"drafts": gone})
    return gone


def add(
    session: Session,
    event: Event,
    origin: str,
    places: Sequence[Placement],
    actor: Actor,
    now: datetime,
    *,
    reasons: Mapping[int, str],
    conditions: Sequence[Condition],
    figures: dict[str, Any],
    mark: str,
    base: TimetableVersion | None = None,
    note: str = "",
) -> TimetableVersion:
    """A new version of the event's timetable, not published. The caller has locked the event."""
    require(actor, Permission.EVENT_PLAN, event.owner)
    base = base or versions.current(session, event.id)
    row = TimetableVersion(
        event_id=event.id,
        number=versions.last_numbers(session, event.id)[0] + 1,
        origin=origin,
        note=note,
        base_number=base.number if base is not None else None,
        placements=written_placements(places),
        reasons={str(one): reason for one, reason in reasons.items() if reason},
        conditions=written_conditions(conditions),
        figures=figures,
        mark=mark,
        made_at=now,
        made_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    history.record(session, "event", event.id, "draft", actor, now, label=f"{row.origin_label}洽谈时间表",
                   reason=note, details={"number": row.number, "placed": len(places)})  # fmt: skip
    return row


def placements(session: Session, task: Task, placed: Sequence[Placed]) -> list[Placement]:
    """A computed timetable as a version keeps it; experts who have no row yet get one."""
    wanted = {int(one.meeting[1:]): one for one in placed}
    experts = experts_of(session, [task.speakers[pairing_id] for pairing_id in wanted])
    return [
        Placement(
            pairing_id, one.slot, one.table or 0, experts[task.speakers[pairing_id].code].id, pairing_id in task.locked
        )
        for pairing_id, one in wanted.items()
    ]


def sketch(session: Session, task: Task, placed: Sequence[Placed]) -> list[Placement]:
    """The same without writing anything: who has no row yet is expert 0."""
    wanted = {int(one.meeting[1:]): one for one in placed}
    speakers = {pairing_id: task.speakers[pairing_id] for pairing_id in wanted}
    known = queries.experts(session, [(one.organisation_id, one.email) for one in speakers.values()])
    rows = {pairing_id: known.get((one.organisation_id, one.email)) for pairing_id, one in speakers.items()}
    return [
        Placement(pairing_id, one.slot, one.table or 0, row.id if (row := rows[pairing_id]) else 0)
        for pairing_id, one in wanted.items()
    ]


def experts_of(session: Session, speakers: Sequence[Speaker]) -> dict[str, Expert]:
    """The rows of these people by participant id, made where there are none."""
    known = queries.experts(session, [(one.organisation_id, one.email) for one in speakers])
    found: dict[str, Expert] = {}
    for one in speakers:
        row = known.get((one.organisation_id, one.email))
        if row is None:
            row = Expert(organisation_id=one.organisation_id, email=one.email, name=one.name, title=one.title,
                         mobile=one.mobile)  # fmt: skip
            session.add(row)
            known[one.organisation_id, one.email] = row
        found[one.code] = row
    session.flush()  # placements name them by id
    return found


def reasons_of(task: Task, timetable: Timetable) -> dict[int, str]:
    """Why pairings have no place, by id."""
    return {int(left.meeting[1:]): left.reason for left in timetable.unplaced} | dict(task.excluded)


def stands(session: Session, event: Event, base: TimetableVersion | None) -> tuple[Placement, ...]:
    """The places of a draft, or of what is published while there is none."""
    return base.places if base is not None else versions.standing(session, event.id)


def _reasons(session: Session, event: Event, base: TimetableVersion | None) -> dict[int, str]:
    if base is not None:
        return {int(one): reason for one, reason in base.reasons.items()}
    return {one.id: one.unplaced for one in queries.of_event(session, event.id) if one.unplaced}


def _same(places: Sequence[Placement], others: Sequence[Placement]) -> bool:
    return written_placements(places) == written_placements(others)


def _told(session: Session, event: Event) -> bool:
    return queries.was_asked(queries.answers(session, [event.id])[event.id])
