"""Reads what reminders go by: events near in time, their guests, what was sent or given up, and the wordings in force."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select
from sqlalchemy.orm import Session, joinedload

from app.database.base import Base
from app.domain.reminders import FOLLOW_UP_KIND, KINDS, REMINDERS
from app.domain.vocabulary import OrganisationKind
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.follow_up import FollowUp
from app.models.history import MoveRecord
from app.models.invitation import Invitation
from app.models.letter import Letter, SkippedReminder
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.models.reference import SpecialDay, Venue
from app.models.reminder import ReminderChoice, ReminderDefault
from app.queries.meetings import LIVE

DEAD = ("planned", "cancelled")
"""States of events of which nobody is reminded."""

FOLLOWED = ("intent", "talks", "signed")
"""States of follow-ups whose next date counts."""

MOST_SKIPPED = 200


class Near(NamedTuple):
    """An event that takes place, as reminders look at it. Two equal stamps: nothing that counts has changed between."""

    id: int
    starts_at: datetime
    ends_at: datetime | None
    stamp: tuple[object, ...]


class Guest(NamedTuple):
    """An invitation, as reminders look at it."""

    id: int
    event_id: int
    state: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Words:
    """One reminder as it stands: whether it goes out, and its wording. `own_*`: decided for this event alone."""

    code: str
    is_on: bool
    subject: str
    body: str
    own_switch: bool = False
    own_words: bool = False
    is_standard: bool = True


def programme(session: Session) -> dict[str, Words]:
    """All reminders as the programme has them, by code."""
    stored = {row.code: row for row in session.scalars(select(ReminderDefault))}
    found = {}
    for code, one in REMINDERS.items():
        row = stored.get(code)
        edited = row is not None and bool(row.body)
        found[code] = Words(
            code,
            row is None or row.is_on,
            row.subject if row is not None and edited else one.subject,
            row.body if row is not None and edited else one.body,
            is_standard=not edited,
        )
    return found


def in_force(session: Session, event_ids: Collection[int]) -> dict[int, dict[str, Words]]:
    """All reminders as these events have them: by event, by code."""
    common = programme(session)
    found = {event_id: dict(common) for event_id in event_ids}
    chosen = select(ReminderChoice).where(ReminderChoice.event_id.in_(event_ids))
    for row in session.scalars(chosen):
        base = common.get(row.code)
        if base is not None:
            found[row.event_id][row.code] = Words(
                row.code,
                base.is_on if row.is_on is None else row.is_on,
                row.subject if row.body else base.subject,
                row.body or base.body,
                own_switch=row.is_on is not None,
                own_words=bool(row.body),
                is_standard=base.is_standard and not row.body,
            )
    return found


def events_near(session: Session, first: datetime, last: datetime) -> list[Near]:
    """The events that begin between the two instants and take place, by beginning. One query."""
    rows = session.execute(
        _stamped()
        .where(Event.starts_at.between(first, last), Event.state.not_in(DEAD))
        .order_by(Event.starts_at, Event.id)
    )
    return [Near(event_id, starts_at, ends_at, tuple(stamp)) for event_id, starts_at, ends_at, *stamp in rows]


def event_as_it_is(session: Session, event_id: int) -> Near | None:
    """One event that takes place; None for any other."""
    row = session.execute(_stamped().where(Event.id == event_id, Event.state.not_in(DEAD))).first()
    if row is None or row[1] is None:
        return None
    event_id, starts_at, ends_at, *stamp = row
    return Near(event_id, starts_at, ends_at, tuple(stamp))


def _stamped() -> Select[Any]:
    """(id, beginning, end, *stamp) of events. The stamp changes whenever an event's reminders may come out otherwise.

    What was posted or given up is not in it: that takes keys, and makes nothing due that was not.
    """

    def of_event(figure: ColumnElement[Any], table: type[Base], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
        chosen = select(figure).select_from(table).where(table.event_id == Event.id, *conditions)  # type: ignore[attr-defined]
        return chosen.correlate(Event).scalar_subquery()

    market = Organisation.name + Organisation.contact_phone + Organisation.contact_email
    return select(
        Event.id,
        Event.starts_at,
        Event.ends_at,
        Event.version,
        Venue.name,
        Venue.address,
        of_event(func.sum(Invitation.version), Invitation),
        of_event(func.count(Invitation.id), Invitation),
        of_event(func.sum(cast(Meeting.id, BigInteger) * 100003 + Meeting.slot * 317 + Meeting.table_number), Meeting),
        of_event(func.sum(Pairing.id), Pairing, Pairing.state.in_(LIVE)),
        of_event(func.max(ReminderChoice.changed_at), ReminderChoice),
        select(func.max(ReminderDefault.changed_at)).scalar_subquery(),
        select(market)
        .where(Organisation.kind == OrganisationKind.MARKET.value)
        .order_by(Organisation.id)
        .limit(1)
        .scalar_subquery(),
        select(func.count() * 100003 + func.coalesce(func.max(SpecialDay.id), 0))
        .select_from(SpecialDay)
        .scalar_subquery(),
    ).outerjoin(Event.venue)


def guests(session: Session, event_ids: Collection[int], states: Collection[str]) -> list[Guest]:
    """The events' invitations in these states, by id."""
    rows = session.execute(
        select(Invitation.id, Invitation.event_id, Invitation.state, Invitation.sent_at)
        .where(Invitation.event_id.in_(event_ids), Invitation.state.in_(states))
        .order_by(Invitation.id)
    )
    return [Guest(*row) for row in rows]


