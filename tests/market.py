"""A small market for tests of the season: firms with needs, institutes with experts, pairings, a year of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.vocabulary import OrganisationKind, SupplyKind
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.models.reference import Industry
from app.queries import timetable_versions, timetables
from app.services import editions, programmes, reference, timetabling
from tests import cast

NOW = cast.NOW
FIRST_ON = date(2022, 3, 1)


@dataclass(frozen=True, slots=True)
class Market:
    """Ids of the firms, the institutes and the pairings, the best of each need first."""

    firms: tuple[int, ...]
    institutes: tuple[int, ...]
    pairings: tuple[int, ...]


def opened(session: Session, now: datetime = NOW, *, announce: bool = True) -> None:
    """Lists, the year 2022 and its nineteen events."""
    reference.load(session, now)
    programmes.ensure_year(session, 2022, FIRST_ON, PROGRAMME, now, announce=announce)


def trade(session: Session, firms: int = 4, institutes: int = 3, now: datetime = NOW) -> Market:
    """Every firm has one need, every institute one achievement with its expert; all pairs are suggested.

    The last institute is 许昌学院, the others belong to the Academy. Scores differ, so that an order is certain.
    """
    industry = session.scalar(select(Industry).order_by(Industry.position).limit(1))
    needs = [_need(f"第{number}机械厂", now, industry) for number in range(1, firms + 1)]
    offers = [
        _offer(
            f"第{number}研究所", SupplyKind.CAS if number < institutes else SupplyKind.XUCHANG_UNIVERSITY, now, industry
        )
        for number in range(1, institutes + 1)
    ]
    session.add_all([*needs, *offers])
    pairs = [
        pair(one, other, 0.9 - 0.1 * place - 0.01 * row, place + 1, now)
        for row, one in enumerate(needs)
        for place, other in enumerate(offers)
    ]
    session.add_all(pairs)
    session.flush()
    return Market(
        tuple(one.organisation_id for one in needs),
        tuple(one.organisation_id for one in offers),
        tuple(one.id for one in pairs),
    )


def pair(one: Need, other: Achievement, score: float, rank: int, now: datetime = NOW) -> Pairing:
    """A suggested pairing."""
    return Pairing(need=one, achievement=other, score=score, rank=rank, sentence="两边都提到热误差。", computed_at=now)


def _need(name: str, now: datetime, industry: Industry | None) -> Need:
    firm = Organisation(kind=OrganisationKind.ENTERPRISE.value, name=name, contact_name="王厂长",
                        contact_email=f"firm{name[1]}@market.test", approved_at=now, created_at=now)  # fmt: skip
    made = Need(organisation=firm, title=f"{name}的热误差", industry=industry, created_at=now, changed_at=now,
                published_at=now)  # fmt: skip
    made._state = "published"
    return made


def _offer(name: str, supply: SupplyKind, now: datetime, industry: Industry | None) -> Achievement:
    institute = Organisation(kind=OrganisationKind.INSTITUTE.value, supply_kind=supply.value, name=name,
                             contact_name="李处长", contact_email=f"office{name[1]}@market.test", approved_at=now,
                             created_at=now)  # fmt: skip
    expert = Expert(organisation=institute, name=f"{name}张研究员", email=f"expert{name[1]}@market.test")
    made = Achievement(organisation=institute, title=f"{name}的补偿装置", expert=expert, industry=industry,
                       created_at=now, changed_at=now, listed_at=now)  # fmt: skip
    made._state = "listed"
    return made


def kept(session: Session, pairing_ids: Sequence[int], event: Event) -> None:
    """Keep these pairings and assign them to the event, as a plan would."""
    for pairing in timetables.named(session, pairing_ids).values():
        pairing._state = "shortlisted"
        pairing.event_id = event.id
    session.flush()


def docking(session: Session, series: str = "cas", number: int = 1) -> Event:
    """One docking session of 2022."""
    found = session.scalar(select(Event).where(Event.year == 2022, Event.series == series, Event.number == number))
    assert found is not None
    return found


def invited(session: Session, event: Event, organisation_id: int, state: str, **given: object) -> Invitation:
    """An invitation in this state."""
    made = Invitation(event_id=event.id, organisation_id=organisation_id, side="demand", contact_email="guest@market.test",
                      nonce=f"nonce-{event.id}-{organisation_id}", sent_at=NOW, created_at=NOW, **given)  # fmt: skip
    made._state = state
    session.add(made)
    session.flush()
    return made


def publish(session: Session, event: Event, now: datetime = NOW) -> editions.Publication:
    """Publish the draft of the event's timetable, as somebody does who has just looked at it."""
    draft = timetable_versions.working(session, event.id)
    assert draft is not None
    task = timetabling.read(session, event, version=draft, loose=True)
    seen = editions.digest(session, event, task)
    return editions.publish(session, event, draft.number, seen, PROGRAMME, now)
