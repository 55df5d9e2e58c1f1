"""The second stage: the aspects of the candidates of one need, as one small matrix, and each aspect in words."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching.aspects import ASPECTS, FIGURES, LATENT, RELATED, SAME, TEXT
from matching.concepts import Concepts, Meeting, Spoken
from matching.features import Bags, Floats
from matching.latent import Counts, Latent
from matching.lexicon import Lexicon
from matching.measures import Agreement, Measures, Stated
from matching.model import Profile
from matching.repeats import Repeats, Said
from matching.rows import Lines
from matching.signals import SIGNALS, Signal

Rows = NDArray[np.int64]

_DOUBTFUL = 0.5
"""Below this share of the best text score figures count less, in proportion: among many offers some agree by chance."""

_SPOKEN = 60
"""Different words of a need from which on meaning, figures and topic count in full. Of a title alone nearly every word is meant:
meaning and figures count half, and next to nothing is known of its topic."""

_SHOWN = 2
"""How many meetings and figures are quoted in one reason."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A signal with the offers sorted by the fact it reads: one example per distinct fact, and each offer's fact."""

    signal: Signal
    examples: tuple[Profile, ...]
    of_offer: Lines

    def values(self, need: Profile, rows: Rows) -> Floats:
        """Returns the signal's value for each of these offers."""
        facts, places = np.unique(self.of_offer[rows], return_inverse=True)
        worth = np.array([self.signal.value(need, self.examples[fact]) for fact in facts.tolist()], dtype=np.float64)
        result: Floats = worth[places]
        return result

    def with_offer(self, row: int, offer: Profile) -> Fact:
        """Returns the fact with one offer more, in a row that is above all others."""
        known = {self.signal.fact(example): number for number, example in enumerate(self.examples)}
        number = known.get(self.signal.fact(offer), len(known))
        examples = self.examples if number < len(known) else (*self.examples, _bare(offer))
        return replace(self, examples=examples, of_offer=self.of_offer.with_row(row, number))

    def chosen(self, rows: Rows) -> Fact:
        """Returns the fact of these offers only, as a fresh fit in that order has it."""
        return _fact(self.signal, [self.examples[number] for number in self.of_offer[rows].tolist()])


def _fact(signal: Signal, offers: Iterable[Profile]) -> Fact:
    examples: dict[Hashable, Profile] = {}
    numbers: dict[Hashable, int] = {}
    rows = array("i")
    for offer in offers:
        fact = signal.fact(offer)
        rows.append(numbers.setdefault(fact, len(numbers)))
        if fact not in examples:
            examples[fact] = _bare(offer)
    return Fact(signal, tuple(examples.values()), Lines(np.array(rows, dtype=np.int32)))


def _bare(offer: Profile) -> Profile:
    """Returns an offer's coded facts without its texts."""
    return Profile("", industry=offer.industry, county=offer.county, maturity=offer.maturity, modes=offer.modes)


class Gathering:
    """Gathers what the second stage needs of offers, one offer after the other."""

    def __init__(self) -> None:
        self._spoken, self._stated, self._said = Spoken(), Stated(), Said()
        self._facts: list[Profile] = []
        self._same: dict[Profile, Profile] = {}

    def append(self, offer: Profile, bags: Bags) -> None:
        """Takes one offer."""
        self._spoken.append(bags.terms)
        self._stated.append(bags.figures)
        self._said.append(offer.body)
        bare = _bare(offer)
        self._facts.append(self._same.setdefault(bare, bare))

    def candidates(self, order: Rows, counts: Counts, lexicon: Lexicon, saturation: float) -> Candidates:
        """Returns the second stage of what was gathered, the offers in the given order, in which the counts have them."""
        facts = [self._facts[place] for place in order.tolist()]
        return Candidates(
            Concepts(lexicon, self._spoken.table(order), saturation),
            Measures(self._stated.table(order)),
            Latent(counts, saturation),
            Repeats(self._said.table(order)),
            tuple(_fact(signal, facts) for signal in SIGNALS),
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the second stage knows of all offers, by the rows of the index. Never changed: changes give new ones."""

    concepts: Concepts
    measures: Measures
    latent: Latent
    repeats: Repeats
    facts: tuple[Fact, ...]

    def with_offer(self, row: int, offer: Profile, bags: Bags) -> Candidates:
        """Returns the second stage with one offer more, in a row that is above all others."""
        return Candidates(
            self.concepts.with_offer(row, bags.terms),
            self.measures.with_offer(row, bags.figures),
            self.latent.with_offer(row, bags.words),
            self.repeats.with_offer(row, offer.body),
            tuple(fact.with_offer(row, offer) for fact in self.facts),
        )

    def without(self, row: int) -> Candidates:
        """Returns the second stage without an offer; its row is not to be asked for any more."""
        return Candidates(
            self.concepts.without(row),
            self.measures.without(row),
            self.latent.without(row),
            self.repeats.without(row),
            self.facts,
        )

    def chosen(self, rows: Rows, counts: Counts, saturation: float) -> Candidates:
        """Returns the second stage of these offers only, as a fresh fit in that order has it."""
        return Candidates(
            self.concepts.chosen(rows),
            self.measures.chosen(rows),
            Latent(counts, saturation),
            self.repeats.chosen(rows),
            tuple(fact.chosen(rows) for fact in self.facts),
        )

    def aspects(self, need: Profile, bag: Bags, rows: Rows, text: Floats, best: float) -> Floats:
        """Returns one row per candidate and one column per aspect in the order of ``ASPECTS``; each within [0, 1].

        ``text`` is the text score of each candidate, ``best`` the best one of all offers.
        """
        values = np.zeros((len(rows), len(ASPECTS)))
        if len(rows):
            values[:, ASPECTS.index(TEXT)] = text
            said = min(1.0, len(bag.words) / _SPOKEN)
            half = (1.0 + said) / 2.0
            left = max(0.0, 1.0 - best * best)  # what the words of the best offer leave open: meaning matters there
            same, near = self.concepts.aspects(bag.terms, rows)
            values[:, ASPECTS.index(SAME)] = same * left * half
            values[:, ASPECTS.index(RELATED)] = near * left * half
            standing = np.minimum(1.0, text / (_DOUBTFUL * best)) if best > 0 else np.zeros(len(rows))
            values[:, ASPECTS.index(FIGURES)] = self.measures.aspect(bag.figures, rows) * standing * half
            values[:, ASPECTS.index(LATENT)] = self.latent.aspect(bag.words, rows) * (left * said) ** 2
            for fact in self.facts:
                values[:, ASPECTS.index(fact.signal.label)] = fact.values(need, rows) * text
        return values

    def meetings(self, bag: Bags, row: int) -> list[Meeting]:
        """Returns the concepts that meet in one offer; parts of the aspects SAME and RELATED."""
        return self.concepts.meetings(bag.terms, row)

    def agreements(self, bag: Bags, row: int) -> list[Agreement]:
        """Returns the figures that agree; parts of the aspect FIGURES."""
        return self.measures.agreements(bag.figures, row)


def say_related(meetings: Sequence[Meeting]) -> str:
    """Returns in Chinese which terms stand close."""
    return "，".join(f"需求说的“{one.asked}”与成果说的“{one.offered}”相关" for one in meetings[:_SHOWN])


def say_figures(agreements: Sequence[Agreement]) -> str:
    """Returns in Chinese which figures agree, the weightiest first."""
    best = sorted(agreements, key=lambda one: -one.part)[:_SHOWN]
    return "指标相近（" + "；".join(f"需求{one.asked}，成果{one.offered}" for one in best) + "）"
