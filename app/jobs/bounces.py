"""The job that reads the mailbox for letters that came back (IMAP), and counts them against their addresses."""

from __future__ import annotations

import imaplib
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from flask import current_app

from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.settings import Settings
from app.extensions import writing
from app.jobs.notifications import reports_in
from app.services import bounces

log = logging.getLogger(__name__)

MOST = 200
"""Messages read in one round."""

LARGEST = 256 * 1024
"""Bytes read of one message: a notification says what matters at its beginning."""


def due(now: datetime) -> bool:
    """Whether a mailbox is to be read at all."""
    settings: Settings = current_app.extensions["settings"]
    return settings.bounce_server is not None


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Read what is unread, write it down, and mark it as read afterwards: a broken round reads it again, and counts once."""
    counts = {"bounces": 0, "read": 0}
    settings: Settings = current_app.extensions["settings"]
    if settings.bounce_server is None:
        return counts
    with _mailbox(settings) as mailbox:
        for number in _unread(mailbox)[:MOST]:
            if stopping():
                break
            counts["bounces"] += _write_down(_fetch(mailbox, number))
            mailbox.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)")
            counts["read"] += 1
    return counts


@contextmanager
def _mailbox(settings: Settings) -> Iterator[imaplib.IMAP4]:
    """The mailbox, opened for reading and marking; raises OSError or imaplib.IMAP4.error."""
    server, port, wait = settings.bounce_server or "", settings.bounce_port, settings.mail_timeout
    opened: imaplib.IMAP4
    if settings.bounce_use_ssl:
        opened = imaplib.IMAP4_SSL(server, port, ssl_context=ssl.create_default_context(), timeout=wait)
    else:
        opened = imaplib.IMAP4(server, port, timeout=wait)
    with opened:
        opened.login(settings.bounce_username or "", settings.bounce_password or "")
        answer, words = opened.select(_quoted(settings.bounce_folder))
        if answer != "OK":
            raise imaplib.IMAP4.error(f"folder {settings.bounce_folder!r}: {words!r}")
        yield opened


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unread(mailbox: imaplib.IMAP4) -> list[str]:
    _, found = mailbox.uid("SEARCH", "UNSEEN")
    return found[0].decode("ascii").split() if found and found[0] else []


def _fetch(mailbox: imaplib.IMAP4, number: str) -> bytes:
    """The beginning of one message, without marking it as read."""
    _, parts = mailbox.uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST}>)")
    return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")


def _write_down(message: bytes) -> int:
    written = 0
    for report in reports_in(message):
        with writing() as session:
            letter = bounces.letter_of(session, report.message_id)
            written += bounces.record(session, report, letter, PROGRAMME, clock.now())
    if not written:
        log.info("a message of the mailbox brought no new bounce")
    return written
