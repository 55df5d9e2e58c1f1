"""Which words can be a label: phrases of naming words, without what only binds, counts, grades or denies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from matching.places import stands_alone
from matching.text import normalise, read_words
from matching.units import Units

FUNCTION_WORDS = Path(__file__).parent / "words" / "function.txt"

_NUMBER = re.compile(r"[\d.]+[^\W\d_]{0,4}|[零〇一二两三四五六七八九十百千万亿半第几]+\w?")
_ALONE = "alone:"
_EACH = "每"
_LETTER = re.compile(r"[a-zμωα-ω]")

Runs = Sequence[Sequence[str]]
"""Words in runs that no punctuation interrupts (``Segmenter.runs``)."""


@cache
def function_words() -> frozenset[str]:
    """Returns the words of ``words/function.txt``, normalised."""
    lines = [line for line in read_words(FUNCTION_WORDS) if not line.startswith(_ALONE)]
    return frozenset(normalise(word) for line in lines for word in line.split())


@cache
def general_words() -> frozenset[str]:
    """Returns the words of ``words/function.txt`` that can be part of a label, but none by themselves."""
    lines = [line.removeprefix(_ALONE) for line in read_words(FUNCTION_WORDS) if line.startswith(_ALONE)]
    return frozenset(normalise(word) for line in lines for word in line.split())


@cache
def _unit_names() -> frozenset[str]:
    return frozenset(normalise(name) for name, _ in Units.shipped())


def names_something(word: str) -> bool:
    """Says whether a normalised word names something: no function word, number, unit or single Latin letter."""
    return not (word in function_words() or word in _unit_names() or _NUMBER.fullmatch(word) or _LETTER.fullmatch(word))


def naming_runs(runs: Runs) -> list[tuple[str, ...]]:
    """Returns the parts of runs that consist of naming words, in order. A Chinese unit after no number is a word."""
    found: list[tuple[str, ...]] = []
    for run in runs:
        part: list[str] = []
        counted = False
        for word in run:
            spoken_unit = not counted and not word.isascii() and word in _unit_names() and word not in function_words()
            measure = counted and len(word) == 1  # 每栏, 一批: no name either
            if (names_something(word) and not measure) or (spoken_unit and part):
                part.append(word)
            elif part:
                found.append(tuple(part))
                part = []
            counted = word == _EACH or _NUMBER.fullmatch(word) is not None
        if part:
            found.append(tuple(part))
    return found


def phrases(runs: Runs) -> list[str]:
    """Returns the naming phrases of runs, longest possible, in order, each once, of two characters and more."""
    joined = ("".join(run) for run in naming_runs(runs))
    return list(dict.fromkeys(phrase for phrase in joined if fit_for_label(phrase)))


def common_phrases(runs: Runs, offered: str, known: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Returns the longest runs of naming words that stand in a normalised text as they are, in order, each once.

    Where only a part of a run stands there, single characters at its ends are fragments (法|脱硫 of 湿|法|脱硫) and are left
    away, unless the whole is ``known``, such as a term of the thesaurus.
    """
    return list(common_parts(naming_runs(runs), offered, known))


def common_parts(naming: Runs, offered: str, known: Callable[[str], bool]) -> Iterator[str]:
    """Yields ``common_phrases`` of runs of naming words only."""
    found: set[str] = set()
    for run in naming:
        start = 0
        while start < len(run):
            end, phrase = start, ""
            while end < len(run) and _stands_in(phrase + run[end], offered):
                phrase += run[end]
                end += 1
            if end == start:
                start += 1
                continue
            if end - start < len(run) and not known(phrase):
                phrase = "".join(_without_fragments(run[start:end]))
            if phrase not in found and fit_for_label(phrase):
                found.add(phrase)
                yield phrase
            start = end


def _without_fragments(words: Sequence[str]) -> Sequence[str]:
    """Returns words without the single Chinese characters at both ends; nothing when all of them are such."""
    whole = [place for place, word in enumerate(words) if len(word) > 1 or word.isascii()]
    return words[whole[0] : whole[-1] + 1] if whole else ()


def _stands_in(phrase: str, text: str) -> bool:
    """Says whether a phrase stands in a text; one that begins or ends in Latin letters must not be a part of a longer word."""
    start = text.find(phrase)
    if phrase[0].isascii() or phrase[-1].isascii():
        while start >= 0 and not stands_alone(text, start, start + len(phrase)):
            start = text.find(phrase, start + 1)
    return start >= 0


def fit_for_label(phrase: str) -> bool:
    """Says whether a phrase is long enough and more than a number, a unit or a general word."""
    return len(phrase) > 1 and names_something(phrase) and phrase not in general_words()
