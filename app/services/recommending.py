"""The bridge to matching: what is on offer becomes profiles, matches become pairings with their reasons.

Computing takes seconds and happens outside any transaction; storing is short. One segmenter and one matcher live in
the process and are made anew only when their input changes.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import matching
from app.domain.actor import PROGRAMME, Actor
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings as reading
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services import leases, pairings
from app.services.conduct import carry_out
from app.services.steps import Step

NAME = "recommend"
"""The job that refreshes the pairings."""

TOP = 10
"""Recommendations kept per need, at most."""

FLOOR = 0.03
"""What scores less is not suggested; docs/matching.md says why. It bears on small collections only."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything on offer at one moment. `asked_for` are pairs whose score is wanted whatever their rank.

    `mark` is the `mark()` of that moment.
    """

    needs: tuple[OfferedNeed, ...]
    offers: tuple[OfferedAchievement, ...]
    asked_for: tuple[tuple[int, int], ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One computed pairing; `reasons` add up to `score`, `rank` is its place among all offers for the need."""

    need_id: int
    achievement_id: int
    score: float
    rank: int
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


@dataclass(frozen=True, slots=True)
class _Ready:
    """A matcher and the offers it was fitted on."""

    offers: tuple[OfferedAchievement, ...]
    matcher: matching.Matcher


