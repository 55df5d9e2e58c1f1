"""Entries of the thesaurus: their form, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.thesaurus import BadEntry, Entry, check, check_word, faults, parse, read_entries, thesaurus_files


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("碳化硅 = SiC = 金刚砂", Entry("same", "碳化硅", ("SiC", "金刚砂"))),
        ("超硬材料 > 立方氮化硼, 聚晶金刚石", Entry("narrower", "超硬材料", ("立方氮化硼", "聚晶金刚石"))),
        ("结垢 ~ 阻垢，除垢、清垢,酸洗", Entry("related", "结垢", ("阻垢", "除垢", "清垢", "酸洗"))),
        ("单体 > 1,4-丁二醇, 己内酰胺", Entry("narrower", "单体", ("1,4-丁二醇", "己内酰胺"))),
    ],
)
def test_parse_and_back(line: str, wanted: Entry) -> None:
    entry = parse(line)
    assert entry == wanted
    assert parse(str(entry)) == wanted


@pytest.mark.parametrize("line", ["", "碳化硅", "碳化硅 =", "= SiC", "碳化硅=SiC", "碳化硅 : SiC"])
def test_what_is_no_entry(line: str) -> None:
    with pytest.raises(BadEntry) as caught:
        parse(line)
    assert caught.value.fault == "form"


@pytest.mark.parametrize(
    ("entry", "fault", "term"),
    [
        (Entry("same", "碳化硅", ()), "form", "碳化硅"),
        (Entry("same", "碳化硅", ("硅",)), "short", "硅"),
        (Entry("same", "碳化硅", ("\u200b ",)), "short", "\u200b "),
        (Entry("same", "碳化硅", ("硅" * 41,)), "long", "硅" * 40),
        (Entry("same", "SiC", ("ＳＩＣ",)), "twice", "ＳＩＣ"),
        (Entry("related", "结垢", ("阻垢 = 除垢",)), "sign", "阻垢 = 除垢"),
        (Entry("related", "结垢", ("？！",)), "sign", "？！"),
    ],
)
def test_faults_of_an_entry_name_the_term(entry: Entry, fault: str, term: str) -> None:
    with pytest.raises(BadEntry) as caught:
        check(entry)
    assert (caught.value.fault, caught.value.term) == (fault, term)


def test_a_huge_word_is_refused_at_once() -> None:
    with pytest.raises(BadEntry) as caught:
        check_word("硅" * 10_000_000)
    assert caught.value.fault == "long"
    assert len(str(caught.value)) < 200


def test_read_entries_knows_where_each_stands(tmp_path: Path) -> None:
    path = tmp_path / "metals.txt"
    path.write_text("# metals\n\n铝灰 = 铝渣  # dross\n铝灰 ~ 氮化铝\n", encoding="utf-8")
    assert [entry.source for entry in read_entries(path)] == ["metals.txt:3", "metals.txt:4"]


def test_read_entries_names_the_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "metals.txt"
    path.write_text("铝灰 = 铝渣\n铝灰\n", encoding="utf-8")
    with pytest.raises(BadEntry, match=r"metals\.txt:2"):
        read_entries(path)


def test_faults_name_both_places() -> None:
    entries = [
        Entry("same", "铝灰", ("铝渣",), "a.txt:1"),
        Entry("same", "高铝渣", ("铝渣",), "b.txt:7"),
        Entry("related", "铝灰", ("氮化铝",), "b.txt:8"),
        Entry("related", "氮化铝", ("铝灰",), "b.txt:9"),
        Entry("same", "铝锭", ("",), "b.txt:10"),
    ]
    assert [(found.split(" ")[0], found.rsplit(" ", 1)[1]) for found in faults(entries)][:2] == [
        ("b.txt:7:", "a.txt:1"),
        ("b.txt:9:", "b.txt:8"),
    ]
    assert len(list(faults(entries))) == 3


def test_thesaurus_files_come_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert [path.name for path in thesaurus_files([tmp_path / "b.txt", tmp_path])] == ["b.txt", "a.txt", "b.txt"]
