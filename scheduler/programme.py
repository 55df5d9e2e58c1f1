"""The programme of a year, "1+10+N": its shape as data, what is planned and missing, and proposed dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Quota:
    """So many events of one kind in a year; `at_least` means more are welcome.

    `kind` is dialogue, docking or topic; `series` the series of a docking session or the topic of a topic event.
    """

    kind: str
    series: str
    wanted: int
    label: str
    arm: str
    at_least: bool = True


SHAPE: tuple[Quota, ...] = (
    Quota("dialogue", "", 1, "市厅会商对话会", "1", at_least=False),
    Quota("docking", "cas", 5, "中科院专题科技成果发布对接会", "10"),
    Quota("docking", "xuchang_university", 5, "许昌学院专题科技成果发布对接会", "10"),
    Quota("topic", "policy", 2, "惠企政策服务专题", "N"),
    Quota("topic", "training", 2, "科技业务培训专题", "N"),
    Quota("topic", "capacity", 2, "创新能力提升专题", "N"),
    Quota("topic", "county", 2, "县域企业服务专题", "N"),
)
"""The shape of the 2022 action plan. N has no number there: two of each kind are this project's proposal."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An event of the year; `held_on` is None while it has no date."""

    kind: str
    series: str
    held_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one quota is met."""

    quota: Quota
    planned: int
    dated: int

    @property
    def missing(self) -> int:
        """How many events are still to be planned."""
        return max(0, self.quota.wanted - self.planned)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed event: the `number`-th (from 1) of its quota, on a working day."""

    quota: Quota
    number: int
    held_on: date


def standing(quotas: Sequence[Quota], events: Sequence[Planned]) -> list[Standing]:
    """How many events of each quota are planned and dated, in the order of the quotas."""
    planned = Counter((event.kind, event.series) for event in events)
    dated = Counter((event.kind, event.series) for event in events if event.held_on is not None)
    return [Standing(quota, planned[quota.kind, quota.series], dated[quota.kind, quota.series]) for quota in quotas]


def crowded(events: Sequence[Planned]) -> list[date]:
    """The days on which more than one event is held, in order."""
    days = Counter(event.held_on for event in events if event.held_on is not None)
    return sorted(day for day, number in days.items() if number > 1)


def propose_dates(
    first: date, last: date, count: int, calendar: WorkCalendar, taken: Collection[date] = ()
) -> list[date]:
    """`count` different working days spread evenly from the first to the last day, none of them taken, in order.

    Each stands as near as possible to the middle of its share of the time, on a day in the middle of an ordinary
    week if there is one within a week: not a made-up weekend, a Monday or a Friday, nor beside a public holiday, and
    rather not within three days of a day taken.
    Raises ValueError with a Chinese message when there are not enough working days.
    """
    free = [day for day in calendar.working_days(first, last) if day not in set(taken)]
    if count < 0 or len(free) < count:
        raise ValueError(
            f"{first}至{last}之间只有{len(free)}个可用的工作日，排不下{count}场活动；请延长时间段或减少场次"
        )
    share = ((last - first).days + 1) / count if count else 0.0
    chosen: list[date] = []
    for number in range(count):
        middle = first + timedelta(days=int(share * (number + 0.5)))
        chosen.append(_nearest(free, middle, calendar, taken))
        free.remove(chosen[-1])
    return sorted(chosen)


def _nearest(free: Sequence[date], middle: date, calendar: WorkCalendar, taken: Collection[date]) -> date:
    def unfitness(day: date) -> tuple[int, int, date]:
        distance = abs((day - middle).days)
        awkward = 0 if _ordinary(day, calendar) else 7
        crowded_week = 4 if any(abs((day - other).days) <= 3 for other in taken) else 0
        return (distance + awkward + crowded_week, distance, day)

    return min(free, key=unfitness)


def _ordinary(day: date, calendar: WorkCalendar) -> bool:
    beside = (day - timedelta(days=1), day + timedelta(days=1))
    return day.weekday() in (1, 2, 3) and not any(calendar.holiday_name(other) for other in beside)


def propose_year(
    first: date,
    last: date,
    calendar: WorkCalendar,
    quotas: Sequence[Quota] = SHAPE,
    taken: Collection[date] = (),
) -> list[Proposal]:
    """Dates for every event of a year's quotas between two days, in order of date, never two on one day.

    The series of docking sessions take turns over the whole time; topic events are spread between them; the dialogue
    stands in the first half. Raises ValueError when there are not enough working days.
    """
    docking = _in_turns([quota for quota in quotas if quota.kind == "docking"])
    others = _in_turns([quota for quota in quotas if quota.kind not in ("docking", "dialogue")])
    dialogues = _in_turns([quota for quota in quotas if quota.kind == "dialogue"])
    used = set(taken)
    proposals: list[Proposal] = []
    first_half = first + (last - first) / 2
    for events, until in ((docking, last), (others, last), (dialogues, first_half)):
        days = propose_dates(first, until, len(events), calendar, used)
        used.update(days)
        proposals += [Proposal(quota, number, day) for (quota, number), day in zip(events, days, strict=True)]
    return sorted(proposals, key=lambda proposal: proposal.held_on)


def _in_turns(quotas: Sequence[Quota]) -> list[tuple[Quota, int]]:
    """Every (quota, number), the first of each quota before the second of any."""
    rounds = range(1, max((quota.wanted for quota in quotas), default=0) + 1)
    return [(quota, number) for number in rounds for quota in quotas if number <= quota.wanted]
