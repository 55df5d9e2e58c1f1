"""From scores to probabilities and levels."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.calibration import CUTS, LEVELS, Calibration, fit, reliability

CURVE = Calibration(30.0, -5.0)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_higher_scores_never_have_a_lower_probability_or_level(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= CURVE.probability(low) <= CURVE.probability(high) <= 1.0
    assert LEVELS.index(CURVE.level(low)) >= LEVELS.index(CURVE.level(high))


def test_thresholds_are_where_the_levels_begin() -> None:
    for level, score in CURVE.thresholds().items():
        assert CURVE.level(score + 1e-9) == level
        assert CURVE.level(score - 1e-6) != level


def test_fit_finds_the_curve_that_made_the_answers() -> None:
    dice = random.Random(7)
    scores = [dice.random() * 0.4 for _ in range(4000)]
    answers = [dice.random() < CURVE.probability(score) for score in scores]
    found = fit(scores, answers)
    assert found is not None
    assert found.slope == pytest.approx(CURVE.slope, rel=0.15)
    assert found.intercept == pytest.approx(CURVE.intercept, rel=0.15)


@pytest.mark.parametrize(
    ("scores", "answers"),
    [([], []), ([0.1, 0.2], [True, True]), ([0.1, 0.1], [True, False]), ([0.1, 0.2], [True, False])],
)
def test_no_curve_without_two_kinds_that_the_score_tells_apart(scores: list[float], answers: list[bool]) -> None:
    assert fit(scores, answers) is None


def test_separated_scores_give_a_finite_curve() -> None:
    found = fit([0.1] * 10 + [0.3] * 10, [False] * 10 + [True] * 10)
    assert found is not None
    assert math.isfinite(found.slope)
    assert found.probability(0.1) < 0.2
    assert found.probability(0.3) > 0.8


def test_reliability_compares_what_was_expected_with_what_came() -> None:
    table = reliability([0.01, 0.01, 0.5, 0.7, 1.0], [False, False, True, False, True])
    assert [(one.low, one.high, one.pairs) for one in table] == [
        (0.0, 0.02, 2),
        (CUTS[1], CUTS[0], 1),
        (CUTS[0], 1.0, 2),
    ]
    assert [one.observed for one in table] == [0.0, 1.0, 0.5]
    assert table[2].expected == pytest.approx(0.85)


@pytest.mark.parametrize(("slope", "intercept"), [(0.0, 1.0), (-1.0, 1.0), (math.nan, 0.0), (1.0, math.inf)])
def test_senseless_curves_are_refused(slope: float, intercept: float) -> None:
    with pytest.raises(ValueError, match="slope"):
        Calibration(slope, intercept)
