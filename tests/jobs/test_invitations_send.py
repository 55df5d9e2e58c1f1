"""`invitations send`: from the plan to the mail server in one command, and nothing twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select

from app.domain import clock
from app.extensions import db, writing
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.people import Organisation
from tests import season
from tests.postbox import Postbox
from tests.season import Stage


def command(app: Flask, *arguments: str) -> dict[str, Any]:
    outcome = app.test_cli_runner().invoke(args=[*arguments, "--json"], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    data: dict[str, Any] = json.loads(outcome.output)
    return data


def test_every_guest_gets_one_invitation_and_running_again_sends_nothing(
    app: Flask, stage: Stage, smtp: Postbox
) -> None:
    first = command(app, "invitations", "send", "--year", "2022")
    assert first == {"events": 1, "invitations": 4, "sent": 4, "queued": 0, "failed": 0, "skipped": []}
    assert sorted(letter.recipients for letter in smtp.received) == [
        ("institute@cast.test",),
        ("owner@cast.test",),
        ("rival@cast.test",),
        ("university@cast.test",),
    ]
    again = command(app, "invitations", "send", "--year", "2022")
    assert again == {"events": 1, "invitations": 0, "sent": 0, "queued": 0, "failed": 0, "skipped": []}
    assert len(smtp.received) == 4
    del stage


def test_a_dry_run_counts_and_writes_nothing(app: Flask, stage: Stage, smtp: Postbox) -> None:
    counted = command(app, "invitations", "send", "--year", "2022", "--dry-run")
    assert counted == {"events": 1, "invitations": 4, "sent": 0, "queued": 0, "failed": 0, "skipped": []}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 0
    assert smtp.received == []
    del stage


def test_the_letter_says_which_session_why_and_whom_they_meet(app: Flask, stage: Stage, smtp: Postbox) -> None:
    command(app, "invitations", "send", "--year", "2022")
    (message,) = smtp.to("owner@cast.test")
    assert message["Subject"] == "邀请函：中科院专题科技成果发布对接会，2022年5月6日（周五）"
    plain = message.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    with app.app_context():
        invitation = db.session.scalars(
            select(Invitation).where(Invitation.organisation_id == stage.cast.owner.organisation_id)
        ).one()
        link = app.extensions["links"].rsvp(invitation)
    assert link in text
    assert "时间：2022年5月6日（周五）09:00—12:00" in text
    assert f"地点：许昌会展中心{season.START:%m%d%H}二楼 3 号厅（魏都区许州路 1 号）" in text
    assert "  09:30—09:50　1号桌　中国科学院某研究所　热专家（研究员）" in text
    assert "  09:50—10:10　2号桌　许昌学院　许涂层（研究员）" in text
    assert "双方都提到“热误差补偿”，行业同属装备制造。" in text
    assert "乙企业" not in text
    (calendar,) = [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "REQUEST"
    read: Any = Calendar.from_ical(calendar.get_content())
    event = read.walk("VEVENT")[0]
    assert read["METHOD"] == "REQUEST"
    assert event["UID"] == f"invitation-{invitation.id}@invitations.xuchang-market"
    assert event["SEQUENCE"] == 0
    assert event["DTSTART"].dt == season.START
    assert event["DTEND"].dt == datetime(2022, 5, 6, 4, 0, tzinfo=UTC)
    assert str(event["DTSTART"].params["TZID"]) == "Asia/Shanghai"
    assert event["ATTENDEE"] == "mailto:owner@cast.test"
    assert event["ORGANIZER"] == "mailto:desk@cast.test"


def test_an_event_that_is_over_is_refused_with_the_reason(app: Flask, stage: Stage, smtp: Postbox) -> None:
    clock.set_clock(datetime(2022, 5, 7, 1, 0, tzinfo=UTC))
    refused = command(app, "invitations", "send", "--year", "2022")
    assert refused == {
        "events": 0,
        "invitations": 0,
        "sent": 0,
        "queued": 0,
        "failed": 0,
        "skipped": ["中科院专题科技成果发布对接会：该活动已于2022年5月6日结束，不能再发邀请。"],
    }
    assert smtp.received == []
    del stage


def test_a_guest_without_an_address_is_named_and_the_others_are_invited(
    app: Flask, stage: Stage, smtp: Postbox
) -> None:
    with app.app_context(), writing() as session:
        session.get_one(Organisation, stage.cast.owner.organisation_id).contact_email = ""
    done = command(app, "invitations", "send", "--year", "2022")
    assert done["sent"] == 3
    assert done["skipped"] == [
        "中科院专题科技成果发布对接会：甲企业机械有限公司：没有联系邮箱，请先在单位资料里补充，或用电话邀请。"
    ]
    assert smtp.to("owner@cast.test") == []


def test_a_mail_server_that_is_away_loses_nothing(app: Flask, stage: Stage) -> None:
    done = command(app, "invitations", "send", "--year", "2022")
    assert (done["sent"], done["queued"], done["failed"]) == (0, 4, 0)
    del stage
