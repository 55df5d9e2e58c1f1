"""Concepts that a need and an offer name in different words."""

from __future__ import annotations

import numpy as np
import pytest

from matching.concepts import Concepts
from matching.lexicon import Lexicon
from matching.thesaurus import Entry

LEXICON = Lexicon(
    entries=[
        Entry("same", "曳引绳", ("提升钢索", "钢丝绳")),
        Entry("narrower", "表面处理", ("电镀", "喷涂")),
        Entry("related", "结垢", ("阻垢",)),
    ]
)
OFFERS = [{"提升钢索": 1.0}, {"曳引绳": 1.0, "提升钢索": 1.0}, {"电镀": 1.0, "阻垢": 1.0}, {}, {"喷涂": 3.0}]
ALL = np.arange(len(OFFERS))


@pytest.fixture(scope="module")
def concepts() -> Concepts:
    return Concepts(LEXICON, OFFERS, saturation=1.0)


def test_another_word_of_the_same_meaning_counts_and_the_same_word_does_not(concepts: Concepts) -> None:
    same, near = concepts.aspects({"曳引绳": 1.0}, ALL)
    assert same[0] > 0
    assert same[1:].tolist() == [0.0] * 4
    assert near.tolist() == [0.0] * 5


def test_a_kind_of_what_is_asked_and_a_remedy_are_related(concepts: Concepts) -> None:
    same, near = concepts.aspects({"表面处理": 1.0, "结垢": 1.0}, ALL)
    assert same.tolist() == [0.0] * 5
    assert near[2] > near[4] > 0
    assert near[[0, 1, 3]].tolist() == [0.0] * 3


def test_a_concept_close_to_many_others_says_less() -> None:
    entries = [Entry("related", "漏检", ("机器视觉",)), Entry("related", "积碳", ("除碳",))]
    entries += [Entry("related", "机器视觉", (f"第{number}号",)) for number in range(50)]
    concepts = Concepts(Lexicon(entries=entries), [{"机器视觉": 1.0}, {"除碳": 1.0}], saturation=1.0)
    _, near = concepts.aspects({"漏检": 1.0, "积碳": 1.0}, np.arange(2))
    assert near[1] > 2 * near[0] > 0


def test_what_was_asked_more_often_weighs_more(concepts: Concepts) -> None:
    once, _ = concepts.aspects({"曳引绳": 1.0}, ALL)
    often, _ = concepts.aspects({"曳引绳": 6.0}, ALL)
    assert once[0] < often[0] < 2 * once[0]


def test_meetings_name_both_terms_and_sum_to_the_aspects(concepts: Concepts) -> None:
    asked = {"钢丝绳": 2.0, "表面处理": 1.0, "结垢": 1.0}
    same, near = concepts.aspects(asked, ALL)
    for row in ALL.tolist():
        meetings = concepts.meetings(asked, row)
        assert sum(one.part for one in meetings if one.same) == pytest.approx(same[row])
        assert sum(one.part for one in meetings if not one.same) == pytest.approx(near[row])
    assert {(one.asked, one.offered) for one in concepts.meetings(asked, 2)} == {("表面处理", "电镀"), ("结垢", "阻垢")}


def test_aspects_stay_within_1() -> None:
    entries = [Entry("same", f"甲{number}号", (f"乙{number}号",)) for number in range(60)]
    offers = [{f"乙{number}号": 9.0 for number in range(60)}, *({} for _ in range(40))]
    concepts = Concepts(Lexicon(entries=entries), offers, saturation=1.0)
    asked = {f"甲{number}号": 9.0 for number in range(60)}
    assert concepts.aspects(asked, np.array([0]))[0].tolist() == [1.0]
    assert sum(one.part for one in concepts.meetings(asked, 0)) == pytest.approx(1.0)


@pytest.mark.parametrize("offers", [[], [{}]])
def test_nothing_to_meet(offers: list[dict[str, float]]) -> None:
    concepts = Concepts(LEXICON, offers, saturation=1.0)
    same, near = concepts.aspects({"曳引绳": 1.0, "no such term": 1.0}, np.arange(len(offers)))
    assert same.tolist() == near.tolist() == [0.0] * len(offers)
