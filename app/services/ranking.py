"""The warm matcher of a process: what it holds, how it follows the offer, and what it says of a need.

Reading texts and fitting takes seconds and happens outside any transaction; following one changed text takes milliseconds.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import matching
from app.domain.vocabulary import PairingLevel
from app.queries import ranking_models
from app.queries.pairings import OfferedAchievement, OfferedNeed
from app.services import evidence, learning, lexicon, profiles
from matching.evidence import Request, gather, request
from matching.explanation import sentence
from matching.lexicon import Lexicon
from matching.reranker import Model
from matching.snapshot import Damaged, Reading, clean

log = logging.getLogger(__name__)

TOP = 10
"""Recommendations kept per need, at most."""

FLOOR = 0.03
"""What scores less shares hardly a word with the need and is not shown even as the closest; bears on small collections only."""

MERGED_FROM = 0.1
"""The share of the offer from which on changes call for average lengths and topics of their own: in a small offer at once."""

SNAPSHOTS = "matcher"
"""The folder below DATA_DIR that holds what was fitted last."""

LEVELS = {level.label: level.value for level in PairingLevel}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One computed pairing; `reasons` add up to `score`, `rank` is its place among all offers for the need."""

    need_id: int
    achievement_id: int
    score: float
    rank: int
    level: str
    reasons: tuple[dict[str, Any], ...]
    sentence: str
    evidence: dict[str, Any]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What ranks besides the texts: the lexicon and the model in use. `mark` changes with them and with the program."""

    lexicon: Lexicon
    model: Model
    mark: str


def recipe_mark(session: Session) -> str:
    """A short text that changes with the ranking: with another one the same texts get other pairings."""
    return f"{_program()}.{ranking_models.mark(session)}"


def recipe(session: Session) -> Recipe:
    """The ranking in use. Read only."""
    return Recipe(lexicon.current(session), learning.active(session), recipe_mark(session))


@cache
def _program() -> str:
    """A digest of the program and the word files that rank, and of the settings here."""
    digest = hashlib.sha256(f"{TOP}:{FLOOR}".encode())
    for path in sorted(Path(matching.__file__).parent.rglob("*")):
        if path.suffix in (".py", ".txt", ".json"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Ranker:
    """A matcher over the listed achievements that can follow them. May be shared by threads: reading never waits."""

    def __init__(
        self, offers: Iterable[OfferedAchievement], recipe: Recipe, cache_dir: Path, *, saved: bool = False
    ) -> None:
        """`saved`: begin with what some process saved, if it fits the recipe, and read only what differs from that."""
        self.recipe = recipe
        self._changing = threading.Lock()
        self._segmenter = _segmenter(cache_dir, recipe.lexicon)
        self._cache_dir = cache_dir
        held = {offer.id: offer for offer in offers}
        self._held = (self._open(held) if saved else None) or self._fit(held)

    def _fit(self, offers: Mapping[int, OfferedAchievement]) -> _Held:
        held = [profiles.of_achievement(offer) for offer in offers.values()]
        recipe = self.recipe
        return _Held(offers, matching.Matcher(held, self._segmenter, model=recipe.model, lexicon=recipe.lexicon))

    def _opened(self, folder: Path) -> matching.Matcher:
        recipe = self.recipe
        return matching.Matcher.open(
            folder, self._segmenter, model=recipe.model, lexicon=recipe.lexicon, cache_dir=self._cache_dir
        )

    def _open(self, offers: Mapping[int, OfferedAchievement]) -> _Held | None:
        """What was saved, brought up to these offers; None when there is nothing that can be used."""
        reading = Reading(self._cache_dir / SNAPSHOTS, self._opened)
        try:
            matcher = reading.get()
        except Damaged as error:
            log.info("the matcher is fitted anew: %s", error)
            return None
        finally:
            reading.close()  # what is mapped stays, even when a newer one takes its place on disk
        before = {offer.id: offer for offer in matcher.offers}
        now = {str(number): profiles.of_achievement(offer) for number, offer in offers.items()}
        for name in before.keys() - now.keys():
            matcher.remove(name)
        for name, profile in now.items():
            if before.get(name) != profile:
                matcher.put(profile)
        if matcher.changed > MERGED_FROM * len(now):
            matcher.merge()
        return _Held(offers, matcher)

    def save(self) -> None:
        """Write what was fitted to disk, for processes that begin later; a disk that is full keeps nobody from working."""
        root = self._cache_dir / SNAPSHOTS
        try:
            self.matcher.copy().save(root)
            clean(root)
        except OSError:
            log.exception("the matcher could not be saved below DATA_DIR; processes that begin fit their own")

    @property
    def offers(self) -> Mapping[int, OfferedAchievement]:
        """What it holds, by id."""
        return self._held.offers

    @property
    def matcher(self) -> matching.Matcher:
        """The matcher that holds them now."""
        return self._held.matcher

    def follow(self, changed: Iterable[OfferedAchievement], gone: Iterable[int]) -> None:
        """Take these in place of what it held of them, and forget those that are gone."""
        with self._changing:
            held = self._held
            offers, matcher = dict(held.offers), held.matcher.copy()  # whoever reads goes on with the old one
            for offer in changed:
                if offers.get(offer.id) != offer:
                    offers[offer.id] = offer
                    matcher.put(profiles.of_achievement(offer))
            for number in gone:
                if offers.pop(number, None) is not None:
                    matcher.remove(str(number))
            if matcher.changed > MERGED_FROM * len(offers):
                matcher.merge()
            if offers != held.offers:
                self._held = _Held(offers, matcher)

    def ranked(
        self, needs: Sequence[OfferedNeed], asked_for: Iterable[tuple[int, int]] = (), top: int = TOP
    ) -> list[Suggestion]:
        """The `top` achievements of each of these needs that reach FLOOR, by need and rank, then the pairs asked for."""
        held = self._held
        if not needs or not held.offers:
            return []
        asked = {need.id: _asked(held.matcher, need) for need in needs}
        found: dict[tuple[int, int], Suggestion] = {}
        answers = held.matcher.rank_all([one.profile for one in asked.values()], top)
        for (need_id, one), matches in zip(asked.items(), answers, strict=True):
            for match in matches:
                if match.score >= FLOOR:
                    found[need_id, int(match.offer_id)] = _suggestion(held.matcher, one, match)
        for need_id, achievement_id in asked_for:
            wanted = need_id in asked and achievement_id in held.offers
            if wanted and (need_id, achievement_id) not in found:
                match = held.matcher.score(asked[need_id].profile, str(achievement_id))
                found[need_id, achievement_id] = _suggestion(held.matcher, asked[need_id], match)
        return list(found.values())

    def pair(self, need: OfferedNeed, achievement: OfferedAchievement) -> Suggestion | None:
        """One pair, whatever its score; None when it does not hold the achievement as it is now."""
        held = self._held
        if held.offers.get(achievement.id) != achievement:
            return None
        asked = _asked(held.matcher, need)
        return _suggestion(held.matcher, asked, held.matcher.score(asked.profile, str(achievement.id)))

    def scores(self, needs: Iterable[OfferedNeed], achievement_ids: Iterable[int]) -> dict[tuple[int, int], float]:
        """The score of each of these achievements for each of these needs, by (need id, achievement id)."""
        held = self._held
        names = [str(number) for number in achievement_ids if number in held.offers]
        weights = held.matcher.model.vector
        found: dict[tuple[int, int], float] = {}
        for need in needs if names else ():
            for name, aspects in held.matcher.aspects(profiles.of_need(need), names).items():
                parts = [weight * value for weight, value in zip(weights, aspects, strict=True)]
                found[need.id, int(name)] = math.fsum(parts)
        return found


@dataclass(frozen=True, slots=True)
class _Held:
    offers: Mapping[int, OfferedAchievement]
    matcher: matching.Matcher


@dataclass(frozen=True, slots=True)
class _Asked:
    """A need prepared for being explained against several achievements."""

    profile: matching.Profile
    request: Request


def _asked(matcher: matching.Matcher, need: OfferedNeed) -> _Asked:
    profile = profiles.of_need(need)
    return _Asked(profile, request(matcher, profile))


def _suggestion(matcher: matching.Matcher, asked: _Asked, match: matching.Match) -> Suggestion:
    offer = matcher.offer(match.offer_id)
    found = gather(matcher, asked.request, offer)
    return Suggestion(
        need_id=int(asked.profile.id),
        achievement_id=int(match.offer_id),
        score=match.score,
        rank=match.rank,
        level=LEVELS[match.level],
        reasons=tuple(evidence.reasons(match)),
        sentence=sentence(match.level, found),
        evidence=evidence.stored(asked.profile, offer, found, match),
        fingerprint=hashlib.sha256(f"{matcher.fingerprint}:{asked.profile!r}".encode()).hexdigest(),
    )


@dataclass
class _Words:
    """The process's segmenter: a second of work and sixty megabytes, made anew only when the words change."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    words: tuple[str, ...] = ()
    segmenter: matching.Segmenter | None = None


_words = _Words()


def _segmenter(cache_dir: Path, of: Lexicon) -> matching.Segmenter:
    with _words.lock:
        if _words.segmenter is None or _words.words != of.words:
            _words.segmenter, _words.words = matching.Segmenter(cache_dir, of.words), of.words
        return _words.segmenter
