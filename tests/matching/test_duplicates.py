"""Near-duplicates: found through edits, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.duplicates import compared, near_duplicates, resemblance, shingles
from matching.model import Profile

BODY = (
    "公司年产五百吨硅碳负极，现用球磨硅粉加沥青包覆路线，首效偏低，循环三百周后容量剩七成多，极片满电厚度反弹明显。"
    "客户不肯用到一成以上掺比。希望找到新的造粒或包覆工艺，把循环提到一千周，成本不高于现有路线。"
)
PROFILE = Profile("N1", title="硅碳负极循环掉得快", body=BODY)


@pytest.mark.parametrize(
    "copy",
    [
        replace(PROFILE, id="N2"),
        replace(PROFILE, id="N2", title="关于负极的需求", body=BODY[: len(BODY) // 2]),
        replace(PROFILE, id="N2", body="为贯彻落实创新战略，" + BODY + "欢迎各高校院所前来洽谈合作，联系人王经理。"),
        replace(PROFILE, id="N2", body="。".join(BODY.split("。")[::-1])),
        replace(PROFILE, id="N2", body=BODY.replace("，", "、").replace("希望", "期望").replace("公司", "企业")),
        replace(PROFILE, id="N2", body="<p>" + BODY.replace("。", "。\u200b") + "</p>"),
    ],
)
def test_an_edited_copy_is_found(copy: Profile) -> None:
    other = Profile("N0", title="铝灰处置", body="铝灰堆放量大，希望无害化并回收其中的铝。")
    (pair,) = near_duplicates([other, copy, PROFILE])
    assert (pair.one, pair.other) == ("N1", "N2")
    assert 0.0 < pair.likeness <= pair.contained <= 1.0


def test_what_is_equal_is_named() -> None:
    (pair,) = near_duplicates([replace(PROFILE, keywords=("硅碳",)), replace(PROFILE, id="N2", body=BODY + "急。")])
    assert pair.equal == ("title",)


def test_the_same_title_alone_is_no_copy() -> None:
    other = replace(PROFILE, id="N2", body="完全不同的一段说明文字，讲的是别的工厂和别的设备，与上面没有关系。")
    assert near_duplicates([PROFILE, other]) == []


def test_real_needs_and_achievements_are_all_different(needs: list[Profile], offers: list[Profile]) -> None:
    assert near_duplicates(needs) == []
    assert near_duplicates(offers) == []


def test_titles_only_and_empty_profiles() -> None:
    assert near_duplicates([]) == []
    assert near_duplicates([Profile("A"), Profile("B")]) == []
    (pair,) = near_duplicates([Profile("A", title="电机"), Profile("B", title="电机")])
    assert pair.equal == ("title",)
    with pytest.raises(ValueError, match="same id"):
        near_duplicates([PROFILE, PROFILE])


def test_a_standing_phrase_makes_no_pair() -> None:
    phrase = "为贯彻落实创新驱动发展战略，"
    tails = ["".join(chr(0x5200 + (number * 61 + place * 7) % 3000) for place in range(30)) for number in range(60)]
    assert near_duplicates([Profile(f"N{number}", body=phrase + tail) for number, tail in enumerate(tails)]) == []


def test_very_many_equal_ones_form_a_chain() -> None:
    pairs = near_duplicates([replace(PROFILE, id=f"N{number:03}") for number in range(60)])
    assert len({name for pair in pairs for name in (pair.one, pair.other)}) == 60


texts = st.text(alphabet="铝灰处置电机abc，。 \ud800", max_size=40)


@settings(max_examples=60, deadline=None)
@given(one=texts, other=texts)
def test_resemblance_is_symmetric_and_bounded(one: str, other: str) -> None:
    here, there = Profile("A", body=one), Profile("B", body=other)
    mine, theirs = shingles(here), shingles(there)
    likeness, contained = resemblance(mine, theirs)
    assert 0.0 <= likeness <= contained <= 1.0
    assert resemblance(theirs, mine) == (likeness, contained)
    assert compared(here, there) == compared(there, here)
