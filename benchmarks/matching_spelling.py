"""Measures the tolerance of typing mistakes: made-up mistakes that are put right, and right words that are taken for mistakes.

usage: python -m benchmarks.matching_spelling [FOLDER] [--mistakes 2000] [--seed 1]

FOLDER holds ``<collection>/docs.jsonl`` and ``queries_title.jsonl``. The vocabulary is the words of the documents and the terms of
the lexicon. Prints, for each kind of mistake, how many are put right, and how often clean titles, which hold no mistake, are
"corrected" all the same; then the MRR@10 of titles as typed, with one mistake each, and with the mistakes put right.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from matching.evaluation import evaluate
from matching.files import read_judgements
from matching.lexicon import Lexicon
from matching.matcher import Matcher
from matching.model import Profile
from matching.spelling import Spelling, same_sounding
from matching.text import Segmenter, normalise

Titles = list[tuple[str, str]]


def main() -> None:
    """Runs the measurements and prints them."""
    parser = argparse.ArgumentParser(description="Measures the tolerance of typing mistakes.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/matching"))
    parser.add_argument("--mistakes", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    segmenter, lexicon = Segmenter(), Lexicon.shipped()
    for folder in sorted(path.parent for path in options.folder.glob("*/docs.jsonl")):
        documents = [(row["id"], row["text"]) for row in rows(folder / "docs.jsonl")]
        titles = [(row["id"], row["text"]) for row in rows(folder / "queries_title.jsonl")]
        words = Counter(word for _, text in documents for word in set(segmenter.cut(text)))
        start = time.process_time()
        spelling = Spelling(words, lexicon)
        print(f"{folder.name}: {len(words)} words, prepared in {time.process_time() - start:.2f} s")
        mistakes(spelling, sorted(words), options.mistakes, random.Random(options.seed))
        clean_titles(spelling, segmenter, titles)
        retrieval(folder, documents, titles, segmenter, spelling, random.Random(options.seed))


def rows(path: Path) -> list[dict[str, str]]:
    """Reads one JSON object per line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def another_sounding(word: str, chance: random.Random) -> str:
    """Returns a word with one character changed for another of the same sound."""
    place = chance.randrange(len(word))
    others = [one for one in same_sounding(word[place]) if one != word[place]]
    return word[:place] + chance.choice(others) + word[place + 1 :] if others else word


def another_character(word: str, chance: random.Random) -> str:
    """Returns a word with one character changed for any other."""
    place = chance.randrange(len(word))
    return word[:place] + chr(chance.randrange(0x4E00, 0x9FA5)) + word[place + 1 :]


def swapped(word: str, chance: random.Random) -> str:
    """Returns a word with two neighbours swapped."""
    place = chance.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def letter(word: str, chance: random.Random) -> str:
    """Returns a Latin word with one letter changed or left out."""
    place = chance.randrange(len(word))
    return word[:place] + chance.choice(["", "e", "s"]) + word[place + 1 :]


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "same sound": another_sounding,
    "swapped": swapped,
    "another character": another_character,
    "Latin letter": letter,
}


def mistakes(spelling: Spelling, words: Sequence[str], number: int, chance: random.Random) -> None:
    """Prints how many made-up mistakes are put right at the first proposal."""
    chinese = [word for word in words if len(word) >= 3 and not any(one.isascii() for one in word)]
    latin = [word for word in words if len(word) >= 5 and word.isascii() and word.isalpha()]
    for kind, change in KINDS.items():
        pool = latin if kind == "Latin letter" else chinese
        right = wrong = asked = 0
        start = time.process_time()
        for word in (chance.choice(pool) for _ in range(number)) if pool else ():
            typed = change(word, chance)
            if typed == word:
                continue
            asked += 1
            proposals = spelling.suggest(typed)
            right += bool(proposals) and proposals[0][0] == word
            wrong += bool(proposals) and proposals[0][0] != word
        each = (time.process_time() - start) / max(1, asked) * 1e6
        print(
            f"  {kind:18} {right / max(1, asked):6.1%} right {wrong / max(1, asked):6.1%} wrong of {asked}, {each:.0f} us each"
        )


def corrected(text: str, spelling: Spelling, segmenter: Segmenter) -> tuple[str, int, int]:
    """Returns a text followed by what was probably meant, the number of corrections, and of words."""
    runs = segmenter.runs(text)
    found = [one for run in runs for one in spelling.corrections(run)]
    return " ".join([text, *(one.term for one in found)]), len(found), sum(map(len, runs))


def clean_titles(spelling: Spelling, segmenter: Segmenter, titles: Titles) -> None:
    """Prints how often titles without mistakes are corrected, and by which weight."""
    by_weight: Counter[float] = Counter()
    words = 0
    for _, title in titles:
        for run in segmenter.runs(title):
            words += len(run)
            by_weight.update(one.weight for one in spelling.corrections(run))
    shares = ", ".join(f"{count} of weight {weight}" for weight, count in sorted(by_weight.items(), reverse=True))
    print(f"  corrections in {len(titles)} clean titles ({words} words): {shares or 'none'}")


def retrieval(
    folder: Path, documents: Titles, titles: Titles, segmenter: Segmenter, spelling: Spelling, chance: random.Random
) -> None:
    """Prints the MRR@10 of titles as typed, with a mistake, and put right."""
    answers = {one: dict.fromkeys(found, 3) for one, found in read_judgements(folder / "qrels_title.tsv").items()}
    matcher = Matcher([Profile(id=name, body=text) for name, text in documents], segmenter)
    mistyped = [(name, with_mistake(title, segmenter, chance)) for name, title in titles]
    for what, given in (
        ("as typed", titles),
        ("as typed, corrected", [(name, corrected(title, spelling, segmenter)[0]) for name, title in titles]),
        ("one mistake each", mistyped),
        ("one mistake each, corrected", [(name, corrected(title, spelling, segmenter)[0]) for name, title in mistyped]),
    ):
        found = matcher.rank_all([Profile(id=name, title=title) for name, title in given], 10)
        run = {
            name: [(one.offer_id, one.score) for one in matches]
            for (name, _), matches in zip(given, found, strict=True)
        }
        print(f"  titles {what:28} MRR@10 {evaluate(run, answers, list(run)).mrr_at_10:.4f}")


def with_mistake(title: str, segmenter: Segmenter, chance: random.Random) -> str:
    """Returns a title with one character of its longest Chinese word changed for another of the same sound."""
    title = normalise(title)
    words = [word for word in segmenter.cut(title) if len(word) >= 2 and not word.isascii()]
    if not words:
        return title
    word = max(words, key=len)
    return title.replace(word, another_sounding(word, chance), 1)


if __name__ == "__main__":
    main()
