"""What anyone may find in the catalogue, and what nobody may."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.errors import Missing
from app.domain.vocabulary import CooperationMode, Maturity
from app.models.need import NeedIndicator
from app.models.reference import Industry
from app.queries import catalogue, catalogue_counts
from app.queries.catalogue import Search
from tests import shelf
from tests.cast import NOW, engage

TODAY = date(2022, 2, 15)
NEED_STATES = ("draft", "submitted", "returned", "settled", "withdrawn", "lapsed")
ACHIEVEMENT_STATES = ("draft", "submitted", "returned", "transferred", "withdrawn")


def found_needs(session: Session, search: Search = Search()) -> list[str]:  # noqa: B008 - a frozen value
    return [entry.title for entry in catalogue.needs(session, search, 1, TODAY).rows]


def found_achievements(session: Session, search: Search = Search()) -> list[str]:  # noqa: B008 - a frozen value
    return [entry.title for entry in catalogue.achievements(session, search, 1).rows]


def test_only_published_and_open_needs_are_listed(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, "公开的", published_at=NOW)
    shelf.need(session, cast.owner, "匿名的", visibility="anonymous", published_at=NOW - timedelta(hours=1))
    shelf.need(session, cast.owner, "仅院所", visibility="institutes")
    shelf.need(session, cast.owner, "不公开", visibility="private")
    shelf.need(session, cast.owner, "昨天过期", valid_until=TODAY - timedelta(days=1))
    for state in NEED_STATES:
        shelf.need(session, cast.owner, state, state=state)
    assert found_needs(session) == ["公开的", "匿名的"]


def test_a_need_is_shown_on_its_last_day(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, "今天到期", valid_until=TODAY)
    assert found_needs(session) == ["今天到期"]


def test_only_listed_and_open_achievements_are_listed(session: Session) -> None:
    cast = engage(session)
    shelf.achievement(session, cast.institute, "公开的")
    shelf.achievement(session, cast.institute, "仅院所", visibility="institutes")
    shelf.achievement(session, cast.institute, "不公开", visibility="private")
    for state in ACHIEVEMENT_STATES:
        shelf.achievement(session, cast.institute, state, state=state)
    assert found_achievements(session) == ["公开的"]


@pytest.mark.parametrize("visibility", ["institutes", "private"])
def test_the_page_of_a_closed_need_is_missing(session: Session, visibility: str) -> None:
    cast = engage(session)
    closed = shelf.need(session, cast.owner, visibility=visibility)
    with pytest.raises(Missing):
        catalogue.need(session, closed.id, TODAY)


def test_an_anonymous_need_hides_the_firm_wherever_it_is_written(session: Session) -> None:
    cast = engage(session)
    made = shelf.need(
        session, cast.owner, "甲企业机械有限公司的热误差", visibility="anonymous",
        problem="甲企业机械有限公司现有 30 台机床，联系电话 13900001111。", key_technology="甲企业机械的卧加",
        keywords=["甲企业机械"],
    )  # fmt: skip
    made.indicators = [NeedIndicator(position=0, name="甲企业机械孔径", present="25", target="6", unit="μm")]
    session.flush()
    detail = catalogue.need(session, made.id, TODAY)
    assert detail.entry.organisation is None
    assert detail.anonymous is True
    assert [(section.title, section.text) for section in detail.sections] == [
        ("主要问题", "某单位现有 30 台机床，（联系方式已隐去）。"),
        ("技术关键与主要指标", "某单位的卧加"),
    ]
    told = repr(detail)
    assert [word for word in ("甲企业", "13900001111", "葛长青", "reach.me") if word in told] == []


def test_a_public_need_names_the_firm_but_no_person(session: Session) -> None:
    cast = engage(session)
    made = shelf.need(session, cast.owner)
    detail = catalogue.need(session, made.id, TODAY)
    assert detail.entry.organisation == "甲企业机械有限公司"
    told = repr(detail)
    assert [word for word in ("13900001111", "葛长青", "reach.me") if word in told] == []


def test_an_achievement_shows_no_contact(session: Session) -> None:
    cast = engage(session)
    made = shelf.achievement(session, cast.institute, summary="欢迎来电 13900002222 洽谈")
    detail = catalogue.achievement(session, made.id)
    assert detail.sections[0].text == "欢迎来电 （联系方式已隐去） 洽谈"
    told = repr(detail)
    assert [word for word in ("13900002222", "过程远", "reach.me", "0374-7654321") if word in told] == []


def test_search_finds_words_in_title_text_keywords_and_open_names(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, "题目里有主轴")
    shelf.need(session, cast.owner, "正文", problem="现有主轴漂移", published_at=NOW - timedelta(hours=1))
    shelf.need(session, cast.owner, "关键词", keywords=["主轴"], published_at=NOW - timedelta(hours=2))
    shelf.need(session, cast.rival, "别的", problem="污水")
    assert found_needs(session, Search(text="主轴")) == ["题目里有主轴", "正文", "关键词"]
    assert found_needs(session, Search(text="乙企业")) == ["别的"]
    assert found_needs(session, Search(text="主轴 现有")) == ["正文"]
    assert found_needs(session, Search(text="100%_")) == []


def test_hits_in_the_title_come_first(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, "较新", problem="主轴", published_at=NOW)
    shelf.need(session, cast.owner, "主轴", problem="较旧", published_at=NOW - timedelta(days=9))
    assert found_needs(session, Search(text="主轴")) == ["主轴", "较新"]


@pytest.mark.parametrize("text", ["甲企业机械有限公司", "甲企业机械", "13900001111"])
def test_search_does_not_give_a_hidden_firm_away(session: Session, text: str) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, visibility="anonymous", problem="甲企业机械有限公司，13900001111，热误差")
    assert found_needs(session, Search(text="热误差")) == ["高速电主轴热误差补偿"]
    assert found_needs(session, Search(text=text)) == []


def test_filters_narrow_the_list(session: Session) -> None:
    cast = engage(session)
    industry = Industry(name="智能装备制造", position=1)
    session.add(industry)
    session.flush()
    shelf.achievement(session, cast.institute, "装备", industry_id=industry.id, maturity="bench", modes=["joint"])
    shelf.achievement(session, cast.institute, "其他")
    assert found_achievements(session, Search(industry_id=industry.id)) == ["装备"]
    assert found_achievements(session, Search(maturity=Maturity.BENCH)) == ["装备"]
    assert found_achievements(session, Search(mode=CooperationMode.JOINT)) == ["装备"]
    assert found_achievements(session, Search(mode=CooperationMode.EQUITY)) == []
    assert [(one.name, one.count) for one in catalogue_counts.achievement_industries(session)] == [("智能装备制造", 1)]


def test_needs_are_found_by_county(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, "长葛的")
    shelf.need(session, cast.rival, "禹州的")
    assert found_needs(session, Search(county_id=cast.county_ids["禹州市"])) == ["禹州的"]
    assert [(one.name, one.count) for one in catalogue_counts.need_counties(session, TODAY)] == [
        ("长葛市", 1),
        ("禹州市", 1),
    ]


def test_needs_sort_by_what_ends_first_and_by_title(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner, "B 晚", valid_until=date(2022, 9, 1))
    shelf.need(session, cast.owner, "A 没有期限", valid_until=None)
    shelf.need(session, cast.owner, "C 早", valid_until=date(2022, 3, 1))
    assert found_needs(session, Search(sort="closing")) == ["C 早", "B 晚", "A 没有期限"]
    assert found_needs(session, Search(sort="title")) == ["A 没有期限", "B 晚", "C 早"]


def test_pages_hold_their_share_and_a_number_too_large_gives_the_last(session: Session) -> None:
    cast = engage(session)
    for number in range(5):
        shelf.need(session, cast.owner, f"需求 {number}", published_at=NOW - timedelta(hours=number))
    page = catalogue.needs(session, Search(), 99, TODAY, size=2)
    assert (page.number, page.pages, page.total, [one.title for one in page.rows]) == (3, 3, 5, ["需求 4"])
    empty = catalogue.needs(session, Search(text="没有这样的"), 1, TODAY)
    assert (empty.number, empty.pages, empty.total, empty.rows) == (1, 1, 0, ())


def test_totals_count_what_is_open(session: Session) -> None:
    cast = engage(session)
    shelf.need(session, cast.owner)
    shelf.need(session, cast.owner, visibility="anonymous")
    shelf.need(session, cast.rival, visibility="private")
    shelf.achievement(session, cast.institute)
    assert catalogue_counts.totals(session, TODAY) == catalogue_counts.Totals(2, 1, 1, 1)
