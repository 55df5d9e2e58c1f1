"""Reminders across a season: once each, to those who need them, moved with the event, caught up after down time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from app.domain import clock, sequences
from app.domain.actor import PROGRAMME, Actor, Role
from app.domain.drafts import ReplyDraft
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter, SkippedReminder
from app.services import answering
from app.services.conduct import carry_out
from app.services.steps import Step
from tests import invited, season
from tests.postbox import Postbox
from tests.season import Stage


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of 2022 on the wall clock of Xuchang."""
    return datetime(2022, month, day, hour, minute, tzinfo=clock.LOCAL)


def once(app: Flask, at: datetime, *names: str) -> dict[str, Any]:
    outcome = app.test_cli_runner().invoke(
        args=["jobs", "once", *(names or ("remind", "deliver")), "--at", at.isoformat(), "--json"],
        catch_exceptions=False,
    )
    assert outcome.exit_code == 0, outcome.output
    data: dict[str, Any] = json.loads(outcome.output)["jobs"]
    return data


def answer(app: Flask, organisation_id: int, accepts: bool, at: datetime = season.NOW) -> None:
    with app.app_context(), writing() as session:
        one = invited.of(session, organisation_id)
        actor = Actor(Role.GUEST, "来宾", invitation_id=one.id)
        if accepts:
            answering.accept(session, one, ReplyDraft(attendees="葛长青", party_size=2), actor, at)
        else:
            answering.decline(session, one, ReplyDraft(reason="当天审厂"), actor, at)


def subjects(smtp: Postbox, address: str) -> list[str]:
    return [str(message["Subject"]) for message in smtp.to(address)]


def prepared(app: Flask, stage: Stage, smtp: Postbox) -> None:
    """Everybody invited; 甲企业 comes, 许昌学院 does not, the two others have not answered."""
    invited.invite(app, stage)
    once(app, season.NOW, "deliver")
    answer(app, stage.cast.owner.organisation_id, accepts=True)
    answer(app, stage.cast.university.organisation_id, accepts=False)
    smtp.received.clear()


TITLE = "中科院专题科技成果发布对接会"
DAY = "2022年5月6日（周五）"


