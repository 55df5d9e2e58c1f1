"""The lists the service starts with: loaded once, and the words of collection sheets lead to them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import xuchang
from app.domain.entries import fold
from app.models.reference import County, Industry, ProgrammeYear, Quota, Venue
from app.queries import industries
from app.queries.reference import county_names
from app.services import reference
from tests.cast import NOW


def count(session: Session, model: type[County | Industry | Venue | Quota | ProgrammeYear]) -> int:
    return int(session.scalar(select(func.count()).select_from(model)) or 0)


def test_loading_twice_adds_nothing_and_keeps_what_was_edited(session: Session) -> None:
    assert reference.load(session, NOW) == reference.Loaded(10, len(xuchang.INDUSTRIES), 3)
    row = session.scalars(select(Industry).where(Industry.name == "电梯")).one()
    row.aliases = ["升降机"]
    assert reference.load(session, NOW) == reference.Loaded(0, 0, 0)
    assert row.aliases == ["升降机"]
    assert (count(session, County), count(session, Venue)) == (10, 3)


def test_a_year_is_opened_once(session: Session) -> None:
    first = reference.ensure_year(session, 2022, NOW)
    assert reference.ensure_year(session, 2022, NOW) is first
    assert (count(session, ProgrammeYear), count(session, Quota)) == (1, 7)
    assert sum(quota.minimum for quota in first.quotas if quota.kind == "docking") == 10


@pytest.mark.parametrize(
    ("word", "industry"),
    [
        ("装备制造/数控", "智能装备制造"),
        ("振动搅拌/建筑机械", "振动搅拌和建筑机械"),
        ("5G/新一代信息技术", "5G和新一代信息技术"),
        ("物联网/大数据", "物联网和大数据"),
        ("新能源汽车", "新能源及网联汽车"),
        ("再生金属利用", "再生金属及制品"),
        ("节能环保装备与服务", "节能环保装备"),
        ("食品机械制造", "食品机械"),
        ("钧瓷", "陶瓷"),
        ("其他", "其他"),
    ],
)
def test_the_words_of_sheets_lead_to_an_industry(session: Session, word: str, industry: str) -> None:
    reference.load(session, NOW)
    found = industries.named(session, word)
    assert found is not None
    assert found.name == industry


def test_no_word_leads_to_two_industries_or_counties() -> None:
    for seeds in (xuchang.INDUSTRIES, xuchang.COUNTIES):
        words = [fold(word).casefold() for seed in seeds for word in (seed.name, *seed.aliases)]
        assert sorted(words) == sorted(set(words))


def test_the_zones_are_known_by_their_usual_names(session: Session) -> None:
    reference.load(session, NOW)
    names = county_names(session)
    assert (names["开发区"], names["城乡一体化示范区"], names["许昌县"]) == ("经济技术开发区", "示范区", "建安区")
