"""The measures against figures worked out by hand."""

from __future__ import annotations

import math

import pytest

from matching.evaluation import Figures, evaluate, ndcg, precision, recall, reciprocal_rank, separation

GRADES = {"A": 3, "B": 2, "C": 1, "D": 0}


def test_ndcg_by_hand() -> None:
    ideal = 7 + 3 / math.log2(3) + 1 / 2
    assert ndcg(["A", "B", "C"], GRADES) == pytest.approx(1.0)
    assert ndcg(["D", "B", "X", "A"], GRADES) == pytest.approx((3 / math.log2(3) + 7 / math.log2(5)) / ideal)
    assert ndcg([], GRADES) == 0.0
    assert ndcg(["A"], {}) == 0.0


def test_ndcg_looks_no_deeper_than_told() -> None:
    assert ndcg(["D", "A"], GRADES, depth=1) == 0.0
    assert ndcg(["A", "D"], GRADES, depth=1) == 1.0


@pytest.mark.parametrize(("ranked", "wanted"), [(["A"], 1.0), (["C", "D", "B"], 1 / 3), (["C"], 0.0), ([], 0.0)])
def test_reciprocal_rank(ranked: list[str], wanted: float) -> None:
    assert reciprocal_rank(ranked, GRADES) == wanted


def test_reciprocal_rank_looks_no_deeper_than_ten() -> None:
    assert reciprocal_rank([*"0123456789", "A"], GRADES) == 0.0


def test_precision_counts_empty_places() -> None:
    assert precision(["A", "C", "B"], GRADES) == 0.4
    assert precision([], GRADES) == 0.0


def test_recall_counts_answers_only() -> None:
    assert recall(["A", "C"], GRADES) == 0.5
    assert recall(["C"], {"C": 1}) == 0.0


@pytest.mark.parametrize(
    ("high", "low", "wanted"),
    [([0.9, 0.4], [0.4], 0.75), ([0.9], [0.1], 1.0), ([0.1], [0.9], 0.0), ([], [0.1], None), ([0.1], [], None)],
)
def test_separation(high: list[float], low: list[float], wanted: float | None) -> None:
    assert separation(high, low) == wanted


def test_evaluate_keeps_needs_without_answer_out_of_the_means() -> None:
    run = {"N1": [("A", 0.9)], "N2": [("C", 0.5)], "N3": [("X", 0.2)]}
    judgements = {"N1": {"A": 3}, "N2": {"C": 1}, "N4": {"A": 2}}
    figures = evaluate(run, judgements, ["N1", "N2", "N3", "N4"])
    assert figures == Figures(4, 2, 0.5, 0.5, 0.1, 0.5, 0.5)
    assert figures.as_json() == {"ndcg@10": 0.5, "mrr@10": 0.5, "p@5": 0.1, "r@10": 0.5, "abstention_auc": 0.5}


def test_evaluate_without_any_answer() -> None:
    assert evaluate({}, {}, ["N1"]) == Figures(1, 0, 0.0, 0.0, 0.0, 0.0, None)
    assert evaluate({}, {}, []).as_json()["abstention_auc"] is None
