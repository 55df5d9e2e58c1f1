"""Cleaning, normalising and cutting."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text import LONGEST_TEXT, Segmenter, clean, default_cache_dir, normalise, read_words, wordlike


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
    Segmenter(tmp_path / "words", words=())
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["jieba.cache"]


def test_segmenter_works_without_a_cache(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    taken = tmp_path / "file"
    taken.write_bytes(b"")
    assert Segmenter(taken / "words", words=()).cut("铝灰") == ("铝", "灰")
    assert [record.message.startswith("jieba's dictionary cannot be kept") for record in caplog.records] == [True]


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
