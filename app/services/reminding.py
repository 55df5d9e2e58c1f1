"""The bridge to scheduler.reminders: whom to remind now and of what; and whether what waits to be sent is still true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.clock import local
from app.domain.errors import Invalid
from app.domain.reminders import FOLLOW_UP_KIND, KINDS, code_of
from app.letters.occasions import USUAL_LENGTH, Facts
from app.letters.reminders import reminder
from app.letters.writing import Letter as Written
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter, SkippedReminder
from app.queries import reminders as reading
from app.queries.reference import working_days
from app.queries.reminders import Guest, Near, Words
from app.services import follow_ups, guests, links, outbox, seats
from scheduler.calendar import WorkCalendar
from scheduler.reminders import Answer, Occasion, Planned, planned, too_late

AHEAD = timedelta(days=8)
"""How long before an event its first reminder may fall due: seven days, and the hours of a day."""

BEHIND = timedelta(days=32)
"""How long after an event a missed request for feedback is still looked for, holidays included."""

MOST = 200
"""How many reminders one transaction posts at most: the event's row is locked meanwhile."""

ANSWERS: dict[str, Answer] = {
    "sent": "unanswered",
    "lapsed": "unanswered",
    "accepted": "accepted",
    "attended": "accepted",
    "absent": "accepted",
}
"""What reminders make of an invitation's state; in every other state the guest is not reminded."""

ATTENDED = {"attended": True, "absent": False}
_KEPT = "reminders_known"
OFF = "已关闭，没有发出"
CHANGED = "发送前核对：情况已变，这封信不再适用。"
LATE = "发送前核对：已经过时，没有发出。"
REWRITTEN = "发送前核对：内容有变，已按最新情况重写。"
OVER = "发送前核对：活动已经开始，这封信已经过时。"
ABOUT_A_DATE = ("invitation", "event_moved", "talks_changed")
"""Letters about an event that nobody needs once it has begun."""

CHECKED = frozenset({*KINDS, FOLLOW_UP_KIND, *ABOUT_A_DATE})
"""The kinds of letters that `still_true` looks at; all others are always true."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many reminders were posted, how many were given up, and whether there are more to post."""

    posted: int
    skipped: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be sent now, and what is to be given up, with the reason in Chinese."""

    wanted: tuple[Planned, ...]
    given_up: tuple[tuple[Planned, str], ...]


def of_event(session: Session, event: Near) -> list[Occasion]:
    """The guests of one event, as reminders look at them."""
    moved = reading.moved_at(session, (event.id,)).get(event.id)
    return [_occasion(event, moved, guest) for guest in reading.guests(session, (event.id,), ANSWERS)]


def _occasion(event: Near, moved_at: datetime | None, guest: Guest) -> Occasion:
    return Occasion(
        event_id=str(event.id),
        starts_at=event.starts_at,
        ends_at=event.ends_at or event.starts_at + USUAL_LENGTH,
        guest_id=str(guest.id),
        answered=ANSWERS[guest.state],
        invited_at=guest.sent_at,
        attended=ATTENDED.get(guest.state),
        moved_at=moved_at,
    )


def decide(
    found: Sequence[Occasion],
    words: Mapping[int, Mapping[str, Words]],
    done: set[str],
    now: datetime,
    calendar: WorkCalendar,
) -> Decision:
    """What to do at `now`; `words` are the reminders in force by event, `done` the keys that are taken."""
    wanted, given_up = [], []
    for one in planned(found, calendar):
        if one.key in done or one.at > now:
            continue
        is_on = words[int(one.event_id)][code_of(one.what, one.answered)].is_on
        if one.until <= now:
            given_up.append((one, too_late(one) if is_on else OFF))
        elif is_on:
            wanted.append(one)
    return Decision(tuple(wanted), tuple(given_up))


def instants_of(session: Session, event: Near) -> dict[str, tuple[datetime, datetime]]:
    """By kind, from when and until when a guest of the event who was invited in time and comes would be reminded."""
    early = datetime(2000, 1, 1, tzinfo=UTC)
    guest = Guest(0, event.id, "accepted", early)
    return {one.what: (one.at, one.until) for one in planned([_occasion(event, None, guest)], working_days(session))}


@dataclass(frozen=True, slots=True)
class _Look:
    """An event that had nothing to post or to give up at `at`; `changes` are the instants at which that may change."""

    stamp: tuple[object, ...]
    at: datetime
    changes: frozenset[datetime]


_quiet: dict[tuple[str, int], _Look] = {}
"""What this process saw last of the events near in time, by database and id."""


def _is_quiet(look: _Look | None, event: Near, now: datetime) -> bool:
    """Whether the event is as it was at the last look, and no reminder's time has begun or ended since."""
    if look is None or look.stamp != event.stamp or now < look.at:
        return False
    return not any(look.at < one <= now for one in look.changes)


