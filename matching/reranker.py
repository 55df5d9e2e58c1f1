"""The additive model of a score: weights per aspect, calibration and levels, as readable JSON; training and comparing it.

score = sum(weight * aspect), weights >= 0 that sum to 1, aspects within [0, 1] (``aspects.py``): so the score lies within
[0, 1] and its parts add up. A ranking needs no training: ``Model.by_hand`` holds weights that a person set.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from matching.aspects import ASPECTS, BY_HAND
from matching.calibration import Calibration, Level

SHIPPED = Path(__file__).parent / "models" / "default.json"

FORMAT = 1


BACKING = 0.5
"""What the score of the second best offer of a need counts against that of the best one when the best one's is settled."""


class BadModel(ValueError):
    """A text that is no model, or one that was made for other aspects than this program's."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights per aspect (>= 0, sum 1), the calibration of the score, a version that counts up, and how it was trained.

    Raises BadModel for weights of other aspects, negative weights and weights that do not sum to 1.
    """

    weights: Mapping[str, float]
    calibration: Calibration
    version: int = 0
    training: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks the weights."""
        if set(self.weights) != set(ASPECTS):
            raise BadModel("the model was made for other aspects: train it again")
        if not all(math.isfinite(weight) and weight >= 0 for weight in self.weights.values()):
            raise BadModel("weights must be finite and not negative")
        if abs(math.fsum(self.weights.values()) - 1.0) > 1e-9:
            raise BadModel("weights must sum to 1")

    @staticmethod
    def by_hand() -> Model:
        """Returns the model nobody trained: what a ranking starts with."""
        return Model(dict(BY_HAND), Calibration(30.0, -5.0))

    @staticmethod
    @cache
    def shipped() -> Model:
        """Returns the model of this package, or the one by hand when its file is missing. Raises BadModel for a broken one."""
        return Model.from_json(SHIPPED.read_text(encoding="utf-8")) if SHIPPED.exists() else Model.by_hand()

    @property
    def vector(self) -> tuple[float, ...]:
        """The weights in the order of ``ASPECTS``."""
        return tuple(self.weights[name] for name in ASPECTS)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights and calibration: two models with one fingerprint rank and rate alike."""
        return hashlib.sha256(
            json.dumps(self._ranking(), ensure_ascii=True, sort_keys=True).encode("ascii")
        ).hexdigest()

    def level(self, score: float) -> Level:
        """Returns 强, 较强, 弱 or 无."""
        return self.calibration.level(score)

    def with_figures(self, figures: Mapping[str, float]) -> Model:
        """Returns the same model with more about its training."""
        return replace(self, training={**self.training, **figures})

    def _ranking(self) -> dict[str, object]:
        return {
            "weights": {name: self.weights[name] for name in ASPECTS},
            "calibration": {"slope": self.calibration.slope, "intercept": self.calibration.intercept},
        }

    def to_json(self) -> str:
        """Returns the model as JSON that a person can read; ``from_json`` gives the same model."""
        content = {
            "format": FORMAT,
            "version": self.version,
            **self._ranking(),
            "levels": {level: round(score, 6) for level, score in self.calibration.thresholds().items()},
            "training": dict(self.training),
            "fingerprint": self.fingerprint,
        }
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> Model:
        """Reads what ``to_json`` wrote. Raises BadModel, also when the numbers do not fit the fingerprint."""
        try:
            content = json.loads(text)
            known = content["format"] == FORMAT
            model = Model(
                {str(name): float(weight) for name, weight in content["weights"].items()},
                Calibration(float(content["calibration"]["slope"]), float(content["calibration"]["intercept"])),
                int(content["version"]),
                {str(name): float(value) for name, value in content["training"].items()},
            )
            fingerprint = content["fingerprint"]
        except BadModel:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadModel(f"this is no model ({error})") from error
        if not known or fingerprint != model.fingerprint:
            raise BadModel("the model has another format, or its numbers do not fit its fingerprint")
        return model


@dataclass(frozen=True, slots=True)
class Example:
    """One judged pair: its grade (0 to 3), its aspects in the order of ``ASPECTS``, and how much the judgement counts.

    ``judged`` is False for a candidate nobody judged: it has grade 0 and serves as a contrast only.
    """

    need_id: str
    offer_id: str
    grade: int
    aspects: tuple[float, ...]
    weight: float = 1.0
    judged: bool = True


def weighted(raw: Iterable[float]) -> dict[str, float]:
    """Returns aspect -> weight, scaled to sum to 1 exactly enough for a Model. Raises BadModel when all are 0."""
    values = [round(max(0.0, value), 6) for value in raw]
    total = math.fsum(values)
    if total <= 0:
        raise BadModel("a model needs at least one positive weight")
    shares = [round(value / total, 6) for value in values]
    largest = max(range(len(shares)), key=shares.__getitem__)
    shares[largest] = 1.0 - math.fsum(share for place, share in enumerate(shares) if place != largest)
    return dict(zip(ASPECTS, shares, strict=True))


def backing(best: float, second: float) -> float:
    """Returns the factor within (0, 1] for the best score of a need, given its second best: an outlier is trusted less.

    Where a need has an answer, other offers stand near it; a neighbour that shares words and figures by chance stands alone.
    The factor never takes the best one behind the second, and leaves all others as they are.
    """
    return (best + BACKING * second) / (best * (1.0 + BACKING)) if best > second else 1.0


def settled(model: Model, examples: Sequence[Example]) -> list[float]:
    """Returns the score of each example as a ranking shows it: that of each need's best one with its ``backing``."""
    values = scores(model, examples)
    rows: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        rows.setdefault(example.need_id, []).append(row)
    for members in rows.values():
        first, *rest = sorted(members, key=lambda row: (-values[row], examples[row].offer_id))[:2]
        values[first] *= backing(values[first], values[rest[0]] if rest else 0.0)
    return values


def scores(model: Model, examples: Sequence[Example]) -> list[float]:
    """Returns the score of each example."""
    vector = model.vector
    return [
        math.fsum(weight * value for weight, value in zip(vector, example.aspects, strict=True)) for example in examples
    ]
