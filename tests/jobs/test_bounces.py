"""Letters that come back: notifications read from a mailbox over IMAP, counted once, against the right address only."""

from __future__ import annotations

import dataclasses
import imaplib
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app.domain import clock
from app.extensions import db, writing
from app.jobs import bounces, deliver
from app.jobs.notifications import reports_in
from app.letters.writing import Letter as Written
from app.models.letter import Letter
from app.models.outbox import Bounce, SuppressedAddress
from app.queries.letters import status_of
from app.services import outbox
from tests import mailbox
from tests.cast import NOW
from tests.mailbox import Folder
from tests.postbox import Postbox

pytestmark = pytest.mark.databases("sqlite")


def notification(
    key: str, address: str, *, action: str = "failed", status: str = "5.1.1", about: str = "<dsn1@mx.test>"
) -> bytes:
    """A delivery status notification as RFC 3464 has it, about the letter of this key."""
    return "\r\n".join([
        f"Message-ID: {about}", "From: MAILER-DAEMON@mx.test", "To: market@localhost", "Subject: Undelivered Mail",
        "MIME-Version: 1.0", 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
        "--b", "Content-Type: text/plain; charset=utf-8", "", "Sorry.", "",
        "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.test", "",
        f"Final-Recipient: rfc822; {address}", f"Action: {action}", f"Status: {status}",
        f"Diagnostic-Code: smtp; 550 {status} <{address}>: no such user", "",
        "--b", "Content-Type: text/rfc822-headers", "", f"Message-ID: <{outbox.message_id(key)}@localhost>",
        "Subject: hello", "", "--b--", "",
    ]).encode()  # fmt: skip


@pytest.fixture
def inbox(app: Flask) -> Iterator[Folder]:
    """The mailbox that the application reads."""
    clock.set_clock(NOW)
    with mailbox.served() as folder:
        app.extensions["settings"] = dataclasses.replace(
            app.extensions["settings"], bounce_server="127.0.0.1", bounce_port=folder.port, bounce_use_ssl=False,
            bounce_username=mailbox.USER, bounce_password=mailbox.PASSWORD,
        )  # fmt: skip
        yield folder
    clock.set_clock(None)


def send(app: Flask, *names: str) -> None:
    with app.app_context():
        with writing() as session:
            for name in names:
                outbox.post(session, Written(f"b:{name}", "test", f"{name}@cast.test", "", "主题", "正文", ""), NOW)
        assert deliver.drain(clock.now()).sent == len(names)


def read(app: Flask) -> dict[str, int]:
    with app.app_context():
        return bounces.run(clock.now(), lambda: False)


def test_a_bounce_is_counted_once_and_shown_on_the_letter(app: Flask, inbox: Folder, smtp: Postbox) -> None:
    send(app, "gone", "fine")
    inbox.messages = [notification("b:gone", "gone@cast.test"), b"Subject: hello\r\n\r\nA person writes.\r\n"]
    assert read(app) == {"bounces": 1, "read": 2}
    assert inbox.seen == {1, 2}
    inbox.seen.clear()  # a round that broke off before marking
    assert read(app) == {"bounces": 0, "read": 2}
    with app.app_context():
        gone, fine = db.session.scalars(select(Letter).order_by(Letter.id)).all()
        assert (status_of(gone).code, status_of(fine).code) == ("bounced", "sent")
        one = db.session.scalars(select(Bounce)).one()
        assert (one.letter_id, one.status, one.is_permanent) == (gone.id, "5.1.1", True)
        assert one.words == "550 5.1.1 <gone@cast.test>: no such user"


def test_a_delay_is_noted_and_counts_for_nothing(app: Flask, inbox: Folder, smtp: Postbox) -> None:
    send(app, "slow")
    inbox.messages = [
        notification("b:slow", "slow@cast.test", action="delayed", status="4.4.1", about=f"<d{number}@mx.test>")
        for number in range(4)
    ]
    assert read(app) == {"bounces": 4, "read": 4}
    with app.app_context():
        assert db.session.scalar(select(SuppressedAddress)) is None
        assert status_of(db.session.scalars(select(Letter)).one()).code == "sent"


def test_three_bounces_stop_the_address_and_a_report_about_another_address_does_not(
    app: Flask, inbox: Folder, smtp: Postbox
) -> None:
    send(app, "one")
    forged = [notification("b:one", "victim@cast.test", about=f"<f{number}@mx.test>") for number in range(5)]
    true = [notification("b:one", "one@cast.test", about=f"<t{number}@mx.test>") for number in range(3)]
    inbox.messages = [*forged, *true]
    read(app)
    with app.app_context():
        assert db.session.scalars(select(SuppressedAddress.address)).all() == ["one@cast.test"]


def test_a_wrong_password_is_an_error_of_the_job(app: Flask, inbox: Folder) -> None:
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], bounce_password="no")
    with pytest.raises(imaplib.IMAP4.error, match="wrong password"):
        read(app)


def test_no_mailbox_is_read_without_a_setting(app: Flask) -> None:
    with app.app_context():
        assert bounces.due(NOW) is False
    assert read(app) == {"bounces": 0, "read": 0}


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"Content-Type: multipart/report\r\n\r\nnothing"])
def test_what_is_no_notification_reports_nothing(data: bytes) -> None:
    assert reports_in(data) == []