def moved_at(session: Session, event_ids: Collection[int]) -> dict[int, datetime]:
    """When the guests of these events were last told of a new date or place; events that never moved are not named."""
    rows = session.execute(
        select(MoveRecord.subject_id, func.max(MoveRecord.at))
        .where(MoveRecord.noun == "event", MoveRecord.verb == "postpone", MoveRecord.subject_id.in_(event_ids))
        .group_by(MoveRecord.subject_id)
    )
    return {event_id: at for event_id, at in rows if event_id is not None}


def done(session: Session, event_ids: Collection[int]) -> set[str]:
    """The keys of the events' reminders that were posted or given up; those a change withdrew are free again."""
    posted = session.scalars(select(Letter.key).where(Letter.event_id.in_(event_ids), Letter.kind.in_(KINDS)))
    given_up = session.scalars(select(SkippedReminder.key).where(SkippedReminder.event_id.in_(event_ids)))
    return {*posted, *given_up}


def follow_ups_on(session: Session, first: date, last: date, event_id: int | None = None) -> Sequence[FollowUp]:
    """The follow-ups under way whose next date lies between these days, with what a letter says of them."""
    chosen = select(FollowUp).where(FollowUp.next_on.between(first, last), FollowUp.state.in_(FOLLOWED))
    if event_id is not None:
        chosen = chosen.where(FollowUp.event_id == event_id)
    pairing = joinedload(FollowUp.pairing)
    return session.scalars(
        chosen.options(
            pairing.joinedload(Pairing.need).joinedload(Need.organisation),
            pairing.joinedload(Pairing.achievement).joinedload(Achievement.organisation),
        ).order_by(FollowUp.next_on, FollowUp.id)
    ).all()


def follow_ups_done(session: Session) -> set[str]:
    """The keys of the letters about follow-ups that were posted or given up."""
    posted = session.scalars(select(Letter.key).where(Letter.kind == FOLLOW_UP_KIND))
    given_up = session.scalars(select(SkippedReminder.key).where(SkippedReminder.key.startswith("reminder:follow_up:")))
    return {*posted, *given_up}


def some_follow_up(session: Session, event_id: int | None) -> FollowUp | None:
    """The follow-up with the latest next date, of this event or of any; None when there is none."""
    chosen = select(FollowUp).where(FollowUp.next_on.is_not(None)).order_by(FollowUp.next_on.desc()).limit(1)
    return session.scalar(chosen if event_id is None else chosen.where(FollowUp.event_id == event_id))


def letters_of(session: Session, event_id: int) -> dict[str, str]:
    """Where the event's reminders stand, by key: sent, failed, cancelled or waiting."""
    rows = session.execute(
        select(Letter.key, Letter.sent_at, Letter.failed_at, Letter.cancelled_at).where(
            Letter.event_id == event_id, Letter.kind.in_((*KINDS, FOLLOW_UP_KIND))
        )
    )
    return {
        key: "sent" if sent_at else "failed" if failed_at else "cancelled" if cancelled_at else "waiting"
        for key, sent_at, failed_at, cancelled_at in rows
    }


class Skip(NamedTuple):
    """A reminder that was given up: of whom, why and when; `guest` is empty for the desk's own."""

    key: str
    guest: str
    reason: str
    created_at: datetime


def skipped_of(session: Session, event_id: int) -> list[Skip]:
    """The event's reminders that were given up, the newest first."""
    rows = session.execute(
        select(SkippedReminder.key, Organisation.name, SkippedReminder.reason, SkippedReminder.created_at)
        .outerjoin(Invitation, SkippedReminder.invitation_id == Invitation.id)
        .outerjoin(Organisation, Invitation.organisation_id == Organisation.id)
        .where(SkippedReminder.event_id == event_id)
        .order_by(SkippedReminder.id.desc())
        .limit(MOST_SKIPPED)
    )
    return [Skip(key, guest or "", reason, created_at) for key, guest, reason, created_at in rows]
