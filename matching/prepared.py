"""Profiles prepared for being explained: their fields, naming words, concepts and figures, each read once and kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from matching.clauses import measured
from matching.phrases import Runs, common_parts, naming_runs
from matching.places import Fields, Span
from matching.text import Segmenter, normalise

if TYPE_CHECKING:
    from matching.lexicon import Lexicon
    from matching.model import Profile
    from matching.quantities import Quantity

_PROFILES_KEPT = 200
"""Profiles that stay prepared: a need while its offers are explained, offers that are among the best of several needs."""

_MOST_STATED, _MOST_SHARED = 200, 200
"""Quantities of one offer and phrases of one pair that are looked at; real texts have a fifth of them."""

_PAIRS_KEPT = 64
_PHRASES_KEPT = 20_000

Spoken = Mapping[str, tuple[str, ...]]
"""Concept -> the terms that stand for it, as one text names them."""


class Prepared:
    """One profile. ``fields`` are its texts with places; all else is made when it is first asked for."""

    def __init__(self, profile: Profile, segmenter: Segmenter, lexicon: Lexicon) -> None:
        self.fields = Fields(profile)
        self._segmenter = segmenter
        self._lexicon = lexicon

    @cached_property
    def naming(self) -> Runs:
        """The runs of naming words, in order."""
        return naming_runs([run for line in self.fields.lines for run in self._segmenter.runs(line.typed)])

    @cached_property
    def spoken(self) -> Spoken:
        """Concept -> the terms of the thesaurus that stand for it in the texts, each once, in order."""
        found: dict[str, dict[str, None]] = {}
        for line in self.fields.lines:
            for concept, mentions in self._lexicon.spoken_of(line.normal).items():
                found.setdefault(concept, {}).update(dict.fromkeys(mention.term for mention in mentions))
        return {concept: tuple(terms) for concept, terms in found.items()}

    @cached_property
    def stated(self) -> tuple[tuple[Quantity, Span], ...]:
        """The quantities that an offer states, with their places."""
        found = (
            (quantity, Span(line.field, line.item, quantity.start, quantity.end))
            for line in self.fields.lines
            for _, quantity in measured(line.typed)
        )
        return tuple(islice(found, _MOST_STATED))


class Preparing:
    """Prepares profiles, and keeps the last ones. Reads only; may be shared by threads."""

    def __init__(self, segmenter: Segmenter, lexicon: Lexicon) -> None:
        self._segmenter = segmenter
        self._lexicon = lexicon
        self.of = lru_cache(_PROFILES_KEPT)(self._prepared)
        self.common = lru_cache(_PAIRS_KEPT)(self._common)
        self.concepts = lru_cache(_PHRASES_KEPT)(self._concepts)
        self._known = lru_cache(_PHRASES_KEPT)(self._is_known)

    def _prepared(self, profile: Profile) -> Prepared:
        """Returns a profile prepared."""
        return Prepared(profile, self._segmenter, self._lexicon)

    def _common(self, asked: Prepared, offered: Prepared) -> tuple[str, ...]:
        """Returns the longest runs of naming words of a need that stand in an offer as they are, in order, each once."""
        return tuple(islice(common_parts(asked.naming, offered.fields.normal, self._known), _MOST_SHARED))

    def _concepts(self, text: str) -> frozenset[str]:
        """Returns the concepts of the thesaurus that a short text names."""
        return frozenset(self._lexicon.spoken_of(normalise(text)))

    def _is_known(self, phrase: str) -> bool:
        return self._lexicon.concept_of(phrase) is not None
