"""Reads what people said of pairings: the desk's decisions and the guests' feedback, as judgements to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Role
from app.models.follow_up import Feedback
from app.models.history import MoveRecord
from app.models.invitation import Invitation
from app.models.pairing import Pairing
from app.models.people import Organisation

KEEP, DISMISS = "keep", "dismiss"
_VERDICT_OF = {"keep": KEEP, "introduce": KEEP, "meet": KEEP, "dismiss": DISMISS, "ban": DISMISS, "release": None}
"""What a person's move says of the fit; taking a decision back leaves none."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One pair's verdict: keep, dismiss, or a 匹配度 from "1" to "5"; when it was given, and by whom."""

    need_id: int
    achievement_id: int
    verdict: str
    at: datetime
    by: str


def every(session: Session) -> list[Judgement]:
    """The verdict on each pair, by need and achievement: feedback counts before the desk, later words before earlier ones.

    What the programme did, or the season plan with a person's consent, is no judgement of the fit.
    """
    found = {(one.need_id, one.achievement_id): one for one in (*_decisions(session), *_feedback(session))}
    return [found[key] for key in sorted(found)]


def _decisions(session: Session) -> list[Judgement]:
    rows = session.execute(
        select(Pairing.need_id, Pairing.achievement_id, MoveRecord.verb, MoveRecord.at, MoveRecord.actor_name,
               MoveRecord.actor_organisation)
        .join(Pairing, Pairing.id == MoveRecord.subject_id)
        .where(MoveRecord.noun == "pairing", MoveRecord.verb.in_(_VERDICT_OF), MoveRecord.cause == "",
               MoveRecord.actor_role != Role.PROGRAMME.value)
        .order_by(MoveRecord.id)
    )  # fmt: skip
    last: dict[tuple[int, int], Judgement] = {}
    for need_id, achievement_id, verb, at, name, organisation in rows:
        verdict = _VERDICT_OF[verb]
        if verdict is None:
            last.pop((need_id, achievement_id), None)
        else:
            by = f"{organisation} {name}".strip()
            last[need_id, achievement_id] = Judgement(need_id, achievement_id, verdict, at, by)
    return list(last.values())


def _feedback(session: Session) -> list[Judgement]:
    """The guests' 匹配度, the last one of a pair last."""
    rows = session.execute(
        select(Pairing.need_id, Pairing.achievement_id, Feedback.fit, Feedback.created_at, Organisation.name)
        .join(Pairing, Pairing.id == Feedback.pairing_id)
        .join(Invitation, Invitation.id == Feedback.invitation_id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Feedback.fit.is_not(None))
        .order_by(Feedback.created_at, Feedback.id)
    )
    return [Judgement(need_id, other_id, str(fit), at, name) for need_id, other_id, fit, at, name in rows]


def since(found: Sequence[Judgement], moment: datetime | None) -> int:
    """How many of the judgements were given after this moment; all when there is none."""
    return sum(moment is None or one.at > moment for one in found)
