"""The season plan: within capacity, without clashes, the same when nothing changed, and fair to guests already invited."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid, NotAllowed, Stale
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.models.people import Expert
from app.models.reference import Industry
from app.queries import timetables as queries
from app.services import planning, seating, timetabling
from tests import market
from tests.cast import Cast
from tests.market import NOW
from tests.scheduler.sessions import broken


def plan(session: Session, keep: int = 3, *, again: bool = False) -> planning.Outcome:
    outcome = planning.plan_season(session, 2022, keep, PROGRAMME, NOW, again=again)
    session.flush()
    session.expire_all()
    return outcome


def seats(session: Session) -> list[tuple[int, int, int, int, bool]]:
    rows = session.scalars(select(Meeting).order_by(Meeting.id))
    return [(row.event_id, row.pairing_id, row.slot, row.table_number, row.is_locked) for row in rows]


def recomputed(session: Session) -> set[str]:
    """The rules that any timetable of the year breaks, counted by the tests' own means."""
    found: set[str] = set()
    for event in queries.sessions_ahead(session, 2022, NOW):
        task = timetabling.read(session, event)
        found |= broken(task.spec, task.placed)
    return found


def test_every_kept_pairing_gets_a_session_of_its_series_and_a_place(session: Session) -> None:
    market.opened(session)
    market.trade(session)
    outcome = plan(session)
    assert outcome == planning.Outcome(
        year=2022, events=10, kept=12, assigned=12, meetings=12, unplaced=0, clashes=0, changed=True
    )
    assert recomputed(session) == set()
    rows = session.scalars(select(Pairing)).all()
    assert {row.state for row in rows} == {"shortlisted"}
    series = {(row.achievement.organisation.supply_kind, row.event.series) for row in rows if row.event}
    assert series == {("cas", "cas"), ("xuchang_university", "xuchang_university")}
    assert session.scalar(select(func.count(Expert.id))) == 3


def test_planning_again_changes_nothing(session: Session) -> None:
    market.opened(session)
    market.trade(session)
    plan(session)
    before = (seats(session), session.scalar(select(func.count(MoveRecord.id))))
    outcome = plan(session)
    assert (outcome.changed, outcome.meetings) == (False, 12)
    assert (seats(session), session.scalar(select(func.count(MoveRecord.id)))) == before


def test_only_the_best_of_each_need_are_kept(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session)
    assert plan(session, 1).kept == 4
    kept = session.scalars(select(Pairing.id).where(Pairing.state == "shortlisted").order_by(Pairing.id)).all()
    assert list(kept) == list(offered.pairings[::3])
    assert plan(session, 0).kept == 4


def test_seats_slots_and_tables_are_never_exceeded_and_the_reason_is_told(session: Session) -> None:
    market.opened(session)
    market.trade(session, firms=6, institutes=2)
    for event in session.scalars(select(Event).where(Event.kind == "docking")):
        event.slot_count, event.pauses = 1, []
        if event.number > 1:
            event.tables = 0
    market.docking(session).capacity = 7
    outcome = plan(session)
    assert (outcome.events, outcome.assigned, outcome.meetings, outcome.clashes) == (2, 2, 2, 0)
    reasons = Counter(session.scalars(select(Pairing.unplaced).where(Pairing.event_id.is_(None))))
    assert reasons == {"可去的1场对接会都排不下：1场专家的时段已排满": 10}
    market.docking(session).slot_count = 8
    assert plan(session).assigned == 3
    guests = {
        row.enterprise_id
        for row in session.scalars(select(Meeting).where(Meeting.event_id == market.docking(session).id))
    }
    assert len(guests) + 1 == 7 // planning.PERSONS_PER_GUEST
    assert "可去的1场对接会都排不下：1场会场席位已满" in set(session.scalars(select(Pairing.unplaced)))


def test_a_pairing_nobody_can_speak_for_is_left_out_with_the_reason(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session, firms=1, institutes=2)
    pairing = session.get_one(Pairing, offered.pairings[0])
    pairing.achievement.expert = None
    pairing.achievement.organisation.contact_email = ""
    assert plan(session).assigned == 1
    assert session.get_one(Pairing, pairing.id).unplaced == timetabling.NOBODY


def test_an_achievement_without_an_expert_is_spoken_for_by_the_institutes_contact(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session, firms=2, institutes=2)
    pairing = session.get_one(Pairing, offered.pairings[0])
    pairing.achievement.expert = None
    assert plan(session).meetings == 4
    meeting = session.scalars(select(Meeting).where(Meeting.pairing_id == pairing.id)).one()
    assert (meeting.expert.name, meeting.expert.email) == ("李处长", "office1@market.test")
    assert plan(session).changed is False


