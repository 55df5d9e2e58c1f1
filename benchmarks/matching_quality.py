"""Measures the matcher beside plain jieba TF-IDF: graded needs, and known-item search as a regression check.

usage: python -m benchmarks.matching_quality [--data ../shared/data] [--ablation]

Prints both sides in one run. ``--ablation`` leaves out one component at a time on the graded collection.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matching.evaluation import Figures, evaluate
from matching.files import read_judgements, read_profiles
from matching.matcher import Matcher
from matching.model import Profile, Settings
from matching.reference import plain_rankings
from matching.text import Segmenter

DEPTH = 10

LEFT_OUT: dict[str, dict[str, Any]] = {
    "characters": {"words_share": 1.0},
    "words": {"words_share": 0.0},
    "synonyms": {"concept_weight": 0.0},
    "sentence roles": {"wanted_weight": 1.0, "boilerplate_weight": 1.0, "negated_weight": 1.0, "aside_weight": 1.0},
    "title weight": {"title_repeats": 1},
    "signals": {"industry_cap": 0.0, "maturity_cap": 0.0, "mode_cap": 0.0, "county_cap": 0.0},
}


def main() -> None:
    """Runs the measurements and prints them."""
    parser = argparse.ArgumentParser(description="Measures the matcher beside plain jieba TF-IDF.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--ablation", action="store_true")
    options = parser.parse_args()
    segmenter = Segmenter()
    graded(options.data / "relevance" / "dev", segmenter, options.ablation)
    known_items(options.data / "matching" / "csl_dev", "title", segmenter)
    known_items(options.data / "matching" / "csl_dev", "keywords", segmenter)
    known_items(options.data / "matching" / "patents_kpp", "title", segmenter)


def graded(folder: Path, segmenter: Segmenter, ablation: bool) -> None:
    """Prints the figures on the judged collection."""
    needs, offers = read_profiles(folder / "needs.jsonl"), read_profiles(folder / "achievements.jsonl")
    judgements = read_judgements(folder / "qrels.tsv")
    ids = [need.id for need in needs]
    print(f"{folder.name}: {len(needs)} needs x {len(offers)} achievements")
    show("plain jieba TF-IDF", evaluate(plain_rankings(needs, offers, DEPTH), judgements, ids))

    def ours(settings: Settings) -> Figures:
        return evaluate(rankings(needs, offers, segmenter, settings), judgements, ids)

    show("ours", ours(Settings()))
    if ablation:
        for name, changes in LEFT_OUT.items():
            show(f"  without {name}", ours(replace(Settings(), **changes)))


def known_items(folder: Path, kind: str, segmenter: Segmenter) -> None:
    """Prints MRR@10 of finding each text's own document."""
    documents = [Profile(id=row["id"], body=row["text"]) for row in rows(folder / "docs.jsonl")]
    queries = [Profile(id=row["id"], title=row["text"]) for row in rows(folder / f"queries_{kind}.jsonl")]
    answers = {need: dict.fromkeys(found, 3) for need, found in read_judgements(folder / f"qrels_{kind}.tsv").items()}
    ids = [query.id for query in queries]
    plain = evaluate(plain_rankings(queries, documents, DEPTH), answers, ids)
    start = time.perf_counter()
    ours = evaluate(rankings(queries, documents, segmenter, Settings()), answers, ids)
    seconds = time.perf_counter() - start
    print(
        f"{folder.name} {kind} ({len(queries)} x {len(documents)}): MRR@10 plain {plain.mrr_at_10:.4f}, "
        f"ours {ours.mrr_at_10:.4f} in {seconds:.1f} s"
    )


def rankings(
    needs: Sequence[Profile], offers: Sequence[Profile], segmenter: Segmenter, settings: Settings
) -> dict[str, list[tuple[str, float]]]:
    """Returns need id -> (offer id, score), best first."""
    answers = Matcher(offers, segmenter, settings).rank_all(needs, DEPTH)
    return {
        need.id: [(match.offer_id, match.score) for match in matches]
        for need, matches in zip(needs, answers, strict=True)
    }


def rows(path: Path) -> list[dict[str, str]]:
    """Reads one JSON object per line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def show(name: str, figures: Figures) -> None:
    """Prints one line of figures."""
    auc = "-" if figures.abstention_auc is None else f"{figures.abstention_auc:.3f}"
    print(
        f"  {name:26} nDCG@10 {figures.ndcg_at_10:.4f}  MRR {figures.mrr_at_10:.3f}  P@5 {figures.precision_at_5:.3f}  "
        f"R@10 {figures.recall_at_10:.3f}  abstention AUC {auc}"
    )


if __name__ == "__main__":
    main()
