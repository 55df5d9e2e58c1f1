"""Places of terms in the text as it was typed, and what can be a label."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.model import Profile
from matching.phrases import common_phrases, names_something, phrases
from matching.places import Fields, Span
from matching.text import Segmenter, normalise

TYPED = Profile(
    "N",
    title="５３ｄB　碳化硅",
    body="<p>ＳｉＣ\u200b粉，\n碳化矽与sic；basic</p>",
    keywords=("降噪", "SIC"),
    indicators="SiC≥1",
)


def cut(profile: Profile, span: Span) -> str:
    text = profile.keywords[span.item] if span.field == "keywords" else getattr(profile, span.field)
    return str(text[span.start : span.end])


def test_all_places_in_the_typed_text() -> None:
    spans = Fields(TYPED).spans("sic")
    assert [(span.field, span.item, cut(TYPED, span)) for span in spans] == [
        ("keywords", 1, "SIC"),
        ("indicators", 0, "SiC"),
        ("body", 0, "ＳｉＣ"),
        ("body", 0, "sic"),
    ]


def test_an_ampersand_that_is_no_entity_moves_no_place() -> None:
    profile = Profile("N", body="Ｒ&D投入与抛光液&amp;研磨")
    (span,) = Fields(profile).spans("抛光液")
    assert cut(profile, span) == "抛光液"


def test_latin_terms_stand_alone() -> None:
    fields = Fields(Profile("N", body="basic RA graphene"))
    assert not fields.holds("sic")
    assert fields.holds("ra")
    assert fields.spans("graphene") == (Span("body", 0, 9, 17),)
    assert fields.quotation("无此词") == ("无此词", "无此词")


@given(
    st.lists(
        st.sampled_from(["铝灰", "ＡＢ", "<b>", "&lt;", "\x00", "İ", "ß", "\u200b", "体積", " ", "，"]), max_size=12
    )
)
def test_a_place_holds_the_term(pieces: list[str]) -> None:
    profile = Profile("N", body="".join(pieces))
    for term in ("铝灰", "ab", "体积"):
        for span in Fields(profile).spans(term):
            assert normalise(cut(profile, span)).replace(" ", "") == term


@pytest.mark.parametrize("word", ["没有", "以内", "2万元", "30mm", "ω", "欧姆", "目前", "x", "二十", "，", "kWh"])
def test_words_that_name_nothing(word: str) -> None:
    assert not names_something(normalise(word)) or word == "，"


def test_phrases_are_whole_and_end_at_function_words(segmenter: Segmenter) -> None:
    runs = segmenter.runs("目前绝缘电阻没有降到20Ω以内，要求错线率≤0.2‰，镀硬铬的活塞杆")
    assert phrases(runs) == ["绝缘电阻", "错线率", "镀硬铬", "活塞杆"]


def test_common_phrases_need_whole_latin_words(segmenter: Segmenter) -> None:
    runs = segmenter.runs("NMP溶剂回收，RTO")
    assert common_phrases(runs, "anmp；溶剂回收；rtos") == ["溶剂回收"]


def test_a_field_that_is_empty_has_no_line() -> None:
    assert Fields(replace(TYPED, title=" \x00", body="", keywords=(), indicators="")).lines == ()
