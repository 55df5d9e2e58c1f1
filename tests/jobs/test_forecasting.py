"""A dry run of a future day: which letters would leave, to whom and why; the database stays as it is, to the byte."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from app.extensions import db, writing
from app.models import everything
from app.models.reminder import ReminderChoice
from tests import season
from tests.jobs.test_reminders import DAY, TITLE, local, once, prepared, subjects
from tests.postbox import Postbox
from tests.season import Stage


def digest(app: Flask) -> str:
    """A hash over every row of every table."""
    seen = hashlib.sha256()
    with app.app_context():
        for table in everything.METADATA.sorted_tables:
            for row in db.session.execute(select(table).order_by(*table.primary_key.columns)):
                seen.update(repr((table.name, *row)).encode())
        db.session.rollback()
    return seen.hexdigest()


def dry_run(app: Flask, at: datetime, *options: str) -> str:
    arguments = ["jobs", "once", "--dry-run", "--at", at.isoformat(), *options]
    before = digest(app)
    outcome = app.test_cli_runner().invoke(args=arguments, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    assert digest(app) == before
    return outcome.output


def test_a_future_day_is_shown_and_nothing_is_written(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    with app.app_context(), writing() as session:
        session.add(ReminderChoice(event_id=stage.event_id, code="morning", is_on=False, changed_at=season.NOW))
    found = json.loads(dry_run(app, local(4, 29, 23), "--json"))
    why = "会前 7 天 09:00，发给"
    assert [(one["at"], one["to"], one["kind"], one["subject"], one["why"]) for one in found["letters"]] == [
        ("2022-04-29T09:00:00+08:00", "institute@cast.test", "催请答复（会前一周）", f"请回复邀请：{TITLE}，{DAY}",
         f"{why}还没有答复的来宾"),
        ("2022-04-29T09:00:00+08:00", "rival@cast.test", "催请答复（会前一周）", f"请回复邀请：{TITLE}，{DAY}",
         f"{why}还没有答复的来宾"),
        ("2022-04-29T09:00:00+08:00", "owner@cast.test", "会前一周提醒", f"会期临近：{TITLE}，{DAY}", f"{why}已应邀的来宾"),
    ]  # fmt: skip
    assert json.loads(dry_run(app, local(4, 30, 23), "--json"))["letters"] == []
    morning = json.loads(dry_run(app, local(5, 6, 8), "--json"))
    assert (morning["letters"], [(one["name"], one["why"]) for one in morning["withheld"]]) == (
        [], [("甲企业机械有限公司", "这类提醒已关闭")],
    )  # fmt: skip
    assert smtp.received == []


def test_the_dry_run_says_what_then_happens(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    for at in (local(4, 29, 9), local(5, 5, 9), local(5, 6, 7, 30), local(5, 7, 9)):
        foretold = {(one["to"], one["subject"]) for one in json.loads(dry_run(app, at, "--json"))["letters"]}
        smtp.received.clear()
        once(app, at)
        assert {(to, subject) for to in _addresses(smtp) for subject in subjects(smtp, to)} == foretold
        assert foretold


def _addresses(smtp: Postbox) -> set[str]:
    return {address for letter in smtp.received for address in letter.recipients}


def test_it_speaks_chinese_to_people(app: Flask, stage: Stage, smtp: Postbox) -> None:
    prepared(app, stage, smtp)
    lines = dry_run(app, local(5, 6, 7, 30)).splitlines()
    assert lines == [
        "2022-05-06（到 07:30 为止）将发出 1 封信，没有写入任何内容。",
        (
            f"05-06 07:30　当天提醒　甲企业机械有限公司 <owner@cast.test>　今天的活动：{TITLE}，{DAY}09:00—12:00"
            "　（活动当天 07:30，发给已应邀的来宾）"
        ),
    ]
