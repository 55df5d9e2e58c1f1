"""Reasons quoted from both texts, and the sentence to read aloud."""

from __future__ import annotations

import pytest

from matching.explain import OTHER_WORDS, Explainer, sentence
from matching.lexicon import Lexicon
from matching.matcher import Matcher
from matching.model import CONCEPT, Match, Profile, Reason, Settings
from matching.prepared import Preparing
from matching.text import Segmenter
from matching.thesaurus import Entry


@pytest.fixture(scope="module")
def explainer(segmenter: Segmenter) -> Explainer:
    lexicon = Lexicon(entries=[Entry("same", "碳化硅", ("SiC",))])
    return Explainer(Preparing(segmenter, lexicon), shown=2)


def test_terms_are_whole_phrases_with_their_places(explainer: Explainer) -> None:
    need = Profile("N", title="FANUC系统", body="希望做热误差补偿，兼容FANUC")
    offer = Profile("A", title="机床热误差补偿模块", body="适配Fanuc")
    contributions = {"热误差": 0.2, "补偿": 0.1, "误差": 0.1, "fanuc": 0.3, "模": 0.05}
    reasons = explainer.terms(explainer.asked(need), offer, contributions)
    assert [(reason.label, round(reason.weight, 9)) for reason in reasons] == [
        ("热误差补偿", 0.4),
        ("FANUC", 0.3),
        (OTHER_WORDS, 0.05),
    ]
    assert reasons[0].detail == "需求：希望做热误差补偿,兼容FANUC；成果：机床热误差补偿模块"
    assert reasons[1].detail == "需求：FANUC系统；成果：适配Fanuc"


def test_no_fragment_becomes_a_label(segmenter: Segmenter, explainer: Explainer) -> None:
    text = "绝缘电阻没有降到20Ω以内，投入2万元，不低于98%，每台3小时"
    need, offer = Profile("N", body=text), Profile("A", body=text)
    contributions = dict.fromkeys([*segmenter.cut(text), "以内", "没有"], 0.01)
    labels = {reason.label for reason in explainer.terms(explainer.asked(need), offer, contributions)}
    assert labels <= {"绝缘电阻", "投入", OTHER_WORDS}
    assert "绝缘电阻" in labels


def test_a_quotation_is_cut_to_its_surroundings(explainer: Explainer) -> None:
    long = "前面很长很长的一段话以后才出现铝灰这个词语后面还有很长很长的一段话"
    (reason,) = explainer.terms(explainer.asked(Profile("N", body=long)), Profile("A", title="铝灰"), {"铝灰": 0.1})
    assert reason.detail == "需求：…一段话以后才出现铝灰这个词语后面还有…；成果：铝灰"


def test_what_does_not_fit_is_summed_up(explainer: Explainer) -> None:
    need, offer = Profile("N", keywords=("铝灰", "主轴", "陶瓷")), Profile("A", keywords=("铝灰", "主轴", "陶瓷"))
    reasons = explainer.terms(explainer.asked(need), offer, {"铝灰": 0.3, "主轴": 0.2, "陶瓷": 0.1})
    assert [(reason.label, reason.weight) for reason in reasons] == [("铝灰", 0.3), ("主轴", 0.2), (OTHER_WORDS, 0.1)]


@pytest.mark.parametrize(
    ("asked", "offered", "label"),
    [("SiC", "碳化硅", "SiC≈碳化硅"), ("碳化硅与SiC", "SiC粉", "SiC"), ("碳化硅", "碳化硅", "碳化硅")],
)
def test_a_concept_names_both_spellings(explainer: Explainer, asked: str, offered: str, label: str) -> None:
    need, offer = Profile("N", title=asked), Profile("A", title=offered)
    (reason,) = explainer.terms(explainer.asked(need), offer, {f"{CONCEPT}碳化硅": 0.25})
    assert (reason.label, reason.weight) == (label, 0.25)


def test_letters_that_grow_when_made_small_keep_their_place(explainer: Explainer) -> None:
    need = Profile("N", title="İİİ铝灰İ")
    (reason,) = explainer.terms(explainer.asked(need), Profile("A", title="铝灰"), {"铝灰": 0.1})
    assert reason.label == "铝灰"


def test_bare_numbers_are_no_phrase(explainer: Explainer) -> None:
    need, offer = Profile("N", body="120只 30mm"), Profile("A", body="120度 30mm")
    reasons = explainer.terms(explainer.asked(need), offer, {"120": 0.1, "30mm": 0.1})
    assert [(reason.label, reason.weight) for reason in reasons] == [(OTHER_WORDS, 0.2)]


def test_no_contribution_no_reason(explainer: Explainer) -> None:
    assert explainer.terms(explainer.asked(Profile("N")), Profile("A"), {}) == ()


NEED = Profile("N", title="主轴温升大")


@pytest.mark.parametrize(
    ("reasons", "wanted"),
    [
        (
            (
                Reason("term", "热误差补偿", 0.2),
                Reason("term", "主轴", 0.1),
                Reason("term", OTHER_WORDS, 0.1),
                Reason("signal", "行业", 0.01, "行业同属装备制造"),
                Reason("signal", "成熟度", 0.01, "成果已到中试阶段"),
            ),
            "双方都提到“热误差补偿、主轴”，行业同属装备制造，成果已到中试阶段。",
        ),
        (
            (
                Reason("term", "甲", 0.4),
                Reason("term", "乙", 0.3),
                Reason("term", "丙", 0.2),
                Reason("term", "丁", 0.1),
            ),
            "双方都提到“甲、乙、丙”。",
        ),
        ((Reason("term", "SiC≈碳化硅", 0.2),), "需求说的“SiC”与成果说的“碳化硅”是一回事。"),
        (
            (Reason("term", "封装", 0.3), Reason("term", "SiC≈碳化硅", 0.2)),
            "双方都提到“封装”，需求说的“SiC”与成果说的“碳化硅”是一回事。",
        ),
        ((Reason("term", OTHER_WORDS, 0.1),), "双方的用词有零星重合。"),
        ((), "没有找到“主轴温升大”与这项成果的共同之处，请人工判断。"),
    ],
)
def test_sentence(reasons: tuple[Reason, ...], wanted: str) -> None:
    assert sentence(NEED, Match("A", 0.5, 1, reasons)) == wanted


def test_sentence_for_a_need_without_title() -> None:
    assert sentence(Profile("N"), Match("A", 0.0, 1, ())) == "没有找到双方的共同之处，请人工判断。"


def test_sentence_of_a_real_match(matcher: Matcher, needs: list[Profile]) -> None:
    best = matcher.rank(needs[0], 1)[0]
    assert sentence(needs[0], best).endswith("行业同属装备制造，成果已到产业化阶段，双方都接受合作研发。")


def test_no_terms_shown_leaves_one_reason(segmenter: Segmenter) -> None:
    matcher = Matcher([Profile("A", title="铝灰处置")], segmenter, Settings(reasons_shown=0))
    assert [reason.label for reason in matcher.rank(Profile("N", title="铝灰"), 1)[0].reasons] == [OTHER_WORDS]
