"""Reminders at the desk: the plan of an event, switches, wordings that are refused, previewed, kept and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain import clock
from app.extensions import db
from app.models.history import MoveRecord
from app.models.reminder import ReminderChoice, ReminderDefault
from tests import invited, season
from tests.cast import post, sign_in
from tests.jobs.test_reminders import DAY, TITLE, answer, local, once, subjects
from tests.postbox import Postbox
from tests.season import Stage

pytestmark = pytest.mark.databases("sqlite")
WORDING = {"subject": "请准时到会：{活动}", "body": "{单位}：\n\n明天见。\n\n{回复链接}"}


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """The session with everybody invited, seen from 15 February; 甲企业 comes."""
    clock.set_clock(season.NOW)
    staged = invited.staged(app)
    invited.invite(app, staged)
    answer(app, staged.cast.owner.organisation_id, accepts=True)
    yield staged
    clock.set_clock(None)


def test_the_plan_says_what_goes_when_to_how_many(client: FlaskClient, stage: Stage) -> None:
    page = sign_in(client, stage.cast.desk).get(f"/desk/events/{stage.event_id}/reminders")
    assert page.status_code == 200
    cells = [" ".join(cell.split()) for cell in page.text.replace("</td>", "\n").splitlines() if "待发" in cell]
    assert [cell.rpartition('"待发">')[2] for cell in cells if '"待发">' in cell] == ["4", "4", "1", "1", "0"]
    for words in ("2022-04-29 09:00", "2022-05-05 09:00", "2022-05-06 07:30", "2022-05-07 09:00"):
        assert words in page.text


def test_a_reminder_switched_off_at_an_event_does_not_leave(
    app: Flask, client: FlaskClient, stage: Stage, smtp: Postbox
) -> None:
    once(app, season.NOW, "deliver")
    smtp.received.clear()
    sign_in(client, stage.cast.desk)
    path = f"/desk/events/{stage.event_id}/reminders"
    assert post(client, f"{path}/week_before/switch", {"on": "0"}).location == path
    assert once(app, local(4, 29, 9))["remind"] == {"posted": 3, "skipped": 0}
    assert subjects(smtp, "owner@cast.test") == []
    assert once(app, local(5, 5, 9))["remind"] == {"posted": 4, "skipped": 1}
    assert "原定 2022-04-29 09:00 的提醒已关闭，没有发出" in client.get(path).text
    with app.app_context():
        noted = db.session.scalars(select(MoveRecord.label).where(MoveRecord.verb == "reminder")).all()
    assert noted == ["会前一周提醒：关闭"]


def test_an_events_own_wording_is_previewed_kept_sent_and_taken_back(
    app: Flask, client: FlaskClient, stage: Stage, smtp: Postbox
) -> None:
    once(app, season.NOW, "deliver")
    smtp.received.clear()
    path = f"/desk/events/{stage.event_id}/reminders/day_before"
    assert f"明天见：{TITLE}，{DAY}" in sign_in(client, stage.cast.desk).get(path).text
    shown = post(client, path, WORDING | {"action": "preview"})
    assert (shown.status_code, "甲企业机械有限公司：" in shown.text) == (200, True)
    assert "（来宾的专属链接）" in shown.text
    with app.app_context():
        assert db.session.scalars(select(ReminderChoice)).all() == []
    assert post(client, path, WORDING | {"action": "save"}).status_code == 303
    once(app, local(5, 5, 9))
    assert subjects(smtp, "owner@cast.test") == [f"请准时到会：{TITLE}"]
    assert post(client, path, WORDING | {"action": "reset"}).status_code == 303
    assert f"明天见：{TITLE}，{DAY}" in client.get(path).text


@pytest.mark.parametrize(
    ("subject", "body", "message"),
    [
        (
            "请到会",
            "{单位}：{公司}\n\n{回复链接}",
            "“{公司}”不是可用的占位符，请从下方列出的占位符中选用，或去掉花括号。",
        ),
        ("请到会", "{单位}：请到会。", "正文里缺少“{回复链接}”，来宾将无法回复；请单独成行写上它。"),
        ("", "{回复链接}", "请填写邮件主题。"),
        ("请到会", "安排：{洽谈安排}\n{回复链接}", "“{洽谈安排}”要单独占一行。"),
        ("请到会", "", "请填写正文。"),
    ],
)
@pytest.mark.parametrize("action", ["save", "preview"])
def test_a_wording_that_would_go_wrong_is_refused_with_the_reason(
    app: Flask, client: FlaskClient, stage: Stage, subject: str, body: str, message: str, action: str
) -> None:
    sign_in(client, stage.cast.desk)
    page = post(client, "/desk/reminders/day_before", {"subject": subject, "body": body, "action": action})
    assert (page.status_code, message in page.text) == (422, True)
    with app.app_context():
        assert db.session.scalars(select(ReminderDefault)).all() == []


def test_the_programmes_wording_holds_where_no_event_has_its_own(
    app: Flask, client: FlaskClient, stage: Stage, smtp: Postbox
) -> None:
    once(app, season.NOW, "deliver")
    smtp.received.clear()
    sign_in(client, stage.cast.desk)
    assert post(client, "/desk/reminders/day_before", WORDING | {"action": "save"}).location == "/desk/reminders"
    assert "文本已修改" in client.get("/desk/reminders").text
    post(client, "/desk/reminders/day_before_unanswered/switch", {"on": "0"})
    once(app, local(5, 5, 9))
    assert [str(one.message["Subject"]) for one in smtp.received] == [f"请准时到会：{TITLE}"]
    assert "会前一天提醒：修改文本" in client.get("/desk/reminders/day_before").text


def test_the_bureau_reads_and_an_unknown_reminder_is_not_found(client: FlaskClient, stage: Stage) -> None:
    sign_in(client, stage.cast.bureau)
    assert "关闭</button>" not in client.get("/desk/reminders").text
    assert post(client, "/desk/reminders/morning/switch", {"on": "0"}).status_code == 403
    sign_in(client, stage.cast.desk)
    assert client.get("/desk/reminders/nothing").status_code == 404
