"""The whole main job by the commands a person would give: two sheets, a planned season, invitations, reminders."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from app.domain import clock
from app.extensions import db
from app.factory import create_app
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.pairing import Pairing
from tests.conftest import ROOT, settings_for
from tests.postbox import Postbox

NOW = "2022-02-15T09:00+08:00"
BAR = 120.0
"""Seconds of computing for importing, pairing, planning, sending and one session's reminders together.

The wall time is printed beside it; on a machine with nothing else to do the two are nearly the same.
"""

PASSWORD = "莲城-对接-2022-春"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/rsvp/\S+)")


@dataclass
class Desk:
    """Gives commands as processes of their own, all at the same simulated instant, and adds up their time.

    `seconds` is wall time, `computing` what the processes used of the processor.
    """

    url: str
    home: Path
    mail_port: int
    seconds: float = 0.0
    computing: float = 0.0
    log: list[str] = field(default_factory=list)

    def give(self, *arguments: str, typed: str = "") -> str:
        """Run one command; its output. It must end well."""
        given = {
            "DATABASE_URL": self.url,
            "DATA_DIR": str(self.home),
            "SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "MAIL_PORT": str(self.mail_port),
            "NOW": NOW,
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
        }
        began, used = time.perf_counter(), _used()
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT, env=given, input=typed, capture_output=True, text=True, check=False,
        )  # fmt: skip
        took, used = time.perf_counter() - began, _used() - used
        self.seconds += took
        self.computing += used
        self.log.append(f"{took:6.1f} s ({used:5.1f} s computing)  {' '.join(arguments)}")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, *arguments: str) -> dict[str, Any]:
        """Run one command with --json; its answer."""
        answer: dict[str, Any] = json.loads(self.give(*arguments, "--json"))
        return answer


def _used() -> float:
    """Processor time of the processes that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


@pytest.fixture
def desk(empty_engine_url: str, tmp_path: Path, smtp: Postbox) -> Desk:
    return Desk(empty_engine_url, tmp_path / "data", smtp.port)


@pytest.fixture
def served(desk: Desk) -> Iterator[Flask]:
    """The program that answers guests, on the same database and at the same simulated instant."""
    app = create_app(settings_for(desk.url, desk.home, NOW=NOW, MAIL_PORT=str(desk.mail_port)))
    yield app
    with app.app_context():
        db.engine.dispose()
    clock.set_clock(None)


