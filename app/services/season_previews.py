"""Plans of a season to look at before anything is written: asked for, computed by a job, kept, adopted or only compared."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Actor
from app.domain.errors import Invalid, Missing, Refusal, Stale
from app.domain.permissions import Owner, Permission, require
from app.models.planning_aid import SeasonPreview
from app.services import absences, planning, season_advice, timetabling
from app.services.planning import Outcome, Proposal, Scene, SessionPlan
from scheduler.calendar import WorkCalendar
from scheduler.model import Placed, Timetable, Unplaced
from scheduler.season import SeasonSpec
from scheduler.season_dates import unworkable
from scheduler.season_whatif import Consequence, session_added, session_moved, venue_changed, venue_lost, what_if

FAILED = "这次没有算成，请再生成一次；如果还是不行，请联系系统管理员。"
CHANGED = "配对、场次、洽谈安排或回执在这期间有变化，方案没有写入；请重新生成方案。"
WHAT_IFS = {"moved": "改期", "lost": "不办了", "added": "加办一场", "venue": "换会场", "advice": "补日期和主题"}
MOST_NAMED = 50
KEPT = timedelta(days=30)
"""How long a plan is kept after it was asked for."""

ADDED = "new"
"""The id of a session that is only tried."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change to try: the session `event_id` moved to `day`, not held, with other room, or one more of its kind on `day`.

    "venue" gives it `tables` and room for `capacity` persons (None: as now); "advice" proposes days and themes for all
    sessions that have none.
    """

    kind: str
    event_id: int
    day: date | None = None
    tables: int | None = None
    capacity: int | None = None

    def written(self) -> dict[str, Any]:
        """As JSON values."""
        day = self.day.isoformat() if self.day else None
        return {"kind": self.kind, "event": self.event_id, "day": day, "tables": self.tables, "capacity": self.capacity}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> WhatIf:
        """As it was written; older ones know no tables and no capacity."""
        day = date.fromisoformat(kept["day"]) if kept.get("day") else None
        return cls(kept["kind"], kept["event"], day, kept.get("tables"), kept.get("capacity"))


def ask(
    session: Session,
    year: int,
    keep_top: int,
    again: bool,
    change: WhatIf | None,
    actor: Actor,
    now: datetime,
    *,
    least: int = 0,
) -> SeasonPreview:
    """Ask for a plan; a job computes it. Raises NotAllowed, or Invalid when there is nothing to plan with."""
    require(actor, Permission.EVENT_PLAN, Owner())
    scene = planning.read(session, year, keep_top, now, again, least)
    if change is not None:
        _changed(session, scene, change, year, now)
    session.execute(delete(SeasonPreview).where(SeasonPreview.asked_at < now - KEPT))
    row = SeasonPreview(year=year, keep_top=keep_top, again=again, min_enterprises=least, what_if=change.written() if change else {},
                        asked_at=now, asked_by_id=actor.user_id)  # fmt: skip
    session.add(row)
    session.flush()
    return row


def waiting(session: Session) -> Sequence[int]:
    """The ids of the plans that were asked for and not computed yet, the oldest first."""
    asked = select(SeasonPreview.id).where(SeasonPreview.done_at.is_(None), SeasonPreview.error == "")
    return session.scalars(asked.order_by(SeasonPreview.id)).all()


def one(session: Session, preview_id: int) -> SeasonPreview:
    """The plan with this id; Missing when there is none."""
    row = session.get(SeasonPreview, preview_id)
    if row is None:
        raise Missing("没有这个方案，可能已经清理；请重新生成。")
    return row


# Computing, by the job.


@dataclass(frozen=True, slots=True)
class Found:
    """What came of computing: the plan as JSON values with its digest, or the refusal in Chinese."""

    content: dict[str, Any]
    mark: str
    error: str = ""


def compute(session: Session, preview_id: int, now: datetime) -> Found | None:
    """Work the plan out without writing anything; takes seconds. None when it was done meanwhile."""
    row = session.get(SeasonPreview, preview_id)
    if row is None or row.done_at is not None or row.error:
        return None
    began = time.perf_counter()
    try:
        if row.what_if:
            return Found(_consequence(session, row, now) | {"seconds": round(time.perf_counter() - began, 1)}, "")
        proposal = planning.propose(session, row.year, row.keep_top, PROGRAMME, now, again=row.again,
                                    least=row.min_enterprises)  # fmt: skip
    except Refusal as error:
        return Found({}, "", error.message)
    return found(proposal, time.perf_counter() - began)


def found(proposal: Proposal, seconds: float = 0.0) -> Found:
    """A plan as it is kept."""
    return Found(_written(proposal) | {"seconds": round(seconds, 1)}, proposal.mark)


def store(session: Session, preview_id: int, result: Found, now: datetime) -> None:
    """Write the result; a plan that is gone or done meanwhile is left alone."""
    row = session.get(SeasonPreview, preview_id)
    if row is not None and row.done_at is None:
        row.content, row.mark, row.error = result.content, result.mark, result.error
        row.done_at = None if result.error else now


def fail(session: Session, preview_id: int) -> None:
    """Note that it could not be computed, so that nobody waits for it."""
    row = session.get(SeasonPreview, preview_id)
    if row is not None and row.done_at is None:
        row.error = FAILED


def _written(proposal: Proposal) -> dict[str, Any]:
    return {
        "keep": list(proposal.keep),
        "kept": proposal.kept,
        "assigned": proposal.assigned,
        "meetings": proposal.meetings,
        "left_out": {str(one): reason for one, reason in proposal.left_out.items()},
        "worth": round(proposal.worth, 3),
        "bound": None if proposal.bound is None else round(proposal.bound, 3),
        "not_held": list(proposal.not_held),
        "counties": [list(one) for one in proposal.counties],
        "sessions": [_session_written(plan) for plan in proposal.sessions],
    }


def _session_written(plan: SessionPlan) -> dict[str, Any]:
    timetable = plan.timetable
    return {
        "event": plan.event_id,
        "pairings": list(plan.pairing_ids),
        "excluded": {str(one): reason for one, reason in plan.task.excluded.items()},
        "enterprises": plan.enterprises,
        "experts": plan.experts,
        "seats": plan.seats,
        "places": plan.places,
        "clashes": plan.clashes,
        "stands": plan.task.stands,
        "placed": [[one.meeting, one.slot, one.table] for one in timetable.placed],
        "unplaced": [[one.meeting, one.reason] for one in timetable.unplaced],
        "status": timetable.status,
        "bound": timetable.bound,
        "seed": timetable.seed,
        "claims": dict(timetable.claims),
    }


# Adopting.


def adopt(session: Session, preview_id: int, actor: Actor, now: datetime) -> Outcome:
    """Write the plan that was looked at. Raises NotAllowed, and Stale when anything it was made from has changed."""
    require(actor, Permission.EVENT_PLAN, Owner())
    row = one(session, preview_id)
    if row.done_at is None or row.what_if:
        raise Invalid("这个方案还没有算好，或者只是试算，不能写入。")
    return planning.adopt(session, _revived(session, row, now), actor, now)


def _revived(session: Session, row: SeasonPreview, now: datetime) -> Proposal:
    """The plan with the tasks of now; if they differ from those it was made for, its digest no longer fits."""
    scene = planning.read(session, row.year, row.keep_top, now, row.again, row.min_enterprises)
    events = {event.id: event for event in scene.events}
    pairings = {pairing.id: pairing for pairing in scene.pairings}
    plans = []
    for kept in row.content["sessions"]:
        if kept["event"] not in events or not pairings.keys() >= set(kept["pairings"]):
            raise Stale(CHANGED)
        event, mine = events[kept["event"]], [pairings[one] for one in kept["pairings"]]
        task = timetabling.read(session, event, mine, again=row.again)
        timetable = Timetable(
            tuple(Placed(meeting, slot, table) for meeting, slot, table in kept["placed"]),
            tuple(Unplaced(meeting, reason) for meeting, reason in kept["unplaced"]),
            kept["status"], kept["bound"], kept["seed"], kept["claims"],
        )  # fmt: skip
        plans.append(planning.session_plan(event, mine, task, timetable))
    content: Mapping[str, Any] = row.content
    left = {int(one): reason for one, reason in content["left_out"].items()}
    return Proposal(row.year, row.keep_top, row.again, tuple(content["keep"]), content["kept"], tuple(plans), left,
                    row.mark, content["worth"], content["bound"], least=row.min_enterprises)  # fmt: skip


# Trying a change.


def _changed(session: Session, scene: Scene, change: WhatIf, year: int, now: datetime) -> SeasonSpec:
    """The season with the change. Raises Invalid for a session that cannot be planned any more, or a missing day."""
    if change.kind == "advice":
        return season_advice.completed(session, scene, year, now)
    session_id = str(change.event_id)
    here = next((one for one in scene.spec.sessions if one.id == session_id), None)
    if here is None:
        raise Invalid("请选择今后的一场对接会。")
    if change.kind == "lost":
        return venue_lost(scene.spec, session_id)
    if change.kind == "venue":
        return _with_room(scene.spec, session_id, change)
    if change.day is None:
        raise Invalid("请填写日期。")
    if change.kind == "moved":
        return session_moved(scene.spec, session_id, change.day, _away(session, scene, change.day))
    if change.kind == "added":
        return session_added(scene.spec, replace(here, id=ADDED, held_on=change.day), _away(session, scene, change.day))
    raise Invalid("请选择要试的变化。")


def _away(session: Session, scene: Scene, day: date) -> list[str]:
    """The guests who cannot come on a day."""
    return sorted(guest for guest, _session in absences.guests_away(session, scene.pairings, {ADDED: day}))


def _with_room(spec: SeasonSpec, session_id: str, change: WhatIf) -> SeasonSpec:
    if change.tables is None and change.capacity is None:
        raise Invalid("请填写新会场的洽谈桌数或座位数。")
    seats = None if change.capacity is None else change.capacity // planning.PERSONS_PER_GUEST
    return venue_changed(spec, session_id, tables=change.tables, seats=seats)


def _consequence(session: Session, row: SeasonPreview, now: datetime) -> dict[str, Any]:
    change = WhatIf.read(row.what_if)
    scene = planning.read(session, row.year, row.keep_top, now, row.again, row.min_enterprises)
    changed = _changed(session, scene, change, row.year, now)
    plan = planning.assigned(scene)[2]
    came: Consequence = what_if(plan, changed)
    reasons = {one.pairing: one.reason for one in came.plan.left_out}
    touched = ADDED if change.kind == "added" else str(change.event_id)
    return {
        "sentence": came.sentence,
        "worth": came.worth,
        "before": round(plan.objective, 3),
        "after": round(came.plan.objective, 3),
        "pairings": came.pairings,
        "moved": [[int(one), _place(came.plan.assigned[one])] for one in came.moved[:MOST_NAMED]],
        "lost": [[int(one), reasons.get(one, "")] for one in came.lost[:MOST_NAMED]],
        "gained": [[int(one), _place(came.plan.assigned[one])] for one in came.won[:MOST_NAMED]],
        "not_held": [_place(one) for one in came.plan.not_held],
        "advice": season_advice.differences(season_advice.with_undated(session, scene, row.year), changed)
                  if change.kind == "advice" else [],
        "counts": [len(came.moved), len(came.lost), len(came.won)],
        "day": [reason for where, reason in unworkable(changed.sessions, WorkCalendar()) if where == touched],
    }  # fmt: skip


def _place(session_id: str) -> int | None:
    """The event of a session; None for one that is only tried."""
    return None if session_id == ADDED else int(session_id)
