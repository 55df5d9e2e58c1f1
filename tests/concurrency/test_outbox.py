"""Several workers, one outbox: each letter is claimed once. The twin with a naive claim shows that the race is real."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.extensions import db, writing
from app.letters.writing import Letter as Written
from app.models.letter import Letter
from app.services import outbox
from tests.cast import NOW

LETTERS = 60
WORKERS = 8


def written(number: int) -> Written:
    return Written(f"test:{number}", "test", f"guest{number}@cast.test", "", f"第 {number} 封", "正文", "")


def posted(app: Flask, count: int = LETTERS) -> None:
    with app.app_context(), writing() as session:
        for number in range(count):
            assert outbox.post(session, written(number), NOW)


def race(work: Callable[[int], None]) -> None:
    """Run the work in WORKERS threads that start together; what one of them raises fails the test."""
    barrier, errors = threading.Barrier(WORKERS), []

    def worker(number: int) -> None:
        barrier.wait(30)
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 - every error of a thread belongs to the test
            errors.append(error)

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []


def claimed_by_all(app: Flask, claim: Callable[[Session, str], int | None]) -> Counter[int]:
    """How often each letter was claimed when all workers claim until nothing is left."""
    seen: Counter[int] = Counter()
    lock = threading.Lock()

    def work(number: int) -> None:
        while True:
            with app.app_context(), writing() as session:
                found = claim(session, f"worker {number}")
            if found is None:
                return
            with lock:
                seen[found] += 1

    race(work)
    return seen


def properly(session: Session, token: str) -> int | None:
    claimed = outbox.claim(session, token, NOW)
    return None if claimed is None else claimed.id


def naive_claim() -> Callable[[Session, str], int | None]:
    """Look for a free letter, then take it: two statements that nothing ties. All workers look before one takes."""
    looked = threading.Barrier(WORKERS)
    began: set[str] = set()

    def naively(session: Session, token: str) -> int | None:
        free = Letter.leased_until.is_(None)
        first = session.scalar(select(Letter.id).where(free).order_by(Letter.id).limit(1))
        if token not in began:
            began.add(token)
            looked.wait(30)
        if first is not None:
            session.execute(update(Letter).where(Letter.id == first).values(leased_until=NOW, lease_token=token))
        return first

    return naively


def test_eight_workers_claim_every_letter_exactly_once(app: Flask) -> None:
    posted(app)
    seen = claimed_by_all(app, properly)
    assert len(seen) == LETTERS
    assert set(seen.values()) == {1}


@pytest.mark.databases("postgresql")
def test_the_naive_claim_takes_letters_twice(app: Flask) -> None:
    """The twin: without the condition on the row's own columns PostgreSQL lets two workers have one letter."""
    posted(app)
    seen = claimed_by_all(app, naive_claim())
    assert sum(seen.values()) > LETTERS


def test_posting_the_same_letter_from_eight_threads_makes_one_row(app: Flask) -> None:
    made: list[bool] = []

    def work(number: int) -> None:
        with app.app_context(), writing() as session:
            made.append(outbox.post(session, written(1), NOW))

    race(work)
    assert sorted(made) == [False] * (WORKERS - 1) + [True]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 1


def test_a_letter_of_a_dead_worker_is_free_again_after_its_lease_and_the_dead_one_can_not_settle_it(app: Flask) -> None:
    posted(app, 1)
    with app.app_context():
        with writing() as session:
            dead = outbox.claim(session, "dead", NOW)
        with writing() as session:
            assert outbox.claim(session, "second", NOW + outbox.LEASE - timedelta(seconds=1)) is None
        with writing() as session:
            second = outbox.claim(session, "second", NOW + outbox.LEASE)
        assert dead is not None
        assert second is not None
        assert (dead.id, dead.message_id, second.crashes) == (second.id, second.message_id, 1)
        with writing() as session:
            assert outbox.settle_sent(session, dead, NOW) is False
        with writing() as session:
            assert outbox.settle_sent(session, second, NOW) is True
        with writing() as session:
            assert outbox.claim(session, "third", NOW + timedelta(days=9)) is None
