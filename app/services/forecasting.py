"""Says which letters would leave on a future day, to whom and why, as things stand now. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain import clock
from app.domain.reminders import REMINDERS, code_of
from app.letters import reminders as letters
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.queries import reminders as reading
from app.queries.reference import working_days
from app.services import follow_ups, guests, outbox, reminding
from app.services.links import Links
from scheduler.reminders import Planned, planned

OUTBOX = "发件箱"
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One letter that would leave: when, of which kind, to whom, its subject, and why."""

    at: datetime
    kind: str
    to: str
    name: str
    subject: str
    event: str
    why: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A reminder that would not leave, and why."""

    at: datetime
    kind: str
    name: str
    event: str
    why: str


@dataclass(frozen=True, slots=True)
class Day:
    """What a day would bring."""

    letters: tuple[Forecast, ...]
    withheld: tuple[Withheld, ...]


def day(session: Session, at: datetime, now: datetime, links: Links) -> Day:
    """The letters that would leave on the local day of `at`, up to `at`: those that wait, and the reminders that fall due.

    Of today, whatever should have left before is counted in. Of a later day it is assumed that everything before it left
    as planned, and that nothing changes until then.
    """
    begins = datetime.combine(clock.today(at), time(), clock.LOCAL)
    first = _EVER if clock.today(at) <= clock.today(now) else begins
    found = [*_waiting(session, at, first), *_follow_ups(session, at, first)]
    withheld: list[Withheld] = []
    near = reading.events_near(session, at - reminding.BEHIND, at + reminding.AHEAD)
    words = reading.in_force(session, [event.id for event in near])
    calendar = working_days(session)
    for event in near:
        done = reading.done(session, (event.id,))
        guests_ = planned(reminding.of_event(session, event), calendar)
        falling = [one for one in guests_ if one.key not in done and first <= one.at <= at]
        if falling:
            some, others = _of_event(session, event.id, falling, words[event.id], at, links)
            found += some
            withheld += others
    return Day(tuple(sorted(found, key=lambda one: (one.at, one.event, one.name))), tuple(withheld))


def _of_event(
    session: Session,
    event_id: int,
    falling: list[Planned],
    words: Mapping[str, reading.Words],
    at: datetime,
    links: Links,
) -> tuple[list[Forecast], list[Withheld]]:
    event = session.get_one(Event, event_id)
    chosen = session.scalars(
        select(Invitation)
        .where(Invitation.id.in_({int(one.guest) for one in falling}))
        .options(joinedload(Invitation.organisation))
    ).all()
    facts = guests.facts_of(session, event, chosen, links)
    found, withheld = [], []
    for one in falling:
        guest, code = facts[int(one.guest)], code_of(one.what, one.answered)
        if one.until <= at:
            withheld.append(Withheld(one.at, REMINDERS[code].label, guest.organisation, event.title, "到那时已经过时"))
        elif not words[code].is_on:
            withheld.append(Withheld(one.at, REMINDERS[code].label, guest.organisation, event.title, "这类提醒已关闭"))
        else:
            written = letters.reminder(guest, code, words[code].subject, words[code].body, one.key, one.at)
            why = f"{REMINDERS[code].when}，发给{REMINDERS[code].to}"
            label = REMINDERS[code].label
            found.append(Forecast(one.at, label, written.to, guest.organisation, written.subject, event.title, why))
    return found, withheld


def _waiting(session: Session, at: datetime, first: datetime) -> list[Forecast]:
    """The letters in the outbox that are due between the two instants."""
    rows = session.execute(
        select(Letter, Event.title)
        .outerjoin(Event, Letter.event_id == Event.id)
        .where(outbox.waiting(), Letter.due_at.between(first, at))
        .order_by(Letter.priority, Letter.due_at, Letter.id)
    )
    return [
        Forecast(one.due_at, OUTBOX, one.recipient, one.recipient_name, one.subject, title or "", "已在发件箱中等待")
        for one, title in rows
    ]


def _follow_ups(session: Session, at: datetime, first: datetime) -> list[Forecast]:
    done, reminder = reading.follow_ups_done(session), REMINDERS["follow_up"]
    found = []
    for one in reading.follow_ups_on(session, clock.today(at) - follow_ups.USEFUL, clock.today(at)):
        due_at = follow_ups.instant(one)
        if not first <= due_at <= at or follow_ups.key_of(one) in done or follow_ups.why_not(session, one, at):
            continue
        written = follow_ups.letter(session, one)
        if written is not None:
            why = f"{reminder.when}，发给{reminder.to}"
            found.append(Forecast(due_at, reminder.label, written.to, written.to_name, written.subject, "", why))
    return found
