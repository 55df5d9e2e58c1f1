"""Cleaning, normalising and cutting."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.text import (
    LONGEST_TEXT,
    Engine,
    Segmenter,
    aligned,
    clean,
    default_cache_dir,
    normalise,
    normalise_all,
    read_words,
    wordlike,
)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("５～４０ｍｍ　骨料", "5~40mm 骨料"),
        ("面积㎡，温度℃", "面积m2,温度°C"),
        ("热\u200b误\ufeff差\u202e补偿", "热误差补偿"),
        ("空\x00字符\x07响铃", "空 字符 响铃"),
        ("<p>红色<br/>加粗<b>文字</b></p>", "红色 加粗 文字"),
        ("前<script>alert('x')</script>后", "前 后"),
        ("前<!-- 注释 -->后", "前 后"),
        ("CV<5%, 偏差>3，a<b", "CV<5%, 偏差>3,a<b"),
        ("A&amp;B &lt;b&gt;粗&lt;/b&gt;", "A&B 粗"),
        ("孤\ud800立代理", "孤立代理"),
        ("  多\n\n行\t文本  ", "多 行 文本"),
        ("", ""),
        ("\u200b\u200d", ""),
    ],
)
def test_clean_leaves_what_a_reader_sees(raw: str, wanted: str) -> None:
    assert clean(raw) == wanted


def test_normalise_also_makes_letters_small() -> None:
    assert normalise("ＳｉＣ晶锭 FANUC") == "sic晶锭 fanuc"


def test_clean_cuts_long_texts() -> None:
    assert len(clean("铝" * 1_000_000)) == LONGEST_TEXT
    assert len(clean("\ufdfa" * LONGEST_TEXT)) == LONGEST_TEXT  # one sign that unfolds to eighteen


@settings(deadline=None)  # the first one loads tables
@given(st.text(max_size=200))
def test_clean_text_holds_nothing_invisible(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("token", "wanted"), [("铝", True), ("a", True), ("3", True), ("，", False), ("😀", False), ("", False)]
)
def test_wordlike(token: str, wanted: bool) -> None:
    assert wordlike(token) is wanted


def test_segmenter_keeps_our_own_words_whole(segmenter: Segmenter) -> None:
    assert segmenter.cut("双梁桥机的曳引钢丝绳与再生微粉")[-2:] == ("与", "再生微粉")
    assert "再生微粉" in segmenter.words


def test_segmenter_without_words_of_ours_cuts_them(tmp_path: Path) -> None:
    assert Segmenter(tmp_path, words=()).cut("再生微粉") == ("再生", "微粉")


def test_segmenter_runs_stop_at_punctuation_and_blanks(segmenter: Segmenter) -> None:
    assert segmenter.runs("主轴冷却，温度 超过8℃。") == (("主轴", "冷却"), ("温度",), ("超过", "8"), ("c",))


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "，。！", "\x00"])
def test_segmenter_finds_no_words_where_there_are_none(segmenter: Segmenter, text: str) -> None:
    assert segmenter.cut(text) == ()


def test_segmenter_keeps_its_cache_where_it_is_told(tmp_path: Path) -> None:
    Segmenter(tmp_path / "words", words=(), engine="jieba")
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["jieba.cache"]


def test_segmenter_works_without_a_cache(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    taken = tmp_path / "file"
    taken.write_bytes(b"")
    assert Segmenter(taken / "words", words=(), engine="jieba").cut("铝灰") == ("铝", "灰")
    assert [record.message.startswith("jieba's dictionary cannot be kept") for record in caplog.records] == [True]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> list[Segmenter]:
    if find_spec("rjieba") is None:
        pytest.skip("rjieba is not installed, so there is nothing to compare")
    names: list[Engine] = ["rjieba", "jieba"]
    words = ("再生微粉", "科技大市场", "产学研", "蜂王浆", "3d打印", "c++", "铝")
    return [Segmenter(tmp_path_factory.mktemp(name), words, engine=name) for name in names]


PIECES = "abcz019.%+#&_-/*@'\"<>=~,。;：、 碳化硅铝灰氧极电池的技术研究蜂王浆再生微粉产学研𠀀㐀龥鿕鿖é̀αЖ한カ々〇ⅷμ°😀א١\u200b\ud800"


@settings(deadline=None)  # the first one loads tables
@given(st.text(alphabet=PIECES, max_size=60))
def test_both_engines_find_the_same_words(engines: list[Segmenter], text: str) -> None:
    fast, plain = engines
    assert fast.runs(text) == plain.runs(text)


def test_both_engines_have_one_fingerprint(engines: list[Segmenter], tmp_path: Path) -> None:
    fast, plain = engines
    assert fast.fingerprint == plain.fingerprint
    assert fast.fingerprint != Segmenter(tmp_path, words=("再生微粉",)).fingerprint


def test_without_the_fast_engine_jieba_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("matching.text.find_spec", lambda name: None)
    assert Segmenter(tmp_path, words=()).engine == "jieba"


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("採用鋁灰處理設備", "采用铝灰处理设备"),
        ("乾燥設備應用於軟體", "干燥设备应用于软体"),
        ("乾隆年间的钧瓷", "乾隆年间的钧瓷"),
        ("ＳｉＣ晶錠", "sic晶锭"),
    ],
)
def test_traditional_characters_are_folded(raw: str, wanted: str) -> None:
    assert normalise(raw) == wanted
    assert len(wanted) == len(clean(raw))


@settings(deadline=None)  # the first one loads tables
@given(
    st.lists(
        st.text(max_size=8)
        | st.sampled_from(["鋁灰", "乾隆", "Ａ ｂ", "a&amp;b", "<p>", "é\u0301", "\u0301", "a\nb", "İ", "ΑΣ"]),
        max_size=5,
    )
)
def test_many_texts_are_normalised_like_one(texts: list[str]) -> None:
    assert normalise_all(texts) == [normalise(text) for text in texts]


def test_a_word_is_found_where_it_was_typed() -> None:
    typed = "<p>採用&nbsp;ＳｉＣ\u200b晶 \n 錠；</p>面积㎡约５％"
    text = aligned(typed)
    assert text.normalised == "采用 sic晶 锭; 面积m2约5%"
    places = {
        word: text.span(at := text.normalised.index(word), at + len(word)) for word in ("采用", "sic晶", "m2", "5%")
    }
    assert {word: typed[start:end] for word, (start, end) in places.items()} == {
        "采用": "採用", "sic晶": "ＳｉＣ\u200b晶", "m2": "㎡", "5%": "５％",
    }  # fmt: skip


TYPED = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from(PIECES + "<>&;/!-pbrİΣ鋁乾㎡ﷺ\u0301\u1161\u11a8가"))
) | st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "&amp;",
            "&#60;",
            "&lt",
            "铝",
            "  ",
            "e\u0301",
            "İ",
            "鋁",
        ]
    )
).map("".join)


@settings(deadline=None)  # the first one loads tables
@given(TYPED)
def test_aligned_text_is_the_normalised_text(text: str) -> None:
    found = aligned(text)
    assert found.normalised == normalise(text)
    assert len(found.origin) == len(found.ends) == len(found.normalised)
    assert list(found.origin) == sorted(found.origin)
    assert all(0 <= start < end <= len(text) for start, end in zip(found.origin, found.ends, strict=True))


@settings(deadline=None)  # the first one loads tables
@given(st.text(alphabet="铝灰a1,。 x", max_size=40))
def test_plain_text_stays_where_it_is(text: str) -> None:
    found = aligned(text)
    assert all(text[place] == one for place, one in zip(found.origin, found.normalised, strict=True))


HOSTILE = {
    "marks": "a" + "\u0301\u0316" * 500_000,
    "scripts": "<script>" * 125_000,
    "comments": "<!--" * 250_000,
    "tags": "<a " + " " * 1_000_000,
    "references": "&#1" * 333_000,
    "emoji": "😀" * 1_000_000,
    "zero width": "\u200b" * 1_000_000,
    "right to left": "\u202eא" * 500_000,
    "null bytes": "\x00" * 1_000_000,
    "surrogates": "\ud800" * 1_000_000,
    "long ligatures": "\ufdfa" * 1_000_000,
    "one word": "a" * 1_000_000,
    "traditional": "鋁灰" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_takes_no_time(segmenter: Segmenter, name: str) -> None:
    start = time.process_time()
    segmenter.cut(HOSTILE[name])
    assert time.process_time() - start < 0.3
    assert aligned(HOSTILE[name]).normalised == normalise(HOSTILE[name])


def test_default_cache_dir_follows_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_dir() == tmp_path / "xuchang-docking"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache_dir() == tmp_path / "home" / ".cache" / "xuchang-docking"


def test_read_words_skips_comments_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# a title\n\n碳化硅 = SiC  # formula\n  铝灰  \n", encoding="utf-8")
    assert read_words(path) == ("碳化硅 = SiC", "铝灰")
