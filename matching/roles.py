"""What each sentence of a filing is there for: asked for, boilerplate, denied or said in passing, and how much it counts."""

from __future__ import annotations

import re
from pathlib import Path

from matching.text import read_words

CUE_FILE = Path(__file__).parent / "words" / "cues.txt"

_SENTENCE_END = re.compile(r"(?<=[。;!?])")


def sentences(text: str) -> list[str]:
    """Returns the sentences of a normalised text; a text without full stops is one sentence."""
    return [sentence for sentence in _SENTENCE_END.split(text) if sentence.strip()]


class Roles:
    """Knows the cue words. ``asked`` weighs a sentence of a need, ``offered`` a sentence of an achievement.

    The weight of a sentence without any cue is 1. Raises ValueError for a role that is missing from the cue file.
    """

    def __init__(self, lines: tuple[str, ...] | None = None) -> None:
        self.lines = read_words(CUE_FILE) if lines is None else lines
        cues = {name.strip(): cues.split() for name, _, cues in (line.partition(":") for line in self.lines)}
        missing = {"wanted", "boilerplate", "negated", "aside"} - set(cues)
        if missing:
            raise ValueError(f"cue words are missing for: {', '.join(sorted(missing))}")
        self._cues = {name: re.compile("|".join(map(re.escape, words)) or r"(?!)") for name, words in cues.items()}

    def asked(self, sentence: str, wanted: float, boilerplate: float) -> float:
        """Returns the weight of one sentence of a need, given the weight of each role."""
        return self._weight(sentence, ("wanted", wanted), ("boilerplate", boilerplate))

    def offered(self, sentence: str, negated: float, aside: float) -> float:
        """Returns the weight of one sentence of an achievement, given the weight of each role."""
        return self._weight(sentence, ("negated", negated), ("aside", aside))

    def _weight(self, sentence: str, *roles: tuple[str, float]) -> float:
        weight = 1.0
        for name, factor in roles:
            if self._cues[name].search(sentence):
                weight *= factor
        return weight
