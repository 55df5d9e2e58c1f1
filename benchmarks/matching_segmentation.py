"""Measures cutting texts into words: jieba and rjieba side by side, whether the words are the same, and what a cache saves.

usage: python -m benchmarks.matching_segmentation [FOLDER] [--passes 3]

FOLDER holds ``<collection>/docs.jsonl`` with a "text" in each line, and for the check of retrieval
``queries_title.jsonl`` and ``qrels_title.tsv`` beside it. Prints processor time, the ratio, the share of identical words and,
where they differ, the MRR@10 of titles with either engine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from matching.text import Engine, Segmenter, normalise
from matching.tokens import TokenCache

ENGINES: tuple[Engine, ...] = ("jieba", "rjieba")


def main() -> None:
    """Runs the measurements and prints them."""
    parser = argparse.ArgumentParser(description="Measures jieba and rjieba side by side.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("../shared/data/matching"))
    parser.add_argument("--passes", type=int, default=3, help="the fastest of so many passes counts")
    options = parser.parse_args()
    collections = sorted(path.parent for path in options.folder.glob("*/docs.jsonl"))
    texts = [text for folder in collections for text in read(folder / "docs.jsonl")]
    size = sum(map(len, texts))
    print(f"{len(texts)} texts, {size} characters of {', '.join(folder.name for folder in collections)}")
    segmenters = {engine: Segmenter(engine=engine, tokens=TokenCache(memory_limit=0)) for engine in ENGINES}
    identical = compare(segmenters, texts)
    throughput(segmenters, texts, options.passes)
    cached(texts, options.passes)
    if identical < 1.0:
        for folder in collections:
            retrieval(folder, segmenters)
    else:
        print("identical words: retrieval cannot differ")


def read(path: Path) -> list[str]:
    """Returns the texts of a file of JSON lines."""
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def compare(segmenters: dict[Engine, Segmenter], texts: Sequence[str]) -> float:
    """Prints and returns the share of texts for which both engines give the same words."""
    plain, fast = (segmenters[engine] for engine in ENGINES)
    same = sum(plain.runs(text) == fast.runs(text) for text in texts) / len(texts)
    words = sum(len(plain.cut(text)) for text in texts)
    print(f"identical words in {same:.2%} of the texts ({words} words, {len(plain.words)} words of our own)")
    return same


def throughput(segmenters: dict[Engine, Segmenter], texts: Sequence[str], passes: int) -> None:
    """Prints the characters per second of cutting alone, and of everything from the typed text to the words."""
    normal = [normalise(text) for text in texts]
    size = sum(map(len, normal))
    for what, given in (("cutting alone", normal), ("typed text to words", texts)):
        seconds: dict[Engine, float] = {}
        for engine, segmenter in segmenters.items():
            cut = segmenter.cut if given is texts else segmenter._cut  # noqa: SLF001 - the engine without our own work
            seconds[engine] = fastest(passes, all_words, cut, given)
        figures = ", ".join(f"{engine} {size / seconds[engine] / 1e6:.2f} M characters/s" for engine in ENGINES)
        print(f"{what}: {figures}, ratio {seconds['jieba'] / seconds['rjieba']:.1f}")
    print(f"normalising: {size / fastest(passes, each_of, normalise, texts) / 1e6:.2f} M characters/s")


def cached(texts: Sequence[str], passes: int) -> None:
    """Prints what keeping the words saves with either engine, in memory and in a file."""
    with tempfile.TemporaryDirectory() as folder:
        for engine in ENGINES:
            path = Path(folder) / f"{engine}.sqlite3"
            memory = Segmenter(engine=engine, tokens=TokenCache(memory_limit=1_000_000_000))
            cold = fastest(1, each_of, memory.cut, texts)
            warm = fastest(passes, each_of, memory.cut, texts)
            writing = TokenCache(path)
            filled = Segmenter(engine=engine, tokens=writing)
            for text in texts:
                filled.cut(text)
            writing.close()
            reading = Segmenter(engine=engine, tokens=TokenCache(path))
            disk = fastest(1, each_of, reading.cut, texts)
            print(
                f"{engine} with a cache: first pass {cold:.2f} s, from memory {warm:.2f} s, from the file {disk:.2f} s "
                f"({path.stat().st_size / 1e6:.1f} MB)"
            )


def each_of(read: Callable[[str], object], texts: Sequence[str]) -> list[object]:
    """Returns what is read of each text."""
    return [read(text) for text in texts]


def all_words(cut: Callable[[str], Iterable[str]], texts: Sequence[str]) -> list[list[str]]:
    """Returns the words of each text, also where they are cut only as they are asked for."""
    return [list(cut(text)) for text in texts]


def fastest(passes: int, work: Callable[..., object], *arguments: object) -> float:
    """Returns the processor seconds of the fastest pass."""
    seconds = []
    for _ in range(passes):
        start = time.process_time()
        work(*arguments)
        seconds.append(time.process_time() - start)
    return min(seconds)


def retrieval(folder: Path, segmenters: dict[Engine, Segmenter]) -> None:
    """Prints the MRR@10 of finding each title's own text with either engine."""
    from matching.evaluation import evaluate
    from matching.files import read_judgements
    from matching.matcher import Matcher
    from matching.model import Profile

    rows = [json.loads(line) for line in (folder / "docs.jsonl").read_text(encoding="utf-8").splitlines()]
    titles = [json.loads(line) for line in (folder / "queries_title.jsonl").read_text(encoding="utf-8").splitlines()]
    answers = {one: dict.fromkeys(found, 3) for one, found in read_judgements(folder / "qrels_title.tsv").items()}
    for engine, segmenter in segmenters.items():
        matcher = Matcher([Profile(id=row["id"], body=row["text"]) for row in rows], segmenter)
        matches = matcher.rank_all([Profile(id=title["id"], title=title["text"]) for title in titles], 10)
        run = {
            title["id"]: [(match.offer_id, match.score) for match in found]
            for title, found in zip(titles, matches, strict=True)
        }
        figures = evaluate(run, answers, [title["id"] for title in titles])
        print(f"{folder.name} titles with {engine}: MRR@10 {figures.mrr_at_10:.4f}")


if __name__ == "__main__":
    main()
