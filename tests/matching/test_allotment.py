"""Shortlists under caps: never over a cap, never worse than trying everything."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allotment import Allotment, Candidate, shortlist


def test_a_sought_after_offer_goes_where_it_is_worth_most() -> None:
    pairs = [
        Candidate("N1", "A1", 0.9),
        Candidate("N1", "A2", 0.8),
        Candidate("N2", "A1", 0.7),
        Candidate("N2", "A3", 0.1),
    ]
    found = shortlist(pairs, per_need=1, per_offer=1)
    assert found.kept == (Candidate("N1", "A2", 0.8), Candidate("N2", "A1", 0.7))
    assert (found.score, found.wished, found.loss) == pytest.approx((1.5, 1.6, 0.1))
    assert [(left.candidate.offer_id, left.reason) for left in found.left_out] == [
        ("A1", "该成果已选满 1 个需求，其余安排的总匹配度更高。"),
        ("A3", "该需求已选满 1 项成果，其余安排的总匹配度更高。"),
    ]


def test_caps_by_name_come_first() -> None:
    pairs = [Candidate("N1", "A1", 0.9), Candidate("N1", "A2", 0.8), Candidate("N2", "A1", 0.7)]
    found = shortlist(pairs, per_need=1, per_offer=5, need_caps={"N1": 2, "N2": 0}, offer_caps={"A2": 0})
    assert found.kept == (Candidate("N1", "A1", 0.9),)
    assert [left.reason for left in found.left_out] == ["该成果不参加本次对接。", "该需求不参加本次对接。"]


def test_nothing_to_choose_from() -> None:
    assert shortlist([], 3, 3) == Allotment((), (), 0.0, 0.0)


@pytest.mark.parametrize(
    ("pairs", "per_need", "message"),
    [
        ([Candidate("N", "A", 0.5)] * 2, 1, "twice"),
        ([Candidate("N", "A", 1.5)], 1, "outside"),
        ([Candidate("N", "A", float("nan"))], 1, "outside"),
        ([Candidate("N", "A", 0.5)], -1, "negative"),
    ],
)
def test_faulty_input_is_refused(pairs: list[Candidate], per_need: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shortlist(pairs, per_need, 1)


def allowed(pairs: tuple[Candidate, ...], per_need: int, per_offer: int) -> bool:
    needs, offers = Counter(pair.need_id for pair in pairs), Counter(pair.offer_id for pair in pairs)
    return max(needs.values(), default=0) <= per_need and max(offers.values(), default=0) <= per_offer


instances = st.dictionaries(
    st.tuples(st.sampled_from(["N1", "N2", "N3"]), st.sampled_from(["A1", "A2", "A3"])),
    st.integers(0, 100).map(lambda percent: percent / 100),
    max_size=8,
).map(lambda found: [Candidate(need, offer, score) for (need, offer), score in found.items()])


@settings(max_examples=80, deadline=None)
@given(pairs=instances, per_need=st.integers(0, 3), per_offer=st.integers(0, 3), data=st.data())
def test_the_choice_is_allowed_and_best(
    pairs: list[Candidate], per_need: int, per_offer: int, data: st.DataObject
) -> None:
    found = shortlist(pairs, per_need, per_offer)
    every_choice = (choice for size in range(len(pairs) + 1) for choice in combinations(pairs, size))
    best = max(
        math.fsum(pair.score for pair in choice) for choice in every_choice if allowed(choice, per_need, per_offer)
    )
    assert allowed(found.kept, per_need, per_offer)
    assert found.score == pytest.approx(best)
    assert 0.0 <= found.loss <= found.wished + 1e-9
    assert {*found.kept, *(left.candidate for left in found.left_out)} == set(pairs)
    assert shortlist(data.draw(st.permutations(pairs)), per_need, per_offer) == found
