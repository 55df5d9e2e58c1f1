"""Reads the days on which organisations and experts cannot come."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor
from app.domain.errors import Missing
from app.models.absence import Absence
from app.queries import people

GONE = "没有这条记录，可能已经删除。"


def ahead(session: Session, organisation_id: int, today: date) -> list[Absence]:
    """What an organisation and its experts have entered that is not over, in order of time."""
    found = (
        select(Absence)
        .where(Absence.organisation_id == organisation_id, Absence.ends_on >= today)
        .options(joinedload(Absence.expert))
        .order_by(Absence.starts_on, Absence.id)
    )
    return list(session.scalars(found))


def one(session: Session, actor: Actor, absence_id: int) -> Absence:
    """The absence with this id of an organisation that the actor may see; Missing otherwise."""
    found = session.get(Absence, absence_id)
    if found is None:
        raise Missing(GONE)
    people.organisation(session, actor, found.organisation_id)
    return found


def own(session: Session, actor: Actor, absence_id: int) -> Absence:
    """The absence with this id of the actor's own organisation; Missing otherwise."""
    found = session.get(Absence, absence_id)
    if found is None or found.organisation_id != people.own(session, actor).id:
        raise Missing(GONE)
    return found


def during(session: Session, organisation_ids: Collection[int], first: date, last: date) -> list[Absence]:
    """The absences of these organisations that touch the time between two days, both included."""
    found = (
        select(Absence)
        .where(Absence.organisation_id.in_(organisation_ids), Absence.starts_on <= last, Absence.ends_on >= first)
        .options(joinedload(Absence.expert))
        .order_by(Absence.id)
    )
    return list(session.scalars(found))
