"""Builds and repairs thousands of random sessions, impossible ones included, and reports every fault.

usage: python benchmarks/timetable_random.py [--examples N]

A fault is a crash, a broken hard rule that was not called so, a reason that is not true, a wrong figure, or a repair
that moves what is over. Hypothesis shrinks the first one to the smallest session that shows it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.model import SessionSpec
from tests.scheduler.random_days import faults_of_build, faults_of_repair
from tests.scheduler.sessions import broken, sessions


def main() -> int:
    """Prints how many sessions were tried; ends with Hypothesis' report when one of them shows a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000)
    options = parser.parse_args()
    seen: Counter[str] = Counter()

    @settings(max_examples=options.examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(spec=sessions(), seed=st.integers(0, 10_000))
    def tried(spec: SessionSpec, seed: int) -> None:
        faults = [*faults_of_build(spec, seed % 3), *faults_of_repair(spec, seed)]
        assert not faults, faults
        seen["sessions"] += 1
        seen["with something that must stand"] += bool(broken(spec, ()) & {"C10"})

    cpu = process_time()
    tried()
    numbers = ", ".join(f"{number} {what}" for what, number in seen.items())
    print(f"{numbers}; no fault; {process_time() - cpu:.0f} CPU s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
