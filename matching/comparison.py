"""Why not this one: on which parts of the score the best offers of a need are ahead of another offer, in Chinese sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matching.aspects import FIGURES, LATENT, RELATED, SIGNALS
from matching.evidence import Gap, gather, request
from matching.explain import OTHER_WORDS
from matching.model import CONCEPT, Match, Profile, Reason
from matching.places import Fields
from matching.text import normalise

if TYPE_CHECKING:
    from matching.ranker import Ranker

LOSSES_NAMED = 3
_GAPS_NAMED = 2


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of the score: the leader's and this offer's, and what that means in a Chinese clause ("" for a part it wins)."""

    label: str
    leader: float
    own: float
    text: str

    @property
    def difference(self) -> float:
        """How much the leader is ahead (negative where it is behind)."""
        return self.leader - self.own


@dataclass(frozen=True, slots=True)
class WhyNot:
    """An offer beside the best one of a need.

    ``losses`` are all parts, where it loses most first; their differences add up to the difference of the scores.
    ``sentences`` are Chinese, the first says where it stands.
    """

    need_id: str
    offer_id: str
    rank: int
    leader_id: str
    losses: tuple[Loss, ...]
    missing: tuple[Gap, ...]
    sentences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Returns the comparison in plain lists and dictionaries."""
        return {
            "need": self.need_id,
            "achievement": self.offer_id,
            "rank": self.rank,
            "leader": self.leader_id,
            "losses": [
                {"label": one.label, "leader": one.leader, "own": one.own, "text": one.text} for one in self.losses
            ],
            "missing": [one.text for one in self.missing],
            "sentences": list(self.sentences),
        }


def why_not(matcher: Ranker, need: Profile, offer_id: str) -> WhyNot:
    """Compares an offer with the best one of a need (the second best, when it is the best itself). Raises KeyError."""
    own = matcher.score(need, offer_id)
    best = matcher.rank(need, 2)
    leader = next((one for one in best if one.offer_id != offer_id), own)
    offer = matcher.offer(offer_id)
    gaps = gather(matcher, request(matcher, need), offer).missing
    if own.rank == 1 or leader is own:
        first = "这项成果就排在第一位。" if own.score > 0 else "没有一项成果与这条需求有共同之处。"
        return WhyNot(need.id, offer_id, own.rank, leader.offer_id, _losses(leader, own, offer), gaps, (first,))
    losses = _losses(leader, own, offer)
    named = list(dict.fromkeys(one.text for one in losses if one.text))[:LOSSES_NAMED]
    title = matcher.offer(leader.offer_id).title.strip()
    heading = f"排第{own.rank}位，第一名是“{title}”。" if title else f"排第{own.rank}位。"
    told = [f"{text}。" for text in named] + [f"{one.text}。" for one in gaps[:_GAPS_NAMED]]
    return WhyNot(need.id, offer_id, own.rank, leader.offer_id, losses, gaps, (heading, *told))


def _losses(leader: Match, own: Match, offer: Profile) -> tuple[Loss, ...]:
    theirs, mine = _parts(leader), _parts(own)
    said = Fields(offer).normal
    reasons = {reason.label: reason for reason in leader.reasons}
    losses = [
        Loss(label, theirs.get(label, 0.0), mine.get(label, 0.0), "") for label in dict.fromkeys((*theirs, *mine))
    ]
    told = [
        Loss(one.label, one.leader, one.own, _text(one, reasons.get(one.label), said)) if one.difference > 0 else one
        for one in losses
    ]
    return tuple(sorted(told, key=lambda one: (-round(one.difference, 12), one.label)))


def _parts(match: Match) -> Mapping[str, float]:
    parts: dict[str, float] = {}
    for reason in match.reasons:
        parts[reason.label] = parts.get(reason.label, 0.0) + reason.weight
    return parts


def _text(loss: Loss, reason: Reason | None, said: str) -> str:
    """Returns what the leader has over an offer that says ``said`` (normalised), as a clause."""
    if reason is None or reason.label == OTHER_WORDS:
        return ""
    if reason.kind == "signal":
        return _text_of_aspect(loss, reason)
    term, _, offered = reason.label.partition(CONCEPT)
    absent = normalise(term) not in said and (not offered or normalise(offered) not in said)
    spoken = f"第一名讲到“{offered or term}”"
    return f"{spoken}，这项成果没有提到" if absent else f"{spoken}更充分"


def _text_of_aspect(loss: Loss, reason: Reason) -> str:
    if reason.label in SIGNALS:
        return f"第一名在{reason.label}上更合适" + (f"（{reason.detail}）" if reason.detail else "")
    partial, absent = {
        FIGURES: ("第一名的指标与需求更接近", "第一名写出了与需求相近的指标，这项成果没有"),
        RELATED: ("第一名讲到的相近内容更多", "第一名有与需求相近的内容，这项成果没有"),
        LATENT: ("第一名的主题与需求更接近", "第一名的主题与需求更接近"),
    }.get(reason.label, (f"第一名在“{reason.label}”上更突出",) * 2)
    return partial if loss.own else absent
