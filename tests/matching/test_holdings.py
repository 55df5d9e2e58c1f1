"""Offers that come and go: what a change shows at once, what a merge restores, and what readers see meanwhile."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from matching.matcher import Matcher
from matching.model import Profile
from matching.text import Segmenter

NEWCOMER = Profile(
    "A02b",
    title="主轴热误差在线补偿装置",
    body="用碳化硅陶瓷主轴，实时补偿热误差，加工精度达到3微米。新近研制的磁悬浮主轴冷却回路。",
    keywords=("热误差", "磁悬浮"),
    industry="超硬材料",
    maturity="中试",
    modes=("合作开发",),
)


def answers(matcher: Matcher, needs: list[Profile]) -> list[list[tuple[str, float, tuple[object, ...]]]]:
    return [
        [(match.offer_id, match.score, match.reasons) for match in matches] for matches in matcher.rank_all(needs, 12)
    ]


def same_arrays(one: Matcher, other: Matcher) -> bool:
    """Says whether the second stages of two matchers hold the same bits."""
    mine, theirs = one._held.candidates, other._held.candidates
    pairs = [
        *zip(mine.concepts.table.rows.columns, theirs.concepts.table.rows.columns, strict=True),
        *zip(mine.measures.table.rows.columns, theirs.measures.table.rows.columns, strict=True),
        *zip(mine.repeats.table.columns, theirs.repeats.table.columns, strict=True),
        (mine.latent.space.offers, theirs.latent.space.offers),
        (mine.latent.space.axes, theirs.latent.space.axes),
        *((here.of_offer.fixed, there.of_offer.fixed) for here, there in zip(mine.facts, theirs.facts, strict=True)),
    ]
    named = list(mine.concepts.table.names) == list(theirs.concepts.table.names)
    return named and all(here.tobytes() == there.tobytes() for here, there in pairs)


def test_a_newcomer_is_found_at_once(offers: list[Profile], needs: list[Profile], segmenter: Segmenter) -> None:
    matcher = Matcher(offers, segmenter)
    before = matcher.fingerprint
    matcher.put(NEWCOMER)
    (need,) = (one for one in needs if one.id == "N1")
    found = matcher.rank(need, 12)
    assert "A02b" in [match.offer_id for match in found][:3]
    assert matcher.score(need, "A02b") == next(match for match in found if match.offer_id == "A02b")
    assert matcher.offer("A02b") == NEWCOMER
    assert [offer.id for offer in matcher.offers] == sorted([*(offer.id for offer in offers), "A02b"])
    assert matcher.fingerprint != before
    assert matcher.changed == 1
    assert matcher.explain(need, "A02b").evidence.shared


def test_a_changed_offer_is_read_anew(offers: list[Profile], needs: list[Profile], segmenter: Segmenter) -> None:
    matcher = Matcher(offers, segmenter)
    changed = replace(offers[3], body=NEWCOMER.body)
    matcher.put(changed)
    assert matcher.offer(changed.id) == changed
    assert len(matcher.offers) == len(offers)
    (need,) = (one for one in needs if one.id == "N1")
    assert changed.id in [match.offer_id for match in matcher.rank(need, 3)]


def test_what_left_is_gone(offers: list[Profile], needs: list[Profile], segmenter: Segmenter) -> None:
    matcher = Matcher(offers, segmenter)
    matcher.remove("A01")
    assert all(match.offer_id != "A01" for need in needs for match in matcher.rank(need, 12))
    for ask in (matcher.offer, matcher.remove):
        with pytest.raises(KeyError):
            ask("A01")
    with pytest.raises(KeyError):
        matcher.score(needs[0], "A01")


def test_adding_and_removing_leaves_no_trace(offers: list[Profile], needs: list[Profile], segmenter: Segmenter) -> None:
    matcher, fresh = Matcher(offers, segmenter), Matcher(offers, segmenter)
    for number in range(5):
        matcher.put(replace(NEWCOMER, id=f"B{number}", body=f"{NEWCOMER.body}重复的句子也要算得清清楚楚。"))
    for number in range(5):
        matcher.remove(f"B{number}")
    assert matcher.fingerprint == fresh.fingerprint
    assert answers(matcher, needs) == answers(fresh, needs)


def test_taking_out_and_putting_back_changes_scores_within_rounding(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter
) -> None:
    matcher, fresh = Matcher(offers, segmenter), Matcher(offers, segmenter)
    for offer in offers[::3]:
        matcher.remove(offer.id)
    for offer in offers[::3][::-1]:
        matcher.put(offer)
    for one, other in zip(answers(matcher, needs), answers(fresh, needs), strict=True):
        assert [name for name, *_ in one] == [name for name, *_ in other]
        assert [score for _, score, _ in one] == pytest.approx([score for _, score, _ in other], abs=1e-9)
    matcher.merge()
    assert answers(matcher, needs) == answers(fresh, needs)


@pytest.mark.parametrize("seed", range(4))
def test_a_merge_is_a_fresh_fit(offers: list[Profile], needs: list[Profile], segmenter: Segmenter, seed: int) -> None:
    chance = random.Random(seed)
    pool = [*offers, NEWCOMER, *(replace(offer, id=f"C{offer.id}") for offer in offers)]
    matcher = Matcher(chance.sample(pool, seed * 5), segmenter)
    for _ in range(40):
        offer = chance.choice(pool)
        if chance.random() < 0.6:
            matcher.put(replace(offer, maturity=chance.choice(("中试", "小试"))))
        elif offer.id in {held.id for held in matcher.offers}:
            matcher.remove(offer.id)
    fresh = Matcher(list(matcher.offers), segmenter)
    assert {one.offer_id for one in matcher.rank(needs[0], 50)} == {one.offer_id for one in fresh.rank(needs[0], 50)}
    live, anew = matcher._held.candidates, fresh._held.candidates
    rows = np.array(matcher._held.rows)
    assert live.repeats.reach(1) == anew.repeats.reach(1)
    bag = matcher._reader.need(needs[0])
    asked = live.measures.aspect(bag.figures, rows), anew.measures.aspect(bag.figures, np.arange(len(rows)))
    assert asked[0].tolist() == asked[1].tolist()
    met = live.concepts.aspects(bag.terms, rows), anew.concepts.aspects(bag.terms, np.arange(len(rows)))
    assert [part.tolist() for part in met[0]] == [part.tolist() for part in met[1]]
    matcher.merge()
    assert matcher.changed == 0
    assert matcher.fingerprint == fresh.fingerprint
    assert same_arrays(matcher, fresh)
    assert answers(matcher, needs) == answers(fresh, needs)


def test_a_copy_goes_its_own_way(offers: list[Profile], needs: list[Profile], segmenter: Segmenter) -> None:
    matcher = Matcher(offers, segmenter)
    before = answers(matcher, needs)
    other, third = matcher.copy(), matcher.copy()
    other.put(NEWCOMER)
    third.put(replace(NEWCOMER, id="Z", body="全新的词语：钙钛矿叠层电池。"))
    assert answers(matcher, needs) == before
    assert "Z" not in {offer.id for offer in other.offers}
    assert {"A02b", "Z"} & {offer.id for offer in third.offers} == {"Z"}
    assert len({matcher.fingerprint, other.fingerprint, third.fingerprint}) == 3


def test_readers_see_the_offers_before_or_after_a_change(
    offers: list[Profile], needs: list[Profile], segmenter: Segmenter
) -> None:
    matcher = Matcher(offers, segmenter)
    without = answers(matcher, needs[:1])
    matcher.put(NEWCOMER)
    beside = answers(matcher, needs[:1])
    matcher.remove(NEWCOMER.id)

    def change() -> None:
        for _ in range(40):
            matcher.put(NEWCOMER)
            matcher.remove(NEWCOMER.id)

    with ThreadPoolExecutor(3) as pool:
        changing = pool.submit(change)
        seen = []
        while not changing.done():
            seen += list(pool.map(lambda _: answers(matcher, needs[:1]), range(2)))
        changing.result()
    assert seen
    assert all(one in (without, beside) for one in seen)
