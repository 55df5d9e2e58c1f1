"""The bridge to scheduler.timetable: pairings, answers and meetings become a task; what it finds becomes meetings.

`read` and `compute` write nothing, so that seconds of computing need no transaction; `store` is short.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor
from app.domain.errors import IllegalMove
from app.domain.permissions import Permission, require
from app.domain.slots import slot_times
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.people import Expert
from app.queries import timetables as queries
from app.queries.timetables import Answer
from app.services import history, seats
from scheduler.measures import figures
from scheduler.model import Clash, Naming, Participant, Placed, SessionSpec, Timetable, Unplaced
from scheduler.model import Meeting as Wish
from scheduler.rules import clashes
from scheduler.slots import parts_of, slots_between
from scheduler.timetable import build as build_timetable

SECONDS = 6.0
"""The longest that one session's timetable may be computed."""

SEED = 0
NOBODY = "成果没有专家，单位也没有联系邮箱：请先补充，才能安排洽谈。"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who comes to the table for an achievement; known by organisation and e-mail address."""

    organisation_id: int
    email: str
    name: str
    title: str
    mobile: str

    @property
    def code(self) -> str:
        """The participant's id: the same for the same person, without showing the address."""
        return f"X{self.organisation_id}-{hashlib.sha256(self.email.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Task:
    """One session's timetable to be made. `placed` is what stands now, `excluded` says why a pairing takes no part.

    `mark` changes whenever anything that decides the timetable changes; `stands` says that what stands now was made
    from exactly this, without clashes, and needs no new one.
    """

    event_id: int
    spec: SessionSpec
    names: Naming
    placed: tuple[Placed, ...]
    speakers: Mapping[int, Speaker]
    excluded: Mapping[int, str]
    mark: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Built:
    """What a timetable came to: meetings, pairings without one, clashes (none), and whether anything changed."""

    meetings: int
    unplaced: int
    clashes: tuple[Clash, ...]
    changed: bool


def build(session: Session, event: Event, actor: Actor, now: datetime, *, again: bool = False) -> Built:
    """Make the event's timetable in the caller's transaction; with `again`, meetings that stand may move.

    Locked meetings stay in any case. Raises NotAllowed, or IllegalMove for an event that is over or has no tables.
    """
    require(actor, Permission.EVENT_PLAN, event.owner)
    event = seats.lock(session, event.id)
    refuse_if_closed(event, now)
    task = read(session, event, again=again)
    return store(session, task, compute(task), actor, now)


def refuse_if_closed(event: Event, now: datetime) -> None:
    """Raise IllegalMove when the event's timetable can't be changed any more, or not yet."""
    if event.state not in ("scheduled", "announced") or event.starts_at is None:
        raise IllegalMove(f"活动现在是“{event.state_label}”，不能编排洽谈时间表。")
    if event.starts_at <= now:
        raise IllegalMove("活动已经开始，洽谈时间表不能再改。")
    if not (event.slot_count and event.tables):
        raise IllegalMove("这场活动没有设洽谈时段或洽谈桌，请先在“修改资料”里填写。")


# Reading.


def read(session: Session, event: Event, pairings: Sequence[Pairing] | None = None, *, again: bool = False) -> Task:
    """The event's task as the tables have it, or with these pairings instead of those assigned to it."""
    chosen = queries.of_event(session, event.id) if pairings is None else pairings
    meetings = queries.meetings(session, [event.id])[event.id]
    answered = queries.answers(session, [event.id])[event.id]
    return _task(event, chosen, meetings, answered, again)


