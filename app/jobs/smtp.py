"""Owns the way to the mail server: one kept connection with a timeout and verified TLS, one recipient per message."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from email import headerregistry, policy
from email.message import EmailMessage
from email.utils import parseaddr
from types import TracebackType
from typing import Literal, Self

from flask import current_app
from flask_mail import BadHeaderError, Connection, Message

from app.domain import clock
from app.domain.settings import Settings
from app.services.outbox import Claimed

LONGEST_WAIT = 30.0
"""Seconds per network operation at most, so that one letter's operations together stay far below its lease."""

SEVEN_BITS = policy.SMTP.clone(cte_type="7bit")
"""Long and Chinese lines are encoded, whatever the server says that it can take."""

Verdict = Literal["sent", "retry", "failed", "away"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter. `away`: the server could not be asked, which says nothing about the letter."""

    verdict: Verdict
    words: str = ""


class SafeConnection(Connection):
    """Flask-Mail's connection with what it lacks: a timeout, and certificates that are checked."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(current_app.extensions["mail"])
        self.timeout = min(settings.mail_timeout, LONGEST_WAIT)

    def configure_host(self) -> smtplib.SMTP:
        """Connect, secure the line, sign in; raises SMTPException or OSError."""
        context = ssl.create_default_context()
        name = socket.gethostname()
        host: smtplib.SMTP
        if self.mail.use_ssl:
            host = smtplib.SMTP_SSL(self.mail.server, self.mail.port, name, timeout=self.timeout, context=context)
        else:
            host = smtplib.SMTP(self.mail.server, self.mail.port, name, timeout=self.timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=context)
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host


class Postman:
    """Brings letters to the server one at a time over a connection that is opened when first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: SafeConnection | None = None
        self._used = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def bring(self, letter: Claimed, now: datetime) -> Outcome:
        """Hand the letter to the server and tell its answer.

        A line that breaks after it has served other letters is opened once more: servers close it after so many.
        """
        try:
            message = compose(letter, self._settings, now)
        except (BadHeaderError, ValueError) as error:
            return Outcome("failed", f"信件无法组成：{error}")
        again = self._used
        outcome = self._try(message)
        if outcome.verdict == "away" and again:
            outcome = self._try(message)
        return outcome

    def _try(self, message: Message) -> Outcome:
        try:
            self._line().send(message)
        except BadHeaderError as error:
            return Outcome("failed", f"信件无法组成：{error}")
        except smtplib.SMTPRecipientsRefused as error:
            return self._refused(*next(iter(error.recipients.values())))
        except smtplib.SMTPDataError as error:
            return self._refused(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:  # SMTPException is an OSError: the refusals stand above
            self._hang_up()
            return Outcome("away", _words_of(error))
        self._used = True
        return Outcome("sent")

    def _refused(self, code: int, words: bytes | str) -> Outcome:
        told = f"{code} {_text(words)}"
        if code == 421:  # the server closes the line: that is about the line, not about the letter
            self._hang_up()
            return Outcome("away", told)
        self._used = True
        return Outcome("failed" if code >= 500 else "retry", told)

    def _line(self) -> SafeConnection:
        if self._connection is None:
            self._connection = SafeConnection(self._settings).__enter__()
        return self._connection

    def _hang_up(self) -> None:
        connection, self._connection, self._used = self._connection, None, False
        if connection is None or connection.host is None:
            return
        try:
            connection.host.quit()
        except (smtplib.SMTPException, OSError):  # the line is dead already
            connection.host.close()


class SealedMessage(Message):
    """A message whose bytes were composed by the standard library's policy for SMTP.

    Flask-Mail's own composing puts long Chinese lines into the body as they are, beyond the 998 bytes a mail server
    has to take, and folds long names so that blanks get into them.
    """

    sealed: bytes = b""

    def as_bytes(self) -> bytes:
        """What goes over the line."""
        return self.sealed


def compose(letter: Claimed, settings: Settings, now: datetime) -> SealedMessage:
    """The message of a letter: one recipient, a Message-ID made from its key, no header with a person's words.

    Raises ValueError for a line break in a header.
    """
    sender = headerregistry.Address(*_parts(settings.mail_sender))
    content = EmailMessage(policy=SEVEN_BITS)
    content["Subject"] = letter.subject
    content["From"] = sender
    content["To"] = headerregistry.Address(letter.recipient_name, addr_spec=letter.recipient)
    content["Date"] = clock.local(now)
    content["Message-ID"] = f"<{letter.message_id}@{sender.domain}>"
    content["Auto-Submitted"] = "auto-generated"
    content.set_content(letter.text)
    if letter.html:
        content.add_alternative(letter.html, subtype="html")
    if letter.calendar:
        content.add_attachment(
            letter.calendar,
            subtype="calendar",
            params={"method": letter.calendar_method},
            filename="invitation.ics",
        )
    message = SealedMessage(letter.subject, recipients=[letter.recipient], sender=sender.addr_spec)
    message.sealed = content.as_bytes()
    return message


def _parts(sender: str) -> tuple[str, str, str]:
    name, address = parseaddr(sender)
    user, _, domain = address.rpartition("@")
    return name, user, domain


def _words_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "邮件服务器在限定时间内没有应答"
    return f"无法与邮件服务器通信：{error}"


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
