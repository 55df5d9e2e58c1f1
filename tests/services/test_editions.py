"""Versions of a session's timetable: drafts, publishing to those concerned, refusing what breaks a rule, going back, repairs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid, Missing, NotAllowed, Stale
from app.domain.placements import Condition
from app.domain.sequences import risen
from app.letters import calendars
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.timetable_version import TimetableVersion
from app.queries import timetable_versions as versions
from app.services import conduct, drafting, editions, invitations, planning, repairing, seating, timetabling
from app.services.links import Links
from app.services.repairing import Happening
from app.services.steps import Step
from tests import market
from tests.cast import Cast
from tests.market import NOW, Market, publish
from tests.scheduler.sessions import broken


@pytest.fixture
def offered(session: Session) -> Market:
    """Four firms and three institutes, all twelve pairings kept for the first session of the Academy."""
    market.opened(session)
    made = market.trade(session)
    market.kept(session, made.pairings, market.docking(session))
    return made


@pytest.fixture
def event(session: Session, offered: Market) -> Event:
    """That session with its first published timetable; everybody has been invited."""
    session.info["links"] = Links("https://market.test", "secret")
    found = market.docking(session)
    editions.build(session, found, PROGRAMME, NOW)
    invitations.draft_for(session, found, PROGRAMME, NOW)
    for one in session.scalars(select(Invitation)).all():
        conduct.carry_out(session, Step(one, "send"), PROGRAMME, NOW)
    session.flush()
    return found


def places(session: Session) -> dict[int, tuple[int, int]]:
    return {row.pairing_id: (row.slot, row.table_number) for row in session.scalars(select(Meeting))}


def told(session: Session) -> list[tuple[str, str]]:
    """(recipient, calendar entry) of the notices of changed talks."""
    rows = session.scalars(select(Letter).where(Letter.kind == "talks_changed").order_by(Letter.id))
    return [(row.recipient, row.calendar) for row in rows]


def move(session: Session, event: Event, pairing_id: int) -> int:
    """Put the talk into the first other slot that takes it; the slot."""
    task = seating.read(session, event)
    here = next((one.slot, one.table or 0) for one in task.placed if one.meeting == f"P{pairing_id}")
    offer = next(one for one in seating.offers(task, pairing_id) if not one.obstacle and one.slot != here[0])
    seating.put(session, event, pairing_id, (offer.slot, offer.tables[0]), PROGRAMME, NOW, seen=here)
    return offer.slot


def test_only_those_whom_a_new_edition_concerns_are_written_to(session: Session, event: Event, offered: Market) -> None:
    first = session.get_one(Pairing, offered.pairings[0])
    slot = move(session, event, first.id)
    assert (told(session), event.edition) == ([], 1)
    assert publish(session, event) == editions.Publication(edition=2, told=2)
    letters = told(session)
    assert {address for address, _calendar in letters} == {
        first.need.organisation.contact_email, first.achievement.organisation.contact_email,
    }  # fmt: skip
    for _address, calendar in letters:
        text = calendar.replace("\r\n ", "")
        assert ("一对一洽谈（第 2 版）" in text, f"SEQUENCE:{risen(NOW, 0)}" in text.splitlines()) == (True, True)
        assert len(calendars.talks_in(calendar)) in (3, 4)
    row = session.scalars(select(Meeting).where(Meeting.pairing_id == first.id)).one()
    assert (row.slot, row.edition) == (slot, 2)
    assert session.scalars(select(Meeting.edition).where(Meeting.pairing_id != first.id).distinct()).all() == [1]
    body = session.scalars(select(Letter.text).where(Letter.kind == "talks_changed")).first()
    assert body is not None
    assert "一对一洽谈安排（第 2 版）：" in body


def test_an_earlier_edition_is_published_again_under_a_new_number(
    session: Session, event: Event, offered: Market
) -> None:
    before = places(session)
    move(session, event, offered.pairings[0])
    publish(session, event)
    row = drafting.restore(session, event, 1, PROGRAMME, NOW)
    assert (row.number, row.note, row.origin) == (3, "内容同第 1 版", "restored")
    assert places(session) != before
    assert publish(session, event) == editions.Publication(edition=3, told=2)
    assert places(session) == before
    assert [one.edition for one in versions.listed(session, event.id)] == [3, 2, 1]
    current = versions.current(session, event.id)
    assert current is not None
    assert (current.name, current.proof) == ("第 3 版", "已证明最优")


def test_nothing_that_breaks_a_rule_is_published(session: Session, event: Event, offered: Market) -> None:
    before = places(session)
    move(session, event, offered.pairings[0])
    guest = session.scalars(select(Invitation).where(Invitation.organisation_id == offered.firms[0])).one()
    guest._state, guest.party_size, guest.arrives_at = "accepted", 1, "17:10"
    session.flush()
    with pytest.raises(Invalid) as refusal:
        publish(session, event)
    messages = [one.message for one in refusal.value.complaints]
    assert len(messages) == 3
    assert all(message.startswith("第1机械厂在第") and "不在场（双方在场）" in message for message in messages)
    assert (places(session), event.edition) == (before, 1)


def test_a_draft_is_published_only_as_it_was_seen(session: Session, event: Event, offered: Market) -> None:
    move(session, event, offered.pairings[0])
    draft = versions.working(session, event.id)
    assert draft is not None
    seen = editions.digest(session, event, timetabling.read(session, event, version=draft, loose=True))
    move(session, event, offered.pairings[1])
    with pytest.raises(Stale):
        editions.publish(session, event, draft.number, seen, PROGRAMME, NOW)
    with pytest.raises(Stale):
        editions.publish(session, event, 1, seen, PROGRAMME, NOW)


def test_changes_by_hand_share_a_draft_and_computing_makes_another(
    session: Session, event: Event, offered: Market
) -> None:
    for pairing_id in offered.pairings[:2]:
        move(session, event, pairing_id)
    assert [(one.number, one.origin) for one in versions.listed(session, event.id)] == [(2, "hand"), (1, "computed")]
    locked = {
        one.pairing_id: (one.slot, one.table) for one in versions.listed(session, event.id)[0].places if one.locked
    }
    assert set(locked) == set(offered.pairings[:2])
    event.tables = 2
    assert drafting.compute(session, event, PROGRAMME, NOW, again=True).changed
    draft = versions.working(session, event.id)
    assert draft is not None
    assert (draft.number, draft.origin, draft.base_number) == (3, "computed", 2)
    stands = {one.pairing_id: (one.slot, one.table) for one in draft.places}
    assert {pairing_id: stands.get(pairing_id, place) for pairing_id, place in locked.items()} == locked
    assert draft.figures["bound"] >= draft.figures["score"] > 0
    assert drafting.discard(session, event, PROGRAMME, NOW) == 2
    assert versions.working(session, event.id) is None
    with pytest.raises(Missing):
        drafting.discard(session, event, PROGRAMME, NOW)


def test_who_cancels_leaves_the_others_where_they_are(session: Session, event: Event, offered: Market) -> None:
    before = places(session)
    speaker = timetabling.speaker_of(session.get_one(Pairing, offered.pairings[0]))
    assert speaker is not None
    what = Happening(Condition("cancelled", 0, speaker.code))
    mended = repairing.propose(session, event, what, PROGRAMME, NOW)
    assert (mended.broken, len(mended.repaired.diff.dropped), len(mended.repaired.diff.moved)) == ((), 4, 0)
    assert len(mended.people) == 5
    assert mended.sentence == "第1研究所（第1研究所张研究员）不能到会"
    assert (versions.working(session, event.id), places(session)) == (None, before)
    row = repairing.adopt(session, event, what, mended.seen, PROGRAMME, NOW)
    assert (row.origin, row.note) == ("repair", mended.sentence)
    assert publish(session, event) == editions.Publication(edition=2, told=5)
    gone = set(offered.pairings[::3])
    assert places(session) == {one: place for one, place in before.items() if one not in gone}
    reasons = {session.get_one(Pairing, one).unplaced for one in gone}
    assert all("没有同时在场的时段" in reason for reason in reasons)
    assert drafting.compute(session, event, PROGRAMME, NOW, again=True).meetings == 8, "it is remembered"
    repairing.withdraw(session, event, 0, PROGRAMME, NOW)
    assert drafting.compute(session, event, PROGRAMME, NOW).meetings == 12
    with pytest.raises(Missing):
        repairing.withdraw(session, event, 0, PROGRAMME, NOW)


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (Condition("late", 3, "E{firm}"), "第1机械厂第4时段（15:30—15:50）才到"),
        (Condition("leaving", 6, "E{firm}"), "第1机械厂在第7时段（16:40—17:00）之前离开"),
        (Condition("table", 2, table=0), "1号桌从第3时段（15:10—15:30）起停用"),
        (Condition("slot", 1), "第2时段（14:50—15:10）取消洽谈"),
    ],
)
def test_what_happens_is_answered_with_few_changes(
    session: Session, event: Event, offered: Market, condition: Condition, sentence: str
) -> None:
    found = Condition(condition.kind, condition.slot, condition.person.format(firm=offered.firms[0]), condition.table)
    what = Happening(found)
    mended = repairing.propose(session, event, what, PROGRAMME, NOW)
    assert broken(mended.task.spec, mended.repaired.timetable.placed) == set()
    assert len(mended.repaired.timetable.placed) == 12, "there is room enough"
    assert mended.seconds < 2
    repairing.adopt(session, event, what, mended.seen, PROGRAMME, NOW)
    publish(session, event)
    assert repairing.people(seating.read(session, event))
    draft = versions.current(session, event.id)
    assert draft is not None
    assert draft.happened == (found,)
    assert timetabling.clashes_of(timetabling.read(session, event)) == []
    assert mended.sentence == sentence


def test_somebody_or_something_unknown_is_refused(session: Session, event: Event, offered: Market) -> None:
    for condition in (
        Condition("late", 1, "E999999"), Condition("late", 99, f"E{offered.firms[0]}"), Condition("late", -1, "E1"),
        Condition("table", 0, table=99), Condition("slot", 99),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            repairing.propose(session, event, Happening(condition), PROGRAMME, NOW)
    with pytest.raises(Invalid):
        repairing.propose(session, event, Happening(pairing_id=offered.pairings[0]), PROGRAMME, NOW)


def test_a_walk_in_joins_the_session_where_it_moves_nobody(session: Session, event: Event, offered: Market) -> None:
    pairing = session.get_one(Pairing, offered.pairings[0])
    row = session.scalars(select(Meeting).where(Meeting.pairing_id == pairing.id)).one()
    session.delete(row)
    pairing._state, pairing.event_id = "suggested", None
    session.flush()
    before = places(session)
    what = Happening(pairing_id=pairing.id)
    mended = repairing.propose(session, event, what, PROGRAMME, NOW)
    assert pairing.state == "suggested"
    assert pairing.event_id is None
    repairing.adopt(session, event, what, mended.seen, PROGRAMME, NOW)
    assert [pairing.state, pairing.event_id] == ["shortlisted", event.id]
    publish(session, event)
    after = places(session)
    assert {one: place for one, place in after.items() if one != pairing.id} == before
    assert pairing.id in after


def test_what_has_begun_stays_on_the_day(session: Session, event: Event, offered: Market) -> None:
    begins = timetabling.times_of(event)[1][0] + timedelta(minutes=1)
    assert editions.slots_begun(event, begins) == 2
    before = {one: place for one, place in places(session).items() if place[0] < 2}
    assert before
    what = Happening(Condition("table", 2, table=0))
    mended = repairing.propose(session, event, what, PROGRAMME, begins)
    repairing.adopt(session, event, what, mended.seen, PROGRAMME, begins)
    publish(session, event, begins)
    assert {one: places(session)[one] for one in before} == before
    row = session.scalars(select(Meeting).where(Meeting.slot == 0).limit(1)).one()
    drafting.restore(session, event, 1, PROGRAMME, begins)
    draft = versions.working(session, event.id)
    assert draft is not None
    draft.placements = [one if one[0] != row.pairing_id else [*one[:2], 13, *one[3:]] for one in draft.placements]
    with pytest.raises(Invalid, match="已经开始，不能再改"):
        publish(session, event, begins)


def test_only_those_who_plan_publish_and_repair(cast: Cast, session: Session, event: Event, offered: Market) -> None:
    move(session, event, offered.pairings[0])
    what = Happening(Condition("slot", 1))
    for person in (cast.county, cast.bureau, cast.owner):
        with pytest.raises(NotAllowed):
            editions.publish(session, event, 2, "", person.actor, NOW)
        with pytest.raises(NotAllowed):
            drafting.restore(session, event, 1, person.actor, NOW)
        with pytest.raises(NotAllowed):
            repairing.propose(session, event, what, person.actor, NOW)


def test_a_season_plan_publishes_a_version_of_every_session_it_fills(session: Session) -> None:
    market.opened(session)
    market.trade(session)
    planning.plan_season(session, 2022, 3, PROGRAMME, NOW)
    rows = session.scalars(select(TimetableVersion)).all()
    held = set(session.scalars(select(Meeting.event_id)))
    assert {row.event_id for row in rows} == held
    assert {(row.number, row.edition, row.origin) for row in rows} == {(1, 1, "season")}
    assert all(session.get_one(Event, one).edition == 1 for one in held)
    planning.plan_season(session, 2022, 3, PROGRAMME, NOW)
    assert len(session.scalars(select(TimetableVersion)).all()) == len(rows)
