"""What a season's guests should have been reminded of and when, worked out from the record of what happened alone.

This is written separately from the program and knows nothing of it: neither its tables, nor scheduler.reminders, nor its
calendar of holidays. It reads deeds (who was invited, who answered, what was moved) and the instants at which the background
work ran, and says which letters should have left at which of them, and some of what each must say.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

XUCHANG = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
Key = tuple[str, int, date, int]
# The State Council's notice for 2022: days off beside weekends, and weekends that are worked.
OFF = {date(2022, 1, 3), date(2022, 4, 4), date(2022, 4, 5), date(2022, 5, 2), date(2022, 5, 3), date(2022, 5, 4),
       date(2022, 6, 3), date(2022, 9, 12), *(date(2022, 1, 31) + DAY * n for n in range(7)),
       *(date(2022, 10, 1) + DAY * n for n in range(7)), date(2023, 1, 2)}  # fmt: skip
WORKED = {date(2022, 1, 29), date(2022, 1, 30), date(2022, 4, 2), date(2022, 4, 24), date(2022, 5, 7), date(2022, 10, 8),
          date(2022, 10, 9)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened. `guest` is 0 for what concerns a whole event; `value` depends on `what`:

    planned, moved: (start, end); invited, declined, cancelled, came, absent: None; accepted: (names, number);
    address: the address; off, on: which reminder.
    """

    at: datetime
    what: str
    event: int
    guest: int = 0
    value: Any = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One letter: which reminder (`what`) of which event on which day to which guest; when, to what address, the words."""

    what: str
    event: int
    day: date
    guest: int
    at: datetime
    address: str = ""
    words: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What makes it one letter."""
        return self.what, self.event, self.day, self.guest


@dataclass
class Timeline:
    """A value that changes: the instants in order, and what it was from each of them on."""

    instants: list[datetime] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, at: datetime, value: Any) -> None:
        """Append a change."""
        self.instants.append(at)
        self.values.append(value)

    def now(self, at: datetime) -> Any:
        """The value at this instant; None before the first."""
        place = bisect_right(self.instants, at)
        return self.values[place - 1] if place else None


def works(day: date) -> bool:
    """Whether offices work on the day."""
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


