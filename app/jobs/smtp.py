"""Owns the way to the mail server: one kept connection with a timeout and verified TLS, one recipient per message."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Literal, Self

from flask import current_app
from flask_mail import Connection

from app.domain.sending import is_quota
from app.domain.settings import Settings
from app.jobs.composing import Composed, compose
from app.services.outbox import Claimed

LONGEST_WAIT = 30.0
"""Seconds per network operation at most, so that one letter's operations together stay far below its lease."""

NO_ANSWER = "邮件服务器在限定时间内没有应答"

Verdict = Literal["sent", "retry", "failed", "away", "quota", "unanswered", "lost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter.

    away: the server could not be asked, which says nothing about the letter. quota: we have used up what we may send.
    unanswered: the data left and no answer came. lost: the claim was somebody else's by then, and nothing was sent.
    `dead_recipient`: the server refused the address itself for good.
    """

    verdict: Verdict
    words: str = ""
    failure: str = "refused"
    dead_recipient: bool = False


class SafeConnection(Connection):
    """Flask-Mail's connection with what it lacks: a timeout, and certificates that are checked."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(current_app.extensions["mail"])
        self.timeout = min(settings.mail_timeout, LONGEST_WAIT)

    def configure_host(self) -> smtplib.SMTP:
        """Connect, secure the line, sign in; raises SMTPException or OSError."""
        name = socket.gethostname()
        host: smtplib.SMTP
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(self.mail.server, self.mail.port, name, timeout=self.timeout, context=context)
        else:
            host = smtplib.SMTP(self.mail.server, self.mail.port, name, timeout=self.timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
            host.ehlo_or_helo_if_needed()
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

    def bring(self, letter: Claimed, now: datetime, may_send: Callable[[], bool] = lambda: True) -> Outcome:
        """Hand the letter to the server and tell its answer.

        `may_send` is asked after the recipient was taken, right before the data leave: False leaves the letter alone.
        A line that breaks after it has served other letters is opened once more: servers close it after so many. What
        was unanswered is never brought again from here: that is for the outbox to decide and to write down.
        """
        try:
            message = compose(letter, self._settings, now)
        except ValueError as error:
            return Outcome("failed", f"信件无法组成：{error}", failure="words")
        again = self._used
        outcome = self._try(message, may_send)
        if outcome.verdict == "away" and again:
            outcome = self._try(message, may_send)
        return outcome

    def _try(self, message: Composed, may_send: Callable[[], bool]) -> Outcome:
        try:
            host = self._line()
            told = self._announce(host, message)
            if told is None:
                if not may_send():
                    self._hang_up()
                    return Outcome("lost")
                told = self._refused("data", *host.docmd("DATA"), fine=354)
            if told is not None:
                return told
            host.send(message.stuffed)  # an error in here: the server has not seen the end of the letter
        except (smtplib.SMTPException, OSError) as error:  # SMTPException is an OSError
            self._hang_up()
            words = _words_of(error)
            code = getattr(error, "smtp_code", 0)
            return Outcome("quota" if code and is_quota(words) else "away", words)
        return self._answer(host)

    def _announce(self, host: smtplib.SMTP, message: Composed) -> Outcome | None:
        """Sender and recipient; None when both were taken."""
        size = f"size={len(message.stuffed)}"
        options = [size] if host.does_esmtp and host.has_extn("size") else []
        told = self._refused("sender", *host.mail(message.sender, options))
        return told or self._refused("recipient", *host.rcpt(message.recipient))

    def _answer(self, host: smtplib.SMTP) -> Outcome:
        """What the server says to the whole letter; silence leaves it open whether it has a copy."""
        try:
            code, words = host.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Outcome("unanswered", _words_of(error))
        told = self._refused("letter", code, words)
        if told is not None:
            return told
        self._used = True
        return Outcome("sent", f"{code} {_text(words)}")

    def _refused(self, about: str, code: int, words: bytes | str, fine: int = 250) -> Outcome | None:
        """None when the server agreed; otherwise what its refusal means for the letter."""
        if code == fine or (about == "recipient" and code == 251):
            return None
        told = f"{code} {_text(words)}"
        if code == 421 or code < 400:  # the server closes the line, or is out of step: not about the letter
            self._hang_up()
            return Outcome("quota" if is_quota(told) else "away", told)
        self._used = True
        self._reset()
        if is_quota(told):
            return Outcome("quota", told)
        if about == "sender" and code >= 500:  # it is we who are not wanted, and all letters alike
            return Outcome("away", told)
        if code < 500:
            return Outcome("retry", told)
        return Outcome("failed", told, dead_recipient=about == "recipient" and _is_dead(told))

    def _reset(self) -> None:
        """Make the line ready for the next letter."""
        try:
            if self._connection is not None and self._connection.host is not None:
                self._connection.host.rset()
        except (smtplib.SMTPException, OSError):
            self._hang_up()

    def _line(self) -> smtplib.SMTP:
        if self._connection is None:
            connection = SafeConnection(self._settings)
            connection.__enter__()
            self._connection = connection
        host = self._connection.host
        if host is None:
            raise smtplib.SMTPServerDisconnected("the extension was told to send nothing")
        return host

    def _hang_up(self) -> None:
        connection, self._connection, self._used = self._connection, None, False
        if connection is None or connection.host is None:
            return
        try:
            if connection.host.sock is not None:
                connection.host.sock.settimeout(1.0)  # a server that hangs must not make us wait once more
            connection.host.quit()
        except (smtplib.SMTPException, OSError):  # the line is dead already
            connection.host.close()


def _is_dead(told: str) -> bool:
    """Whether a refusal for good is about the address, and not about our reputation or the words (5.7.x)."""
    return re.search(r"\b5\.7\.\d", told) is None and told[:3] in ("550", "551", "553", "556")


def _words_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return NO_ANSWER
    return f"无法与邮件服务器通信：{error}"


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
