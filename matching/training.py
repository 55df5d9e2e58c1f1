"""Learning the weights of the additive model from judged pairs, and comparing two models by cross-validation over needs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import ttest_1samp

from matching import calibration
from matching.aspects import ASPECTS, SIGNALS
from matching.evaluation import RELEVANT, Grades, ndcg, separation
from matching.matcher import Matcher
from matching.model import Profile
from matching.reranker import Example, Model, settled, weighted

Floats = NDArray[np.float64]

PULL = 0.2
"""How strongly the weights are pulled towards those set by hand, per standardised weight; see ``docs/matching.md``."""

ACROSS = 3.0
"""What the loss over all pairs (is it an answer?) counts against the loss over pairs of one need (which comes first?)."""

FOLDS = 6

CONTRAST = 40
"""Unjudged candidates per need that training takes as unrelated, best first: what the model has to put behind the answers."""


def examples(
    matcher: Matcher,
    needs: Sequence[Profile],
    judgements: Mapping[str, Grades],
    contrast: int = CONTRAST,
    weight: float = 1.0,
    prefix: str = "",
) -> list[Example]:
    """Returns the judged pairs of these needs, each with its aspects, and the need's ``contrast`` best unjudged candidates.

    A need without judgements gives no example, a judged offer the matcher does not hold neither. ``prefix`` goes before the
    need's id, so that two collections can be told apart.
    """
    found: list[Example] = []
    held = {offer.id for offer in matcher.offers}
    for need in needs:
        grades = {offer: grade for offer, grade in judgements.get(need.id, {}).items() if offer in held}
        if not grades:
            continue
        rest = {offer: aspects for offer, aspects in matcher.aspects(need).items() if offer not in grades}
        aspects = {**matcher.aspects(need, sorted(grades)), **dict(list(rest.items())[:contrast])}
        found += [
            Example(prefix + need.id, offer, grades.get(offer, 0), values, weight, offer in grades)
            for offer, values in aspects.items()
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Task:
    """Judged pairs as arrays: aspects, answers, weights, and the pairs of rows of which the first should come first."""

    aspects: Floats
    answer: Floats
    weight: Floats
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    stake: Floats


def train(examples: Sequence[Example], previous: Model | None = None, pull: float = PULL) -> Model:
    """Returns a model fitted to judged pairs; its version is one above the previous one's.

    Minimises a pairwise logistic loss within needs (Burges 2005, weighted by the difference of gains 2^grade - 1) plus a
    logistic loss over all pairs, so that scores compare between needs, plus ``pull`` times the squared distance to the
    weights set by hand, which those of SIGNALS do not exceed: a judged collection is small and of one kind, so it cannot tell
    what a fact is worth among foreign offers that have it as well. Raises ValueError without an answer and without a pair
    that is none.
    """
    task = _task(examples)
    if not 0 < task.answer.sum() < len(task.answer):
        raise ValueError("training needs pairs that are answers (grade 2 or 3) and pairs that are not")
    model = _with_calibration(_fit(task, pull), examples, previous)
    figures = {
        "needs": float(len({example.need_id for example in examples})),
        "judged pairs": float(sum(example.judged for example in examples)),
        "answers": float(task.answer.sum()),
    }
    return Model(model.weights, model.calibration, model.version, figures)


def _task(examples: Sequence[Example]) -> _Task:
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.need_id, []).append(row)
    first: list[int] = []
    second: list[int] = []
    stakes: list[float] = []
    for members in rows.values():
        pairs = [(a, b) for a in members for b in members if examples[a].grade > examples[b].grade]
        gains = [
            (2.0 ** examples[a].grade - 2.0 ** examples[b].grade) * min(examples[a].weight, examples[b].weight)
            for a, b in pairs
        ]
        total = math.fsum(gains)
        for (a, b), gain in zip(pairs, gains, strict=True):
            first.append(a)
            second.append(b)
            stakes.append(gain / total)
    return _Task(
        np.array([example.aspects for example in examples], dtype=np.float64),
        np.array([example.grade >= RELEVANT for example in examples], dtype=np.float64),
        np.array([example.weight for example in examples], dtype=np.float64),
        np.array(first, dtype=np.intp),
        np.array(second, dtype=np.intp),
        np.array(stakes, dtype=np.float64) / max(1, len({examples[a].need_id for a in first})),
    )


def _fit(task: _Task, pull: float) -> Floats:
    """Returns the weights, not yet scaled. They are found in two steps: first the scale of those by hand, then each weight."""
    spread = task.aspects.std(axis=0)
    spread[spread < 1e-9] = 1.0
    standard = task.aspects / spread
    by_hand = np.array(Model.by_hand().vector) * spread

    def loss(weights: Floats, intercept: float) -> tuple[float, Floats, float]:
        values = standard @ weights
        margins = values[task.first] - values[task.second]
        slack = task.stake * _sigmoid(-margins)
        gradient = standard.T @ (
            np.bincount(task.second, slack, len(values)) - np.bincount(task.first, slack, len(values))
        )
        share = task.weight / task.weight.sum() * ACROSS
        power = values + intercept
        error = share * (_sigmoid(power) - task.answer)
        total = float(
            (task.stake * np.logaddexp(0.0, -margins)).sum()
            + (share * (np.logaddexp(0.0, power) - task.answer * power)).sum()
        )
        return total, gradient + standard.T @ error, float(error.sum())

    def scale(point: Floats) -> tuple[float, Floats]:
        value, gradient, slope = loss(point[0] * by_hand, point[1])
        return value, np.array([float(gradient @ by_hand), slope])

    start = minimize(
        scale,
        np.array([1.0 / max(1e-9, by_hand.max()), -3.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None), (None, None)],
    ).x
    anchor = start[0] * by_hand

    def whole(point: Floats) -> tuple[float, Floats]:
        value, gradient, slope = loss(point[:-1], point[-1])
        away = point[:-1] - anchor
        return value + pull * float(away @ away), np.append(gradient + 2 * pull * away, slope)

    most = [limit if name in SIGNALS else None for name, limit in zip(ASPECTS, anchor.tolist(), strict=True)]
    bounds = [*((0.0, limit) for limit in most), (None, None)]
    found = minimize(
        whole, np.append(anchor, start[1]), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}
    )
    weights: Floats = found.x[:-1] / spread
    return weights


def _sigmoid(values: Floats) -> Floats:
    result: Floats = 1.0 / (1.0 + np.exp(-np.clip(values, -500.0, 500.0)))
    return result


def _with_calibration(raw: Floats, examples: Sequence[Example], previous: Model | None) -> Model:
    version = 1 + (previous.version if previous else 0)
    uncalibrated = Model(weighted(raw.tolist()), Model.by_hand().calibration, version)
    curve = calibration.fit(settled(uncalibrated, examples), [example.grade >= RELEVANT for example in examples])
    return Model(uncalibrated.weights, curve or uncalibrated.calibration, version)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same judged needs: mean nDCG@10 and abstention AUC of each, and the paired difference.

    ``p_value`` is of a two-sided paired t-test over needs with an answer (1 when there is nothing to tell apart).
    """

    needs: int
    ndcg: float
    ndcg_other: float
    auc: float | None
    auc_other: float | None
    p_value: float

    def as_figures(self) -> dict[str, float]:
        """Returns what a model's file says about it."""
        figures = {
            "nDCG@10 on unseen needs": round(self.ndcg, 4),
            "nDCG@10 of the model before": round(self.ndcg_other, 4),
        }
        if self.auc is not None:
            figures["abstention AUC on unseen needs"] = round(self.auc, 4)
        return figures

    @property
    def better(self) -> bool:
        """Whether the first model ranks no worse than the other."""
        return self.ndcg >= self.ndcg_other


