"""A shortlist of all needs at once: the best pairings such that no need and no achievement is in too many, and what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import matching
from app.domain.actor import Actor
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
class LeftOut:
    """A suggestion that is not on the list, and why, in Chinese."""

    pairing: Pairing
    reason: str


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What to keep besides what is kept already. `loss` is the share of the score that the caps on achievements cost, 0..1.

    `alone`: published needs that would have nothing kept at all.
    """

    chosen: tuple[Pairing, ...]
    left_out: tuple[LeftOut, ...]
    score: float
    wished: float
    loss: float
    alone: tuple[Need, ...]


def propose(session: Session, per_need: int, per_achievement: int, least: str = PairingLevel.FAIR.value) -> Shortlist:
    """The suggestions of level `least` or better that together have the highest score under the caps.

    What is kept already counts against the caps. Raises ValueError for a cap that is negative or above MOST.
    """
    if not (0 <= per_need <= MOST and 0 <= per_achievement <= MOST):
        raise ValueError("a cap lies outside 0 and MOST")
    kept_needs, kept_offers = _kept(session)
    rows = {(str(one.need_id), str(one.achievement_id)): one for one in _suggested(session, least)}
    candidates = [matching.Candidate(*key, row.score) for key, row in rows.items()]
    found = matching.shortlist(
        candidates, per_need, per_achievement,
        {str(number): max(0, per_need - count) for number, count in kept_needs.items()},
        {str(number): max(0, per_achievement - count) for number, count in kept_offers.items()},
    )  # fmt: skip
    chosen = tuple(rows[one.need_id, one.offer_id] for one in found.kept)
    served = {one.need_id for one in chosen} | set(kept_needs)
    return Shortlist(
        chosen=chosen,
        left_out=tuple(
            LeftOut(rows[one.candidate.need_id, one.candidate.offer_id], one.reason) for one in found.left_out
        ),
        score=found.score,
        wished=found.wished,
        loss=found.loss / found.wished if found.wished else 0.0,
        alone=tuple(one for one in _published(session) if one.id not in served),
    )


def _kept(session: Session) -> tuple[Counter[int], Counter[int]]:
    rows = session.execute(select(Pairing.need_id, Pairing.achievement_id).where(Pairing.state.in_(reading.KEPT))).all()
    return Counter(row[0] for row in rows), Counter(row[1] for row in rows)


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
            joinedload(Pairing.achievement).joinedload(Achievement.organisation),
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
