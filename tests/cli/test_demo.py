"""The demo season: loaded once, played once, refused where people have accounts, never sent to anybody."""

from __future__ import annotations

import json
import smtplib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli.demonstration import catching, loading, mailbox
from app.cli.demonstration.loading import Season, season_of
from app.domain.settings import Settings
from app.extensions import db
from app.factory import create_app
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.people import Membership, Organisation, User
from app.web import doors
from tests.cast import Cast
from tests.conftest import settings_for


def command(app: Flask, *words: str) -> str:
    ended = app.test_cli_runner().invoke(args=["demo", *words])
    assert ended.exit_code == 0, ended.output
    return ended.output


def states(session: Session, model: Any) -> Counter[str]:
    return Counter(session.scalars(select(model.state)))


@pytest.mark.parametrize(
    ("on", "wanted"),
    [
        (date(2026, 1, 31), Season(2026, date(2026, 2, 1), date(2027, 1, 31))),
        (date(2026, 6, 1), Season(2026, date(2026, 7, 1), date(2027, 6, 30))),
        (date(2026, 7, 1), Season(2027, date(2026, 8, 1), date(2027, 7, 31))),
        (date(2026, 11, 21), Season(2027, date(2026, 12, 1), date(2027, 11, 30))),
        (date(2026, 12, 31), Season(2027, date(2027, 1, 1), date(2027, 12, 31))),
    ],
)
def test_a_season_is_the_twelve_months_from_next_month_on(on: date, wanted: Season) -> None:
    assert season_of(None, datetime(on.year, on.month, on.day, 4, tzinfo=UTC)) == wanted


def test_loading_makes_the_season_and_loading_again_keeps_it(app: Flask, session: Session) -> None:
    first = json.loads(command(app, "load", "--json"))
    counts = (states(session, Need), states(session, Achievement), states(session, Event))
    assert counts == ({"published": 48}, {"listed": 220}, {"announced": 19})
    session.rollback()
    again = json.loads(command(app, "load", "--json"))
    season = loading.season(session)
    assert season is not None
    assert first == again
    assert (first["year"], first["first_on"], first["last_on"]) == (
        season.year,
        str(season.first_on),
        str(season.last_on),
    )
    assert (states(session, Need), states(session, Achievement), states(session, Event)) == counts
    days = session.execute(
        select(func.min(Event.starts_at), func.max(Event.starts_at)).where(Event.year == season.year)
    ).one()
    assert days[0] is not None
    assert days[1] is not None
    assert season.first_on <= days[0].date() <= days[1].date() <= season.last_on
    assert {need.valid_until for need in session.scalars(select(Need))} == {season.last_on}
    assert Counter(session.scalars(select(Membership.role))) == dict.fromkeys(
        ("organizer", "county_office", "bureau", "enterprise", "institute", "administrator"), 1
    )


@pytest.mark.databases("sqlite")
def test_a_year_that_is_over_can_be_loaded(app: Flask, session: Session) -> None:
    answer = json.loads(command(app, "load", "--year", "2022", "--json"))
    years = {event.starts_at.year for event in session.scalars(select(Event)) if event.starts_at}
    assert (answer["year"], years, session.scalar(select(func.count(Event.id)))) == (2022, {2022}, 19)
    ended = app.test_cli_runner().invoke(args=["demo", "load", "--year", "2023"])
    assert (ended.exit_code, ended.output) == (
        1, "Error: 这个数据库里已是 2022 年的演示数据；要换年份，请先运行 make demo，或用空数据库。\n")  # fmt: skip


@pytest.mark.databases("sqlite")
def test_a_database_in_which_people_have_accounts_is_left_alone(app: Flask, cast: Cast, session: Session) -> None:
    before = session.scalar(select(func.count(Organisation.id)))
    ended = app.test_cli_runner().invoke(args=["demo", "load"])
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: 这个数据库里已有人员账号，不是演示数据库，没有载入任何内容。")
    session.rollback()
    assert (session.scalar(select(func.count(Organisation.id))), session.scalar(select(func.count(Need.id)))) == (
        before,
        0,
    )
    assert session.scalar(select(func.count(User.id))) == len(cast.everyone())


@pytest.mark.databases("sqlite")
def test_staging_without_a_demo_is_refused(app: Flask) -> None:
    ended = app.test_cli_runner().invoke(args=["demo", "stage"])
    assert (ended.exit_code, ended.output) == (
        1, "Error: 这个数据库里没有演示数据，请先运行 flask --app wsgi demo load。\n")  # fmt: skip