def compare(model: Model, other: Model, examples: Sequence[Example], folds: int = FOLDS) -> Comparison:
    """Compares what was trained on ``examples`` with another model on needs that the training did not see.

    ``model`` was trained on all examples, so it is trained again without each fold of needs and judged on that fold;
    ``other`` is judged as it is. A fold of a need follows from its id, so the order of examples does not matter.
    """
    mine = cross_validated(examples, folds, fallback=model)
    theirs = dict(zip(map(_key, examples), settled(other, examples), strict=True))
    ours_by_need, ours_top = _per_need(examples, mine)
    theirs_by_need, theirs_top = _per_need(examples, theirs)
    needs = sorted(ours_by_need)
    differences = [ours_by_need[need] - theirs_by_need[need] for need in needs]
    return Comparison(
        len(needs),
        fmean(ours_by_need.values()) if needs else 0.0,
        fmean(theirs_by_need.values()) if needs else 0.0,
        separation(*ours_top),
        separation(*theirs_top),
        paired_p(differences),
    )


def paired_p(differences: Sequence[float]) -> float:
    """Returns the two-sided p-value of a paired t-test; 1 when all differences are equal to 0 or there are fewer than two."""
    if len(differences) < 2 or not any(differences):
        return 1.0
    value = float(ttest_1samp(differences, 0.0).pvalue)
    return value if math.isfinite(value) else 1.0


def _key(example: Example) -> tuple[str, str]:
    return example.need_id, example.offer_id


def fold_of(need_id: str, folds: int) -> int:
    """Returns the fold of a need, from its id alone and without what is before a colon: the desk's part of a need goes along."""
    identity = need_id.rpartition(":")[2].encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(identity).digest()[:8]) % folds


def cross_validated(
    examples: Sequence[Example], folds: int = FOLDS, fallback: Model | None = None, pull: float = PULL
) -> dict[tuple[str, str], float]:
    """Returns (need, offer) -> score by a model that was trained without the need's fold.

    Where the rest cannot be trained on (no answers in it), ``fallback`` or the model by hand scores.
    """
    found: dict[tuple[str, str], float] = {}
    for fold in range(folds):
        held = [example for example in examples if fold_of(example.need_id, folds) == fold]
        rest = [example for example in examples if fold_of(example.need_id, folds) != fold]
        try:
            model = train(rest, pull=pull)
        except ValueError:
            model = fallback or Model.by_hand()
        found.update(zip(map(_key, held), settled(model, held), strict=True))
    return found


def _per_need(
    examples: Sequence[Example], found: Mapping[tuple[str, str], float]
) -> tuple[dict[str, float], tuple[list[float], list[float]]]:
    """Returns need -> nDCG@10 for needs with an answer, and the top scores of needs with and without one."""
    grades: dict[str, dict[str, int]] = {}
    for example in examples:
        grades.setdefault(example.need_id, {})[example.offer_id] = example.grade
    quality: dict[str, float] = {}
    top: tuple[list[float], list[float]] = ([], [])
    for need, judged in grades.items():
        ranked = sorted(judged, key=lambda offer: (-found[need, offer], offer))
        answered = any(grade >= RELEVANT for grade in judged.values())
        top[0 if answered else 1].append(found[need, ranked[0]])
        if answered:
            quality[need] = ndcg(ranked, judged)
    return quality, top
