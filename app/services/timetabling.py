"""The bridge to scheduler.timetable: pairings, answers and what stands become a task, and a task a timetable.

Nothing is written here, so that seconds of computing need no transaction; `drafting` and `editions` write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.errors import IllegalMove
from app.domain.placements import Condition
from app.domain.slots import slot_times
from app.letters.occasions import USUAL_LENGTH
from app.models.event import Event
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.models.timetable_version import TimetableVersion
from app.queries import timetable_versions as versions
from app.queries import timetables as queries
from app.queries.timetables import Answer
from app.services.incidents import applied
from scheduler.board import Board
from scheduler.measures import figures
from scheduler.model import Clash, Naming, Participant, Placed, SessionSpec, Timetable, Unplaced
from scheduler.model import Meeting as Wish
from scheduler.rules import Ground, clashes
from scheduler.selecting import select
from scheduler.slots import parts_of, slots_between
from scheduler.timetable import build as build_timetable

SECONDS = 2.0
"""The longest that one session's timetable may be computed while somebody waits for the page."""

BOUND_SECONDS = 0.3
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
    from exactly this, without clashes, and needs no new one. `conditions` are what has happened besides, `locked` the pairings
    whose talks were locked by hand.
    """

    event_id: int
    spec: SessionSpec
    names: Naming
    placed: tuple[Placed, ...]
    speakers: Mapping[int, Speaker]
    excluded: Mapping[int, str]
    mark: str
    stands: bool
    conditions: tuple[Condition, ...] = ()
    locked: frozenset[int] = frozenset()


def refuse_if_closed(event: Event, now: datetime, *, during: bool = False) -> None:
    """Raise IllegalMove when the event's timetable can't be changed any more, or not yet.

    What happens `during` the event may still be answered: repairs, and publishing them.
    """
    if event.state not in ("scheduled", "announced") or event.starts_at is None:
        raise IllegalMove(f"活动现在是“{event.state_label}”，不能编排洽谈时间表。")
    if event.starts_at <= now and not during:
        raise IllegalMove("活动已经开始，洽谈时间表不能再改；临时有变，请用“现场变化”。")
    if (event.ends_at or event.starts_at + USUAL_LENGTH) <= now:
        raise IllegalMove("活动已经结束，洽谈时间表不能再改。")
    if not (event.slot_count and event.tables):
        raise IllegalMove("这场活动没有设洽谈时段或洽谈桌，请先在“修改资料”里填写。")


# Reading.


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where a pairing's talk stands, and who speaks there."""

    expert: Expert
    slot: int
    table: int
    is_locked: bool


def read(
    session: Session,
    event: Event,
    pairings: Sequence[Pairing] | None = None,
    *,
    again: bool = False,
    version: TimetableVersion | None = None,
    more: Sequence[Condition] = (),
    loose: bool = False,
) -> Task:
    """The event's task as the tables have it, or with these pairings instead of those assigned to it.

    What stands are the published meetings, or those of `version`. `more` has happened besides. Meetings whose guests
    were told the time stay, unless `again` (then everybody may come to speak who would now) or `loose`.
    """
    chosen = queries.of_event(session, event.id) if pairings is None else pairings
    answered = queries.answers(session, [event.id])[event.id]
    held = _published(session, event) if version is None else _of_version(session, version)
    source = versions.current(session, event.id) if version is None else version
    conditions = (*(source.happened if source else ()), *more)
    mark = version.mark if version is not None else str(event.timetable.get("mark", ""))
    task = _task(event, chosen, held, answered, again, conditions)
    stands = not (again or more) and task.mark == mark and not clashes(task.spec, task.placed)
    spec = _locked(task.spec, task.placed, everything=queries.was_asked(answered) and not (again or loose))
    return replace(task, spec=spec, stands=stands)


def _published(session: Session, event: Event) -> dict[int, _Seat]:
    rows = queries.meetings(session, [event.id])[event.id]
    return {row.pairing_id: _Seat(row.expert, row.slot, row.table_number, row.is_locked) for row in rows}


def _of_version(session: Session, version: TimetableVersion) -> dict[int, _Seat]:
    places = version.places
    people = queries.experts_by_id(session, [one.expert_id for one in places])
    return {one.pairing_id: _Seat(people[one.expert_id], one.slot, one.table, one.locked) for one in places}


def _task(
    event: Event,
    pairings: Sequence[Pairing],
    held: Mapping[int, _Seat],
    answered: Mapping[int, Answer],
    again: bool,
    conditions: Sequence[Condition],
) -> Task:
    times = times_of(event)
    people: dict[str, Participant] = {}
    called: dict[str, str] = {}
    wishes: list[Wish] = []
    speakers: dict[int, Speaker] = {}
    excluded: dict[int, str] = {}
    for pairing in sorted(pairings, key=lambda one: one.id):
        firm, institute = pairing.need.organisation, pairing.achievement.organisation
        seat = held.get(pairing.id)
        speaker = _known(seat.expert) if seat and not again else speaker_of(pairing)
        out = _out(answered, firm, institute)
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
        locked = seat.is_locked if seat else False
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
    placed = tuple(Placed(f"P{pairing_id}", seat.slot, seat.table) for pairing_id, seat in held.items())
    spec = applied(spec, conditions, placed)
    by_hand = frozenset(pairing_id for pairing_id, seat in held.items() if seat.is_locked)
    return Task(
        event.id,
        spec,
        naming(event, called),
        placed,
        speakers,
        excluded,
        _mark(spec),
        False,
        tuple(conditions),
        by_hand,
    )


def _out(answered: Mapping[int, Answer], *sides: Organisation) -> str:
    """Why one of the sides does not come, empty if both may."""
    gone = (side for side in sides if side.id in answered and answered[side.id].state in queries.OUT)
    return next((f"{side.name}{queries.OUT[answered[side.id].state]}" for side in gone), "")


def _locked(spec: SessionSpec, placed: Sequence[Placed], everything: bool) -> SessionSpec:
    """The spec with the meetings locked that stay: those locked by hand, or all whose guests have been told the time.

    A meeting that clashes as it stands is free to move: its guest comes later, or left. One locked by hand stays if it
    clashes only with others that are not.
    """
    by_hand = {wish.id for wish in spec.meetings if wish.locked}
    firm = [place for place in placed if place.meeting in by_hand]
    stay = {place.meeting for place in firm} - _clashing(spec, firm)
    if everything:
        stay |= {place.meeting for place in placed} - _clashing(spec, placed)
    return replace(spec, meetings=tuple(replace(wish, locked=wish.id in stay) for wish in spec.meetings))


def _clashing(spec: SessionSpec, placed: Sequence[Placed]) -> set[str]:
    return {meeting for clash in clashes(spec, placed) for meeting in clash.meetings}


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
    if plain.closed:
        text += repr(sorted(plain.closed))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def clashes_of(task: Task) -> list[Clash]:
    """Every rule that what stands breaks: something has changed since it was made, or it was never right."""
    return clashes(task.spec, standing(task), task.names)


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


def bound_of(task: Task) -> int:
    """A proven limit of the score of any timetable of the task."""
    return select(Board(Ground(task.spec)), BOUND_SECONDS).bound
