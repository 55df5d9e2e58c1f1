"""Owns a real SMTP server that keeps what it is given, for tests to look at."""

import asyncio
import re
import secrets
import smtplib
import threading
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^@>]+)@", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as the server took it: the envelope and the parsed content."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class Postbox:
    """The server's side: `received` grows as messages come in; addresses in `refused` get a 550."""

    host: str = "127.0.0.1"
    port: int = 0
    received: list[Delivered] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take or refuse one recipient."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep one message."""
        message = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(Delivered(envelope.mail_from, tuple(envelope.rcpt_tos), message))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the messages that went to this address, in order of arrival."""
        return [letter.message for letter in self.received if address in letter.recipients]


@dataclass
class Ledger(Postbox):
    """A server that only counts: how often each Message-ID arrived. `delay` seconds pass before it answers a letter."""

    counted: Counter[str] = field(default_factory=Counter)
    total: int = 0
    delay: float = 0.0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Count one message."""
        found = _MESSAGE_ID.search(envelope.content)
        assert found is not None
        if self.delay:
            await asyncio.sleep(self.delay)
        self.counted[found.group(1).decode()] += 1
        self.total += 1
        return "250 OK"


class PostboxServer:
    """Runs a Postbox in a thread on a free port of the loopback address, and makes sure that it is ours that answers."""

    def __init__(self, postbox: Postbox | None = None) -> None:
        self.postbox = postbox or Postbox()
        self.token = secrets.token_hex(8)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="postbox", daemon=True)
        self.thread.start()
        # In the loop's own thread: in ours the browser's loop may be running, and a thread runs only one.
        listening = self.loop.create_server(self._session, host=self.postbox.host, port=0)
        self.server = asyncio.run_coroutine_threadsafe(listening, self.loop).result(timeout=10)
        self.postbox.port = self.server.sockets[0].getsockname()[1]
        with smtplib.SMTP(timeout=10) as probe:
            _, greeting = probe.connect(self.postbox.host, self.postbox.port)
            assert self.token.encode() in greeting, "another SMTP server answers on our port"

    def _session(self) -> SMTP:
        return SMTP(self.postbox, hostname="postbox.test", ident=self.token, enable_SMTPUTF8=True, loop=self.loop)

    def stop(self) -> None:
        """Close the server and its thread."""
        self.loop.call_soon_threadsafe(self._close)
        self.thread.join(timeout=10)
        assert not self.thread.is_alive()
        self.loop.close()

    def _close(self) -> None:
        async def finish() -> None:
            self.server.close()
            others = [task for task in asyncio.all_tasks(self.loop) if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self.server.wait_closed()
            self.loop.stop()

        self.loop.create_task(finish())
