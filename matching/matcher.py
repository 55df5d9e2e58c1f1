"""The matcher: fitted on the offers once, immutable afterwards; ranks them for a need and gives the reasons."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matching.explain import Asked, Explainer
from matching.features import Bags, Floats, Reader, View
from matching.model import Match, Profile, Reason, Settings
from matching.roles import Roles
from matching.signals import Signal, signals
from matching.synonyms import Synonyms
from matching.text import Segmenter

ALGORITHM = "2026-11-1"
"""Part of every fingerprint; to be changed whenever the same texts and settings would get other scores."""

_BLOCK = 64


@dataclass(frozen=True, slots=True)
class _Fact:
    """A signal with the offers sorted by the fact it reads: one example per distinct fact, and each offer's fact."""

    signal: Signal
    examples: tuple[Profile, ...]
    of_offer: NDArray[np.intp]

    def values(self, need: Profile) -> Floats:
        """Returns the signal's value for each offer."""
        worth = np.array([self.signal.value(need, example) for example in self.examples], dtype=np.float64)
        result: Floats = worth[self.of_offer]
        return result


class Matcher:
    """Ranks a fixed set of offers (achievements) for needs.

    Raises ValueError when two offers have the same id. Any text is accepted, also none at all; an offer that has nothing
    in common with a need is not a match. Equal scores are ordered by offer id, so the order of ``offers`` never shows.
    Not changed by ranking: several threads may share one.
    """

    def __init__(self, offers: Sequence[Profile], segmenter: Segmenter, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.offers: tuple[Profile, ...] = tuple(sorted(offers, key=lambda offer: offer.id))
        self._row: Mapping[str, int] = {offer.id: row for row, offer in enumerate(self.offers)}
        if len(self._row) != len(self.offers):
            raise ValueError("two offers have the same id")
        synonyms, roles = Synonyms(), Roles()
        self._reader = Reader(segmenter, self.settings, synonyms, roles)
        self._explainer = Explainer(segmenter, synonyms, self.settings.reasons_shown)
        bags = [self._reader.offer(offer) for offer in self.offers]
        self._words = View([bag.words for bag in bags], self.settings)
        self._characters = View([bag.characters for bag in bags], self.settings)
        self._facts = tuple(_facts(self.offers, self.settings))
        self.fingerprint: str = _fingerprint(
            self.offers, self.settings, (segmenter.words, synonyms.groups, roles.lines)
        )

    def rank(self, need: Profile, limit: int) -> list[Match]:
        """Returns the best offers for a need, at most ``limit``, best first, each with its reasons."""
        return self.rank_all([need], limit)[0]

    def rank_all(self, needs: Sequence[Profile], limit: int) -> list[list[Match]]:
        """Returns ``rank`` of each need, in the order of the needs; the same result as one by one."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        answers: list[list[Match]] = []
        for start in range(0, len(needs), _BLOCK):
            block = needs[start : start + _BLOCK]
            bags = [self._reader.need(need) for need in block]
            for need, bag, text in zip(block, bags, self._text_scores(bags), strict=True):
                scores = self._with_signals(need, text)
                best = [int(row) for row in _order(scores)[:limit] if scores[row] > 0]
                asked = self._explainer.asked(need)
                answers.append([self._match(need, asked, bag, row, rank, text) for rank, row in enumerate(best, 1)])
        return answers

    def score(self, need: Profile, offer_id: str) -> Match:
        """Returns the match of one pair, whatever its score. Raises KeyError for an offer this matcher does not hold."""
        row = self._row[offer_id]
        bag = self._reader.need(need)
        text = self._text_scores([bag])[0]
        order = _order(self._with_signals(need, text))
        rank = int(np.flatnonzero(order == row)[0]) + 1
        return self._match(need, self._explainer.asked(need), bag, row, rank, text)

    def _text_scores(self, bags: Sequence[Bags]) -> Floats:
        words = self._words.coverage([bag.words for bag in bags])
        characters = self._characters.coverage([bag.characters for bag in bags])
        share = self.settings.words_share
        return share * words + (1.0 - share) * characters

    def _with_signals(self, need: Profile, text: Floats) -> Floats:
        factor = np.full(len(self.offers), self.settings.text_share)
        for fact in self._facts:
            factor += fact.signal.cap * fact.values(need)
        scores: Floats = text * factor
        return scores

    def _match(self, need: Profile, asked: Asked, bag: Bags, row: int, rank: int, text: Floats) -> Match:
        offer = self.offers[row]
        share = self.settings.words_share
        parts: dict[str, float] = {}
        for view, features, part in ((self._words, bag.words, share), (self._characters, bag.characters, 1.0 - share)):
            for feature, weight in view.contributions(features, row).items():
                parts[feature] = parts.get(feature, 0.0) + weight * part * self.settings.text_share
        reasons = list(self._explainer.terms(asked, offer, parts))
        for fact in self._facts:
            weight = fact.signal.cap * fact.signal.value(need, offer) * float(text[row])
            if weight > 0:
                reasons.append(Reason("signal", fact.signal.label, weight, fact.signal.say(need, offer)))
        return Match(offer.id, min(1.0, math.fsum(reason.weight for reason in reasons)), rank, tuple(reasons))


def _order(scores: Floats) -> NDArray[np.intp]:
    """Returns the rows, best first; equal to nine digits counts as equal and leaves the order of ids."""
    order: NDArray[np.intp] = np.argsort(-np.round(scores, 9), kind="stable")
    return order


def _facts(offers: Sequence[Profile], settings: Settings) -> Iterator[_Fact]:
    for signal in signals(settings):
        examples: dict[Hashable, Profile] = {}
        numbers: dict[Hashable, int] = {}
        rows: list[int] = []
        for offer in offers:
            fact = signal.fact(offer)
            examples.setdefault(fact, offer)
            rows.append(numbers.setdefault(fact, len(numbers)))
        yield _Fact(signal, tuple(examples.values()), np.array(rows, dtype=np.intp))


def _fingerprint(offers: Sequence[Profile], settings: Settings, words: tuple[tuple[str, ...], ...]) -> str:
    digest = hashlib.sha256()
    for part in (ALGORITHM, asdict(settings), words, *(asdict(offer) for offer in offers)):
        digest.update(json.dumps(part, ensure_ascii=True, sort_keys=True).encode("ascii") + b"\n")
    return digest.hexdigest()
