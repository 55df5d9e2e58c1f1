"""Mail servers that fail in the middle of a crowd of letters: what arrives, how often, and what the rows say, on both databases."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.domain import clock
from app.extensions import db, writing
from app.jobs import deliver
from app.letters.writing import Letter as Written
from app.models.letter import Letter, LetterAttempt
from app.models.outbox import OutboxState
from app.services import outbox
from tests import senders
from tests.cast import NOW
from tests.cluster import Cluster
from tests.postbox import Ledger, PostboxServer

LETTERS = 40


@dataclass
class Faulty(Ledger):
    """A counting server that misbehaves. Numbers of letters count from 0 in the order in which they are brought.

    greylists: refuses every recipient the first time. refuses: these recipients for good. closes_after: so many letters
    in one conversation. loses: takes these letters and breaks the line. quota: takes so many, then says that it is enough.
    """

    greylists: bool = False
    refuses: set[str] = field(default_factory=set)
    closes_after: int = 0
    loses: set[int] = field(default_factory=set)
    quota: int = 0
    held: threading.Event | None = None
    seen: set[str] = field(default_factory=set)
    asked: int = 0

    async def handle_RCPT(self, _server: Any, session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Take or refuse one recipient."""
        self.asked += 1
        while self.held is not None and not self.held.is_set():
            await asyncio.sleep(0.01)
        if address in self.refuses:
            return "550 5.1.1 no such mailbox"
        if self.greylists and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 greylisted, try again later"
        session.letters = getattr(session, "letters", 0)
        if self.closes_after and session.letters >= self.closes_after:
            return "421 4.7.0 too many letters in one conversation"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take one letter, and perhaps break the line before saying so."""
        if self.quota and self.total >= self.quota:
            return "550 5.4.5 Daily user sending limit exceeded"
        session.letters += 1
        number = self.total
        told = await super().handle_DATA(server, session, envelope)
        if number in self.loses:
            server.transport.close()
        return told


@pytest.fixture
def faulty(app: Flask) -> Iterator[Faulty]:
    """The server to which the application's letters go."""
    books = Faulty()
    server = PostboxServer(books)
    turn(app, mail_port=books.port)
    app.extensions["mail"].port = books.port
    clock.set_clock(NOW)
    yield books
    clock.set_clock(None)
    server.stop()


def turn(app: Flask, **changes: Any) -> None:
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], **changes)


def post(app: Flask, count: int = LETTERS) -> None:
    with app.app_context(), writing() as session:
        for number in range(count):
            outbox.post(session, Written(f"f:{number}", "test", f"g{number}@cast.test", "", "主题", "正文", ""), NOW)


def drain_until_done(app: Flask, rounds: int = 20) -> deliver.Tally:
    """Round after round, an hour apart, until nothing waits; the sums."""
    whole = deliver.Tally()
    for number in range(rounds):
        with app.app_context():
            clock.set_clock(NOW + timedelta(hours=number))
            one = deliver.drain(clock.now())
            whole.sent, whole.failed = whole.sent + one.sent, whole.failed + one.failed
            whole.uncertain += one.uncertain
            left = db.session.scalar(select(func.count()).select_from(Letter).where(outbox.waiting()))
            db.session.rollback()
        if not left:
            return whole
    return whole


def arrived(faulty: Faulty) -> dict[int, int]:
    """How many letters arrived how often."""
    times = list(faulty.counted.values())
    return {often: times.count(often) for often in sorted(set(times))}


def records(app: Flask, outcome: str) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(LetterAttempt.outcome == outcome)) or 0


def test_greylisting_delays_each_letter_once_and_loses_none(app: Flask, faulty: Faulty) -> None:
    faulty.greylists = True
    post(app)
    assert drain_until_done(app).sent == LETTERS
    assert arrived(faulty) == {1: LETTERS}
    assert records(app, "retry") == LETTERS


def test_dead_addresses_fail_with_the_servers_words_and_stop_nobody(app: Flask, faulty: Faulty) -> None:
    faulty.refuses = {f"g{number}@cast.test" for number in range(0, LETTERS, 10)}
    post(app)
    done = drain_until_done(app)
    assert (done.sent, done.failed) == (LETTERS - 4, 4)
    assert arrived(faulty) == {1: LETTERS - 4}
    with app.app_context():
        failed = db.session.execute(
            select(Letter.last_error, Letter.failure).where(Letter.failed_at.is_not(None))
        ).all()
    assert {tuple(row) for row in failed} == {("550 5.1.1 no such mailbox", "refused")}


def test_a_server_that_closes_after_ten_gets_all_over_several_lines(app: Flask, faulty: Faulty) -> None:
    faulty.closes_after = 10
    post(app)
    assert drain_until_done(app, rounds=1).sent == LETTERS
    assert arrived(faulty) == {1: LETTERS}


