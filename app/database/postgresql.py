"""Owns how we connect to PostgreSQL: what is given up after how long, so that nothing hangs and nothing frozen holds locks."""

from __future__ import annotations

LOCK_SECONDS = 15
"""As long as SQLite's busy timeout: who waits longer for a row is answered with 503."""

IDLE_SECONDS = 300
"""A transaction in which nothing happens for so long is that of a frozen process; the server ends it with its locks."""

CONNECTING: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
    "application_name": "market",
    "options": f"-c lock_timeout={LOCK_SECONDS}s -c idle_in_transaction_session_timeout={IDLE_SECONDS}s",
}
"""Arguments of psycopg for every connection."""

RETRIED = {"40P01", "40001"}
"""SQLSTATE of deadlock and serialisation failure: the same work succeeds when it is done again."""


def sqlstate(error: BaseException | None) -> str:
    """The SQLSTATE of a driver's error; empty for others."""
    return str(getattr(error, "sqlstate", None) or "")
