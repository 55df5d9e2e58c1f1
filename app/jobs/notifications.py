"""Owns how delivery status notifications (RFC 3464) are read: which address, for good or for now, about which letter."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from app.services.bounces import Report

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_OURS = re.compile(r"<(letter\.[0-9a-f]{32}(?:\.\d+)?)@")


def reports_in(data: bytes) -> list[Report]:
    """The failures a message reports, one per address; [] for anything that is not such a notification."""
    message = message_from_bytes(data, policy=policy.default)
    if message.get_content_type() != "multipart/report":
        return []
    ours = _our_letter(message)
    about = str(message.get("Message-ID", "")) or hashlib.sha256(data).hexdigest()
    found = []
    for fields in _recipients(message):
        address = _address(fields)
        if not address or str(fields.get("Action", "")).strip().lower() not in ("failed", "delayed"):
            continue
        words = " ".join(str(fields.get("Diagnostic-Code", "")).partition(";")[2].split())
        status = _STATUS.search(str(fields.get("Status", ""))) or _STATUS.search(words)
        code = status.group(1) if status else ""
        is_permanent = str(fields.get("Action", "")).strip().lower() == "failed" and not code.startswith("4")
        digest = hashlib.sha256(f"{about}\n{address}\n{ours}".encode()).hexdigest()[:40]
        found.append(
            Report(
                key=f"mailbox:{digest}", address=address, is_permanent=is_permanent, source="mailbox", status=code,
                words=words or f"退信通知，状态 {code or '未注明'}", message_id=ours,
            )
        )  # fmt: skip
    return found


def _recipients(message: EmailMessage) -> Iterator[Message]:
    """The groups of fields about one recipient each; the first group of a notification is about the message."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            for group in groups if isinstance(groups, list) else []:
                if isinstance(group, Message) and ("Final-Recipient" in group or "Original-Recipient" in group):
                    yield group


def _address(fields: Message) -> str:
    """The address we wrote to: the original one, if the notification tells it apart from where it ended."""
    value = str(fields.get("Original-Recipient") or fields.get("Final-Recipient") or "")
    return value.partition(";")[2].strip().strip("<>").lower()


def _our_letter(message: EmailMessage) -> str:
    """The local part of our Message-ID out of the returned message or its headers; never out of the notification's own."""
    for part in message.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            payload = part.get_payload()
            returned = payload[0] if isinstance(payload, list) and payload else None
            text = str(returned.get("Message-ID", "")) if isinstance(returned, Message) else str(payload)
            found = _OURS.search(text)
            if found:
                return found.group(1)
    return ""
