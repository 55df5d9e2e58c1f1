"""One session's timetable: who is there, what stays, moving a meeting by hand, and what a clash is called."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import IllegalMove, Invalid, Missing, NotAllowed, Stale
from app.models.event import Event
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.queries import timetable_versions as versions
from app.services import drafting, editions, seating, timetable_export, timetabling
from tests import market
from tests.cast import Cast
from tests.market import NOW, Market
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
    """That session, with its timetable."""
    found = market.docking(session)
    editions.build(session, found, PROGRAMME, NOW)
    return found


def meeting(session: Session, pairing_id: int) -> Meeting:
    return session.scalars(select(Meeting).where(Meeting.pairing_id == pairing_id)).one()


def places(session: Session) -> dict[int, tuple[int, int]]:
    return {row.pairing_id: (row.slot, row.table_number) for row in session.scalars(select(Meeting))}


def clash(session: Session, event: Event, pairing_id: int, place: tuple[int, int]) -> list[str]:
    row = meeting(session, pairing_id)
    with pytest.raises(Invalid) as refusal:
        seating.put(session, event, pairing_id, place, PROGRAMME, NOW, seen=(row.slot, row.table_number))
    return [complaint.message for complaint in refusal.value.complaints]


def test_a_timetable_has_every_meeting_and_no_clash(session: Session, event: Event, offered: Market) -> None:
    task = timetabling.read(session, event)
    assert len(task.placed) == 12
    assert broken(task.spec, task.placed) == set()
    assert task.stands
    assert editions.build(session, event, PROGRAMME, NOW) == drafting.Built(12, 0, (), changed=False)
    assert event.timetable["figures"]["scheduled"] == 12


def test_guests_meet_only_while_they_are_there(session: Session, event: Event, offered: Market) -> None:
    late, gone = offered.firms[0], offered.firms[1]
    market.invited(session, event, late, "accepted", party_size=1, arrives_at="16:00")
    market.invited(session, event, gone, "declined", reason="出差")
    built = editions.build(session, event, PROGRAMME, NOW)
    assert (built.meetings, built.unplaced, built.clashes) == (9, 3, ())
    slots: dict[int, list[int]] = {}
    for row in session.scalars(select(Meeting)):
        slots.setdefault(row.enterprise_id, []).append(row.slot)
    assert gone not in slots
    assert min(slots[late]) >= 4, "the fifth slot begins at 16:00"
    reasons = session.scalars(select(Pairing.unplaced).where(Pairing.unplaced != ""))
    assert list(reasons) == ["第2机械厂已谢绝邀请"] * 3


def test_who_comes_too_late_for_any_slot_is_told_why(session: Session, event: Event, offered: Market) -> None:
    market.invited(session, event, offered.firms[0], "accepted", party_size=1, arrives_at="17:10")
    editions.build(session, event, PROGRAMME, NOW)
    assert session.get_one(Pairing, offered.pairings[0]).unplaced == (
        "第1机械厂与第1研究所（第1研究所张研究员）没有同时在场的时段"
    )


def test_too_few_tables_leave_meetings_out_with_the_reason(session: Session, event: Event, offered: Market) -> None:
    event.slot_count, event.tables, event.pauses = 2, 1, []
    for row in session.scalars(select(Meeting)):
        session.delete(row)
    session.flush()
    built = editions.build(session, event, PROGRAMME, NOW)
    assert (built.meetings, built.unplaced, built.clashes) == (2, 10, ())
    reasons = [pairing.unplaced for pairing in session.scalars(select(Pairing)) if pairing.id not in places(session)]
    assert all(reason.startswith("双方可用的2个时段都已占用：") for reason in reasons)


def drafted(session: Session, event: Event) -> dict[int, tuple[int, int]]:
    """Where the draft has the meetings."""
    draft = versions.working(session, event.id)
    assert draft is not None
    return {one.pairing_id: (one.slot, one.table) for one in draft.places}


def test_a_meeting_is_moved_by_hand_and_stays_there(session: Session, event: Event, offered: Market) -> None:
    pairing_id = offered.pairings[0]
    row, before = meeting(session, pairing_id), places(session)
    wanted = (row.slot, 14)
    seating.put(session, event, pairing_id, wanted, PROGRAMME, NOW, seen=(row.slot, row.table_number))
    assert (drafted(session, event), places(session)) == (before | {pairing_id: wanted}, before)
    assert market.publish(session, event) == editions.Publication(edition=2, told=0)
    assert (places(session)[pairing_id], meeting(session, pairing_id).is_locked) == (wanted, True)
    assert {row.edition for row in session.scalars(select(Meeting))} == {1, 2}
    drafting.compute(session, event, PROGRAMME, NOW, again=True)
    assert places(session)[pairing_id] == wanted
    seating.lock(session, event, pairing_id, False, PROGRAMME, NOW)
    drafting.compute(session, event, PROGRAMME, NOW, again=True)
    assert timetabling.clashes_of(seating.read(session, event)) == []


def test_a_clash_is_named_in_chinese_and_nothing_is_written(session: Session, event: Event, offered: Market) -> None:
    first, second = offered.pairings[0], offered.pairings[1]
    before = places(session)
    slot = before[second][0]
    assert f"第1机械厂在{timetabling.naming(event, {}).slot(slot)}同时有2场洽谈。" in clash(
        session, event, first, (slot, 14)
    )
    busy = next(place for place in before.values() if place[0] != slot)
    mine = next(pairing_id for pairing_id, place in before.items() if place != busy and place[0] != busy[0])
    assert f"{timetabling.naming(event, {}).slot(busy[0])}的{busy[1] + 1}号桌同时排了2场洽谈。" in clash(
        session, event, mine, busy
    )
    assert any("只有15张桌" in message for message in clash(session, event, first, (before[first][0], 15)))
    assert any("只有8个时段" in message for message in clash(session, event, first, (8, 0)))
    session.expire_all()
    assert places(session) == before


def test_the_second_of_two_movers_is_told(session: Session, event: Event, offered: Market) -> None:
    row = meeting(session, offered.pairings[0])
    with pytest.raises(Stale, match="刚刚被别人调整过"):
        seating.put(session, event, row.pairing_id, (row.slot, 14), PROGRAMME, NOW, seen=(row.slot, 13))
    with pytest.raises(Stale):
        seating.put(session, event, row.pairing_id, (row.slot, 14), PROGRAMME, NOW, seen=None)


def test_a_meeting_taken_out_can_be_put_back(session: Session, event: Event, offered: Market) -> None:
    pairing_id = offered.pairings[0]
    was = places(session)[pairing_id]
    seating.take_out(session, event, pairing_id, PROGRAMME, NOW)
    market.publish(session, event)
    assert pairing_id not in places(session)
    assert session.get_one(Pairing, pairing_id).unplaced == seating.TAKEN_OUT
    assert drafting.compute(session, event, PROGRAMME, NOW).changed is False
    with pytest.raises(Missing):
        seating.take_out(session, event, pairing_id, PROGRAMME, NOW)
    with pytest.raises(Missing):
        seating.lock(session, event, pairing_id, True, PROGRAMME, NOW)
    offer = seating.offers(timetabling.read(session, event), pairing_id)[was[0]]
    assert (offer.obstacle, was[1] in offer.tables) == ("", True)
    seating.put(session, event, pairing_id, was, PROGRAMME, NOW)
    market.publish(session, event)
    assert places(session)[pairing_id] == was
    assert session.get_one(Pairing, pairing_id).unplaced == ""


def test_an_offer_says_why_a_slot_will_not_do(session: Session, event: Event, offered: Market) -> None:
    offers = seating.offers(timetabling.read(session, event), offered.pairings[0])
    taken = {place[0] for pairing_id, place in places(session).items() if pairing_id in offered.pairings[1:3]}
    assert {offer.slot for offer in offers if offer.obstacle.startswith("第1机械厂在")} >= taken
    assert all(offer.tables == () for offer in offers if offer.obstacle)


def test_only_those_who_plan_may_touch_it_and_only_before_it_begins(
    cast: Cast, session: Session, offered: Market
) -> None:
    event = market.docking(session)
    for person in (cast.county, cast.bureau, cast.owner, cast.institute):
        with pytest.raises(NotAllowed):
            editions.build(session, event, person.actor, NOW)
        with pytest.raises(NotAllowed):
            seating.take_out(session, event, offered.pairings[0], person.actor, NOW)
    assert event.starts_at is not None
    with pytest.raises(IllegalMove, match="已经开始"):
        editions.build(session, event, PROGRAMME, event.starts_at)
    event.slot_count, event.pauses = 0, []
    with pytest.raises(IllegalMove, match="没有设洽谈时段"):
        editions.build(session, event, PROGRAMME, NOW)


def test_a_timetable_is_shown_in_the_formats_of_the_checker(session: Session, event: Event, offered: Market) -> None:
    market.invited(session, event, offered.firms[0], "declined", reason="出差")
    editions.build(session, event, PROGRAMME, NOW)
    files = timetable_export.published(session, event).files()
    instance, timetable = files["instance"], files["timetable"]
    assert (instance["format"], instance["n_slots"], instance["tables"]) == ("timetable-instance/1", 8, [15] * 8)
    assert len(instance["meetings"]) == len(timetable["assignments"]) == 9
    assert {person["side"] for person in instance["participants"]} == {"E", "X"}
    assert timetable["claims"]["scheduled"] == 9
    assert [left["reason"] for left in timetable["unplaced"]] == ["第1机械厂已谢绝邀请"] * 3
    assert not any("@" in person["id"] for person in instance["participants"])
    lines = timetable_export.published(session, event).lines()
    assert len(lines) == 12
    first = min(timetabling.read(session, event).placed, key=lambda place: (place.slot, place.table or 0))
    assert lines[0].startswith(f"{timetabling.naming(event, {}).slot(first.slot)} 1号桌：")
    assert lines[-1] == f"未排上：配对 {offered.pairings[2]}：第1机械厂已谢绝邀请"
