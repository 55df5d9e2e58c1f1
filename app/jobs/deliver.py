"""The job that sends the letters that are due: claim one, send it outside any transaction, settle it, next."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app

from app.domain import clock
from app.domain.settings import Settings
from app.extensions import writing
from app.jobs.smtp import Outcome, Postman
from app.services import outbox, reminding
from app.services.outbox import Claimed

log = logging.getLogger(__name__)

FRESH = outbox.LEASE.total_seconds() / 2
"""Seconds after which a worker that was stopped and woken no longer trusts its claim."""


@dataclass
class Tally:
    """What one round brought about. `kinds` counts the letters sent by kind; `away` holds the words of a silent server."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    away: str = ""
    kinds: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, int]:
        """The figures as a job reports them."""
        return {"sent": self.sent, "retried": self.retried, "failed": self.failed, "away": int(bool(self.away))}


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Send everything due at `now`, until nothing is left, the server is away, or somebody asks to stop."""
    return drain(now, stopping).counts()


def drain(due_by: datetime, stopping: Callable[[], bool] = lambda: False) -> Tally:
    """Send what is due by this instant. Needs an application context; any number of workers may drain at once."""
    tally = Tally()
    token = uuid.uuid4().hex
    settings: Settings = current_app.extensions["settings"]
    with Postman(settings) as postman:
        while not stopping() and not tally.away:
            began = time.monotonic()
            with writing() as session:
                claimed = outbox.claim(session, token, clock.now(), due_by)
                is_true = claimed is None or reminding.still_true(session, claimed.id, max(due_by, clock.now()))
            if claimed is None:
                break
            if not is_true:
                continue  # withdrawn, and written anew where only its words had changed
            if time.monotonic() - began > FRESH:
                log.warning(
                    "letter %s: this worker stood still too long to send it; it is left to the next", claimed.id
                )
                continue
            _settle(claimed, _outcome(postman, claimed), tally)
    if tally.sent or tally.failed or tally.away:
        log.info("letters: %s", tally.counts())
    return tally


def _outcome(postman: Postman, claimed: Claimed) -> Outcome:
    if claimed.crashes >= outbox.MOST_CRASHES:
        return Outcome("failed", "发送这封信时程序多次中断，已停止自动重试；请检查内容后重新发送。")
    outcome = postman.bring(claimed, clock.now())
    if outcome.verdict == "retry" and claimed.is_last_try:
        return Outcome("failed", f"多次重试后仍被拒收：{outcome.words}")
    return outcome


def _settle(claimed: Claimed, outcome: Outcome, tally: Tally) -> None:
    """Write the outcome down and count it; a claim that has run out belongs to somebody else and is not counted."""
    now = clock.now()
    with writing() as session:
        if outcome.verdict == "sent":
            settled = outbox.settle_sent(session, claimed, now)
        elif outcome.verdict == "retry":
            settled = outbox.settle_retry(session, claimed, now, outcome.words)
        elif outcome.verdict == "failed":
            settled = outbox.settle_failed(session, claimed, now, outcome.words)
        else:
            settled = outbox.give_back(session, claimed, now, outcome.words)
    if outcome.verdict == "away":
        tally.away = outcome.words
    elif not settled:
        log.warning("letter %s: its claim had run out before it was settled", claimed.id)
    elif outcome.verdict == "sent":
        tally.sent += 1
        tally.kinds[claimed.kind] += 1
    elif outcome.verdict == "retry":
        tally.retried += 1
    else:
        tally.failed += 1
