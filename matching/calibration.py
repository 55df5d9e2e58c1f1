"""What a score means: the probability that a pair is an answer (grade 2 or 3), the level 强/较强/弱/无, and reliability tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Level = Literal["强", "较强", "弱", "无"]

LEVELS: tuple[Level, ...] = ("强", "较强", "弱", "无")
"""From best to worst; a need whose best pairing is 弱 or 无 has nothing good yet."""

GOOD: frozenset[Level] = frozenset({"强", "较强"})

CUTS: tuple[float, float, float] = (0.6, 0.3, 0.08)
"""The lowest probability of an answer for 强, 较强 and 弱: more likely than not with room for error; worth a look (the desk
reads three to find one); not to be ruled out."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve (Platt 1999) from score to probability: 1 / (1 + exp(-(slope * score + intercept))), slope > 0.

    Raises ValueError for a slope that is not positive and for numbers that are not finite.
    """

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        """Checks the two numbers."""
        if not (math.isfinite(self.slope) and math.isfinite(self.intercept) and self.slope > 0):
            raise ValueError("the slope of a calibration must be positive and both numbers finite")

    def probability(self, score: float) -> float:
        """Returns the probability that a pair with this score is an answer, within (0, 1)."""
        power = self.slope * score + self.intercept
        if power >= 0:
            return 1.0 / (1.0 + math.exp(-min(power, 700.0)))
        grown = math.exp(max(power, -700.0))
        return grown / (1.0 + grown)

    def level(self, score: float) -> Level:
        """Returns the level of a score; higher scores never have a worse one."""
        chance = self.probability(score)
        return next((level for level, cut in zip(LEVELS, CUTS, strict=False) if chance >= cut), LEVELS[-1])

    def thresholds(self) -> dict[str, float]:
        """Returns level -> the lowest score that has it, cut at 0; 无 is left out."""
        return {
            level: max(0.0, (math.log(cut / (1.0 - cut)) - self.intercept) / self.slope)
            for level, cut in zip(LEVELS, CUTS, strict=False)
        }


def fit(scores: Sequence[float], relevant: Sequence[bool]) -> Calibration | None:
    """Fits the curve to judged pairs by maximum likelihood; None when one of the two kinds is missing or scores do not tell.

    Platt's softened targets keep the curve finite when scores separate the two kinds completely.
    """
    import numpy as np
    from scipy.optimize import minimize

    positives = sum(relevant)
    negatives = len(relevant) - positives
    if not positives or not negatives:
        return None
    values = np.asarray(scores, dtype=np.float64)
    spread = float(values.std())
    if spread <= 0:
        return None
    centre = float(values.mean())
    scaled = (values - centre) / spread
    targets = np.where(np.asarray(relevant, dtype=bool), (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))

    def loss(point: np.typing.NDArray[np.float64]) -> tuple[float, np.typing.NDArray[np.float64]]:
        power = point[0] * scaled + point[1]
        error = 1.0 / (1.0 + np.exp(-np.clip(power, -500, 500))) - targets
        value = float((np.logaddexp(0.0, power) - targets * power).sum())
        return value, np.array([float((error * scaled).sum()), float(error.sum())])

    found = minimize(loss, np.array([1.0, math.log(positives / negatives)]), jac=True, method="L-BFGS-B")
    slope = float(found.x[0]) / spread
    return Calibration(slope, float(found.x[1]) - slope * centre) if slope > 0 else None


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs whose probability lies within [low, high): how many, the mean probability, and the share of answers among them."""

    low: float
    high: float
    pairs: int
    expected: float
    observed: float


def reliability(
    probabilities: Sequence[float], relevant: Sequence[bool], edges: Sequence[float] = (0.0, 0.02, *CUTS[::-1], 1.0)
) -> list[Bin]:
    """Returns the reliability table over the given edges; bins without pairs are left out, 1 belongs to the last bin."""
    table: list[Bin] = []
    for low, high in pairwise(edges):
        inside = [
            (chance, answer)
            for chance, answer in zip(probabilities, relevant, strict=True)
            if low <= chance < high or (chance == high == edges[-1])
        ]
        if inside:
            count = len(inside)
            expected = math.fsum(chance for chance, _ in inside) / count
            table.append(Bin(low, high, count, expected, sum(answer for _, answer in inside) / count))
    return table