@pytest.mark.timeout(600)
def test_from_two_sheets_to_reminders(
    desk: Desk, served: Flask, smtp: Postbox, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.give("db", "upgrade")
    _import(desk)
    paired = desk.ask("pair")
    assert (paired["needs"], paired["achievements"], paired["pairings"] > 0) == (48, 220, True)
    planned = desk.ask("season", "plan", "2022")
    assert (planned["year"], planned["events"], planned["clashes"]) == (2022, 10, 0)
    assert planned["kept"] >= planned["assigned"] >= planned["meetings"] > 0
    sent = desk.ask("invitations", "send", "--year", "2022")
    with served.app_context():
        _check_timetables(planned["meetings"])
        guests = _guests()
    assert sent == {
        "events": 10,
        "invitations": len(guests),
        "sent": len(guests),
        "queued": 0,
        "failed": 0,
        "skipped": [],
    }
    invitations = [letter.message for letter in smtp.received]
    _check_invitations(served, invitations, guests)
    _check_again(served, smtp)
    coming = _answer(served, desk, invitations, guests)
    _check_reminders(desk, served, smtp, guests, coming)
    with capsys.disabled():
        database = desk.url.partition(":")[0]
        together = f"{desk.seconds:6.1f} s ({desk.computing:5.1f} s computing)  together on {database}"
        sys.stdout.write("\n" + "\n".join([*desk.log, together, ""]))
    assert desk.computing < BAR
    _check_reminded_once(served, smtp)


def _import(desk: Desk) -> None:
    for kind, rows in (("needs", 48), ("achievements", 220)):
        answer = desk.ask("sheet", "import", kind, f"demo/{kind}.xlsx", "--publish")
        assert answer == {"rows": rows, "accepted": rows, "created": rows, "complaints": []}


def _check_timetables(meetings: int) -> None:
    """Look for clashes without any help of the scheduler: nobody and no table twice in one slot."""
    rows = db.session.execute(
        select(Meeting.event_id, Meeting.slot, Meeting.table_number, Meeting.enterprise_id, Meeting.expert_id,
               Event.slot_count, Event.tables).join(Meeting.event)
    ).all()  # fmt: skip
    assert len(rows) == meetings
    for what in (2, 3, 4):
        assert [seat for seat, times in Counter((row[0], row[1], row[what]) for row in rows).items() if times > 1] == []
    assert [row for row in rows if not (0 <= row[1] < row[5] and 0 <= row[2] < row[6])] == []


def _guests() -> dict[tuple[int, int], str]:
    """Everybody the plan asks for: the address by event and organisation, from the pairings the sessions were given."""
    found: dict[tuple[int, int], str] = {}
    for pairing in db.session.scalars(select(Pairing).where(Pairing.event_id.is_not(None))):
        for organisation in (pairing.need.organisation, pairing.achievement.organisation):
            assert pairing.event_id is not None
            found[pairing.event_id, organisation.id] = organisation.contact_email
    return found


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _calendar(message: EmailMessage) -> Any:
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    (entry,) = Calendar.from_ical(part.get_content()).walk("VEVENT")
    return entry


def _check_invitations(app: Flask, messages: list[EmailMessage], guests: dict[tuple[int, int], str]) -> None:
    """Exactly one invitation for every planned guest, each with a calendar entry at the time of its session."""
    with app.app_context():
        rows = {
            row.id: (row.event_id, row.organisation_id, row.event.starts_at)
            for row in db.session.scalars(select(Invitation))
        }
    entries = [_calendar(message) for message in messages]
    named = [int(re.match(r"invitation-(\d+)@", str(entry["UID"]))[1]) for entry in entries]  # type: ignore[index]
    assert sorted(named) == sorted(rows)
    assert {
        rows[number][:2]: str(message["To"].addresses[0].addr_spec)
        for number, message in zip(named, messages, strict=True)
    } == guests
    assert [rows[number][2] for number in named] == [entry["DTSTART"].dt for entry in entries]


def _answer(
    app: Flask, desk: Desk, messages: list[EmailMessage], guests: dict[tuple[int, int], str]
) -> dict[tuple[int, int], str]:
    """Every guest opens the link without a cookie; three of four answer. Those who have not declined."""
    links = [LINK.search(_text(message)) for message in messages]
    assert None not in links
    client = app.test_client(use_cookies=False)
    wanted: dict[str, str] = {}
    for number, (message, link) in enumerate(zip(messages, links, strict=True)):
        assert link is not None
        assert client.get(link[1]).status_code == 200
        uid = str(_calendar(message)["UID"]).partition("@")[0].removeprefix("invitation-")
        if number % 4 == 0:
            answer = {"answer": "decline", "reason": f"第 {number} 位来宾当天有事"}
        elif number % 4 == 3:
            continue
        else:
            answer = {"answer": "accept", "attendees": f"来宾{number}、同事{number}", "party_size": "2"}
        assert client.post(link[1], data=answer).status_code == 303
        wanted[uid] = answer.get("reason") or answer["attendees"]
    _check_desk_sees(app, desk, wanted)
    with app.app_context():
        declined = {
            (row.event_id, row.organisation_id)
            for row in db.session.scalars(select(Invitation).where(Invitation.state == "declined"))
        }
    assert len(declined) == len(range(0, len(messages), 4))
    return {guest: address for guest, address in guests.items() if guest not in declined}


def _check_desk_sees(app: Flask, desk: Desk, wanted: dict[str, str]) -> None:
    desk.give(
        "user",
        "add",
        "desk@market.test",
        "--name",
        "市桥",
        "--role",
        "organizer",
        "--password-stdin",
        typed=f"{PASSWORD}\n",
    )
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token is not None
    client.post("/sign-in", data={"csrf_token": token[1], "email": "desk@market.test", "password": PASSWORD})
    missing = {
        number: words
        for number, words in wanted.items()
        if words not in client.get(f"/desk/invitations/{number}").get_data(as_text=True)
    }
    assert missing == {}


def _check_reminders(
    desk: Desk, app: Flask, smtp: Postbox, guests: dict[tuple[int, int], str], coming: dict[tuple[int, int], str]
) -> None:
    """At T-7 and T-1 everybody who has not declined gets exactly one reminder; the first session's by a process."""
    with app.app_context():
        starts = {event_id: db.session.get_one(Event, event_id).starts_at for event_id, _organisation in guests}
    for place, (event_id, starts_at) in enumerate(sorted(starts.items(), key=lambda one: str(one[1]))):
        assert starts_at is not None
        wanted = Counter(address for (session, _organisation), address in coming.items() if session == event_id)
        for days in (7, 1):
            before = len(smtp.received)
            at = _morning(starts_at, days)
            if place == 0:
                desk.ask("jobs", "once", "remind", "deliver", "--at", at)
            else:
                _once(app, at)
            arrived = [letter.message for letter in smtp.received[before:]]
            assert Counter(str(message["To"].addresses[0].addr_spec) for message in arrived) == wanted, (event_id, days)


def _morning(starts_at: datetime, days: int) -> str:
    return f"{clock.today(starts_at) - timedelta(days=days)}T09:30+08:00"


def _once(app: Flask, at: str) -> dict[str, Any]:
    return _invoke(app, "jobs", "once", "remind", "deliver", "--at", at)


def _invoke(app: Flask, *arguments: str) -> dict[str, Any]:
    outcome = app.test_cli_runner().invoke(args=[*arguments, "--json"], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    answer: dict[str, Any] = json.loads(outcome.output)
    return answer


def _check_again(app: Flask, smtp: Postbox) -> None:
    """Each command once more changes nothing and sends nothing."""
    arrived = len(smtp.received)
    for kind in ("needs", "achievements"):
        assert _invoke(app, "sheet", "import", kind, f"{ROOT}/demo/{kind}.xlsx", "--publish")["created"] == 0
    counts = _invoke(app, "pair")
    assert {key: counts[key] for key in ("added", "dropped", "revived", "refreshed")} == dict.fromkeys(
        ("added", "dropped", "revived", "refreshed"), 0
    )
    _invoke(app, "season", "plan", "2022")
    again = _invoke(app, "invitations", "send", "--year", "2022")
    assert (again["invitations"], again["sent"], again["failed"]) == (0, 0, 0)
    assert len(smtp.received) == arrived


def _check_reminded_once(app: Flask, smtp: Postbox) -> None:
    """An hour later on each of the days, nothing is left to send."""
    arrived = len(smtp.received)
    with app.app_context():
        starts = db.session.scalars(select(Event.starts_at).where(Event.kind == "docking")).all()
    for starts_at in starts:
        assert starts_at is not None
        for days in (7, 1):
            _once(app, _morning(starts_at, days).replace("T09:30", "T10:30"))
    assert _invoke(app, "invitations", "send", "--year", "2022")["sent"] == 0
    assert len(smtp.received) == arrived
