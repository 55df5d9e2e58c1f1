"""Owns the demo's mail server: it takes every letter on the loopback address and keeps it as a file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from app.domain import clock

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 1025, 50
SUFFIX = ".eml"
TO = "X-Envelope-To"


@dataclass(frozen=True, slots=True)
class _Keeper:
    """What the server does with a letter: one file each, with the recipients of the envelope in a header."""

    folder: Path

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep one letter; the file appears complete or not at all."""
        name = f"{clock.local(clock.now()):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(4)}"
        heading = EmailMessage()
        heading[TO] = ", ".join(envelope.rcpt_tos)
        draft = self.folder / f".{name}"
        draft.write_bytes(bytes(heading).rstrip(b"\n") + b"\n" + envelope.content.replace(b"\r\n", b"\n"))
        draft.rename(self.folder / f"{name}{SUFFIX}")
        return "250 OK"


class Catcher:
    """The server, running in a thread of its own until `stop`."""

    def __init__(self, folder: Path) -> None:
        """Listen on the first free port from FIRST_PORT on; OSError when all of them are taken."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        for port in range(FIRST_PORT, FIRST_PORT + PORTS):
            controller = Controller(_Keeper(folder), hostname=HOST, port=port, enable_SMTPUTF8=True)
            try:
                controller.start()
            except OSError as error:
                controller.loop.close()  # the controller leaves its event loop open when it can't listen
                taken = error
                continue
            self.port, self._controller = port, controller
            return
        raise taken

    def stop(self) -> None:
        """Take no more letters."""
        self._controller.stop()
