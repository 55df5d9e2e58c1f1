"""The bridge to scheduler.season: keeps the best pairings, gives each a docking session, and makes the timetables.

`propose` reads and computes and writes nothing; `adopt` writes what was proposed, if nothing has changed since.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor
from app.domain.errors import Invalid, Stale
from app.domain.permissions import Owner, Permission, require
from app.models.event import Event
from app.models.pairing import Pairing
from app.queries import timetables as queries
from app.queries.timetables import Answer
from app.services import absences, conduct, editions, history, pairings, seats, timetabling
from app.services.steps import Step
from app.services.timetabling import Task
from scheduler.model import Timetable
from scheduler.rules import clashes
from scheduler.season import OTHER, SeasonGuest, SeasonPairing, SeasonPlan, SeasonSession, SeasonSpec
from scheduler.season import plan_season as assign
from scheduler.season_draft import Draft, shares

PERSONS_PER_GUEST = 2
"""An invited organisation or expert usually brings somebody: each guest of the plan counts for two seats."""

SECONDS = 3.0
"""The longest that the timetable of one session may be computed while the year is planned."""

MOST_KEPT, MOST_LEAST = 10, 200
BALANCE = 0.03
"""What a pairing is worth more, in mean scores, while its session or its county has less than its even share.

Less than a guest's visit costs, so that nobody comes twice for the sake of balance alone.
"""

BY_PLAN = "season:plan"
"""The cause of a pairing that the plan kept, not a person: it says nothing of the fit, so nothing learns from it."""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One session of the plan: its pairings, its task and the timetable found, and how full it is."""

    event_id: int
    pairing_ids: tuple[int, ...]
    enterprises: int
    experts: int
    seats: int
    task: Task
    timetable: Timetable

    @property
    def places(self) -> int:
        """How many talks the session has room for."""
        return sum(self.task.spec.tables)

    @property
    def clashes(self) -> int:
        """How many rules the timetable breaks: none, or it is not adopted."""
        return len(clashes(self.task.spec, self.timetable.placed))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan of the year, not written yet. `keep` are the pairings to be kept for it, `left_out` those without a place.

    `mark` is a digest of everything the plan was made from and of the plan. `worth` is what the plan is worth in points
    of matching, `bound` a proven limit of that, None when nothing was proven. `not_held` are sessions that too few
    enterprises would attend, `counties` (name, pairings with a session, even share) of the enterprises' counties.
    """

    year: int
    keep_top: int
    again: bool
    keep: tuple[int, ...]
    kept: int
    sessions: tuple[SessionPlan, ...]
    left_out: Mapping[int, str]
    mark: str
    worth: float = 0.0
    bound: float | None = None
    not_held: tuple[int, ...] = ()
    counties: tuple[tuple[str, int, int], ...] = ()
    least: int = 0

    @property
    def assigned(self) -> int:
        """How many pairings have a session."""
        return sum(len(session.pairing_ids) for session in self.sessions)

    @property
    def meetings(self) -> int:
        """How many have a slot and a table as well."""
        return sum(len(session.timetable.placed) for session in self.sessions)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What planning came to; `unplaced` counts the kept pairings without a meeting."""

    year: int
    events: int
    kept: int
    assigned: int
    meetings: int
    unplaced: int
    clashes: int
    changed: bool


def plan_season(
    session: Session, year: int, keep_top: int, actor: Actor, now: datetime, *, again: bool = False
) -> Outcome:
    """Keep the best `keep_top` pairings of every need, assign the kept ones to the year's sessions, make timetables.

    All in the caller's transaction; an edge that should not hold one for seconds calls `propose` and `adopt` itself.
    With `again` pairings whose guests were invited already or declined, and meetings that are not locked, may move,
    too. Planning twice changes nothing the second time. Raises NotAllowed, or Invalid when there is nothing to plan with.
    """
    return adopt(session, propose(session, year, keep_top, actor, now, again=again), actor, now)


