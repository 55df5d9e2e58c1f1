"""Full sessions: who comes too late waits in line, free seats go to the first whose party fits, offers run out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain.actor import PROGRAMME
from app.domain.errors import Full, IllegalMove, Invalid, NotAllowed
from app.domain.replies import Outcome
from app.extensions import db, writing
from app.jobs import offers
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.queries import waiting
from app.services import conduct, passing_on, waiting_list
from app.services.steps import Step
from tests import line
from tests.line import DESK, invited, letters, no, seats, send_letters, states, yes
from tests.season import NOW, START


def tick(app: Flask, now: datetime) -> dict[str, int]:
    with app.app_context():
        return offers.run(now, lambda: False)


def move(app: Flask, invitation_id: int, name: str, reason: str = "", now: datetime = NOW) -> None:
    with app.app_context(), writing() as session:
        conduct.carry_out(session, Step(session.get_one(Invitation, invitation_id), name, reason), DESK, now)


def of(app: Flask, invitation_id: int, *names: str) -> tuple[Any, ...]:
    with app.app_context():
        one = db.session.get_one(Invitation, invitation_id)
        return tuple(getattr(one, name) for name in names)


def places(app: Flask) -> list[int]:
    """The ids of those who wait, in line."""
    with app.app_context():
        return [one.id for one in waiting.line(db.session(), db.session.scalars(select(Event.id)).one())]


def set_event(app: Flask, **values: Any) -> None:
    with app.app_context(), writing() as session:
        event = session.scalars(select(Event)).one()
        for name, value in values.items():
            setattr(event, name, value)


def test_who_comes_when_all_seats_are_taken_is_told_the_place_in_line(app: Flask) -> None:
    ids = invited(app, guests=4, seats=2)
    told = [yes(app, one) for one in ids]
    assert told == [
        Outcome("accepted", seats=1),
        Outcome("accepted", seats=1),
        Outcome("waiting", seats=1, place=1),
        Outcome("waiting", seats=1, place=2),
    ]
    assert told[3].words == "已满，已进入候补，第 2 位。有空位时会写信告知，请留意邮箱。"
    assert (states(app), seats(app)) == (["accepted", "accepted", "waiting", "waiting"], (2, 2))
    assert yes(app, ids[3]) == Outcome("waiting", seats=1, place=2)  # a second click changes nothing
    assert letters(app) == []


def test_a_refusal_passes_the_seat_to_the_first_in_line_with_one_letter(app: Flask) -> None:
    ids = invited(app, guests=4, seats=2)
    for one in ids:
        yes(app, one)
    no(app, ids[0])
    no(app, ids[0])
    assert (states(app), seats(app)) == (["declined", "accepted", "offered", "waiting"], (2, 2))
    assert letters(app) == [("seat_offer", "guest3@cast.test")]
    assert of(app, ids[2], "party_size", "offered_until") == (1, NOW + timedelta(hours=48))
    with app.app_context():
        letter = db.session.scalars(select(Letter)).one()
    assert letter.subject == "有空位了，请在 2022年2月17日（周四）09:00 前确认：中科院专题科技成果发布对接会"
    assert "已为贵单位保留 1 个座位" in letter.text
    assert "/rsvp/" in letter.text
    assert yes(app, ids[2]) == Outcome("accepted", seats=1)
    assert (states(app), seats(app)) == (["declined", "accepted", "accepted", "waiting"], (2, 2))
    assert of(app, ids[2], "wanted_seats", "line_number", "offered_until") == (0, None, None)
    assert letters(app) == []  # it had not left and is not needed any more


def test_the_first_whose_party_fits_gets_the_seats(app: Flask) -> None:
    ids = invited(app, guests=5, seats=4)
    yes(app, ids[0], 2)
    yes(app, ids[1], 2)
    for one, size in zip(ids[2:], (3, 1, 1), strict=True):
        yes(app, one, size)
    yes(app, ids[0], 1)  # one person less
    assert states(app) == ["accepted", "accepted", "waiting", "offered", "waiting"]
    no(app, ids[1])
    assert states(app) == ["accepted", "declined", "waiting", "offered", "offered"]
    assert (seats(app), places(app)) == ((3, 3), [ids[2]])
    set_event(app, capacity=6)
    assert tick(app, NOW) == {"ended": 0, "offered": 1}
    assert (states(app)[2], seats(app)) == ("offered", (6, 6))


def test_an_offer_that_runs_out_passes_on_and_the_guest_may_line_up_again(app: Flask) -> None:
    ids = invited(app, guests=3, seats=1)
    for one in ids:
        yes(app, one)
    no(app, ids[0])
    with app.app_context(), writing() as session:
        send_letters(session, NOW)
    late = NOW + timedelta(hours=48)
    assert tick(app, late - timedelta(seconds=1)) == {"ended": 0, "offered": 0}
    assert tick(app, late) == {"ended": 1, "offered": 0}
    assert tick(app, late) == {"ended": 0, "offered": 0}
    assert (states(app), seats(app)) == (["declined", "unseated", "offered"], (1, 1))
    assert letters(app) == [("seat_offer", "guest2@cast.test"), ("seat_offer", "guest3@cast.test")]
    assert yes(app, ids[1], now=late) == Outcome("waiting", seats=1, place=1)
    no(app, ids[2], now=late)  # an offer declined passes on as well
    assert states(app) == ["declined", "offered", "declined"]


def test_nobody_is_passed_over_whose_letter_has_not_left(app: Flask) -> None:
    ids = invited(app, guests=3, seats=1)
    for one in ids:
        yes(app, one)
    no(app, ids[0])
    late = NOW + timedelta(hours=50)
    assert tick(app, late) == {"ended": 1, "offered": 0}
    assert states(app) == ["declined", "offered", "waiting"]
    assert of(app, ids[1], "offers", "offered_until") == (2, late + timedelta(hours=48))
    assert letters(app) == [("seat_offer", "guest2@cast.test")]


def test_near_the_event_whoever_comes_first_takes_what_is_free(app: Flask) -> None:
    ids = invited(app, guests=3, seats=1)
    for one in ids:
        yes(app, one)
    near = START - timedelta(minutes=90)
    no(app, ids[0], now=near)
    assert (states(app), letters(app)) == (["declined", "waiting", "waiting"], [])
    assert tick(app, near) == {"ended": 0, "offered": 0}
    with pytest.raises(Invalid, match="离活动开始太近"):
        move(app, ids[1], "offer", "电话说好了", near)
    assert yes(app, ids[2], now=near) == Outcome("accepted", seats=1)
    assert tick(app, START) == {"ended": 1, "offered": 0}
    assert states(app) == ["declined", "unseated", "accepted"]


def test_an_offer_ends_when_the_event_begins_and_holds_no_seat(app: Flask) -> None:
    ids = invited(app, guests=2, seats=1)
    for one in ids:
        yes(app, one)
    no(app, ids[0])
    assert tick(app, START) == {"ended": 1, "offered": 0}
    assert (states(app), seats(app)) == (["declined", "unseated"], (0, 0))


def test_the_desk_changes_the_order_with_a_reason(app: Flask) -> None:
    ids = invited(app, guests=4, seats=1)
    for one in ids:
        yes(app, one)

    def reorder(invitation_id: int, place: int, reason: str = "有一对一洽谈", actor: Any = DESK) -> None:
        with app.app_context(), writing() as session:
            waiting_list.reorder(session, session.get_one(Invitation, invitation_id), place, reason, actor, NOW)

    reorder(ids[3], 1)
    assert places(app) == [ids[3], ids[1], ids[2]]
    reorder(ids[3], 99)
    assert places(app) == [ids[1], ids[2], ids[3]]
    with pytest.raises(Invalid, match="位次请填 1 或更大的整数"):
        reorder(ids[1], 0)
    with pytest.raises(Invalid, match="请写明调整次序的理由"):
        reorder(ids[1], 1, " ")
    with pytest.raises(IllegalMove, match="第 1 家企业现在是“应邀”，不在候补名单里"):
        reorder(ids[0], 1)
    with pytest.raises(NotAllowed):
        reorder(ids[1], 1, actor=line.guest(ids[1]))
    with app.app_context():
        told = db.session.scalars(select(MoveRecord.reason).where(MoveRecord.verb == "reorder").order_by(MoveRecord.id))
        assert list(told) == ["第 3 位改为第 1 位：有一对一洽谈", "第 1 位改为第 3 位：有一对一洽谈"]


def test_the_desk_takes_somebody_off_the_line_with_a_reason(app: Flask) -> None:
    ids = invited(app, guests=3, seats=1)
    for one in ids:
        yes(app, one)
    no(app, ids[0])
    with pytest.raises(Invalid, match="请写明移出候补的理由"):
        move(app, ids[1], "remove")
    move(app, ids[1], "remove", "电话告知不来了")
    assert (states(app), seats(app)) == (["declined", "unseated", "offered"], (1, 1))
    assert letters(app) == [("seat_offer", "guest3@cast.test")]


def test_where_the_desk_offers_by_hand_free_seats_wait_for_it(app: Flask) -> None:
    ids = invited(app, guests=4, seats=1, offer_hours=0)
    for one in ids[:3]:
        yes(app, one)
    no(app, ids[0])
    assert tick(app, NOW) == {"ended": 0, "offered": 0}
    assert states(app) == ["declined", "waiting", "waiting", "sent"]
    assert yes(app, ids[3]) == Outcome("waiting", seats=1, place=3)
    move(app, ids[2], "offer", "有一对一洽谈")
    with pytest.raises(Invalid, match="只有 0 个空余座位，不够 1 人"):
        move(app, ids[1], "offer", "也想请他")
    assert (states(app), seats(app)) == (["declined", "waiting", "offered", "waiting"], (1, 1))


def test_an_enterprise_takes_no_more_than_its_share(app: Flask) -> None:
    ids = invited(app, guests=2, seats=10, seats_per_firm=3)
    with pytest.raises(Invalid) as refused:
        yes(app, ids[0], 4)
    assert refused.value.complaints[0].field == "party_size"
    assert refused.value.message == "为让更多企业参加，本场每家企业最多 3 个座位；请把参会人数改为 3 人以内。"
    yes(app, ids[0], 2)
    with pytest.raises(Invalid, match="最多 3 个座位，贵单位已有 2 个，还可以增加 1 个"):
        yes(app, ids[0], 4)
    assert yes(app, ids[0], 3) == Outcome("accepted", seats=3)
    assert seats(app) == (3, 3)


def test_a_smaller_room_takes_offers_back_last_in_line_first(app: Flask) -> None:
    ids = invited(app, guests=5, seats=3)
    for one in ids:
        yes(app, one)
    for one in ids[:2]:
        no(app, one)
    assert states(app) == ["declined", "declined", "accepted", "offered", "offered"]
    with app.app_context(), writing() as session:
        send_letters(session, NOW)
    with app.app_context(), writing() as session:
        event = session.scalars(select(Event)).one()
        assert passing_on.make_room(session, event, 2, PROGRAMME, NOW) == 1
        event.capacity = 2
        assert passing_on.pass_on(session, event.id, NOW) == 0
    assert (states(app), seats(app)) == (["declined", "declined", "accepted", "offered", "waiting"], (2, 2))
    assert letters(app)[2:] == [("seat_retracted", "guest5@cast.test")]
    assert yes(app, ids[3]) == Outcome("accepted", seats=1)
    with pytest.raises(Full, match="已为您应邀 1 个座位，已没有空余座位"):
        yes(app, ids[3], 2)


def test_a_withdrawn_invitation_passes_its_seats_on_and_a_cancelled_event_offers_none(app: Flask) -> None:
    ids = invited(app, guests=3, seats=1)
    for one in ids:
        yes(app, one)
    move(app, ids[0], "void")
    assert (states(app), seats(app)) == (["void", "offered", "waiting"], (1, 1))
    with app.app_context(), writing() as session:
        conduct.carry_out(session, Step(session.scalars(select(Event)).one(), "cancel", "场地检修"), PROGRAMME, NOW)
    assert (states(app), seats(app)) == (["void", "void", "void"], (0, 0))
    assert [kind for kind, _ in letters(app)] == []


def test_a_moved_event_writes_waiting_offers_anew_and_shortens_them(app: Flask) -> None:
    ids = invited(app, guests=2, seats=1)
    for one in ids:
        yes(app, one)
    no(app, ids[0])
    soon = datetime(2022, 2, 16, 9, 0, tzinfo=UTC)
    with app.app_context(), writing() as session:
        event = session.scalars(select(Event)).one()
        event.starts_at, event.ends_at = soon, soon + timedelta(hours=3)
        event.talks_start_at = soon
        conduct.carry_out(session, Step(event, "postpone", "提前"), PROGRAMME, NOW)
    until = of(app, ids[1], "offered_until")[0]
    assert NOW < until < soon
    assert letters(app).count(("seat_offer", "guest2@cast.test")) == 1


def test_the_last_word_counts_by_when_it_was_given(app: Flask) -> None:
    ids = invited(app, guests=1, seats=5)
    monday, tuesday, wednesday = (NOW + timedelta(days=days) for days in (1, 2, 3))
    yes(app, ids[0], 2, now=tuesday)
    older = no(app, ids[0], now=wednesday, given_at=monday, actor=DESK, note="周一来电")
    assert older.result == "older"
    assert older.words == (
        "已有更新的答复：应邀（2022-02-17 09:00）。这一答复给出得较早（2022-02-16 09:00），没有覆盖，已记入经过。"
    )
    assert (states(app), seats(app)) == (["accepted"], (2, 2))
    newer = no(app, ids[0], now=wednesday, given_at=tuesday + timedelta(hours=1), actor=DESK, note="周二来电")
    assert newer == Outcome("declined")
    assert of(app, ids[0], "state", "replied_at") == ("declined", tuesday + timedelta(hours=1))
    with app.app_context():
        told = db.session.scalars(select(MoveRecord.label).where(MoveRecord.verb == "reply").order_by(MoveRecord.id))
        assert list(told) == ["填写回执", "较早的答复，未采用", "填写回执"]


@pytest.mark.parametrize(
    ("given_at", "message"),
    [
        (NOW + timedelta(days=1, minutes=1), "答复时间不能晚于现在"),
        (NOW - timedelta(minutes=2), "邀请在 2022-02-15 09:00 才发出，答复时间不能早于它"),
    ],
)
@pytest.mark.databases("sqlite")
def test_an_answer_is_not_given_in_the_future_nor_before_the_invitation(
    app: Flask, given_at: datetime, message: str
) -> None:
    ids = invited(app, guests=1, seats=5)
    with pytest.raises(Invalid, match=message):
        yes(app, ids[0], now=NOW + timedelta(days=1), given_at=given_at, actor=DESK, note="来电")
    assert states(app) == ["sent"]
