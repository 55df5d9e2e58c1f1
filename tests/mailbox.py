"""Owns a small IMAP server for tests: one folder, what a reader of bounces asks for, and nothing else."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "market@cast.test", "imap-lotus"


@dataclass
class Folder:
    """The messages, numbered from 1, and the numbers of those that were read. `port`: where it answers."""

    messages: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    port: int = 0


class _Conversation(socketserver.StreamRequestHandler):
    folder: Folder

    def handle(self) -> None:
        """Answer one client until it logs out."""
        self._say("* OK ready")
        for raw in self.rfile:
            tag, _, line = raw.decode().strip().partition(" ")
            verb = line.split(" ")[0].upper()
            if verb == "LOGIN":
                wanted = f'LOGIN {USER} "{PASSWORD}"'
                self._say(f"{tag} OK welcome" if line == wanted else f"{tag} NO wrong password")
            elif verb == "SELECT":
                good = line == 'SELECT "INBOX"'
                self._say(f"* {len(self.folder.messages)} EXISTS")
                self._say(f"{tag} OK [READ-WRITE] done" if good else f"{tag} NO no such folder")
            elif verb == "UID":
                self._uid(line)
                self._say(f"{tag} OK done")
            else:
                self._say("* CAPABILITY IMAP4rev1" if verb == "CAPABILITY" else "* OK")
                self._say(f"{tag} OK done")
                if verb == "LOGOUT":
                    return

    def _uid(self, line: str) -> None:
        folder = self.folder
        if "SEARCH" in line:
            unread = [str(number) for number in range(1, len(folder.messages) + 1) if number not in folder.seen]
            self._say(" ".join(("* SEARCH", *unread)))
            return
        found = re.match(r"UID (FETCH|STORE) (\d+) (.*)", line)
        assert found is not None, line
        number = int(found.group(2))
        if found.group(1) == "STORE":
            assert found.group(3) == r"+FLAGS.SILENT (\Seen)"
            folder.seen.add(number)
            return
        assert "PEEK" in found.group(3)
        data = folder.messages[number - 1]
        self.wfile.write(f"* {number} FETCH (UID {number} BODY[]<0> {{{len(data)}}}\r\n".encode() + data + b")\r\n")

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@contextmanager
def served() -> Iterator[Folder]:
    """A folder behind a server on a free port of the loopback address."""
    folder = Folder()
    handler = type("Conversation", (_Conversation,), {"folder": folder})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        folder.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield folder
        server.shutdown()
        thread.join(10)
