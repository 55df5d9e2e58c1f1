"""Gives out running numbers: each once, without gaps while the transaction holds, on both databases."""

from __future__ import annotations

from sqlalchemy import Insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.serial import Serial


def next_number(session: Session, series: str) -> int:
    """The next number of the series, counted from 1. A rival waits until this transaction is over."""
    session.execute(_started(session, series))
    return int(
        session.execute(
            update(Serial).where(Serial.series == series).values(last=Serial.last + 1).returning(Serial.last)
        ).scalar_one()
    )


def _started(session: Session, series: str) -> Insert:
    """The series' first row, unless it is there: a rival's insert must not fail the whole transaction."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return make(Serial).values(series=series, last=0).on_conflict_do_nothing()
