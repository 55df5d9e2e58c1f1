"""Lets 200 guests answer for ten seats at once from four processes, fifty times, and looks at what everybody was told.

usage: python -m benchmarks.seats_rush [--database sqlite|postgresql|both] [--rounds 50] [--guests 200] [--seats 10]
       [--processes 4] [--naive]

Each round is a new event. Every guest says yes through the page behind the signed link, then reads that page. A good round has
exactly as many guests seated as there are seats, by the event's count and by the invitations; every other guest waits, the places
told are 1, 2, 3 ... without gap or repetition, and what each was told is what the database holds. `--naive` switches the locks
off: the twin that must go wrong. Ends with 1 when a round is not good (with `--naive`: when all are).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.extensions import db
from app.factory import create_app
from tests.cluster import Cluster
from tests.conftest import settings_for, upgrade
from tests.rush import Rush, faults


def main(arguments: Sequence[str] | None = None) -> None:
    """Play the rounds and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seats_rush")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    for name, value in (("rounds", 50), ("guests", 200), ("seats", 10), ("processes", 4)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--naive", action="store_true")
    given = parser.parse_args(arguments)
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    print(f"command: python -m benchmarks.seats_rush {' '.join(sys.argv[1:])}".rstrip())
    bad = [_play(kind, given) for kind in kinds]
    sys.exit(0 if all(count > 0 for count in bad) == given.naive and (given.naive or not any(bad)) else 1)


def _play(kind: str, given: argparse.Namespace) -> int:
    """One database; how many rounds were not good."""
    with tempfile.TemporaryDirectory() as folder, _database(kind, Path(folder)) as url:
        app = create_app(settings_for(url, Path(folder) / "data"))
        began = time.monotonic()
        with Rush(app, Path(folder) / "data", given.processes, naive=given.naive) as rush:
            rounds = [rush.play(number, given.guests, given.seats) for number in range(1, given.rounds + 1)]
        seconds = time.monotonic() - began
        with app.app_context():
            db.engine.dispose()
    bad = sum(bool(one.faults) for one in rounds)
    seated = sorted({one.held for one in rounds})
    told = sum(len(one.told) for one in rounds)
    print(
        f"{kind}: {len(rounds)} rounds, {told} answers, seats given away per round {seated} of {given.seats}, "
        f"{bad} rounds not good, {seconds:.0f} s wall time",
        flush=True,
    )
    for fault in faults(rounds)[:20]:
        print(f"  {fault}")
    return bad


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'market.db'}"
        upgrade(url, folder)
        yield url
        return
    cluster = Cluster()
    try:
        url = cluster.create("rush")
        upgrade(url, folder)
        yield url
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
