"""The matcher as a whole: what it finds, and what holds for any texts whatever."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.matcher import Matcher
from matching.model import Match, Profile, Settings
from matching.text import Segmenter

FRAGMENTS = (
    "主轴冷却", "热误差补偿", "SiC", "碳化硅", "有机废气", "VOCs", "铝灰", "希望", "不适用", "下一步", "贯彻", "，", "。", "；", "\n",
    "５μm", "0.5%", "<b>粗</b>", "&lt;", "\x00", "\u200b", "\u202e", "😀", "\ud800", "İ", "ß", "a", "=cmd|' /C calc'!A0", "≈", "鿋",
)  # fmt: skip

texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=12).map("".join)
facts = st.sampled_from(("", "电力装备", "智能电力", "中试", "产业化", "长葛市"))


def profiles(prefix: str) -> st.SearchStrategy[list[Profile]]:
    one = st.builds(
        Profile,
        id=st.just(""),
        title=texts,
        body=texts,
        keywords=st.lists(texts, max_size=2).map(tuple),
        indicators=texts,
        industry=facts,
        county=facts,
        maturity=facts,
        modes=st.lists(facts, max_size=2).map(tuple),
    )
    many = st.lists(one, max_size=5)
    return many.map(lambda found: [replace(profile, id=f"{prefix}{number}") for number, profile in enumerate(found)])


whole = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def total(match: Match) -> float:
    return math.fsum(reason.weight for reason in match.reasons)


@pytest.mark.parametrize(("need", "answer"), [("N1", "A01"), ("N2", "A04"), ("N3", "A07"), ("N4", "A09")])
def test_the_answer_comes_first(matcher: Matcher, needs: list[Profile], need: str, answer: str) -> None:
    profile = next(profile for profile in needs if profile.id == need)
    best = matcher.rank(profile, 3)[0]
    assert (best.offer_id, best.rank) == (answer, 1)


def test_an_answer_in_other_words_is_found_by_its_concept(segmenter: Segmenter) -> None:
    matcher = Matcher([Profile("A1", title="氮化硅"), Profile("A2", title="碳化硅")], segmenter)
    (best,) = matcher.rank(Profile("N", keywords=("SiC",)), 5)
    assert best.offer_id == "A2"
    assert [reason.label for reason in best.reasons] == ["SiC≈碳化硅"]


def test_rank_gives_no_more_than_the_limit(matcher: Matcher, needs: list[Profile]) -> None:
    assert [match.rank for match in matcher.rank(needs[0], 4)] == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="limit"):
        matcher.rank(needs[0], 0)


def test_score_agrees_with_rank(matcher: Matcher, needs: list[Profile]) -> None:
    for match in matcher.rank(needs[1], 12):
        assert matcher.score(needs[1], match.offer_id) == match


def test_score_of_a_pair_with_nothing_in_common(segmenter: Segmenter) -> None:
    matcher = Matcher([Profile("A1", title="铝灰"), Profile("A2", maturity="产业化", industry="陶瓷")], segmenter)
    match = matcher.score(Profile("N", title="铝灰", industry="陶瓷"), "A2")
    assert match == Match("A2", 0.0, 2, (), "无")


def test_score_of_an_unknown_offer(matcher: Matcher, needs: list[Profile]) -> None:
    with pytest.raises(KeyError, match="A99"):
        matcher.score(needs[0], "A99")


def test_two_offers_with_one_id_are_refused(segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match="same id"):
        Matcher([Profile("A1"), Profile("A1")], segmenter)


def test_signals_raise_a_pair_and_are_named(segmenter: Segmenter) -> None:
    twins = [
        Profile("A1", title="铝灰处置"),
        Profile("A2", title="铝灰处置", industry="再生金属", maturity="中试", county="长葛市"),
    ]
    need = Profile("N", title="铝灰", industry="再生金属", county="长葛市")
    best, second = Matcher(twins, segmenter).rank(need, 2)
    assert (best.offer_id, second.offer_id) == ("A2", "A1")
    assert [(reason.label, reason.detail) for reason in best.reasons if reason.kind == "signal"] == [
        ("行业", "行业同属再生金属"),
        ("成熟度", "成果已到中试阶段"),
        ("地域", "双方同在长葛市"),
    ]


def test_equal_offers_come_in_the_order_of_their_ids(segmenter: Segmenter) -> None:
    offers = [Profile(identifier, title="铝灰处置") for identifier in ("A3", "A1", "A2")]
    matches = Matcher(offers, segmenter).rank(Profile("N", title="铝灰"), 3)
    assert [match.offer_id for match in matches] == ["A1", "A2", "A3"]
    assert len({match.score for match in matches}) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("text", ["", "😀", "   ", "\x00\u200b", "铝", "、。"])
def test_poor_corpora_do_no_harm(segmenter: Segmenter, count: int, text: str) -> None:
    matcher = Matcher([Profile(f"A{number}", title=text, body=text) for number in range(count)], segmenter)
    matches = matcher.rank(Profile("N", title=text), 10)
    assert len(matches) == (count if text == "铝" else 0)
    assert all(0.0 < match.score <= 1.0 for match in matches)


def test_the_longest_text_is_matched_in_time(segmenter: Segmenter) -> None:
    matcher = Matcher(
        [Profile("A1", body="热误差补偿与铝灰。" * 20_000), Profile("A2", body="的" * 1_000_000)], segmenter
    )
    need = Profile("N", title="热误差", body="希望补偿热误差。的" * 100_000)
    assert [match.offer_id for match in matcher.rank(need, 2)] == ["A1", "A2"]


def test_fingerprint_changes_with_the_input_only(offers: list[Profile], segmenter: Segmenter) -> None:
    first = Matcher(offers, segmenter).fingerprint
    assert len(first) == 64
    assert Matcher(offers[::-1], segmenter).fingerprint == first
    assert Matcher(offers[:-1], segmenter).fingerprint != first
    assert Matcher([*offers[:-1], replace(offers[-1], maturity="中试")], segmenter).fingerprint != first
    assert Matcher(offers, segmenter, Settings(title_repeats=2)).fingerprint != first


def test_threads_share_one_matcher(matcher: Matcher, needs: list[Profile]) -> None:
    alone = [matcher.rank(need, 5) for need in needs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda need: matcher.rank(need, 5), needs)) == alone
    assert matcher.rank_all(needs, 5) == alone


@whole
@given(needs=profiles("N"), offers=profiles("A"))
def test_contributions_sum_to_the_score_within_bounds(
    segmenter: Segmenter, needs: list[Profile], offers: list[Profile]
) -> None:
    matcher = Matcher(offers, segmenter)
    for need, matches in zip(needs, matcher.rank_all(needs, 10), strict=True):
        for match in matches:
            assert 0.0 < match.score <= 1.0
            assert total(match) == pytest.approx(match.score, abs=1e-12)
            assert all(reason.weight > 0 and reason.label for reason in match.reasons)
        for offer in offers:
            assert 0.0 <= matcher.score(need, offer.id).score <= 1.0


@whole
@given(needs=profiles("N"), offers=profiles("A"), data=st.data())
def test_the_order_of_the_offers_never_shows(
    segmenter: Segmenter, needs: list[Profile], offers: list[Profile], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(offers))
    first, second = Matcher(offers, segmenter), Matcher(mixed, segmenter)
    assert first.rank_all(needs, 10) == second.rank_all(needs, 10)
    assert first.fingerprint == second.fingerprint


@whole
@given(needs=profiles("N"), offers=profiles("A"))
def test_a_batch_is_the_same_as_one_by_one(segmenter: Segmenter, needs: list[Profile], offers: list[Profile]) -> None:
    matcher = Matcher(offers, segmenter)
    assert matcher.rank_all(needs, 3) == [matcher.rank(need, 3) for need in needs]


@whole
@given(offers=profiles("A"), need=profiles("N").filter(bool))
def test_ranks_follow_the_scores(segmenter: Segmenter, offers: list[Profile], need: list[Profile]) -> None:
    matches = Matcher(offers, segmenter).rank(need[0], 10)
    assert [match.rank for match in matches] == list(range(1, len(matches) + 1))
    scores = [round(match.score, 8) for match in matches]
    assert scores == sorted(scores, reverse=True)
