"""Pairings in sight, and what the matcher is given: the published needs and the listed achievements as profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, false, func, or_, select, true
from sqlalchemy.orm import Session, defer, joinedload, load_only, selectinload

from app.domain.actor import CITY, Actor, Role
from app.domain.drafts import Indicator
from app.domain.permissions import Permission, allows
from app.domain.vocabulary import CooperationMode, Maturity, PairingOrigin, Visibility
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.models.reference import County, Industry
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
    """What the matcher reads of a published need. `hidden`: the firm's name while it stays anonymous."""

    id: int
    title: str
    body: str
    keywords: tuple[str, ...]
    indicators: str
    industry: str
    county: str
    modes: tuple[str, ...]
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class OfferedAchievement:
    """What the matcher reads of a listed achievement.

    `expert`: who stands for it; `hidden`: the institute's name while it stays anonymous.
    """

    id: int
    title: str
    body: str
    keywords: tuple[str, ...]
    indicators: str
    industry: str
    maturity: str
    modes: tuple[str, ...]
    institute: str
    expert: str = ""
    hidden: str = ""


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
    """A short text that changes whenever a need or an achievement on offer is added, changed or removed; one query."""
    needs, offers = _counted(Need, OFFERED_NEED), _counted(Achievement, OFFERED_ACHIEVEMENT)
    row = session.execute(select(needs, offers).select_from(needs.join(offers, true()))).one()
    return f"{row[0]}.{row[1]}.{_seconds(row[2])}-{row[3]}.{row[4]}.{_seconds(row[5])}"


def _counted(model: type[Need | Achievement], state: str) -> Subquery:
    """How many are on offer, what their versions add up to, and when one was changed last; read at one go."""
    version = func.coalesce(func.sum(model.id * 31 + model.version * 7), 0)
    counted = select(
        func.count(model.id).label("count"), version.label("sum"), func.max(model.changed_at).label("last")
    )
    return counted.where(model.state == state).subquery()


def _seconds(moment: object) -> str:
    return "0" if moment is None else str(moment).replace(" ", "T")[:26]


def stamps(session: Session) -> tuple[dict[int, str], dict[int, str]]:
    """Of the published needs and of the listed achievements: id -> a text that changes with what the matcher reads of it.

    Light: no text is loaded. Names of organisations, counties and industries count, for profiles hold them.
    """
    asked, offered = Organisation.__table__.alias("asked"), Organisation.__table__.alias("offered")
    needs = session.execute(
        select(Need.id, Need.version, Need.changed_at, County.name, Industry.name)
        .join(asked, asked.c.id == Need.organisation_id)
        .outerjoin(County, County.id == asked.c.county_id)
        .outerjoin(Industry, Industry.id == Need.industry_id)
        .where(Need.state == OFFERED_NEED)
    )
    offers = session.execute(
        select(Achievement.id, Achievement.version, Achievement.changed_at, offered.c.name, Industry.name)
        .join(offered, offered.c.id == Achievement.organisation_id)
        .outerjoin(Industry, Industry.id == Achievement.industry_id)
        .where(Achievement.state == OFFERED_ACHIEVEMENT)
    )
    return _stamped(needs), _stamped(offers)


def _stamped(rows: Iterable[Any]) -> dict[int, str]:
    return {row[0]: "|".join(map(str, row[1:])) for row in rows}


def offered_needs(session: Session, only: Collection[int] | None = None) -> list[OfferedNeed]:
    """Every published need, in the order of ids; or those with these ids only."""
    chosen = select(Need).where(Need.state == OFFERED_NEED)
    rows = session.scalars(
        (chosen if only is None else chosen.where(Need.id.in_(only)))
        .options(joinedload(Need.organisation).joinedload(Organisation.county), selectinload(Need.indicators),
                 joinedload(Need.industry))
        .order_by(Need.id)
    ).all()  # fmt: skip
    return [_need(row) for row in rows]


