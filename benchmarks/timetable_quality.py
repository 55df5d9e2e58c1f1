"""Builds a timetable for every instance in the folders given and prints what it reached and how long it took.

usage: python benchmarks/timetable_quality.py FOLDER_OR_FILE... [--time-limit S] [--seed N]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.instances import load, read_spec
from scheduler.rules import clashes
from scheduler.timetable import build


def main() -> int:
    """Prints one row per instance; exit code 1 when any timetable has a clash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="+", type=Path)
    parser.add_argument("--time-limit", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    files = [file for path in options.instances for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    print(
        "| instance | candidates | placed | score % of bound | status | breaks | table moves | CPU s | wall s | clashes |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    clashing = 0
    for file in files:
        spec = read_spec(load(file))
        cpu, wall = process_time(), perf_counter()
        timetable = build(spec, seed=options.seed, time_limit=options.time_limit)
        cpu, wall = process_time() - cpu, perf_counter() - wall
        found = len(clashes(spec, timetable.placed))
        clashing += found > 0
        claims = timetable.claims
        share = 100 * claims["score"] / timetable.bound if timetable.bound else 100.0
        print(
            f"| {spec.name} | {len(spec.meetings)} | {claims['scheduled']} | {share:.2f} | {timetable.status} "
            f"| {claims['breaks']} | {claims['expert_table_moves']} | {cpu:.1f} | {wall:.1f} | {found} |",
            flush=True,
        )
    print(f"\n{len(files)} instances, {clashing} with clashes")
    return 1 if clashing else 0


if __name__ == "__main__":
    sys.exit(main())
