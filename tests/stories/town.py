"""How a story is told: the calendar on the wall, who goes to which page and sends what, and what lies in the postbox."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from html import unescape
from typing import Any

import icalendar
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clock
from app.extensions import db
from tests import cast
from tests.cast import Cast, Person
from tests.postbox import Postbox


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar entry says."""

    uid: str
    method: str
    sequence: int
    begins: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Town:
    """The program with its database, the people, and a real mail server."""

    app: Flask
    cast: Cast
    smtp: Postbox

    def on(self, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """Turn the calendar to this instant of 2022 on the wall clock of Xuchang; the clock runs on from there."""
        at = datetime(2022, month, day, hour, minute, tzinfo=clock.LOCAL)
        clock.set_clock(at)
        return at

    def read(self, person: Person | None, path: str, status: int = 200) -> str:
        """The text of a page as somebody sees it, without its markup."""
        return plain(self.page(person, path, status))

    def page(self, person: Person | None, path: str, status: int = 200) -> str:
        """A page with its markup."""
        client = self.app.test_client()
        answer = (client if person is None else cast.sign_in(client, person)).get(path)
        assert answer.status_code == status, path
        return answer.text

    def send(self, person: Person, path: str, form: dict[str, Any] | None = None, status: int = 303) -> str:
        """Send a form as somebody; the place it leads to, or the text of the answer."""
        answer = cast.post(cast.sign_in(self.app.test_client(), person), path, form)
        assert answer.status_code == status, (path, plain(answer.text)[:2000])
        return answer.location or plain(answer.text)

    def work(self, *names: str) -> dict[str, Any]:
        """Let the background work do what is due now; what each job did."""
        outcome = self.app.test_cli_runner().invoke(args=["jobs", "once", *names, "--json"], catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.output
        done: dict[str, Any] = json.loads(outcome.output)["jobs"]
        return done

    def subjects(self, mailbox: str) -> list[str]:
        """What lies in somebody's postbox, oldest first; emptied by reading."""
        found = [str(message["Subject"]) for message in self.smtp.to(mailbox)]
        self.smtp.received[:] = [one for one in self.smtp.received if mailbox not in one.recipients]
        return found

    def everything(self) -> dict[str, list[str]]:
        """Everything in the postbox, by address; emptied by reading."""
        addresses = sorted({address for one in self.smtp.received for address in one.recipients})
        return {address: self.subjects(address) for address in addresses}

    def count(self, table: type[Any]) -> int:
        """How many rows there are."""
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(table)) or 0

    def entries(self) -> dict[str, Entry]:
        """The calendar entries of the letters in the postbox, by address."""
        return {one.recipients[0]: entry_in(one.message) for one in self.smtp.received}

    def one(self, table: type[Any], *conditions: Any) -> Any:
        """Some values of the only row, as the database has it now."""
        with self.app.app_context():
            session: Session = db.session()
            row = session.scalars(select(table).where(*conditions)).unique().one()
            return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs} | {
                "state": getattr(row, "state", None)
            }


def plain(page: str) -> str:
    """A page's text with single spaces; the marks around what was looked for part no word."""
    bare = re.sub(r"</?mark\b[^>]*>", "", page)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", bare, flags=re.DOTALL))).strip()


def text_of(message: EmailMessage) -> str:
    """The plain part of a letter."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def entry_in(message: EmailMessage) -> Entry:
    """The only calendar entry that a letter carries."""
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    calendar = icalendar.Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    return Entry(str(event["uid"]), str(calendar["method"]), int(str(event["sequence"])), event.decoded("dtstart"),
                 str(event["location"]))  # fmt: skip


def link_in(message: EmailMessage, purpose: str) -> str:
    """The path of the only link for this purpose in the plain part of a letter."""
    found = set(re.findall(rf"http://127\.0\.0\.1:8000(/{purpose}/[\w.-]+)", text_of(message)))
    assert len(found) == 1, found
    return str(found.pop())
