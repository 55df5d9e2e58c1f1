"""The matcher: fitted on the offers, ranks them for a need in two stages and gives the reasons."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.candidates import Candidates
from matching.comparison import WhyNot, why_not
from matching.explain import Explainer
from matching.explanation import Explanation, explain
from matching.features import Bags, Floats, Reader, scheme_of
from matching.index import Index
from matching.lexicon import Lexicon
from matching.model import Match, Profile, Settings
from matching.query import Query
from matching.reasons import Reasons
from matching.reranker import Model, backing
from matching.retrieval import Found
from matching.roles import Roles
from matching.terms import encode
from matching.text import Segmenter

ALGORITHM = "2026-11-7"
"""Part of every fingerprint; to be changed whenever the same texts and settings would get other scores."""

_BLOCK = 64
_RARITIES_KEPT = 50_000


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
        self.segmenter = segmenter
        self.lexicon = lexicon or Lexicon.shipped()
        self.roles = Roles(self.lexicon.cues)
        self._reader = Reader(segmenter, self.settings, self.lexicon, self.roles)
        self._reasons = Reasons(self.model, Explainer(segmenter, self.lexicon, self.settings.reasons_shown))
        self._weights = np.array(self.model.vector)
        self.offers: tuple[Profile, ...] = tuple(sorted(offers, key=lambda offer: encode(offer.id)))
        bags = [self._reader.offer(offer) for offer in self.offers]
        documents = ((offer.id, bag.views) for offer, bag in zip(self.offers, bags, strict=True))
        self._index = Index.build(documents, scheme_of(self.settings))
        self._candidates = Candidates(self.offers, bags, self.lexicon, self.settings.saturation)
        self._reach = self._candidates.repeats.reach(self.settings.candidates)
        self._rarity = lru_cache(_RARITIES_KEPT)(self._rarity_of)
        self.fingerprint: str = _fingerprint(
            self.offers, self.settings, segmenter.words, self.lexicon.fingerprint, self.model.fingerprint
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
            queries = [self._index.weigh(bag.views) for bag in bags]
            found = self._index.rows_many(queries, self._reach)
            for need, bag, query, best in zip(block, bags, queries, found, strict=True):
                rows, values = self._second_stage(need, bag, best)
                shown = zip(rows[:limit].tolist(), values[:limit], strict=True)
                answers.append(self._matches(need, bag, query, list(enumerate(shown, 1))))
        return answers

    def score(self, need: Profile, offer_id: str) -> Match:
        """Returns the match of one pair, whatever its score. Raises KeyError for an offer this matcher does not hold.

        An offer that is no candidate stands behind them, in the order of the text scores: only for its rank all are scored.
        """
        row = self._index.row(offer_id)
        bag = self._reader.need(need)
        query = self._index.weigh(bag.views)
        best = self._index.rows(query, self._reach)
        rows, values = self._second_stage(need, bag, best)
        place = np.flatnonzero(rows == row)
        if len(place):
            rank, line = int(place[0]) + 1, values[int(place[0])]
        else:
            rank = max(len(rows) + 1, self._index.place(query, offer_id))
            line = self._aspects(need, bag, np.array([row]), self._index.scores_of(query, np.array([row])), best)[0]
        return self._matches(need, bag, query, [(rank, (row, line))])[0]

    def aspects(self, need: Profile, offer_ids: Sequence[str] | None = None) -> dict[str, tuple[float, ...]]:
        """Returns offer id -> aspects in the order of ``ASPECTS``: of the given offers, or of the candidates of the need.

        What a model is trained on. Raises KeyError for an offer this matcher does not hold.
        """
        bag = self._reader.need(need)
        query = self._index.weigh(bag.views)
        if offer_ids is None:
            rows, values = self._compared(need, bag, self._index.rows(query, self._reach))
        else:
            best = self._index.rows(query, 1)
            rows = np.array([self._index.row(offer_id) for offer_id in offer_ids], dtype=np.int64)
            values = self._aspects(need, bag, rows, self._index.scores_of(query, rows), best)
        return {self.offers[row].id: tuple(line) for row, line in zip(rows.tolist(), values.tolist(), strict=True)}

    def offer(self, offer_id: str) -> Profile:
        """Returns an offer by its id. Raises KeyError for one this matcher does not hold."""
        return self.offers[self._index.row(offer_id)]

    def rarity(self, feature: str) -> float:
        """Returns how rare a word or concept (``CONCEPT`` + name) is among the offers, within [0, 1]; 1 if no offer has it."""
        return self._rarity(feature)

    def explain(self, need: Profile, offer_id: str) -> Explanation:
        """Returns why a pair has its score, with places, and what is missing. Raises KeyError for an unknown offer."""
        return explain(self, need, offer_id)

    def why_not(self, need: Profile, offer_id: str) -> WhyNot:
        """Returns what the best offers of a need have over this one. Raises KeyError for an unknown offer."""
        return why_not(self, need, offer_id)

    def _rarity_of(self, feature: str) -> float:
        scheme, documents = self._index.scheme, len(self._index)
        rare = scheme.rarity(np.append(self._index.held("words", [feature]), 0.0), documents)
        return float(rare[0] / rare[1])

    def _second_stage(self, need: Profile, bag: Bags, best: Found) -> tuple[NDArray[np.int64], Floats]:
        """Returns the rows of the candidates, best first, and their aspects, those of the best one with its backing."""
        rows, values = self._compared(need, bag, best)
        if len(rows):
            first, second = (*(values[:2] @ self._weights).tolist(), 0.0)[:2]
            values[0] *= backing(first, second)
        return rows, values

    def _compared(self, need: Profile, bag: Bags, best: Found) -> tuple[NDArray[np.int64], Floats]:
        """Returns the rows of the candidates, best first, and their aspects; what repeats a better one counts the less."""
        places = self._candidates.repeats.distinct(best[0], self.settings.candidates)
        places = places[np.argsort(best[0][places])]
        rows = best[0][places]
        values = self._aspects(need, bag, rows, best[1][places], best)
        order = self._order(values)
        fresh = self._candidates.repeats.fresh(rows[order])
        if (fresh < 1.0).any():
            values[order] *= fresh[:, np.newaxis]
            order = self._order(values)
        return rows[order], values[order]

    def _order(self, values: Floats) -> NDArray[np.intp]:
        """Returns the places, best first; equal to nine digits counts as equal and leaves the order of ids."""
        return np.argsort(-np.round(values @ self._weights, 9), kind="stable")

    def _aspects(self, need: Profile, bag: Bags, rows: NDArray[np.int64], text: Floats, best: Found) -> Floats:
        """Returns the aspects of some offers with these text scores; all 0 for an offer that has no word of the need."""
        root = math.sqrt(min(1.0, float(best[1].max(initial=0.0))))
        compared = np.minimum(1.0, text / root) if root > 0 else text
        values = self._candidates.aspects(need, bag, rows, compared, root)
        values[text <= 0] = 0.0
        return values

    def _matches(
        self, need: Profile, bag: Bags, query: Query, shown: Sequence[tuple[int, tuple[int, Floats]]]
    ) -> list[Match]:
        """Returns the matches of some offers, given by rank, row and aspects."""
        asked = self._reasons.asked(need)
        matches: list[Match] = []
        for rank, (row, line) in shown:
            offer = self.offers[row]
            parts = self._index.contributions(query, offer.id)
            reasons = self._reasons.of(need, asked, bag, offer, self._candidates, row, line.tolist(), parts)
            score = min(1.0, math.fsum(reason.weight for reason in reasons))
            matches.append(Match(offer.id, score, rank, reasons, self.model.level(score)))
        return matches


def _fingerprint(
    offers: Sequence[Profile], settings: Settings, words: tuple[str, ...], lexicon: str, model: str
) -> str:
    digest = hashlib.sha256()
    for part in (ALGORITHM, asdict(settings), words, lexicon, model, *(asdict(offer) for offer in offers)):
        digest.update(json.dumps(part, ensure_ascii=True, sort_keys=True).encode("ascii") + b"\n")
    return digest.hexdigest()
