"""Who covers a need best: the institutes (or experts) behind the best offers, and what would help when nothing good is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matching.demands import LONGEST_LABEL, wanted_terms
from matching.evidence import gather, request
from matching.model import CONCEPT, Match, Profile
from matching.phrases import fit_for_label, names_something
from matching.places import Fields
from matching.signals import kinship

if TYPE_CHECKING:
    from matching.matcher import Matcher

DEPTH = 50
"""Offers of a need that are looked at."""

FADING = 0.5
"""What each further offer of the same institute counts against the one before."""

Holder = Callable[[Profile], str]
"""Picks from an offer who stands behind it; "" for nobody known."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """An institute or expert and its best offers for a need; ``score`` is within [0, 1)."""

    holder: str
    score: float
    offers: tuple[Match, ...]


def institute_of(offer: Profile) -> str:
    """Returns the institute of an offer."""
    return offer.institute.strip()


def covering(
    matcher: Matcher, need: Profile, limit: int = 5, holder: Holder = institute_of, depth: int = DEPTH
) -> list[Coverage]:
    """Returns who covers a need best, best first, equal scores by name.

    The score is (1 - FADING) * sum of FADING^n * score of the n-th best offer (n from 0), so one strong offer comes before
    many weak ones. Offers of nobody known are left out.
    """
    if limit < 1 or depth < 1:
        raise ValueError("limit and depth must be at least 1")
    offers: dict[str, list[Match]] = {}
    for match in matcher.rank(need, depth):
        name = holder(matcher.offer(match.offer_id))
        if name:
            offers.setdefault(name, []).append(match)
    found = [
        Coverage(
            name, (1 - FADING) * math.fsum(FADING**place * one.score for place, one in enumerate(best)), tuple(best)
        )
        for name, best in offers.items()
    ]
    return sorted(found, key=lambda one: (-round(one.score, 9), one.holder))[:limit]


@dataclass(frozen=True, slots=True)
class Barrier:
    """A condition of a need: how many of its best offers fail it, and how many more do not say whether they fulfil it."""

    kind: Literal["figure", "county", "maturity", "mode"]
    label: str
    failing: int
    silent: int
    of: int


@dataclass(frozen=True, slots=True)
class Help:
    """What would help a need for which nothing good is there; all of it can be read out as ``sentences`` (Chinese).

    ``nothing_good``: the best level is 弱 or 无. ``institutes``: whose offers come closest. ``barrier``: the condition
    that most of the best offers miss. ``unknown``: terms of the need that no offer mentions.
    """

    need_id: str
    level: str
    nothing_good: bool
    institutes: tuple[Coverage, ...]
    barrier: Barrier | None
    unknown: tuple[str, ...]
    sentences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Returns it in plain lists and dictionaries."""
        barrier = self.barrier
        return {
            "need": self.need_id,
            "level": self.level,
            "nothing_good": self.nothing_good,
            "institutes": [
                {"name": one.holder, "achievements": [match.offer_id for match in one.offers]}
                for one in self.institutes
            ],
            "barrier": None
            if barrier is None
            else {
                "kind": barrier.kind,
                "label": barrier.label,
                "failing": barrier.failing,
                "silent": barrier.silent,
                "of": barrier.of,
            },
            "unknown": list(self.unknown),
            "sentences": list(self.sentences),
        }


_LOOKED_AT = 20
_NEAR = 0.5
"""Offers below this share of the best one's score are not looked at for what keeps them out."""

_SILENT = 0.5
"""What an offer that does not say whether it fulfils a condition counts against one that fails it."""

_ASKED = 3
_UNKNOWN = 5
_WEAK = frozenset({"弱", "无", ""})
_EARLY = ("实验室", "小试", "研发", "方案", "报告", "概念")


def help_for(matcher: Matcher, need: Profile, holder: Holder = institute_of) -> Help:
    """Returns what would help a need, whether or not something good is there. Costs about twenty explanations."""
    best = matcher.rank(need, _LOOKED_AT)
    best = [match for match in best if match.score >= _NEAR * best[0].score]
    level = best[0].level if best else "无"
    institutes = tuple(_closest(matcher, need, holder))
    barriers = _barriers(matcher, need, best)
    barrier = max(barriers, key=lambda one: one.failing + _SILENT * one.silent) if barriers else None
    unknown = tuple(_unknown(matcher, need))
    sentences = tuple(_sentences(institutes, barrier, unknown))
    return Help(need.id, level, level in _WEAK, institutes, barrier, unknown, sentences)


