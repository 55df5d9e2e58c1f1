"""Mail servers that misbehave, each listening on a free port of the loopback address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRWPair


@contextmanager
def silent() -> Iterator[int]:
    """A server that accepts connections and never says a word; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def scripted(*answers: str) -> Iterator[tuple[int, list[str]]]:
    """A server that greets, takes EHLO, and then gives these answers to one command each; yields port and commands.

    An answer "hang up" closes the connection without a word; the next connection goes on with the rest of the script.
    After the script everything is answered with 250, DATA with 354.
    """
    script: list[str] = list(answers)
    heard: list[str] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:  # the test is over
                return
            with connection, connection.makefile("rwb") as line:
                _converse(line, script, heard)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _say(line: BufferedRWPair, words: bytes) -> None:
    line.write(words)
    line.flush()


def _converse(line: BufferedRWPair, script: list[str], heard: list[str]) -> None:
    _say(line, b"220 scripted\r\n")
    in_data = False
    while True:
        text = line.readline().decode()
        if not text:
            return
        if in_data and text != ".\r\n":
            continue
        verb = "." if in_data else text.split()[0].upper()
        in_data = False
        heard.append(verb)
        if verb in ("EHLO", "HELO", "QUIT", "RSET"):
            _say(line, b"250 fine\r\n")
            if verb == "QUIT":
                return
            continue
        answer = script.pop(0) if script else ("354 go on" if verb == "DATA" else "250 fine")
        if answer == "hang up":
            return
        in_data = answer.startswith("354")
        _say(line, answer.encode() + b"\r\n")
