"""A rush for seats: many guests answer by their links from several processes at the same instant, round after round.

Used by tests/concurrency/test_seats.py and, at full size, by benchmarks/seats_rush.py.
"""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import app.database.transaction as transactions
from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.people import Organisation
from app.services import seats
from tests import season
from tests.conftest import settings_for
from tests.season import NOW, START

WAITS = re.compile(r"候补，第 (\d+) 位")
SEATED = "已答复</dt><dd>应邀"
Told = tuple[int, str]
"""(invitation id, what the guest's page says: "seated", "waiting 3", or what went wrong)."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round left behind: seats by the event's count and by the invitations, and what everybody was told."""

    capacity: int
    taken: int
    held: int
    told: dict[int, str]
    states: dict[int, str]

    @property
    def faults(self) -> list[str]:
        """Everything that is not as it must be; empty for a good round."""
        found = []
        if not self.taken == self.held == min(self.capacity, len(self.states)):
            found.append(f"{self.capacity} seats, {self.taken} counted, {self.held} given away")
        places = sorted(int(words.split()[1]) for words in self.told.values() if words.startswith("waiting "))
        if places != list(range(1, len(self.states) - self.capacity + 1)):
            found.append(f"places {places}")
        for one, state in self.states.items():
            wanted = "seated" if state == "accepted" else "waiting"
            if self.told.get(one, "nothing").split()[0] != wanted:
                found.append(f"guest {one} is {state} and was told {self.told.get(one, 'nothing')}")
        return found


class Rush:
    """Some processes that answer for guests. `naive` switches their locks off: the twin that must go wrong."""

    def __init__(self, app: Flask, data_dir: Path, processes: int = 4, *, naive: bool = False) -> None:
        self.app = app
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.rush"])  # the programme is loaded once, not once for each process
        self.barrier = context.Barrier(processes)  # kept: the system forgets it with its last name
        self.ends: list[Connection] = []
        self.workers = []
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        for _ in range(processes):
            ours, theirs = context.Pipe()
            worker = context.Process(target=_work, args=(url, str(data_dir), theirs, self.barrier, naive), daemon=True)
            worker.start()
            self.ends.append(ours)
            self.workers.append(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end, worker in zip(self.ends, self.workers, strict=True):
            end.send(None)
            worker.join(30)

    def play(self, number: int, guests: int, capacity: int) -> Round:
        """Invite so many guests to a new event and let all of them say yes at once."""
        with self.app.app_context(), writing() as session:
            event_id, paths = _invite(session, self.app, number, guests, capacity)
        for turn, end in enumerate(self.ends):
            end.send(paths[turn :: len(self.ends)])
        told: dict[int, str] = {}
        for end in self.ends:
            told |= dict(end.recv())
        with self.app.app_context():
            rows = db.session.scalars(select(Invitation).where(Invitation.event_id == event_id)).all()
            taken = db.session.get_one(Event, event_id).seats_taken
            held = sum(row.party_size for row in rows)
            return Round(capacity, taken, held, told, {row.id: row.state for row in rows})


def _invite(session: Session, app: Flask, number: int, guests: int, capacity: int) -> tuple[int, list[tuple[int, str]]]:
    known = session.scalars(select(Organisation).where(Organisation.name.startswith("抢座")).order_by(Organisation.id))
    firms = list(known) or [
        Organisation(kind="enterprise", name=f"抢座企业 {one}", created_at=NOW) for one in range(guests)
    ]
    if number == 1:
        event = season.docking(session, NOW, START, capacity=capacity, number=number)
    else:
        first = session.scalars(select(Event).order_by(Event.id)).first()
        assert first is not None
        event = Event(year=2022, kind="docking", number=number, title=first.title, capacity=capacity, venue=first.venue,
                      starts_at=first.starts_at, ends_at=first.ends_at, created_at=NOW, changed_at=NOW)  # fmt: skip
        event._state = "announced"
        session.add(event)
    rows = [
        Invitation(event=event, organisation=firm, side="guest", contact_name="来宾", contact_email="guest@cast.test",
                   nonce=f"nonce {place}", sent_at=NOW, created_at=NOW)
        for place, firm in enumerate(firms)
    ]  # fmt: skip
    for row in rows:
        row._state = "sent"
    session.add_all(rows)
    session.flush()
    links = app.extensions["links"]
    return event.id, [(row.id, links.rsvp(row).removeprefix(links.public_url)) for row in rows]


def _work(url: str, data_dir: str, end: Connection, barrier: Barrier, naive: bool) -> None:
    """One process: wait for the others, then answer for every guest it is given, until it is given None."""
    app = create_app(settings_for(url, Path(data_dir)))
    clock.set_clock(NOW)
    if naive:
        _disarm()
    while (paths := end.recv()) is not None:
        barrier.wait(60)
        end.send([_answer(app, *one) for one in paths])
    with app.app_context():
        db.engine.dispose()


def _answer(app: Flask, invitation_id: int, path: str) -> Told:
    client = app.test_client(use_cookies=False)
    form = {"answer": "accept", "attendees": "来宾", "party_size": "1"}
    try:
        answer = client.post(path, data=form)
        page = client.get(path).get_data(as_text=True)
    except Exception as error:  # noqa: BLE001 - what went wrong is what the guest was told
        return invitation_id, type(error).__name__
    waits = WAITS.search(page)
    if answer.status_code != 303:
        return invitation_id, f"status {answer.status_code}"
    return invitation_id, f"waiting {waits[1]}" if waits else ("seated" if SEATED in page else "nothing")


def _disarm() -> None:
    """Take the locks away: neither the event's row nor the database is locked, and the counter is written blindly."""

    def lock(session: Session, event_id: int) -> Event:
        session.flush()
        return session.get_one(Event, event_id, populate_existing=True)

    def change(session: Session, event_id: int, delta: int) -> None:
        seen = session.get_one(Event, event_id).seats_taken
        session.execute(update(Event).where(Event.id == event_id).values(seats_taken=seen + delta))

    seats.lock, seats.change = lock, change
    transactions.WRITING = "market_reading"  # type: ignore[attr-defined]  # no part of its interface


def faults(rounds: Sequence[Round]) -> list[str]:
    """The faults of all rounds, each with the number of its round."""
    return [f"round {number}: {fault}" for number, one in enumerate(rounds, 1) for fault in one.faults]
