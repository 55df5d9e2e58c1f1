"""Reminders (提醒) as the desk decides on them: switches and wordings, of the programme and of single events; previews."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain import clock
from app.domain.actor import Actor
from app.domain.entries import clean
from app.domain.errors import Complaint, Invalid, Missing
from app.domain.permissions import Permission, require
from app.domain.reminders import LETTER_KINDS, REMINDERS, Reminder, code_of
from app.letters import reminders as letters
from app.letters.writing import Letter as Written
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.reminder import ReminderChoice, ReminderDefault
from app.queries import reminders as reading
from app.queries.reference import working_days
from app.queries.reminders import Skip, Words
from app.services import follow_ups, guests, history, reminding
from app.services.links import Links
from scheduler.reminders import planned

LONGEST_SUBJECT = 150
NO_LINK = "/rsvp/……（来宾的专属链接）"


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as one guest would get it."""

    guest: str
    letter: Written


@dataclass(frozen=True, slots=True)
class Instant:
    """One row of an event's plan: the reminders of one instant, when it is, and how many letters stand where."""

    reminders: tuple[tuple[Reminder, Words], ...]
    at: datetime | None
    is_over: bool
    expected: int
    sent: int
    waiting: int
    failed: int
    cancelled: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What an event's guests are reminded of, and what was given up and why."""

    instants: tuple[Instant, ...]
    skipped: tuple[Skip, ...]


def one(code: str) -> Reminder:
    """The reminder of this code; Missing for any other."""
    found = REMINDERS.get(code)
    if found is None:
        raise Missing
    return found


def switch(session: Session, event: Event | None, code: str, is_on: bool, actor: Actor, now: datetime) -> None:
    """Let the reminder go out, or not: at one event, or (None) wherever no event decides otherwise."""
    row = _row(session, event, code, actor, now)
    row.is_on = is_on
    _record(session, event, row, f"{one(code).label}：{'开启' if is_on else '关闭'}", actor, now)


def write(
    session: Session, event: Event | None, code: str, subject: str, body: str, actor: Actor, now: datetime
) -> None:
    """Keep this wording, for one event or (None) for the programme. Raises Invalid for unknown placeholders and the like."""
    reminder = one(code)
    found = list(letters.complaints(reminder, subject, body))
    if len(subject) > LONGEST_SUBJECT:
        found.append(Complaint("subject", f"邮件主题最多 {LONGEST_SUBJECT} 字，现在有 {len(subject)} 字。"))
    if found:
        raise Invalid(tuple(found))
    row = _row(session, event, code, actor, now)
    before = {"subject": row.subject, "body": row.body}
    row.subject, row.body = subject, body
    _record(session, event, row, f"{reminder.label}：修改文本", actor, now, before)


def reset(session: Session, event: Event | None, code: str, actor: Actor, now: datetime) -> None:
    """Go back to the programme's wording and switch, or (None) to the standard wording."""
    row = _row(session, event, code, actor, now)
    before = {"subject": row.subject, "body": row.body}
    row.subject = row.body = ""
    if isinstance(row, ReminderChoice):
        row.is_on = None
    _record(session, event, row, f"{one(code).label}：恢复默认", actor, now, before)


def _row(
    session: Session, event: Event | None, code: str, actor: Actor, now: datetime
) -> ReminderDefault | ReminderChoice:
    """The row to write into, made when there is none."""
    require(actor, Permission.INVITATION_SEND, event.owner if event else None)
    one(code)
    row: ReminderDefault | ReminderChoice | None
    if event is None:
        row = session.scalar(select(ReminderDefault).where(ReminderDefault.code == code).with_for_update())
        row = row or ReminderDefault(code=code, is_on=True, subject="", body="")
    else:
        chosen = select(ReminderChoice).where(ReminderChoice.event_id == event.id, ReminderChoice.code == code)
        row = session.scalar(chosen.with_for_update())
        row = row or ReminderChoice(event_id=event.id, code=code, is_on=None, subject="", body="")
    row.changed_at = now
    session.add(row)
    session.flush()  # history names it by id
    return row


def _record(
    session: Session,
    event: Event | None,
    row: ReminderDefault | ReminderChoice,
    label: str,
    actor: Actor,
    now: datetime,
    before: dict[str, str] | None = None,
) -> None:
    noun, subject_id = ("event", event.id) if event else ("reminder", row.id)
    history.record(session, noun, subject_id, "reminder", actor, now, label=label, details={"before": before or {}})


def overview(session: Session, event: Event, now: datetime) -> Overview:
    """The event's reminders by instant. Read only."""
    words = reading.in_force(session, (event.id,))[event.id]
    near = reading.event_as_it_is(session, event.id)
    wanted = planned(reminding.of_event(session, near), working_days(session)) if near else []
    instants = reminding.instants_of(session, near) if near else {}
    stands = reading.letters_of(session, event.id)
    skipped = reading.skipped_of(session, event.id)
    done = {*stands, *(row.key for row in skipped)}
    expected: Counter[str] = Counter(
        item.what
        for item in wanted
        if item.key not in done and now < item.until and words[code_of(item.what, item.answered)].is_on
    )
    today = clock.today(now)
    ahead = reading.follow_ups_on(session, today - follow_ups.USEFUL, date.max, event.id)
    if words["follow_up"].is_on:
        expected["follow_up"] = sum(follow_ups.key_of(item) not in done for item in ahead)
    letters_by = Counter((key.split(":")[1], state) for key, state in stands.items())
    given_up = Counter(row.key.split(":")[1] for row in skipped)
    rows = []
    for what in (*LETTER_KINDS, "follow_up"):
        of_it = tuple((reminder, words[code]) for code, reminder in REMINDERS.items() if reminder.what == what)
        at, until = instants.get(what, (None, None))
        figures = {state: letters_by[what, state] for state in ("sent", "waiting", "failed", "cancelled")}
        over = until is not None and until <= now
        rows.append(Instant(of_it, at, over, expected[what], skipped=given_up[what], **figures))
    return Overview(tuple(rows), tuple(skipped))


def preview(
    session: Session, event: Event | None, code: str, subject: str, body: str, now: datetime, links: Links
) -> Shown | None:
    """The letter in this wording as a real guest would get it (without the guest's own link); None when there is none."""
    if one(code).what == "follow_up":
        found = reading.some_follow_up(session, event.id if event else None)
        letter = follow_ups.letter(session, found, subject, body) if found else None
        return Shown(letter.to_name or letter.to, letter) if letter else None
    guest = _some_guest(session, event, code.endswith("_unanswered"), now)
    if guest is None:
        return None
    facts = replace(guests.facts(session, guest, links), link=links.page(NO_LINK))
    near = reading.event_as_it_is(session, guest.event_id)
    at = reminding.instants_of(session, near)[one(code).what][0] if near else now
    return Shown(facts.organisation, letters.reminder(facts, code, subject, clean(body), "preview", at))


def _some_guest(session: Session, event: Event | None, unanswered: bool, now: datetime) -> Invitation | None:
    """A guest of the event, or of the next one that has any; best one of those who would get the letter."""
    states = ("sent", "lapsed") if unanswered else ("accepted", "attended")
    chosen = (
        select(Invitation)
        .join(Invitation.event)
        .where(Invitation.state != "void", Event.starts_at.is_not(None), Event.state.not_in(reading.DEAD))
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.state.not_in(states), Event.starts_at < now, Event.starts_at, Invitation.id)
        .limit(1)
    )
    return session.scalar(chosen.where(Invitation.event_id == event.id) if event else chosen)
