"""How good a ranking is against judged pairs: nDCG, MRR, precision, recall, and the power to say "no answer"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

RELEVANT = 2
"""The lowest grade that counts as an answer: 3 solves the main problem, 2 a part of it or nearly."""

Grades = Mapping[str, int]
Ranking = Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over the needs that have an answer; all within [0, 1].

    ``abstention_auc`` is the chance that a need with an answer has a higher top score than one without, 0.5 by guessing;
    None while one of the two kinds is missing.
    """

    needs: int
    answered: int
    ndcg_at_10: float
    mrr_at_10: float
    precision_at_5: float
    recall_at_10: float
    abstention_auc: float | None

    def as_json(self) -> dict[str, float | None]:
        """Returns the figures under their usual names, rounded to six digits."""
        values = {
            "ndcg@10": self.ndcg_at_10,
            "mrr@10": self.mrr_at_10,
            "p@5": self.precision_at_5,
            "r@10": self.recall_at_10,
        }
        rounded: dict[str, float | None] = {name: round(value, 6) for name, value in values.items()}
        rounded["abstention_auc"] = None if self.abstention_auc is None else round(self.abstention_auc, 6)
        return rounded


def ndcg(ranked: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Returns the discounted gain (2^grade - 1) of a ranking against the ideal order of all judged; 0 without any gain."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(offer, 0) for offer in ranked[:depth]]) / ideal if ideal > 0 else 0.0


def _gain(grades: Sequence[int]) -> float:
    return math.fsum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def reciprocal_rank(ranked: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Returns 1 / place of the first answer, 0 when there is none down to ``depth``."""
    places = (place for place, offer in enumerate(ranked[:depth], 1) if grades.get(offer, 0) >= RELEVANT)
    return 1.0 / next(places, math.inf)


def precision(ranked: Sequence[str], grades: Grades, depth: int = 5) -> float:
    """Returns the share of answers among the first ``depth`` places; an empty place is no answer."""
    return sum(grades.get(offer, 0) >= RELEVANT for offer in ranked[:depth]) / depth


def recall(ranked: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Returns the share of all answers that stand in the first ``depth`` places; 0 for a need without answers."""
    answers = {offer for offer, grade in grades.items() if grade >= RELEVANT}
    return len(answers & set(ranked[:depth])) / len(answers) if answers else 0.0


def separation(with_answer: Sequence[float], without: Sequence[float]) -> float | None:
    """Returns the area under the ROC curve of top scores, equal scores counted half; None when a side is empty."""
    if not with_answer or not without:
        return None
    wins = sum((high > low) + 0.5 * (high == low) for high in with_answer for low in without)
    return wins / (len(with_answer) * len(without))


def evaluate(run: Mapping[str, Ranking], judgements: Mapping[str, Grades], needs: Sequence[str]) -> Figures:
    """Measures a run (need id -> offers with scores, best first) on the given needs.

    A need without an answer (no grade of 2 or more) counts for the abstention only. An unjudged pair has grade 0.
    """
    answered = [need for need in needs if any(grade >= RELEVANT for grade in judgements.get(need, {}).values())]
    unanswered = [need for need in needs if need not in set(answered)]
    ranked = {need: [offer for offer, _ in run.get(need, ())] for need in answered}
    top = {need: max((score for _, score in run.get(need, ())), default=0.0) for need in needs}

    def mean(values: Sequence[float]) -> float:
        return fmean(values) if values else 0.0

    return Figures(
        needs=len(needs),
        answered=len(answered),
        ndcg_at_10=mean([ndcg(ranked[need], judgements[need]) for need in answered]),
        mrr_at_10=mean([reciprocal_rank(ranked[need], judgements[need]) for need in answered]),
        precision_at_5=mean([precision(ranked[need], judgements[need]) for need in answered]),
        recall_at_10=mean([recall(ranked[need], judgements[need]) for need in answered]),
        abstention_auc=separation([top[need] for need in answered], [top[need] for need in unanswered]),
    )