def concerned(session: Session, now: datetime) -> list[int]:
    """Ids of the events that have reminders to post or to give up now, soonest first. Reads only.

    One query where nothing has changed since this process looked last.
    """
    found = []
    database = str(session.get_bind().engine.url)
    for event in reading.events_near(session, now - BEHIND, now + AHEAD):
        if _is_quiet(_quiet.get((database, event.id)), event, now):
            continue
        guests_, words = of_event(session, event), reading.in_force(session, (event.id,))
        calendar = working_days(session)
        decision = decide(guests_, words, reading.done(session, (event.id,)), now, calendar)
        if decision.wanted or decision.given_up:
            found.append(event.id)
        else:
            changes = {at for one in planned(guests_, calendar) for at in (one.at, one.until)}
            _quiet[database, event.id] = _Look(event.stamp, now, frozenset(changes))
    return found


def remind(session: Session, event_id: int, now: datetime, most: int = MOST) -> Reminded:
    """Post the reminders of the event that are due at `now`, and record those that are given up.

    The event's row is locked, so that nobody answers, moves or cancels between deciding and posting. A second call
    posts nothing: the keys are taken. At most `most` letters; the next call goes on.
    """
    event = seats.lock(session, event_id)
    near = reading.event_as_it_is(session, event_id)
    if near is None:
        return Reminded(0, 0)
    words = reading.in_force(session, (event_id,))
    done = reading.done(session, (event_id,))
    decision = decide(of_event(session, near), words, done, now, working_days(session))
    for one, reason in decision.given_up:
        _give_up(session, one, reason, now)
    batch = decision.wanted[:most]
    posted = 0
    if batch:
        chosen = _invitations(session, {int(one.guest) for one in batch})
        facts = guests.facts_of(session, event, chosen, links.of(session))
        for one in batch:
            standing = words[event_id][code_of(one.what, one.answered)]
            letter = reminder(facts[int(one.guest)], standing.code, standing.subject, standing.body, one.key, now)
            try:
                outbox.post(session, letter, now, due_at=one.at)
                posted += 1
            except Invalid as error:  # one wrong address must not stop the others
                _give_up(session, one, f"没有发出：{error.message}", now)
    return Reminded(posted, len(decision.given_up) + len(batch) - posted, len(decision.wanted) > most)


def _invitations(session: Session, wanted: set[int]) -> Sequence[Invitation]:
    return session.scalars(
        select(Invitation)
        .where(Invitation.id.in_(wanted))
        .options(joinedload(Invitation.organisation))
        .execution_options(populate_existing=True)
        .order_by(Invitation.id)
    ).all()


def _give_up(session: Session, one: Planned, reason: str, now: datetime) -> None:
    session.add(
        SkippedReminder(
            key=one.key,
            event_id=int(one.event_id),
            invitation_id=int(one.guest),
            reason=f"原定 {local(one.at):%Y-%m-%d %H:%M} 的提醒{reason}"[:200],
            created_at=now,
        )
    )


# What waits in the outbox is looked at once more at the moment of sending.


