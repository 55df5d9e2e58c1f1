"""Why a pair has its score: the contributions of features gathered into shared phrases, and a sentence to read aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.model import CONCEPT, Match, Profile, Reason
from matching.text import Segmenter, clean

if TYPE_CHECKING:
    from matching.lexicon import Lexicon

OTHER_WORDS = "其余用词"

_NUMBERS_ONLY = re.compile(r"[\d\W_]+|\d+[a-z]{0,3}")
_AROUND = 8
_SPOKEN_TERMS = 3


def whole_text(profile: Profile) -> str:
    """Returns all that a profile says, cleaned, in its own letter case, one field per line."""
    fields = (profile.title, *profile.keywords, profile.indicators, profile.body)
    return "\n".join(text for text in map(clean, fields) if text)


@dataclass(frozen=True, slots=True)
class Asked:
    """A need prepared for being explained against several offers: its text and the runs of its words."""

    text: str
    runs: tuple[tuple[str, ...], ...]


class Explainer:
    """Names the terms that two texts share. Built once per matcher; reads only."""

    def __init__(self, segmenter: Segmenter, lexicon: Lexicon, shown: int) -> None:
        self._segmenter = segmenter
        self._lexicon = lexicon
        self._shown = shown

    def asked(self, need: Profile) -> Asked:
        """Returns a need prepared for ``terms``."""
        text = whole_text(need)
        return Asked(text, tuple(run for line in text.split("\n") for run in self._segmenter.runs(line)))

    def terms(self, asked: Asked, offer: Profile, contributions: Mapping[str, float]) -> tuple[Reason, ...]:
        """Returns one reason per shared term, heaviest first, and last the sum of all else; weights add up to the input.

        A contribution belongs to every shared phrase that holds the feature, in equal parts. A concept that both texts
        name in different words is a term of its own ("SiC≈碳化硅").
        """
        offered = whole_text(offer)
        phrases = _phrases(asked.runs, offered.lower())
        labels, rest = self._gather(contributions, phrases, asked.text.lower(), offered.lower())
        ordered = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
        reasons = [_reason(label, weight, asked.text, offered) for label, weight in ordered[: self._shown]]
        rest += sum(weight for _, weight in ordered[self._shown :])
        if rest > 0:
            reasons.append(Reason("term", OTHER_WORDS, rest))
        return tuple(reasons)

    def _gather(
        self, contributions: Mapping[str, float], phrases: list[str], asked: str, offered: str
    ) -> tuple[dict[str, float], float]:
        labels: dict[str, float] = {}
        rest = 0.0
        here, there = self._spoken(asked), self._spoken(offered)
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

    def _spoken(self, text: str) -> dict[str, tuple[str, ...]]:
        """Returns concept -> the terms that stand for it, each once, in order."""
        spoken = self._lexicon.spoken_of(text)
        return {
            concept: tuple(dict.fromkeys(mention.term for mention in mentions)) for concept, mentions in spoken.items()
        }


def _phrases(runs: Sequence[Sequence[str]], offered: str) -> list[str]:
    """Returns the longest runs of the need's words that stand in the offer as they are, in order, each once."""
    found: dict[str, None] = {}
    for run in runs:
        start = 0
        while start < len(run):
            end, phrase = start, ""
            while end < len(run) and phrase + run[end] in offered:
                phrase += run[end]
                end += 1
            if len(phrase) > 1 and not _NUMBERS_ONLY.fullmatch(phrase):
                found[phrase] = None
            start = max(end, start + 1)
    return list(found)


def _holding(feature: str, phrases: Sequence[str]) -> list[str]:
    return [phrase for phrase in phrases if feature in phrase]


def _concept_labels(mine: tuple[str, ...], theirs: tuple[str, ...], phrases: Sequence[str]) -> list[str]:
    if not mine or not theirs:
        return []
    common = [term for term in mine if term in theirs]
    if not common:
        return [f"{mine[0]}{CONCEPT}{theirs[0]}"]
    return [phrase for term in common for phrase in _holding(term, phrases)] or common[:1]


def _reason(label: str, weight: float, asked: str, offered: str) -> Reason:
    mine, _, theirs = label.partition(CONCEPT)
    my_word, my_place = _place(mine, asked)
    their_word, their_place = _place(theirs or mine, offered)
    written = f"{my_word}{CONCEPT}{their_word}" if theirs else my_word
    return Reason("term", written, weight, f"需求：{my_place}；成果：{their_place}")


def _place(term: str, text: str) -> tuple[str, str]:
    """Returns a term as it is spelled in a cleaned text, and the words around it."""
    low = text.lower()
    spelled = text if len(low) == len(text) else low  # a few letters (İ) grow when made small: positions would shift
    start = low.find(term)
    end = start + len(term)
    line_start = spelled.rfind("\n", 0, start) + 1
    line_end = spelled.find("\n", end)
    line_end = len(spelled) if line_end < 0 else line_end
    left, right = max(line_start, start - _AROUND), min(line_end, end + _AROUND)
    opening, closing = "…" if left > line_start else "", "…" if right < line_end else ""
    return spelled[start:end], f"{opening}{spelled[left:right].strip()}{closing}"


def sentence(need: Profile, match: Match) -> str:
    """Returns one plain Chinese sentence that says why the pair was put together, ready to be read aloud.

    It names up to three shared terms, then what the coded facts say. It never mentions numbers.
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
    parts += [reason.detail for reason in match.reasons if reason.kind == "signal"]
    if not parts:
        title = clean(need.title)
        return (
            f"没有找到“{title}”与这项成果的共同之处，请人工判断。" if title else "没有找到双方的共同之处，请人工判断。"
        )
    return "，".join(parts) + "。"
