"""Spelling: likely meant terms for words that no document knows, by sound, by one wrong or two swapped characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matching.lexicon import Lexicon
from matching.text import normalise, read_words

READINGS = Path(__file__).parent / "words" / "readings.txt"

SAME_SOUND = 0.8
SIMILAR_SOUND = 0.6
SWAPPED = 0.7
ONE_LATIN_LETTER = 0.7
ONE_CHARACTER = 0.3

SHORTEST_CHINESE = 3
SHORTEST_SUBSTITUTED = 4
SHORTEST_LATIN = 5
LONGEST = 12

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z][a-z0-9-]*")
_GAP = "*"
_BLURRED = {"zh": "z", "ch": "c", "sh": "s"}


class Correction(NamedTuple):
    """What was typed in a run of words, from word ``start`` to ``end`` of it, and the term that was probably meant."""

    typed: str
    term: str
    weight: float
    start: int
    end: int


class Spelling:
    """Proposes terms of a vocabulary (words of the corpus, terms of the lexicon) for a word that is not among them.

    Chinese terms from 3 characters: the same sound (0.8; 0.6 where zh and z, ng and n are one), two neighbours swapped
    (0.7); from 4 characters one other character (0.3). Latin words from 5 letters: one letter more, less, other or
    swapped (0.7), digits unchanged. A look-up costs a handful of dictionary reads, never a walk through the vocabulary.
    """

    def __init__(self, vocabulary: Iterable[str], lexicon: Lexicon) -> None:
        known: dict[str, None] = dict.fromkeys(term for term in vocabulary if SHORTEST_CHINESE <= len(term) <= LONGEST)
        for entry in lexicon.entries:
            terms = map(normalise, entry.all_terms)
            known.update(dict.fromkeys(term for term in terms if SHORTEST_CHINESE <= len(term) <= LONGEST))
        self._known = known
        self._lexicon = lexicon
        self._near: dict[str, list[str]] = {}
        self._sounding: dict[str, list[str]] = {}
        for term in known:
            if _CHINESE.fullmatch(term):
                self._sounding.setdefault(_sound(term, blurred=True), []).append(term)
                if len(term) >= SHORTEST_SUBSTITUTED:
                    self._index(term, _gaps(term))
            elif len(term) >= SHORTEST_LATIN and _LATIN.fullmatch(term):
                self._index(term, _shortened(term))

    def _index(self, term: str, keys: Iterable[str]) -> None:
        for key in keys:
            self._near.setdefault(key, []).append(term)

    def suggest(self, word: str) -> tuple[tuple[str, float], ...]:
        """Returns (term, weight below 1) for a normalised word, best first, equal weights by term; empty for a known word."""
        if word in self._known or self._lexicon.concept_of(word) is not None or len(word) > LONGEST:
            return ()
        found: dict[str, float] = {}
        for term, weight in self._chinese(word) if _CHINESE.fullmatch(word) else self._latin(word):
            found[term] = max(weight, found.get(term, 0.0))
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _chinese(self, word: str) -> Iterator[tuple[str, float]]:
        if len(word) < SHORTEST_CHINESE:
            return
        sound = _sound(word)
        for term in self._sounding.get(_sound(word, blurred=True), ()):
            if sum(one != other for one, other in zip(word, term, strict=True)) <= max(1, len(word) // 2):
                yield term, SAME_SOUND if _sound(term) == sound else SIMILAR_SOUND
        for place in range(len(word) - 1):
            swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            if swapped in self._known:
                yield swapped, SWAPPED
        if len(word) >= SHORTEST_SUBSTITUTED:
            for key in _gaps(word):
                for term in self._near.get(key, ()):
                    yield term, ONE_CHARACTER

    def _latin(self, word: str) -> Iterator[tuple[str, float]]:
        if len(word) < SHORTEST_LATIN or not _LATIN.fullmatch(word):
            return
        digits = re.sub(r"\D", "", word)
        for key in _shortened(word):
            for term in self._near.get(key, ()):
                if re.sub(r"\D", "", term) == digits and _one_edit(word, term):
                    yield term, ONE_LATIN_LETTER

    def corrections(self, run: Sequence[str], least: float = SIMILAR_SOUND) -> tuple[Correction, ...]:
        """Returns the likely typing mistakes in a run of words (``Segmenter.runs``), not overlapping, of weight ``least`` on.

        A mistyped term falls apart when it is cut (谈 | 化 | 硅), so neighbours of which at least one is a single
        character are looked up together. Only the best proposal of each place is returned. Measured on clean titles, one
        other character alone (0.3) is wrong ten times as often as all other kinds together, hence ``least``.
        """
        found: list[Correction] = []
        start = 0
        while start < len(run):
            best = self._at(run, start, least)
            if best is None:
                start += 1
            else:
                found.append(best)
                start = best.end
        return tuple(found)

    def _at(self, run: Sequence[str], start: int, least: float) -> Correction | None:
        best: Correction | None = None
        typed, single = "", False
        for end in range(start + 1, len(run) + 1):
            typed += run[end - 1]
            single = single or len(run[end - 1]) == 1
            if len(typed) > LONGEST:
                break
            if typed in self._known:
                best = None
            elif single or end == start + 1:
                for term, weight in self.suggest(typed)[:1]:
                    if weight >= (best.weight if best else least):
                        best = Correction(typed, term, weight, start, end)
        return best


def _gaps(term: str) -> list[str]:
    return [f"{term[:place]}{_GAP}{term[place + 1 :]}" for place in range(len(term))]


def _shortened(term: str) -> list[str]:
    return list(dict.fromkeys((term, *(term[:place] + term[place + 1 :] for place in range(len(term))))))


def _one_edit(one: str, other: str) -> bool:
    """Says whether two different words are one inserted, dropped, other or swapped letter apart."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    mine, theirs = one[start:], other[start:]
    return (
        mine[1:] == theirs[1:]
        or mine[1:] == theirs
        or mine == theirs[1:]
        or (mine[1::-1] == theirs[:2] and mine[2:] == theirs[2:])
    )


def _sound(term: str, *, blurred: bool = False) -> str:
    """Returns the readings of a Chinese term; a character without one stands for itself."""
    exact, blurry = _readings()
    table = blurry if blurred else exact
    return " ".join([table.get(character, character) for character in term])


def same_sounding(character: str) -> tuple[str, ...]:
    """Returns the characters with the same first reading, in the order of their code, this one included; else nothing."""
    exact, _ = _readings()
    syllable = exact.get(character)
    return tuple(sorted(one for one, other in exact.items() if other == syllable)) if syllable else ()


@cache
def _readings() -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    for line in read_words(READINGS):
        syllable, _, characters = line.partition(" ")
        exact.update(dict.fromkeys(characters, syllable))
    return exact, {character: _blurred(syllable) for character, syllable in exact.items()}


def _blurred(syllable: str) -> str:
    begin = _BLURRED.get(syllable[:2])
    merged = begin + syllable[2:] if begin else syllable
    return merged.removesuffix("g") if merged.endswith("ng") else merged
