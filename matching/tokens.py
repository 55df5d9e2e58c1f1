"""The TokenCache: the words of texts that were cut before, in memory within a bound and, if wanted, in a file."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from hashlib import blake2b
from pathlib import Path

log = logging.getLogger(__name__)

_PENDING = 512
_OPENINGS = 20
_EACH = 50
_SCHEMA = "CREATE TABLE IF NOT EXISTS token (key BLOB PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID"


class TokenCache:
    """Keeps the words of texts by the BLAKE2b hash of the text under a segmenter's fingerprint.

    ``memory_limit`` is in characters of kept words, and 50 for each text: 4 million are about 24 MB and hold the sentences
    of 10,000 achievements. When the newer half is full, the older half is dropped. ``path`` is an SQLite file that several
    processes may use at once; what it holds survives them. It is a cache
    only: a broken file is made anew, a file that cannot be used or is busy is done without, and a file above ``file_limit``
    bytes is emptied. Safe from several threads; a forked process opens the file for itself.
    """

    def __init__(
        self, path: Path | None = None, memory_limit: int = 4_000_000, file_limit: int = 2_000_000_000
    ) -> None:
        self._path = path
        self._half = memory_limit // 2
        self._file_limit = file_limit
        self._newer: dict[bytes, str] = {}
        self._older: dict[bytes, str] = {}
        self._size = 0
        self._pending: dict[bytes, str] = {}
        self._lock = threading.RLock()
        self._file: sqlite3.Connection | None = None
        self._process = -1
        self._usable = path is not None

    def get(self, fingerprint: bytes, text: str) -> str | None:
        """Returns what was kept for a text under a fingerprint of at most 64 bytes, or None."""
        key = _key(fingerprint, text)
        kept = self._newer.get(key)
        if kept is not None:
            return kept
        with self._lock:
            kept = self._older.get(key)
            if kept is None and self._usable:
                kept = self._read(key)
            if kept is not None:
                self._remember(key, kept)
        return kept

    def put(self, fingerprint: bytes, text: str, words: str) -> None:
        """Keeps the words of a text; in the file only after ``flush``, which comes by itself every 512 texts."""
        key = _key(fingerprint, text)
        with self._lock:
            self._remember(key, words)
            if self._usable:
                self._pending[key] = words
                if len(self._pending) >= _PENDING:
                    self.flush()

    def flush(self) -> None:
        """Writes what is new to the file, if there is one."""
        with self._lock:
            pending, self._pending = self._pending, {}
            file = self._opened() if pending else None
            if file is None:
                return
            try:
                with file:
                    file.executemany("INSERT OR IGNORE INTO token VALUES (?, ?)", pending.items())
                    pages, size = (file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
                    if pages * size > self._file_limit:
                        file.execute("DELETE FROM token")
            except sqlite3.OperationalError as error:
                log.warning("words were not kept in %s: %s", self._path, error)  # busy or full: next time
            except sqlite3.DatabaseError as error:
                self._rebuild(error)

    def close(self) -> None:
        """Writes what is new and closes the file; the cache goes on in memory."""
        with self._lock:
            self.flush()
            self._usable = False
            self._let_go()

    def _remember(self, key: bytes, words: str) -> None:
        self._newer[key] = words
        self._size += len(words) + _EACH
        if self._size > self._half:
            self._older, self._newer, self._size = self._newer, {}, 0

    def _read(self, key: bytes) -> str | None:
        if key in self._pending:
            return self._pending[key]
        file = self._opened()
        if file is None:
            return None
        try:
            row = file.execute("SELECT words FROM token WHERE key = ?", (key,)).fetchone()
        except sqlite3.OperationalError:
            return None  # busy: cutting anew is always right
        except sqlite3.DatabaseError as error:
            self._rebuild(error)
            return None
        return None if row is None else str(row[0])

    def _opened(self) -> sqlite3.Connection | None:
        """Returns this process's connection, or None when the file cannot be used."""
        if self._file is not None and self._process == os.getpid():
            return self._file
        self._file, self._process = None, os.getpid()  # a connection of the parent process must not even be closed here
        for attempt in range(1, _OPENINGS + 1):
            try:
                self._file = self._connect()
                break
            except sqlite3.OperationalError as error:
                # Another process is making the file: SQLite does not wait for a change of the journal's mode.
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY and attempt < _OPENINGS:
                    time.sleep(0.05)
                    continue
                log.warning("words cannot be kept in %s: %s", self._path, error)
                self._usable = False
                break
            except sqlite3.DatabaseError as error:
                self._remove(error)
                if attempt >= 2:
                    self._usable = False
                    break
        return self._file

    def _connect(self) -> sqlite3.Connection:
        assert self._path is not None
        with contextlib.suppress(OSError):  # SQLite says it better
            self._path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(self._path, timeout=2.0, check_same_thread=False)
        try:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = OFF")  # what a power cut destroys is made anew
            file.execute(_SCHEMA)
            file.execute("SELECT key, words FROM token LIMIT 1").fetchone()
        except sqlite3.Error:
            file.close()
            raise
        return file

    def _rebuild(self, error: sqlite3.DatabaseError) -> None:
        self._let_go()
        self._remove(error)

    def _remove(self, error: sqlite3.DatabaseError) -> None:
        assert self._path is not None
        log.warning("the kept words in %s are broken and made anew: %s", self._path, error)
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self._path}{suffix}").unlink()

    def _let_go(self) -> None:
        if self._file is not None and self._process == os.getpid():
            self._file.close()
        self._file = None


def _key(fingerprint: bytes, text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=fingerprint).digest()