def propose(
    session: Session, year: int, keep_top: int, actor: Actor, now: datetime, *, again: bool = False, least: int = 0
) -> Proposal:
    """Work out a plan without writing anything; takes some seconds."""
    require(actor, Permission.EVENT_PLAN, Owner())
    scene = read(session, year, keep_top, now, again, least)
    places, left_out, plan = assigned(scene)
    plans = []
    for event in scene.events:
        mine = [pairing for pairing in scene.pairings if places.get(pairing.id) == event.id]
        task = timetabling.read(session, event, mine, again=again)
        plans.append(session_plan(event, mine, task, timetabling.compute(task, SECONDS)))
    found = Proposal(
        year, keep_top, again, scene.keep, len(scene.pairings), tuple(plans), left_out, "", plan.objective, plan.bound,
        tuple(int(one) for one in plan.not_held), counties_of(scene, places), least,
    )  # fmt: skip
    return replace(found, mark=digest(scene, found))


def adopt(session: Session, proposal: Proposal, actor: Actor, now: datetime) -> Outcome:
    """Write the proposal: keep the pairings, assign them, make the meetings.

    The events are locked first. Raises NotAllowed, and Stale when pairings, sessions or answers have changed since.
    """
    require(actor, Permission.EVENT_PLAN, Owner())
    for plan in sorted(proposal.sessions, key=lambda one: one.event_id):
        seats.lock(session, plan.event_id)
    scene = read(session, proposal.year, proposal.keep_top, now, proposal.again, proposal.least)
    if digest(scene, proposal) != proposal.mark or not _tasks_stand(session, scene, proposal):
        raise Stale("配对、场次、洽谈安排或回执在这期间有变化，方案没有写入；请重新生成方案。")
    rows = {pairing.id: pairing for pairing in scene.pairings}
    for pairing_id in proposal.keep:
        conduct.carry_out(session, Step(rows[pairing_id], "keep", cause=BY_PLAN), actor, now)
    changed = bool(proposal.keep)
    where = {pairing_id: plan.event_id for plan in proposal.sessions for pairing_id in plan.pairing_ids}
    for pairing in scene.pairings:
        if pairing.event_id != where.get(pairing.id):
            pairing.event_id = where.get(pairing.id)
            changed = True
        if pairing.id in proposal.left_out and pairing.unplaced != proposal.left_out[pairing.id]:
            pairing.unplaced = proposal.left_out[pairing.id]
            changed = True
    session.flush()  # the meetings below are those of the pairings as assigned now
    built = [editions.store(session, plan.task, plan.timetable, actor, now) for plan in proposal.sessions]
    changed = changed or any(one.changed for one in built)
    meetings = sum(one.meetings for one in built)
    outcome = Outcome(
        year=proposal.year, events=len(built), kept=proposal.kept, assigned=proposal.assigned, meetings=meetings,
        unplaced=proposal.kept - meetings, clashes=sum(len(one.clashes) for one in built), changed=changed,
    )  # fmt: skip
    if changed:
        details = {"year": outcome.year, "kept": outcome.kept, "assigned": outcome.assigned, "meetings": meetings}
        history.record(session, "season", proposal.year, "plan", actor, now, label="年度排期", details=details)
    return outcome


def _tasks_stand(session: Session, scene: Scene, proposal: Proposal) -> bool:
    """Whether every session's meetings, locks and answers are still as the proposal read them."""
    events = {event.id: event for event in scene.events}
    rows = {pairing.id: pairing for pairing in scene.pairings}
    for plan in proposal.sessions:
        mine = [rows[pairing_id] for pairing_id in plan.pairing_ids]
        task = timetabling.read(session, events[plan.event_id], mine, again=proposal.again)
        if (task.spec, task.placed) != (plan.task.spec, plan.task.placed):
            return False
    return True


# Reading what a plan is made from.


@dataclass(frozen=True, slots=True)
class Scene:
    """The sessions ahead, the pairings to assign, the answers so far, and the season's task made of them."""

    events: tuple[Event, ...]
    pairings: tuple[Pairing, ...]
    keep: tuple[int, ...]
    excluded: Mapping[int, str]
    spec: SeasonSpec


