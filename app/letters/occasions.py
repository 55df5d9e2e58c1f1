"""Owns what a letter about an event says: the guest, the session, the talks, the reasons, and whom to ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain import clock

WEEKDAYS = "一二三四五六日"
MOST_REASONS = 6
USUAL_LENGTH = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whom a guest may ask; `line` is the one sentence for it."""

    name: str
    phone: str
    email: str

    @property
    def line(self) -> str:
        """许昌科技大市场，电话 0374-…，邮箱 …."""
        parts = (self.name, self.phone and f"电话 {self.phone}", self.email and f"邮箱 {self.email}")
        return "，".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Topic:
    """One pairing seen from the guest's side (`demand`: an enterprise's, else an institute's). `why` in one sentence."""

    demand: bool
    own: str
    partner: str
    theirs: str
    why: str

    @property
    def phrase(self) -> str:
        """The reason of the invitation."""
        if self.demand:
            return f"贵单位的技术需求“{self.own}”，与{self.partner}的科技成果“{self.theirs}”相匹配。"
        return f"贵单位的科技成果“{self.own}”，与{self.partner}的技术需求“{self.theirs}”相匹配。"

    @property
    def subject(self) -> str:
        """What the talk is about, in the fewest words."""
        need, achievement = (self.own, self.theirs) if self.demand else (self.theirs, self.own)
        return f"需求“{need}”，成果“{achievement}”"


@dataclass(frozen=True, slots=True)
class Talk(Topic):
    """One one-to-one talk: when (09:00—09:20), at which table, and who speaks for whom.

    `edition` is the published timetable since which it stands there, 0 for none.
    """

    hours: str
    table: str
    speaker: str
    edition: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a letter about one guest and one event may say; `link` is the guest's own signed link.

    `edition` counts the published timetables of the event.
    """

    event_id: int
    invitation_id: int
    organisation: str
    contact: str
    email: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    talks: tuple[Talk, ...]
    waiting: tuple[Topic, ...]
    link: str
    desk: Desk
    sequence: int
    uid: str
    accepted: bool = False
    attendees: str = ""
    party_size: int = 0
    most_reasons: int = MOST_REASONS
    edition: int = 0

    @property
    def issue(self) -> str:
        """（第 3 版） of the timetable that the talks come from; empty before the first."""
        return f"（第 {self.edition} 版）" if self.edition and self.talks else ""

    @property
    def when(self) -> str:
        """2022年5月6日（周五）09:00—12:00."""
        return span(self.starts_at, self.ends_at)

    @property
    def date(self) -> str:
        """2022年5月6日（周五）."""
        return day(self.starts_at)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All pairings that speak for the invitation."""
        return (*self.talks, *self.waiting)


def day(instant: datetime) -> str:
    """2022年5月6日（周五）."""
    on = clock.today(instant)
    return f"{on.year}年{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """09:00—09:20."""
    return f"{clock.local(starts_at):%H:%M}—{clock.local(ends_at):%H:%M}"


def span(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when, naming the second day only if it is another."""
    if clock.today(starts_at) == clock.today(ends_at):
        return day(starts_at) + hours(starts_at, ends_at)
    return f"{day(starts_at)}{clock.local(starts_at):%H:%M}至{day(ends_at)}{clock.local(ends_at):%H:%M}"
