"""The Lexicon: words for the segmenter, the thesaurus and the cue words; which concepts a text speaks of, and their neighbours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from matching.text import TECHNOLOGY_WORDS, normalise, read_words
from matching.thesaurus import (
    WORDS_FOLDER,
    BadEntry,
    Entry,
    check,
    check_word,
    normal_terms,
    read_entries,
    thesaurus_files,
)

CUE_FILE = WORDS_FOLDER / "cues.txt"

Kinship = Literal["narrower", "broader", "related"]


class Mention(NamedTuple):
    """A term of the thesaurus at its place in a normalised text: ``text[start:end] == term``."""

    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Strengths:
    """How much of a concept a neighbour answers, each within (0, 1].

    ``narrower``: a kind or part of what is asked for; ``broader``: only the whole or the class is named; ``related``: stands close.
    """

    narrower: float = 0.9
    broader: float = 0.3
    related: float = 0.85

    def __post_init__(self) -> None:
        """Raises ValueError for a strength outside (0, 1]."""
        if not all(0.0 < strength <= 1.0 for strength in (self.narrower, self.broader, self.related)):
            raise ValueError("strengths must lie above 0 and at most at 1")


class Lexicon:
    """Words, thesaurus and cues, immutable. ``shipped`` is the one of this package; ``extended`` adds what a desk wrote.

    A concept is a group of terms that mean the same, named by the first term of its first entry (normalised); a term in no
    group is a concept of its own. Entries that share a term become one group. Files are checked by
    ``python -m matching lexicon``, what a desk adds by ``extended``.
    """

    def __init__(
        self,
        words: Iterable[str] = (),
        entries: Iterable[Entry] = (),
        cues: Iterable[str] = (),
        strengths: Strengths | None = None,
    ) -> None:
        self.words: tuple[str, ...] = tuple(words)
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.cues: tuple[str, ...] = tuple(cues)
        self.strengths = strengths or Strengths()
        terms_of = zip(self.entries, normal_terms(self.entries), strict=True)
        lines = [(entry.relation, terms) for entry, terms in terms_of if terms]
        self._concept_of = _concepts([terms for relation, terms in lines if relation == "same"])
        for _, terms in lines:
            for term in terms:
                self._concept_of.setdefault(term, term)
        self._terms_of: dict[str, list[str]] = {}
        for term, concept in self._concept_of.items():
            self._terms_of.setdefault(concept, []).append(term)
        self._related = _kin(
            [(relation, [self._concept_of[term] for term in terms]) for relation, terms in lines], self.strengths
        )
        lengths: dict[str, set[int]] = {}
        for term in self._concept_of:
            if len(term) > 1:
                lengths.setdefault(term[:2], set()).add(len(term))
        self._lengths = {opening: tuple(sorted(found, reverse=True)) for opening, found in lengths.items()}
        self._latin = frozenset(term for term in self._concept_of if _latin(term[0]) or _latin(term[-1]))
        self._openings = _Openings(self._concept_of)

    @staticmethod
    @cache
    def shipped() -> Lexicon:
        """Returns the lexicon of the files under ``matching/words``, read once per process."""
        entries = [entry for path in thesaurus_files() for entry in read_entries(path)]
        return Lexicon(read_words(TECHNOLOGY_WORDS), entries, read_words(CUE_FILE))

    def extended(
        self, words: Iterable[str] = (), entries: Iterable[Entry] = (), strengths: Strengths | None = None
    ) -> Lexicon:
        """Returns a lexicon with more words and entries. Groups that an entry connects become one; the older name stays.

        Raises BadEntry for an unsound word or entry, and (``known``) for an entry that says nothing new.
        """
        added, new = tuple(words), tuple(entries)
        for word in added:
            check_word(word)
        for entry in new:
            self._refuse_known(entry)
        return Lexicon((*self.words, *added), (*self.entries, *new), self.cues, strengths or self.strengths)

    def _refuse_known(self, entry: Entry) -> None:
        concepts = [self.concept_of(term) for term in check(entry)]
        head = concepts[0]
        if head is None or None in concepts:
            return
        if entry.relation == "same":
            known = len(set(concepts)) == 1
        else:
            wanted: Kinship = "narrower" if entry.relation == "narrower" else "related"
            near = self.related(head)
            known = all(one is not None and one in near and near[one][0] == wanted for one in concepts[1:])
        if known:
            message = f"{entry.head!r} stands in the group of {head!r} already, and the entry says nothing new: {str(entry)!r}"
            raise BadEntry("known", entry.head, message, group=head)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over words, entries (not their sources), cues and strengths."""
        digest = hashlib.sha256()
        for line in (*self.words, "", *map(str, self.entries), "", *self.cues, "", repr(self.strengths)):
            digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
        return digest.hexdigest()

    def concept_of(self, term: str) -> str | None:
        """Returns the concept a term stands for, or None for a term the thesaurus does not hold."""
        return self._concept_of.get(normalise(term))

    def terms_of(self, concept: str) -> tuple[str, ...]:
        """Returns the normalised terms of a concept, its name first; empty for an unknown concept."""
        return tuple(self._terms_of.get(concept, ()))

    def related(self, concept: str) -> Mapping[str, tuple[Kinship, float]]:
        """Returns the neighbours of a concept: concept -> (what it is to this one, strength in (0, 1]).

        Of several relations between two concepts the strongest counts. "narrower": the neighbour is a kind or part of ``concept``.
        """
        return MappingProxyType(self._related.get(concept, {}))

    def spoken_of(self, text: str) -> Mapping[str, tuple[Mention, ...]]:
        """Returns concept -> its mentions in a normalised text, in order, not overlapping.

        The leftmost and there the longest term wins. The Latin ends of a term must not run on into letters or digits.
        """
        found: dict[str, list[Mention]] = {}
        reached = 0
        for start in self._openings.places(text):
            if start < reached:
                continue
            for length in self._lengths.get(text[start : start + 2], ()):
                term = text[start : start + length]
                concept = self._concept_of.get(term)
                if concept is not None and (term not in self._latin or _stands_alone(term, text, start)):
                    reached = start + length
                    found.setdefault(concept, []).append(Mention(term, start, reached))
                    break
            else:
                single = text[start]
                if single in self._concept_of:
                    reached = start + 1
                    found.setdefault(self._concept_of[single], []).append(Mention(single, start, reached))
        return {concept: tuple(mentions) for concept, mentions in found.items()}


