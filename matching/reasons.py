"""From the aspects of one pair to its reasons: parts that add up to the score, each with a label in Chinese."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matching.aspects import ASPECTS, FIGURES, LATENT, RELATED, SAME, TEXT
from matching.calibration import GOOD, Level
from matching.candidates import Candidates, say_figures, say_related
from matching.concepts import Meeting
from matching.explain import OTHER_WORDS, Explainer
from matching.features import Bags
from matching.model import CONCEPT, Profile, Reason
from matching.prepared import Prepared
from matching.reranker import Model
from matching.signals import SIGNALS

_SAME, _RELATED, _TEXT = ASPECTS.index(SAME), ASPECTS.index(RELATED), ASPECTS.index(TEXT)
_SAY = {signal.label: signal.say for signal in SIGNALS}

Parts = Mapping[tuple[str, str], float]
"""(View, feature) -> part of the text score."""


class Reasons:
    """Says why a pair has its score. Built once per matcher; reads only."""

    def __init__(self, model: Model, explainer: Explainer) -> None:
        self._weights = model.weights
        self._explainer = explainer

    def asked(self, need: Profile) -> Prepared:
        """Returns a need prepared for ``of``."""
        return self._explainer.asked(need)

    def of(
        self,
        need: Profile,
        asked: Prepared,
        bag: Bags,
        offer: Profile,
        candidates: Candidates,
        row: int,
        values: Sequence[float],
        parts: Parts,
    ) -> tuple[Reason, ...]:
        """Returns the reasons of a pair; their weights sum to the sum of weight times aspect (``values``)."""
        meetings = candidates.meetings(bag, row) if values[_SAME] > 0 or values[_RELATED] > 0 else []
        near = [meeting for meeting in meetings if not meeting.same]
        features = _scaled(parts, self._weights[TEXT] * values[_TEXT])
        self._add_same(features, [meeting for meeting in meetings if meeting.same], values[_SAME])
        expanded = math.fsum(features.pop(feature, 0.0) for feature in bag.expanded) if near else 0.0
        reasons = list(self._explainer.terms(asked, offer, features))
        for name, value in zip(ASPECTS, values, strict=True):
            part = self._weights[name] * value + (expanded if name == RELATED else 0.0)
            if part <= 0 or name in {TEXT, SAME}:
                continue
            figures: tuple[tuple[str, str], ...] = ()
            if name == RELATED:
                detail = say_related(near)
            elif name == FIGURES:
                agreements = candidates.agreements(bag, row)
                agreements.sort(key=lambda one: -one.part)
                detail, figures = say_figures(agreements), tuple((one.asked, one.offered) for one in agreements)
            elif name == LATENT:
                detail = ""
            else:
                detail = _SAY[name](need, offer)
            reasons.append(Reason("signal", name, part, detail, figures))
        return tuple(reasons)

    def _add_same(self, features: dict[str, float], same: Sequence[Meeting], value: float) -> None:
        whole = math.fsum(meeting.part for meeting in same)
        for meeting in same:
            feature = CONCEPT + meeting.concept
            part = self._weights[SAME] * value * meeting.part / whole
            if part > 0:
                features[feature] = features.get(feature, 0.0) + part


def _scaled(parts: Parts, whole: float) -> dict[str, float]:
    """Returns feature -> part of the score; the parts sum to ``whole``."""
    summed: dict[str, float] = {}
    for (_, feature), value in parts.items():
        summed[feature] = summed.get(feature, 0.0) + value
    total = math.fsum(summed.values())
    return {feature: value / total * whole for feature, value in summed.items()} if total > 0 else {}


def rated(level: Level, reasons: Sequence[Reason]) -> Level:
    """Returns the level of a pair given the level of its score: 强 and 较强 need a word or a meaning that can be quoted.

    Near figures and a like topic can put two strangers beside each other; nobody could read such a reason aloud.
    """
    quotable = any(one.label == RELATED or (one.kind == "term" and one.label != OTHER_WORDS) for one in reasons)
    return level if quotable or level not in GOOD else "弱"
