"""Reads what a guest's own page shows, in two statements made once: many guests open their links at the same time.

They give columns, not entities, and go to the connection directly, which takes half the time of the session's own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.lifecycles.invitation import INVITATION
from app.domain.vocabulary import OrganisationKind
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.models.reference import Venue
from app.queries.meetings import LIVE


class SeenVenue(NamedTuple):
    """Where it is, as models.reference.Venue says it."""

    name: str
    address: str


class SeenOrganisation(NamedTuple):
    """Who is invited."""

    name: str


class SeenEvent(NamedTuple):
    """What a guest's page shows of an event, under the names of models.event.Event."""

    id: int
    state: str
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    talks_start_at: datetime | None
    place: str
    slot_minutes: int
    pauses: list[list[int]]
    capacity: int
    seats_taken: int
    offer_hours: int
    sequence: int
    edition: int
    venue: SeenVenue | None


class SeenInvitation(NamedTuple):
    """What a guest's page shows of an invitation, under the names of models.invitation.Invitation."""

    id: int
    event_id: int
    organisation_id: int
    state: str
    side: str
    contact_name: str
    contact_email: str
    nonce: str
    sequence: int
    replied_at: datetime | None
    replied_via: str | None
    replied_note: str
    attendees: str
    party_size: int
    arrives_at: str | None
    leaves_at: str | None
    reason: str
    wanted_seats: int
    line_number: int | None
    offered_until: datetime | None
    event: SeenEvent
    organisation: SeenOrganisation

    @property
    def state_label(self) -> str:
        """The state's Chinese label."""
        return INVITATION.state(self.state).label


@dataclass(frozen=True, slots=True)
class Opened:
    """A guest's invitation with its event, venue and organisation; and the market's name, phone and e-mail, if it is known."""

    invitation: SeenInvitation
    market: tuple[str, str, str] | None


class TalkRow(NamedTuple):
    """One pairing of the guest; `slot` is None while it has no table at the event. Titles and names of both sides."""

    slot: int | None
    table_number: int | None
    edition: int | None
    sentence: str
    need: str
    firm: str
    achievement: str
    institute: str
    speaker: str | None
    speaker_title: str | None


_Any = aliased(Organisation, name="any_organisation")
_Market = aliased(Organisation, name="market")
_Firm = aliased(Organisation, name="firm")
_Institute = aliased(Organisation, name="institute")

_OF_INVITATION = [getattr(Invitation, name) for name in SeenInvitation._fields[:-2]]
_OF_EVENT = [getattr(Event, name) for name in SeenEvent._fields[:-1]]
_FIRST, _SECOND = len(_OF_INVITATION), len(_OF_INVITATION) + len(_OF_EVENT)

_OPENED: Select[Any] = (
    select(
        *_OF_INVITATION,
        *_OF_EVENT,
        Organisation.name,
        Venue.name,
        Venue.address,
        _Market.name,
        _Market.contact_phone,
        _Market.contact_email,
    )
    .join(Event, Event.id == Invitation.event_id)
    .join(Organisation, Organisation.id == Invitation.organisation_id)
    .outerjoin(Venue, Venue.id == Event.venue_id)
    .outerjoin(
        _Market,
        _Market.id == select(func.min(_Any.id)).where(_Any.kind == OrganisationKind.MARKET.value).scalar_subquery(),
    )
    .where(Invitation.id == bindparam("invitation_id"))
)

_TALKS = (
    select(
        Meeting.slot,
        Meeting.table_number,
        Meeting.edition,
        Pairing.sentence,
        Need.title,
        _Firm.name,
        Achievement.title,
        _Institute.name,
        Expert.name,
        Expert.title,
    )
    .select_from(Pairing)
    .join(Need, Need.id == Pairing.need_id)
    .join(_Firm, _Firm.id == Need.organisation_id)
    .join(Achievement, Achievement.id == Pairing.achievement_id)
    .join(_Institute, _Institute.id == Achievement.organisation_id)
    .outerjoin(Meeting, and_(Meeting.pairing_id == Pairing.id, Meeting.event_id == bindparam("event_id")))
    .outerjoin(Expert, Expert.id == Meeting.expert_id)
    .where(
        or_(
            Need.organisation_id == bindparam("organisation_id"),
            Achievement.organisation_id == bindparam("organisation_id"),
        ),
        or_(
            Meeting.id.is_not(None),
            and_(Pairing.event_id == bindparam("event_id"), Pairing.state.in_(LIVE)),
        ),
    )
    .order_by(Meeting.slot, Meeting.table_number, Pairing.need_id, Pairing.rank, Pairing.id)
)


def opened(session: Session, invitation_id: int) -> Opened | None:
    """What the holder of the link of this invitation may see of it; None when there is none."""
    row = session.connection().execute(_OPENED, {"invitation_id": invitation_id}).first()
    if row is None:
        return None
    name, venue, address, market, phone, email = row[_SECOND:]
    place = None if venue is None else SeenVenue(venue, address)
    event = SeenEvent._make((*row[_FIRST:_SECOND], place))
    invitation = SeenInvitation._make((*row[:_FIRST], event, SeenOrganisation(name)))
    return Opened(invitation, None if market is None else (market, phone, email))


def talks(session: Session, event_id: int, organisation_id: int) -> list[TalkRow]:
    """The organisation's pairings at the event: those with a table by slot and table, then the others."""
    rows = session.connection().execute(_TALKS, {"event_id": event_id, "organisation_id": organisation_id})
    return sorted((TalkRow._make(row) for row in rows), key=lambda row: row.slot is None)
