"""The lexicon: which concepts a text speaks of, their neighbours, and what a desk may add."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.lexicon import Lexicon, Mention, Strengths
from matching.text import normalise
from matching.thesaurus import BadEntry, Entry, faults, parse, read_entries, thesaurus_files

LINES = (
    "碳化硅 = SiC",
    "挥发性有机物 = VOCs = 有机废气",
    "中药渣 = 药渣",
    "混凝土 = 砼",
    "3D打印 = 增材制造",
    "超硬材料 > 立方氮化硼, 聚晶金刚石",
    "聚晶金刚石 = PCD",
    "结垢 ~ 阻垢, 超硬材料",
)
LEXICON = Lexicon(["铝灰渣"], [parse(line) for line in LINES], ["wanted: 希望"])


def spoken(text: str, lexicon: Lexicon = LEXICON) -> dict[str, list[str]]:
    return {concept: [one.term for one in mentions] for concept, mentions in lexicon.spoken_of(text).items()}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("导电型sic晶锭", {"碳化硅": ["sic"]}),
        ("sic与碳化硅", {"碳化硅": ["sic", "碳化硅"]}),
        ("basic语言, sic2", {}),
        ("低浓度有机废气即vocs", {"挥发性有机物": ["有机废气", "vocs"]}),
        ("中药渣发酵", {"中药渣": ["中药渣"]}),
        ("药渣发酵", {"中药渣": ["药渣"]}),
        ("商品砼", {"混凝土": ["砼"]}),
        ("砼", {"混凝土": ["砼"]}),
        ("金属3d打印和13d打印", {"3d打印": ["3d打印"]}),
        ("pcd刀具与立方氮化硼", {"聚晶金刚石": ["pcd"], "立方氮化硼": ["立方氮化硼"]}),
        ("\ud800sic😀", {"碳化硅": ["sic"]}),
        ("", {}),
    ],
)
def test_spoken_of(text: str, wanted: dict[str, list[str]]) -> None:
    assert spoken(text) == wanted


def test_mentions_know_their_places() -> None:
    assert LEXICON.spoken_of("含vocs的有机废气")["挥发性有机物"] == (Mention("vocs", 1, 5), Mention("有机废气", 6, 10))


@given(st.lists(st.sampled_from(["sic", "碳化硅", "药", "渣", "中药渣", "砼", "3d", "打印", " ", "x", "😀", "\ud800"])))
def test_mentions_are_terms_in_order_without_overlap(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = sorted(
        (one for mentions in LEXICON.spoken_of(text).values() for one in mentions), key=lambda one: one.start
    )
    reached = 0
    for mention in found:
        assert text[mention.start : mention.end] == mention.term
        assert mention.start >= reached
        reached = mention.end
    for place in range(len(text)):
        if text.startswith("中药渣", place):
            assert any(one.start <= place < one.end for one in found)


def test_neighbours() -> None:
    assert LEXICON.related("超硬材料") == {
        "立方氮化硼": ("narrower", 0.9),
        "聚晶金刚石": ("narrower", 0.9),
        "结垢": ("related", 0.85),
    }
    assert LEXICON.related("聚晶金刚石") == {"超硬材料": ("broader", 0.3)}
    assert LEXICON.related("碳化硅") == {}
    assert LEXICON.terms_of("聚晶金刚石") == ("聚晶金刚石", "pcd")
    assert LEXICON.concept_of("ＰＣＤ") == "聚晶金刚石"
    assert LEXICON.concept_of("没有") is None


def test_of_two_relations_the_stronger_counts() -> None:
    both = Lexicon(entries=[parse("表面处理 ~ 电镀"), parse("表面处理 > 电镀")])
    assert both.related("表面处理") == {"电镀": ("narrower", 0.9)}
    assert both.related("电镀") == {"表面处理": ("related", 0.85)}


def test_entries_that_share_a_term_are_one_concept_named_by_the_oldest() -> None:
    merged = Lexicon(
        entries=[parse("铝灰 = 铝渣"), parse("高铝渣 = 铝浮渣"), parse("铝浮渣 = 铝渣"), parse("铝浮渣 ~ 氮化铝")]
    )
    assert spoken("高铝渣", merged) == {"铝灰": ["高铝渣"]}
    assert set(merged.related("铝灰")) == {"氮化铝"}


def test_extending() -> None:
    more = LEXICON.extended(["钧瓷釉"], [Entry("same", "SiC", ("金刚砂",)), Entry("related", "金刚砂", ("磨料",))])
    assert more.words == ("铝灰渣", "钧瓷釉")
    assert spoken("金刚砂", more) == {"碳化硅": ["金刚砂"]}
    assert more.related("碳化硅") == {"磨料": ("related", 0.85)}
    assert spoken("金刚砂") == {}
    assert more.fingerprint != LEXICON.fingerprint
    assert LEXICON.extended().fingerprint == LEXICON.fingerprint


@pytest.mark.parametrize(
    ("entry", "fault", "group"),
    [
        (Entry("same", "SiC", ("碳化硅",)), "known", "碳化硅"),
        (Entry("narrower", "超硬材料", ("PCD",)), "known", "超硬材料"),
        (Entry("related", "阻垢", ("结垢",)), "known", "阻垢"),
        (Entry("same", "铝灰", ("铝",)), "short", ""),
    ],
)
def test_what_a_desk_may_not_add(entry: Entry, fault: str, group: str) -> None:
    with pytest.raises(BadEntry) as caught:
        LEXICON.extended(entries=[entry])
    assert (caught.value.fault, caught.value.group) == (fault, group)


def test_a_desk_may_not_add_a_word_of_one_character() -> None:
    with pytest.raises(BadEntry):
        LEXICON.extended(words=["铝"])


@pytest.mark.parametrize("strength", [0.0, 1.5, float("nan")])
def test_strengths_lie_within_bounds(strength: float) -> None:
    with pytest.raises(ValueError, match="strengths"):
        Strengths(related=strength)


def test_an_empty_lexicon_finds_nothing() -> None:
    assert Lexicon().spoken_of("碳化硅") == {}


def test_the_shipped_files_are_sound() -> None:
    assert list(faults([entry for path in thesaurus_files() for entry in read_entries(path)])) == []


def test_a_text_is_read_at_once() -> None:
    shipped, text = Lexicon.shipped(), "铝灰无害化处理含sic的有机废气与聚晶金刚石刀具" * 40_000
    start = time.process_time()
    shipped.spoken_of(text[:20_000])
    assert time.process_time() - start < 0.3


def test_the_shipped_lexicon() -> None:
    shipped = Lexicon.shipped()
    assert shipped is Lexicon.shipped()
    assert shipped.concept_of("SiC") == shipped.concept_of("碳化硅")
    assert len(shipped.entries) > 300
    assert any(line.startswith("wanted:") for line in shipped.cues)
    assert all(
        normalise(term) == term for mentions in shipped.spoken_of("含sic的铝灰").values() for term, *_ in mentions
    )
