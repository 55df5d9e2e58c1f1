"""The matcher: fitted on the offers once, immutable afterwards; ranks them for a need and gives the reasons."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from matching.aspects import ASPECTS, FIGURES, LATENT, RELATED, SAME, TEXT
from matching.candidates import Candidates, say_figures, say_related
from matching.comparison import WhyNot, why_not
from matching.explain import Asked, Explainer
from matching.explanation import Explanation, explain
from matching.features import Bags, Floats, Reader, View
from matching.lexicon import Lexicon
from matching.model import CONCEPT, Match, Profile, Reason, Settings
from matching.reranker import Model
from matching.roles import Roles
from matching.signals import SIGNALS as FACTS
from matching.text import Segmenter

ALGORITHM = "2026-11-4"
"""Part of every fingerprint; to be changed whenever the same texts and settings would get other scores."""

_BLOCK = 64


class Matcher:
    """Ranks a fixed set of offers (achievements) for needs, in two stages.

    The best ``settings.candidates`` by text get to the second stage, where ``model`` (default: the shipped one) weighs all
    aspects of the pair. Raises ValueError when two offers have the same id. Any text is accepted, also none at all; an offer
    without a word in common with a need is not a match. Equal scores are ordered by offer id, so the order of ``offers``
    never shows. Not changed by ranking: several threads may share one.
    """

    def __init__(
        self,
        offers: Sequence[Profile],
        segmenter: Segmenter,
        settings: Settings | None = None,
        model: Model | None = None,
        lexicon: Lexicon | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.model = model or Model.shipped()
        self.offers: tuple[Profile, ...] = tuple(sorted(offers, key=lambda offer: offer.id))
        self._row: Mapping[str, int] = {offer.id: row for row, offer in enumerate(self.offers)}
        if len(self._row) != len(self.offers):
            raise ValueError("two offers have the same id")
        lexicon = lexicon or Lexicon.shipped()
        self.segmenter = segmenter
        self.lexicon = lexicon
        self.roles = Roles(lexicon.cues)
        self._reader = Reader(segmenter, self.settings, lexicon, self.roles)
        self._explainer = Explainer(segmenter, lexicon, self.settings.reasons_shown)
        bags = [self._reader.offer(offer) for offer in self.offers]
        self._words = View([bag.words for bag in bags], self.settings)
        self._characters = View([bag.characters for bag in bags], self.settings)
        self._candidates = Candidates(self.offers, bags, lexicon, self.settings.saturation)
        self._weights = np.array(self.model.vector)
        self.fingerprint: str = _fingerprint(
            self.offers, self.settings, segmenter.words, lexicon.fingerprint, self.model.fingerprint
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
                rows, values = self._second_stage(need, bag, text)
                asked = self._explainer.asked(need)
                best = zip(rows[:limit].tolist(), values[:limit], strict=True)
                answers.append(
                    [self._match(need, asked, bag, row, rank, line) for rank, (row, line) in enumerate(best, 1)]
                )
        return answers

    def score(self, need: Profile, offer_id: str) -> Match:
        """Returns the match of one pair, whatever its score. Raises KeyError for an offer this matcher does not hold.

        An offer that is no candidate stands behind them, in the order of the text scores.
        """
        row = self._row[offer_id]
        bag = self._reader.need(need)
        text = self._text_scores([bag])[0]
        rows, values = self._second_stage(need, bag, text)
        place = np.flatnonzero(rows == row)
        if len(place):
            rank, line = int(place[0]) + 1, values[int(place[0])]
        else:
            behind = [other for other in _order(text).tolist() if other not in set(rows.tolist())]
            rank = len(rows) + behind.index(row) + 1
            line = self._aspects(need, bag, np.array([row], dtype=np.intp), text)[0]
            line = line if text[row] > 0 else np.zeros(len(ASPECTS))
        return self._match(need, self._explainer.asked(need), bag, row, rank, line)

    def aspects(self, need: Profile, offer_ids: Sequence[str] | None = None) -> dict[str, tuple[float, ...]]:
        """Returns offer id -> aspects in the order of ``ASPECTS``: of the given offers, or of the candidates of the need.

        What a model is trained on. Raises KeyError for an offer this matcher does not hold.
        """
        bag = self._reader.need(need)
        text = self._text_scores([bag])[0]
        if offer_ids is None:
            rows, values = self._second_stage(need, bag, text)
        else:
            rows = np.array([self._row[offer_id] for offer_id in offer_ids], dtype=np.intp)
            values = self._aspects(need, bag, rows, text)
        return {self.offers[row].id: tuple(line) for row, line in zip(rows.tolist(), values.tolist(), strict=True)}

    def offer(self, offer_id: str) -> Profile:
        """Returns an offer by its id. Raises KeyError for one this matcher does not hold."""
        return self.offers[self._row[offer_id]]

    def rarity(self, feature: str) -> float:
        """Returns how rare a word or concept (``CONCEPT`` + name) is among the offers, within [0, 1]; 1 if no offer has it."""
        return self._words.rarity(feature)

    def explain(self, need: Profile, offer_id: str) -> Explanation:
        """Returns why a pair has its score, with places, and what is missing. Raises KeyError for an unknown offer."""
        return explain(self, need, offer_id)

    def why_not(self, need: Profile, offer_id: str) -> WhyNot:
        """Returns what the best offers of a need have over this one. Raises KeyError for an unknown offer."""
        return why_not(self, need, offer_id)

    def _text_scores(self, bags: Sequence[Bags]) -> Floats:
        words = self._words.coverage([bag.words for bag in bags])
        characters = self._characters.coverage([bag.characters for bag in bags])
        share = self.settings.words_share
        scores: Floats = share * words + (1.0 - share) * characters
        return np.minimum(1.0, scores)

    def _second_stage(self, need: Profile, bag: Bags, text: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Returns the rows of the candidates, best first, and their aspects."""
        best = _order(text)[: self.settings.candidates]
        rows = np.sort(best[text[best] > 0])
        values = self._aspects(need, bag, rows, text)
        order = _order(values @ self._weights)
        return rows[order], values[order]

    def _aspects(self, need: Profile, bag: Bags, rows: NDArray[np.intp], text: Floats) -> Floats:
        compared = _compared(text)
        return self._candidates.aspects(need, bag, rows, compared[rows], float(compared.max(initial=0.0)))

    def _match(self, need: Profile, asked: Asked, bag: Bags, row: int, rank: int, values: Floats) -> Match:
        offer = self.offers[row]
        weight = self.model.weights
        meetings = self._candidates.meetings(bag, row) if values[_SAME] > 0 or values[_RELATED] > 0 else []
        near = [meeting for meeting in meetings if not meeting.same]
        parts = self._text_parts(bag, row, weight[TEXT] * float(values[_TEXT]))
        same = [meeting for meeting in meetings if meeting.same]
        whole = math.fsum(meeting.part for meeting in same)
        for meeting in same:
            feature = CONCEPT + meeting.concept
            part = weight[SAME] * float(values[_SAME]) * meeting.part / whole
            if part > 0:
                parts[feature] = parts.get(feature, 0.0) + part
        expanded = math.fsum(parts.pop(feature, 0.0) for feature in bag.expanded) if near else 0.0
        reasons = list(self._explainer.terms(asked, offer, parts))
        facts = {fact.label: fact.say for fact in FACTS}
        for name, value in zip(ASPECTS, values.tolist(), strict=True):
            part = weight[name] * value + (expanded if name == RELATED else 0.0)
            if part <= 0 or name in {TEXT, SAME}:
                continue
            if name == RELATED:
                detail = say_related(near)
            elif name == FIGURES:
                detail = say_figures(self._candidates.agreements(bag, self._reader.offer(offer)))
            elif name == LATENT:
                detail = ""
            else:
                detail = facts[name](need, offer)
            reasons.append(Reason("signal", name, part, detail))
        score = min(1.0, math.fsum(reason.weight for reason in reasons))
        return Match(offer.id, score, rank, tuple(reasons), self.model.level(score))

    def _text_parts(self, bag: Bags, row: int, whole: float) -> dict[str, float]:
        """Returns feature -> part of the score; the parts sum to ``whole``."""
        share = self.settings.words_share
        parts: dict[str, float] = {}
        for view, features, part in ((self._words, bag.words, share), (self._characters, bag.characters, 1.0 - share)):
            for feature, value in view.contributions(features, row).items():
                parts[feature] = parts.get(feature, 0.0) + value * part
        total = math.fsum(parts.values())
        return {feature: value / total * whole for feature, value in parts.items()} if total > 0 else {}


_TEXT, _SAME, _RELATED = ASPECTS.index(TEXT), ASPECTS.index(SAME), ASPECTS.index(RELATED)


def _compared(text: Floats) -> Floats:
    """Returns the text scores over the square root of the best one, within [0, 1]."""
    best = float(text.max(initial=0.0))
    return np.minimum(1.0, text / math.sqrt(best)) if best > 0 else text


def _order(scores: Floats) -> NDArray[np.intp]:
    """Returns the places, best first; equal to nine digits counts as equal and leaves the order of ids."""
    order: NDArray[np.intp] = np.argsort(-np.round(scores, 9), kind="stable")
    return order


def _fingerprint(
    offers: Sequence[Profile], settings: Settings, words: tuple[str, ...], lexicon: str, model: str
) -> str:
    digest = hashlib.sha256()
    for part in (ALGORITHM, asdict(settings), words, lexicon, model, *(asdict(offer) for offer in offers)):
        digest.update(json.dumps(part, ensure_ascii=True, sort_keys=True).encode("ascii") + b"\n")
    return digest.hexdigest()
