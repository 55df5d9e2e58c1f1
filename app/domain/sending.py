"""Owns when letters may leave: which kinds can wait, quiet hours, working days, and what a server's quota sounds like."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain import clock

BULK_LETTERS = (
    "invitation",
    "reminder_week_before",
    "feedback",
    "record_published",
    "record_returned",
    "need_confirm",
)
"""Kinds that lose nothing by waiting for the morning or the next working day. All others leave at any hour: letters
about accounts, changes of an event, and reminders of the day before and of the day itself."""

LONGEST_CLOSED = 40
"""Days within which every calendar has a working day."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of sending as values. `quiet`: from and to as times of the day in Xuchang, over midnight if from > to."""

    quiet: tuple[time, time] | None = None
    working_days_only: bool = False
    per_minute: int | None = None
    per_day: int | None = None
    domain_per_minute: int | None = None
    bounces_to_suppress: int = 3

    @property
    def is_limited(self) -> bool:
        """Whether any letter is counted before it leaves."""
        return self.per_minute is not None or self.per_day is not None or self.domain_per_minute is not None


def bulk_waits_for(rules: Rules, is_working: Callable[[date], bool], at: datetime) -> str:
    """Why letters of BULK_LETTERS wait at this instant, in words for the desk; empty when they may leave."""
    local = clock.local(at)
    if rules.working_days_only and not is_working(local.date()):
        return "今天不是工作日"
    if rules.quiet is not None and _is_quiet(local.time(), *rules.quiet):
        return f"现在是免打扰时段（{rules.quiet[0]:%H:%M}–{rules.quiet[1]:%H:%M}）"
    return ""


def opens_at(rules: Rules, is_working: Callable[[date], bool], at: datetime) -> datetime:
    """The first instant from `at` on at which letters of BULK_LETTERS may leave."""
    if not bulk_waits_for(rules, is_working, at):
        return at
    midnight = clock.local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    end = rules.quiet[1] if rules.quiet else time()
    for day in range(LONGEST_CLOSED):
        start = midnight + timedelta(days=day)
        for opening in (start, start.replace(hour=end.hour, minute=end.minute)):
            if opening > at and not bulk_waits_for(rules, is_working, opening):
                return opening
    return at + timedelta(days=LONGEST_CLOSED)


def _is_quiet(now: time, start: time, end: time) -> bool:
    return start <= now < end if start <= end else now >= start or now < end


_OF_THE_RECIPIENT = re.compile(
    r"mailbox|recipient|over ?quota|user is|disk|storage|收件人|邮箱已满|空间|\b[45]\.2\.2\b", re.IGNORECASE
)
_QUOTA = re.compile(
    r"\b[45]\.4\.5\b|\b[45]\.7\.28\b"
    r"|(daily|hourly|sending|send|outgoing|rate|user|account|domain|message|mail)s?\W.{0,40}(quota|limit)"
    r"|(quota|limit)\b.{0,30}(exceed|reach|used)|exceeded.{0,30}(quota|limit|rate)"
    r"|too (many|much) (messages|mails?|emails|sent)|发信.{0,8}(上限|超限|限额|限制|过多)|(频率|数量)(超|过|受)",
    re.IGNORECASE,
)
_OF_THE_DAY = re.compile(r"dail|day|24 ?h|每天|每日|当日|今日|\b[45]\.4\.5\b", re.IGNORECASE)


def is_quota(words: str) -> bool:
    """Whether the server says that we, not the recipient, used up what we may send."""
    return _QUOTA.search(words) is not None and _OF_THE_RECIPIENT.search(words) is None


def quota_ends_at(words: str, now: datetime) -> datetime:
    """When to try again after such an answer: shortly after midnight if it speaks of a day, else in an hour."""
    if _OF_THE_DAY.search(words) is None:
        return now + timedelta(hours=1)
    midnight = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1, minutes=5)
