"""Figures of a need that an offer states alike."""

from __future__ import annotations

import numpy as np
import pytest

from matching.measures import Figure, Measures, figures

ROWS = np.arange(4)


def measures(*texts: str) -> Measures:
    return Measures([figures(text) for text in texts])


def test_figures_are_read_with_bounds_and_in_one_unit() -> None:
    small, large = figures("精度不低于6μm，处理量150t/h")
    assert small.low == pytest.approx(6e-6)
    assert (small.dimension, small.bound) == ("length", "least")
    assert (large.dimension, large.bound) == ("mass/time", "")


def test_what_has_no_size_is_left_out() -> None:
    assert figures("零缺陷，0%") == ()
    assert [figure.dimension for figure in figures("-18℃")] == ["-temperature"]


def test_close_figures_agree_whatever_the_unit() -> None:
    found = measures("误差6微米", "误差0.007mm", "误差5mm", "功率6kW").aspect(figures("误差6μm"), ROWS)
    assert found[0] > found[1] > 0
    assert found[2:].tolist() == [0.0, 0.0]


def test_better_than_asked_agrees_more_than_worse() -> None:
    found = measures("厚度2μm", "厚度18μm", "宽6m", "长7m").aspect(figures("厚度≤6μm"), ROWS)
    assert found[0] > found[1] > 0


def test_the_name_of_what_is_measured_helps() -> None:
    found = measures("活性指数75%", "收率75%", "", "").aspect(figures("活性指数75%"), ROWS)
    assert found[0] > found[1] > 0


def test_a_figure_that_many_offers_state_says_less() -> None:
    common = measures(*["寿命5年"] * 30, "温度700℃")
    rows = np.array([0, 30])
    assert common.aspect(figures("寿命5年"), rows)[0] < common.aspect(figures("温度700℃"), rows)[1]


def test_offers_without_figures_make_no_figure_rarer() -> None:
    few, many = (measures("寿命5年", "温度700℃", *[""] * count) for count in (2, 2000))
    asked = figures("寿命5年")
    assert few.aspect(asked, np.array([0])) == many.aspect(asked, np.array([0]))


def test_one_of_many_figures_agrees_less_surprisingly() -> None:
    found = measures("宽6mm", "宽6mm，高100mm，深900mm", "", *["温度700℃"] * 60).aspect(figures("宽6mm"), np.arange(2))
    assert found[0] > found[1] > 0


def test_agreements_name_both_figures_and_sum_to_the_aspect() -> None:
    asked = figures("活性指数≥75%，温度700℃，成本50元/吨")
    offered = [figures("活性指数达78%，在750℃煅烧"), figures("成本45元/吨"), (), ()]
    known = Measures(offered)
    for row, value in enumerate(known.aspect(asked, ROWS).tolist()):
        agreements = known.agreements(asked, row)
        assert sum(one.part for one in agreements) == pytest.approx(value)
    assert [(one.asked, one.offered) for one in known.agreements(asked, 1)] == [("50元/吨", "45元/吨")]


def test_the_aspect_stays_within_1() -> None:
    many = tuple(Figure(f"dimension-{number}", 1.0, 1.0) for number in range(50))
    known = Measures([many, *[()] * 99])
    assert known.aspect(many, np.array([0, 1])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("offers", [[], [()]])
def test_no_figures_at_all(offers: list[tuple[Figure, ...]]) -> None:
    rows = np.arange(len(offers))
    assert Measures(offers).aspect(figures("6μm"), rows).tolist() == [0.0] * len(offers)
