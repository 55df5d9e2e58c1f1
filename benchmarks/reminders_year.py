"""Plays a year of reminders through the program and compares the letters with an independent recomputation.

usage: python -m benchmarks.reminders_year [--events 60] [--guests 3000] [--invitations 230] [--seed 5] [--folder F]

A season on SQLite (in F, by default a temporary folder) with guests who answer and change their answers, events that move or are
cancelled, reminders that are switched off, and three times without service: an hour and three days without the worker, a day
without the mail server. The background work looks every half hour between 7:00 and 21:00; its letters go to a local SMTP
server. `benchmarks.reminders_expected` says from the record of what happened which letters should have left and when; printed
is how many are missing, too many, later than a tick, or of other words than they should have.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import flask_migrate

import config
from app.extensions import db
from app.factory import create_app
from benchmarks.reminders_expected import Difference, compare, expected
from benchmarks.reminders_season import Played, Season, Size, smtp

SHOWN = 5
ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Play and compare; the exit code is 1 when there is any difference."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders_year")
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--guests", type=int, default=3000)
    parser.add_argument("--invitations", type=int, default=230)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    began, worked = time.monotonic(), time.process_time()
    size = Size(given.events, given.guests, given.invitations)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        played = play(size, given.seed, Path(folder))
    found = difference(played, size)
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{given.events} events, {given.guests} guests, {given.events * given.invitations} invitations, seed {given.seed}"
    )
    print(f"{len(played.deeds)} deeds, {played.ticks} ticks; {len(played.sent)} reminders sent, {played.letters} letters in all, "
          f"{played.received} taken by the mail server")  # fmt: skip
    for one in played.outages:
        away = "worker" if one.worker else "mail server"
        print(f"without the {away}: {one.first:%Y-%m-%d %H:%M} to {one.last:%Y-%m-%d %H:%M}")
    print(", ".join(f"{count} {name}" for name, count in found.counts.items()))
    for name in found.counts:
        for key in getattr(found, name)[:SHOWN]:
            print(f"  {name}: {key}")
    print(
        f"{time.process_time() - worked:.0f} s of processor time, {time.monotonic() - began:.0f} s in all; load {load}"
    )
    return int(any(found.counts.values()) or played.letters != played.received)


def play(size: Size, seed: int, folder: Path) -> Played:
    """The season on the database market.db in the folder, which is made if it is not there."""
    with smtp() as (sink, port):
        environ = {
            "DATABASE_URL": f"sqlite:///{folder / 'market.db'}", "DATA_DIR": str(folder), "SECRET_KEY": "0" * 32,
            "JOBS": "off", "FLASK_RUN_FROM_CLI": "true", "MAIL_PORT": str(port),
        }  # fmt: skip
        app = create_app(config.load(environ))
        with app.app_context():
            if not (folder / "market.db").exists():
                flask_migrate.upgrade(directory=str(ROOT / "migrations"))
            try:
                return Season(size, seed).play(sink)
            finally:
                db.session.remove()
                db.engine.dispose()


def difference(played: Played, size: Size) -> Difference:
    """What was sent against what should have been."""
    return compare(expected(played.deeds, played.runs), played.sent, size.tick)


if __name__ == "__main__":
    raise SystemExit(main())
