"""A megabyte of anything in every field: it is ranked, explained and compared, and no page waits for it."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable

import pytest

from matching.explanation import explain_matches
from matching.lexicon import Lexicon
from matching.matcher import Matcher
from matching.model import Profile
from matching.text import LONGEST_TEXT, Segmenter

MEGABYTE = 1_000_000

NO_WAIT = 4.0
"""Seconds of processor time that one answer may take, on a busy machine too; without bounds it is minutes."""


def thesaurus() -> str:
    entries = Lexicon.shipped().entries
    return "，".join(term for entry in entries for term in str(entry).split(" = "))


def figures() -> str:
    return "希望" + "，".join(f"厚度{number}mm以内，温度不低于{number}℃，能耗降{number}%" for number in range(30_000))


HOSTILE: dict[str, Callable[[], str]] = {
    "figures": figures,
    "thesaurus": lambda: "希望" + thesaurus() * 20,
    "one term": lambda: "铝灰" * (MEGABYTE // 2),
    "markup": lambda: "<b>&lt;铝灰 " * (MEGABYTE // 9),
    "commas": lambda: "，" * MEGABYTE,
    "emoji": lambda: "😀" * MEGABYTE,
    "zero width": lambda: "\u200b铝" * (MEGABYTE // 2),
    "right to left": lambda: "\u202e铝灰" * (MEGABYTE // 3),
    "null bytes": lambda: "\x00a" * (MEGABYTE // 2),
    "squares": lambda: "㎡℃5" * (MEGABYTE // 3),
    "marks": lambda: "e\u0301" * (MEGABYTE // 2),
}


def everywhere(text: str) -> Profile:
    return Profile("X", title=text, body=text, indicators=text, keywords=(text, text))


def keywords(text: str) -> Profile:
    parts = (text[place : place + 8] for place in itertools.count(0, 8))
    return Profile("X", title="铝灰", keywords=tuple(itertools.takewhile(bool, itertools.islice(parts, 5_000))))


@pytest.mark.parametrize("shape", [everywhere, keywords])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_is_explained_without_a_wait(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter, name: str, shape: Callable[[str], Profile]
) -> None:
    hostile = shape(HOSTILE[name]()[:MEGABYTE])
    matcher = Matcher(offers, segmenter)
    spent: dict[str, float] = {}

    def timed(what: str, started: float) -> None:
        spent[what] = time.process_time() - started

    start = time.process_time()
    matches = matcher.rank(hostile, 10)
    timed("rank", start)
    start = time.process_time()
    told = explain_matches(matcher, hostile, matches)
    timed("explain ten", start)
    start = time.process_time()
    matcher.put(hostile)
    timed("put", start)
    start = time.process_time()
    itself = matcher.explain(hostile, "X")
    timed("explain one hostile text by another", start)
    start = time.process_time()
    why = matcher.why_not(needs[0], "X")
    timed("why not", start)
    assert max(spent.values()) < NO_WAIT, spent
    assert why.offer_id == "X"
    for one in (*told, itself):
        assert math.isclose(math.fsum(part.weight for part in one.contributions), one.score, abs_tol=1e-6)
        assert len(one.sentence) <= 60


def test_an_explanation_looks_at_the_first_characters_only(offers: list[Profile], segmenter: Segmenter) -> None:
    matcher = Matcher(offers, segmenter)
    early = Profile("N", title="。" * (LONGEST_TEXT - 10), body="铝灰提取")
    late = Profile("N", title="。" * LONGEST_TEXT, body="铝灰提取")
    offer = Profile("X", title="铝灰提取")
    matcher.put(offer)
    assert [one.label for one in matcher.explain(early, "X").evidence.shared] == ["铝灰提取"]
    assert matcher.explain(late, "X").evidence.shared == ()
