"""A shortlist of all needs at once: the best pairings such that nobody is in too many and no firm without any, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import matching
from app.domain.actor import Actor
from app.domain.entries import is_person
from app.domain.permissions import Permission, require
from app.domain.vocabulary import PairingLevel
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings as reading
from app.services import conduct
from app.services.steps import Step

MOST = 50
"""The largest cap; above it a cap bounds nothing."""

LEVELS = tuple(level.value for level in PairingLevel)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many pairings each may have, what is kept already included. Raises ValueError for one that is negative or above MOST.

    An expert is a person; an office that stands for achievements has no bound but those of the achievements.
    """

    need: int = 3
    achievement: int = 5
    firm: int = 10
    expert: int = 10

    def __post_init__(self) -> None:
        if not all(0 <= bound <= MOST for bound in (self.need, self.achievement, self.firm, self.expert)):
            raise ValueError("a cap lies outside 0 and MOST")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A suggestion that is not on the list, and why, in Chinese."""

    pairing: Pairing
    reason: str


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What to keep besides what is kept already.

    `loss` is the share of the score, 0..1, that the caps on achievements, firms and experts cost and that no firm be without any.
    `alone`: published needs that would have nothing kept at all; `firms`: how many firms have no need with anything kept.
    """

    chosen: tuple[Pairing, ...]
    left_out: tuple[LeftOut, ...]
    score: float
    wished: float
    loss: float
    alone: tuple[Need, ...]
    firms: int


def propose(session: Session, bounds: Bounds, least: str = PairingLevel.FAIR.value) -> Shortlist:
    """The suggestions of level `least` or better that together have the highest score within the bounds.

    As many firms as possible get at least one; what is kept already counts.
    """
    kept = _kept(session)
    rows = {(str(one.need_id), str(one.achievement_id)): one for one in _suggested(session, least)}
    found = matching.shortlist(
        [_candidate(row) for row in rows.values()],
        _caps(bounds.need, kept.needs),
        _caps(bounds.achievement, kept.achievements),
        (_caps(bounds.firm, kept.firms), _caps(bounds.expert, kept.experts)),
        {str(row.need.organisation_id) for row in rows.values()}.difference(map(str, kept.firms)),
    )
    chosen = tuple(rows[one.need_id, one.offer_id] for one in found.kept)
    served = {one.need_id for one in chosen}.union(kept.needs)
    published = _published(session)
    firms = {one.organisation_id for one in published if one.id in served}
    return Shortlist(
        chosen=chosen,
        left_out=tuple(
            LeftOut(rows[one.candidate.need_id, one.candidate.offer_id], one.reason) for one in found.left_out
        ),
        score=found.score,
        wished=found.wished,
        loss=found.loss / found.wished if found.wished else 0.0,
        alone=tuple(one for one in published if one.id not in served),
        firms=len({one.organisation_id for one in published} - firms),
    )


def _candidate(row: Pairing) -> matching.Candidate:
    return matching.Candidate(
        str(row.need_id), str(row.achievement_id), row.score,
        asker=str(row.need.organisation_id), holder=str(_expert(row) or ""),
    )  # fmt: skip


def _expert(row: Pairing) -> int | None:
    """Who would come for the achievement, if it is a person."""
    expert = row.achievement.expert
    return expert.id if expert is not None and is_person(expert.name) else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """How many pairings are kept already, by the id of the need, the achievement, the firm, the expert."""

    needs: Counter[int]
    achievements: Counter[int]
    firms: Counter[int]
    experts: Counter[int]


def _kept(session: Session) -> _Kept:
    rows = session.scalars(
        select(Pairing)
        .where(Pairing.state.in_(reading.KEPT))
        .options(joinedload(Pairing.need), joinedload(Pairing.achievement).joinedload(Achievement.expert))
    ).all()
    return _Kept(
        Counter(row.need_id for row in rows),
        Counter(row.achievement_id for row in rows),
        Counter(row.need.organisation_id for row in rows),
        Counter(expert for row in rows if (expert := _expert(row)) is not None),
    )


def _caps(each: int, kept: Counter[int]) -> matching.Caps:
    return matching.Caps(each, {str(number): max(0, each - count) for number, count in kept.items()})


def _suggested(session: Session, least: str) -> list[Pairing]:
    good = LEVELS[: LEVELS.index(least) + 1]
    chosen = (
        select(Pairing)
        .join(Pairing.need)
        .join(Pairing.achievement)
        .where(
            Pairing.state == "suggested", Pairing.level.in_(good), Need.state == reading.OFFERED_NEED,
            Achievement.state == reading.OFFERED_ACHIEVEMENT,
        )
        .options(
            joinedload(Pairing.need).joinedload(Need.organisation),
            joinedload(Pairing.achievement).options(
                joinedload(Achievement.organisation), joinedload(Achievement.expert)
            ),
        )
        .order_by(Pairing.need_id, Pairing.score.desc(), Pairing.achievement_id)
    )  # fmt: skip
    return list(session.scalars(chosen))


def _published(session: Session) -> list[Need]:
    chosen = select(Need).where(Need.state == reading.OFFERED_NEED).options(joinedload(Need.organisation))
    return list(session.scalars(chosen.order_by(Need.id)))


def keep(session: Session, pairing_ids: Collection[int], actor: Actor, now: datetime) -> int:
    """Keep these suggestions; how many were still open. Raises NotAllowed."""
    require(actor, Permission.PAIRING_DECIDE)
    found = session.scalars(select(Pairing).where(Pairing.id.in_(pairing_ids)).order_by(Pairing.id)).all()
    fresh = [one for one in found if one.machine.may_start(one.state, "keep") and one.state == "suggested"]
    for pairing in fresh:
        conduct.carry_out(session, Step(pairing, "keep"), actor, now)
    return len(fresh)
