"""A small docking session for tests: two enterprises, two institutes, kept pairings, meetings at the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.models.achievement import Achievement
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.models.reference import Venue
from tests import cast

NOW = cast.NOW
START = datetime(2022, 5, 6, 1, 0, tzinfo=UTC)
"""09:00 in Xuchang on Friday, the 6th of May 2022."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The cast, and the ids of one announced docking session with two talks and one pairing without a slot."""

    cast: cast.Cast
    event_id: int
    placed_ids: tuple[int, int]
    waiting_id: int


def stage(session: Session, now: datetime = NOW, start: datetime = START, **given: Any) -> Stage:
    """Write it all; flushed, not committed. 甲企业 meets both institutes, 乙企业 has a pairing without a slot."""
    people = cast.engage(session, now)
    event = docking(session, now, start, **given)
    owner, rival = (session.get_one(Organisation, one.organisation_id) for one in (people.owner, people.rival))
    institute, university = (
        session.get_one(Organisation, one.organisation_id) for one in (people.institute, people.university)
    )
    grinding = need(owner, "曲轴磨床热误差补偿", now)
    sewage = need(rival, "含铬污水零排放处理", now)
    sensing = achievement(institute, "数控机床热误差在线补偿装置", "热专家", now)
    coating = achievement(university, "耐磨涂层制备工艺", "许涂层", now)
    first = pairing(grinding, sensing, event, "双方都提到“热误差补偿”，行业同属装备制造。", now)
    second = pairing(grinding, coating, event, "耐磨涂层可以延长磨床导轨的寿命。", now)
    waiting = pairing(sewage, coating, event, "", now)
    session.add_all([grinding, sewage, sensing, coating, first, second, waiting])
    session.add_all(
        Meeting(
            event=event,
            pairing=one,
            enterprise=owner,
            expert=one.achievement.expert,
            slot=slot,
            table_number=slot,
            created_at=now,
        )
        for slot, one in enumerate((first, second))
    )
    session.flush()
    return Stage(people, event.id, (first.id, second.id), waiting.id)


def docking(session: Session, now: datetime, start: datetime, **given: Any) -> Event:
    """One announced docking session of three hours with ten seats."""
    venue = Venue(name=f"许昌会展中心{start:%m%d%H}", address="魏都区许州路 1 号")
    values = {
        "series": "cas",
        "capacity": 10,
        "slot_minutes": 20,
        "slot_count": 6,
        "tables": 3,
        "title": "中科院专题科技成果发布对接会",
    }
    event = Event(
        year=start.year,
        kind="docking",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        talks_start_at=start + timedelta(minutes=30),
        venue=venue,
        place="二楼 3 号厅",
        created_at=now,
        changed_at=now,
        **(values | given),
    )
    event._state = given.get("state", "announced")
    session.add(event)
    session.flush()
    return event


def need(organisation: Organisation, title: str, now: datetime) -> Need:
    """A published need."""
    made = Need(organisation=organisation, title=title, created_at=now, changed_at=now, published_at=now)
    made._state = "published"
    return made


def achievement(organisation: Organisation, title: str, expert: str, now: datetime) -> Achievement:
    """A listed achievement with the expert who speaks for it."""
    person = Expert(organisation=organisation, name=expert, title="研究员", email=f"expert{len(title)}@cast.test")
    made = Achievement(
        organisation=organisation, title=title, expert=person, created_at=now, changed_at=now, listed_at=now
    )
    made._state = "listed"
    return made


def pairing(wanted: Need, offered: Achievement, event: Event, sentence: str, now: datetime) -> Pairing:
    """A kept pairing, assigned to the event."""
    made = Pairing(need=wanted, achievement=offered, event=event, score=0.5, sentence=sentence, computed_at=now)
    made._state = "shortlisted"
    return made
