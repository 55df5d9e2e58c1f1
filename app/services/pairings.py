"""Pairings: adding one by hand, keeping the best, and what happens when one falls away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.permissions import Permission, require
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings
from app.services import history, meetings
from app.services.steps import Step

DROPPABLE = frozenset({"suggested", "shortlisted", "introduced", "dismissed"})
KEPT = frozenset({"shortlisted", "introduced"})


def drop_for(session: Session, step: Step, _actor: Actor, _now: datetime) -> Iterable[Step]:
    """Reaction to a need or an achievement that is no longer on offer: its pairings fall away with it."""
    subject = step.subject
    found = (
        pairings.of_offer(session, need_id=subject.id)
        if isinstance(subject, Need)
        else pairings.of_offer(session, achievement_id=subject.id)
    )
    side = "需求" if isinstance(subject, Need) else "成果"
    return [
        Step(pairing, "drop", reason=f"{side}“{subject.title}”已不在对接范围内（{subject.state_label}）")
        for pairing in found
        if pairing.state in DROPPABLE
    ]


def left(session: Session, step: Step, _actor: Actor, _now: datetime) -> Iterable[Step]:
    """Reaction to a pairing that is dropped, dismissed, banned or released: its session and its meetings go."""
    pairing: Pairing = step.subject
    meetings.clear_pairing(session, pairing, "")
    pairing.event_id = None
    pairing.unplaced = ""
    pairing.decision = step.reason
    return ()


def kept(session: Session, step: Step, _actor: Actor, _now: datetime) -> Iterable[Step]:
    """Reaction to a pairing that is kept: an earlier reason against it no longer stands."""
    step.subject.decision = step.reason
    return ()


def best_suggested(session: Session, count: int) -> list[Pairing]:
    """Of each published need, the pairings to keep so that `count` of its best are kept; best first.

    Those already kept count; dismissed and banned ones are passed over. A need with `count` kept gets none.
    """
    rows = session.scalars(
        select(Pairing)
        .join(Pairing.need)
        .where(Need.state == pairings.OFFERED_NEED, Pairing.state.in_(("suggested", *KEPT)))
        .order_by(Pairing.need_id, Pairing.score.desc(), Pairing.achievement_id)
    ).all()
    by_need: dict[int, list[Pairing]] = defaultdict(list)
    for row in rows:
        by_need[row.need_id].append(row)
    chosen = []
    for found in by_need.values():
        missing = count - sum(1 for one in found if one.state in KEPT)
        chosen += [one for one in found if one.state not in KEPT][: max(0, missing)]
    return chosen


def add_by_hand(
    session: Session, need: Need, achievement: Achievement, note: str, actor: Actor, now: datetime
) -> Pairing:
    """The pairing of these two, made if there is none; flushed. Its score and reasons come with the next refresh.

    The caller then asks to `keep` it. Raises NotAllowed.
    """
    require(actor, Permission.PAIRING_DECIDE, need.owner)
    found = session.scalar(
        select(Pairing).where(Pairing.need_id == need.id, Pairing.achievement_id == achievement.id)
    )
    if found is not None:
        return found
    pairing = Pairing(need=need, achievement=achievement, score=0.0, origin="hand", decision=note, computed_at=now,
                      reasons=[], sentence="")
    session.add(pairing)
    session.flush()  # pairing.id
    history.record(session, "pairing", pairing.id, "add", actor, now, label="人工添加", reason=note)
    return pairing
