"""Free-text search: words, mistakes, beginnings, other words for the same; any text as a query."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.catalogue_search import Search
from matching.matcher import Matcher
from matching.model import Profile
from matching.text import Segmenter, normalise

OFFERS = [
    Profile("A1", title="碳化硅衬底抛光", body="ＣＭＰ抛光液，用于功率器件"),
    Profile("A2", title="变压器降噪", body="铁芯夹紧，噪声下降", keywords=("干式变压器",)),
    Profile("A3", title="激光熔覆修复活塞杆", body="替代镀硬铬"),
    Profile("A4", title="PROFINET网关", body="设备联网"),
]


@pytest.fixture(scope="module")
def search(segmenter: Segmenter) -> Search:
    return Search(OFFERS, Matcher(OFFERS, segmenter))


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("变压器", "A2"),
        ("变压", "A2"),
        ("降噪 变压器", "A2"),
        ("谈化硅", "A1"),
        ("SiC", "A1"),
        ("cmp", "A1"),
        ("活塞杆修复", "A3"),
        ("prof", "A4"),
        ("profient", "A4"),
        ("变压器将噪", "A2"),
        ("變壓器", "A2"),
        ("<b>抛光液</b>", "A1"),
    ],
)
def test_the_best_hit(search: Search, query: str, best: str) -> None:
    hits = search.find(query).hits
    assert hits[0].id == best
    assert hits[0].spans


def test_places_are_those_of_the_typed_text(search: Search) -> None:
    (hit, *_) = search.find("CMP 抛光液").hits
    marked = {getattr(OFFERS[0], span.field)[span.start : span.end] for span in hit.spans}
    assert {"ＣＭＰ", "抛光液"} <= marked


def test_corrections_are_told(search: Search) -> None:
    assert search.find("profient").corrected == (("profient", "profinet"),)
    assert search.find("变压器").corrected == ()


def test_nothing_sought_nothing_found(search: Search) -> None:
    for query in ("", "，。", "\x00", "量子计算机"):
        assert search.find(query).hits == ()
    with pytest.raises(ValueError, match="limit"):
        search.find("变压器", 0)


def test_profiles_come_and_go(segmenter: Segmenter) -> None:
    search = Search(OFFERS, Matcher(OFFERS, segmenter))
    search.put(Profile("A5", title="ZIGBEEX 传感器", body="钧瓷"))
    assert [hit.id for hit in search.find("钧瓷").hits] == ["A5"]
    assert [hit.id for hit in search.find("zigb").hits] == ["A5"]
    search.remove("A5")
    assert search.find("钧瓷").hits == ()
    assert len(search) == 4
    with pytest.raises(KeyError):
        search.remove("A5")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(max_size=60)
    | st.lists(st.sampled_from(["变压器", "sic", "的", " ", "\ud800", "İ", "ｓ"]), max_size=40).map("".join)
)
def test_any_query(search: Search, query: str) -> None:
    for hit in search.find(query).hits:
        assert 0.0 < hit.score <= 1.0
        profile = next(offer for offer in OFFERS if offer.id == hit.id)
        for span in hit.spans:
            text = profile.keywords[span.item] if span.field == "keywords" else getattr(profile, span.field)
            assert normalise(text[span.start : span.end])
