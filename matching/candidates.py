"""The second stage: the aspects of the candidates of one need, as one small matrix, and each aspect in words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.aspects import ASPECTS, FIGURES, LATENT, RELATED, SAME, TEXT
from matching.concepts import Concepts, Meeting
from matching.features import Bags, Floats
from matching.latent import Latent
from matching.lexicon import Lexicon
from matching.measures import Agreement, Measures
from matching.model import Profile
from matching.repeats import Repeats
from matching.signals import SIGNALS, Signal

Rows = NDArray[np.intp]

_DOUBTFUL = 0.5
"""Below this share of the best text score figures count less, in proportion: among many offers some agree by chance."""

_SHOWN = 2
"""How many meetings and figures are quoted in one reason."""


@dataclass(frozen=True, slots=True)
class _Fact:
    """A signal with the offers sorted by the fact it reads: one example per distinct fact, and each offer's fact."""

    signal: Signal
    examples: tuple[Profile, ...]
    of_offer: Rows

    def values(self, need: Profile, rows: Rows) -> Floats:
        """Returns the signal's value for each of these offers."""
        facts, places = np.unique(self.of_offer[rows], return_inverse=True)
        worth = np.array([self.signal.value(need, self.examples[fact]) for fact in facts.tolist()], dtype=np.float64)
        result: Floats = worth[places]
        return result


class Candidates:
    """What the second stage knows of all offers. Built once per matcher, read only afterwards."""

    def __init__(self, offers: Sequence[Profile], bags: Sequence[Bags], lexicon: Lexicon, saturation: float) -> None:
        self._concepts = Concepts(lexicon, [bag.terms for bag in bags], saturation)
        self._measures = Measures([bag.figures for bag in bags])
        self._latent = Latent([bag.words for bag in bags], saturation)
        self._facts = tuple(_facts(offers))
        self.repeats = Repeats(offer.body for offer in offers)

    def aspects(self, need: Profile, bag: Bags, rows: Rows, text: Floats, best: float) -> Floats:
        """Returns one row per candidate and one column per aspect in the order of ``ASPECTS``; each within [0, 1].

        ``text`` is the text score of each candidate, ``best`` the best one of all offers.
        """
        values = np.zeros((len(rows), len(ASPECTS)))
        if len(rows):
            values[:, ASPECTS.index(TEXT)] = text
            left = max(0.0, 1.0 - best * best)  # what the words of the best offer leave open: meaning matters there
            same, near = self._concepts.aspects(bag.terms, rows)
            values[:, ASPECTS.index(SAME)] = same * left
            values[:, ASPECTS.index(RELATED)] = near * left
            standing = np.minimum(1.0, text / (_DOUBTFUL * best)) if best > 0 else np.zeros(len(rows))
            values[:, ASPECTS.index(FIGURES)] = self._measures.aspect(bag.figures, rows) * standing
            values[:, ASPECTS.index(LATENT)] = self._latent.aspect(bag.words, rows) * left**2
            for fact in self._facts:
                values[:, ASPECTS.index(fact.signal.label)] = fact.values(need, rows) * text
        return values

    def meetings(self, bag: Bags, row: int) -> list[Meeting]:
        """Returns the concepts that meet in one offer; parts of the aspects SAME and RELATED."""
        return self._concepts.meetings(bag.terms, row)

    def agreements(self, bag: Bags, offered: Bags) -> list[Agreement]:
        """Returns the figures that agree; parts of the aspect FIGURES."""
        return self._measures.agreements(bag.figures, offered.figures)


def say_related(meetings: Sequence[Meeting]) -> str:
    """Returns in Chinese which terms stand close."""
    return "，".join(f"需求说的“{one.asked}”与成果说的“{one.offered}”相关" for one in meetings[:_SHOWN])


def say_figures(agreements: Sequence[Agreement]) -> str:
    """Returns in Chinese which figures agree, the weightiest first."""
    best = sorted(agreements, key=lambda one: -one.part)[:_SHOWN]
    return "指标相近（" + "；".join(f"需求{one.asked}，成果{one.offered}" for one in best) + "）"


def _facts(offers: Sequence[Profile]) -> Iterator[_Fact]:
    for signal in SIGNALS:
        examples: dict[Hashable, Profile] = {}
        numbers: dict[Hashable, int] = {}
        rows: list[int] = []
        for offer in offers:
            fact = signal.fact(offer)
            examples.setdefault(fact, offer)
            rows.append(numbers.setdefault(fact, len(numbers)))
        yield _Fact(signal, tuple(examples.values()), np.array(rows, dtype=np.intp))