def still_true(session: Session, letter_id: int, now: datetime) -> bool:
    """Whether the waiting letter may leave at `now`: it would be written the same way, to the same person, and is of use.

    Where not, the letter is withdrawn with the reason, and its key is free; one whose words alone have changed is posted
    anew at once. The caller owns the letter by a claim, and drops it when the answer is False. Letters that are neither
    reminders nor about a date are always true: what must keep them from leaving cancels them itself.
    """
    letter = session.get_one(Letter, letter_id, populate_existing=True)
    stands = _stands(session, letter, now)
    if not stands:
        session.flush()  # the caller's next statement may look at the row itself
    return stands


def _stands(session: Session, letter: Letter, now: datetime) -> bool:
    if letter.kind in KINDS:
        return _is_true(session, letter, now)
    if letter.kind == FOLLOW_UP_KIND:
        wording = follow_ups.as_it_stands(session, letter.key, now)
        return _compare(session, letter, wording, now)
    if letter.kind in ABOUT_A_DATE and letter.invitation_id is not None:
        event = session.get_one(Invitation, letter.invitation_id).event
        if event.starts_at is not None and event.starts_at <= now:
            _withdraw(letter, OVER, now)
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of one event for the letters that leave one after the other: good while the stamp is the same."""

    stamp: tuple[object, ...]
    words: Mapping[str, Words]
    planned: Mapping[str, Planned]
    facts: Mapping[int, Facts]


def _known(session: Session, event_id: int) -> _Known | None:
    """The event's reminders as they stand now; None for an event that does not take place."""
    event = reading.event_as_it_is(session, event_id)
    if event is None:
        return None
    kept: dict[int, _Known] = session.info.setdefault(_KEPT, {})
    known = kept.get(event_id)
    if known is None or known.stamp != event.stamp:
        wanted = {one.key: one for one in planned(of_event(session, event), working_days(session))}
        chosen = _invitations(session, {int(one.guest) for one in wanted.values()})
        row = session.get_one(Event, event_id, populate_existing=True)
        facts = guests.facts_of(session, row, chosen, links.of(session))
        known = _Known(event.stamp, reading.in_force(session, (event_id,))[event_id], wanted, facts)
        kept.clear()  # one event at a time: letters leave in the order in which they fell due
        kept[event_id] = known
    return known


def _is_true(session: Session, letter: Letter, now: datetime) -> bool:
    known = _known(session, letter.event_id) if letter.event_id is not None else None
    one = known.planned.get(letter.key) if known is not None else None
    if known is None or one is None:
        _withdraw(letter, CHANGED, now)
        return False
    standing = known.words[code_of(one.what, one.answered)]
    if now >= one.until:
        _withdraw(letter, LATE, now)
        _give_up(session, one, too_late(one), now)
        return False
    if not standing.is_on:
        _withdraw(letter, f"发送前核对：这类提醒{OFF}。", now)
        return False
    facts = known.facts[int(one.guest)]
    return _compare(
        session, letter, reminder(facts, standing.code, standing.subject, standing.body, letter.key, now), now
    )


def _compare(session: Session, letter: Letter, written: Written | None, now: datetime) -> bool:
    """Whether the letter reads as it would be written now; if not, it is withdrawn and the new one posted."""
    if written is None:
        _withdraw(letter, CHANGED, now)
        return False
    if (letter.recipient, letter.subject, letter.text) == (written.to, written.subject, written.text):
        return True
    due_at = letter.due_at
    _withdraw(letter, REWRITTEN, now)
    try:
        outbox.post(session, written, now, due_at=min(due_at, now))
    except Invalid as error:
        letter.last_error = f"发送前核对：{error.message}"
    return False


def _withdraw(letter: Letter, reason: str, now: datetime) -> None:
    """Cancel it as a change of the event would: its key and its Message-ID are free for the letter that is true."""
    letter.cancelled_at = now
    letter.last_error = reason
    letter.lease_token = letter.leased_until = None
    letter.key = f"{letter.key}#{letter.id}"
    letter.message_id = f"{letter.message_id}.{letter.id}"
