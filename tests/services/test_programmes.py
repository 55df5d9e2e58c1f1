"""Opening a year: its nineteen events, on working days, completed from what is on offer, and never twice."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid, NotAllowed
from app.models.event import Event
from app.models.reference import ProgrammeYear
from app.queries import events as queries
from app.services import conduct, programmes, reference
from app.services.steps import Step
from scheduler.calendar import WorkCalendar
from tests import market
from tests.cast import Cast
from tests.market import FIRST_ON, NOW


def events(session: Session) -> list[Event]:
    return list(session.scalars(select(Event).order_by(Event.starts_at)))


def test_a_year_has_one_dialogue_ten_docking_sessions_and_topic_events(session: Session) -> None:
    reference.load(session, NOW)
    assert programmes.ensure_year(session, 2022, FIRST_ON, PROGRAMME, NOW) == programmes.Opened(2022, 19, 0)
    found = events(session)
    assert Counter((one.kind, queries.line_of(one)) for one in found) == {
        ("dialogue", ""): 1, ("docking", "cas"): 5, ("docking", "xuchang_university"): 5, ("topic", "policy"): 2,
        ("topic", "training"): 2, ("topic", "capacity"): 2, ("topic", "county"): 2,
    }  # fmt: skip
    assert {one.state for one in found} == {"announced"}
    days = [clock.today(one.starts_at) for one in found if one.starts_at]
    assert len(set(days)) == 19
    assert all(WorkCalendar().is_working(day) and date(2022, 3, 1) <= day <= date(2022, 12, 31) for day in days)
    assert {(one.slot_count, one.tables) for one in found if one.kind == "docking"} == {(8, 15)}
    assert [one.owner.counties == frozenset() for one in found if one.topic == "county"] == [False, False]
    assert sorted(queries.code(one) for one in found if one.series == "cas") == [f"2022-CAS-{n}" for n in range(1, 6)]
    assert [line.missing for line in queries.board(session, 2022)] == [0] * 7


def test_opening_again_makes_nothing_and_a_cancelled_event_is_made_up_for(session: Session) -> None:
    market.opened(session)
    assert programmes.ensure_year(session, 2022, FIRST_ON, PROGRAMME, NOW).made == 0
    session.info["links"] = None  # nobody is invited: no letter needs a link
    conduct.carry_out(session, Step(market.docking(session), "cancel", reason="专家出差"), PROGRAMME, NOW)
    assert programmes.ensure_year(session, 2022, FIRST_ON, PROGRAMME, NOW, announce=False).made == 1
    assert market.docking(session, number=6).state == "scheduled"


def test_themes_and_hosts_come_from_what_is_on_offer_even_later(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session)
    assert programmes.complete(session, 2022, PROGRAMME, NOW) == 10
    assert programmes.complete(session, 2022, PROGRAMME, NOW) == 0
    cas, university = market.docking(session), market.docking(session, "xuchang_university")
    assert {host.id for host in cas.hosts} == set(offered.institutes[:2])
    assert [host.id for host in university.hosts] == [offered.institutes[2]]
    assert [industry.position for industry in cas.industries] == [1]


def test_a_year_that_has_begun_goes_on_from_tomorrow_and_may_last_longer(session: Session) -> None:
    reference.load(session, NOW)
    programmes.ensure_year(session, 2021, date(2021, 1, 1), PROGRAMME, NOW, last_on=date(2022, 12, 31))
    days = [clock.today(one.starts_at) for one in events(session) if one.starts_at]
    assert min(days) > clock.today(NOW)
    year = session.scalar(select(ProgrammeYear).where(ProgrammeYear.year == 2021))
    assert year is not None
    assert (year.starts_on, year.ends_on) == (date(2021, 1, 1), date(2022, 12, 31))


def test_a_year_that_is_over_cannot_be_opened(session: Session) -> None:
    reference.load(session, NOW)
    with pytest.raises(Invalid, match="个可用的工作日，排不下10场活动"):
        programmes.ensure_year(session, 2021, FIRST_ON, PROGRAMME, NOW)


def test_only_the_city_opens_a_year(session: Session, cast: Cast) -> None:
    for person in (cast.county, cast.bureau, cast.owner):
        with pytest.raises(NotAllowed):
            programmes.ensure_year(session, 2022, FIRST_ON, person.actor, NOW)
