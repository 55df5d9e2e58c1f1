"""Publishes a version of a session's timetable: the meetings, the pages, the letters to those it concerns."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, Invalid, Stale
from app.domain.permissions import Permission, require
from app.domain.placements import Placement, written_placements
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.timetable_version import TimetableVersion
from app.queries import timetable_versions as versions
from app.queries import timetables as queries
from app.services import drafting, history, retelling, timetabling
from app.services.drafting import Built
from app.services.timetabling import Task
from scheduler.model import Timetable
from scheduler.rules import clashes

CHANGED = "您查看之后，草稿、现行时间表或来宾的回执有了变化，没有发布；请看过最新的比较再发布。"


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing came to: the edition, and how many guests were written to."""

    edition: int
    told: int


def build(session: Session, event: Event, actor: Actor, now: datetime, *, again: bool = False) -> Built:
    """Make the event's timetable and publish it at once, in the caller's transaction; no guest is written to.

    With `again` meetings that stand may move; locked ones stay in any case. For the programme's own steps, before
    anybody was told a time. Raises NotAllowed, or IllegalMove for an event that is over or has no tables.
    """
    event = drafting.opened(session, event, actor, now)
    task = timetabling.read(session, event, again=again)
    began = time.perf_counter()
    timetable = timetabling.compute(task)
    return store(session, task, timetable, actor, now, origin="computed", seconds=time.perf_counter() - began)


def store(
    session: Session,
    task: Task,
    timetable: Timetable,
    actor: Actor,
    now: datetime,
    *,
    origin: str = "season",
    seconds: float = 0.0,
) -> Built:
    """Publish a computed timetable at once, if it differs from what stands; no guest is written to.

    The event's row must be locked by the caller. Pairings of the event without a meeting get their reason.
    """
    event = session.get_one(Event, task.event_id)
    require(actor, Permission.EVENT_PLAN, event.owner)
    broken = tuple(clashes(task.spec, timetable.placed, task.names, timetabling.standing(task)))
    reasons = drafting.reasons_of(task, timetable)
    if task.stands:
        return Built(len(timetable.placed), len(reasons), broken, changed=False)
    places = drafting.placements(session, task, timetable.placed)
    moved = written_placements(places) != written_placements(versions.standing(session, event.id))
    changed = _explain(session, event, reasons) or moved
    if moved:
        row = drafting.add(
            session, event, origin, places, actor, now, reasons=reasons, conditions=task.conditions,
            figures=drafting.figures_of(task, timetable, seconds), mark=task.mark,
        )  # fmt: skip
        _make_current(session, event, row, places, actor, now)
    elif changed or event.timetable.get("mark") != task.mark:
        event.timetable = _summary(drafting.figures_of(task, timetable, seconds), task.mark, now)
        history.record(session, "event", event.id, "timetable", actor, now, label="编排洽谈时间表",
                       details={"placed": len(places), "unplaced": len(reasons)})  # fmt: skip
    return Built(len(timetable.placed), len(reasons), broken, changed)


def digest(session: Session, event: Event, task: Task) -> str:
    """What somebody saw who decides about publishing: the draft, what is published, and the task of both."""
    seen = (task.mark, sorted(task.excluded.items()), [(one.meeting, one.slot, one.table) for one in task.placed],
            sorted(task.locked), written_placements(versions.standing(session, event.id)))  # fmt: skip
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def obstacles(session: Session, event: Event, task: Task, now: datetime) -> list[str]:
    """Why a draft cannot be published, rule by rule, with names and times; empty when it can."""
    found = [f"{clash.message}（{clash.rule}）。" for clash in timetabling.clashes_of(task)]
    begun = slots_begun(event, now)
    if begun:
        before = {one.pairing_id: one for one in versions.standing(session, event.id) if one.slot < begun}
        after = {int(one.meeting[1:]): one for one in timetabling.standing(task) if one.slot < begun}
        if any(
            one not in before or (before[one].slot, before[one].table) != (place.slot, place.table)
            for one, place in after.items()
        ):
            found.append(f"{task.names.slot(begun - 1)}及以前的洽谈已经开始，不能再改。")
    return found


