"""Absences: the days on which an organisation or one of its experts cannot come, and whom they keep from which session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor
from app.domain.entries import clean_line
from app.domain.errors import Complaint, Invalid
from app.domain.permissions import Permission, require
from app.domain.profiles import LONGEST_ABSENCE_NOTE, AbsenceDraft
from app.models.absence import Absence
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries import absences as queries
from app.services import history, organisations, timetabling

LONGEST = timedelta(days=366)


def add(session: Session, organisation: Organisation, draft: AbsenceDraft, actor: Actor, now: datetime) -> Absence:
    """Enter days on which somebody cannot come; flushed. Raises NotAllowed, Invalid, or Missing for a strange expert."""
    require(actor, Permission.ORGANISATION_EDIT, organisation.owner)
    starts_on, ends_on = _period(draft, clock.today(now))
    if draft.expert_id is not None:
        organisations.expert_of(session, organisation, draft.expert_id)
    row = Absence(organisation_id=organisation.id, expert_id=draft.expert_id, starts_on=starts_on, ends_on=ends_on,
                  note=clean_line(draft.note)[:LONGEST_ABSENCE_NOTE], created_at=now)  # fmt: skip
    session.add(row)
    session.flush()  # history names it by id
    history.record(session, "organisation", organisation.id, "absence", actor, now, label="登记不能到会的日期",
                   details={"absence": row.id, "from": starts_on.isoformat(), "to": ends_on.isoformat()})  # fmt: skip
    return row


def _period(draft: AbsenceDraft, today: date) -> tuple[date, date]:
    if draft.starts_on is None:
        raise Invalid((Complaint("starts_on", "请填写开始日期，例如 2022-05-16。"),))
    ends_on = draft.ends_on or draft.starts_on
    if ends_on < draft.starts_on:
        raise Invalid((Complaint("ends_on", "结束日期早于开始日期，请检查。"),))
    if ends_on < today:
        raise Invalid((Complaint("ends_on", "这段时间已经过去，不用登记。"),))
    if ends_on - draft.starts_on > LONGEST:
        raise Invalid((Complaint("ends_on", "一次最多登记一年，请检查日期。"),))
    return draft.starts_on, ends_on


def drop(session: Session, absence: Absence, actor: Actor, now: datetime) -> None:
    """Take an entry back."""
    require(actor, Permission.ORGANISATION_EDIT, absence.organisation.owner)
    history.record(session, "organisation", absence.organisation_id, "absence", actor, now,
                   label="删除不能到会的日期", details={"absence": absence.id})  # fmt: skip
    session.delete(absence)


def guests_away(session: Session, found: Sequence[Pairing], days: Mapping[str, date]) -> frozenset[tuple[str, str]]:
    """(guest, session) of the pairings' enterprises and speakers who cannot come on a session's day (`days` by session)."""
    if not days:
        return frozenset()
    sides = {one for pairing in found for one in (pairing.need.organisation_id, pairing.achievement.organisation_id)}
    entered = queries.during(session, sides, min(days.values()), max(days.values()))
    away = set()
    for absence in entered:
        closed = [name for name, day in days.items() if absence.starts_on <= day <= absence.ends_on]
        for pairing in found:
            away |= {(guest, name) for guest in _guests(absence, pairing) for name in closed}
    return frozenset(away)


def _guests(absence: Absence, pairing: Pairing) -> list[str]:
    """The guests of a pairing, as the season plan calls them, whom an absence concerns."""
    guests = []
    if absence.expert is None and absence.organisation_id == pairing.need.organisation_id:
        guests.append(f"E{absence.organisation_id}")
    speaker = timetabling.speaker_of(pairing)
    if (
        speaker is not None
        and speaker.organisation_id == absence.organisation_id
        and (absence.expert is None or absence.expert.email.casefold() == speaker.email.casefold())
    ):
        guests.append(speaker.code)
    return guests
