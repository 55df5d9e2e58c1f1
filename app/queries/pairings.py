"""Pairings in sight, and what the matcher is given: the published needs and the listed achievements as profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, load_only, selectinload

from app.domain.actor import CITY, Actor, Role
from app.domain.drafts import Indicator
from app.domain.permissions import Permission, allows
from app.domain.vocabulary import CooperationMode, Maturity, PairingOrigin
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries import achievements

OFFERED_NEED = "published"
OFFERED_ACHIEVEMENT = "listed"
LIVING = ("suggested", "shortlisted", "introduced", "met")
"""States in which a pairing speaks for bringing the two sides together."""
KEPT = ("shortlisted", "introduced", "met")
DECIDED = (*KEPT, "dismissed", "banned")
"""States that a person put the pairing into."""


@dataclass(frozen=True, slots=True)
class OfferedNeed:
    """What the matcher reads of a published need."""

    id: int
    title: str
    body: str
    keywords: tuple[str, ...]
    indicators: str
    industry: str
    county: str
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferedAchievement:
    """What the matcher reads of a listed achievement."""

    id: int
    title: str
    body: str
    keywords: tuple[str, ...]
    indicators: str
    industry: str
    maturity: str
    modes: tuple[str, ...]
    institute: str


def visible_to(actor: Actor) -> Select[Pairing]:
    """The city sees all pairings; a county office those of its county's needs with achievements in its sight."""
    found = select(Pairing)
    if not allows(actor, Permission.PAIRING_READ):
        return found.where(false())
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return found
    here = select(Need.id).join(Need.organisation).where(Organisation.county_id == actor.county_id)
    seen = achievements.visible_to(actor).with_only_columns(Achievement.id)
    return found.where(Pairing.need_id.in_(here), Pairing.achievement_id.in_(seen))


def mark(session: Session) -> str:
    """A short text that changes whenever a need or an achievement on offer is added, changed or removed."""
    needs = session.execute(
        select(
            func.count(Need.id), func.coalesce(func.sum(Need.id * 31 + Need.version * 7), 0), func.max(Need.changed_at)
        ).where(Need.state == OFFERED_NEED)
    ).one()
    offers = session.execute(
        select(
            func.count(Achievement.id),
            func.coalesce(func.sum(Achievement.id * 31 + Achievement.version * 7), 0),
            func.max(Achievement.changed_at),
        ).where(Achievement.state == OFFERED_ACHIEVEMENT)
    ).one()
    return f"{needs[0]}.{needs[1]}.{_seconds(needs[2])}-{offers[0]}.{offers[1]}.{_seconds(offers[2])}"


def _seconds(moment: object) -> str:
    return "0" if moment is None else str(moment).replace(" ", "T")[:26]


def offered_needs(session: Session, only: int | None = None) -> list[OfferedNeed]:
    """Every published need, in the order of ids; or that one only."""
    chosen = select(Need).where(Need.state == OFFERED_NEED)
    rows = session.scalars(
        (chosen if only is None else chosen.where(Need.id == only))
        .options(joinedload(Need.organisation).joinedload(Organisation.county), selectinload(Need.indicators),
                 joinedload(Need.industry))
        .order_by(Need.id)
    ).all()  # fmt: skip
    return [_need(row) for row in rows]


def offered_achievements(session: Session, only: int | None = None) -> list[OfferedAchievement]:
    """Every listed achievement, in the order of ids; or that one only."""
    chosen = select(Achievement).where(Achievement.state == OFFERED_ACHIEVEMENT)
    rows = session.scalars(
        (chosen if only is None else chosen.where(Achievement.id == only))
        .options(joinedload(Achievement.organisation), joinedload(Achievement.industry))
        .order_by(Achievement.id)
    ).all()
    return [_achievement(row) for row in rows]


def on_offer(session: Session) -> tuple[set[int], set[int]]:
    """The ids of the published needs and of the listed achievements."""
    needs = session.scalars(select(Need.id).where(Need.state == OFFERED_NEED))
    return set(needs), set(session.scalars(select(Achievement.id).where(Achievement.state == OFFERED_ACHIEVEMENT)))


def _need(row: Need) -> OfferedNeed:
    lines = [Indicator(one.name, one.present, one.target, one.unit).text() for one in row.indicators]
    county = row.organisation.county
    return OfferedNeed(
        id=row.id,
        title=row.title,
        body="\n".join(part for part in (row.problem, row.key_technology, row.goal, row.basis) if part),
        keywords=tuple(row.keywords),
        indicators="\n".join(lines),
        industry=row.industry.name if row.industry else row.industry_text,
        county=county.name if county else "",
        modes=tuple(CooperationMode(mode).label for mode in row.modes),
    )


def _achievement(row: Achievement) -> OfferedAchievement:
    return OfferedAchievement(
        id=row.id,
        title=row.title,
        body="\n".join(part for part in (row.summary, row.applications, row.suitable_for, row.market) if part),
        keywords=tuple(row.keywords),
        indicators=row.indicators,
        industry=row.industry.name if row.industry else row.industry_text,
        maturity=Maturity(row.maturity).label if row.maturity else "",
        modes=tuple(CooperationMode(mode).label for mode in row.modes),
        institute=row.organisation.name,
    )


def asked_for(session: Session) -> Sequence[tuple[int, int]]:
    """(need id, achievement id) of the pairings whose score is wanted even below the top: decided or added by people."""
    rows = session.execute(
        select(Pairing.need_id, Pairing.achievement_id)
        .join(Pairing.need)
        .join(Pairing.achievement)
        .where(or_(Pairing.state.in_(DECIDED), Pairing.origin == PairingOrigin.HAND.value),
               Need.state == OFFERED_NEED, Achievement.state == OFFERED_ACHIEVEMENT)
        .order_by(Pairing.need_id, Pairing.achievement_id)
    ).all()  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def everything(session: Session) -> dict[tuple[int, int], Pairing]:
    """All pairings by (need id, achievement id), without their long texts, with what a move of theirs looks at."""
    rows = session.scalars(select(Pairing).options(*_lightly()).order_by(Pairing.id))
    return {(row.need_id, row.achievement_id): row for row in rows}


def of_offer(session: Session, need_id: int | None = None, achievement_id: int | None = None) -> Sequence[Pairing]:
    """The pairings of one need or of one achievement, with what a move of theirs looks at."""
    found = select(Pairing).options(*_lightly()).order_by(Pairing.id)
    if need_id is not None:
        found = found.where(Pairing.need_id == need_id)
    if achievement_id is not None:
        found = found.where(Pairing.achievement_id == achievement_id)
    return session.scalars(found).all()


def _lightly() -> tuple[Any, ...]:
    return (
        defer(Pairing.reasons),
        defer(Pairing.sentence),
        selectinload(Pairing.need).options(load_only(Need.organisation_id), selectinload(Need.organisation)),
        selectinload(Pairing.achievement).options(
            load_only(Achievement.organisation_id), selectinload(Achievement.organisation)
        ),
    )


def totals(session: Session) -> tuple[int, int, int]:
    """How many needs and achievements are on offer, and how many pairings live."""
    needs = session.scalar(select(func.count(Need.id)).where(Need.state == OFFERED_NEED)) or 0
    offers = session.scalar(select(func.count(Achievement.id)).where(Achievement.state == OFFERED_ACHIEVEMENT)) or 0
    living = session.scalar(select(func.count(Pairing.id)).where(Pairing.state.in_(LIVING))) or 0
    return needs, offers, living