def offered_achievements(session: Session, only: Collection[int] | None = None) -> list[OfferedAchievement]:
    """Every listed achievement, in the order of ids; or those with these ids only."""
    chosen = select(Achievement).where(Achievement.state == OFFERED_ACHIEVEMENT)
    rows = session.scalars(
        (chosen if only is None else chosen.where(Achievement.id.in_(only)))
        .options(joinedload(Achievement.organisation), joinedload(Achievement.industry), joinedload(Achievement.expert))
        .order_by(Achievement.id)
    ).all()
    return [_achievement(row) for row in rows]


def told(
    session: Session, need_ids: Collection[int], achievement_ids: Collection[int]
) -> tuple[list[OfferedNeed], list[OfferedAchievement]]:
    """These needs and achievements as the matcher reads them, in whatever state, in the order of ids."""
    needs = session.scalars(
        select(Need).where(Need.id.in_(need_ids)).options(selectinload(Need.indicators)).order_by(Need.id)
    ).all()
    offers = session.scalars(
        select(Achievement).where(Achievement.id.in_(achievement_ids)).order_by(Achievement.id)
    ).all()
    return [_need(row) for row in needs], [_achievement(row) for row in offers]


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
        hidden=_hidden(row),
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
        expert=row.expert.name if row.expert else "",
        hidden=_hidden(row),
    )


def _hidden(row: Need | Achievement) -> str:
    return row.organisation.name if row.visibility == Visibility.ANONYMOUS.value else ""


def asked_for(session: Session, only: Collection[int] | None = None) -> Sequence[tuple[int, int]]:
    """(need id, achievement id) of the pairings whose score is wanted even below the top: decided or added by people.

    Of all needs, or of those with these ids only.
    """
    chosen = (
        select(Pairing.need_id, Pairing.achievement_id)
        .join(Pairing.need)
        .join(Pairing.achievement)
        .where(or_(Pairing.state.in_(DECIDED), Pairing.origin == PairingOrigin.HAND.value),
               Need.state == OFFERED_NEED, Achievement.state == OFFERED_ACHIEVEMENT)
        .order_by(Pairing.need_id, Pairing.achievement_id)
    )  # fmt: skip
    rows = session.execute(chosen if only is None else chosen.where(Pairing.need_id.in_(only)))
    return [(row[0], row[1]) for row in rows]


def holders(session: Session, achievement_ids: Collection[int], top: int) -> set[int]:
    """The published needs that have one of these achievements among their `top`, had it until it left, or decided on it."""
    close = or_(Pairing.rank <= top, Pairing.state.in_(DECIDED))
    chosen = select(Pairing.need_id).join(Pairing.need).where(Need.state == OFFERED_NEED, close)
    return set(session.scalars(chosen.where(Pairing.achievement_id.in_(achievement_ids))))


def last_places(session: Session, top: int) -> dict[int, float]:
    """Of the needs with a full list: need id -> the score in place `top`, which a newcomer has to reach."""
    rows = session.execute(
        select(Pairing.need_id, func.min(Pairing.score))
        .where(Pairing.rank == top, Pairing.state != "dropped")
        .group_by(Pairing.need_id)
    )
    return {need_id: float(score) for need_id, score in rows}


def unscored(session: Session) -> set[int]:
    """The published needs with a pairing that was added by hand and has no score yet."""
    chosen = select(Pairing.need_id).join(Pairing.need).join(Pairing.achievement)
    return set(
        session.scalars(
            chosen.where(
                Pairing.fingerprint == "", Need.state == OFFERED_NEED, Achievement.state == OFFERED_ACHIEVEMENT,
                Pairing.state != "dropped",
            )
        )
    )  # fmt: skip


def everything(session: Session, only: Collection[int] | None = None) -> dict[tuple[int, int], Pairing]:
    """All pairings, or those of these needs, by (need id, achievement id): without long texts, with what a move looks at."""
    chosen = select(Pairing).options(*_lightly()).order_by(Pairing.id)
    rows = session.scalars(chosen if only is None else chosen.where(Pairing.need_id.in_(only)))
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
        defer(Pairing.evidence),
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
