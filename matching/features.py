"""From a profile to two weighted bags, words and characters, and from bags to the share of a need that an offer covers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.feature_extraction import DictVectorizer

from matching.lexicon import Lexicon
from matching.measures import Figure, figures
from matching.model import CONCEPT, Profile, Settings
from matching.roles import Roles, sentences
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


class Reader:
    """Turns profiles into bags. Needs and offers are read differently: their sentences play different roles."""

    def __init__(self, segmenter: Segmenter, settings: Settings, lexicon: Lexicon, roles: Roles) -> None:
        self._segmenter = segmenter
        self._settings = settings
        self._lexicon = lexicon
        self._roles = roles

    def need(self, profile: Profile) -> Bags:
        """Returns the bags of a technology need."""
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
        return Bags(words, characters, terms, self._figures(profile))

    @staticmethod
    def _figures(profile: Profile) -> tuple[Figure, ...]:
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


class View:
    """One view (words or characters) of all offers: saturated counts, document frequencies, query weights.

    An offer's value for a feature is BM25's saturated count, cut at 1: the value of a feature that stands once in an offer
    of average length. A need's weights sum to 1, features that no offer knows included, so ``coverage`` is the share of the
    need's weight that the offer covers, within [0, 1].
    """

    def __init__(self, bags: Sequence[Bag], settings: Settings) -> None:
        self._settings = settings
        self._vectorizer = DictVectorizer(dtype=np.float64, sparse=True, sort=True)
        known = any(bags)
        counts = (
            csr_array(self._vectorizer.fit_transform(bags)) if known else csr_array((len(bags), 0), dtype=np.float64)
        )
        self._index: Mapping[str, int] = self._vectorizer.vocabulary_ if known else {}
        self._saturated = _saturate(counts, settings)
        self._columns = csr_array(self._saturated.T)
        frequencies = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64)
        total = float(counts.shape[0])
        self._rarity: Floats = np.log1p((total - frequencies + 0.5) / (frequencies + 0.5)) ** settings.rarity_power
        self._unknown_rarity = float(np.log1p((total + 0.5) / 0.5) ** settings.rarity_power)

    def coverage(self, bags: Sequence[Bag]) -> Floats:
        """Returns the covered share, one row per need and one column per offer."""
        data: list[float] = []
        indices: list[int] = []
        starts = [0]
        for bag in bags:
            for term, weight in sorted(self._weights(bag).items()):
                data.append(weight)
                indices.append(self._index[term])
            starts.append(len(data))
        shape = (len(bags), len(self._index))
        weights = csr_array((np.array(data, dtype=np.float64), np.array(indices, dtype=np.int32), starts), shape=shape)
        result: Floats = (weights @ self._columns).toarray()
        return result

    def rarity(self, feature: str) -> float:
        """Returns how rare a feature is among the offers, within [0, 1]; 1 for one that no offer knows."""
        column = self._index.get(feature)
        rare = self._unknown_rarity if column is None else float(self._rarity[column])
        return rare / self._unknown_rarity

    def contributions(self, bag: Bag, offer: int) -> dict[str, float]:
        """Returns feature -> part of the covered share, for one need and the offer in that row."""
        start, end = self._saturated.indptr[offer], self._saturated.indptr[offer + 1]
        values = dict(
            zip(self._saturated.indices[start:end].tolist(), self._saturated.data[start:end].tolist(), strict=True)
        )
        weights = self._weights(bag)
        return {
            term: weight * values[self._index[term]] for term, weight in weights.items() if self._index[term] in values
        }

    def _weights(self, bag: Bag) -> dict[str, float]:
        """Returns the weights of the features that some offer knows; with the unknown ones they would sum to 1."""
        saturation = self._settings.saturation
        weights: dict[str, float] = {}
        total = 0.0
        for term in sorted(bag):
            column = self._index.get(term)
            rarity = self._unknown_rarity if column is None else float(self._rarity[column])
            weight = rarity * bag[term] * (1.0 + saturation) / (bag[term] + saturation)
            total += weight
            if column is not None:
                weights[term] = weight
        return {term: weight / total for term, weight in weights.items()} if total > 0 else {}


def _saturate(counts: csr_array, settings: Settings) -> csr_array:
    lengths = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    average = float(lengths.mean()) if lengths.any() else 1.0
    penalty = settings.saturation * (1.0 - settings.length_penalty + settings.length_penalty * lengths / average)
    saturated = counts.copy()
    steepness = np.repeat(penalty, np.diff(counts.indptr))
    saturated.data = np.minimum(1.0, counts.data * (1.0 + settings.saturation) / (counts.data + steepness))
    return saturated