def read(session: Session, year: int, keep_top: int, now: datetime, again: bool, least: int = 0) -> Scene:
    """What a plan of the year is made from. Raises Invalid when there is nothing to plan with.

    `least` is how many enterprises a session needs to be worth holding.
    """
    if not 0 <= least <= MOST_LEAST:
        raise Invalid(f"每场至少到会的企业数请填 0 到 {MOST_LEAST} 之间的整数。")
    if not 0 <= keep_top <= MOST_KEPT:
        raise Invalid(f"每条需求保留的配对数请填 0 到 {MOST_KEPT} 之间的整数。")
    events = tuple(queries.sessions_ahead(session, year, now))
    if not events:
        raise Invalid(
            f"{year} 年没有可以排期的对接会：要么还没有安排，要么都已经开始或结束。"
            "请在“年度活动”里补上今后的对接会，并确定时间、时段和洽谈桌。"
        )
    keep = tuple(pairing.id for pairing in pairings.best_suggested(session, keep_top)) if keep_top else ()
    answers = queries.answers(session, [event.id for event in events])
    found = tuple(one for one in queries.for_season(session, year, keep, now) if again or not _rests(one, answers))
    excluded = {pairing.id: timetabling.NOBODY for pairing in found if timetabling.speaker_of(pairing) is None}
    held = tuple(replace(session_of(event), min_enterprises=least) for event in events)
    days = {one.id: one.held_on for one in held if one.held_on is not None}
    spec = SeasonSpec(
        sessions=held,
        pairings=tuple(_pairing(one, answers, again) for one in found if one.id not in excluded),
        away=_away(found, answers) | absences.guests_away(session, found, days),
        guests=_guests(found),
        balance_bonus=BALANCE * sum(one.score for one in found) / len(found) if found else 0.0,
    )
    there = {pairing.id for pairing in found}
    return Scene(events, found, tuple(one for one in keep if one in there), excluded, spec)


def session_of(event: Event) -> SeasonSession:
    """An event as the season plan knows it; without a day while it has none."""
    return SeasonSession(
        id=str(event.id),
        series=event.series or "",
        slots=event.slot_count,
        tables=event.tables,
        themes=frozenset(str(industry.id) for industry in event.industries),
        hosts=frozenset(str(host.id) for host in event.hosts),
        seats=event.capacity // PERSONS_PER_GUEST,
        held_on=clock.today(event.starts_at) if event.starts_at else None,
    )


def _pairing(pairing: Pairing, answers: Mapping[int, Mapping[int, Answer]], again: bool) -> SeasonPairing:
    need, achievement = pairing.need, pairing.achievement
    speaker = timetabling.speaker_of(pairing)
    assert speaker is not None
    return SeasonPairing(
        id=str(pairing.id),
        enterprise=f"E{need.organisation_id}",
        institute=str(achievement.organisation_id),
        expert=speaker.code,
        supply=achievement.organisation.supply_kind or OTHER,
        industry=str(need.industry_id or ""),
        score=pairing.score,
        pinned_to=None if again else _pin(pairing, answers),
    )


def _guests(found: Sequence[Pairing]) -> tuple[SeasonGuest, ...]:
    """The enterprises with their counties."""
    firms = {pairing.need.organisation_id: pairing.need.organisation for pairing in found}
    return tuple(SeasonGuest(f"E{one}", county=firm.county.name if firm.county else "") for one, firm in firms.items())


def counties_of(scene: Scene, places: Mapping[int, int]) -> tuple[tuple[str, int, int], ...]:
    """(county, pairings with a session, even share) of the enterprises, the largest share first."""
    home = {guest.id: guest.county for guest in scene.spec.guests}
    held = Counter(home[one.enterprise] for one in scene.spec.pairings if int(one.id) in places)
    even = [(str(group[1]), share) for group, share in shares(scene.spec).items() if group[0] == "county"]
    return tuple((county, held[county], share) for county, share in sorted(even, key=lambda one: (-one[1], one[0])))


def _rests(pairing: Pairing, answers: Mapping[int, Mapping[int, Answer]]) -> bool:
    """Whether a guest turned this pairing's session down: it stays as it is until somebody asks to plan it again.

    Otherwise every run of the plan would invite people who have just declined to the next session.
    """
    answered = answers.get(pairing.event_id or 0, {})
    sides = (pairing.need.organisation_id, pairing.achievement.organisation_id)
    return any(side in answered and answered[side].state in queries.OUT for side in sides)


