"""Works out who is to be invited to an event and why, and gathers what a letter to one guest says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.domain import sequences
from app.domain.slots import slot_times
from app.domain.vocabulary import InvitationSide
from app.letters.occasions import USUAL_LENGTH, Desk, Facts, Talk, Topic, hours
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.queries import guest_pages, invitations, meetings
from app.queries.guest_pages import Opened, SeenEvent, SeenInvitation, TalkRow
from app.services.links import Links

NO_DESK = "许昌科技大市场"
ENTRIES = "invitations.xuchang-market"
"""The right part of the UID of calendar entries: not the site's address, which may change."""


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


def opened_facts(session: Session, opened: Opened, links: Links, link: str) -> Facts:
    """The same for the page behind the guest's link, which is `link`, with the fewest questions to the database."""
    invitation = opened.invitation
    rows = guest_pages.talks(session, invitation.event_id, invitation.organisation_id)
    held = [row for row in rows if row.slot is not None]
    return _told(invitation, held, [row for row in rows if row.slot is None], links, link, market_of(opened, links))


def market_of(opened: Opened, links: Links) -> Desk:
    """Whom the guest asks: the market's own contact."""
    return _desk(opened.market, _host(links))


def _facts(
    invitation: Invitation, held: Sequence[Meeting], live: Sequence[Pairing], links: Links, asked: Desk
) -> Facts:
    placed = {meeting.pairing_id for meeting in held}
    waiting = [_pairing_row(pairing) for pairing in live if pairing.id not in placed]
    rows = [_meeting_row(meeting) for meeting in held]
    return _told(invitation, rows, waiting, links, links.rsvp(invitation), asked)


def _told(
    invitation: Invitation | SeenInvitation,
    held: Sequence[TalkRow],
    waiting: Sequence[TalkRow],
    links: Links,
    link: str,
    asked: Desk,
) -> Facts:
    event = invitation.event
    assert event.starts_at is not None
    demand = invitation.side != InvitationSide.SUPPLY.value
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
        talks=_talks(event, held, demand),
        waiting=tuple(_topic(row, demand) for row in waiting),
        link=link,
        desk=asked,
        sequence=sequences.standing(event.sequence, invitation.sequence),
        uid=f"invitation-{invitation.id}@{ENTRIES}",
        accepted=invitation.state == "accepted",
        attendees=invitation.attendees,
        party_size=invitation.party_size,
        edition=event.edition,
    )


def _host(links: Links) -> str:
    return urlsplit(links.public_url).hostname or "localhost"


def ends_at(event: Event | SeenEvent) -> datetime:
    """When the event ends: as planned, or the usual length after its beginning."""
    assert event.starts_at is not None
    return event.ends_at or event.starts_at + USUAL_LENGTH


def place_of(event: Event | SeenEvent) -> str:
    """Venue, room and address in one line."""
    venue = event.venue
    if venue is None:
        return event.place or "地点另行通知"
    room = "" if event.place in (venue.name, venue.address) else event.place
    return venue.name + room + (f"（{venue.address}）" if venue.address else "")


def desk(session: Session, host: str) -> Desk:
    """Whom guests ask: the market's own contact."""
    market = invitations.desk(session)
    return _desk(None if market is None else (market.name, market.contact_phone, market.contact_email), host)


def _desk(market: tuple[str, str, str] | None, host: str) -> Desk:
    if market is None:
        return Desk(NO_DESK, "", f"market@{host}")
    name, phone, email = market
    return Desk(name, phone, email or f"market@{host}")


def talks_of(event: Event, held: Sequence[Meeting], demand: bool) -> tuple[Talk, ...]:
    """The meetings as one guest sees them: `demand` from the enterprise's side, else from the institute's."""
    return _talks(event, [_meeting_row(meeting) for meeting in held], demand)


def _talks(event: Event | SeenEvent, held: Sequence[TalkRow], demand: bool) -> tuple[Talk, ...]:
    first = event.talks_start_at or event.starts_at
    assert first is not None
    count = max((row.slot + 1 for row in held if row.slot is not None), default=0)
    times = slot_times(first, event.slot_minutes, count, event.pauses)
    return tuple(_talk(row, times[row.slot or 0], demand) for row in held)


def _talk(row: TalkRow, time: tuple[datetime, datetime], demand: bool) -> Talk:
    topic = _topic(row, demand)
    called = f"{row.speaker}（{row.speaker_title}）" if row.speaker_title else str(row.speaker)
    return Talk(
        demand=demand,
        own=topic.own,
        partner=topic.partner,
        theirs=topic.theirs,
        why=topic.why,
        hours=hours(*time),
        table=f"{(row.table_number or 0) + 1}号桌",
        speaker=called if demand else f"由{called}出席",
        edition=row.edition or 0,
    )


def _topic(row: TalkRow, demand: bool) -> Topic:
    if demand:
        return Topic(True, row.need, row.institute, row.achievement, row.sentence)
    return Topic(False, row.achievement, row.firm, row.need, row.sentence)


def _meeting_row(meeting: Meeting) -> TalkRow:
    row, expert = _pairing_row(meeting.pairing), meeting.expert
    return row._replace(
        slot=meeting.slot,
        table_number=meeting.table_number,
        edition=meeting.edition,
        speaker=expert.name,
        speaker_title=expert.title,
    )


def _pairing_row(pairing: Pairing) -> TalkRow:
    need, achievement = pairing.need, pairing.achievement
    sides = (need.title, need.organisation.name, achievement.title, achievement.organisation.name)
    return TalkRow(None, None, None, pairing.sentence, *sides, None, None)
