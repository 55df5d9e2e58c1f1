"""Plans a season, checks the plan with the checker of its own, and compares it with its bounds and with greedy.

usage: python -m benchmarks.season_plan SEASON.json [--seconds S] [--seed N] [--free-bound]

Two bounds: of the relaxed programme for the experts' visits the plan has, and (--free-bound, about a minute) with the
experts' visits free. The reference figures are those of the same season in the recommended design.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.instances import load
from scheduler.season import plan_season
from scheduler.season_check import check_season
from scheduler.season_draft import Draft
from scheduler.season_exact import relaxed_bound
from scheduler.season_instances import plan_written, read_season

REFERENCE = "reference (same season, other rosters): greedy 724,468; annealing + programme 905,378-907,957 in 23-36 s"


def main() -> int:
    """Prints the figures; exit code 1 when a rule is broken or the plan is more than 1 % below its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("season", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--free-bound", action="store_true")
    options = parser.parse_args()
    data = cast("dict[str, Any]", load(options.season))
    spec = read_season(data)
    sizes = (len(spec.sessions), len(data["enterprises"]), len(data["achievements"]), len(spec.pairings))
    print("{} sessions x {} enterprises x {} achievements x {} pairings".format(*sizes))
    draft = Draft(spec)
    cpu = process_time()
    for p in sorted(range(len(spec.pairings)), key=lambda p: -spec.pairings[p].score):
        draft.place_best(p)
    print(f"greedy by score: {draft.objective:,.0f} in {process_time() - cpu:.2f} CPU s")
    cpu, wall = process_time(), perf_counter()
    plan = plan_season(spec, seed=options.seed, seconds=options.seconds)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    breaches, figures = check_season(data, plan_written(str(data.get("name", "")), plan))
    kind = "rosters given" if plan.rosters_given else "rosters free"
    gap = 1.0 if plan.gap is None else plan.gap
    print(f"plan: {plan.objective:,.0f}, {len(plan.assigned)} pairings, in {cpu:.1f} CPU s ({wall:.1f} s wall)")
    print(f"bound ({kind}): {plan.bound or 0:,.0f}, gap {100 * gap:.2f} %")
    print(f"checker: {len(breaches)} breaches, recomputed {figures['objective']:,.0f}")
    if options.free_bound:
        free = relaxed_bound(Draft(spec), None, 600.0)
        if free is not None:
            print(f"bound (rosters free, relaxed): {free:,.0f}, gap {100 * (1 - plan.objective / free):.2f} %")
    print(REFERENCE)
    return 1 if breaches or gap > 0.01 else 0


if __name__ == "__main__":
    sys.exit(main())
