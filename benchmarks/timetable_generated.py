"""Builds the generated sessions three ways and prints value, gaps and time beside each other.

usage: python benchmarks/timetable_generated.py DATA_FOLDER [--seconds S] [--seed N] [--only PART...]

DATA_FOLDER holds make_instances.py and check_timetable.py. First come first served and greedy by score are simple
programmes in this file: each wish in turn takes the first slot free for both with a free table. "first" is the first
answer (no work on gaps), "ours" the answer after at most --seconds. Breaks are per person; the bound of breaks is for
the meetings we chose. CPU seconds are the process's own; the peak memory is that of the whole run up to the row.
"bar" is what the gaps may be at most, in percent of first come first served; where even the bound of breaks is above
it, no timetable of these meetings can keep it, and the row says so. On a busy machine give more --seconds: the effort
is limited by --proposals, so that the result and the CPU seconds stay the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.board import Board
from scheduler.bounding import fewest_breaks
from scheduler.instances import load, read_spec, written
from scheduler.measures import figures
from scheduler.model import SessionSpec, Timetable
from scheduler.rules import Ground
from scheduler.timetable import build

DESIGN = {
    "i-medium-a100-t100": (100.0, 0.00),
    "i-tight-a80-t100": (100.0, 0.84),
    "ii-medium-a100-t100": (100.0, 0.01),
    "ii-tight-a100-t100": (100.0, 0.13),
    "ii-tight-a80-t100": (100.0, 0.89),
    "iii-tight-a100-t100": (100.0, 0.11),
    "iii-tight-a80-t60": (99.95, 0.87),
    "iv-tight-a100-t100": (100.0, 0.18),
    "iv-tight-a80blk-t100": (100.0, 0.72),
}
"""Score in percent of the bound and breaks per person after ten seconds, from section 3.1 of the recommended design."""

BARS = {"80 %": 40, "full, few tables": 15, "full": 10}
"""The most breaks after ten seconds, in percent of those of first come first served, by kind of session."""


@dataclass(frozen=True, slots=True)
class Simple:
    """What a simple programme reaches: total score and breaks."""

    score: int
    breaks: int


def in_turn(spec: SessionSpec, order: Iterable[int]) -> Simple:
    """Each wish in turn takes the first slot that is open, free for both and has a table."""
    board = Board(Ground(spec))
    for m in order:
        mask = board.open_to(m) if board.allowed(m) else 0
        if mask:
            board.put(m, (mask & -mask).bit_length() - 1)
    counted = figures(spec, board.placed())
    return Simple(counted["score"], counted["breaks"])


def breaks_bound(spec: SessionSpec, timetable: Timetable) -> int:
    """The lower bound of breaks for the meetings of a timetable."""
    board = Board(Ground(spec))
    for place in timetable.placed:
        board.put(board.index[place.meeting], place.slot)
    return max(timetable.breaks_bound, fewest_breaks(board, 10.0))


def accepted(checker: Path, instance: Path, spec: SessionSpec, timetable: Timetable) -> bool:
    """Whether the independent checker finds no broken rule and no false figure."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "timetable.json"
        answer = written(spec, timetable)
        answer["claims"].pop("bound", None)
        file.write_text(json.dumps(answer), encoding="utf-8")
        command = [sys.executable, str(checker), str(instance), str(file)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own command


def row(file: Path, options: argparse.Namespace, ratios: dict[str, list[float]]) -> tuple[str, bool]:
    """One session measured: the printed row and whether all is well."""
    spec = read_spec(load(file))
    name = spec.name.removeprefix("gen-").rsplit("-", 1)[0]
    numbers = list(range(len(spec.meetings)))
    Random(options.seed).shuffle(numbers)
    served = in_turn(spec, numbers)
    greedy = in_turn(spec, sorted(numbers, key=lambda m: -spec.meetings[m].score))
    cpu, wall = process_time(), perf_counter()
    first = build(spec, seed=options.seed, time_limit=options.seconds, proposals_per_meeting=0)
    first_cpu, first_wall = process_time() - cpu, perf_counter() - wall
    cpu = process_time()
    ours = build(spec, seed=options.seed, time_limit=options.seconds, proposals_per_meeting=options.proposals)
    cpu = process_time() - cpu
    fine = all(accepted(options.data / "check_timetable.py", file, spec, timetable) for timetable in (first, ours))
    people, breaks = len(spec.participants), ours.claims["breaks"]
    ratio = breaks / max(1, served.breaks)
    kind = "80 %" if "-a80" in name else "full, few tables" if "-t60" in name else "full"
    ratios.setdefault(kind, []).append(ratio)
    fewest = breaks_bound(spec, ours)
    bar = "met" if 100 * ratio <= BARS[kind] else "MISSED"
    if bar == "MISSED" and 100 * fewest > BARS[kind] * served.breaks:
        bar = f"impossible, at least {100 * fewest / served.breaks:.1f}"
    share, design = 100 * ours.claims["score"] / ours.bound, DESIGN.get(name)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = [
        name,
        f"{100 * served.score / ours.bound:.1f}",
        f"{100 * greedy.score / ours.bound:.1f}",
        f"{100 * first.claims['score'] / first.bound:.3f}",
        f"{share:.3f}",
        f"{design[0]:.2f}" if design else "",
        f"{first_cpu:.2f}",
        f"{first_wall:.2f}",
        f"{served.breaks / people:.2f}",
        f"{breaks / people:.3f}",
        f"{fewest / people:.3f}",
        f"{design[1]:.2f}" if design else "",
        f"{100 * ratio:.1f}",
        f"{BARS[kind]}: {bar}",
        f"{cpu:.1f}",
        f"{memory:.0f}",
        "yes" if fine else "NO",
    ]
    return "| " + " | ".join(cells) + " |", fine and share >= 99.9


def main() -> int:
    """Prints one row per session and the ratios of gaps; exit code 1 if one is refused or below 99.9 % of its bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--proposals", type=int, default=200_000, help="per placed meeting")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help="parts of names, such as iii- or a80")
    options = parser.parse_args()
    print(f"{' '.join(sys.argv)}; load of the machine before: {os.getloadavg()[0]:.1f}")
    print(
        "| session | score %: served | greedy | first | ours | design | first CPU s | first s "
        "| breaks: served | ours | bound | design | % of served | bar | CPU s | MB | checked |"
    )
    print("|" + "---|" * 17)
    bad = 0
    ratios: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(options.data / "make_instances.py"), folder, "1"]
        subprocess.run(command, check=True)  # noqa: S603 - our own command
        files = sorted(Path(folder).glob("*.json"))
        build(read_spec(load(files[0])), seed=0)  # loads scipy and numba
        for file in files:
            if options.only and not any(part in file.name for part in options.only):
                continue
            line, fine = row(file, options, ratios)
            bad += not fine
            print(line, flush=True)
    for kind, values in sorted(ratios.items()):
        mean, largest = sum(values) / len(values), max(values)
        print(f"gaps in % of first come first served, {kind}: mean {100 * mean:.1f}, largest {100 * largest:.1f}")
    print(f"{bad} refused or below 99.9 % of the bound")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
