"""What is to be expected for a need: who covers it best, which needs are like it, what would help; and what resembles what.

Computing happens outside any transaction, one need at a time; storing is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import matching
from app.domain.actor import Actor
from app.domain.entries import is_person
from app.domain.permissions import Permission, require
from app.models.outlook import Outlook, Resemblance
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services import history, profiles
from app.services.ranking import Ranker
from matching.coverage import Coverage, Help, covering, help_for
from matching.duplicates import near_duplicates
from matching.neighbours import ALIKE, Neighbours

HOLDERS = 5
SIMILAR = 5
SHOWN = 3
"""Achievements named of each institute or expert."""
NEAR = 0.5
"""Achievements below this share of the best one's score are not named."""
FROM = 0.15
"""Needs less alike than this are not shown beside each other; from ALIKE on they are worth one session."""

FIELDS = {"title": "名称", "body": "正文", "keywords": "关键词", "indicators": "指标", "institute": "单位"}


@dataclass(frozen=True, slots=True)
class Draft:
    """The outlook of one need, computed."""

    need_id: int
    help: dict[str, Any]
    covering: list[dict[str, Any]]
    similar: list[dict[str, Any]]


def compute(ranker: Ranker, neighbours: Neighbours, need: OfferedNeed) -> Draft:
    """The outlook of a need. Touches no database."""
    profile = profiles.of_need(need)
    if not ranker.offers:
        return Draft(need.id, {}, [], _similar(neighbours, profile))
    return Draft(
        need_id=need.id,
        help=_help(help_for(ranker.matcher, profile)),
        covering=_covering(ranker, profile),
        similar=_similar(neighbours, profile),
    )


def _covering(ranker: Ranker, profile: matching.Profile) -> list[dict[str, Any]]:
    """The institutes, then the experts, that cover a need best; an office that answers for its institute is no expert."""

    def expert_of(offer: matching.Profile) -> str:
        held = ranker.offers.get(int(offer.id))
        known = held is not None and is_person(held.expert)
        return f"{held.expert}（{held.institute}）" if held is not None and known else ""

    institutes = covering(ranker.matcher, profile, HOLDERS)
    experts = covering(ranker.matcher, profile, HOLDERS, expert_of)
    best = max((match.score for one in institutes for match in one.offers), default=0.0)
    found = [_coverage("institute", one, best) for one in institutes]
    found += [_coverage("expert", one, best) for one in experts]
    return [one for one in found if one["achievements"]]


def _help(found: Help) -> dict[str, Any]:
    """What would help; nothing while there is something good. `barrier` (a figure that is hard to meet) and `unknown` are the need's own words."""
    if not found.nothing_good:
        return {}
    barrier = found.barrier.label if found.barrier and found.barrier.kind == "figure" else ""
    return {"sentences": list(found.sentences), "unknown": list(found.unknown), "barrier": barrier}


def _coverage(kind: str, one: Coverage, best: float) -> dict[str, Any]:
    """Who covers a need, with the achievements that come near the best one: not those that just happen to be next."""
    close = [int(match.offer_id) for match in one.offers if match.score >= NEAR * best]
    return {"kind": kind, "name": one.holder, "score": one.score, "achievements": close[:SHOWN]}


def _similar(neighbours: Neighbours, profile: matching.Profile) -> list[dict[str, Any]]:
    found = neighbours.similar(profile, SIMILAR, FROM)
    return [{"need": int(one.id), "likeness": one.likeness, "together": one.likeness >= ALIKE} for one in found]


def store(session: Session, draft: Draft, now: datetime) -> None:
    """Write the outlook of a need in place of the one before."""
    outlook = session.get(Outlook, draft.need_id)
    if outlook is None:
        outlook = Outlook(need_id=draft.need_id)
        session.add(outlook)
    outlook.help, outlook.covering, outlook.similar = draft.help, draft.covering, draft.similar
    outlook.computed_at = now


# ------------------------------------------------------------------------------------------ resemblances


@dataclass(frozen=True, slots=True)
class Twins:
    """Two of one kind that may be one entered twice."""

    kind: str
    first_id: int
    second_id: int
    likeness: float
    same: tuple[str, ...]


def resembling(needs: Sequence[OfferedNeed], offers: Sequence[OfferedAchievement]) -> list[Twins]:
    """Near-duplicates among the needs and among the achievements. Touches no database."""
    sides = (
        ("need", [profiles.of_need(one) for one in needs]),
        ("achievement", [profiles.of_achievement(one) for one in offers]),
    )
    found = []
    for kind, side in sides:
        for pair in near_duplicates(side):
            first, second = sorted((int(pair.one), int(pair.other)))
            likeness, same = max(pair.likeness, pair.contained), tuple(FIELDS[name] for name in pair.equal)
            found.append(Twins(kind, first, second, likeness, same))
    return found


def store_twins(session: Session, found: Sequence[Twins], now: datetime) -> int:
    """Write what resembles what; what was settled stays settled, what resembles no more goes. How many are new."""
    present = {(one.kind, one.first_id, one.second_id): one for one in session.scalars(select(Resemblance))}
    added = 0
    for twins in found:
        row = present.pop((twins.kind, twins.first_id, twins.second_id), None)
        if row is None:
            row = Resemblance(kind=twins.kind, first_id=twins.first_id, second_id=twins.second_id, found_at=now)
            session.add(row)
            added += 1
        row.likeness, row.same = twins.likeness, list(twins.same)
    gone = [one.id for one in present.values() if one.settled_at is None]
    session.execute(delete(Resemblance).where(Resemblance.id.in_(gone)))
    return added


def settle(session: Session, resemblance: Resemblance, actor: Actor, now: datetime) -> None:
    """Note that the two are two."""
    require(actor, Permission.PAIRING_DECIDE)
    if resemblance.settled_at is None:
        resemblance.settled_at, resemblance.settled_by_id = now, actor.user_id
        history.record(session, resemblance.kind, resemblance.first_id, "settle", actor, now, label="不是重复",
                       reason=f"与编号 {resemblance.second_id} 的一条比较过")  # fmt: skip
