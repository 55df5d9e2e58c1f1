"""The table of abbreviations and synonyms: which concepts a text speaks of, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from matching.text import normalise, read_words

SYNONYM_FILE = Path(__file__).parent / "words" / "synonyms.txt"

CONCEPT = "≈"
"""Marks a feature that is a concept and not a word (no word can start with it), and a pair of terms that mean the same."""

_SEPARATOR = re.compile(r"\s+=\s+")


class Synonyms:
    """Groups of terms that mean the same; a group's concept is named by its first term.

    Latin terms match whole words only, Chinese terms match anywhere. Raises ValueError for a group with fewer than two
    terms and for a term in two groups.
    """

    def __init__(self, groups: Iterable[str] | None = None) -> None:
        self.groups = tuple(read_words(SYNONYM_FILE) if groups is None else groups)
        self._concept_of: dict[str, str] = {}
        for group in self.groups:
            self._add(group)
        self._starting: dict[str, list[str]] = {}
        for term in sorted(self._concept_of, key=lambda term: (-len(term), term)):
            self._starting.setdefault(term[0], []).append(term)

    def _add(self, group: str) -> None:
        terms = [normalise(spelling) for spelling in _SEPARATOR.split(group)]
        if len(terms) < 2 or not all(terms):
            raise ValueError(f"a group of synonyms needs at least two terms: {group!r}")
        for term in terms:
            if term in self._concept_of:
                raise ValueError(f"{term!r} stands in two groups of synonyms")
            self._concept_of[term] = terms[0]

    def spoken_of(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """Returns concept -> the terms that stand for it in a normalised text, in order. The longest term wins at each place."""
        found: dict[str, dict[str, None]] = {}
        for term in self._terms(text):
            found.setdefault(self._concept_of[term], {})[term] = None
        return {concept: tuple(terms) for concept, terms in found.items()}

    def _terms(self, text: str) -> Iterator[str]:
        place = 0
        while place < len(text):
            for term in self._starting.get(text[place], ()):
                if text.startswith(term, place) and _stands_alone(term, text, place):
                    yield term
                    place += len(term)
                    break
            else:
                place += 1


def _stands_alone(term: str, text: str, place: int) -> bool:
    """Says whether a term's Latin ends do not run on into the letters and digits around it."""
    end = place + len(term)
    runs_in = _latin(term[0]) and place > 0 and _latin(text[place - 1])
    return not runs_in and not (_latin(term[-1]) and end < len(text) and _latin(text[end]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
