"""Texts that a catalogue holds several times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matching.matcher import Matcher
from matching.model import Profile
from matching.repeats import COPIED, LEAST, REACH, Repeats
from matching.text import Segmenter

FIRST = "采用氧化铝陶瓷膜处理含油废水。出水含油量低于五毫克每升。"
OTHER = "面向挤压铸造的模具温度闭环控制方法。"
BUSY = "本成果具有良好的推广应用前景。"


def test_what_a_better_one_said_is_not_fresh() -> None:
    repeats = Repeats([FIRST, FIRST, OTHER, FIRST + OTHER])
    fresh = repeats.fresh(np.array([0, 1, 2, 3]))
    assert fresh[[0, 2]].tolist() == [1.0, 1.0]
    assert fresh[[1, 3]] == pytest.approx([LEAST, LEAST])
    assert repeats.fresh(np.array([3, 0]))[0] == 1.0


def test_a_phrase_that_everybody_uses_is_no_repetition() -> None:
    texts = [
        f"第{number}种材料的制备工艺与性能研究，共二十五个字以上才算长句，另有若干参数{number}。{BUSY}"
        for number in range(9)
    ]
    repeats = Repeats(texts)
    assert len(BUSY) / len(texts[0]) < COPIED
    assert repeats.fresh(np.arange(9)).tolist() == [1.0] * 9
    assert repeats.distinct(np.arange(9), 9).tolist() == list(range(9))


def test_candidates_are_different_ones() -> None:
    repeats = Repeats([FIRST] * 6 + [OTHER])
    assert repeats.distinct(np.arange(7), 3).tolist() == [0, 1, 6]
    assert repeats.reach(3) == 3 * REACH


@pytest.mark.parametrize("texts", [[], [""], ["短句。", "短句。"], [FIRST, OTHER]])
def test_nothing_repeated(texts: list[str]) -> None:
    repeats = Repeats(texts)
    rows = np.arange(len(texts))
    assert repeats.reach(7) == 7
    assert repeats.fresh(rows).tolist() == [1.0] * len(texts)
    assert repeats.distinct(rows, 1).tolist() == rows[:1].tolist()


def test_copies_do_not_fill_the_list(segmenter: Segmenter) -> None:
    need = Profile("N1", title="含油废水处理", body="希望用陶瓷膜处理含油废水，出水含油量低于五毫克每升。")
    copies = [Profile(f"A{number}", title="陶瓷膜", body=FIRST) for number in range(12)]
    other = Profile("B1", title="隔油池", body="用斜板隔油池分离废水里的浮油。")
    matches = Matcher([*copies, other], segmenter).rank(need, 13)
    assert [match.offer_id for match in matches][:2] == ["A0", "B1"]
    for match in matches:
        assert match.score == pytest.approx(sum(reason.weight for reason in match.reasons), abs=1e-9)


def test_the_order_of_offers_does_not_show(segmenter: Segmenter) -> None:
    need = Profile("N1", title="含油废水处理")
    offers = [
        Profile(f"A{number}", title="含油废水", body=text) for number, text in enumerate([FIRST, FIRST, OTHER, FIRST])
    ]
    forward, backward = Matcher(offers, segmenter), Matcher(offers[::-1], segmenter)
    assert forward.rank(need, 9) == backward.rank(need, 9)
    assert forward.rank(replace(need, id="N2"), 9) == forward.rank(need, 9)