def test_each_guest_gets_each_reminder_once(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    assert once(app, local(4, 29, 8, 59))["remind"] == {"posted": 0, "skipped": 0}
    for at in (local(4, 29, 9), local(4, 29, 10), local(5, 5, 9), local(5, 5, 17), local(5, 6, 7, 30), local(5, 6, 8)):
        once(app, at)
        once(app, at)
    assert subjects(smtp, "owner@cast.test") == [
        f"会期临近：{TITLE}，{DAY}",
        f"明天见：{TITLE}，{DAY}09:00—12:00",
        f"今天的活动：{TITLE}，{DAY}09:00—12:00",
    ]
    asked = [f"请回复邀请：{TITLE}，{DAY}", f"请今天回复：{TITLE}，{DAY}09:00—12:00"]
    assert subjects(smtp, "rival@cast.test") == asked
    assert subjects(smtp, "institute@cast.test") == asked
    assert subjects(smtp, "university@cast.test") == []
    once(app, local(5, 7, 9), "expire", "remind", "deliver")  # a working Saturday of 2022
    assert subjects(smtp, "owner@cast.test")[3:] == [f"请告诉我们对接的结果：{TITLE}"]
    assert subjects(smtp, "rival@cast.test") == asked
    assert len(smtp.received) == 8


def test_after_down_time_the_useful_is_sent_and_the_rest_is_recorded(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    assert once(app, local(5, 5, 11))["remind"] == {"posted": 3, "skipped": 3}
    assert subjects(smtp, "owner@cast.test") == [f"明天见：{TITLE}，{DAY}09:00—12:00"]
    with app.app_context():
        reasons = db.session.scalars(select(SkippedReminder.reason)).all()
    assert list(reasons) == ["原定 2022-04-29 09:00 的提醒未能在会前一天的提醒之前发出，已由后者代替"] * 3
    assert once(app, local(5, 5, 12))["remind"] == {"posted": 0, "skipped": 0}


def move_to(app: Flask, stage: Stage, start: datetime, now: datetime) -> None:
    with app.app_context(), writing() as session:
        event = session.get_one(Event, stage.event_id)
        event.starts_at, event.ends_at = start, start + timedelta(hours=3)
        event.talks_start_at = start + timedelta(minutes=30)
        carry_out(session, Step(event, "postpone"), PROGRAMME, now)


def calendar_of(message: Any) -> Any:
    (part,) = [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    return Calendar.from_ical(part.get_content())


def test_a_moved_event_is_told_once_and_reminded_of_at_its_new_date(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    once(app, local(4, 29, 9))
    smtp.received.clear()
    moved = datetime(2022, 5, 13, 1, 0, tzinfo=UTC)
    move_to(app, stage, moved, local(4, 30, 10).astimezone(UTC))
    once(app, local(4, 30, 10))
    assert subjects(smtp, "owner@cast.test") == [f"改期通知：{TITLE}，2022年5月13日（周五）"]
    assert subjects(smtp, "university@cast.test") == []
    calendar = calendar_of(smtp.to("owner@cast.test")[0])
    event = calendar.walk("VEVENT")[0]
    moved_at = sequences.risen(local(4, 30, 10), 0)
    assert (str(calendar["METHOD"]), event["SEQUENCE"], event["DTSTART"].dt) == ("REQUEST", moved_at, moved)
    assert once(app, local(5, 5, 9))["remind"] == {"posted": 0, "skipped": 0}
    once(app, local(5, 6, 9))
    once(app, local(5, 12, 9))
    assert subjects(smtp, "owner@cast.test")[1:] == [
        f"会期临近：{TITLE}，2022年5月13日（周五）",
        f"明天见：{TITLE}，2022年5月13日（周五）09:00—12:00",
    ]


def test_a_waiting_reminder_is_withdrawn_by_a_move_and_the_next_one_comes_when_the_move_is_undone(
    app: Flask, stage: Stage, smtp: Postbox
) -> None:
    """Who has just been told of the date needs no reminder of the week before; the day before is another matter."""
    prepared(app, stage, smtp)
    assert once(app, local(4, 29, 9), "remind")["remind"]["posted"] == 3
    moved = datetime(2022, 5, 20, 1, 0, tzinfo=UTC)
    move_to(app, stage, moved, local(4, 29, 9, 1).astimezone(UTC))
    move_to(app, stage, season.START, local(4, 29, 9, 2).astimezone(UTC))
    once(app, local(4, 29, 9, 5))
    assert subjects(smtp, "owner@cast.test") == [f"改期通知：{TITLE}，{DAY}"]
    once(app, local(5, 5, 9))
    assert subjects(smtp, "owner@cast.test")[1:] == [f"明天见：{TITLE}，{DAY}09:00—12:00"]


def test_an_invitation_that_has_not_left_yet_leaves_with_the_new_date(app: Flask, stage: Stage, smtp: Postbox) -> None:
    invited.invite(app, stage)
    move_to(app, stage, datetime(2022, 5, 13, 1, 0, tzinfo=UTC), season.NOW)
    once(app, season.NOW)
    assert subjects(smtp, "owner@cast.test") == [f"邀请函：{TITLE}，2022年5月13日（周五）"]


def test_a_cancelled_event_takes_everything_back(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    assert once(app, local(4, 29, 9), "remind")["remind"]["posted"] == 3
    invited.move(app, Event, stage.event_id, "cancel", "场地检修")
    once(app, local(4, 29, 10))
    for guest in ("owner", "rival", "institute"):
        assert subjects(smtp, f"{guest}@cast.test") == [f"活动取消：{TITLE}，{DAY}"]
    assert subjects(smtp, "university@cast.test") == []
    message = smtp.to("owner@cast.test")[0]
    plain = message.get_body(("plain",))
    assert plain is not None
    assert "原因：场地检修" in plain.get_content()
    calendar = calendar_of(message)
    event = calendar.walk("VEVENT")[0]
    assert (str(calendar["METHOD"]), str(event["STATUS"])) == ("CANCEL", "CANCELLED")
    assert event["SEQUENCE"] > 0
    with app.app_context():
        assert set(db.session.scalars(select(Invitation.state))) == {"void"}
        assert db.session.scalars(select(Event.seats_taken)).one() == 0
    for at in (local(5, 5, 9), local(5, 6, 7, 30), local(5, 9, 9)):
        assert once(app, at)["remind"] == {"posted": 0, "skipped": 0}


def test_who_declines_after_the_reminder_was_posted_does_not_get_it(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    once(app, local(4, 29, 9), "remind")
    answer(app, stage.cast.owner.organisation_id, accepts=False, at=local(4, 29, 9, 1).astimezone(UTC))
    once(app, local(4, 29, 9, 2), "deliver")
    assert subjects(smtp, "owner@cast.test") == []
    assert len(subjects(smtp, "rival@cast.test")) == 1


def test_a_reminder_the_desk_cancelled_by_hand_stays_cancelled(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    once(app, local(4, 29, 9), "remind")
    from app.services import letters

    with app.app_context(), writing() as session:
        waiting = session.scalars(
            select(Letter).where(Letter.recipient == "owner@cast.test", Letter.kind == "reminder_week_before")
        ).one()
        letters.cancel(session, waiting, stage.cast.desk.actor, season.NOW)
    once(app, local(4, 29, 10))
    assert subjects(smtp, "owner@cast.test") == []


def test_unanswered_invitations_lapse_once_the_event_has_begun(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    assert once(app, local(5, 6, 8, 59), "expire")["expire"] == {"needs": 0, "invitations": 0}
    assert once(app, local(5, 6, 9), "expire")["expire"] == {"needs": 0, "invitations": 2}
    assert once(app, local(5, 6, 9), "expire")["expire"] == {"needs": 0, "invitations": 0}


def test_jobs_once_refuses_an_instant_without_a_zone(app: Flask) -> None:
    outcome = app.test_cli_runner().invoke(args=["jobs", "once", "--at", "2022-05-06T09:00"])
    assert outcome.exit_code == 2
    assert "“2022-05-06T09:00”缺少时区，应形如 2022-05-06T09:00+08:00" in outcome.output


def test_a_day_played_through_blocks_no_worker_of_the_present(app: Flask, stage: Stage, smtp: Postbox) -> None:
    """Leases live by the present: after a day next year was played through, the job runs again at once."""
    prepared(app, stage, smtp)
    once(app, local(5, 6, 9) + timedelta(days=365), "remind")
    assert once(app, season.NOW, "remind")["remind"] == {"posted": 0, "skipped": 0}
