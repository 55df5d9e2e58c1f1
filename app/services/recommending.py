"""The bridge to matching: what is on offer becomes profiles, matches become pairings with their reasons.

Computing takes seconds and happens outside any transaction; storing is short. One segmenter and one matcher live in
the process and are made anew only when their input changes.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import matching
from app.domain.actor import PROGRAMME
from app.models.pairing import Pairing
from app.queries import pairings as reading
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services.conduct import carry_out
from app.services.steps import Step

TOP = 10
"""Recommendations kept per need."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything on offer at one moment. `asked_for` are pairs whose score is wanted whatever their rank."""

    needs: tuple[OfferedNeed, ...]
    offers: tuple[OfferedAchievement, ...]
    asked_for: tuple[tuple[int, int], ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One computed pairing; `reasons` add up to `score`, `rank` is None beyond the top."""

    need_id: int
    achievement_id: int
    score: float
    rank: int | None
    reasons: tuple[dict[str, Any], ...]
    sentence: str
    fingerprint: str


@dataclass
class Tally:
    """What storing changed."""

    added: int = 0
    refreshed: int = 0
    dropped: int = 0
    revived: int = 0
    unchanged: int = 0

    def counts(self) -> dict[str, int]:
        """As a dictionary, for a job's report."""
        return dict(self.__dict__)


@dataclass
class _Warm:
    """The process's segmenter and matcher."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    segmenter: matching.Segmenter | None = None
    offers: tuple[OfferedAchievement, ...] | None = None
    matcher: matching.Matcher | None = None


_warm = _Warm()


def corpus(session: Session) -> Corpus:
    """What is on offer now. Read only."""
    return Corpus(
        needs=tuple(reading.offered_needs(session)),
        offers=tuple(reading.offered_achievements(session)),
        asked_for=tuple(reading.decided(session)),
        mark=reading.mark(session),
    )


def compute(on_offer: Corpus, cache_dir: Path, top: int = TOP) -> list[Suggestion]:
    """The `top` achievements of each need and the pairs asked for, by need and rank. Touches no database."""
    if not on_offer.needs or not on_offer.offers:
        return []
    matcher = _matcher(on_offer.offers, cache_dir)
    profiles = [_need_profile(need) for need in on_offer.needs]
    ranked = matcher.rank_all(profiles, top)
    found: dict[tuple[int, int], Suggestion] = {}
    for profile, matches in zip(profiles, ranked, strict=True):
        for match in matches:
            suggestion = _suggestion(matcher, profile, match, match.rank)
            found[suggestion.need_id, suggestion.achievement_id] = suggestion
    by_id = {profile.id: profile for profile in profiles}
    for need_id, achievement_id in on_offer.asked_for:
        if (need_id, achievement_id) not in found:
            profile = by_id[str(need_id)]
            match = matcher.score(profile, str(achievement_id))
            found[need_id, achievement_id] = _suggestion(matcher, profile, match, None)
    return list(found.values())


def store(session: Session, suggestions: list[Suggestion], now: datetime) -> Tally:
    """Write the pairings: new ones suggested, changed ones refreshed, those that fell out of the top dropped.

    What the desk decided stays decided; only score, reasons and rank follow the texts.
    """
    tally = Tally()
    present = reading.everything(session)
    wanted = {(one.need_id, one.achievement_id): one for one in suggestions}
    for key, suggestion in wanted.items():
        pairing = present.get(key)
        if pairing is None:
            session.add(_fill(Pairing(need_id=key[0], achievement_id=key[1]), suggestion, now))
            tally.added += 1
            continue
        if pairing.fingerprint == suggestion.fingerprint and pairing.rank == suggestion.rank:
            tally.unchanged += 1
        else:
            _fill(pairing, suggestion, now)
            tally.refreshed += 1
        if pairing.state == "dropped":
            carry_out(session, Step(pairing, "revive"), PROGRAMME, now)
            tally.revived += 1
    for key, pairing in present.items():
        if key not in wanted and pairing.state == "suggested":
            carry_out(session, Step(pairing, "drop", reason="重新计算后不再靠前"), PROGRAMME, now)
            tally.dropped += 1
    return tally


def _matcher(offers: tuple[OfferedAchievement, ...], cache_dir: Path) -> matching.Matcher:
    with _warm.lock:
        if _warm.segmenter is None:
            _warm.segmenter = matching.Segmenter(cache_dir)
        if _warm.matcher is None or _warm.offers != offers:
            _warm.matcher = matching.Matcher([_offer_profile(offer) for offer in offers], _warm.segmenter)
            _warm.offers = offers
        return _warm.matcher


def _need_profile(need: OfferedNeed) -> matching.Profile:
    return matching.Profile(
        id=str(need.id), title=need.title, body=need.body, keywords=need.keywords, indicators=need.indicators,
        industry=need.industry, county=need.county, modes=need.modes,
    )


def _offer_profile(offer: OfferedAchievement) -> matching.Profile:
    return matching.Profile(
        id=str(offer.id), title=offer.title, body=offer.body, keywords=offer.keywords, indicators=offer.indicators,
        industry=offer.industry, maturity=offer.maturity, modes=offer.modes, institute=offer.institute,
    )


def _suggestion(
    matcher: matching.Matcher, need: matching.Profile, match: matching.Match, rank: int | None
) -> Suggestion:
    reasons = tuple(
        {"kind": one.kind, "label": one.label, "weight": one.weight, "detail": one.detail} for one in match.reasons
    )
    return Suggestion(
        need_id=int(need.id),
        achievement_id=int(match.offer_id),
        score=match.score,
        rank=rank,
        reasons=reasons,
        sentence=matching.sentence(need, match),
        fingerprint=hashlib.sha256(f"{matcher.fingerprint}:{need!r}".encode()).hexdigest(),
    )


def _fill(pairing: Pairing, suggestion: Suggestion, now: datetime) -> Pairing:
    pairing.score = suggestion.score
    pairing.rank = suggestion.rank
    pairing.reasons = list(suggestion.reasons)
    pairing.sentence = suggestion.sentence
    pairing.fingerprint = suggestion.fingerprint
    pairing.computed_at = now
    return pairing
