"""Proves the fewest breaks of the published sessions and prints the result beside the published and reference ones.

usage: python benchmarks/timetable_literature.py DATA_FOLDER [--seconds S] [--seed N] [--only NAME...]

DATA_FOLDER holds literature/*.json, check_timetable.py and the README with the table of the reference run. Seconds are
elapsed ones, from reading the session to the proof; CPU seconds add up all processes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.instances import load, read_spec, written
from scheduler.model import SessionSpec, Timetable
from scheduler.proving import Proof, prove
from scheduler.timetable import build

ROW = re.compile(r"^\| (?P<name>\S+\.original) \|.*\| (?P<optimum>\d+) \| (?P<status>[^|]+) \| (?P<seconds>[\d.]+) \|$")


@dataclass(frozen=True, slots=True)
class Reference:
    """What the data's README says: the published optimum, and whether and when the reference run proved it."""

    optimum: int
    proven: bool
    seconds: float


def references(readme: Path) -> dict[str, Reference]:
    """The table of the reference run by name of instance."""
    rows = (ROW.match(line.strip()) for line in readme.read_text(encoding="utf-8").splitlines())
    return {
        row["name"]: Reference(int(row["optimum"]), row["status"].strip() == "proven", float(row["seconds"]))
        for row in rows
        if row
    }


def accepted(checker: Path, instance: Path, spec: SessionSpec, timetable: Timetable) -> bool:
    """Whether the independent checker finds no broken rule and no false figure."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "timetable.json"
        answer = written(spec, timetable)
        answer["claims"].pop("bound", None)
        file.write_text(json.dumps(answer), encoding="utf-8")
        command = [sys.executable, str(checker), str(instance), str(file)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own command


def cpu_seconds() -> float:
    """Processor time of this process and of all that ended."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def solve(file: Path, seconds: float, seed: int) -> tuple[SessionSpec, Proof, float]:
    """A session, its proof and the seconds it took in all."""
    begun = perf_counter()
    spec = read_spec(load(file))
    timetable = build(spec, seed=seed, time_limit=seconds / 6, proposals_per_meeting=0)
    proof = prove(spec, timetable, seconds - (perf_counter() - begun), seed)
    return spec, proof, perf_counter() - begun


def main() -> int:
    """Prints one row per session and the totals; exit code 1 if the checker refuses a timetable or a proof is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    known = references(options.data / "README.md")
    print(f"{' '.join(sys.argv)}; load of the machine before: {os.getloadavg()[0]:.1f}")
    print("| session | published | reference | s | breaks | bound | status | s | CPU s | checked |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    ours = theirs = 0.0
    proven = beyond = wrong = 0
    for file in sorted((options.data / "literature").glob("*.json")):
        if options.only and not any(file.name.startswith(f"{name}.") for name in options.only):
            continue
        cpu = cpu_seconds()
        spec, proof, seconds = solve(file, options.seconds, options.seed)
        cpu = cpu_seconds() - cpu
        reference = known[spec.name]
        fine = accepted(options.data / "check_timetable.py", file, spec, proof.timetable)
        complete = len(proof.timetable.placed) == len(spec.meetings)
        done = proof.status == "optimal" and complete
        wrong += not fine or (done and proof.breaks != reference.optimum)
        ours, theirs = ours + seconds, theirs + reference.seconds
        proven += done and reference.proven
        beyond += done and not reference.proven
        print(
            f"| {spec.name} | {reference.optimum} | {'proven' if reference.proven else 'not in 60 s'} "
            f"| {reference.seconds:.1f} | {proof.breaks} | {proof.lower_bound} | {proof.status} | {seconds:.1f} "
            f"| {cpu:.1f} | {'yes' if fine and complete else 'NO'} |",
            flush=True,
        )
    print(f"\nproven: {proven} that the reference proves, {beyond} that it does not; {wrong} wrong or refused")
    print(f"{ours:.1f} s in all, the reference {theirs:.1f} s: {ours / max(theirs, 0.01):.2f} times")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
