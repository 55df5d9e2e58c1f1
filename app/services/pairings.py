"""Pairings: adding one by hand, the best to keep, and what happens when one falls away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, Invalid
from app.domain.permissions import Permission, require
from app.domain.vocabulary import PairingOrigin
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings
from app.services import history, leases, meetings
from app.services.steps import Step

UNTIL_OFFERED = frozenset({"suggested", "shortlisted", "dismissed"})
"""States that mean nothing once one side is no longer on offer."""
UNTIL_WITHDRAWN = UNTIL_OFFERED | {"introduced"}
"""The same when a side is taken back: who was introduced stays so when the need is settled or the result transferred."""
SUCCESSES = frozenset({"settle", "transfer"})
KEPT = frozenset({"shortlisted", "introduced"})
LONGEST_NOTE = 200


def on_offer(_session: Session, pairing: Pairing, _now: datetime) -> None:
    """Condition of `keep`, `release` and `introduce`: both sides are still on offer."""
    need, achievement = pairing.need, pairing.achievement
    if need.state != pairings.OFFERED_NEED:
        raise Invalid(f"需求“{need.title}”现在是“{need.state_label}”，不在对接范围内；重新发布后才能继续。")
    if achievement.state != pairings.OFFERED_ACHIEVEMENT:
        raise Invalid(
            f"成果“{achievement.title}”现在是“{achievement.state_label}”，不在对接范围内；重新入库后才能继续。"
        )


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
        if pairing.state in (UNTIL_OFFERED if step.move in SUCCESSES else UNTIL_WITHDRAWN)
    ]


def left(session: Session, step: Step, _actor: Actor, _now: datetime) -> Iterable[Step]:
    """Reaction to a pairing that is dropped, dismissed, banned or released: its session and its meetings go."""
    pairing: Pairing = step.subject
    if pairing.event_id is not None:  # without a session there is no meeting
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
    """The pairing of these two with a person's reason, made if there is none; flushed. Kept and scored by the caller.

    The same once more gives the pairing that is there. Raises NotAllowed, and Invalid without a reason, when a side
    is not on offer, and when the pairing was decided on otherwise.
    """
    require(actor, Permission.PAIRING_DECIDE, need.owner)
    if not 2 <= len(note) <= LONGEST_NOTE:
        raise Invalid((Complaint("note", f"请写明配对理由，2 到 {LONGEST_NOTE} 个字；邀请函会把它告诉双方。"),))
    found = session.scalar(select(Pairing).where(Pairing.need_id == need.id, Pairing.achievement_id == achievement.id))
    if found is not None and found.state in (*pairings.KEPT, "banned"):
        if found.is_by_hand and found.sentence == note and found.state in pairings.KEPT:
            return found
        raise Invalid((Complaint("achievement", f"这一对已经是“{found.state_label}”，请直接打开它处理。"),))
    pairing = found or Pairing(need=need, achievement=achievement, score=0.0, reasons=[], computed_at=now)
    on_offer(session, pairing, now)
    pairing.origin, pairing.sentence = PairingOrigin.HAND.value, note
    session.add(pairing)
    session.flush()  # pairing.id
    history.record(session, "pairing", pairing.id, "add", actor, now, label="人工添加", reason=note)
    return pairing


def ask_refresh(session: Session, actor: Actor, now: datetime) -> None:
    """Ask that all pairings are computed anew in the background."""
    require(actor, Permission.PAIRING_DECIDE)
    leases.request(session, "rebuild", now)
    history.record(session, "pairing", None, "request", actor, now, label="请求重新计算")