def _closest(matcher: Matcher, need: Profile, holder: Holder) -> list[Coverage]:
    """Returns the institutes that cover a need best, those first that have an offer in the need's own industry."""

    def at_home(one: Coverage) -> bool:
        return any(kinship(need.industry, matcher.offer(match.offer_id).industry) >= 1.0 for match in one.offers)

    found = covering(matcher, need, 2 * _ASKED, holder)
    return sorted(found, key=lambda one: (-round(one.score * (1.5 if at_home(one) else 1.0), 9), one.holder))[:_ASKED]


def _barriers(matcher: Matcher, need: Profile, best: Sequence[Match]) -> list[Barrier]:
    """Returns the conditions of a need that some of its best offers do not fulfil, in the order in which they are asked."""
    if not best:
        return []
    asked = request(matcher, need)
    offers = [matcher.offer(match.offer_id) for match in best]
    verdicts = [
        {figure.asked_at: figure.verdict for figure in gather(matcher, asked, offer).figures} for offer in offers
    ]
    count = len(offers)
    figures = [
        Barrier(
            "figure",
            f"{one.said}（{one.name}）" if one.name else one.said,
            sum(found.get(one.span) == "misses" for found in verdicts),
            sum(one.span not in found for found in verdicts),
            count,
        )
        for one in asked.requirements
    ]
    modes = [not set(need.modes) & set(offer.modes) for offer in offers if need.modes and offer.modes]
    counties = [offer.county != need.county for offer in offers if need.county and offer.county]
    early = sum(any(stage in offer.maturity for stage in _EARLY) for offer in offers)
    facts = [
        Barrier("county", need.county, sum(counties), 0, count),
        Barrier("maturity", "成熟度", early, 0, count),
        Barrier("mode", "、".join(need.modes), sum(modes), 0, count),
    ]
    return [one for one in (*figures, *facts) if one.failing + one.silent]


def _unknown(matcher: Matcher, need: Profile) -> list[str]:
    """Returns the wanted terms that no offer mentions: neither their concept nor all of their words are known."""
    found: list[str] = []
    for one in wanted_terms(matcher, Fields(need)):
        words = [word for word in matcher.segmenter.cut(one.term) if names_something(word)]
        strange = any(matcher.rarity(word) >= 1.0 for word in words)
        concept = one.concept and matcher.rarity(CONCEPT + one.concept) < 1.0
        labelled = fit_for_label(one.term) and len(one.term) <= LONGEST_LABEL
        if strange and not concept and labelled and not _stands_somewhere(matcher, one.term, one.spelled):
            found.append(one.spelled)
    return found[:_UNKNOWN]


def _stands_somewhere(matcher: Matcher, *spellings: str) -> bool:
    """Says whether a term is part of some offer's text, which the words alone do not tell (膨胀 in 热膨胀系数)."""
    return any(
        spelling in text
        for offer in matcher.offers
        for text in (offer.title, offer.body, offer.indicators, *offer.keywords)
        for spelling in spellings
    )


def _sentences(institutes: Sequence[Coverage], barrier: Barrier | None, unknown: Sequence[str]) -> list[str]:
    said: list[str] = []
    if institutes:
        said.append(f"可以先问{'、'.join(one.holder for one in institutes)}：它们的成果离这条需求最近。")
    if barrier is not None:
        said.append(_say_barrier(barrier))
    if unknown:
        said.append(f"成果库里没有成果提到“{'、'.join(unknown)}”，需要到库外征集。")
    return said


def _say_barrier(barrier: Barrier) -> str:
    opening = f"最接近的{barrier.of}项成果里，"
    if barrier.kind == "figure":
        parts = [f"{barrier.failing}项达不到{barrier.label}"] if barrier.failing else []
        parts += [f"{barrier.silent}项没有写明是否达到" + ("" if parts else barrier.label)] if barrier.silent else []
        return f"{opening}{'，'.join(parts)}：可以放宽这一条，或请对方补充指标。"
    return (
        opening
        + {
            "county": f"{barrier.failing}项不在{barrier.label}，可以放宽地域。",
            "maturity": f"{barrier.failing}项还在早期阶段，可以考虑联合中试。",
            "mode": f"{barrier.failing}项不接受{barrier.label}，可以考虑其他合作方式。",
        }[barrier.kind]
    )
