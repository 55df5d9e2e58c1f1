"""The table of synonyms and what it finds."""

from __future__ import annotations

import pytest

from matching.synonyms import Synonyms

TABLE = Synonyms(["碳化硅 = SiC", "挥发性有机物 = VOCs = 有机废气", "中药渣 = 药渣"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("导电型sic晶锭", {"碳化硅": ("sic",)}),
        ("sic与碳化硅", {"碳化硅": ("sic", "碳化硅")}),
        ("basic语言, sic2", {}),
        ("低浓度有机废气即vocs", {"挥发性有机物": ("有机废气", "vocs")}),
        ("中药渣发酵", {"中药渣": ("中药渣",)}),
        ("药渣发酵", {"中药渣": ("药渣",)}),
        ("", {}),
    ],
)
def test_spoken_of(text: str, wanted: dict[str, tuple[str, ...]]) -> None:
    assert TABLE.spoken_of(text) == wanted


@pytest.mark.parametrize("groups", [["碳化硅"], ["碳化硅 =  "], ["碳化硅 = SiC", "硅 = sic"], ["铝 = 铝"]])
def test_a_faulty_table_is_refused(groups: list[str]) -> None:
    with pytest.raises(ValueError, match="synonyms"):
        Synonyms(groups)


def test_an_empty_table_finds_nothing() -> None:
    assert Synonyms([]).spoken_of("碳化硅") == {}


def test_our_own_table_is_sound() -> None:
    ours = Synonyms()
    assert len(ours.groups) > 200
    assert ours.spoken_of("含vocs的废气") == {"挥发性有机物": ("vocs",)}
