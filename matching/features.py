"""From a profile to two weighted bags, words and characters, with its terms of the thesaurus and its figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.lexicon import Lexicon
from matching.measures import Figure, figures
from matching.model import CONCEPT, Profile, Settings
from matching.roles import Roles, sentences
from matching.segment import Scheme
from matching.text import Segmenter, clean, normalise

Bag = Mapping[str, float]
Floats = NDArray[np.float64]

_RUN = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Bags:
    """What one profile says, with weighted counts: words, characters (one and two), thesaurus terms, figures with units.

    Concepts are in the bags of words and of characters; in a need's also the neighbours of its concepts, the features that
    ``expanded`` names.
    """

    words: Bag
    characters: Bag
    terms: Bag
    figures: tuple[Figure, ...] = ()
    expanded: tuple[str, ...] = ()

    @property
    def views(self) -> dict[str, Bag]:
        """The bags that an index holds or is asked for, by the names of ``scheme_of``."""
        return {"words": self.words, "characters": self.characters}


KEPT = 256
"""So many needs that were read last are kept, for whoever asks several things of one need: some 15 MB."""

_SHORT = 5_000
"""Characters of a need up to which it is kept."""


class Reader:
    """Turns profiles into bags. Needs and offers are read differently: their sentences play different roles."""

    def __init__(self, segmenter: Segmenter, settings: Settings, lexicon: Lexicon, roles: Roles) -> None:
        self._segmenter = segmenter
        self._settings = settings
        self._lexicon = lexicon
        self._roles = roles
        self._kept = lru_cache(KEPT)(self._need)

    def need(self, profile: Profile) -> Bags:
        """Returns the bags of a technology need."""
        short = len(profile.title) + len(profile.body) + len(profile.indicators) <= _SHORT
        return self._kept(profile) if short else self._need(profile)

    def _need(self, profile: Profile) -> Bags:
        wanted, boilerplate = self._settings.wanted_weight, self._settings.boilerplate_weight
        bags = self._bags(profile, lambda sentence: self._roles.asked(sentence, wanted, boilerplate))
        neighbours = self._neighbours(bags.words)
        words, characters = {**bags.words, **neighbours}, {**bags.characters, **neighbours}
        return replace(bags, words=words, characters=characters, expanded=tuple(neighbours))

    def _neighbours(self, bag: Bag) -> Bag:
        """Returns the neighbours of the concepts in a need's bag, each by its strength and below the concept's own weight."""
        added: dict[str, float] = {}
        for feature, weight in bag.items():
            if feature.startswith(CONCEPT):
                for neighbour, (_, strength) in self._lexicon.related(feature[len(CONCEPT) :]).items():
                    worth = weight * strength * self._settings.expansion_weight
                    if worth > 0 and CONCEPT + neighbour not in bag:
                        added[CONCEPT + neighbour] = max(worth, added.get(CONCEPT + neighbour, 0.0))
        return added

    def offer(self, profile: Profile) -> Bags:
        """Returns the bags of an achievement."""
        negated, aside = self._settings.negated_weight, self._settings.aside_weight
        return self._bags(profile, lambda sentence: self._roles.offered(sentence, negated, aside))

    def _bags(self, profile: Profile, weigh: Callable[[str], float]) -> Bags:
        words: dict[str, float] = {}
        characters: dict[str, float] = {}
        terms: dict[str, float] = {}
        for text, weight in self._passages(profile, weigh):
            _count(words, self._segmenter.cut(text), weight)
            _count(characters, character_terms(text), weight)
            spoken = self._lexicon.spoken_of(text)
            concepts = [CONCEPT + concept for concept in spoken]
            _count(words, concepts, weight * self._settings.concept_weight)
            _count(characters, concepts, weight * self._settings.concept_weight)
            _count(terms, [mention.term for mentions in spoken.values() for mention in mentions], weight)
        return Bags(words, characters, terms, self.figures(profile))

    @staticmethod
    def figures(profile: Profile) -> tuple[Figure, ...]:
        """Returns the figures of a profile, in the order of its fields."""
        texts = (profile.title, profile.body, profile.indicators, *profile.keywords)
        return tuple(figure for text in texts for figure in figures(clean(text)))

    def _passages(self, profile: Profile, weigh: Callable[[str], float]) -> Iterator[tuple[str, float]]:
        yield normalise(profile.title), float(self._settings.title_repeats)
        for sentence in sentences(normalise(profile.body)):
            yield sentence, weigh(sentence)
        yield normalise(profile.indicators), 1.0
        for keyword in profile.keywords:
            yield normalise(keyword), 1.0


def _count(bag: dict[str, float], terms: Iterable[str], weight: float) -> None:
    if weight > 0:
        for term in terms:
            bag[term] = bag.get(term, 0.0) + weight


def character_terms(text: str) -> Iterator[str]:
    """Yields the single characters and character pairs of the Chinese runs of a normalised text.

    Runs of Latin letters and digits are yielded whole, and in pairs as well when they hold a letter.
    """
    for hit in _RUN.finditer(text):
        run = hit.group()
        if run.isascii():
            yield run
            pairs = len(run) > 2 and not run.isdigit()
        else:
            yield from run
            pairs = True
        if pairs:
            for start in range(len(run) - 1):
                yield run[start : start + 2]


def scheme_of(settings: Settings) -> Scheme:
    """Returns how an index computes values and weights under the settings of a matcher."""
    shares = (("words", settings.words_share), ("characters", 1.0 - settings.words_share))
    return Scheme(settings.saturation, settings.length_penalty, settings.rarity_power, shares)
