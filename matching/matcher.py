"""The matcher: fitted on the offers, ranks them for a need in two stages and gives the reasons."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matching import storage
from matching.comparison import WhyNot, why_not
from matching.explain import Explainer
from matching.explanation import Explanation, explain
from matching.features import Bags, Floats, Reader, scheme_of
from matching.holdings import Holdings, Offers, fit
from matching.lexicon import Lexicon
from matching.model import Match, Profile, Settings
from matching.prepared import Preparing
from matching.query import Query
from matching.reasons import Reasons, rated
from matching.reranker import Model, backing
from matching.retrieval import Found
from matching.roles import Roles
from matching.text import Segmenter

ALGORITHM = "2026-11-21"
"""Part of every fingerprint; to be changed whenever the same texts and settings would get other scores."""

_BLOCK = 64


class Matcher:
    """Ranks offers (achievements) for needs, in two stages.

    The best ``settings.candidates`` by text get to the second stage, where ``model`` (default: the shipped one) weighs all
    aspects of the pair. Raises ValueError when two offers have the same id. Any text is accepted, also none at all; an offer
    without a word in common with a need is not a match. Equal scores are ordered by offer id, so the order of ``offers``
    never shows.

    Offers come (``put``) and go (``remove``) without a new fit: frequencies follow at once, average lengths, the latent
    space and its rarities with the next ``merge``. What a matcher holds is never changed but replaced as a whole (copy on
    write), so several threads may share one: each call sees the offers before or after a change; changes wait for each
    other, readers for nobody.
    """

    def __init__(
        self,
        offers: Sequence[Profile],
        segmenter: Segmenter,
        settings: Settings | None = None,
        model: Model | None = None,
        lexicon: Lexicon | None = None,
    ) -> None:
        self._prepare(segmenter, settings or Settings(), model or Model.shipped(), lexicon or Lexicon.shipped())
        self._held = fit(offers, self._reader, scheme_of(self.settings), self.lexicon)

    @classmethod
    def open(
        cls,
        folder: Path,
        segmenter: Segmenter,
        settings: Settings | None = None,
        model: Model | None = None,
        lexicon: Lexicon | None = None,
        *,
        cache_dir: Path | None = None,
    ) -> Self:
        """Returns the matcher that was saved or built in a folder, its arrays and texts mapped: processes share the pages.

        ``cache_dir`` is where compiled code is kept. Raises snapshot.Damaged for a folder that holds none, or one that
        other settings, words or another program made. ``snapshot.Reading`` opens what is current.
        """
        matcher = cls.__new__(cls)
        Matcher._prepare(
            matcher, segmenter, settings or Settings(), model or Model.shipped(), lexicon or Lexicon.shipped()
        )
        Matcher._load(matcher, folder, cache_dir)
        return matcher

    def _load(self, folder: Path, cache_dir: Path | None) -> None:
        self._held = storage.load(folder, self._recipe, self.lexicon, cache_dir=cache_dir)

    def _prepare(self, segmenter: Segmenter, settings: Settings, model: Model, lexicon: Lexicon) -> None:
        self.settings = settings
        self.model = model
        self.segmenter = segmenter
        self.lexicon = lexicon
        self.roles = Roles(lexicon.cues)
        self._reader = Reader(segmenter, settings, lexicon, self.roles)
        self.preparing = Preparing(segmenter, lexicon)
        self._reasons = Reasons(model, Explainer(self.preparing, settings.reasons_shown))
        self._weights = np.array(model.vector)
        self._recipe = recipe(segmenter, settings, lexicon)
        self._changing = threading.Lock()

    # ----------------------------------------------------------------------------------------------- offers

    @property
    def offers(self) -> Offers:
        """All offers, in the order of their ids."""
        return Offers(self._held)

    @property
    def changed(self) -> int:
        """How many offers came or went since the last fit or merge: merge when it nears a tenth of all."""
        return self._held.index.changed

    @property
    def fingerprint(self) -> str:
        """SHA-256 over settings, word files, model and offers; the same for the same offers in whatever order.

        While changes are not merged also over the offers of the last fit, for their average lengths and topics still count.
        """
        held = self._held
        return self._name(held.fitted_sum, held.sum)

    def copy(self) -> Self:
        """Returns a matcher with the same offers that goes its own way; costs nothing."""
        other = copy.copy(self)
        vars(other).update(_changing=threading.Lock())
        return other

    def put(self, offer: Profile) -> None:
        """Adds an offer, or puts it in the place of the one with its id."""
        bags = self._reader.offer(offer)
        with self._changing:
            self._held = self._held.with_offer(offer, bags)

    def remove(self, offer_id: str) -> None:
        """Removes an offer. Raises KeyError for one this matcher does not hold."""
        with self._changing:
            self._held = self._held.without(offer_id)

    def merge(self) -> None:
        """Fits anew what changes leave as it was; afterwards all is as in a fresh matcher over the same offers, bit for bit."""
        self._merged()

    def _merged(self) -> Holdings:
        """Merges and returns what was merged, which changes that come meanwhile leave as it is."""
        with self._changing:
            held = self._held = self._held.merged(self.settings.saturation)
        return held

    def save(self, root: Path) -> Path:
        """Merges, writes a snapshot below ``root`` and makes it the current one, at once for all readers; returns its folder.

        Offers that come or go while it is written are in the next snapshot.
        """
        held = self._merged()
        return storage.save(held, root, self._origin(held.sum))

    def build(self, root: Path, offers: Iterable[Profile], processes: int = 1) -> Path:
        """Fits other offers with the settings, words and model of this matcher straight to disk, however many; as ``save``.

        ``offers`` are taken one after the other (``files.stream_profiles``) and not kept. ``processes`` read the texts.
        Raises ValueError for an id that comes twice.
        """
        scheme = scheme_of(self.settings)
        return storage.build(root, offers, self._reader, scheme, self.lexicon, self._origin, processes)

    def _origin(self, total: int) -> storage.Origin:
        return storage.Origin(self._recipe, self._name(total, total))

    def _name(self, fitted: int, now: int) -> str:
        told = (self._recipe, self.model.fingerprint, f"{now:064x}", *([f"{fitted:064x}"] if fitted != now else []))
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def warm(self) -> None:
        """Imports and compiles what the first ranking of a large catalogue would otherwise wait for."""
        self._held.index.warm()

    def offer(self, offer_id: str) -> Profile:
        """Returns an offer by its id. Raises KeyError for one this matcher does not hold."""
        held = self._held
        return held.profile(held.index.row(offer_id))

    def rarity(self, feature: str) -> float:
        """Returns how rare a word or concept (``CONCEPT`` + name) is among the offers, within [0, 1]; 1 if no offer has it."""
        return self._held.rarity(feature)

    @property
    def reach(self) -> int:
        """How many offers are looked at by their text for one need, at most."""
        return self._held.candidates.repeats.reach(self.settings.candidates)

    # ---------------------------------------------------------------------------------------------- ranking

    def read(self, need: Profile) -> Bags:
        """Returns what the index is asked for a need."""
        return self._reader.need(need)

    def rank(self, need: Profile, limit: int) -> list[Match]:
        """Returns the best offers for a need, at most ``limit``, best first, each with its reasons."""
        return self.rank_all([need], limit)[0]

    def rank_all(self, needs: Sequence[Profile], limit: int) -> list[list[Match]]:
        """Returns ``rank`` of each need, in the order of the needs; the same result as one by one."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        answers: list[list[Match]] = []
        held = self._held
        for start in range(0, len(needs), _BLOCK):
            block = needs[start : start + _BLOCK]
            bags = [self._reader.need(need) for need in block]
            queries = [held.index.weigh(bag.views) for bag in bags]
            found = self._found(held, queries)
            for need, bag, query, best in zip(block, bags, queries, found, strict=True):
                rows, values = self._second_stage(held, need, bag, best)
                shown = zip(rows[:limit].tolist(), values[:limit], strict=True)
                answers.append(self._matches(held, need, bag, query, list(enumerate(shown, 1))))
        return answers

    def score(self, need: Profile, offer_id: str) -> Match:
        """Returns the match of one pair, whatever its score. Raises KeyError for an offer this matcher does not hold.

        An offer that is no candidate stands behind them, in the order of the text scores: only for its rank all are scored.
        """
        held = self._held
        row = held.index.row(offer_id)
        bag = self._reader.need(need)
        query = held.index.weigh(bag.views)
        best = self._found(held, [query])[0]
        rows, values = self._second_stage(held, need, bag, best)
        place = np.flatnonzero(rows == row)
        if len(place):
            rank, line = int(place[0]) + 1, values[int(place[0])]
        else:
            rank = max(len(rows) + 1, held.index.place(query, offer_id))
            alone = np.array([row])
            line = self._aspects(held, need, bag, alone, held.index.scores_of(query, alone), best)[0]
        return self._matches(held, need, bag, query, [(rank, (row, line))])[0]

    def aspects(self, need: Profile, offer_ids: Sequence[str] | None = None) -> dict[str, tuple[float, ...]]:
        """Returns offer id -> aspects in the order of ``ASPECTS``: of the given offers, or of the candidates of the need.

        What a model is trained on. Raises KeyError for an offer this matcher does not hold.
        """
        held = self._held
        bag = self._reader.need(need)
        query = held.index.weigh(bag.views)
        if offer_ids is None:
            rows, values = self._compared(held, need, bag, self._found(held, [query])[0])
        else:
            best = held.index.rows(query, 1)
            rows = np.array([held.index.row(offer_id) for offer_id in offer_ids], dtype=np.int64)
            values = self._aspects(held, need, bag, rows, held.index.scores_of(query, rows), best)
        return {held.index.id(row): tuple(line) for row, line in zip(rows.tolist(), values.tolist(), strict=True)}

    def explain(self, need: Profile, offer_id: str) -> Explanation:
        """Returns why a pair has its score, with places, and what is missing. Raises KeyError for an unknown offer."""
        return explain(self, need, offer_id)

    def why_not(self, need: Profile, offer_id: str) -> WhyNot:
        """Returns what the best offers of a need have over this one. Raises KeyError for an unknown offer."""
        return why_not(self, need, offer_id)

    def _found(self, held: Holdings, queries: Sequence[Query]) -> list[Found]:
        """Returns the best offers by text for each query, so many that enough different ones are among them."""
        count, repeats = self.settings.candidates, held.candidates.repeats
        reach = repeats.reach(count)
        early = reach if repeats.many else min(reach, 2 * count)
        found = held.index.rows_many(queries, early)
        for place, (rows, _) in enumerate(found):
            if early < reach and len(rows) == early and len(repeats.distinct(rows, count)) < count:
                found[place] = held.index.rows(queries[place], reach)
        return found

    def _second_stage(self, held: Holdings, need: Profile, bag: Bags, best: Found) -> tuple[NDArray[np.int64], Floats]:
        """Returns the rows of the candidates, best first, and their aspects, those of the best one with its backing."""
        rows, values = self._compared(held, need, bag, best)
        if len(rows):
            first, second = (*(values[:2] @ self._weights).tolist(), 0.0)[:2]
            values[0] *= backing(first, second)
        return rows, values

    def _compared(self, held: Holdings, need: Profile, bag: Bags, best: Found) -> tuple[NDArray[np.int64], Floats]:
        """Returns the rows of the candidates, best first, and their aspects; what repeats a better one counts the less."""
        repeats = held.candidates.repeats
        places = repeats.distinct(best[0], self.settings.candidates)
        places = places[held.by_id(best[0][places])]
        rows = best[0][places]
        values = self._aspects(held, need, bag, rows, best[1][places], best)
        order = self._order(values)
        fresh = repeats.fresh(rows[order])
        if (fresh < 1.0).any():
            values[order] *= fresh[:, np.newaxis]
            order = self._order(values)
        return rows[order], values[order]

    def _order(self, values: Floats) -> NDArray[np.intp]:
        """Returns the places, best first; equal to nine digits counts as equal and leaves the order of ids."""
        return np.argsort(-np.round(values @ self._weights, 9), kind="stable")

    @staticmethod
    def _aspects(
        held: Holdings, need: Profile, bag: Bags, rows: NDArray[np.int64], text: Floats, best: Found
    ) -> Floats:
        """Returns the aspects of some offers with these text scores; all 0 for an offer that has no word of the need."""
        root = math.sqrt(min(1.0, float(best[1].max(initial=0.0))))
        compared = np.minimum(1.0, text / root) if root > 0 else text
        values = held.candidates.aspects(need, bag, rows, compared, root)
        values[text <= 0] = 0.0
        return values

    def _matches(
        self, held: Holdings, need: Profile, bag: Bags, query: Query, shown: Sequence[tuple[int, tuple[int, Floats]]]
    ) -> list[Match]:
        """Returns the matches of some offers, given by rank, row and aspects."""
        asked = self._reasons.asked(need)
        matches: list[Match] = []
        for rank, (row, line) in shown:
            offer = held.profile(row)
            parts = held.index.contributions(query, offer.id)
            reasons = self._reasons.of(need, asked, bag, offer, held.candidates, row, line.tolist(), parts)
            score = min(1.0, math.fsum(reason.weight for reason in reasons))
            level = rated(self.model.level(score), reasons)
            matches.append(Match(offer.id, score, rank, reasons, level))
        return matches


def recipe(segmenter: Segmenter, settings: Settings, lexicon: Lexicon) -> str:
    """SHA-256 over all that makes values of texts: what was fitted with another recipe cannot be used."""
    told = (ALGORITHM, asdict(settings), segmenter.words, lexicon.fingerprint)
    return hashlib.sha256(json.dumps(told, ensure_ascii=True, sort_keys=True).encode("ascii")).hexdigest()
