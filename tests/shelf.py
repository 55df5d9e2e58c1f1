"""Builders of needs, achievements and events as the public site meets them, in any state; the caller commits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.models.achievement import Achievement
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.need import Need
from tests.cast import NOW, Person


def need(session: Session, by: Person, title: str = "高速电主轴热误差补偿", **given: Any) -> Need:
    """A published, public need; `state` and any column may be given."""
    state = given.pop("state", "published")
    values: dict[str, Any] = {
        "problem": "主轴升温后孔径漂移，需要在线补偿。",
        "modes": ["joint"],
        "valid_until": date(2122, 12, 31),
        "published_at": NOW,
        "contact_name": "葛长青",
        "contact_mobile": "13900001111",
        "contact_email": "reach.me@firm.test",
    }
    made = Need(organisation_id=by.organisation_id, title=title, created_at=NOW, changed_at=NOW, **(values | given))
    made._state = state
    session.add(made)
    session.flush()
    return made


def achievement(session: Session, by: Person, title: str = "机床热变形在线补偿方法", **given: Any) -> Achievement:
    """A listed, public achievement; `state` and any column may be given."""
    state = given.pop("state", "listed")
    values: dict[str, Any] = {
        "summary": "用温度场反演热变形，实时修正坐标。",
        "modes": ["licence"],
        "maturity": "pilot",
        "listed_at": NOW,
        "contact_name": "过程远",
        "contact_mobile": "13900002222",
        "contact_email": "reach.me@institute.test",
        "owner_phone": "0374-7654321",
    }
    made = Achievement(
        organisation_id=by.organisation_id, title=title, created_at=NOW, changed_at=NOW, **(values | given)
    )
    made._state = state
    session.add(made)
    session.flush()
    return made


def event(session: Session, title: str = "中科院专题对接会（第 1 场）", **given: Any) -> Event:
    """An announced docking session a month from NOW; `state` and any column may be given."""
    state = given.pop("state", "announced")
    starts_at: datetime = given.pop("starts_at", NOW + timedelta(days=30))
    values: dict[str, Any] = {
        "year": 2022,
        "kind": "docking",
        "series": "cas",
        "ends_at": starts_at + timedelta(hours=8),
        "place": "许昌科技大市场路演厅",
        "capacity": 100,
        "seats_taken": 30,
        "changed_at": NOW,
    }
    if state in ("held", "reported"):
        values["held_at"] = starts_at
    made = Event(title=title, starts_at=starts_at, created_at=NOW, **(values | given))
    made._state = state
    session.add(made)
    session.flush()
    return made


def announced(session: Session, subject: Event) -> None:
    """Write down that the event was announced once."""
    session.add(MoveRecord(noun="event", subject_id=subject.id, verb="announce", label="对外公告", at=NOW,
                           actor_name="市桥", actor_role="organizer"))  # fmt: skip
    session.flush()
