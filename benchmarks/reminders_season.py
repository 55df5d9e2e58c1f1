"""Plays a season's reminders through the program, day by day by a clock of its own, and keeps the record of what happened.

Guests answer, change their minds and their addresses; events move, are cancelled, have a reminder switched off and on. The
real jobs `remind` and `deliver` run at every tick against a real SMTP server. First answers and who came are written straight
into the tables, for speed; whatever changes what guests were told goes through the program's services.
"""

from __future__ import annotations

import random
import socket
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import insert, select, update

from app.domain import clock
from app.domain.actor import PROGRAMME, Actor, Role
from app.domain.drafts import ReplyDraft
from app.domain.errors import IllegalMove, Invalid
from app.extensions import db, writing
from app.jobs import deliver, remind
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.people import Organisation
from app.models.reminder import ReminderChoice
from app.services import answering, conduct
from app.services.steps import Step
from benchmarks.reminders_expected import DAY, XUCHANG, Deed, Sent, works

YEAR = 2022
DAY_BEGINS, DAY_ENDS = time(7, 0), time(21, 0)
WHATS = {"reminder_week_before": "week_before", "reminder_day_before": "day_before", "reminder_morning": "morning",
         "feedback": "feedback"}  # fmt: skip
CODES = ("week_before", "week_before_unanswered", "day_before", "day_before_unanswered", "morning", "feedback")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a season is; `guests` organisations are invited to `invitations` places at each event.

    The events lie between `first` and `last`; the background work looks every `tick` between 7:00 and 21:00.
    """

    events: int
    guests: int
    invitations: int
    first: date = date(YEAR, 2, 14)
    last: date = date(YEAR, 12, 9)
    tick: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Outage:
    """From when to when the worker, or the mail server alone, was away."""

    first: datetime
    last: datetime
    worker: bool


@dataclass
class Played:
    """What came of it: the record, the runs at which letters could leave, the letters with their texts."""

    deeds: list[Deed] = field(default_factory=list)
    runs: list[datetime] = field(default_factory=list)
    ticks: int = 0
    outages: tuple[Outage, ...] = ()
    sent: list[tuple[Sent, str]] = field(default_factory=list)
    received: int = 0
    letters: int = 0


class Sink:
    """An SMTP server that counts."""

    def __init__(self) -> None:
        self.count = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take one message."""
        self.count += 1
        return "250 OK"


@contextmanager
def smtp() -> Iterator[tuple[Sink, int]]:
    """The server and its port."""
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield sink, port
    finally:
        server.stop()


@dataclass(frozen=True, slots=True, order=True)
class _Plan:
    """Something that will be tried at an instant."""

    at: datetime
    order: int
    do: Callable[[datetime], Deed | None] = field(compare=False)


