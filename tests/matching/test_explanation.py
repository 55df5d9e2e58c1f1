"""Explanations that are true: they add up, their places hold what they say, nothing is claimed that is not there."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.clauses import measured
from matching.demands import requirements, said
from matching.explanation import LONGEST_SENTENCE, Explanation, explain_matches, sentence
from matching.lexicon import Lexicon
from matching.matcher import Matcher
from matching.model import Profile
from matching.model import Settings as RankingSettings
from matching.places import Fields, Span
from matching.roles import Roles
from matching.text import Segmenter, normalise
from matching.thesaurus import Entry

NEED = Profile(
    "N",
    title="SiC片子抛得太慢",
    keywords=("碳化硅衬底", "游离磨料"),
    body="目前硅面去除率０．２μm/h，划伤率4%。希望找到新抛光液，去除率≥2μm/h，划伤率1%以内，噪声不高于60dB，孔径波动≤6 μm。",
)
OFFER = Profile("A", title="碳化硅抛光液", body="用于晶片。去除率3.5μm/h，划伤率2%。含研磨颗粒。", maturity="中试")
OTHER = Profile("B", title="铝灰处置", body="铝灰无害化")
LEXICON = Lexicon(
    entries=[Entry("same", "SiC", ("碳化硅",)), Entry("related", "游离磨料", ("研磨颗粒",))],
    cues=("wanted: 希望", "boilerplate: 领先", "negated: 不适用", "aside: 下一步"),
)


@pytest.fixture(scope="module")
def pair(segmenter: Segmenter) -> Explanation:
    return Matcher([OFFER, OTHER], segmenter, lexicon=LEXICON).explain(NEED, "A")


def cut(profile: Profile, span: Span) -> str:
    text = profile.keywords[span.item] if span.field == "keywords" else getattr(profile, span.field)
    return str(text[span.start : span.end])


def check(explanation: Explanation, need: Profile, offer: Profile) -> None:
    """What holds for every explanation."""
    parts = math.fsum(reason.weight for reason in explanation.contributions)
    assert math.isclose(parts, explanation.score, abs_tol=1e-6)
    assert len(explanation.sentence) <= LONGEST_SENTENCE
    assert explanation.sentence.endswith("。")
    evidence = explanation.evidence
    for shared in evidence.shared:
        for profile, spans in ((need, shared.asked_at), (offer, shared.offered_at)):
            assert spans
            for span in spans:  # a character that grows (İ, ¼) may stand half inside a term
                cited = cut(profile, span)
                found = normalise(cited)
                assert normalise(shared.label) in found
                grown = sum(max(0, len(normalise(end)) - 1) for end in {cited[0], cited[-1]})
                assert len(found) <= len(normalise(shared.label)) + grown
    for term in (*evidence.synonyms, *evidence.related):
        assert {normalise(cut(need, span)) for span in term.asked_at} == {normalise(term.asked)}
        assert {normalise(cut(offer, span)) for span in term.offered_at} == {normalise(term.offered)}
    whole = Fields(offer).normal
    for gap in evidence.missing:
        assert gap.asked_at
        if gap.kind == "term":
            assert normalise(gap.label) not in whole
    json.dumps(explanation.as_json(), ensure_ascii=True)


def test_terms_of_one_meaning_with_all_their_places(pair: Explanation) -> None:
    check(pair, NEED, OFFER)
    assert [one.label for one in pair.evidence.related] == ["游离磨料 ~ 研磨颗粒"]
    assert "抛光液" in [one.label for one in pair.evidence.shared]


def test_a_synonym_is_shown_with_the_sign_between(segmenter: Segmenter) -> None:
    need = Profile("N", title="SiC器件", body="SiC")
    explanation = Matcher([OFFER], segmenter, lexicon=LEXICON).explain(need, "A")
    (synonym,) = explanation.evidence.synonyms
    assert synonym.label == "SiC = 碳化硅"
    assert synonym.asked_at == (Span("title", 0, 0, 3), Span("body", 0, 0, 3))
    assert "“SiC”就是成果的“碳化硅”" in explanation.sentence


def test_figures_that_meet_miss_and_lack(pair: Explanation) -> None:
    verdicts = [(one.verdict, one.name, one.asked, one.offered) for one in pair.evidence.figures]
    assert verdicts == [("meets", "去除率", "≥2μm/h", "3.5μm/h"), ("misses", "划伤率", "≤1%", "2%")]
    assert [gap.text for gap in pair.evidence.missing if gap.kind != "term"] == [
        "成果的划伤率为2%，需求要求≤1%",
        "成果没有写明是否达到≤60dB（噪声）",
        "成果没有写明是否达到≤6 μm（孔径波动）",
    ]


def test_the_sentence_says_what_speaks_against(pair: Explanation) -> None:
    assert pair.sentence.endswith("但成果的划伤率为2%，需求要求≤1%。")


def test_what_stands_in_a_synonym_is_not_missing(pair: Explanation) -> None:
    labels = [gap.label for gap in pair.evidence.missing if gap.kind == "term"]
    assert "SiC" not in labels
    assert "碳化硅衬底" in labels


def test_a_term_whose_words_stand_apart_is_not_missing(segmenter: Segmenter) -> None:
    offer = Profile("A", title="电主轴热误差在线补偿")
    explanation = Matcher([offer], segmenter).explain(Profile("N", title="高速电主轴", keywords=("热误差补偿",)), "A")
    assert "热误差补偿" not in [gap.label for gap in explanation.evidence.missing]
    assert "就是" not in explanation.sentence


def test_nothing_in_common(segmenter: Segmenter) -> None:
    explanation = Matcher([OFFER, OTHER], segmenter, lexicon=LEXICON).explain(Profile("N", title="陶瓷"), "B")
    assert (explanation.score, explanation.contributions) == (0.0, ())
    assert explanation.sentence == "没有找到双方的共同之处，请人工判断。"
    with pytest.raises(KeyError):
        Matcher([OFFER], segmenter).explain(NEED, "X")


def test_a_few_characters_in_common(segmenter: Segmenter) -> None:
    explanation = Matcher([OTHER], segmenter).explain(Profile("N", title="铝的处理"), "B")
    assert explanation.score > 0
    assert explanation.sentence == "双方的用词只有零星重合，请人工判断。"


def test_the_sentence_fits_the_level(segmenter: Segmenter) -> None:
    matcher = Matcher([OFFER, OTHER], segmenter, lexicon=LEXICON)
    evidence = matcher.explain(NEED, "A").evidence
    assert sentence("强", evidence).startswith("很对口：")
    assert sentence("无", evidence).startswith("看不出对口：虽然双方都提到")
    assert "很" not in sentence("弱", evidence)


@pytest.mark.parametrize(
    ("asked", "offered", "labels"),
    [
        ("湿法脱硫废水", "烟气法脱硫废水", ["脱硫废水"]),
        ("每栏成本低", "每栏成本高", []),
        ("技术、设备、工艺", "技术、设备、工艺", []),
        ("错线率高", "错线率低", ["错线率"]),
    ],
)
def test_fragments_and_general_words_are_not_shared_terms(
    segmenter: Segmenter, asked: str, offered: str, labels: list[str]
) -> None:
    matcher = Matcher([Profile("A", title=offered)], segmenter, lexicon=LEXICON)
    assert [one.label for one in matcher.explain(Profile("N", title=asked), "A").evidence.shared] == labels


def test_the_present_state_requires_nothing(segmenter: Segmenter) -> None:
    found = requirements(Fields(NEED), Roles(), segmenter)
    assert [one.said for one in found] == ["≥2μm/h", "≤1%", "≤60dB", "≤6 μm"]
    assert [one.name for one in found] == ["去除率", "划伤率", "噪声", "孔径波动"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("希望酸耗降70%以上", ["酸耗下降"]),
        ("希望附着力合格，装车跑30万公里", [""]),
        ("希望铁含量由3%降到0.5%", ["铁含量", "铁含量"]),
        ("希望延伸率≥6%，处理8吨", ["延伸率", ""]),
    ],
)
def test_a_figure_has_only_its_own_name(segmenter: Segmenter, text: str, names: list[str]) -> None:
    from matching.demands import measure_name

    found = [measure_name(quantity.about, segmenter) for _, quantity in measured(text, Roles())]
    assert found == names


def test_a_bound_is_said_in_short() -> None:
    texts = "噪声４５dB以内，得率不低于９８%，控制在6μm，15~25μm，±0.1mm，3吨"
    assert [said(quantity) for _, quantity in measured(texts, Roles())] == [
        "≤45dB",
        "≥98%",
        "≤6μm",
        "15~25μm",
        "±0.1mm",
        "3吨",
    ]


def test_all_pairs_of_the_collection(matcher: Matcher, needs: list[Profile], offers: list[Profile]) -> None:
    for need in needs:
        for offer in offers:
            check(matcher.explain(need, offer.id), need, offer)


def test_a_ranking_is_explained_as_its_pairs_are(matcher: Matcher, needs: list[Profile]) -> None:
    for need in needs:
        explained = explain_matches(matcher, need, matcher.rank(need, 5))
        assert explained == [matcher.explain(need, one.offer_id) for one in explained]


def test_pairs_outside_the_candidates_add_up(segmenter: Segmenter, needs: list[Profile], offers: list[Profile]) -> None:
    small = Matcher(offers, segmenter, RankingSettings(candidates=2))
    for need in needs:
        for offer in offers:
            check(small.explain(need, offer.id), need, offer)


texts = st.lists(
    st.sampled_from(
        (
            "SiC",
            "碳化硅",
            "希望",
            "噪声",
            "≤6 μm",
            "40微米",
            "没有",
            "铝灰",
            "，",
            "。",
            "\n",
            "<b>",
            "\u200b",
            "５μm",
            "İ",
            "😀",
            "\ud800",
        )
    )
    | st.text(max_size=4),
    max_size=12,
).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=texts, body=texts, keyword=texts, offered=texts, indicators=texts)
def test_any_texts(segmenter: Segmenter, title: str, body: str, keyword: str, offered: str, indicators: str) -> None:
    need = Profile("N", title=title, body=body, keywords=(keyword,), indicators=indicators)
    offer = Profile("A", title=offered, body=body[: len(body) // 2], maturity="中试")
    matcher = Matcher([offer, replace(OFFER, id="B")], segmenter)
    check(matcher.explain(need, "A"), need, offer)
    why = matcher.why_not(need, "A")
    scores = {match.offer_id: match.score for match in (matcher.score(need, "A"), matcher.score(need, why.leader_id))}
    difference = math.fsum(loss.difference for loss in why.losses)
    assert math.isclose(difference, scores[why.leader_id] - scores["A"], abs_tol=1e-6)


def test_why_not_names_what_is_lacking(segmenter: Segmenter) -> None:
    offers = [OFFER, Profile("B", title="抛光布", body="抛光")]
    why = Matcher(offers, segmenter, lexicon=LEXICON).why_not(NEED, "B")
    assert (why.rank, why.leader_id) == (2, "A")
    assert why.sentences[0] == "排第2位，第一名是“碳化硅抛光液”。"
    assert "第一名讲到“碳化硅”，这项成果没有提到。" in why.sentences
    assert any("没有写明是否达到" in one for one in why.sentences)
    json.dumps(why.as_json())


def test_why_not_the_first(segmenter: Segmenter) -> None:
    matcher = Matcher([OFFER, OTHER], segmenter, lexicon=LEXICON)
    assert matcher.why_not(NEED, "A").sentences == ("这项成果就排在第一位。",)
    assert matcher.why_not(Profile("N", title="陶瓷"), "B").sentences[0] in {
        "没有一项成果与这条需求有共同之处。",
        "排第2位。",
    }
