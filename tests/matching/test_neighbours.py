"""Sideways: similar needs, groups, and needs for an achievement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.lexicon import Lexicon
from matching.matcher import Matcher
from matching.model import Profile
from matching.neighbours import Neighbours, needs_for
from matching.text import Segmenter
from matching.thesaurus import Entry

NEEDS = [
    Profile("N1", title="铝灰处置", body="铝灰无害化处置，希望回收", industry="再生金属"),
    Profile("N2", title="铝渣资源化", body="二次铝渣怎么利用", industry="再生金属"),
    Profile("N3", title="假发头套钩织", body="头套钩织招工难", industry="发制品"),
    Profile("N4", title="发套网帽", body="网帽手钩太慢", industry="发制品"),
    Profile("N5", title="钧瓷窑变", body="窑变颜色不稳", industry="陶瓷"),
]
LEXICON = Lexicon(
    entries=[Entry("same", "铝灰", ("铝渣",)), Entry("related", "头套", ("网帽", "假发"))],
    cues=("wanted: 希望", "boilerplate: 领先", "negated: 不适用", "aside: 下一步"),
)


@pytest.fixture(scope="module")
def matcher(segmenter: Segmenter) -> Matcher:
    return Matcher([Profile("A1", title="铝灰火法处置"), Profile("A2", title="头套编织机")], segmenter, lexicon=LEXICON)


def test_similar_needs_share_a_topic_also_in_other_words(matcher: Matcher) -> None:
    pool = Neighbours(NEEDS, matcher)
    assert [one.id for one in pool.similar(NEEDS[0], 1)] == ["N2"]
    assert [one.id for one in pool.similar(NEEDS[3], 1)] == ["N3"]
    assert pool.similar(Profile("X", title="无人机"), 3) == []
    with pytest.raises(ValueError, match="limit"):
        pool.similar(NEEDS[0], 0)


def test_likeness_is_the_same_both_ways_and_1_for_equal_texts(matcher: Matcher) -> None:
    pool = Neighbours([*NEEDS, replace(NEEDS[0], id="N9")], matcher)
    ids, likeness = pool.matrix()
    assert np.array_equal(likeness, likeness.T)
    assert ((likeness >= 0) & (likeness <= 1)).all()
    assert likeness[ids.index("N1"), ids.index("N9")] == pytest.approx(1.0, abs=1e-6)
    for need in NEEDS:
        for one in pool.similar(need, 10, least=0.0):
            assert one.likeness == pytest.approx(likeness[ids.index(need.id), ids.index(one.id)], abs=1e-6)


def test_groups_do_not_depend_on_the_order(matcher: Matcher) -> None:
    groups = Neighbours(NEEDS, matcher).groups()
    assert [group.ids for group in groups] == [("N1", "N2"), ("N3", "N4"), ("N5",)]
    assert groups[0].labels[0] in {"铝灰", "再生金属"}
    assert Neighbours(NEEDS[::-1], matcher).groups() == groups
    assert [len(group.ids) for group in Neighbours(NEEDS, matcher).groups(largest=1)] == [1] * 5
    assert [len(group.ids) for group in Neighbours(NEEDS, matcher).groups(least=0.0)] == [5]
    assert Neighbours([], matcher).groups() == []
    assert [group.ids for group in Neighbours(NEEDS[:1], matcher).groups()] == [("N1",)]
    with pytest.raises(ValueError, match="largest"):
        Neighbours(NEEDS, matcher).groups(largest=0)


def test_needs_come_and_go(matcher: Matcher) -> None:
    pool = Neighbours(NEEDS[:4], matcher)
    pool.put(NEEDS[4])
    pool.put(replace(NEEDS[1], title="铝渣"))
    pool.put(NEEDS[1])
    assert len(pool) == 5
    pool.remove("N2")
    assert [one.id for one in pool.similar(NEEDS[0], 9, least=0.2)] == []
    with pytest.raises(KeyError):
        pool.remove("N2")


def test_needs_for_an_achievement_have_the_score_of_the_pair(matcher: Matcher) -> None:
    found = needs_for(matcher, NEEDS, "A1")
    assert [need for need, _ in found] == ["N1", "N2"]
    for need_id, match in found:
        assert match == matcher.score(next(need for need in NEEDS if need.id == need_id), "A1")
    assert needs_for(matcher, [], "A1") == []
    with pytest.raises(KeyError):
        needs_for(matcher, NEEDS, "X")
    with pytest.raises(ValueError, match="limit"):
        needs_for(matcher, NEEDS, "A1", 0)


def test_of_many_needs_those_that_are_close_are_scored(matcher: Matcher) -> None:
    many = [Profile(f"M{number:03}", title=f"无关{number}", body="主轴温升") for number in range(400)]
    found = needs_for(matcher, [*many, *NEEDS], "A1", 3)
    assert [need for need, _ in found] == ["N1", "N2"]
