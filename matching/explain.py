"""Why a pair has its score: the contributions of features gathered into shared phrases, and a sentence about the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matching.model import CONCEPT, Match, Profile, Reason
from matching.phrases import fit_for_label
from matching.places import Fields
from matching.prepared import Prepared, Preparing, Spoken
from matching.text import clean

OTHER_WORDS = "其余用词"

_SPOKEN_TERMS = 3


class Explainer:
    """Names the terms that two texts share. Built once per matcher; reads only."""

    def __init__(self, preparing: Preparing, shown: int) -> None:
        self._preparing = preparing
        self._shown = shown

    def asked(self, need: Profile) -> Prepared:
        """Returns a need prepared for ``terms``."""
        return self._preparing.of(need)

    def terms(self, asked: Prepared, offer: Profile, contributions: Mapping[str, float]) -> tuple[Reason, ...]:
        """Returns one reason per shared term, heaviest first, and last the sum of all else; weights add up to the input.

        A contribution belongs to every shared phrase that holds the feature, in equal parts. A concept that both texts
        name in different words is a term of its own ("SiC≈碳化硅").
        """
        if not contributions:
            return ()
        offered = self._preparing.of(offer)
        phrases = self._preparing.common(asked, offered)
        labels, rest = _gather(contributions, phrases, asked.spoken, offered.spoken)
        ordered = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
        reasons = [_reason(label, weight, asked.fields, offered.fields) for label, weight in ordered[: self._shown]]
        rest += sum(weight for _, weight in ordered[self._shown :])
        if rest > 0:
            reasons.append(Reason("term", OTHER_WORDS, rest))
        return tuple(reasons)


def _gather(
    contributions: Mapping[str, float], phrases: Sequence[str], here: Spoken, there: Spoken
) -> tuple[dict[str, float], float]:
    labels: dict[str, float] = {}
    rest = 0.0
    every = "\n".join(phrases)  # no feature holds a line break
    for feature, weight in sorted(contributions.items()):
        if feature.startswith(CONCEPT):
            concept = feature[len(CONCEPT) :]
            holders = _concept_labels(here.get(concept, ()), there.get(concept, ()), phrases)
        else:
            holders = _holding(feature, phrases) if feature in every else ()
        for label in holders:
            labels[label] = labels.get(label, 0.0) + weight / len(holders)
        if not holders:
            rest += weight
    return labels, rest


def _holding(feature: str, phrases: Sequence[str]) -> Sequence[str]:
    return [phrase for phrase in phrases if feature in phrase]


def _concept_labels(mine: tuple[str, ...], theirs: tuple[str, ...], phrases: Sequence[str]) -> Sequence[str]:
    if not mine or not theirs:
        return []
    common = [term for term in mine if term in theirs]
    if not common:
        return [f"{mine[0]}{CONCEPT}{theirs[0]}"]
    named = [term for term in common if fit_for_label(term)]
    return [phrase for term in common for phrase in _holding(term, phrases)] or named[:1]


def _reason(label: str, weight: float, asked: Fields, offered: Fields) -> Reason:
    mine, _, theirs = label.partition(CONCEPT)
    my_word, my_place = asked.quotation(mine)
    their_word, their_place = offered.quotation(theirs or mine)
    written = f"{my_word}{CONCEPT}{their_word}" if theirs else my_word
    return Reason("term", written, weight, f"需求：{my_place}；成果：{their_place}")


def sentence(need: Profile, match: Match) -> str:
    """Returns one plain Chinese sentence that says why the pair was put together, ready to be read aloud.

    It names up to three shared terms, then what the coded facts say. It never mentions numbers. ``explanation.explain`` says
    more: it also knows what is missing.
    """
    terms = [reason.label for reason in match.reasons if reason.kind == "term" and reason.label != OTHER_WORDS]
    same = [term for term in terms if CONCEPT not in term][:_SPOKEN_TERMS]
    related = [term.split(CONCEPT) for term in terms if CONCEPT in term][: _SPOKEN_TERMS - min(len(same), 2)]
    parts: list[str] = []
    if same:
        parts.append(f"双方都提到“{'、'.join(same)}”")
    parts += [f"需求说的“{mine}”与成果说的“{theirs}”是一回事" for mine, theirs in related]
    if not parts and match.reasons:
        parts.append("双方的用词有零星重合")
    parts += [reason.detail for reason in match.reasons if reason.kind == "signal" and reason.detail]
    if not parts:
        title = clean(need.title)
        return (
            f"没有找到“{title}”与这项成果的共同之处，请人工判断。" if title else "没有找到双方的共同之处，请人工判断。"
        )
    return "，".join(parts) + "。"
