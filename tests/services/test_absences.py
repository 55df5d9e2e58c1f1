"""Absences: entered for days ahead, taken back, and kept in mind by the season plan."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid
from app.domain.profiles import AbsenceDraft
from app.models.absence import Absence
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.people import Expert, Organisation
from app.queries import absences as queries
from app.services import absences, planning
from tests import market

TODAY = clock.today(market.NOW)


def firm(session: Session) -> Organisation:
    """One enterprise of the market."""
    return session.scalars(
        select(Organisation).where(Organisation.kind == "enterprise").order_by(Organisation.id)
    ).all()[0]


@pytest.fixture
def trading(session: Session) -> Session:
    """The events of 2022 with four firms and three institutes."""
    market.opened(session)
    market.trade(session)
    return session


def test_days_ahead_are_entered_and_taken_back_with_a_line_in_the_history(trading: Session) -> None:
    home = firm(trading)
    later, sooner = (
        absences.add(trading, home, AbsenceDraft(None, TODAY + timedelta(days), None, " 检修 "), PROGRAMME, market.NOW)
        for days in (30, 3)
    )
    assert (sooner.starts_on, sooner.ends_on, sooner.note) == (TODAY + timedelta(3), TODAY + timedelta(3), "检修")
    assert queries.ahead(trading, home.id, TODAY) == [sooner, later]
    assert queries.ahead(trading, home.id, TODAY + timedelta(4)) == [later]
    absences.drop(trading, later, PROGRAMME, market.NOW)
    assert queries.ahead(trading, home.id, TODAY) == [sooner]
    lines = trading.scalars(select(MoveRecord.label).where(MoveRecord.verb == "absence").order_by(MoveRecord.id)).all()
    assert lines == ["登记不能到会的日期", "登记不能到会的日期", "删除不能到会的日期"]


@pytest.mark.parametrize(
    ("starts", "ends", "message"),
    [
        (None, None, "请填写开始日期，例如 2022-05-16。"),
        (TODAY, TODAY - timedelta(1), "结束日期早于开始日期，请检查。"),
        (TODAY - timedelta(9), TODAY - timedelta(1), "这段时间已经过去，不用登记。"),
        (TODAY, TODAY + timedelta(400), "一次最多登记一年，请检查日期。"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    trading: Session, starts: date | None, ends: date | None, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        absences.add(trading, firm(trading), AbsenceDraft(None, starts, ends), PROGRAMME, market.NOW)
    assert [one.message for one in refused.value.complaints] == [message]
    assert trading.scalars(select(Absence)).all() == []


def test_the_season_plan_sends_nobody_to_a_session_on_a_day_they_cannot_come(trading: Session) -> None:
    before = planning.read(trading, 2022, 3, market.NOW, False)
    assert before.spec.away == frozenset()
    home = firm(trading)
    first = before.events[0]
    assert first.starts_at is not None
    day = clock.today(first.starts_at)
    absences.add(trading, home, AbsenceDraft(None, day - timedelta(1), day + timedelta(1)), PROGRAMME, market.NOW)
    expected = {
        (f"E{home.id}", one.id) for one in before.spec.sessions if one.held_on and abs((one.held_on - day).days) <= 1
    }
    assert planning.read(trading, 2022, 3, market.NOW, False).spec.away == frozenset(expected)
    proposal = planning.propose(trading, 2022, 3, PROGRAMME, market.NOW)
    there = next(one for one in proposal.sessions if one.event_id == first.id)
    firms = {one.need.organisation_id for one in before.pairings if one.id in there.pairing_ids}
    assert home.id not in firms


def test_an_absent_expert_stays_away_and_colleagues_come(trading: Session) -> None:
    before = planning.read(trading, 2022, 3, market.NOW, False)
    named = next(
        one for one in before.pairings if one.achievement.expert_id is not None or one.achievement.contact_email
    )
    institute = named.achievement.organisation
    email = named.achievement.expert.email if named.achievement.expert else named.achievement.contact_email
    expert = trading.scalar(select(Expert).where(Expert.organisation_id == institute.id, Expert.email == email))
    if expert is None:
        expert = Expert(organisation_id=institute.id, name="不能来的专家", email=email)
        trading.add(expert)
        trading.flush()
    days = [one.held_on for one in before.spec.sessions if one.held_on]
    absences.add(trading, institute, AbsenceDraft(expert.id, min(days), max(days)), PROGRAMME, market.NOW)
    away = planning.read(trading, 2022, 3, market.NOW, False).spec.away
    code = next(one.expert for one in before.spec.pairings if one.id == str(named.id))
    assert {guest for guest, _session in away} == {code}
    assert len(away) == len(trading.scalars(select(Event.id).where(Event.kind == "docking")).all())