def test_invited_guests_stay_in_their_session_until_the_organizer_asks(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session)
    plan(session)
    pairing = session.get_one(Pairing, offered.pairings[0])
    assert pairing.event is not None
    here = pairing.event
    better = next(one for one in queries.sessions_ahead(session, 2022, NOW) if one.series == "cas" and one != here)
    better.industries = list(session.scalars(select(Industry).where(Industry.position == 1)))
    for organisation_id in (*offered.firms, *offered.institutes):
        market.invited(session, here, organisation_id, "sent")
    plan(session)
    assert session.get_one(Pairing, pairing.id).event_id == here.id
    plan(session, again=True)
    assert session.get_one(Pairing, pairing.id).event_id == better.id


def test_who_declined_is_left_alone_until_somebody_asks(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session)
    plan(session)
    before = session.get_one(Pairing, offered.pairings[0]).event
    assert before is not None
    market.invited(session, before, offered.firms[0], "declined", reason="出差")
    plan(session)
    assert session.get_one(Pairing, offered.pairings[0]).event_id == before.id
    assert not plan(session).changed
    outcome = plan(session, again=True)
    assert (outcome.assigned, outcome.meetings, outcome.clashes) == (12, 12, 0)
    assert session.get_one(Pairing, offered.pairings[0]).event_id not in (None, before.id)
    assert recomputed(session) == set()


def test_a_new_pairing_does_not_move_what_guests_were_told(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session)
    plan(session, 1)
    for event_id in {row.event_id for row in session.scalars(select(Meeting))}:
        for firm in offered.firms:
            market.invited(session, session.get_one(Event, event_id), firm, "sent")
    before = {row[1]: row[:4] for row in seats(session)}
    assert plan(session, 3).meetings == 12
    after = {row[1]: row[:4] for row in seats(session)}
    assert {pairing_id: after[pairing_id] for pairing_id in before} == before


def test_a_session_that_is_over_keeps_its_meetings(session: Session) -> None:
    market.opened(session)
    market.trade(session)
    plan(session)
    event = session.get_one(Event, seats(session)[0][0])
    event._state, event.held_at = "held", NOW
    before = [row for row in seats(session) if row[0] == event.id]
    assert before
    outcome = plan(session)
    assert (outcome.events, outcome.kept) == (9, 12 - len(before))
    assert [row for row in seats(session) if row[0] == event.id] == before


def test_a_proposal_writes_nothing_and_is_refused_once_something_changed(session: Session) -> None:
    market.opened(session)
    offered = market.trade(session)
    proposal = planning.propose(session, 2022, 3, PROGRAMME, NOW)
    assert (proposal.meetings, proposal.assigned, len(proposal.keep)) == (12, 12, 12)
    assert not session.new
    assert not session.dirty
    assert seats(session) == []
    market.invited(session, market.docking(session), offered.firms[0], "declined")
    with pytest.raises(Stale, match="请重新生成方案"):
        planning.adopt(session, proposal, PROGRAMME, NOW)
    fresh = planning.propose(session, 2022, 3, PROGRAMME, NOW)
    assert planning.adopt(session, fresh, PROGRAMME, NOW).meetings == 12


def test_a_meeting_moved_by_hand_since_makes_a_proposal_stale(session: Session) -> None:
    market.opened(session)
    market.trade(session)
    plan(session)
    proposal = planning.propose(session, 2022, 3, PROGRAMME, NOW)
    row = session.scalars(select(Meeting).order_by(Meeting.id)).first()
    assert row is not None
    seating.put(session, row.event, row.pairing_id, (row.slot, 14), PROGRAMME, NOW, seen=(row.slot, row.table_number))
    market.publish(session, row.event)
    with pytest.raises(Stale):
        planning.adopt(session, proposal, PROGRAMME, NOW)


def test_there_must_be_something_to_plan_with_and_somebody_who_may(session: Session, cast: Cast) -> None:
    with pytest.raises(Invalid, match="2022 年没有可以排期的对接会"):
        planning.propose(session, 2022, 3, PROGRAMME, NOW)
    with pytest.raises(Invalid, match="请填 0 到 10 之间的整数"):
        planning.propose(session, 2022, 11, PROGRAMME, NOW)
    for person in (cast.county, cast.bureau, cast.owner, cast.institute):
        with pytest.raises(NotAllowed):
            planning.plan_season(session, 2022, 3, person.actor, NOW)
