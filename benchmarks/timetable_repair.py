"""Repairs a published timetable after random events and compares the changes with the fewest possible.

usage: python benchmarks/timetable_repair.py INSTANCE.json --checker CHECK_TIMETABLE.PY [--events N] [--sample N] [--seed N]

Every event meets the published timetable anew. The fewest changes are found by CP-SAT (ortools) for a sample: the
smallest number of published meetings that are moved or dropped while at least as many of them are still held as in the
repair. "must change" is the number of meetings that no timetable could leave where they are: a lower bound without it.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler import incidents
from scheduler.instances import described, load, read_spec
from scheduler.measures import slots_of
from scheduler.model import Meeting, Participant, Placed, SessionSpec
from scheduler.repairing import Repaired, repair
from scheduler.rules import Ground, open_slots
from scheduler.timetable import build

KINDS = ("enterprise cancels", "expert cancels", "late", "leaves early", "table breaks", "slot lost", "walk-in")
WEIGHTS = (6, 3, 4, 3, 2, 1, 3)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: the session as it is now, and the slot in which it became known."""

    kind: str
    spec: SessionSpec
    now_slot: int


def main() -> int:
    """Prints one row per kind of event and the comparison with the fewest changes; exit code 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path)
    parser.add_argument("--checker", type=Path, required=True)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--exact-seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    spec = read_spec(load(options.instance))
    check = _checker(options.checker)
    old = build(spec, seed=options.seed, time_limit=10.0).placed
    repair(spec, old)  # loads SciPy
    rng = Random(options.seed)
    events = [_event(spec, old, rng) for _ in range(options.events)]
    print(f"{spec.name}: {len(spec.meetings)} wishes, {len(old)} published meetings, {len(events)} events\n")
    rows: list[tuple[Event, Repaired, float, float, int]] = []
    wrong = 0
    for event in events:
        wall, cpu = perf_counter(), process_time()
        found = repair(event.spec, old, now_slot=event.now_slot)
        wall, cpu = perf_counter() - wall, process_time() - cpu
        bad = check(described(event.spec), _timetable(found.timetable.placed), _timetable(old))
        wrong += bool(bad)
        rows.append((event, found, wall, cpu, _must_change(event, old)))
    slow = _print_kinds(rows)
    over = _print_exact(rows, old, rng.sample(range(len(rows)), min(options.sample, len(rows))), options.exact_seconds)
    print(
        f"\n{wrong} answers with a violation, {slow} slower than 1 s of processor time, {over} above 1.5 x the fewest changes"
    )
    return 1 if wrong or slow or over else 0


def _checker(path: Path) -> Any:
    loaded = importlib.util.spec_from_file_location("check_timetable", path)
    assert loaded is not None
    assert loaded.loader is not None
    module = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(module)
    return lambda instance, timetable, previous: module.check(instance, timetable, previous)[0]


def _timetable(placed: Sequence[Placed]) -> dict[str, Any]:
    return {"assignments": [{"meeting": p.meeting, "slot": p.slot, "table": p.table} for p in placed]}


def _event(spec: SessionSpec, old: Sequence[Placed], rng: Random) -> Event:
    kind = rng.choices(KINDS, WEIGHTS)[0]
    now = rng.randrange(spec.slots // 2)
    enterprises = [person.id for person in spec.participants if person.side == "E"]
    experts = [person.id for person in spec.participants if person.side == "X"]
    anybody = rng.choice(enterprises if rng.random() < 0.7 else experts)
    if kind == "enterprise cancels":
        return Event(kind, incidents.cancelled(spec, rng.choice(enterprises), old, now), now)
    if kind == "expert cancels":
        return Event(kind, incidents.cancelled(spec, rng.choice(experts), old, now), now)
    if kind == "late":
        return Event(kind, incidents.late(spec, anybody, rng.randrange(1, spec.slots), old), 0)
    if kind == "leaves early":
        leaves = rng.randrange(now + 1, spec.slots)
        return Event(kind, incidents.leaving(spec, anybody, leaves, old), now)
    if kind == "table breaks":
        return Event(
            kind, incidents.without_table(spec, rng.randrange(spec.tables[now]), old, range(now, spec.slots)), now
        )
    if kind == "slot lost":
        return Event(kind, incidents.without_slot(spec, rng.randrange(now, spec.slots), old), now)
    there = frozenset(range(now, spec.slots))
    wishes = [
        Meeting(f"walk-in-{n}", "walk-in", x, rng.randrange(1, 1000)) for n, x in enumerate(rng.sample(experts, 6))
    ]
    return Event(kind, incidents.walk_in(spec, Participant("walk-in", "E", there, 4), wishes), now)


def _must_change(event: Event, old: Sequence[Placed]) -> int:
    """How many published meetings cannot stay where they are, whatever else changes."""
    ground = Ground(event.spec)
    number, load = 0, [0] * event.spec.slots
    for place in old:
        stays = open_slots(ground, ground.meetings[place.meeting]) >> place.slot & 1
        number += not stays
        load[place.slot] += bool(stays)
    return number + sum(
        max(0, used - event.spec.room(slot)) for slot, used in enumerate(load) if slot >= event.now_slot
    )


def _print_kinds(rows: Sequence[tuple[Event, Repaired, float, float, int]]) -> int:
    print("| event | number | CPU s median (max) | wall s max | must change | moved | dropped | added | people told |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        own = [row for row in rows if row[0].kind == kind]
        if not own:
            continue
        cpu = [row[3] for row in own]
        diffs = [row[1].diff for row in own]
        print(
            f"| {kind} | {len(own)} | {median(cpu):.2f} ({max(cpu):.2f}) | {max(row[2] for row in own):.2f} "
            f"| {sum(row[4] for row in own)} | {sum(len(d.moved) for d in diffs)} "
            f"| {sum(len(d.dropped) for d in diffs)} | {sum(len(d.added) for d in diffs)} "
            f"| {median([len(d.affected) for d in diffs]):.0f} |"
        )
    ratios = [row[1].diff.changed / row[4] for row in rows if row[4]]
    needless = sum(1 for row in rows if not row[4] and row[1].diff.changed)
    print(
        f"\nall {len(rows)} events: changed / must change at most {max(ratios, default=0):.2f} "
        f"(median {median(ratios or [0]):.2f}); {needless} events changed something without need"
    )
    return sum(1 for row in rows if row[3] > 1.0)


def _print_exact(
    rows: Sequence[tuple[Event, Repaired, float, float, int]],
    old: Sequence[Placed],
    sample: Sequence[int],
    seconds: float,
) -> int:
    """Compares a sample with the fewest changes; how many are above 1.5 times as many."""
    print("\n| event | changed | fewest (bound) | CP-SAT | wall s |\n|---|---|---|---|---|")
    over = 0
    for number in sorted(sample):
        event, found, _wall, _cpu, lower = rows[number]
        changed = found.diff.changed
        wall = perf_counter()
        fewest, bound, status = _fewest(event, found, old, lower, seconds)
        over += changed > 1.5 * fewest
        print(
            f"| {number} {event.kind} | {changed} | {fewest} ({bound}) | {status} | {perf_counter() - wall:.1f} |",
            flush=True,
        )
    return over


def _fewest(event: Event, found: Repaired, old: Sequence[Placed], lower: int, seconds: float) -> tuple[int, int, str]:
    """(fewest changes found, proven bound, how) while as many published meetings are held as in the repair."""
    changed = found.diff.changed
    if changed <= lower:
        return changed, lower, "reached the lower bound"
    from ortools.sat.python import cp_model

    spec, ground = event.spec, Ground(event.spec)
    now = {place.meeting: place.slot for place in found.timetable.placed}
    model = cp_model.CpModel()
    stays: list[Any] = []
    held: list[Any] = []
    by_person: dict[tuple[str, int], list[Any]] = {}
    by_slot: dict[int, list[Any]] = {}
    for place in old:
        meeting = ground.meetings[place.meeting]
        mask = open_slots(ground, meeting)
        if place.slot < event.now_slot and mask >> place.slot & 1:
            mask = 1 << place.slot
        else:
            mask &= ~((1 << event.now_slot) - 1)
        own = {slot: model.new_bool_var("") for slot in slots_of(mask)}
        model.add_at_most_one(own.values())
        for slot, var in own.items():
            model.add_hint(var, now.get(place.meeting) == slot)
            by_slot.setdefault(slot, []).append(var)
            for person in (meeting.a, meeting.b):
                by_person.setdefault((person, slot), []).append(var)
        held.extend(own.values())
        if place.slot in own:
            stays.append(own[place.slot])
    for together in by_person.values():
        model.add_at_most_one(together)
    for slot, together in by_slot.items():
        if slot >= event.now_slot:
            model.add(sum(together) <= spec.room(slot))
    model.add(sum(held) >= len(old) - len(found.diff.dropped))
    model.minimize(len(old) - sum(stays))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return changed, lower, "no answer in time"
    return round(solver.objective_value), round(solver.best_objective_bound), solver.status_name(status).lower()


if __name__ == "__main__":
    sys.exit(main())
