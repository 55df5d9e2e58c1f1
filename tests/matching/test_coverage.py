"""Who covers a need, and what would help when nothing good is there."""

from __future__ import annotations

import json
import math

import pytest

from matching.coverage import covering, help_for
from matching.matcher import Matcher
from matching.model import Profile
from matching.text import Segmenter

OFFERS = [
    Profile(
        "A1",
        title="铝灰火法处置",
        body="铝灰回收，处理量8吨/天，回收率≥95%",
        institute="甲院",
        industry="再生金属",
        maturity="中试",
    ),
    Profile("A2", title="铝灰制砖", body="铝灰回收率80%", institute="乙所", maturity="中试"),
    Profile("A3", title="铝灰检测", institute="乙所"),
    Profile("A4", title="铝灰运输", institute=""),
    Profile("A5", title="假发染色", institute="丙校"),
]
NEED = Profile("N", title="铝灰处置", body="希望铝灰回收率≥90%，能耗不高于100kWh/t，脱氮剂不用进口", county="长葛市")


@pytest.fixture(scope="module")
def matcher(segmenter: Segmenter) -> Matcher:
    return Matcher(OFFERS, segmenter)


def test_further_offers_count_less_and_less(matcher: Matcher) -> None:
    scores = {match.offer_id: match.score for match in matcher.rank(NEED, 10)}
    found = {one.holder: one for one in covering(matcher, NEED)}
    assert set(found) == {"甲院", "乙所"}
    assert found["甲院"].score == pytest.approx(0.5 * scores["A1"])
    best, second = sorted((scores["A2"], scores["A3"]), reverse=True)
    assert found["乙所"].score == pytest.approx(0.5 * best + 0.25 * second)
    assert [one.score for one in covering(matcher, NEED)] == sorted((one.score for one in found.values()), reverse=True)
    assert len(covering(matcher, NEED, limit=1)) == 1
    with pytest.raises(ValueError, match="at least 1"):
        covering(matcher, NEED, limit=0)


def test_experts_cover_like_institutes(matcher: Matcher) -> None:
    experts = {"A1": "王工", "A2": "王工", "A3": "李工"}
    found = covering(matcher, NEED, holder=lambda offer: experts.get(offer.id, ""))
    assert [one.holder for one in found] == ["王工", "李工"]


def test_help_names_institutes_the_barrier_and_unknown_terms(matcher: Matcher) -> None:
    helped = help_for(matcher, NEED)
    assert helped.institutes[0].holder == "甲院"
    assert helped.barrier is not None
    assert (helped.barrier.kind, helped.barrier.failing + helped.barrier.silent > 0) == ("figure", True)
    assert all(sentence.endswith("。") for sentence in helped.sentences)
    assert json.loads(json.dumps(helped.as_json()))["need"] == "N"


def test_a_figure_that_is_missed_is_the_barrier(segmenter: Segmenter) -> None:
    matcher = Matcher(OFFERS[1:2], segmenter)
    helped = help_for(matcher, Profile("N", title="铝灰", body="希望回收率≥90%"))
    assert helped.barrier is not None
    assert (helped.barrier.failing, helped.barrier.label) == (1, "≥90%（回收率）")
    assert "1项达不到≥90%（回收率）" in helped.sentences[1]


def test_terms_no_offer_mentions(segmenter: Segmenter) -> None:
    matcher = Matcher([Profile("A", title="热膨胀系数测量", body="碳化硅")], segmenter)
    need = Profile("N", keywords=("钧瓷釉", "膨胀", "SiC"))
    helped = help_for(matcher, need)
    assert helped.nothing_good
    assert helped.unknown == ("钧瓷釉",)
    assert any("钧瓷釉" in sentence for sentence in helped.sentences)


def test_nothing_at_all(segmenter: Segmenter) -> None:
    helped = help_for(Matcher([], segmenter), NEED)
    assert (helped.level, helped.nothing_good, helped.institutes, helped.barrier) == ("无", True, (), None)
    assert math.isclose(sum(one.score for one in covering(Matcher([], segmenter), NEED)), 0.0)


@pytest.mark.parametrize(
    ("need", "offer", "kind", "words"),
    [
        (
            Profile("N", title="铝灰", county="长葛市"),
            Profile("A", title="铝灰", county="禹州市"),
            "county",
            "放宽地域",
        ),
        (Profile("N", title="铝灰"), Profile("A", title="铝灰", maturity="实验室"), "maturity", "联合中试"),
        (Profile("N", title="铝灰", modes=("转让",)), Profile("A", title="铝灰", modes=("许可",)), "mode", "合作方式"),
    ],
)
def test_coded_conditions_can_be_the_barrier(
    segmenter: Segmenter, need: Profile, offer: Profile, kind: str, words: str
) -> None:
    helped = help_for(Matcher([offer], segmenter), need)
    assert helped.barrier is not None
    assert helped.barrier.kind == kind
    assert words in helped.sentences[-1]
