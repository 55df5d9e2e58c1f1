"""Typing mistakes: what is proposed, and what is left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.lexicon import Lexicon
from matching.spelling import Correction, Spelling, same_sounding
from matching.thesaurus import parse

LEXICON = Lexicon(entries=[parse("碳化硅 = SiC"), parse("石墨烯 = graphene"), parse("聚苯乙烯 = PS料")])
SPELLING = Spelling(["氮化硅", "激光焊接", "神经网络", "mosfet", "42crmo", "inconel", "生产"], LEXICON)


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("炭化硅", (("碳化硅", 0.8),)),
        ("碳硅化", (("碳化硅", 0.7),)),
        ("聚笨乙烯", (("聚苯乙烯", 0.8),)),
        ("神今网络", (("神经网络", 0.6),)),
        ("激兴焊接", (("激光焊接", 0.3),)),
        ("graphine", (("graphene", 0.7),)),
        ("mosfte", (("mosfet", 0.7),)),
        ("mosfets", (("mosfet", 0.7),)),
        ("mosft", (("mosfet", 0.7),)),
        ("碳化硅", ()),
        ("sic", ()),
        ("碳化硼", ()),  # another substance
        ("生铲", ()),  # two characters sound like too much
        ("40crmo", ()),  # another steel
        ("incoel", (("inconel", 0.7),)),
        ("", ()),
        ("\ud800\ud800\ud800", ()),
        ("碳" * 10_000, ()),
    ],
)
def test_suggest(word: str, wanted: tuple[tuple[str, float], ...]) -> None:
    assert SPELLING.suggest(word) == wanted


def test_a_mistyped_term_is_found_in_its_pieces() -> None:
    assert SPELLING.corrections(["希望", "解决", "谈", "化硅", "晶", "锭", "激光", "焊", "借"]) == (
        Correction("谈化硅", "碳化硅", 0.8, 2, 4),
        Correction("激光焊借", "激光焊接", 0.8, 6, 9),
    )


def test_a_right_term_is_left_alone() -> None:
    assert SPELLING.corrections(["氮化硅", "碳", "化硅", "mosfet"]) == ()


def test_only_likely_mistakes_are_corrected_in_a_text() -> None:
    run = ["激", "兴", "焊接"]
    assert SPELLING.corrections(run) == ()
    assert [one.term for one in SPELLING.corrections(run, least=0.3)] == ["激光焊接"]


@given(st.text(max_size=14) | st.lists(st.sampled_from("碳化硅炭聚苯乙烯abgrphen42"), max_size=12).map("".join))
def test_proposals_are_known_terms_in_order(word: str) -> None:
    found = SPELLING.suggest(word)
    assert list(found) == sorted(found, key=lambda one: (-one[1], one[0]))
    assert all(0 < weight < 1 and term != word for term, weight in found)


@given(st.lists(st.text(alphabet="碳化硅炭a", min_size=1, max_size=4), max_size=8))
def test_corrections_stand_where_they_say(run: list[str]) -> None:
    reached = 0
    for one in SPELLING.corrections(run):
        assert one.start >= reached
        assert "".join(run[one.start : one.end]) == one.typed
        reached = one.end


def test_a_look_up_does_not_walk_through_the_vocabulary() -> None:
    many = Spelling([chr(0x4E00 + n % 20_000) + chr(0x4E00 + n // 20_000) + "化物" for n in range(50_000)], LEXICON)
    many.suggest("炭化硅")
    start = time.process_time()
    for _ in range(100):
        many.suggest("炭化硅")
    assert (time.process_time() - start) / 100 < 0.001


def test_readings() -> None:
    assert {"碳", "炭", "谈"} <= set(same_sounding("碳"))
    assert same_sounding("a") == ()
