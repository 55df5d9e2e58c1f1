"""What waits in the outbox is looked at once more at the moment of sending: nothing that has become wrong leaves."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy import select

from app.domain.actor import Actor, Role
from app.domain.drafts import ReplyDraft
from app.extensions import db, writing
from app.models.event import Event
from app.models.follow_up import FollowUp
from app.models.invitation import Invitation
from app.models.letter import Letter, SkippedReminder
from app.models.people import Organisation
from app.models.reminder import ReminderChoice
from app.services import answering
from tests import invited, season
from tests.jobs.test_reminders import DAY, TITLE, local, once, prepared, subjects
from tests.postbox import Postbox
from tests.season import Stage


def withdrawn(app: Flask) -> list[tuple[str, str]]:
    """(kind, reason) of the letters that were cancelled, in order."""
    with app.app_context():
        chosen = select(Letter.kind, Letter.last_error).where(Letter.cancelled_at.is_not(None)).order_by(Letter.id)
        return [(kind, reason) for kind, reason in db.session.execute(chosen)]


def given_up(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(SkippedReminder.reason).order_by(SkippedReminder.id)))


def text_of(smtp: Postbox, address: str) -> str:
    (message,) = smtp.to(address)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def posted(app: Flask, stage: Stage, smtp: Postbox, at: datetime) -> None:
    """The reminders due at this instant wait in the outbox, because the mail server is away."""
    prepared(app, stage, smtp)
    assert once(app, at, "remind")["remind"]["posted"] == 3


def test_a_reminder_that_waited_beyond_its_use_is_not_sent_and_recorded(
    app: Flask, stage: Stage, smtp: Postbox
) -> None:
    posted(app, stage, smtp, local(5, 5, 9))
    once(app, local(5, 6, 7, 30), "deliver")
    assert smtp.received == []
    assert withdrawn(app) == [("reminder_day_before", "发送前核对：已经过时，没有发出。")] * 3
    early, unanswered = "已由当天的提醒代替", "未能在会议当天早晨之前发出"
    assert sorted(given_up(app)[3:]) == sorted(
        [f"原定 2022-05-05 09:00 的提醒{unanswered}，{early}"] + [f"原定 2022-05-05 09:00 的提醒{unanswered}"] * 2
    )
    assert once(app, local(5, 6, 7, 30))["remind"] == {"posted": 1, "skipped": 0}  # that of the morning


def test_a_reminder_tells_the_day_on_which_it_leaves(app: Flask, stage: Stage, smtp: Postbox) -> None:
    posted(app, stage, smtp, local(4, 29, 9))
    once(app, local(4, 30, 9), "deliver")
    assert "您应邀参加的活动 6 天后举行，请预留时间：" in text_of(smtp, "owner@cast.test")
    assert withdrawn(app) == [("reminder_week_before", "发送前核对：内容有变，已按最新情况重写。")] * 3
    assert once(app, local(4, 30, 9))["remind"] == {"posted": 0, "skipped": 0}
    assert len(smtp.received) == 3


def test_a_changed_answer_is_what_the_waiting_reminder_says(app: Flask, stage: Stage, smtp: Postbox) -> None:
    posted(app, stage, smtp, local(4, 29, 9))
    with app.app_context(), writing() as session:
        one = invited.of(session, stage.cast.owner.organisation_id)
        draft = ReplyDraft(attendees="葛长青、白工", party_size=3)
        answering.accept(session, one, draft, Actor(Role.GUEST, "来宾", invitation_id=one.id), season.NOW)
    once(app, local(4, 29, 9, 5), "deliver")
    assert "参会人员：葛长青、白工（共 3 人）" in text_of(smtp, "owner@cast.test")


def test_a_waiting_reminder_goes_to_the_address_that_is_right_now(app: Flask, stage: Stage, smtp: Postbox) -> None:
    posted(app, stage, smtp, local(4, 29, 9))
    with app.app_context(), writing() as session:
        invited.of(session, stage.cast.owner.organisation_id).contact_email = "moved@cast.test"
    once(app, local(4, 29, 9, 5), "deliver")
    assert (subjects(smtp, "owner@cast.test"), subjects(smtp, "moved@cast.test")) == ([], [f"会期临近：{TITLE}，{DAY}"])


def test_a_reminder_that_was_switched_off_while_it_waited_stays(app: Flask, stage: Stage, smtp: Postbox) -> None:
    posted(app, stage, smtp, local(4, 29, 9))
    with app.app_context(), writing() as session:
        session.add(
            ReminderChoice(event_id=stage.event_id, code="week_before_unanswered", is_on=False, changed_at=season.NOW)
        )
    once(app, local(4, 29, 9, 5))
    assert [letter.recipients for letter in smtp.received] == [("owner@cast.test",)]
    assert withdrawn(app) == [("reminder_week_before", "发送前核对：这类提醒已关闭，没有发出。")] * 2
    once(app, local(5, 5, 9), "remind")
    assert given_up(app) == ["原定 2022-04-29 09:00 的提醒已关闭，没有发出"] * 2


def test_a_wrong_address_stops_nobody_else(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    with app.app_context(), writing() as session:
        invited.of(session, stage.cast.owner.organisation_id).contact_email = "nobody"
    assert once(app, local(4, 29, 9))["remind"] == {"posted": 2, "skipped": 1}
    wrong = "收件地址“nobody”不是一个有效的电子邮箱地址，请先更正联系人资料。"
    assert given_up(app) == [f"原定 2022-04-29 09:00 的提醒没有发出：{wrong}"]


def test_an_invitation_to_an_event_that_has_begun_is_not_sent(app: Flask, stage: Stage, smtp: Postbox) -> None:
    invited.invite(app, stage)
    once(app, season.START, "deliver")
    assert smtp.received == []
    assert withdrawn(app) == [("invitation", "发送前核对：活动已经开始，这封信已经过时。")] * 4


def follow_up(app: Flask, stage: Stage, day: int) -> int:
    with app.app_context(), writing() as session:
        session.get_one(Organisation, stage.cast.desk.organisation_id).contact_email = "market@cast.test"
        made = FollowUp(
            pairing_id=stage.placed_ids[0],
            event_id=stage.event_id,
            intent="送样测试",
            next_on=local(5, day, 0).date(),
            created_at=season.NOW,
            changed_at=season.NOW,
        )
        session.add(made)
        session.flush()
        return made.id


def test_the_desk_is_told_on_the_day_noted_for_the_next_step(app: Flask, stage: Stage, smtp: Postbox) -> None:
    follow_up(app, stage, 20)
    assert once(app, local(5, 20, 8, 59))["remind"] == {"posted": 0, "skipped": 0}
    assert once(app, local(5, 20, 9))["remind"] == {"posted": 1, "skipped": 0}
    assert once(app, local(5, 20, 9))["remind"] == {"posted": 0, "skipped": 0}
    assert subjects(smtp, "market@cast.test") == ["今天该跟进：甲企业机械有限公司与中国科学院某研究所"]
    assert "意向：送样测试" in text_of(smtp, "market@cast.test")


def test_another_date_of_a_follow_up_withdraws_the_letter_that_waits(app: Flask, stage: Stage, smtp: Postbox) -> None:
    made = follow_up(app, stage, 20)
    once(app, local(5, 20, 9), "remind")
    with app.app_context(), writing() as session:
        session.get_one(FollowUp, made).next_on = local(5, 25, 0).date()
    once(app, local(5, 20, 9, 1))
    assert smtp.received == []
    once(app, local(5, 25, 9))
    assert len(smtp.received) == 1
    assert once(app, local(6, 20, 9))["remind"] == {"posted": 0, "skipped": 0}


def test_a_follow_up_nobody_could_be_told_of_in_time_is_recorded(app: Flask, stage: Stage, smtp: Postbox) -> None:
    follow_up(app, stage, 20)
    assert once(app, local(6, 3, 9))["remind"] == {"posted": 0, "skipped": 1}
    assert given_up(app) == ["原定 2022-05-20 的跟进提醒跟进日之后 14 天内未能发出，不再发送"]


def test_every_letter_of_a_cancelled_meeting_is_withdrawn(app: Flask, stage: Stage, smtp: Postbox) -> None:
    """Even when nobody told the outbox: the state alone decides."""
    posted(app, stage, smtp, local(4, 29, 9))
    with app.app_context(), writing() as session:
        session.get_one(Event, stage.event_id)._state = "cancelled"  # as another program would
        for one in session.scalars(select(Invitation)):
            one._state = "void"
    once(app, local(4, 29, 9, 1))
    assert smtp.received == []
    assert withdrawn(app) == [("reminder_week_before", "发送前核对：情况已变，这封信不再适用。")] * 3