def windows(start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """(reminder, from when, until when it is of use) for an event."""
    on = start.astimezone(XUCHANG).date()
    week, eve = at_hour(on - 7 * DAY, 9), at_hour(on - DAY, 9)
    morning = at_hour(on, 7, 30)
    yield "week_before", week, eve
    yield "day_before", eve, min(morning, start)
    yield "morning", morning, start
    following = end.astimezone(XUCHANG).date() + DAY
    while not works(following):
        following += DAY
    feedback = at_hour(following, 9)
    yield "feedback", feedback, feedback + 14 * DAY


def at_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """The wall clock of Xuchang."""
    return datetime.combine(day, time(hour, minute), XUCHANG)


class Record:
    """The deeds by what they concern: `dates` hold (start, end, when guests were told of it or None for the first)."""

    def __init__(self, deeds: Sequence[Deed]) -> None:
        self.dates: dict[int, Timeline] = defaultdict(Timeline)
        self.ended: dict[int, datetime] = {}
        self.switches: dict[tuple[int, str], Timeline] = defaultdict(Timeline)
        self.guests: dict[tuple[int, int, str], Timeline] = defaultdict(Timeline)
        self.invited: dict[tuple[int, int], datetime] = {}
        for deed in sorted(deeds, key=lambda one: one.at):
            self._read(deed)

    def _read(self, deed: Deed) -> None:
        if deed.what in ("planned", "moved"):
            self.dates[deed.event].add(deed.at, (*deed.value, deed.at if deed.what == "moved" else None))
        elif deed.what == "cancelled":
            self.ended[deed.event] = deed.at
        elif deed.what in ("off", "on"):
            self.switches[deed.event, deed.value].add(deed.at, deed.what)
        elif deed.what == "address":
            self.guests[deed.event, deed.guest, "address"].add(deed.at, deed.value)
        else:
            self._read_answer(deed)

    def _read_answer(self, deed: Deed) -> None:
        if deed.what == "invited":
            self.invited[deed.event, deed.guest] = deed.at
        elif deed.what == "accepted":
            self.guests[deed.event, deed.guest, "party"].add(deed.at, deed.value)
        self.guests[deed.event, deed.guest, "answer"].add(deed.at, deed.what)

    def periods(self, event: int) -> Iterator[tuple[datetime, datetime, datetime | None, datetime, datetime | None]]:
        """(start, end, told at, from when, until when) for every date the event has had."""
        times = self.dates[event]
        for begun, (start, end, told_at) in zip(times.instants, times.values, strict=True):
            over = [at for at in (*times.instants, self.ended.get(event)) if at and at > begun]
            yield start, end, told_at, begun, min(over, default=None)


def expected(deeds: Sequence[Deed], runs: Sequence[datetime]) -> dict[Key, Sent]:
    """The letters that should have left. `runs` are the instants, in order, at which both worker and mail server were up."""
    record = Record(deeds)
    found: dict[Key, Sent] = {}
    for (event, guest), asked_at in record.invited.items():
        for start, end, told_at, begun, over in record.periods(event):
            for what, at, until in windows(start, end):
                if max(asked_at, told_at or asked_at) > at:
                    continue
                ticks = _between(runs, max(at, begun), min(until, over or until))
                one = _first(record, event, guest, what, start, ticks)
                if one is not None:
                    found.setdefault(one.key, one)
    return found


def _first(
    record: Record, event: int, guest: int, what: str, start: datetime, ticks: Iterable[datetime]
) -> Sent | None:
    """The letter as it leaves at the first of the ticks at which the guest is to get it."""
    said = {name: record.guests[event, guest, name] for name in ("answer", "party", "address")}
    for tick in ticks:
        word = _wanted(what, said["answer"].now(tick))
        if word and record.switches[event, word].now(tick) != "off":
            day = start.astimezone(XUCHANG).date()
            words = _words(word, start, tick, said["party"].now(tick))
            return Sent(what, event, day, guest, tick, said["address"].now(tick), words)
    return None


def _between(runs: Sequence[datetime], first: datetime, last: datetime) -> Iterable[datetime]:
    """The runs from `first` on and before `last`; what happens at the same instant as a run comes before it."""
    return runs[bisect_left(runs, first) : bisect_left(runs, last)]


def _wanted(what: str, answer: str | None) -> str:
    """Which reminder (as it is switched) this guest gets at this instant; empty for none."""
    if what == "feedback":
        return "feedback" if answer in ("accepted", "came") else ""
    if answer in ("accepted", "came", "absent"):
        return what
    return f"{what}_unanswered" if answer == "invited" and what != "morning" else ""


def _words(word: str, start: datetime, tick: datetime, party: tuple[str, int] | None) -> tuple[str, ...]:
    """What the letter must say."""
    on = start.astimezone(XUCHANG)
    said = [f"{on.year}年{on.month}月{on.day}日"]
    if word == "feedback":
        return (*said, "感谢贵单位参加")
    said.append(f"{on:%H:%M}—")
    days = (on.date() - tick.astimezone(XUCHANG).date()).days
    if word != "morning":
        said.append({0: "活动今天举行", 1: "活动明天举行"}.get(days, f"活动 {days} 天后举行"))
    if word.endswith("_unanswered"):
        said.append("还没有收到贵单位的回复")
    elif word != "morning" and party is not None:
        said.append(f"参会人员：{party[0]}（共 {party[1]} 人）")
    return tuple(said)


@dataclass
class Difference:
    """How what was sent differs from what should have been; each a list of keys."""

    missing: list[Key] = field(default_factory=list)
    extra: list[Key] = field(default_factory=list)
    late: list[Key] = field(default_factory=list)
    wrong: list[Key] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in ("missing", "extra", "late", "wrong")}


def compare(wanted: dict[Key, Sent], sent: Sequence[tuple[Sent, str]], tick: timedelta) -> Difference:
    """Letters that are missing, too many, later than a tick, or of other words; `sent` comes with each letter's text."""
    found = Difference()
    seen: set[Key] = set()
    for one, text in sent:
        plan = wanted.get(one.key)
        if plan is None or one.key in seen or one.at < plan.at:
            found.extra.append(one.key)
            continue
        seen.add(one.key)
        if one.at >= plan.at + tick:
            found.late.append(one.key)
        if one.address != plan.address or not all(word in text for word in plan.words):
            found.wrong.append(one.key)
    found.missing = [key for key in wanted if key not in seen]
    return found
