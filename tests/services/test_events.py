"""Planning, changing and rescheduling events, who may, and what must hold before their moves."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import sequences
from app.domain.actor import PROGRAMME
from app.domain.drafts import EventDraft, Schedule
from app.domain.errors import IllegalMove, Invalid, NotAllowed
from app.domain.vocabulary import EventKind, Topic
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.letter import Letter
from app.models.pairing import Pairing
from app.models.reference import ProgrammeYear, Venue
from app.queries import events as queries
from app.services import conduct, events, reference
from app.services.links import Links
from app.services.steps import Step
from tests import market
from tests.cast import Cast
from tests.market import NOW

DAY = Schedule(date(2022, 5, 6), time(9), time(11, 30), place="二楼")
TALK = EventDraft(year=2022, kind=EventKind.TOPIC, topic=Topic.POLICY, title="研发费用加计扣除宣讲", schedule=DAY)


@pytest.fixture
def year(cast: Cast, session: Session) -> Session:
    """The cast, the lists and the year, without any event."""
    reference.load(session, NOW)
    reference.ensure_year(session, 2022, NOW)
    session.info["links"] = Links("https://market.test", "secret")
    return session


def fields(refusal: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [complaint.field for complaint in refusal.value.complaints]


def test_an_event_is_planned_fixed_and_announced(year: Session, cast: Cast) -> None:
    event = events.plan(year, TALK, cast.desk.actor, NOW)
    assert (event.state, event.number, queries.code(event)) == ("planned", 1, "2022-POLICY-1")
    assert events.draft_of(event) == TALK
    for move in ("fix", "announce"):
        conduct.carry_out(year, Step(event, move), cast.desk.actor, NOW)
    assert event.state == "announced"
    assert events.plan(year, TALK, cast.desk.actor, NOW).number == 2
    verbs = select(MoveRecord.verb).where(MoveRecord.noun == "event", MoveRecord.subject_id == event.id)
    assert list(year.scalars(verbs.order_by(MoveRecord.id))) == ["plan", "fix", "announce"]


def test_a_county_office_plans_topic_events_of_its_own_county_only(year: Session, cast: Cast) -> None:
    county = cast.county.actor
    mine = events.plan(year, replace(TALK, county_id=county.county_id), county, NOW)
    assert mine.county_id == county.county_id
    for other in (None, cast.county_ids["长葛市"]):
        with pytest.raises(NotAllowed):
            events.plan(year, replace(TALK, county_id=other), county, NOW)
    with pytest.raises(NotAllowed, match="只能安排本县"):
        events.plan(year, replace(TALK, kind=EventKind.DIALOGUE, topic=None, county_id=county.county_id), county, NOW)
    citys = events.plan(year, TALK, cast.desk.actor, NOW)
    with pytest.raises(NotAllowed):
        events.change(year, citys, TALK, county, NOW)
    for person in (cast.bureau, cast.owner, cast.institute):
        with pytest.raises(NotAllowed):
            events.plan(year, TALK, person.actor, NOW)


def test_a_wrong_event_is_refused_with_every_complaint(year: Session, cast: Cast) -> None:
    venue = year.scalars(select(Venue).where(Venue.capacity == 120)).one()
    schedule = replace(DAY, ends=time(8), venue_id=venue.id)
    with pytest.raises(Invalid) as refusal:
        events.plan(year, replace(TALK, title="", schedule=schedule, capacity=500), cast.desk.actor, NOW)
    assert fields(refusal) == ["title", "ends", "capacity"]
    with pytest.raises(Invalid) as refusal:
        events.plan(year, replace(TALK, year=2030), cast.desk.actor, NOW)
    assert fields(refusal) == ["year"]
    with pytest.raises(Invalid) as refusal:
        events.plan(year, replace(TALK, industry_ids=(999,)), cast.desk.actor, NOW)
    assert fields(refusal) == ["industries"]


def test_an_event_needs_a_date_and_a_place_before_it_is_fixed(year: Session, cast: Cast) -> None:
    event = events.plan(year, replace(TALK, schedule=Schedule()), cast.desk.actor, NOW)
    with pytest.raises(Invalid) as refusal:
        conduct.carry_out(year, Step(event, "fix"), cast.desk.actor, NOW)
    assert fields(refusal) == ["held_on", "venue"]


def test_moves_wait_for_their_time(year: Session, cast: Cast) -> None:
    event = events.plan(year, TALK, cast.desk.actor, NOW)
    conduct.carry_out(year, Step(event, "fix"), cast.desk.actor, NOW)
    assert event.starts_at is not None
    after = event.starts_at + timedelta(hours=4)
    with pytest.raises(Invalid, match="还没有开始"):
        conduct.carry_out(year, Step(event, "hold"), cast.desk.actor, NOW)
    with pytest.raises(Invalid, match="时间已过"):
        conduct.carry_out(year, Step(event, "announce"), cast.desk.actor, after)
    with pytest.raises(Invalid, match="办过了请登记"):
        conduct.carry_out(year, Step(event, "cancel", reason="无人报名"), cast.desk.actor, after)
    conduct.carry_out(year, Step(event, "hold"), cast.desk.actor, after)
    assert event.held_at == after
    with pytest.raises(IllegalMove):
        events.change(year, event, TALK, cast.desk.actor, after)


def test_a_change_keeps_what_the_event_is_and_names_what_changed(year: Session, cast: Cast) -> None:
    event = events.plan(year, TALK, cast.desk.actor, NOW)
    other = replace(TALK, topic=Topic.TRAINING, title="加计扣除答疑", capacity=80)
    events.change(year, event, other, cast.desk.actor, NOW)
    assert (event.topic, event.title, event.capacity) == ("policy", "加计扣除答疑", 80)
    last = year.scalars(select(MoveRecord).where(MoveRecord.noun == "event").order_by(MoveRecord.id.desc())).first()
    assert last is not None
    assert last.details == {"fields": ["capacity", "title"]}


def test_guests_who_were_told_hear_of_a_new_date(session: Session) -> None:
    session.info["links"] = Links("https://market.test", "secret")
    market.opened(session)
    offered, event = market.trade(session), market.docking(session)
    market.invited(session, event, offered.firms[0], "accepted", party_size=2)
    later = replace(events.schedule_of(event), held_on=date(2022, 3, 17))
    with pytest.raises(Invalid, match="已有 1 家单位收到邀请"):
        events.change(session, event, replace(events.draft_of(event), schedule=later), PROGRAMME, NOW)
    session.expire(event)
    events.reschedule(session, event, later, PROGRAMME, NOW)
    conduct.carry_out(session, Step(event, "postpone"), PROGRAMME, NOW)
    assert (event.state, event.sequence, events.schedule_of(event)) == ("scheduled", sequences.risen(NOW, 0), later)
    assert [letter.kind for letter in session.scalars(select(Letter))] == ["invitation"]


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        (Schedule(), ["held_on", "venue"]),
        (replace(DAY, ends=time(9)), ["ends"]),
        (DAY, ["held_on"]),
    ],
)
def test_a_new_date_is_checked_like_the_first(year: Session, cast: Cast, schedule: Schedule, found: list[str]) -> None:
    event = events.plan(year, TALK, cast.desk.actor, NOW)
    with pytest.raises(Invalid) as refusal:
        events.reschedule(year, event, schedule, cast.desk.actor, NOW)
    assert fields(refusal) == found


def test_an_event_is_not_postponed_into_the_past(year: Session, cast: Cast) -> None:
    event = events.plan(year, TALK, cast.desk.actor, NOW)
    conduct.carry_out(year, Step(event, "fix"), cast.desk.actor, NOW)
    events.reschedule(year, event, replace(DAY, held_on=date(2022, 1, 5)), cast.desk.actor, NOW)
    with pytest.raises(Invalid, match="新的时间已经过去"):
        conduct.carry_out(year, Step(event, "postpone"), cast.desk.actor, NOW)


def test_cancelling_frees_the_pairings_for_another_session(session: Session) -> None:
    session.info["links"] = Links("https://market.test", "secret")
    market.opened(session)
    offered, event = market.trade(session), market.docking(session)
    market.kept(session, offered.pairings[:1], event)
    conduct.carry_out(session, Step(event, "cancel", reason="会场维修"), PROGRAMME, NOW)
    pairing = session.get_one(Pairing, offered.pairings[0])
    assert (pairing.event_id, pairing.unplaced) == (None, "“中科院专题科技成果发布对接会（第 1 场）”已取消，请重新排期")


def test_released_achievements_must_be_listed(session: Session) -> None:
    market.opened(session)
    offered, event = market.trade(session), market.docking(session)
    ids = [session.get_one(Pairing, pairing_id).achievement_id for pairing_id in offered.pairings[:2]]
    events.release(session, event, ids, PROGRAMME, NOW)
    assert sorted(one.id for one in event.releases) == sorted(ids)
    with pytest.raises(Invalid, match="有的成果已不在库中"):
        events.release(session, event, [*ids, 999], PROGRAMME, NOW)
    events.release(session, event, [], PROGRAMME, NOW)
    assert event.releases == []


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2022, 5, 2), ["2022年5月2日是法定节假日（劳动节（补假）），请确认。"]),
        (date(2022, 5, 14), ["2022年5月14日是周末，请确认。"]),
        (date(2022, 5, 7), ["2022年5月7日是周末调休上班日，请确认。"]),
        (date(2022, 5, 13), []),
    ],
)
def test_a_holiday_is_a_warning(year: Session, day: date, said: list[str]) -> None:
    assert events.warnings(year, day, 2022) == said


def test_two_events_on_one_day_and_a_day_outside_the_year_are_warnings(year: Session, cast: Cast) -> None:
    event = events.plan(year, TALK, cast.desk.actor, NOW)
    assert events.warnings(year, DAY.held_on, 2022) == ["同一天还有“研发费用加计扣除宣讲”。"]
    assert events.warnings(year, DAY.held_on, 2022, event.id) == []
    programme = year.scalars(select(ProgrammeYear)).one()
    programme.ends_on = date(2022, 4, 30)
    assert events.warnings(year, DAY.held_on, 2022, event.id) == [
        "2022年5月6日不在许昌市科技局 2022 年政研企联动创新行动的期限内（2022-01-01至2022-04-30）。"
    ]
    assert events.warnings(year, None, 2022) == []


def test_a_county_office_does_not_see_another_countys_plan(year: Session, cast: Cast) -> None:
    for county in ("禹州市", "长葛市"):
        events.plan(year, replace(TALK, county_id=cast.county_ids[county]), cast.desk.actor, NOW)
    events.plan(year, TALK, cast.desk.actor, NOW)
    seen = {
        part: [one.county_id for one in year.scalars(queries.visible_to(person.actor).order_by(Event.id))]
        for part, person in cast.everyone().items()
    }
    own, other = cast.county_ids["禹州市"], cast.county_ids["长葛市"]
    everything = [own, other, None]
    assert seen == {
        "owner": [], "rival": [], "institute": [], "university": [], "desk": everything, "county": [own, None],
        "bureau": everything, "admin": everything,
    }  # fmt: skip