def slots_begun(event: Event, now: datetime) -> int:
    """How many slots have begun already."""
    return sum(1 for starts_at, _ends_at in timetabling.times_of(event) if starts_at <= now)


def publish(session: Session, event: Event, number: int, seen: str, actor: Actor, now: datetime) -> Publication:
    """Publish the draft with this number: its talks become the meetings, those whom it concerns are written to.

    Raises Stale when the draft or what is published is no longer what `seen` (a digest) stands for, and Invalid with
    every broken rule.
    """
    event = drafting.opened(session, event, actor, now, during=True)
    row = versions.working(session, event.id)
    if row is None or row.number != number:
        raise Stale(CHANGED)
    task = timetabling.read(session, event, version=row, loose=True)
    if digest(session, event, task) != seen:
        raise Stale(CHANGED)
    broken = obstacles(session, event, task, now)
    if broken:
        raise Invalid(tuple(Complaint("timetable", message) for message in broken))
    places = [one for one in row.places if one.pairing_id in task.speakers]
    row.placements = written_placements(places)
    reasons = {int(one): reason for one, reason in row.reasons.items()} | dict(task.excluded)
    standing = {one.pairing_id for one in places}
    for pairing in queries.of_event(session, event.id):
        if pairing.id not in standing and not reasons.get(pairing.id):
            reasons[pairing.id] = pairing.unplaced or "这一版里没有安排时段"
    _explain(session, event, {one: reason for one, reason in reasons.items() if one not in standing})
    _make_current(session, event, row, places, actor, now)
    return Publication(row.edition or 0, retelling.post(session, event, actor, now))


def _explain(session: Session, event: Event, reasons: dict[int, str]) -> bool:
    """Write why pairings of the event have no meeting; whether anything is new."""
    changed = False
    for pairing in queries.of_event(session, event.id):
        reason = reasons.get(pairing.id, "")
        changed = changed or pairing.unplaced != reason
        pairing.unplaced = reason
    return changed


def _make_current(
    session: Session, event: Event, row: TimetableVersion, places: Sequence[Placement], actor: Actor, now: datetime
) -> None:
    edition = max(versions.last_numbers(session, event.id)[1], event.edition) + 1
    row.edition, row.published_at, row.published_by_id = edition, now, actor.user_id
    event.edition = edition
    event.timetable = _summary(row.figures, row.mark, now)
    _write_meetings(session, event, places, edition, now)
    history.record(session, "event", event.id, "timetable", actor, now, label=f"发布洽谈时间表第 {edition} 版",
                   details={"number": row.number, "placed": len(places), "unplaced": len(row.reasons)})  # fmt: skip


def _write_meetings(session: Session, event: Event, places: Sequence[Placement], edition: int, now: datetime) -> None:
    standing = {meeting.pairing_id: meeting for meeting in queries.meetings(session, [event.id])[event.id]}
    firms = {pairing.id: pairing.need.organisation_id for pairing in queries.of_event(session, event.id)}
    fresh = []
    for one in places:
        row = standing.get(one.pairing_id)
        if row is not None and (row.slot, row.table_number, row.expert_id) == (one.slot, one.table, one.expert_id):
            row.is_locked = one.locked
            del standing[one.pairing_id]
            continue
        fresh.append(
            Meeting(
                event_id=event.id, pairing_id=one.pairing_id, enterprise_id=firms[one.pairing_id],
                expert_id=one.expert_id, slot=one.slot, table_number=one.table, is_locked=one.locked, edition=edition,
                created_at=now,
            )
        )  # fmt: skip
    for row in standing.values():
        session.delete(row)
    session.flush()  # the slots that moved meetings leave are taken by others below
    session.add_all(fresh)
    session.flush()  # a clash with what another writer did shows here, not at the commit of something else


def _summary(figures: dict[str, Any], mark: str, now: datetime) -> dict[str, Any]:
    """What the event keeps of its published timetable besides the meetings."""
    apart = ("bound", "status", "seed")
    counted = {name: value for name, value in figures.items() if isinstance(value, int) and name not in apart}
    return {
        "mark": mark,
        **{name: figures[name] for name in apart if name in figures},
        "built_at": now.isoformat(timespec="seconds"),
        "figures": counted,
    }
