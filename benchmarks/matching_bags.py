"""Reads a large made-up corpus as bags of words and characters, as matching/features.py counts them without its cues.

The corpus repeats real sentences, so each sentence is cut once and what is measured is the index, not the segmenter.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from matching.features import character_terms
from matching.segment import Bags
from matching.text import Segmenter, normalise

TITLE_REPEATS = 3.0
_SENTENCE = re.compile(r"(?<=[。；;!！?？.])")


class Reader:
    """Turns the lines of a JSONL file into bags; remembers every sentence."""

    def __init__(self, *, characters: bool = True) -> None:
        self._segmenter = Segmenter()
        self._characters = characters
        self._seen: dict[str, tuple[Counter[str], Counter[str]]] = {}

    def read(self, path: Path, limit: int) -> Iterator[tuple[str, Bags]]:
        """Yields id and bags of the first ``limit`` lines."""
        with path.open(encoding="utf-8") as lines:
            for line in islice(lines, limit):
                row = json.loads(line)
                yield row["id"], self._bags(row["title"], row["body"])

    def _bags(self, title: str, body: str) -> Bags:
        words: dict[str, float] = {}
        characters: dict[str, float] = {}
        for text, repeats in ((title, TITLE_REPEATS), *((sentence, 1.0) for sentence in _SENTENCE.split(body))):
            for bag, counts in zip((words, characters), self._counted(text), strict=True):
                for term, count in counts.items():
                    bag[term] = bag.get(term, 0.0) + count * repeats
        return {"words": words, "characters": characters} if self._characters else {"words": words}

    def _counted(self, text: str) -> tuple[Counter[str], Counter[str]]:
        counted = self._seen.get(text)
        if counted is None:
            normal = normalise(text)
            characters = character_terms(normal) if self._characters else ()
            counted = self._seen[text] = (Counter(self._segmenter.cut(normal)), Counter(characters))
        return counted