@dataclass
class _Warm:
    """The process's segmenter and matcher."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    segmenter: matching.Segmenter | None = None
    ready: _Ready | None = None


_warm = _Warm()


def mark(session: Session) -> str:
    """A short text that changes whenever other pairings might come out: with what is on offer, and with the ranking."""
    return f"{_ranking()}-{reading.mark(session)}"


@cache
def _ranking() -> str:
    """A digest of the program and the word files that rank, and of the settings here."""
    digest = hashlib.sha256(f"{TOP}:{FLOOR}".encode())
    for path in sorted(Path(matching.__file__).parent.rglob("*")):
        if path.suffix in (".py", ".txt"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def corpus(session: Session) -> Corpus:
    """What is on offer now. Read only."""
    return Corpus(
        needs=tuple(reading.offered_needs(session)),
        offers=tuple(reading.offered_achievements(session)),
        asked_for=tuple(reading.asked_for(session)),
        mark=mark(session),
    )


def compute(on_offer: Corpus, cache_dir: Path, top: int = TOP) -> list[Suggestion]:
    """The `top` achievements of each need that reach FLOOR, by need and rank, then the pairs asked for.

    Touches no database. `cache_dir` is where the segmenter keeps its prepared dictionary.
    """
    if not on_offer.needs or not on_offer.offers:
        return []
    matcher = _matcher(on_offer.offers, cache_dir)
    profiles = [_need_profile(need) for need in on_offer.needs]
    ranked = matcher.rank_all(profiles, top)
    found: dict[tuple[int, int], Suggestion] = {}
    for profile, matches in zip(profiles, ranked, strict=True):
        for match in matches:
            if match.score >= FLOOR:
                suggestion = _suggestion(matcher, profile, match)
                found[suggestion.need_id, suggestion.achievement_id] = suggestion
    by_id = {profile.id: profile for profile in profiles}
    for need_id, achievement_id in on_offer.asked_for:
        if (need_id, achievement_id) not in found:
            profile = by_id[str(need_id)]
            found[need_id, achievement_id] = _suggestion(matcher, profile, matcher.score(profile, str(achievement_id)))
    return list(found.values())


def store(session: Session, suggestions: list[Suggestion], now: datetime) -> Tally:
    """Write the pairings: new ones suggested, changed ones refreshed, those that fell out of the top dropped.

    What the desk decided stays decided; only score, reasons and rank follow the texts. What left the offer while the
    matcher computed is passed over, and its undecided pairings are dropped.
    """
    leases.lock(session, NAME)
    tally = Tally()
    needs, offers = reading.on_offer(session)
    present = reading.everything(session)
    wanted = {
        (one.need_id, one.achievement_id): one
        for one in suggestions
        if one.need_id in needs and one.achievement_id in offers
    }
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
    for (need_id, achievement_id), pairing in present.items():
        if (need_id, achievement_id) in wanted:
            continue
        gone = need_id not in needs or achievement_id not in offers
        if pairing.state == "suggested" or (gone and pairing.state in pairings.UNTIL_OFFERED):
            reason = "需求或成果已不在对接范围内" if gone else "重新计算后不再靠前"
            carry_out(session, Step(pairing, "drop", reason=reason), PROGRAMME, now)
            tally.dropped += 1
    return tally


def add(session: Session, need: Need, achievement: Achievement, note: str, actor: Actor, now: datetime) -> Pairing:
    """Pair two by hand and keep the pairing at once; `note` says why, to both sides.

    Score and reasons are there at once when this process has a matcher that holds the achievement as it is now;
    otherwise the job that is asked here brings them. Raises Invalid, NotAllowed.
    """
    pairing = pairings.add_by_hand(session, need, achievement, note, actor, now)
    if pairing.state in reading.KEPT:
        return pairing
    suggestion = _scored_now(session, need, achievement)
    if suggestion is None:
        leases.request(session, NAME, now)
    else:
        _fill(pairing, suggestion, now)
    if pairing.state == "dropped":
        carry_out(session, Step(pairing, "revive"), PROGRAMME, now)
    carry_out(session, Step(pairing, "keep", reason=note), actor, now)
    return pairing


def _scored_now(session: Session, need: Need, achievement: Achievement) -> Suggestion | None:
    ready = _warm.ready
    wanted = reading.offered_needs(session, only=need.id)
    offered = reading.offered_achievements(session, only=achievement.id)
    if ready is None or not wanted or not offered or offered[0] not in ready.offers:
        return None
    profile = _need_profile(wanted[0])
    return _suggestion(ready.matcher, profile, ready.matcher.score(profile, str(achievement.id)))


def _matcher(offers: tuple[OfferedAchievement, ...], cache_dir: Path) -> matching.Matcher:
    with _warm.lock:
        if _warm.segmenter is None:
            _warm.segmenter = matching.Segmenter(cache_dir)
        if _warm.ready is None or _warm.ready.offers != offers:
            profiles = [_offer_profile(offer) for offer in offers]
            _warm.ready = _Ready(offers, matching.Matcher(profiles, _warm.segmenter))
        return _warm.ready.matcher


def _need_profile(need: OfferedNeed) -> matching.Profile:
    return matching.Profile(
        id=str(need.id), title=need.title, body=need.body, keywords=need.keywords, indicators=need.indicators,
        industry=need.industry, county=need.county, modes=need.modes,
    )  # fmt: skip


def _offer_profile(offer: OfferedAchievement) -> matching.Profile:
    return matching.Profile(
        id=str(offer.id), title=offer.title, body=offer.body, keywords=offer.keywords, indicators=offer.indicators,
        industry=offer.industry, maturity=offer.maturity, modes=offer.modes, institute=offer.institute,
    )  # fmt: skip


def _suggestion(matcher: matching.Matcher, need: matching.Profile, match: matching.Match) -> Suggestion:
    reasons = tuple(
        {"kind": one.kind, "label": one.label, "weight": one.weight, "detail": one.detail} for one in match.reasons
    )
    return Suggestion(
        need_id=int(need.id),
        achievement_id=int(match.offer_id),
        score=match.score,
        rank=match.rank,
        reasons=reasons,
        sentence=matching.sentence(need, match),
        fingerprint=hashlib.sha256(f"{matcher.fingerprint}:{need!r}".encode()).hexdigest(),
    )


def _fill(pairing: Pairing, suggestion: Suggestion, now: datetime) -> Pairing:
    """Write what was computed; the sentence of a pairing added by hand is the one a person wrote."""
    pairing.score = suggestion.score
    pairing.rank = suggestion.rank
    pairing.reasons = list(suggestion.reasons)
    if not pairing.is_by_hand:
        pairing.sentence = suggestion.sentence
    pairing.fingerprint = suggestion.fingerprint
    pairing.computed_at = now
    return pairing