class Season:
    """One season in the open application context."""

    def __init__(self, size: Size, seed: int = 5) -> None:
        self.size, self.chance = size, random.Random(seed)
        self.played = Played()
        self.plans: list[_Plan] = []
        self.starts: dict[int, datetime] = {}
        self.quiet: list[int] = []  # events that neither move nor are cancelled
        self.days = [one for one in _days(size.first, size.last) if works(one)]

    def play(self, sink: Sink) -> Played:
        """Make the season and play the year."""
        clock.set_clock(_at(self.size.first - 40 * DAY, 8))
        self._people()
        self._events()
        self.played.outages = self._outages()
        self.plans.sort()
        done = 0
        for day in _days(self.size.first - 39 * DAY, self.size.last + 25 * DAY):
            now = datetime.combine(day, DAY_BEGINS, XUCHANG)
            while now <= datetime.combine(day, DAY_ENDS, XUCHANG):
                while done < len(self.plans) and self.plans[done].at <= now:
                    self._do(self.plans[done])
                    done += 1
                if day > self.size.first - 10 * DAY:  # before, no reminder can be due
                    self._tick(now)
                now += self.size.tick
        self._collect(sink)
        clock.set_clock(None)
        return self.played

    def _do(self, plan: _Plan) -> None:
        clock.set_clock(plan.at)
        deed = plan.do(plan.at)
        if deed is not None:
            self.played.deeds.append(deed)

    def _tick(self, now: datetime) -> None:
        clock.set_clock(now)
        away = [one for one in self.played.outages if one.first <= now < one.last]
        self.played.ticks += 1
        if any(one.worker for one in away):
            return
        remind.run(now, lambda: False)
        if not away:
            deliver.run(now, lambda: False)
            self.played.runs.append(now)

    def _later(self, at: datetime, do: Callable[[datetime], Deed | None]) -> None:
        self.plans.append(_Plan(at, len(self.plans), do))

    # ---------------------------------------------------------------------------------------- what there is

    def _people(self) -> None:
        now = clock.now()
        with writing() as session:
            session.add(
                Organisation(
                    kind="market",
                    name="许昌科技大市场",
                    contact_email="market@year.test",
                    contact_phone="0374-1",
                    created_at=now,
                    approved_at=now,
                )
            )
            session.execute(
                insert(Organisation),
                [
                    {"kind": "enterprise", "name": f"第{n}企业", "created_at": now, "approved_at": now}
                    for n in range(self.size.guests)
                ],
            )

    def _events(self) -> None:
        days = sorted(self.chance.sample(self.days, self.size.events))
        with writing() as session:
            people = list(session.scalars(select(Organisation.id).where(Organisation.kind == "enterprise")))
            for number, day in enumerate(days, 1):
                start = _at(day, self.chance.choice((8, 9, 9, 14)))
                event = Event(
                    year=YEAR,
                    number=number,
                    kind="docking",
                    series="cas",
                    title=f"第{number}场对接会",
                    starts_at=start,
                    ends_at=start + timedelta(hours=3),
                    place="会展中心",
                    capacity=5000,
                    created_at=clock.now(),
                    changed_at=clock.now(),
                )
                event._state = "announced"  # noqa: SLF001 - a season begins in the middle
                session.add(event)
                session.flush()
                self.starts[event.id] = start
                self.played.deeds.append(Deed(clock.now(), "planned", event.id, value=(start, event.ends_at)))
                self._invite(session, event.id, start, self.chance.sample(people, self.size.invitations))
        self._disturb()

    def _invite(self, session: Any, event_id: int, start: datetime, people: Sequence[int]) -> None:
        rows = []
        for organisation_id in people:
            asked = start - timedelta(days=self.chance.choice((21, 25, 30, 30, 35, 5, 2)), hours=self.chance.random())
            email = f"guest{organisation_id}@year.test"
            rows.append(
                {
                    "event_id": event_id,
                    "organisation_id": organisation_id,
                    "side": "demand",
                    "contact_name": "张三",
                    "contact_email": email,
                    "nonce": "n",
                    "created_at": clock.now(),
                    "_state": "sent",
                    "sent_at": asked,
                }
            )
        session.execute(insert(Invitation), rows)
        chosen = select(Invitation.id, Invitation.organisation_id, Invitation.sent_at).where(
            Invitation.event_id == event_id
        )
        for guest, organisation_id, asked in session.execute(chosen).all():
            self.played.deeds.append(Deed(asked, "address", event_id, guest, f"guest{organisation_id}@year.test"))
            self.played.deeds.append(Deed(asked, "invited", event_id, guest))
            self._answers(event_id, guest, asked, start)

    # ---------------------------------------------------------------------------------------- what happens

    def _answers(self, event: int, guest: int, asked: datetime, start: datetime) -> None:
        first = self.chance.random()
        at = asked + (start - asked) * (0.02 + 0.9 * self.chance.random() ** 2)
        party = (f"张三{guest}", self.chance.randint(1, 3))
        if first < 0.72:
            self._later(at, lambda now: self._write(now, event, guest, "accepted", party))
        elif first < 0.8:
            self._later(at, lambda now: self._write(now, event, guest, "declined", None))
        if self.chance.random() < 0.06:
            again = max(start - timedelta(days=9 * self.chance.random()), asked + timedelta(minutes=1))
            yes = self.chance.random() < 0.5
            self._later(again, lambda now: self._answer(now, event, guest, yes))
        if self.chance.random() < 0.01:
            again = max(start - timedelta(days=8 * self.chance.random()), asked + timedelta(minutes=1))
            self._later(again, lambda now: self._readdress(now, event, guest))

    def _write(self, now: datetime, event: int, guest: int, state: str, party: tuple[str, int] | None) -> Deed | None:
        """A first answer, as the tables would have it; none when there is one already, or the invitation is void."""
        values: dict[str, Any] = {"state": state, "replied_at": now, "version": Invitation.version + 1}
        if party:
            values |= {"attendees": party[0], "party_size": party[1]}
        else:
            values |= {"reason": "另有安排"}
        with writing() as session:
            written = session.execute(
                update(Invitation.__table__)  # type: ignore[arg-type]
                .where(Invitation.id == guest, Invitation.state == "sent")
                .values(**values)
                .returning(Invitation.id)
            ).scalar_one_or_none()
            if written and party:
                seats = Event.seats_taken + party[1]
                session.execute(update(Event.__table__).where(Event.id == event).values(seats_taken=seats))  # type: ignore[arg-type]
        return Deed(now, state, event, guest, party) if written else None

    def _answer(self, now: datetime, event: int, guest: int, yes: bool) -> Deed | None:
        actor = Actor(Role.GUEST, "来宾", invitation_id=guest)
        party = (f"李四{guest}", self.chance.randint(1, 3))
        try:
            with writing() as session:
                one = session.get_one(Invitation, guest)
                if yes:
                    answering.accept(session, one, ReplyDraft(attendees=party[0], party_size=party[1]), actor, now)
                else:
                    answering.decline(session, one, ReplyDraft(reason="另有安排"), actor, now)
        except (Invalid, IllegalMove):  # too late: the event has begun, or is off
            return None
        return Deed(now, "accepted" if yes else "declined", event, guest, party if yes else None)

    def _readdress(self, now: datetime, event: int, guest: int) -> Deed:
        with writing() as session:
            session.get_one(Invitation, guest).contact_email = f"other{guest}@year.test"
        return Deed(now, "address", event, guest, f"other{guest}@year.test")

    def _disturb(self) -> None:
        """Choose the events that move, are cancelled, or have a reminder switched off; note who came to the others."""
        events = list(self.starts)
        moving = self.chance.sample(events, max(2, len(events) // 8))
        rest = [one for one in events if one not in moving]
        cancelled = self.chance.sample(rest, max(1, len(events) // 20))
        self.quiet = [one for one in rest if one not in cancelled]
        free = [
            one
            for one in self.days
            if one > self.days[len(self.days) // 8] and one not in {_on(at) for at in self.starts.values()}
        ]
        for event, day in zip(moving, self.chance.sample(free, len(moving)), strict=True):
            start = self.starts[event]
            at = start - timedelta(days=12 * self.chance.random(), hours=1)
            later = [one for one in free if one > _on(start)] or [day]
            self._later(at, partial(self._move, event, later))
        for event in cancelled:
            at = self.starts[event] - timedelta(days=9 * self.chance.random(), hours=1)
            self._later(at, partial(self._cancel, event))
        for event in self.chance.sample(self.quiet, max(1, len(events) // 8)):
            self._switch(event)
        for event in self.chance.sample(self.quiet, len(self.quiet) * 2 // 3):
            self._later(self.starts[event] + timedelta(hours=4), partial(self._roll, event))

    def _move(self, event: int, later: Sequence[date], now: datetime) -> Deed:
        start = _at(self.chance.choice(later), 9)
        with writing() as session:
            row = session.get_one(Event, event)
            row.starts_at, row.ends_at = start, start + timedelta(hours=3)
            conduct.carry_out(session, Step(row, "postpone"), PROGRAMME, now)
        return Deed(now, "moved", event, value=(start, start + timedelta(hours=3)))

    def _cancel(self, event: int, now: datetime) -> Deed:
        with writing() as session:
            conduct.carry_out(session, Step(session.get_one(Event, event), "cancel", reason="停电"), PROGRAMME, now)
        return Deed(now, "cancelled", event)

    def _switch(self, event: int) -> None:
        code = self.chance.choice(CODES)
        at = self.starts[event] - timedelta(days=8)
        self._later(at, lambda now: self._set(now, event, code, False))
        if self.chance.random() < 0.5:
            self._later(at + timedelta(days=1, hours=4), lambda now: self._set(now, event, code, True))

    def _set(self, now: datetime, event: int, code: str, is_on: bool) -> Deed:
        with writing() as session:
            row = session.scalar(
                select(ReminderChoice).where(ReminderChoice.event_id == event, ReminderChoice.code == code)
            ) or ReminderChoice(event_id=event, code=code)
            row.is_on, row.changed_at = is_on, now
            session.add(row)
        return Deed(now, "on" if is_on else "off", event, value=code)

    def _roll(self, event: int, now: datetime) -> None:
        """Who came: most of those who accepted, and a few who never answered."""
        with writing() as session:
            rows = session.execute(
                select(Invitation.id, Invitation.state).where(
                    Invitation.event_id == event, Invitation.state.in_(("accepted", "sent"))
                )
            ).all()
            for guest, state in rows:
                chance = self.chance.random()
                came = chance < (0.85 if state == "accepted" else 0.05)
                if state == "accepted" or came:
                    session.execute(
                        update(Invitation.__table__)  # type: ignore[arg-type]
                        .where(Invitation.id == guest)
                        .values(state="attended" if came else "absent", version=Invitation.version + 1)
                    )
                    self.played.deeds.append(Deed(now, "came" if came else "absent", event, guest))

    def _outages(self) -> tuple[Outage, ...]:
        """An hour and three days without a worker, and a day without the mail server, each where it hurts."""
        first, second, third = (
            _on(self.starts[one]) for one in sorted(self.chance.sample(self.quiet, 3), key=self.starts.__getitem__)
        )
        return (
            Outage(_at(first, 8) - DAY, _at(first, 9) - DAY + timedelta(minutes=15), worker=True),
            Outage(_at(second, 8) - DAY, _at(second, 8), worker=False),
            Outage(_at(third, 12) - 2 * DAY, _at(third, 12) + DAY, worker=True),
        )

    def _collect(self, sink: Sink) -> None:
        ticks = sorted(self.played.runs)
        rows = db.session.execute(
            select(Letter.kind, Letter.key, Letter.sent_at, Letter.recipient, Letter.text).where(
                Letter.sent_at.is_not(None), Letter.kind.in_(WHATS)
            )
        ).all()
        for kind, key, sent_at, recipient, text in rows:
            assert sent_at is not None
            _, _, _, event, day, _, guest = key.split(":")
            run = ticks[max(0, bisect_right(ticks, sent_at) - 1)]
            sent = Sent(WHATS[kind], int(event), date.fromisoformat(day), int(guest), run, recipient)
            self.played.sent.append((sent, text))
        self.played.letters = len(db.session.scalars(select(Letter.id).where(Letter.sent_at.is_not(None))).all())
        self.played.received = sink.count


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), XUCHANG)


def _on(at: datetime) -> date:
    return at.astimezone(XUCHANG).date()
