"""Why a pair has its score: the contributions of features gathered into shared phrases, and a sentence about the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from matching.model import CONCEPT, Match, Profile, Reason
from matching.phrases import Runs, common_parts, fit_for_label, naming_runs
from matching.places import Fields
from matching.text import Segmenter, clean

if TYPE_CHECKING:
    from matching.lexicon import Lexicon

OTHER_WORDS = "其余用词"

_SPOKEN_TERMS = 3


_OFFERS_KEPT = 500
"""Offers that stay prepared for being explained: the best ones of one need are often those of the next."""

_PHRASES_KEPT = 20_000

Spoken = Mapping[str, tuple[str, ...]]
"""Concept -> the terms that stand for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A need prepared for being explained against several offers: its fields, its naming runs and the concepts it names."""

    fields: Fields
    runs: Runs
    spoken: Spoken


class Explainer:
    """Names the terms that two texts share. Built once per matcher; reads only."""

    def __init__(self, segmenter: Segmenter, lexicon: Lexicon, shown: int) -> None:
        self._segmenter = segmenter
        self._lexicon = lexicon
        self._shown = shown
        self._offered = lru_cache(_OFFERS_KEPT)(self._read)
        self._known = lru_cache(_PHRASES_KEPT)(self._is_known)

    def asked(self, need: Profile) -> Asked:
        """Returns a need prepared for ``terms``."""
        fields = Fields(need)
        runs = [run for line in fields.lines for run in self._segmenter.runs(line.typed)]
        return Asked(fields, naming_runs(runs), spoken(self._lexicon, fields))

    def _is_known(self, phrase: str) -> bool:
        return self._lexicon.concept_of(phrase) is not None

    def _read(self, offer: Profile) -> tuple[Fields, Spoken]:
        fields = Fields(offer)
        return fields, spoken(self._lexicon, fields)

    def terms(self, asked: Asked, offer: Profile, contributions: Mapping[str, float]) -> tuple[Reason, ...]:
        """Returns one reason per shared term, heaviest first, and last the sum of all else; weights add up to the input.

        A contribution belongs to every shared phrase that holds the feature, in equal parts. A concept that both texts
        name in different words is a term of its own ("SiC≈碳化硅").
        """
        if not contributions:
            return ()
        offered, there = self._offered(offer)
        phrases = common_parts(asked.runs, offered.normal, self._known)
        labels, rest = self._gather(contributions, phrases, asked.spoken, there)
        ordered = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
        reasons = [_reason(label, weight, asked.fields, offered) for label, weight in ordered[: self._shown]]
        rest += sum(weight for _, weight in ordered[self._shown :])
        if rest > 0:
            reasons.append(Reason("term", OTHER_WORDS, rest))
        return tuple(reasons)

    def _gather(
        self, contributions: Mapping[str, float], phrases: list[str], here: Spoken, there: Spoken
    ) -> tuple[dict[str, float], float]:
        labels: dict[str, float] = {}
        rest = 0.0
        for feature, weight in sorted(contributions.items()):
            if feature.startswith(CONCEPT):
                concept = feature[len(CONCEPT) :]
                holders = _concept_labels(here.get(concept, ()), there.get(concept, ()), phrases)
            else:
                holders = _holding(feature, phrases)
            for label in holders:
                labels[label] = labels.get(label, 0.0) + weight / len(holders)
            if not holders:
                rest += weight
        return labels, rest


def spoken(lexicon: Lexicon, fields: Fields) -> dict[str, tuple[str, ...]]:
    """Returns concept -> the terms of the thesaurus that stand for it in a profile, each once, in order."""
    found: dict[str, dict[str, None]] = {}
    for line in fields.lines:
        for concept, mentions in lexicon.spoken_of(line.normal).items():
            found.setdefault(concept, {}).update(dict.fromkeys(mention.term for mention in mentions))
    return {concept: tuple(terms) for concept, terms in found.items()}


def _holding(feature: str, phrases: Sequence[str]) -> list[str]:
    return [phrase for phrase in phrases if feature in phrase]


def _concept_labels(mine: tuple[str, ...], theirs: tuple[str, ...], phrases: Sequence[str]) -> list[str]:
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