@pytest.mark.databases("sqlite")
def test_a_directory_without_the_sheets_is_refused(app: Flask, tmp_path: Path) -> None:
    ended = app.test_cli_runner().invoke(args=["demo", "load", "--from", str(tmp_path)])
    assert (ended.exit_code, ended.output) == (
        1, f"Error: 目录“{tmp_path}”里缺少 needs.xlsx、achievements.xlsx。\n")  # fmt: skip


def test_the_story_puts_life_into_every_page(app: Flask, session: Session) -> None:
    command(app, "load")
    command(app, "stage")
    assert states(session, Need) == {"published": 48, "draft": 1, "submitted": 2, "returned": 1}
    assert states(session, Achievement) == {"listed": 220, "submitted": 1, "returned": 1}
    assert states(session, Event) == {"announced": 19, "held": 1}
    assert {"draft", "sent", "accepted", "declined", "attended", "absent"} <= set(states(session, Invitation))
    assert {"link", "phone"} <= set(session.scalars(select(Invitation.replied_via)))
    over = [event for event in session.scalars(select(Event)) if event.seats_taken > event.capacity]
    assert over == []
    before = states(session, Invitation)
    session.rollback()
    assert command(app, "stage") == "演示情节已经排过，保留现有数据。\n"
    assert states(session, Invitation) == before


# The mail server and its page.


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[catching.Catcher]:
    running = catching.Catcher(tmp_path / "mails")
    yield running
    running.stop()


@pytest.fixture
def shown(
    engine_url: str, tmp_path: Path, catcher: catching.Catcher, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    monkeypatch.setitem(doors._DOORS, "mailbox", doors.ANYONE)  # taken back afterwards: other tests have no mailbox
    app = create_app(settings_for(engine_url, tmp_path / "data"))
    mailbox.install(app, catcher.folder)
    yield app
    with app.app_context():
        db.engine.dispose()


def post(catcher: catching.Catcher) -> None:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = "活动提醒", "market@example.cn", "guest@example.cn"
    letter.set_content("请点 http://127.0.0.1:8000/rsvp/abc 答复 <b>谢谢</b>")
    letter.add_attachment("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", filename="invitation.ics")
    with smtplib.SMTP(catching.HOST, catcher.port, timeout=10) as line:
        line.send_message(letter)


@pytest.mark.databases("sqlite")
def test_the_mailbox_shows_what_the_mail_server_took(shown: Flask, catcher: catching.Catcher) -> None:
    client = shown.test_client()
    assert "没有信件" in client.get("/mailbox").get_data(as_text=True)
    post(catcher)
    (path,) = catcher.folder.glob("*.eml")
    listed = client.get("/mailbox?q=GUEST@").get_data(as_text=True)
    assert (listed.count("活动提醒"), listed.count("guest@example.cn")) == (1, 1)
    page = client.get(f"/mailbox/{path.stem}").get_data(as_text=True)
    assert 'href="http://127.0.0.1:8000/rsvp/abc"' in page
    assert "&lt;b&gt;谢谢&lt;/b&gt;" in page
    assert client.get(f"/mailbox/{path.stem}.ics").get_data(as_text=True).splitlines() == [
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
    ]
    with client.get(f"/mailbox/{path.stem}.eml") as answer:
        assert answer.get_data() == path.read_bytes()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", ["..%2fdata%2fsecret_key", "20261121-000000-000000-00000000", "x", "x.eml", "x.ics"])
def test_the_mailbox_shows_nothing_else(shown: Flask, name: str) -> None:
    assert shown.test_client().get(f"/mailbox/{name}").status_code == 404


@pytest.mark.databases("sqlite")
def test_without_the_demo_there_is_no_mailbox(app: Flask) -> None:
    assert "mailbox" not in app.blueprints
    assert app.test_client().get("/mailbox").status_code == 404


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("words", [["demo", "run"], ["jobs", "serve"]])
def test_serving_by_a_simulated_clock_is_refused(settings: Settings, tmp_path: Path, words: list[str]) -> None:
    app = create_app(settings_for(settings.database_url, tmp_path / "data", NOW="2022-02-15T09:00+08:00"))
    ended = app.test_cli_runner().invoke(args=words)
    create_app(settings)  # the clock goes by the machine's time again
    assert (ended.exit_code, ended.output) == (2, "设置 NOW：只供命令行模拟使用，持续运行时请去掉。\n")