def test_lost_replies_are_sent_again_and_every_copy_has_its_record(app: Flask, faulty: Faulty) -> None:
    faulty.loses = {3, 13, 23, 33}
    post(app)
    done = drain_until_done(app)
    assert (done.sent, done.uncertain) == (LETTERS, 4)
    assert arrived(faulty) == {1: LETTERS - 4, 2: 4}
    assert records(app, "uncertain") == 4


def test_lost_replies_are_held_for_a_person_under_the_other_policy(app: Flask, faulty: Faulty) -> None:
    turn(app, mail_uncertain="hold")
    faulty.loses = {3, 13, 23, 33}
    post(app)
    done = drain_until_done(app)
    assert (done.sent, done.uncertain) == (LETTERS - 4, 4)
    assert arrived(faulty) == {1: LETTERS}
    with app.app_context():
        held = db.session.scalar(select(func.count()).where(Letter.uncertain_at.is_not(None), Letter.sent_at.is_(None)))
    assert held == 4


def test_a_used_up_quota_pauses_the_outbox_until_after_midnight_and_fails_nothing(app: Flask, faulty: Faulty) -> None:
    faulty.quota = 15
    post(app)
    with app.app_context():
        assert (deliver.drain(clock.now()).sent, deliver.drain(clock.now()).sent) == (15, 0)
        state = db.session.get_one(OutboxState, 1)
        assert state.paused_until is not None
        assert (clock.local(state.paused_until).strftime("%d %H:%M"), state.paused_by) == ("16 00:05", "")
        db.session.rollback()
        faulty.quota = 0
        clock.set_clock(NOW + timedelta(days=1))
        assert deliver.drain(clock.now()).sent == LETTERS - 15
    assert arrived(faulty) == {1: LETTERS}


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1)])
def test_a_clock_that_jumps_gives_no_letter_to_a_second_worker(app: Flask, faulty: Faulty, jump: timedelta) -> None:
    """The claim stands by the database's clock or the machine's age, whatever the wall clock says."""
    clock.set_clock(None)
    with app.app_context():
        with writing() as session:
            outbox.post(
                session, Written("f:0", "test", "g0@cast.test", "", "主题", "正文", ""), clock.now() - timedelta(days=2)
            )
        first = deliver.Round(_nobody(), clock.now(), lambda: False, outbox.Terms())
        with writing() as session:
            assert first._claim(session) is not None
        jumped = clock.now() + jump
        with writing() as session:
            terms = deliver._by_lease_clock(outbox.Terms(), session)
            assert outbox.claim(session, f"{terms.boot}.second", jumped, terms=terms) is None
            naive = outbox.Terms(lease_at=jumped + timedelta(days=365 * 80))
            assert outbox.claim(session, "naive", jumped, terms=naive) is not None  # the twin: leases by a wrong clock


def _nobody() -> Any:
    return None


@pytest.mark.parametrize("fenced", [True, False])
def test_a_frozen_worker_that_wakes_sends_nothing_that_another_took_over(
    app: Flask, faulty: Faulty, fenced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands still between the recipient and the data until its lease is over; the twin asks nobody before the data."""
    clock.set_clock(None)
    post(app, 1)
    faulty.held = threading.Event()
    work = senders.send if fenced else senders.send_unfenced
    with senders.Nursery() as nursery:
        frozen = nursery.start(work, app.extensions["settings"])
        _until(lambda: faulty.asked == 1)
        os.kill(frozen, signal.SIGSTOP)
        time.sleep(senders.LEASE.total_seconds() + 1)
        faulty.held.set()
        with app.app_context():
            assert deliver.drain(clock.now(), lease=senders.LEASE).sent == 1
        os.kill(frozen, signal.SIGCONT)
        time.sleep(2)
    assert arrived(faulty) == ({1: 1} if fenced else {2: 1})


def _until(reached: Any) -> None:
    senders._await(reached, 60)


@pytest.mark.databases("postgresql")
def test_a_database_that_restarts_in_the_middle_costs_nothing(app: Flask, faulty: Faulty, cluster: Cluster) -> None:
    """Three fast restarts while a worker sends: each letter once, every row true."""
    clock.set_clock(None)
    faulty.delay = 0.01
    post(app, 200)
    with senders.Nursery() as nursery:
        nursery.start(senders.send, app.extensions["settings"])
        for point in (40, 90, 140):
            _until(lambda point=point: faulty.total >= point)
            cluster.restart()
        _until(lambda: faulty.total >= 200)
        time.sleep(1)
        with app.app_context():
            db.engine.dispose()
            sent = db.session.scalar(select(func.count()).where(Letter.sent_at.is_not(None)))
    assert (arrived(faulty), sent) == ({1: 200}, 200)
