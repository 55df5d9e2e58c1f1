"""The job that sends the letters that are due: claim one, send it outside any transaction, settle it, next.

Settling one letter and claiming the next is one transaction, so that a letter costs one commit. While the database is
away an outcome in hand is kept and written down as soon as it is back.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.sending import Rules, bulk_waits_for, quota_ends_at
from app.domain.settings import Settings
from app.extensions import writing
from app.jobs.smtp import Outcome, Postman
from app.queries.reference import working_days
from app.services import bounces, outbox, reminding, sending
from app.services.outbox import Claimed, Terms

log = logging.getLogger(__name__)

FRESH = 2.0
"""Seconds after its claim within which a worker trusts it without asking the database again before the data leave."""

RULES_HOLD = 1.0
"""Seconds for which the rules of sending are believed before they are read again."""

LONGEST_PAUSE = 12.0
"""Seconds one round waits in all for budgets to fill; the next tick goes on."""

DATABASE_AWAY = 120.0
"""Seconds for which an outcome is kept while the database is away; far below the lease."""

STOPPING_KEEPS = 6.0
"""The same for a worker that was asked to stop."""

UNANSWERED_IN_A_ROW = 3
"""After so many lost answers one after another the server counts as away."""

POISON = "发送这封信时程序多次中断，已停止自动重试；请检查内容后重新发送。"


@dataclass
class Tally:
    """What one round brought about. `kinds` counts the letters sent by kind; `away` holds the words of a silent server."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    uncertain: int = 0
    away: str = ""
    kinds: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, int]:
        """The figures as a job reports them."""
        return {
            "sent": self.sent,
            "retried": self.retried,
            "failed": self.failed,
            "uncertain": self.uncertain,
            "away": int(bool(self.away)),
        }


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Send everything due at `now`, until nothing is left, the server is away, or somebody asks to stop."""
    return drain(now, stopping).counts()


def drain(due_by: datetime, stopping: Callable[[], bool] = lambda: False, lease: timedelta = outbox.LEASE) -> Tally:
    """Send what is due by this instant. Needs an application context; any number of workers may drain at once."""
    settings: Settings = current_app.extensions["settings"]
    with Postman(settings) as postman:
        round_ = Round(postman, due_by, stopping, Terms(lease=lease, holds=settings.mail_uncertain == "hold"))
        round_.run()
    if any(round_.tally.counts().values()):
        log.info("letters: %s", round_.tally.counts())
    return round_.tally


class Round:
    """One worker's round: it owns at most one letter at a time, and its token is that of all its claims."""

    def __init__(self, postman: Postman, due_by: datetime, stopping: Callable[[], bool], terms: Terms) -> None:
        self.tally = Tally()
        self._postman = postman
        self._due_by = due_by
        self._began_at = clock.now()
        self._stopping = stopping
        self._terms = terms
        self._rules = Rules()
        self._rules_until = 0.0
        self._wait = 0.0  # seconds until a budget has a letter more
        self._waited = 0.0
        self._unanswered = 0
        self._server_was_away = True  # unknown: the first letter that leaves says that it is back
        self._token = uuid.uuid4().hex

    def run(self) -> None:
        """Send until nothing is left, the server is away, or somebody asks to stop."""
        done: tuple[Claimed, Outcome] | None = None
        while True:
            began = time.monotonic()
            claimed = self._settle_and_claim(done)
            if claimed is not None:
                done = claimed, self._bring(claimed, began)
                self._listen(done[1])
            elif self._may_wait():
                done = None
            else:
                return

    def _settle_and_claim(self, done: tuple[Claimed, Outcome] | None) -> Claimed | None:
        """One transaction, once more while the database is away; a claim whose answer was lost is taken up again."""
        began, tries = time.monotonic(), 0
        while True:
            try:
                with writing() as session:
                    settled = done is None or self._write(session, *done)
                    lost = outbox.resume(session, self._token, clock.now()) if tries else None
                    claimed = lost or self._claim(session)
            except (OperationalError, InterfaceError):
                patience = STOPPING_KEEPS if self._stopping() else DATABASE_AWAY
                if done is None or time.monotonic() - began >= patience:
                    raise
                log.warning("the database is away; the outcome of letter %s is kept", done[0].id)
                time.sleep(min(0.05 * 2**tries, 2.0))
                tries += 1
                continue
            if done is not None:
                self._count(*done, settled=settled)
            return claimed

    def _over(self) -> bool:
        return self._stopping() or bool(self.tally.away)

    def _listen(self, outcome: Outcome) -> None:
        """Tell from one answer whether the server is there for the next letter."""
        self._unanswered = self._unanswered + 1 if outcome.verdict == "unanswered" else 0
        if outcome.verdict in ("away", "quota") or self._unanswered >= UNANSWERED_IN_A_ROW:
            self.tally.away = outcome.words

    def _claim(self, session: Session) -> Claimed | None:
        """The next letter that may leave: due, not held by rules, budgets or a dead address."""
        self._wait = 0.0
        if self._over():
            return None
        now = clock.now()
        self._read_rules(session, now)
        terms = self._terms
        while True:
            claimed = outbox.claim(session, self._token, now, self._due_by, terms)
            if claimed is None:
                return None
            if claimed.dead or claimed.crashes >= outbox.MOST_CRASHES:
                words, failure = (_dead_words(claimed.dead), "undeliverable") if claimed.dead else (POISON, "crashed")
                outbox.settle_failed(session, claimed, now, words, failure)
                self.tally.failed += 1
                continue
            if claimed.kind in reminding.CHECKED and not reminding.still_true(
                session, claimed.id, max(self._due_by, now)
            ):
                outbox.put_back(session, claimed)  # withdrawn, and written anew where only its words had changed
                continue
            refused = self._over_budget(session, claimed, now)
            if refused is None:
                return claimed
            outbox.put_back(session, claimed)
            self._wait = min(self._wait or refused.seconds, refused.seconds)
            if not refused.name.startswith("domain:"):
                return None
            terms = replace(terms, without=(*terms.without, claimed.domain))

    def _read_rules(self, session: Session, now: datetime) -> None:
        terms = _by_lease_clock(self._terms, session)
        if not self._token.startswith(terms.boot):
            self._token = f"{terms.boot}.{self._token}"
        if time.monotonic() >= self._rules_until:
            self._rules = sending.rules(session)
            at = self._due_by + (now - self._began_at)
            calendar = working_days(session) if self._rules.working_days_only else None
            waits = bulk_waits_for(self._rules, calendar.is_working if calendar else lambda _: True, at)
            terms = replace(terms, bulk=not waits)
            self._rules_until = time.monotonic() + RULES_HOLD
        self._terms = terms

    def _over_budget(self, session: Session, claimed: Claimed, now: datetime) -> sending.Refused | None:
        if not self._rules.is_limited:
            return None
        return sending.take(session, self._rules, claimed.domain, now, urgent=claimed.priority == outbox.URGENT)

    def _may_wait(self) -> bool:
        """Wait for a budget to fill, a second at most; False when the round is over."""
        if self._over() or not self._wait or self._waited + self._wait > LONGEST_PAUSE:
            return False
        pause = min(self._wait, 1.0)
        self._waited += pause
        time.sleep(pause)
        return True

    def _bring(self, claimed: Claimed, read: float) -> Outcome:
        def may_send() -> bool:
            if not self._terms.holds and time.monotonic() - read < min(FRESH, self._terms.lease.total_seconds() / 2):
                return True
            with writing() as session:
                return outbox.begin(session, claimed, clock.now(), _by_lease_clock(self._terms, session))

        outcome = self._postman.bring(claimed, clock.now(), may_send)
        if outcome.verdict == "retry" and claimed.is_last_try:
            return Outcome("failed", f"多次重试后仍被拒收：{outcome.words}", failure="refused_often")
        return outcome

    def _write(self, session: Session, claimed: Claimed, outcome: Outcome) -> bool:
        """Write the outcome down; False when the claim had run out and the letter is somebody else's."""
        now, words = clock.now(), outcome.words
        if outcome.verdict == "sent":
            if self._server_was_away:
                sending.met(session, "", now)
            return outbox.settle_sent(session, claimed, now, words)
        if outcome.verdict == "retry":
            return outbox.settle_retry(session, claimed, now, words)
        if outcome.verdict == "failed":
            settled = outbox.settle_failed(session, claimed, now, words, outcome.failure)
            if settled and outcome.dead_recipient:
                bounces.refused(session, claimed.id, words, now)
            return settled
        if outcome.verdict == "unanswered":
            return outbox.settle_unanswered(session, claimed, now, words, holds=self._terms.holds)
        if outcome.verdict == "lost":
            outbox.put_back(session, claimed)  # only what still bears our token, such as a cancelled letter
            return False
        if outcome.verdict == "quota":
            sending.rest(session, words, quota_ends_at(words, now), now)
        else:
            sending.met(session, words, now)
        return outbox.give_back(session, claimed, now, words)

    def _count(self, claimed: Claimed, outcome: Outcome, *, settled: bool) -> None:
        """Count an outcome once it is written down; a claim that has run out belongs to somebody else."""
        tally, verdict = self.tally, outcome.verdict
        if verdict == "sent":
            self._server_was_away = False
        if verdict in ("away", "quota"):
            return
        if not settled:
            log.warning("letter %s: its claim had run out before it was settled", claimed.id)
        elif verdict == "sent":
            tally.sent += 1
            tally.kinds[claimed.kind] += 1
        elif verdict == "retry":
            tally.retried += 1
        elif verdict == "unanswered":
            tally.uncertain += 1
        else:
            tally.failed += 1


def _dead_words(why: str) -> str:
    return f"收件邮箱已标记为无法送达（{why}），没有发出。请更正联系人的邮箱，或恢复这个邮箱后重新发送。"


def _by_lease_clock(terms: Terms, session: Session) -> Terms:
    """The terms with a clock that no change of a machine's time moves: the database's, or on SQLite the machine's age."""
    if clock.is_set():
        return replace(terms, lease_at=clock.now())
    if session.get_bind().dialect.name == "sqlite":
        return replace(terms, lease_at=clock.steady(), boot=clock.boot())
    return replace(terms, by_database=True)
