"""Measures how many letters a second one worker brings to a local mail server, beside a plain loop in the same run.

usage: python -m benchmarks.letters_speed [--letters 2000] [--rounds 3] [--databases sqlite postgresql]

Ours is ``app.jobs.deliver`` as it runs in service: claims, rules, attempts, a message with text and HTML. The reference is the
plainest loop that loses nothing: one table, claim and commit, send over one kept connection, mark and commit, with the
drivers alone. Both write to the same kind of database with every commit synced to disk (PostgreSQL: fsync on) and to
the same counting SMTP server in a process of its own. Rounds alternate; printed are the medians of letters per second of wall
time and the processor time per letter of the sending process. Bars: 300 a second on SQLite, 100 on PostgreSQL.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import smtplib
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from email.mime.text import MIMEText
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from app.domain import clock
from app.extensions import db
from app.factory import create_app
from app.jobs import deliver
from tests import cluster as clusters
from tests import senders
from tests.conftest import settings_for, upgrade
from tests.postbox import Ledger, PostboxServer

BARS = {"sqlite": 300, "postgresql": 100}
Measured = tuple[float, float]


def serve(pipe: Connection) -> None:
    """The mail server's process: tell the port, then how many letters came whenever asked."""
    ledger = Ledger()
    server = PostboxServer(ledger)
    pipe.send(ledger.port)
    while pipe.recv():
        pipe.send(ledger.total)
    server.stop()


def measured(work: Callable[[], int], letters: int) -> Measured:
    """Letters per second of wall time and milliseconds of processor time per letter."""
    wall, processor = time.perf_counter(), time.process_time()
    sent = work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if sent != letters:
        raise RuntimeError(f"{sent} of {letters} letters left")
    return letters / wall, processor / letters * 1000


def ours(url: str, home: Path, port: int, letters: int) -> Measured:
    """The worker of the program."""
    upgrade(url, home)
    app = create_app(settings_for(url, home, MAIL_PORT=str(port)))
    senders.post(app, letters)
    with app.app_context():
        found = measured(lambda: deliver.drain(clock.now()).sent, letters)
        db.engine.dispose()
    return found


def plain(connection: Any, mark: str, port: int, letters: int) -> Measured:
    """The loop that does nothing but claim, send and mark, with a commit for each."""
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, recipient TEXT, body TEXT, state TEXT)")
    rows = [(number, f"guest{number}@cast.test", "正文" * 40, "waiting") for number in range(letters)]
    cursor.executemany(f"INSERT INTO plain VALUES ({mark}, {mark}, {mark}, {mark})", rows)  # noqa: S608
    connection.commit()

    def work() -> int:
        sent = 0
        with smtplib.SMTP("127.0.0.1", port, "localhost") as line:
            while True:
                cursor.execute("SELECT id, recipient, body FROM plain WHERE state = 'waiting' ORDER BY id LIMIT 1")
                row = cursor.fetchone()
                if row is None:
                    return sent
                cursor.execute(f"UPDATE plain SET state = 'taken' WHERE id = {mark}", (row[0],))  # noqa: S608
                connection.commit()
                message = MIMEText(row[2], "plain", "utf-8")
                message["Subject"], message["To"] = "letter", row[1]
                message["Message-ID"] = f"<plain.{row[0]}@localhost>"
                line.sendmail("market@localhost", [row[1]], message.as_bytes())
                cursor.execute(f"UPDATE plain SET state = 'sent' WHERE id = {mark}", (row[0],))  # noqa: S608
                connection.commit()
                sent += 1

    return measured(work, letters)


def round_on(
    kind: str, home: Path, server: clusters.Cluster | None, port: int, letters: int
) -> tuple[Measured, Measured]:
    """Both sides once, each on a fresh database."""
    if kind == "sqlite":
        with sqlite3.connect(home / "plain.db") as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            reference = plain(connection, "?", port, letters)
        return ours(f"sqlite:///{home / 'ours.db'}", home, port, letters), reference
    assert server is not None
    names = [f"{side}_{home.name}".lower() for side in ("plain", "ours")]
    urls = [server.create(name) for name in names]
    with psycopg.connect(urls[0].replace("+psycopg", "")) as connection:
        reference = plain(connection, "%s", port, letters)
    found = ours(urls[1], home, port, letters)
    for name in names:
        server.drop(name)
    return found, reference


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", nargs="+", choices=list(BARS), default=list(BARS))
    given = parser.parse_args(arguments)
    clusters.SPEED = {"shared_buffers": "64MB"}  # every commit is synced, as in service
    ends = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(ends[1],))
    process.start()
    port = ends[0].recv()
    server = clusters.Cluster() if "postgresql" in given.databases else None
    print(
        f"{given.letters} letters, {given.rounds} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    try:
        for kind in given.databases:
            with tempfile.TemporaryDirectory() as folder:
                rounds = []
                for number in range(given.rounds):
                    home = Path(folder) / f"round{number}"
                    home.mkdir()
                    rounds.append(round_on(kind, home, server, port, given.letters))
            told = {
                side: (statistics.median(one[at][0] for one in rounds), statistics.median(one[at][1] for one in rounds))
                for at, side in enumerate(("ours", "plain loop"))
            }
            for side, (speed, processor) in told.items():
                print(f"{kind:<11} {side:<11} {speed:7.0f} letters/s   {processor:5.2f} ms of processor time each")
            ratio = told["ours"][0] / told["plain loop"][0]
            print(
                f"{kind:<11} ratio {ratio:.2f}, bar {BARS[kind]} letters/s: {'met' if told['ours'][0] >= BARS[kind] else 'MISSED'}"
            )
    finally:
        ends[0].send(False)
        process.join(10)
        if server is not None:
            server.stop()


if __name__ == "__main__":
    main()
