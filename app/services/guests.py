"""Works out who is to be invited to an event and why, and gathers what a letter to one guest says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.domain.slots import slot_times
from app.domain.vocabulary import InvitationSide
from app.letters.occasions import USUAL_LENGTH, Desk, Facts, Talk, Topic, hours
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.queries import invitations, meetings
from app.services.links import Links

NO_DESK = "许昌科技大市场"


@dataclass(frozen=True, slots=True)
class Guest:
    """An organisation that the plan of an event asks for, and whom to write to; `email` is empty if nobody is known."""

    organisation: Organisation
    side: InvitationSide
    name: str
    email: str
    phone: str


def of_event(session: Session, event: Event) -> list[Guest]:
    """One guest per organisation with a meeting at the event or a pairing assigned to it, by side and name."""
    held = meetings.of_event(session, event.id)
    experts = {meeting.pairing_id: meeting.expert for meeting in held}
    found: dict[int, Guest] = {}
    for pairing in [*(meeting.pairing for meeting in held), *meetings.pairings_of_event(session, event.id)]:
        for guest in (_demand(pairing), _supply(pairing, experts.get(pairing.id) or pairing.achievement.expert)):
            known = found.get(guest.organisation.id)
            if known is None or (not known.email and guest.email):
                found[guest.organisation.id] = guest
    return sorted(found.values(), key=lambda guest: (guest.side.value, guest.organisation.name))


def _demand(pairing: Pairing) -> Guest:
    need, firm = pairing.need, pairing.need.organisation
    if firm.contact_email:
        return Guest(firm, InvitationSide.DEMAND, firm.contact_name, firm.contact_email, firm.contact_phone)
    phone = need.contact_mobile or need.contact_landline
    return Guest(firm, InvitationSide.DEMAND, need.contact_name, need.contact_email, phone)


def _supply(pairing: Pairing, expert: Expert | None) -> Guest:
    achievement, institute = pairing.achievement, pairing.achievement.organisation
    if institute.contact_email:
        return Guest(
            institute, InvitationSide.SUPPLY, institute.contact_name, institute.contact_email, institute.contact_phone
        )
    if expert is not None:
        return Guest(institute, InvitationSide.SUPPLY, expert.name, expert.email, expert.mobile)
    phone = achievement.contact_mobile or achievement.contact_landline
    return Guest(institute, InvitationSide.SUPPLY, achievement.contact_name, achievement.contact_email, phone)


def is_planned(session: Session, invitation: Invitation) -> bool:
    """Whether the plan still has a reason for the invitation; a guest without a side in the talks needs none."""
    if invitation.side == InvitationSide.GUEST.value:
        return True
    wanted = (session, invitation.event_id, invitation.organisation_id)
    return bool(meetings.of_guest(*wanted) or meetings.pairings_of_guest(*wanted))


def facts(session: Session, invitation: Invitation, links: Links) -> Facts:
    """Everything a letter to this guest says, as it stands now. The event must have a date."""
    wanted = (session, invitation.event_id, invitation.organisation_id)
    held, live = meetings.of_guest(*wanted), meetings.pairings_of_guest(*wanted)
    return _facts(invitation, held, live, links, desk(session, _host(links)))


def facts_of(session: Session, event: Event, chosen: Sequence[Invitation], links: Links) -> dict[int, Facts]:
    """The same for several guests of one event, read together: by invitation id."""
    held: dict[int, list[Meeting]] = {}
    for meeting in meetings.of_event(session, event.id):
        for organisation_id in {meeting.enterprise_id, meeting.pairing.achievement.organisation_id}:
            held.setdefault(organisation_id, []).append(meeting)
    live: dict[int, list[Pairing]] = {}
    for pairing in meetings.pairings_of_event(session, event.id):
        for organisation_id in {pairing.need.organisation_id, pairing.achievement.organisation_id}:
            live.setdefault(organisation_id, []).append(pairing)
    asked = desk(session, _host(links))
    return {
        one.id: _facts(one, held.get(one.organisation_id, ()), live.get(one.organisation_id, ()), links, asked)
        for one in chosen
    }


def _facts(
    invitation: Invitation, held: Sequence[Meeting], live: Sequence[Pairing], links: Links, asked: Desk
) -> Facts:
    event = invitation.event
    assert event.starts_at is not None
    demand = invitation.side != InvitationSide.SUPPLY.value
    placed = {meeting.pairing_id for meeting in held}
    return Facts(
        event_id=event.id,
        invitation_id=invitation.id,
        organisation=invitation.organisation.name,
        contact=invitation.contact_name,
        email=invitation.contact_email,
        title=event.title,
        starts_at=event.starts_at,
        ends_at=ends_at(event),
        place=place_of(event),
        talks=talks_of(event, held, demand),
        waiting=tuple(_topic(pairing, demand) for pairing in live if pairing.id not in placed),
        link=links.rsvp(invitation),
        desk=asked,
        sequence=event.sequence + invitation.sequence,
        uid=f"invitation-{invitation.id}@{_host(links)}",
        accepted=invitation.state == "accepted",
        attendees=invitation.attendees,
        party_size=invitation.party_size,
        edition=event.edition,
    )


def _host(links: Links) -> str:
    return urlsplit(links.public_url).hostname or "localhost"


def ends_at(event: Event) -> datetime:
    """When the event ends: as planned, or the usual length after its beginning."""
    assert event.starts_at is not None
    return event.ends_at or event.starts_at + USUAL_LENGTH


def place_of(event: Event) -> str:
    """Venue, room and address in one line."""
    venue = event.venue
    if venue is None:
        return event.place or "地点另行通知"
    room = "" if event.place in (venue.name, venue.address) else event.place
    return venue.name + room + (f"（{venue.address}）" if venue.address else "")


def desk(session: Session, host: str) -> Desk:
    """Whom guests ask: the market's own contact."""
    market = invitations.desk(session)
    if market is None:
        return Desk(NO_DESK, "", f"market@{host}")
    return Desk(market.name, market.contact_phone, market.contact_email or f"market@{host}")


def talks_of(event: Event, held: Sequence[Meeting], demand: bool) -> tuple[Talk, ...]:
    """The meetings as one guest sees them: `demand` from the enterprise's side, else from the institute's."""
    first = event.talks_start_at or event.starts_at
    assert first is not None
    count = max((meeting.slot + 1 for meeting in held), default=0)
    times = slot_times(first, event.slot_minutes, count, event.pauses)
    return tuple(_talk(meeting, times[meeting.slot], demand) for meeting in held)


def _talk(meeting: Meeting, time: tuple[datetime, datetime], demand: bool) -> Talk:
    topic = _topic(meeting.pairing, demand)
    expert = meeting.expert
    called = f"{expert.name}（{expert.title}）" if expert.title else expert.name
    return Talk(
        demand=demand,
        own=topic.own,
        partner=topic.partner,
        theirs=topic.theirs,
        why=topic.why,
        hours=hours(*time),
        table=f"{meeting.table_number + 1}号桌",
        speaker=called if demand else f"由{called}出席",
        edition=meeting.edition,
    )


def _topic(pairing: Pairing, demand: bool) -> Topic:
    need, achievement = pairing.need, pairing.achievement
    if demand:
        return Topic(True, need.title, achievement.organisation.name, achievement.title, pairing.sentence)
    return Topic(False, achievement.title, need.organisation.name, need.title, pairing.sentence)
