"""Owns real sender processes that tests and benchmarks kill: they are started fast, watched through the mail server."""

from __future__ import annotations

import base64
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.settings import Settings
from app.extensions import db, writing
from app.factory import create_app
from app.jobs import deliver
from app.jobs.smtp import Postman
from app.letters.writing import Letter as Written
from app.models.letter import Letter, LetterAttempt
from app.services import outbox
from app.services.outbox import Claimed
from tests.postbox import Ledger

LEASE = timedelta(seconds=4)
"""Short, so that what a killed sender held is free again within the test."""

ROOT = Path(__file__).resolve().parent.parent
Work = Callable[[Settings], None]


def post(app: Flask, count: int) -> None:
    """Post so many letters at once, all due."""
    now = clock.now()
    with app.app_context(), writing() as session:
        for number in range(count):
            address = f"guest{number}@cast.test"
            letter = Written(f"kill:{number}", "test", address, "客人", f"第 {number} 封", "正文" * 40, "<p>正文</p>")
            assert outbox.post(session, letter, now)


def send(settings: Settings) -> None:
    """What a worker does: round after round, until it is killed."""
    app = create_app(settings)
    with app.app_context():
        while True:
            try:
                deliver.drain(clock.now(), lease=LEASE)
            except DBAPIError:  # the database is away: the runner's next tick looks again
                db.session.remove()
                time.sleep(0.2)
            time.sleep(0.02)


def send_unfenced(settings: Settings) -> None:
    """A twin without the fence: it never asks before the data leave whether its claim still stands."""
    app = create_app(settings)
    with app.app_context(), Postman(settings) as postman:
        bring = postman.bring
        postman.bring = lambda letter, now, may_send=None: bring(letter, now)  # type: ignore[method-assign]
        while True:
            deliver.Round(postman, clock.now(), lambda: False, outbox.Terms(lease=LEASE)).run()
            time.sleep(0.02)


def send_marking_first(settings: Settings) -> None:
    """A twin without the lock: what is marked as sent before it leaves is lost by a crash in between."""
    app = create_app(settings)
    with app.app_context(), Postman(settings) as postman:
        while True:
            with writing() as session:
                batch = _unsent(session, 5)
                for claimed in batch:
                    session.execute(update(Letter).where(Letter.id == claimed.id).values(sent_at=clock.now()))
            for claimed in batch:
                postman.bring(claimed, clock.now())
            time.sleep(0 if batch else 0.05)


def send_marking_last(settings: Settings) -> None:
    """A twin without the lock: what is marked as sent after a batch is sent again after a crash, and nothing says so."""
    app = create_app(settings)
    with app.app_context(), Postman(settings) as postman:
        while True:
            with writing() as session:
                batch = _unsent(session, 20)
            for claimed in batch:
                postman.bring(claimed, clock.now())
            with writing() as session:
                for claimed in batch:
                    session.execute(update(Letter).where(Letter.id == claimed.id).values(sent_at=clock.now()))
            time.sleep(0 if batch else 0.05)


def _unsent(session: Session, most: int) -> list[Claimed]:
    now = clock.now()
    rows = session.execute(
        select(*outbox._CARRIED).where(Letter.sent_at.is_(None)).order_by(Letter.id).limit(most)
    ).all()
    return [Claimed(**row._asdict(), token="twin", began_at=now) for row in rows]


@dataclass
class Found:
    """What the database and the mail server say in the end. All counts are of letters."""

    posted: int
    lost: int = 0
    untrue: int = 0
    unexplained: int = 0
    copies: int = 0
    uncertain: int = 0
    uncertain_arrived: int = 0
    records: int = 0
    kills: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """One line for a table."""
        return (
            f"{self.posted} letters, {self.kills} kills, {self.seconds:.1f} s: lost {self.lost}, copies {self.copies}, "
            f"unexplained {self.unexplained}, untrue rows {self.untrue}, uncertain {self.uncertain} "
            f"(of which arrived {self.uncertain_arrived}), uncertain records {self.records}"
        )


def run(app: Flask, ledger: Ledger, *, letters: int, kills: int, workers: int, seed: int, work: Work = send) -> Found:
    """Post letters, kill a random worker at seeded random points of the way, wait until nothing waits, and look."""
    settings: Settings = app.extensions["settings"]
    chance = random.Random(seed)
    points = sorted(chance.sample(range(1, letters * 19 // 20), kills))
    post(app, letters)
    began, killed = time.monotonic(), 0
    with Nursery() as nursery:
        crew = [nursery.start(work, settings) for _ in range(workers)]
        for point in points:
            _await(partial(_reached, ledger, point), 120)
            time.sleep(chance.random() * 0.004)
            place = chance.randrange(workers)
            os.kill(crew[place], signal.SIGKILL)
            crew[place] = nursery.start(work, settings)
            killed += 1
        _await(partial(_is_over, app), 180)
    found = look(app, ledger, letters)
    found.kills, found.seconds = killed, time.monotonic() - began
    return found


class Nursery:
    """One process that has imported everything and forks a worker whenever it is told: a new one costs milliseconds.

    It has one thread, so that forking it is safe; on leaving it and all its workers are killed.
    """

    def __enter__(self) -> Self:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.senders"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        return self

    def start(self, work: Work, settings: Settings) -> int:
        """Start a worker and return its process id."""
        order = base64.b64encode(pickle.dumps((work.__name__, settings))).decode()
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(f"{order}\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._mother.pid, signal.SIGKILL)
        self._mother.communicate()


def _be_mother() -> None:
    """Fork a worker for every line that comes in."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed ones
    for line in sys.stdin:
        name, settings = pickle.loads(base64.b64decode(line))
        worker = os.fork()
        if worker == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            {work.__name__: work for work in (send, send_unfenced, send_marking_first, send_marking_last)}[name](
                settings
            )
        sys.stdout.write(f"{worker}\n")
        sys.stdout.flush()


def _await(reached: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            raise TimeoutError("the senders did not get on")
        time.sleep(0.002)


def _reached(ledger: Ledger, point: int) -> bool:
    return ledger.total >= point


def _is_over(app: Flask) -> bool:
    time.sleep(0.05)
    return _waiting(app) == 0


def _waiting(app: Flask) -> int:
    """How many letters are not over."""
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Letter).where(outbox.waiting()))
        db.session.rollback()
    return int(count or 0)


def look(app: Flask, ledger: Ledger, letters: int) -> Found:
    """Compare every row with what arrived."""
    found = Found(letters)
    with app.app_context():
        records = Counter(
            db.session.scalars(select(LetterAttempt.letter_id).where(LetterAttempt.outcome == "uncertain"))
        )
        rows = db.session.execute(
            select(Letter.id, Letter.message_id, Letter.sent_at, Letter.uncertain_at, Letter.failed_at)
        ).all()
        db.session.rollback()
    for row in rows:
        arrived = ledger.counted[row.message_id]
        extra = max(0, arrived - 1)
        found.copies += extra
        found.unexplained += max(0, extra - records[row.id])
        found.records += records[row.id]
        if row.uncertain_at is not None and row.sent_at is None:
            found.uncertain += 1
            found.uncertain_arrived += bool(arrived)
            found.untrue += records[row.id] == 0
        elif arrived == 0:
            found.lost += row.failed_at is None
        found.untrue += bool(row.sent_at is not None and arrived == 0)
        found.untrue += bool(row.sent_at is None and row.uncertain_at is None and arrived > 0)
    return found


if __name__ == "__main__":
    _be_mother()
