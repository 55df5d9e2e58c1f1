"""Shortlists under caps: never over a cap, never worse than trying everything."""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allotment import Allotment, Candidate, Caps, shortlist


def test_a_sought_after_offer_goes_where_it_is_worth_most() -> None:
    pairs = [
        Candidate("N1", "A1", 0.9),
        Candidate("N1", "A2", 0.8),
        Candidate("N2", "A1", 0.7),
        Candidate("N2", "A3", 0.1),
    ]
    found = shortlist(pairs, Caps(1), Caps(1))
    assert found.kept == (Candidate("N1", "A2", 0.8), Candidate("N2", "A1", 0.7))
    assert (found.score, found.wished, found.loss) == pytest.approx((1.5, 1.6, 0.1))
    assert [(left.candidate.offer_id, left.reason) for left in found.left_out] == [
        ("A1", "该成果已选满 1 个需求，其余安排的总匹配度更高。"),
        ("A3", "该需求已选满 1 项成果，其余安排的总匹配度更高。"),
    ]


def test_caps_by_name_come_first() -> None:
    pairs = [Candidate("N1", "A1", 0.9), Candidate("N1", "A2", 0.8), Candidate("N2", "A1", 0.7)]
    found = shortlist(pairs, Caps(1, {"N1": 2, "N2": 0}), Caps(5, {"A2": 0}))
    assert found.kept == (Candidate("N1", "A1", 0.9),)
    assert [left.reason for left in found.left_out] == ["该成果不参加本次对接。", "该需求不参加本次对接。"]


def test_nothing_to_choose_from() -> None:
    assert shortlist([], Caps(3), Caps(3), (Caps(1), Caps(1)), {"F"}) == Allotment((), (), 0.0, 0.0)


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
        shortlist(pairs, Caps(per_need), Caps(1))


ASKER = {"N1": "F1", "N2": "F1", "N3": "F2"}
HOLDER = {"A1": "E1", "A2": "E1", "A3": ""}


def allowed(pairs: tuple[Candidate, ...], caps: tuple[int, int, int, int]) -> bool:
    sides = zip(("need_id", "offer_id", "asker", "holder"), caps, strict=True)
    return all(
        count <= cap
        for name, cap in sides
        for owner, count in Counter(getattr(pair, name) for pair in pairs).items()
        if owner
    )


def worth(pairs: tuple[Candidate, ...]) -> tuple[int, float]:
    """How many of the two firms have a pair, then the score."""
    return len({pair.asker for pair in pairs}), round(math.fsum(pair.score for pair in pairs), 9)


instances = st.dictionaries(
    st.tuples(st.sampled_from(["N1", "N2", "N3"]), st.sampled_from(["A1", "A2", "A3"])),
    st.integers(1, 100).map(lambda percent: percent / 100),
    max_size=8,
).map(lambda found: [Candidate(*key, score, ASKER[key[0]], HOLDER[key[1]]) for key, score in found.items()])


@settings(max_examples=80, deadline=None)
@given(pairs=instances, caps=st.tuples(*[st.integers(0, 3)] * 4), data=st.data())
def test_the_choice_is_allowed_and_best(
    pairs: list[Candidate], caps: tuple[int, int, int, int], data: st.DataObject
) -> None:
    needs, offers, askers, holders = map(Caps, caps)
    found = shortlist(pairs, needs, offers, (askers, holders), {"F1", "F2"})
    every_choice = (choice for size in range(len(pairs) + 1) for choice in combinations(pairs, size))
    assert allowed(found.kept, caps)
    assert worth(found.kept) == max(worth(choice) for choice in every_choice if allowed(choice, caps))
    assert 0.0 <= found.loss <= found.wished + 1e-9
    assert {*found.kept, *(left.candidate for left in found.left_out)} == set(pairs)
    assert "没有匹配度可以增加。" not in {left.reason for left in found.left_out}
    again = shortlist(data.draw(st.permutations(pairs)), needs, offers, (askers, holders), {"F1", "F2"})
    assert again == found
