"""Bags, and with an index the share of a need that an offer covers."""

from __future__ import annotations

import pytest

from matching.features import Reader, character_terms, scheme_of
from matching.index import Index
from matching.lexicon import Lexicon
from matching.model import CONCEPT, Profile, Settings
from matching.roles import Roles
from matching.text import Segmenter
from matching.thesaurus import Entry


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("热误差", ["热", "误", "差", "热误", "误差"]),
        ("sic", ["sic", "si", "ic"]),
        ("5g", ["5g"]),
        ("1200", ["1200"]),
        ("铝、铁", ["铝", "铁"]),
        ("", []),
    ],
)
def test_character_terms(text: str, wanted: list[str]) -> None:
    assert list(character_terms(text)) == wanted


def reader(segmenter: Segmenter, **settings: float) -> Reader:
    roles = Roles(("wanted: 希望", "boilerplate: 贯彻", "negated: 不适用", "aside: 下一步"))
    return Reader(segmenter, Settings(**settings), Lexicon(entries=[Entry("same", "碳化硅", ("SiC",))]), roles)  # type: ignore[arg-type]


def test_a_title_counts_repeatedly_and_a_wish_twice(segmenter: Segmenter) -> None:
    bags = reader(segmenter).need(Profile("N", title="主轴", body="主轴温度。希望冷却。贯彻精神。", keywords=("冷却",)))
    assert bags.words == {"主轴": 4.0, "温度": 1.0, "希望": 2.0, "冷却": 3.0, "贯彻": 0.7, "精神": 0.7}


def test_denials_and_asides_of_an_offer_count_less(segmenter: Segmenter) -> None:
    bags = reader(segmenter).offer(Profile("A", body="主轴冷却。不适用铝材。下一步冷却。", indicators="温度"))
    assert bags.words["主轴"] == 1.0
    assert bags.words["冷却"] == pytest.approx(1.3)
    assert bags.words["铝材"] == pytest.approx(0.4)
    assert bags.words["温度"] == 1.0


def test_a_concept_is_a_feature_of_either_spelling(segmenter: Segmenter) -> None:
    ours = reader(segmenter)
    assert ours.need(Profile("N", keywords=("SiC",))).words == {"sic": 1.0, f"{CONCEPT}碳化硅": 0.5}
    assert ours.offer(Profile("A", keywords=("碳化硅",))).words == {"碳化硅": 1.0, f"{CONCEPT}碳化硅": 0.5}


def test_a_sentence_of_no_weight_leaves_no_feature(segmenter: Segmenter) -> None:
    assert reader(segmenter, negated_weight=0.0).offer(Profile("A", body="不适用铝材。")).words == {}


def covered(offers: list[dict[str, float]], need: dict[str, float]) -> list[float]:
    index = Index.build(
        ((str(at), {"words": bag}) for at, bag in enumerate(offers)), scheme_of(Settings(words_share=1.0))
    )
    scores: list[float] = index.scores(index.weigh({"words": need})).tolist()
    return scores


def test_a_text_score_is_the_covered_share_of_the_weight() -> None:
    offers = [{"铝": 1.0, "灰": 1.0}, {"铁": 1.0, "渣": 1.0}]
    assert covered(offers, {"铝": 1.0}) == pytest.approx([1.0, 0.0])
    assert covered(offers, {"铝": 1.0, "铁": 1.0}) == pytest.approx([0.5, 0.5])
    assert covered(offers, {"铜": 1.0}) == [0.0, 0.0]
    assert covered(offers, {}) == [0.0, 0.0]


def test_a_rare_feature_weighs_more_than_a_common_one() -> None:
    offers = [{"铝": 1.0, "炉": 1.0}, {"炉": 1.0, "铁": 1.0}, {"炉": 1.0, "铜": 1.0}]
    both, common, _ = covered(offers, {"铝": 1.0, "炉": 1.0})
    assert both - common > 3 * common > 0


def test_an_unknown_feature_lowers_the_share() -> None:
    assert covered([{"铝": 1.0}], {"铝": 1.0, "钛": 1.0})[0] < covered([{"铝": 1.0}], {"铝": 1.0})[0]


@pytest.mark.parametrize("bags", [[], [{}], [{}, {}]])
def test_offers_without_features_cover_nothing(bags: list[dict[str, float]]) -> None:
    assert covered(bags, {"铝": 1.0}) == [0.0] * len(bags)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"words_share": 1.5}, "words_share"),
        ({"saturation": 0.0}, "saturation"),
        ({"aside_weight": -1.0}, "aside_weight"),
        ({"wanted_weight": float("nan")}, "wanted_weight"),
        ({"candidates": 0}, "candidates"),
    ],
)
def test_settings_that_break_a_bound_are_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**changes)  # type: ignore[arg-type]