def _task(
    event: Event, pairings: Sequence[Pairing], meetings: Sequence[Meeting], answered: Mapping[int, Answer], again: bool
) -> Task:
    held = {meeting.pairing_id: meeting for meeting in meetings}
    times = times_of(event)
    people: dict[str, Participant] = {}
    called: dict[str, str] = {}
    wishes: list[Wish] = []
    speakers: dict[int, Speaker] = {}
    excluded: dict[int, str] = {}
    for pairing in sorted(pairings, key=lambda one: one.id):
        firm, institute = pairing.need.organisation, pairing.achievement.organisation
        meeting = None if again else held.get(pairing.id)
        speaker = _known(meeting.expert) if meeting else speaker_of(pairing)
        out = next(
            (
                f"{side.name}{queries.OUT[answered[side.id].state]}"
                for side in (firm, institute)
                if side.id in answered and answered[side.id].state in queries.OUT
            ),
            "",
        )
        if speaker is None or out:
            excluded[pairing.id] = out or NOBODY
            continue
        speakers[pairing.id] = speaker
        enterprise_id = f"E{firm.id}"
        for person_id, side, of, name in (
            (enterprise_id, "E", firm.id, firm.name),
            (speaker.code, "X", institute.id, f"{institute.name}（{speaker.name}）"),
        ):
            people[person_id] = Participant(
                person_id, "E" if side == "E" else "X", _stay(event, times, answered.get(of))
            )
            called[person_id] = name
        locked = held[pairing.id].is_locked if pairing.id in held else False
        wishes.append(Wish(f"P{pairing.id}", enterprise_id, speaker.code, round(pairing.score * 1000), locked=locked))
    parts = parts_of(times) if times else ()
    spec = SessionSpec(
        slots=event.slot_count,
        tables=(event.tables,) * event.slot_count,
        participants=tuple(people[person_id] for person_id in sorted(people)),
        meetings=tuple(wishes),
        sessions=parts if len(parts) > 1 else (),
        name=event.title,
    )
    placed = tuple(Placed(f"P{one.pairing_id}", one.slot, one.table_number) for one in meetings)
    mark = _mark(spec)
    stands = not again and event.timetable.get("mark") == mark and not clashes(spec, placed)
    spec = _locked(spec, placed, everything=queries.was_asked(answered) and not again)
    return Task(event.id, spec, naming(event, called), placed, speakers, excluded, mark, stands)


def _locked(spec: SessionSpec, placed: Sequence[Placed], everything: bool) -> SessionSpec:
    """The spec with the meetings locked that stay: those locked by hand, or all whose guests have been told the time.

    A meeting that clashes as it stands is free to move: its guest comes later, or left.
    """
    broken = {meeting for clash in clashes(spec, placed) for meeting in clash.meetings}
    standing = {place.meeting for place in placed} - broken
    return replace(
        spec,
        meetings=tuple(
            replace(wish, locked=wish.id in standing and (wish.locked or everything)) for wish in spec.meetings
        ),
    )


def speaker_of(pairing: Pairing) -> Speaker | None:
    """Who speaks for the pairing's achievement: its expert, its contact, or the institute's; None without an address."""
    achievement = pairing.achievement
    if achievement.expert is not None:
        return _known(achievement.expert)
    institute = achievement.organisation
    if achievement.contact_email:
        return Speaker(institute.id, achievement.contact_email.casefold(), achievement.contact_name or "联系人",
                       achievement.contact_title, achievement.contact_mobile)  # fmt: skip
    if institute.contact_email:
        return Speaker(institute.id, institute.contact_email.casefold(), institute.contact_name or "联系人", "",
                       institute.contact_phone[:20])  # fmt: skip
    return None


def _known(expert: Expert) -> Speaker:
    return Speaker(expert.organisation_id, expert.email, expert.name, expert.title, expert.mobile)


def times_of(event: Event) -> list[tuple[datetime, datetime]]:
    """(beginning, end) of every slot; none without a date."""
    first = event.talks_start_at or event.starts_at
    return [] if first is None else slot_times(first, event.slot_minutes, event.slot_count, event.pauses)


def _stay(event: Event, times: Sequence[tuple[datetime, datetime]], answer: Answer | None) -> frozenset[int] | None:
    if answer is None or event.starts_at is None:
        return None
    day = clock.local(event.starts_at)

    def at(hour: str | None) -> datetime | None:
        if hour is None:
            return None
        hours, minutes = hour.split(":")
        return day.replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0)

    return slots_between(times, at(answer.arrives_at), at(answer.leaves_at))


def naming(event: Event, called: Mapping[str, str]) -> Naming:
    """How messages about this event's timetable call people, slots and tables."""
    times = [(clock.local(starts_at), clock.local(ends_at)) for starts_at, ends_at in times_of(event)]

    def slot(number: int) -> str:
        hours = f"（{times[number][0]:%H:%M}—{times[number][1]:%H:%M}）" if 0 <= number < len(times) else ""
        return f"第{number + 1}时段{hours}"

    return Naming(person=lambda code: called.get(code, code), slot=slot, table=lambda table: f"{table + 1}号桌",
                  meeting=lambda wish: f"配对 {wish[1:]} 的洽谈")  # fmt: skip


