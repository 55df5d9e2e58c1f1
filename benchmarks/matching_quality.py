"""Measures the matcher against its references and its bars, all in one run.

usage: python -m benchmarks.matching_quality [--data ../shared/data] [--held-out benchmarks/held_out]
           [--others FILE...] [--ablation]

Graded needs (nDCG@10, MRR, abstention), the learned weights by cross-validation over needs and carried from one collection to
the other, the reliability of the probabilities, known-item search as a regression check. ``--held-out`` adds a collection
that nothing was tuned on. ``--others`` are files of achievements to add (``make_corpus.py``, one draw each); those that repeat a
title or a sentence of the graded collection are left out, because they are no other documents. ``--ablation`` leaves out one component
at a time.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matching.aspects import ASPECTS, SIGNALS, TEXT
from matching.calibration import LEVELS, reliability
from matching.evaluation import RELEVANT, Figures, Grades, evaluate, ndcg
from matching.files import read_judgements, read_profiles
from matching.matcher import Matcher
from matching.model import Profile, Settings
from matching.reference import plain_rankings
from matching.reranker import Example, Model, scores, settled, weighted
from matching.text import Segmenter
from matching.training import FOLDS, compare, examples, fold_of, paired_p, train

DEPTH = 10
JUDGED = Path(__file__).parents[1] / "matching" / "judged"

SETTINGS_LEFT_OUT: dict[str, dict[str, Any]] = {
    "characters": {"words_share": 1.0},
    "words": {"words_share": 0.0},
    "concepts in the first stage": {"concept_weight": 0.0},
    "neighbours of concepts in the first stage": {"expansion_weight": 0.0},
    "sentence roles": {"wanted_weight": 1.0, "boilerplate_weight": 1.0, "negated_weight": 1.0, "aside_weight": 1.0},
    "title weight": {"title_repeats": 1},
}

Run = Mapping[str, Sequence[tuple[str, float]]]


@dataclass(frozen=True)
class Collection:
    """Needs, achievements and grades of one folder."""

    name: str
    needs: list[Profile]
    offers: list[Profile]
    judgements: dict[str, dict[str, int]]

    @staticmethod
    def read(folder: Path) -> Collection:
        """Reads a folder with needs.jsonl, achievements.jsonl and qrels.tsv."""
        needs, offers = read_profiles(folder / "needs.jsonl"), read_profiles(folder / "achievements.jsonl")
        return Collection(folder.name, needs, offers, read_judgements(folder / "qrels.tsv"))

    def rate(self, run: Run) -> Figures:
        """Returns the figures of a run."""
        return evaluate(run, self.judgements, [need.id for need in self.needs])


def main() -> None:
    """Runs the measurements and prints them."""
    parser = argparse.ArgumentParser(description="Measures the matcher beside its references.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--held-out", type=Path, help="a judged collection that nothing was tuned on")
    parser.add_argument(
        "--others",
        type=Path,
        nargs="+",
        default=[],
        help="achievements to add to the first collection, each file alone",
    )
    parser.add_argument("--ablation", action="store_true")
    options = parser.parse_args()
    segmenter = Segmenter()
    tuned = [Collection.read(options.data / "relevance" / "dev"), Collection.read(JUDGED)]
    every = [*tuned, Collection.read(options.held_out)] if options.held_out else tuned
    for collection in every:
        graded(collection, segmenter)
    learned(tuned, segmenter)
    if options.ablation:
        for collection in tuned:
            ablation(collection, segmenter)
    for file in options.others:
        among_others(tuned[0], read_profiles(file), segmenter)
    known_items(options.data / "matching" / "csl_dev", "title", segmenter)
    known_items(options.data / "matching" / "csl_dev", "keywords", segmenter)
    known_items(options.data / "matching" / "patents_kpp", "title", segmenter)


def graded(collection: Collection, segmenter: Segmenter) -> None:
    """Prints the figures on one judged collection, ours beside the references."""
    print(f"{collection.name}: {len(collection.needs)} needs x {len(collection.offers)} achievements")
    show("plain jieba TF-IDF", collection.rate(plain_rankings(collection.needs, collection.offers, DEPTH)))
    for name, model in (
        ("first stage only", only(TEXT)),
        ("weights by hand", Model.by_hand()),
        ("ours", Model.shipped()),
    ):
        show(name, collection.rate(rankings(collection, segmenter, model=model)))


def only(aspect: str) -> Model:
    """Returns a model of one aspect."""
    return Model({name: float(name == aspect) for name in ASPECTS}, Model.by_hand().calibration)


def learned(collections: Sequence[Collection], segmenter: Segmenter) -> None:
    """Prints what training gives on needs it did not see, and how reliable its probabilities are."""
    judged = {
        collection.name: examples(
            Matcher(collection.offers, segmenter), collection.needs, collection.judgements, prefix=f"{number}:"
        )
        for number, collection in enumerate(collections)
    }
    for name, pairs in judged.items():
        rest = [example for other, those in judged.items() if other != name for example in those]
        print(
            f"  trained without {name}: {quality(train(rest), pairs)} on {name}; by hand {quality(Model.by_hand(), pairs)}"
        )
    pooled = [example for pairs in judged.values() for example in pairs]
    comparison = compare(train(pooled), Model.by_hand(), pooled)
    print(
        f"  cross-validated over {comparison.needs} needs ({FOLDS} folds): nDCG@10 {comparison.ndcg:.4f}, by hand "
        f"{comparison.ndcg_other:.4f} (p = {comparison.p_value:.2f}), abstention AUC {comparison.auc:.3f}, by hand "
        f"{comparison.auc_other:.3f}"
    )
    calibrated(pooled)


def quality(model: Model, pairs: Sequence[Example]) -> str:
    """Returns the mean nDCG@10 of a model on examples."""
    values = [ndcg(ranked, grades) for ranked, grades in per_need(scores(model, pairs), pairs) if has_answer(grades)]
    return f"nDCG@10 {sum(values) / len(values):.4f}"


def has_answer(grades: Grades) -> bool:
    """Says whether a need has an answer."""
    return any(grade >= RELEVANT for grade in grades.values())


def per_need(values: Sequence[float], pairs: Sequence[Example]) -> list[tuple[list[str], dict[str, int]]]:
    """Returns offers, best first, and grades of each need."""
    needs: dict[str, dict[str, tuple[float, int]]] = {}
    for value, example in zip(values, pairs, strict=True):
        needs.setdefault(example.need_id, {})[example.offer_id] = (-value, example.grade)
    return [
        (
            sorted(offers, key=lambda offer: (offers[offer][0], offer)),
            {offer: pair[1] for offer, pair in offers.items()},
        )
        for offers in needs.values()
    ]


def calibrated(pairs: Sequence[Example]) -> None:
    """Prints probability against share of answers, and what the levels of the best pairing of a need say, on unseen needs."""
    chances: list[float] = []
    answers: list[bool] = []
    best: dict[str, tuple[float, str]] = {}
    for fold in range(FOLDS):
        model = train([example for example in pairs if fold_of(example.need_id, FOLDS) != fold])
        held = [example for example in pairs if fold_of(example.need_id, FOLDS) == fold]
        for example, score in zip(held, settled(model, held), strict=True):
            chances.append(model.calibration.probability(score))
            answers.append(example.grade >= RELEVANT)
            best[example.need_id] = max(best.get(example.need_id, (-1.0, "")), (score, model.level(score)))
    print("  probability of an answer, on unseen needs: pairs, mean probability, share of answers")
    for one in reliability(chances, answers):
        print(f"    {one.low:.2f}-{one.high:.2f} {one.pairs:6} {one.expected:8.3f} {one.observed:8.3f}")
    answered = {example.need_id for example in pairs if example.grade >= RELEVANT}
    for level in LEVELS:
        needs = [need for need, (_, name) in best.items() if name == level]
        print(
            f"    best pairing {level}: {len(needs)} needs, {len(answered.intersection(needs))} of them have an answer"
        )


def ablation(collection: Collection, segmenter: Segmenter) -> None:
    """Prints what the collection loses without each component, with a paired test over needs."""
    print(f"{collection.name} without one component: nDCG@10, difference, p of a paired t-test, abstention AUC")
    whole = rankings(collection, segmenter)
    base, weights = by_need(collection, whole), Model.shipped().weights
    calibration = Model.shipped().calibration
    variants: list[tuple[str, dict[str, Any], Model]] = [
        (name, {}, Model(weighted(0.0 if other == name else weights[other] for other in ASPECTS), calibration))
        for name in ASPECTS
    ]
    variants.append(
        (
            "all signals",
            {},
            Model(weighted(0.0 if other in SIGNALS else weights[other] for other in ASPECTS), calibration),
        )
    )
    variants += [(name, changes, Model.shipped()) for name, changes in SETTINGS_LEFT_OUT.items()]
    for name, changes, model in variants:
        run = rankings(collection, segmenter, replace(Settings(), **changes), model)
        without, figures = by_need(collection, run), collection.rate(run)
        differences = [without[need] - base[need] for need in base]
        print(
            f"  {name:42} {figures.ndcg_at_10:.4f} {sum(differences) / len(differences):+.4f} "
            f"p = {paired_p(differences):.3f}  AUC {figures.abstention_auc or 0.0:.3f}"
        )


def by_need(collection: Collection, run: Run) -> dict[str, float]:
    """Returns nDCG@10 of each need that has an answer."""
    return {
        need: ndcg([offer for offer, _ in ranked], collection.judgements[need])
        for need, ranked in run.items()
        if has_answer(collection.judgements.get(need, {}))
    }


def among_others(collection: Collection, others: Sequence[Profile], segmenter: Segmenter) -> None:
    """Prints the figures with other documents added."""
    mine = [*collection.needs, *collection.offers]
    ids, titles = {profile.id for profile in mine}, {profile.title for profile in mine}
    said = re.compile("|".join(sorted({re.escape(part) for one in mine for part in long_sentences(one.body)})))
    added = [
        other for other in others if other.id not in ids and other.title not in titles and not said.search(other.body)
    ]
    print(
        f"{collection.name} among {len(added)} other achievements; {len(others) - len(added)} of the file are left out: they "
        "repeat a title or a sentence of the collection"
    )
    among = replace(collection, offers=[*collection.offers, *added])
    for name, model in (("first stage only", only(TEXT)), ("ours", Model.shipped())):
        alone = collection.rate(rankings(collection, segmenter, model=model))
        figures = among.rate(rankings(among, segmenter, model=model))
        show(name, figures)
        print(f"  {'':26} lost {alone.ndcg_at_10 - figures.ndcg_at_10:+.4f} of {alone.ndcg_at_10:.4f}", flush=True)


def long_sentences(text: str) -> list[str]:
    """Returns the sentences of more than seven characters."""
    return [sentence for sentence in re.split(r"(?<=[。；;!！?？.])", text) if len(sentence) > 7]


def known_items(folder: Path, kind: str, segmenter: Segmenter) -> None:
    """Prints MRR@10 of finding each text's own document."""
    documents = [Profile(id=row["id"], body=row["text"]) for row in rows(folder / "docs.jsonl")]
    queries = [Profile(id=row["id"], title=row["text"]) for row in rows(folder / f"queries_{kind}.jsonl")]
    judgements = read_judgements(folder / f"qrels_{kind}.tsv")
    answers = {need: dict.fromkeys(found, 3) for need, found in judgements.items()}
    collection = Collection(folder.name, queries, documents, answers)
    plain = collection.rate(plain_rankings(queries, documents, DEPTH))
    start = time.process_time()
    ours = collection.rate(rankings(collection, segmenter))
    seconds = time.process_time() - start
    print(
        f"{folder.name} {kind} ({len(queries)} x {len(documents)}): MRR@10 plain {plain.mrr_at_10:.4f}, "
        f"ours {ours.mrr_at_10:.4f} in {seconds:.1f} s of processor time"
    )


def rankings(
    collection: Collection, segmenter: Segmenter, settings: Settings | None = None, model: Model | None = None
) -> dict[str, list[tuple[str, float]]]:
    """Returns need id -> (offer id, score), best first."""
    answers = Matcher(collection.offers, segmenter, settings, model).rank_all(collection.needs, DEPTH)
    return {
        need.id: [(match.offer_id, match.score) for match in matches]
        for need, matches in zip(collection.needs, answers, strict=True)
    }


def rows(path: Path) -> list[dict[str, str]]:
    """Reads one JSON object per line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def show(name: str, figures: Figures) -> None:
    """Prints one line of figures."""
    auc = "-" if figures.abstention_auc is None else f"{figures.abstention_auc:.3f}"
    print(
        f"  {name:26} nDCG@10 {figures.ndcg_at_10:.4f}  MRR {figures.mrr_at_10:.3f}  P@5 {figures.precision_at_5:.3f}  "
        f"R@10 {figures.recall_at_10:.3f}  abstention AUC {auc}",
        flush=True,
    )


if __name__ == "__main__":
    main()
