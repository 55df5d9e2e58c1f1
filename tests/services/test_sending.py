"""The rules of sending: budgets all workers share, quiet hours, working days, pause and resume, quotas, dead addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import IllegalMove, Invalid, NotAllowed
from app.domain.sending import Rules, bulk_waits_for, is_quota, opens_at, quota_ends_at
from app.extensions import db, writing
from app.jobs import alert, deliver
from app.letters.writing import Letter as Written
from app.models.history import MoveRecord
from app.models.letter import Letter
from app.models.outbox import OutboxState, SuppressedAddress
from app.services import bounces, letters, outbox, sending, special_days
from tests.cast import NOW, Cast
from tests.postbox import Postbox

SATURDAY = datetime(2022, 2, 19, 2, tzinfo=UTC)  # 10:00 in Xuchang
NIGHT = datetime(2022, 2, 15, 14, 30, tzinfo=UTC)  # 22:30
QUIET = Rules(quiet=(time(21), time(7, 30)))


@pytest.fixture(autouse=True)
def _present(app: Flask) -> Iterator[None]:
    clock.set_clock(NOW)
    yield
    clock.set_clock(None)
    del app


def post(app: Flask, *names: str, kind: str = "invitation", priority: int = 5) -> None:
    with app.app_context(), writing() as session:
        for name in names:
            letter = Written(f"t:{name}", kind, f"{name}", "", "主题", "正文", "", priority=priority)
            assert outbox.post(session, letter, clock.now())


def drain(app: Flask) -> deliver.Tally:
    with app.app_context():
        return deliver.drain(clock.now())


def revise(app: Flask, cast: Cast, rules: Rules) -> None:
    with app.app_context(), writing() as session:
        sending.revise(session, rules, cast.desk.actor, clock.now())


def letter(app: Flask, name: str) -> Letter:
    with app.app_context():
        found = db.session.scalars(select(Letter).where(Letter.key == f"t:{name}")).one()
        db.session.expunge_all()
        return found


def receivers(smtp: Postbox) -> list[str]:
    return [one.recipients[0] for one in smtp.received]


def always(_day: date) -> bool:
    return True


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (datetime(2022, 2, 15, 12, 59, tzinfo=UTC), ""),
        (datetime(2022, 2, 15, 13, 0, tzinfo=UTC), "现在是免打扰时段（21:00–07:30）"),
        (datetime(2022, 2, 15, 23, 29, tzinfo=UTC), "现在是免打扰时段（21:00–07:30）"),
        (datetime(2022, 2, 15, 23, 30, tzinfo=UTC), ""),
    ],
)
def test_quiet_hours_go_over_midnight(at: datetime, wanted: str) -> None:
    assert bulk_waits_for(QUIET, always, at) == wanted


def test_what_waits_opens_at_the_end_of_the_night_of_the_next_working_day() -> None:
    from scheduler.calendar import WorkCalendar

    rules = Rules(quiet=(time(21), time(7, 30)), working_days_only=True)
    friday_night = datetime(2022, 2, 18, 14, tzinfo=UTC)
    assert opens_at(rules, WorkCalendar().is_working, friday_night) == datetime(2022, 2, 20, 23, 30, tzinfo=UTC)
    moved = WorkCalendar({date(2022, 2, 21): False})
    assert opens_at(rules, moved.is_working, friday_night) == datetime(2022, 2, 21, 23, 30, tzinfo=UTC)
    assert opens_at(rules, WorkCalendar().is_working, NOW) == NOW


@pytest.mark.databases("sqlite")
def test_at_night_bulk_letters_wait_and_letters_about_accounts_leave(app: Flask, cast: Cast, smtp: Postbox) -> None:
    revise(app, cast, QUIET)
    clock.set_clock(NIGHT)
    post(app, "bulk@a.test")
    post(app, "moved@a.test", kind="event_moved")
    post(app, "reset@a.test", kind="password_reset", priority=0)
    assert drain(app).sent == 2
    assert receivers(smtp) == ["reset@a.test", "moved@a.test"]
    clock.set_clock(NIGHT + timedelta(hours=9, minutes=1))
    assert drain(app).sent == 1


@pytest.mark.databases("sqlite")
def test_bulk_letters_leave_on_working_days_which_the_market_may_change(app: Flask, cast: Cast, smtp: Postbox) -> None:
    revise(app, cast, Rules(working_days_only=True))
    clock.set_clock(SATURDAY)
    post(app, "bulk@a.test")
    assert drain(app).sent == 0
    with app.app_context(), writing() as session:
        special_days.add(session, date(2022, 2, 19), "调休", cast.desk.actor, NOW, is_working=True)
    assert drain(app).sent == 1
    with app.app_context(), writing() as session, pytest.raises(Invalid, match="已经在列表里"):
        special_days.add(session, date(2022, 2, 19), "再来", cast.desk.actor, NOW, is_working=False)


def test_no_window_of_a_minute_sees_more_than_the_limit(app: Flask) -> None:
    rules, at, taken = Rules(per_minute=30), NOW, []
    with app.app_context():
        for _ in range(300):
            with writing() as session:
                if sending.take(session, rules, "a.test", at, urgent=False) is None:
                    taken.append(at)
            at += timedelta(milliseconds=700)
    windows = [sum(start <= one < start + timedelta(minutes=1) for one in taken) for start in taken]
    assert max(windows) <= 30
    assert len(taken) >= 3 * 28


@pytest.mark.databases("sqlite")
def test_a_full_domain_does_not_hold_the_others_and_urgent_letters_never_wait(
    app: Flask, cast: Cast, smtp: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LONGEST_PAUSE", 0.0)
    revise(app, cast, Rules(domain_per_minute=1))
    post(app, "1@a.test", "2@a.test", "3@b.test")
    post(app, "4@a.test", kind="password_reset", priority=0)
    assert drain(app).sent == 2
    assert receivers(smtp) == ["4@a.test", "3@b.test"]
    clock.set_clock(NOW + timedelta(minutes=3))
    assert drain(app).sent == 1
    assert letter(app, "2@a.test").claims == 0


@pytest.mark.databases("sqlite")
def test_the_budget_of_a_day_is_full_again_at_midnight(app: Flask, cast: Cast, smtp: Postbox) -> None:
    revise(app, cast, Rules(per_day=2))
    post(app, *(f"{number}@a.test" for number in range(5)))
    assert [drain(app).sent, drain(app).sent] == [2, 0]
    clock.set_clock(NOW + timedelta(days=1))
    assert drain(app).sent == 2
    assert len(smtp.received) == 4


@pytest.mark.databases("sqlite")
def test_a_pause_stops_everything_and_says_who_and_why(app: Flask, cast: Cast, smtp: Postbox) -> None:
    post(app, "reset@a.test", kind="password_reset", priority=0)
    with app.app_context():
        with writing() as session, pytest.raises(NotAllowed):
            sending.pause(session, "不行", cast.owner.actor, NOW)
        with writing() as session, pytest.raises(Invalid, match="理由"):
            sending.pause(session, "  ", cast.desk.actor, NOW)
        with writing() as session:
            sending.pause(session, "地址表要核对", cast.desk.actor, NOW)
        with writing() as session, pytest.raises(IllegalMove):
            sending.pause(session, "再来", cast.desk.actor, NOW)
        state = db.session.get_one(OutboxState, 1)
        assert (state.paused_by, state.pause_reason) == (cast.desk.actor.name, "地址表要核对")
    assert drain(app).sent == 0
    with app.app_context(), writing() as session:
        sending.resume(session, cast.desk.actor, NOW)
    assert drain(app).sent == 1
    with app.app_context():
        noted = db.session.scalars(select(MoveRecord.verb).where(MoveRecord.noun == "outbox").order_by(MoveRecord.id))
        assert noted.all() == ["pause", "resume"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("550 5.4.5 Daily user sending limit exceeded", True),
        ("452 4.3.1 sending quota exceeded", True),
        ("421 too many messages", True),
        ("550 今日发信已达上限", True),
        ("452 4.2.2 mailbox over quota", False),
        ("550 no such mailbox", False),
        ("451 greylisted", False),
    ],
)
def test_a_quota_of_ours_is_told_from_a_full_mailbox(words: str, wanted: bool) -> None:
    assert is_quota(words) is wanted


def test_a_quota_of_the_day_ends_after_midnight_and_others_in_an_hour() -> None:
    assert quota_ends_at("550 daily limit", NOW) == datetime(2022, 2, 15, 16, 5, tzinfo=UTC)
    assert quota_ends_at("450 rate limit exceeded", NOW) == NOW + timedelta(hours=1)


def bounce(session: Session, name: str, number: int, at: datetime) -> None:
    row = session.scalars(select(Letter).where(Letter.key == f"t:{name}")).one()
    report = bounces.Report(f"k:{number}", name, True, "mailbox", "5.1.1", "no such user")
    bounces.record(session, report, row, PROGRAMME, at)


def test_an_address_is_dead_after_three_bounces_and_alive_when_a_person_says_so(
    app: Flask, cast: Cast, smtp: Postbox
) -> None:
    post(app, "gone@a.test")
    assert drain(app).sent == 1
    with app.app_context():
        for number in (1, 1, 2, 3):
            with writing() as session:
                assert session.scalar(select(SuppressedAddress)) is None
                bounce(session, "gone@a.test", number, NOW + timedelta(hours=1))
        dead = db.session.scalars(select(SuppressedAddress)).one()
        assert (dead.address, dead.reason, dead.words) == ("gone@a.test", "bounced", "no such user")
    with app.app_context(), writing() as session:
        outbox.post(session, Written("t:again", "test", "Gone@a.test", "", "主题", "正文", ""), NOW)
    assert drain(app).failed == 1
    again = letter(app, "again")
    assert (again.failure, again.sent_at, len(smtp.received)) == ("undeliverable", None, 1)
    with app.app_context(), writing() as session:
        bounces.revive(session, session.scalars(select(SuppressedAddress)).one(), cast.desk.actor, NOW)
        letters.try_again(session, session.get_one(Letter, again.id), cast.desk.actor, NOW)
    assert drain(app).sent == 1


@pytest.mark.databases("sqlite")
def test_a_forged_report_silences_nobody(app: Flask, smtp: Postbox) -> None:
    post(app, "guest@a.test")
    drain(app)
    with app.app_context():
        for number in range(9):
            with writing() as session:
                report = bounces.Report(f"f:{number}", "other@a.test", True, "mailbox", "5.1.1", "no such user")
                bounces.record(session, report, session.scalars(select(Letter)).one(), PROGRAMME, NOW)
                bounces.record(
                    session, bounces.Report(f"g:{number}", "guest@a.test", True, "mailbox"), None, PROGRAMME, NOW
                )
        assert db.session.scalar(select(SuppressedAddress)) is None


@pytest.mark.databases("sqlite")
def test_refusals_of_the_server_count_like_bounces(app: Flask, smtp: Postbox) -> None:
    smtp.refused.add("gone@a.test")
    for number in range(3):
        with app.app_context(), writing() as session:
            outbox.post(session, Written(f"t:{number}", "test", "gone@a.test", "", "主题", "正文", ""), NOW)
        assert drain(app).failed == 1
    with app.app_context():
        assert db.session.scalars(select(SuppressedAddress.address)).all() == ["gone@a.test"]


@pytest.mark.databases("sqlite")
def test_the_administrator_is_told_once_until_it_is_better(app: Flask, cast: Cast, smtp: Postbox) -> None:
    def look() -> int:
        with app.app_context():
            return alert.run(clock.now(), lambda: False)["alerts"]

    post(app, "stuck@a.test", kind="test")
    assert look() == 0
    clock.set_clock(NOW + timedelta(minutes=31))
    told = look()
    assert told == 1
    assert look() == 0
    assert drain(app).sent == 1 + told
    assert "邮件发送需要您查看" in [str(one.message["Subject"]) for one in smtp.received]
    assert look() == 0
    post(app, "stuck2@a.test", kind="test")
    clock.set_clock(NOW + timedelta(minutes=70))
    assert look() == 1