def _mark(spec: SessionSpec) -> str:
    """A digest of all that decides a timetable; what is locked or stands now does not."""
    plain = replace(spec, name="", meetings=tuple(replace(wish, locked=False) for wish in spec.meetings))
    people = [(one.id, None if one.available is None else sorted(one.available)) for one in plain.participants]
    text = repr((plain.slots, plain.tables, plain.sessions, people, plain.meetings))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def clashes_now(session: Session, event: Event) -> list[Clash]:
    """Every rule that the event's timetable breaks as it stands: something has changed since it was made."""
    task = read(session, event)
    out = {f"P{pairing_id}" for pairing_id in task.excluded}
    return clashes(task.spec, [place for place in task.placed if place.meeting not in out], task.names)


# Computing.


def compute(task: Task, seconds: float = SECONDS) -> Timetable:
    """The timetable of the task; what stands already when nothing that decides it has changed."""
    if task.stands:
        placed = {place.meeting for place in task.placed}
        left = tuple(Unplaced(wish.id, "") for wish in task.spec.meetings if wish.id not in placed)
        return Timetable(task.placed, left, "feasible", 0, SEED, figures(task.spec, task.placed))
    return build_timetable(task.spec, seed=SEED, time_limit=seconds, previous=standing(task), names=task.names)


def standing(task: Task) -> list[Placed]:
    """The places of the meetings that still take part."""
    known = {wish.id for wish in task.spec.meetings}
    return [place for place in task.placed if place.meeting in known]


# Storing.


def store(session: Session, task: Task, timetable: Timetable, actor: Actor, now: datetime) -> Built:
    """Write the timetable: meetings that moved are made anew, those that stay keep their rows and locks.

    The event's row must be locked by the caller. Pairings of the event without a meeting get their reason.
    """
    event = session.get_one(Event, task.event_id)
    require(actor, Permission.EVENT_PLAN, event.owner)
    broken = tuple(clashes(task.spec, timetable.placed, task.names, standing(task)))
    if task.stands:
        return Built(len(timetable.placed), len(timetable.unplaced) + len(task.excluded), broken, changed=False)
    changed = _write_meetings(session, event, task, timetable, now)
    reasons = {int(left.meeting[1:]): left.reason for left in timetable.unplaced} | dict(task.excluded)
    for pairing in queries.of_event(session, event.id):
        reason = reasons.get(pairing.id, "")
        changed = changed or pairing.unplaced != reason
        pairing.unplaced = reason
    if changed or event.timetable.get("mark") != task.mark:
        event.timetable = _summary(task, timetable, now)
        history.record(session, "event", event.id, "timetable", actor, now, label="编排洽谈时间表",
                       details={"placed": len(timetable.placed), "unplaced": len(reasons)})  # fmt: skip
    return Built(len(timetable.placed), len(reasons), broken, changed)


def _write_meetings(session: Session, event: Event, task: Task, timetable: Timetable, now: datetime) -> bool:
    standing = {meeting.pairing_id: meeting for meeting in queries.meetings(session, [event.id])[event.id]}
    wanted = {int(place.meeting[1:]): place for place in timetable.placed}
    experts = experts_of(session, [task.speakers[pairing_id] for pairing_id in wanted])
    fresh = []
    for pairing_id, place in wanted.items():
        row, expert = standing.get(pairing_id), experts[task.speakers[pairing_id].code]
        if row is not None and (row.slot, row.table_number, row.expert_id) == (place.slot, place.table, expert.id):
            del standing[pairing_id]
            continue
        fresh.append(meeting_of(task, place, expert, now))
    for row in standing.values():
        session.delete(row)
    session.flush()  # the slots that moved meetings leave are taken by others below
    session.add_all(fresh)
    session.flush()  # a clash with what another writer did shows here, not at the commit of something else
    return bool(fresh or standing)


def meeting_of(task: Task, place: Placed, expert: Expert, now: datetime) -> Meeting:
    """A new row for a placed meeting of the task."""
    assert place.table is not None
    wish = next(wish for wish in task.spec.meetings if wish.id == place.meeting)
    return Meeting(
        event_id=task.event_id,
        pairing_id=int(wish.id[1:]),
        enterprise_id=int(wish.a[1:]),
        expert_id=expert.id,
        slot=place.slot,
        table_number=place.table,
        created_at=now,
    )


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
    session.flush()  # meetings name them by id
    return found


def _summary(task: Task, timetable: Timetable, now: datetime) -> dict[str, Any]:
    """What the event keeps of its timetable besides the meetings."""
    return {
        "mark": task.mark,
        "status": timetable.status,
        "bound": timetable.bound,
        "seed": timetable.seed,
        "built_at": now.isoformat(timespec="seconds"),
        "figures": dict(timetable.claims),
    }