def _pin(pairing: Pairing, answers: Mapping[int, Mapping[int, Answer]]) -> str | None:
    """The session that the pairing stays in because its guests have been invited to it, unless one of them is out."""
    answered = answers.get(pairing.event_id or 0)
    if answered is None:
        return None
    sides = (pairing.need.organisation_id, pairing.achievement.organisation_id)
    states = {answered[side].state for side in sides if side in answered}
    return str(pairing.event_id) if states & set(queries.ASKED) and not states & set(queries.OUT) else None


def _away(found: Sequence[Pairing], answers: Mapping[int, Mapping[int, Answer]]) -> frozenset[tuple[str, str]]:
    """(guest, session) of everybody who declined or was uninvited."""
    out = {
        (event_id, organisation_id)
        for event_id, answered in answers.items()
        for organisation_id, answer in answered.items()
        if answer.state in queries.OUT
    }
    away: set[tuple[str, str]] = set()
    for pairing in found:
        speaker = timetabling.speaker_of(pairing)
        for event_id, organisation_id in out:
            if organisation_id == pairing.need.organisation_id:
                away.add((f"E{organisation_id}", str(event_id)))
            if speaker is not None and organisation_id == pairing.achievement.organisation_id:
                away.add((speaker.code, str(event_id)))
    return frozenset(away)


# Assigning.


def assigned(scene: Scene) -> tuple[dict[int, int], dict[int, str], SeasonPlan]:
    """The session of each pairing, the reason of each that has none, and the plan that this comes from."""
    plan = assign(scene.spec)
    left = {int(one.pairing): one.reason for one in plan.left_out}
    present = _present(scene, plan.objective, left)
    if present is not None:
        standing = {str(one): str(event_id) for one, event_id in present.items()}
        return present, left | dict(scene.excluded), replace(plan, assigned=standing)
    return {int(one): int(event) for one, event in plan.assigned.items()}, left | dict(scene.excluded), plan


def _present(scene: Scene, objective: float, left: Mapping[int, str]) -> dict[int, int] | None:
    """The assignment as it stands, if it holds the same pairings and is worth no less than the best one found."""
    draft = Draft(scene.spec)
    position = {session.id: number for number, session in enumerate(scene.spec.sessions)}
    stands = {pairing.id: pairing.event_id for pairing in scene.pairings}
    kept: dict[int, int] = {}
    for number, pairing in enumerate(scene.spec.pairings):
        event_id = stands[int(pairing.id)]
        if event_id is None:
            if int(pairing.id) not in left:
                return None
            continue
        there = position.get(str(event_id))
        if there is None or there not in draft.choices[number] or draft.blocked(number, there):
            return None
        draft.put(number, there)
        kept[int(pairing.id)] = event_id
    if set(kept) & set(left) or draft.objective < objective - 1e-6:
        return None
    return kept


def session_plan(event: Event, mine: Sequence[Pairing], task: Task, timetable: Timetable) -> SessionPlan:
    """One session of a plan."""
    speakers = [timetabling.speaker_of(pairing) for pairing in mine]
    return SessionPlan(
        event_id=event.id,
        pairing_ids=tuple(pairing.id for pairing in mine),
        enterprises=len({pairing.need.organisation_id for pairing in mine}),
        experts=len({speaker.code for speaker in speakers if speaker is not None}),
        seats=event.capacity,
        task=task,
        timetable=timetable,
    )


def digest(scene: Scene, proposal: Proposal) -> str:
    """A digest of what the plan was made from and of whom it puts where; the timetables follow from these."""
    spec = scene.spec
    read = (
        [(one.id, one.series, one.slots, one.tables, sorted(one.themes), sorted(one.hosts), one.seats, one.held_on,
          one.min_enterprises)
         for one in spec.sessions],
        spec.pairings, sorted(spec.away), spec.guests, scene.keep,
        [(pairing.id, pairing.state, pairing.event_id) for pairing in scene.pairings],
    )  # fmt: skip
    said = [(plan.event_id, plan.pairing_ids, plan.task.mark, plan.task.placed) for plan in proposal.sessions]
    return hashlib.sha256(repr((read, said, sorted(proposal.left_out.items()))).encode()).hexdigest()[:32]