class _Openings:
    """Finds the places where a term could start, by the first two characters of the terms in a table of hashes.

    Measured on 250 characters and 1,800 entries: 5 us, against 46 us of pyahocorasick 2.3, which walks through the list
    of all first characters at every place.
    """

    _SIZE = 1 << 18
    _FACTOR = 40503

    def __init__(self, terms: Iterable[str]) -> None:
        self._pairs = np.zeros(self._SIZE, dtype=np.bool_)
        self._singles = np.zeros(1 << 16, dtype=np.bool_)
        self._any_single = False
        for term in terms:
            if len(term) > 1:
                self._pairs[(ord(term[0]) * self._FACTOR + ord(term[1])) % self._SIZE] = True
            else:
                self._singles[ord(term) & 0xFFFF] = True
                self._any_single = True

    def places(self, text: str) -> list[int]:
        """Returns the places, ascending; a few of them are false."""
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        found = self._pairs[(codes[:-1] * np.uint32(self._FACTOR) + codes[1:]) & np.uint32(self._SIZE - 1)]
        if self._any_single:
            alone = self._singles[codes & np.uint32(0xFFFF)]
            alone[:-1] |= found
            found = alone
        places: list[int] = found.nonzero()[0].tolist()
        return places


def _stands_alone(term: str, text: str, start: int) -> bool:
    """Says whether a term's Latin ends do not run on into the letters and digits around it."""
    end = start + len(term)
    runs_in = _latin(term[0]) and start > 0 and _latin(text[start - 1])
    return not runs_in and not (_latin(term[-1]) and end < len(text) and _latin(text[end]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _concepts(groups: Sequence[tuple[str, ...]]) -> dict[str, str]:
    """Returns term -> name of its group, after groups that share a term became one; terms in the order they came."""
    parent: dict[str, str] = {}

    def root(term: str) -> str:
        while parent[term] != term:
            parent[term] = parent[parent[term]]
            term = parent[term]
        return term

    order: dict[str, int] = {}
    for terms in groups:
        for term in terms:
            order.setdefault(term, len(order))
            parent.setdefault(term, term)
            one, other = sorted((root(terms[0]), root(term)), key=order.__getitem__)
            parent[other] = one
    return {term: root(term) for term in order}


def _kin(
    lines: Sequence[tuple[str, Sequence[str]]], strengths: Strengths
) -> dict[str, dict[str, tuple[Kinship, float]]]:
    kin: dict[str, dict[str, tuple[Kinship, float]]] = {}

    def tie(one: str, other: str, kinship: Kinship, strength: float) -> None:
        near = kin.setdefault(one, {})
        if one != other and (other not in near or near[other][1] < strength):
            near[other] = (kinship, strength)

    for relation, (head, *others) in lines:
        for other in others:
            if relation == "narrower":
                tie(head, other, "narrower", strengths.narrower)
                tie(other, head, "broader", strengths.broader)
            elif relation == "related":
                tie(head, other, "related", strengths.related)
                tie(other, head, "related", strengths.related)
    return kin
