"""Answers what a page asks of the matcher at once, from what the process holds already; a page never waits for it.

A process that does background work holds a ranker anyway. One that does none gathers its own in a thread of its own when it
is asked first, and again when the offer changed; until then it says that it is not ready.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.domain.vocabulary import PairingLevel
from app.queries import pairings as reading
from app.queries.pairings import OfferedNeed
from app.services import background, evidence, following, profiles, ranking
from app.services.following import Knowledge
from app.services.ranking import LEVELS
from matching.evidence import gather, request
from matching.neighbours import needs_for

ANSWERS = 20
"""Needs that an achievement's page names, at most."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of the score in which the leader is ahead: both sides' parts, and what that means in Chinese."""

    label: str
    leader: float
    own: float
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Why an achievement stands where it stands for a need: its own match, and what the leader has over it."""

    rank: int
    score: float
    level: str
    reasons: Sequence[dict[str, Any]]
    evidence: dict[str, Any]
    leader_id: int
    losses: tuple[Loss, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A need that an achievement may answer: its place among all achievements for that need, score, level."""

    need_id: int
    rank: int
    score: float
    level: str


@dataclass
class _Gathered:
    """What a process without background work gathered for its pages."""

    known: Knowledge | None = None


_gathered = _Gathered()


def ready(session: Session, cache_dir: Path, *, gather: bool = True) -> Knowledge | None:
    """What the process knows of the offer; None while it is being gathered. `gather`: whether to begin with that."""
    known = following.usable(session)
    if known is not None:
        return known
    known = _gathered.known
    if known is not None and known.database != following.address(session):
        known = None
    if gather and (known is None or _outdated(session, known)):
        background.begin("gather", partial(_gather, session.get_bind().engine, cache_dir))
    return known


def _outdated(session: Session, known: Knowledge) -> bool:
    stamps = (known.need_stamps, known.offer_stamps)
    return known.ranker.recipe.mark != ranking.recipe_mark(session) or stamps != reading.stamps(session)


def _gather(engine: Engine, cache_dir: Path) -> None:
    with Session(engine) as session:
        _gathered.known = following.learn(session, cache_dir)


def answers(known: Knowledge, achievement_id: int, need_ids: Collection[int]) -> list[Answer] | None:
    """The needs among these that an achievement may answer, best first; None for one that is not held yet.

    Costs two tenths of a second: all needs are scored up to NEEDS_TRIED, of more those whose texts are closest.
    """
    if achievement_id not in known.ranker.offers:
        return None
    asked = [profiles.of_need(need) for number, need in known.needs.items() if number in need_ids]
    found = needs_for(known.ranker.matcher, asked, str(achievement_id), ANSWERS, known.beside)
    listed = [Answer(int(need_id), match.rank, match.score, LEVELS[match.level]) for need_id, match in found]
    return [one for one in listed if one.level != PairingLevel.NONE.value]


def why_not(known: Knowledge, need: OfferedNeed, achievement_id: int) -> Comparison | None:
    """Where an achievement stands for a need, and why not before the leader; None for one that is not held yet."""
    if achievement_id not in known.ranker.offers:
        return None
    matcher, profile, name = known.ranker.matcher, profiles.of_need(need), str(achievement_id)
    match, found = matcher.score(profile, name), matcher.why_not(profile, name)
    offer = matcher.offer(name)
    return Comparison(
        rank=match.rank,
        score=match.score,
        level=LEVELS[match.level],
        reasons=evidence.reasons(match),
        evidence=evidence.stored(profile, offer, gather(matcher, request(matcher, profile), offer), match),
        leader_id=int(found.leader_id),
        losses=tuple(Loss(one.label, one.leader, one.own, one.text) for one in found.losses if one.text),
        sentences=found.sentences,
    )
