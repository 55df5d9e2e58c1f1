"""What must hold for any session, possible or not: built, repaired after any event, with only true claims."""

from __future__ import annotations

from random import Random

from scheduler import incidents
from scheduler.measures import false_claims
from scheduler.model import Meeting, Participant, Placed, SessionSpec
from scheduler.repairing import repair
from scheduler.rules import clashes
from scheduler.timetable import build
from tests.scheduler.claims import untrue
from tests.scheduler.sessions import broken

EXCUSED = {"C10", "C14"}
"""Rules that a session may make impossible: what must stand does not fit, or cannot be fair."""


def faults_of_build(spec: SessionSpec, seed: int) -> list[str]:
    """What is wrong with the timetable that `build` makes of a session."""
    timetable = build(spec, seed=seed, time_limit=5.0)
    found = _faults(spec, timetable.placed, timetable.status, seed)
    placed = {place.meeting for place in timetable.placed}
    left = {one.meeting for one in timetable.unplaced}
    if placed | left != {meeting.id for meeting in spec.meetings} or placed & left:
        found.append("a meeting is neither placed nor left out with a reason")
    found += [wrong for one in timetable.unplaced if (wrong := untrue(spec, timetable.placed, one.meeting, one.reason))]
    found += [clash.message for clash in false_claims(spec, timetable.placed, timetable.claims)]
    if timetable.claims["score"] > timetable.bound:
        found.append("above its bound")
    return found


def faults_of_repair(spec: SessionSpec, seed: int) -> list[str]:
    """What is wrong with the repair of a session's timetable after a random event."""
    rng = Random(seed)
    old = build(spec, seed=seed, time_limit=5.0).placed
    now = rng.randrange(spec.slots + 1)
    changed = event(spec, old, rng, now)
    repaired = repair(changed, old, now_slot=now)
    placed = repaired.timetable.placed
    found = []
    if repaired.timetable.status != "incomplete":
        found = _faults(changed, placed, repaired.timetable.status, seed)
    elif not broken(changed, placed) & {"C10", "C14"} and not clashes(changed, placed, previous=old):
        found.append("called incomplete without a clash")
    if bad := broken(changed, placed) - EXCUSED - broken(changed, old):
        found.append(f"repair broke {sorted(bad)}")
    at = {place.meeting: place.slot for place in placed}
    there = {meeting.id for meeting in changed.meetings}
    for place in old:
        gone = place.meeting not in there or broken(changed, [place]) & {"C5", "C17", "C18", "C7", "C6"}
        if place.slot < now and not gone and at.get(place.meeting) != place.slot:
            found.append(f"{place.meeting} was over and moved")
    diff = repaired.diff
    if len(diff.kept) + len(diff.moved) + len(diff.dropped) + len(diff.retabled) != len(old):
        found.append("the difference does not add up")
    return found


def event(spec: SessionSpec, old: tuple[Placed, ...], rng: Random, now: int) -> SessionSpec:
    """The session after one random thing has happened."""
    person = rng.choice(spec.participants).id
    kind = rng.randrange(6)
    if kind == 0:
        return incidents.cancelled(spec, person, old, now)
    if kind == 1:
        return incidents.late(spec, person, rng.randrange(spec.slots + 1), old)
    if kind == 2:
        return incidents.leaving(spec, person, rng.randrange(now, spec.slots + 1), old)
    if kind == 3:
        return incidents.without_table(spec, rng.randrange(3), old, range(now, spec.slots))
    if kind == 4 and now < spec.slots:
        return incidents.without_slot(spec, rng.randrange(now, spec.slots), old)
    wishes = [Meeting("walk-in-1", "walk-in", person, rng.randrange(20))]
    return incidents.walk_in(spec, Participant("walk-in"), wishes)


def _faults(spec: SessionSpec, placed: tuple[Placed, ...], status: str, seed: int) -> list[str]:
    codes = broken(spec, placed)
    named = {clash.code for clash in clashes(spec, placed)}
    found = []
    if codes - EXCUSED:
        found.append(f"breaks {sorted(codes)} with seed {seed}")
    if codes and status != "incomplete":
        found.append(f"breaks {sorted(codes)} and says {status}")
    if codes != named:
        found.append(f"breaks {sorted(codes)} and names {sorted(named)}")
    return found
