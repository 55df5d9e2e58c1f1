"""The explanation of a pair: contributions that add up to its score, evidence with places, and a sentence to read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from matching.evidence import Evidence, Spans, gather, request
from matching.model import Match, Profile, Reason

if TYPE_CHECKING:
    from matching.ranker import Ranker

LONGEST_SENTENCE = 60
"""Characters of the sentence that is read aloud."""

_LONGEST_SPOKEN = 12
_NO_CHANCE: Final = "无"
_OPENING = {"强": "很对口", "较强": "比较对口", "弱": "有些关联", "无": "看不出对口"}
_NOTHING = "没有找到双方的共同之处，请人工判断。"
_LITTLE = "双方的用词只有零星重合，请人工判断。"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a need and an offer have their score, and what speaks against the pair.

    ``contributions`` add up to ``score`` (within 1e-6), ``rank`` is the place among all offers, ``sentence`` is Chinese, of at
    most ``LONGEST_SENTENCE`` characters and without any score.
    """

    need_id: str
    offer_id: str
    score: float
    rank: int
    level: str
    contributions: tuple[Reason, ...]
    evidence: Evidence
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Returns the explanation in plain lists and dictionaries. Places are field, item, start and end in the typed text."""
        evidence = self.evidence
        return {
            "need": self.need_id,
            "achievement": self.offer_id,
            "score": self.score,
            "rank": self.rank,
            "level": self.level,
            "sentence": self.sentence,
            "contributions": [
                {"kind": one.kind, "label": one.label, "weight": one.weight, "detail": one.detail}
                for one in self.contributions
            ],
            "shared": [
                {"label": one.label, "need": _json(one.asked_at), "achievement": _json(one.offered_at)}
                for one in evidence.shared
            ],
            **{
                name: [
                    {
                        "label": one.label,
                        "asked": one.asked,
                        "offered": one.offered,
                        "kinship": one.kinship,
                        "need": _json(one.asked_at),
                        "achievement": _json(one.offered_at),
                    }
                    for one in pairs
                ]
                for name, pairs in (("synonyms", evidence.synonyms), ("related", evidence.related))
            },
            "quantities": [
                {
                    "verdict": one.verdict,
                    "name": one.name,
                    "asked": one.asked,
                    "offered": one.offered,
                    "need": _json((one.asked_at,)),
                    "achievement": _json((one.offered_at,)),
                }
                for one in evidence.figures
            ],
            "missing": [
                {"kind": one.kind, "label": one.label, "text": one.text, "need": _json(one.asked_at)}
                for one in evidence.missing
            ],
        }


def _json(spans: Spans) -> list[dict[str, object]]:
    return [span.as_json() for span in spans]


def explain(matcher: Ranker, need: Profile, offer_id: str) -> Explanation:
    """Returns the explanation of one pair, whatever its score. Raises KeyError for an offer the matcher does not hold."""
    return explain_matches(matcher, need, [matcher.score(need, offer_id)])[0]


def explain_matches(matcher: Ranker, need: Profile, matches: Sequence[Match]) -> list[Explanation]:
    """Returns the explanations of matches that a ranking of the need gave; the need is read only once."""
    asked = request(matcher, need)
    explanations: list[Explanation] = []
    for match in matches:
        evidence = gather(matcher, asked, matcher.offer(match.offer_id))
        spoken = sentence(match.level, evidence) or (_LITTLE if match.score > 0 else _NOTHING)
        parts = match.score, match.rank, match.level, match.reasons
        explanations.append(Explanation(need.id, match.offer_id, *parts, evidence, spoken))
    return explanations


def sentence(level: str, evidence: Evidence) -> str:
    """Returns one Chinese sentence that fits the level and claims only what the evidence holds; "" when it holds nothing."""
    if not (evidence.shared or evidence.synonyms or evidence.related or evidence.figures):
        return ""
    opening = _OPENING.get(level, "供参考")
    for good, bad in _choices(level, evidence):
        said = f"{opening}：{'，'.join(good)}" + (f"{'，但' if good else ''}{bad}" if bad else "") + "。"
        if len(said) <= LONGEST_SENTENCE and (good or bad):
            return said
    return ""


def _choices(level: str, evidence: Evidence) -> Iterator[tuple[list[str], str]]:
    """Yields what could be said for and against the pair, the fullest first."""
    equal = [
        f"需求说的“{one.asked}”就是成果的“{one.offered}”"
        for one in evidence.synonyms
        if len(one.asked + one.offered) <= 2 * _LONGEST_SPOKEN
        and one.asked not in one.offered
        and one.offered not in one.asked
    ]
    shared = [one.label for one in evidence.shared if len(one.label) <= _LONGEST_SPOKEN]
    near = [f"成果的“{one.offered}”与需求的“{one.asked}”相近" for one in evidence.related]
    met = [
        f"成果的{one.name}{one.offered}，达到需求的{one.asked}"
        for one in evidence.figures
        if one.verdict == "meets" and one.name and one.bounded and level != _NO_CHANCE
    ]
    bad = next((one.text for one in evidence.missing if one.kind == "value"), "")
    bad = bad or next((one.text for one in evidence.missing), "")
    though = "虽然" if level == _NO_CHANCE and bad else ""
    for more in (equal[:1] + met[:1], met[:1], equal[:1], near[:1] if not shared else [], []):
        for terms in (3, 2, 1, 0):
            common = [f"{though}双方都提到“{'、'.join(shared[:terms])}”"] if terms and shared else []
            if common or more:
                yield [*common, *more], bad
    for only in (met[:1], equal[:1], [f"双方都提到“{shared[0]}”"] if shared else [], near[:1]):
        if only:
            yield only, ""
