"""Backs a large market up while somebody writes, restores it on both databases, and checks the copies.

    .venv/bin/python -m benchmarks.backup_large [--firms 2500 --needs 5000 --achievements 10000]

Prints the sizes and the seconds of every step (wall and processor time of the command), how many transactions the writer
committed meanwhile, and whether each restored copy passes `flask --app wsgi verify` and holds whole transactions only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Self

from sqlalchemy import create_engine, text

from tests.cluster import Cluster

ROOT = Path(__file__).resolve().parents[1]


def flask(url: str, home: Path, *words: str) -> tuple[str, float, float]:
    """Run a command of the program; what it printed, its seconds by the clock and of the processor."""
    home.mkdir(exist_ok=True)
    given = (f"DATABASE_URL={url.replace('+psycopg', '')}", f"DATA_DIR={home}", "JOBS=off")
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(  # noqa: S603 - our own commands
        ["env", *given, sys.executable, "-m", "flask", "--app", "wsgi", *words],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        sys.exit(f"{' '.join(words)} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return ended.stdout, time.perf_counter() - since, spent


class Writer:
    """Commits transactions of two rows in two tables, as fast as it can, until told to stop."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        self._told = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.commits = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._told.set()
        self._thread.join()
        self._engine.dispose()

    def _write(self) -> None:
        while not self._told.is_set():
            name = f"pair {self.commits}"
            with self._engine.begin() as connection:
                connection.execute(text("INSERT INTO serial (series, last) VALUES (:name, 1)"), {"name": name})
                connection.execute(
                    text("INSERT INTO lease (name, done_mark, last_error) VALUES (:name, '', '')"), {"name": name}
                )
            self.commits += 1


def pairs(url: str) -> tuple[int, int]:
    """How many halves of the writer's transactions are there, in each of the two tables."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            int(connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {column} LIKE 'pair %'")) or 0)  # noqa: S608
            for table, column in (("serial", "series"), ("lease", "name"))
        ]
    engine.dispose()
    return found[0], found[1]


def told(what: str, took: tuple[str, float, float], more: str = "") -> None:
    """Print one step."""
    print(f"  {what:<34} {took[1]:6.1f} s by the clock, {took[2]:5.1f} s of the processor {more}")


def measure(kind: str, url: str, targets: dict[str, str], home: Path, size: list[str]) -> bool:
    """One database: fill, back up while writing, restore on both, check."""
    print(kind)
    flask(url, home / kind, "db", "upgrade")
    told("demo large", flask(url, home / kind, "demo", "large", *size))
    file = home / f"{kind}.backup"
    with Writer(url) as writer:
        time.sleep(0.5)
        before = writer.commits
        took = flask(url, home / kind, "backup", str(file), "--json")
        meanwhile = writer.commits - before
    said: dict[str, Any] = json.loads(took[0])
    told(
        "backup while writing",
        took,
        f"({said['rows']} rows, {said['bytes'] / 1e6:.1f} MB, {meanwhile} commits meanwhile)",
    )
    good = meanwhile > 0
    for other, target in targets.items():
        place = home / f"{kind} on {other}"
        told(f"restore on {other}", flask(target, place, "restore", str(file)))
        took = flask(target, place, "verify", "--json")
        faults = json.loads(took[0])["faults"]
        series, leases = pairs(target)
        told(f"verify on {other}", took, f"({faults} faults, {series} and {leases} halves of transactions)")
        good = good and faults == 0 and series == leases >= before
    return good


def main() -> None:
    """Measure both databases, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("firms", 2500), ("needs", 5000), ("achievements", 10000)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = vars(parser.parse_args())
    size = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    print("python -m benchmarks.backup_large", *size, f"(load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
    cluster = Cluster()
    try:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            good = [
                measure(kind, url, {
                    "sqlite": f"sqlite:///{home / f'{kind} restored.db'}",
                    "postgresql": cluster.create(f"{kind}_restored"),
                }, home, size)
                for kind, url in (
                    ("sqlite", f"sqlite:///{home / 'source.db'}"),
                    ("postgresql", cluster.create("source")),
                )
            ]  # fmt: skip
    finally:
        cluster.stop()
    print("every copy is whole" if all(good) else "A COPY IS NOT WHOLE")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
