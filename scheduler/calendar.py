"""Working days: weekends, China's public holidays and make-up days, quarters of the year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache

ONE_DAY = timedelta(days=1)


class WorkCalendar:
    """Which days are worked, and why not.

    Public holidays and make-up days come from the `holidays` package (statutory days for every year, make-up days up
    to the last published notice of the State Council). `overrides` maps single days to True (worked) or False (free)
    and wins: it is how a notice is entered before the package knows it.
    """

    def __init__(self, overrides: Mapping[date, bool] | None = None) -> None:
        self._overrides = dict(overrides or {})

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        if day in self._overrides:
            return self._overrides[day]
        free, made_up = _year(day.year)
        return day in made_up or (day.weekday() < 5 and day not in free)

    def holiday_name(self, day: date) -> str | None:
        """The Chinese name of a public holiday; None for working days and plain weekends."""
        if self.is_working(day):
            return None
        name = _year(day.year)[0].get(day)
        return name or ("放假" if day in self._overrides else None)

    def next_working_day(self, day: date) -> date:
        """The first working day after a day."""
        following = day + ONE_DAY
        while not self.is_working(following):
            following += ONE_DAY
        return following

    def working_days(self, first: date, last: date) -> Iterator[date]:
        """The working days from the first to the last day, both included."""
        day = first
        while day <= last:
            if self.is_working(day):
                yield day
            day += ONE_DAY

    def is_final(self, year: int) -> bool:
        """Whether the make-up days of a year are known; before that, dates around holidays may still change."""
        return bool(_year(year)[1]) or any(day.year == year for day in self._overrides)


@cache
def _year(year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    """(free days with their names, make-up days worked on a weekend) of a calendar year."""
    import holidays  # 0.2 s and thirty megabytes of countries: only for those who ask about days

    china = holidays.country_holidays("CN", years=(year, year + 1), language="zh_CN")
    free = {day: name for day, name in china.items() if day.year == year}
    return free, frozenset(day for day in china.weekend_workdays if day.year == year)


def quarter(day: date) -> int:
    """The quarter of the year, 1 to 4."""
    return (day.month + 2) // 3
