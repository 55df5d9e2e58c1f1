"""Owns how a letter becomes the bytes of a message: headers, parts, calendar, seven-bit lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import headerregistry, policy
from email.message import EmailMessage
from email.utils import parseaddr

from app.domain import clock
from app.domain.settings import Settings
from app.services.outbox import Claimed

SEVEN_BITS = policy.SMTP.clone(cte_type="7bit")
"""Long and Chinese lines are encoded, whatever the server says that it can take."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready for the line: envelope, and the bytes with doubled dots and the dot at their end."""

    sender: str
    recipient: str
    stuffed: bytes


def compose(letter: Claimed, settings: Settings, now: datetime) -> Composed:
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
    return Composed(sender.addr_spec, letter.recipient, stuffed(content.as_bytes()))


def stuffed(message: bytes) -> bytes:
    """The bytes as DATA wants them: a dot at the beginning of a line is doubled, a lone dot ends all."""
    lines = message if message.endswith(b"\r\n") else message + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n"


def _parts(sender: str) -> tuple[str, str, str]:
    name, address = parseaddr(sender)
    user, _, domain = address.rpartition("@")
    return name, user, domain
