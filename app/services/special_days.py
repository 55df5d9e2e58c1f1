"""Owns the market's own days off and days on, which win over the state's calendar."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Invalid
from app.domain.permissions import Permission, require
from app.models.reference import SpecialDay
from app.services import history


def add(session: Session, held_on: date, name: str, actor: Actor, now: datetime, *, is_working: bool) -> None:
    """Say of one day whether the market works."""
    require(actor, Permission.REFERENCE_EDIT)
    if session.scalar(select(SpecialDay).where(SpecialDay.held_on == held_on)) is not None:
        raise Invalid("这一天已经在列表里，请先删除原来的一条。")
    row = SpecialDay(held_on=held_on, name=name, is_working=is_working)
    session.add(row)
    session.flush()
    history.record(session, "special_day", row.id, "add", actor, now, label="登记特殊日期",
                   details={"held_on": held_on.isoformat(), "is_working": is_working})  # fmt: skip


def remove(session: Session, row: SpecialDay, actor: Actor, now: datetime) -> None:
    """Follow the state's calendar again on that day."""
    require(actor, Permission.REFERENCE_EDIT)
    history.record(session, "special_day", row.id, "remove", actor, now, label="删除特殊日期",
                   details={"held_on": row.held_on.isoformat(), "is_working": row.is_working})  # fmt: skip
    session.delete(row)
