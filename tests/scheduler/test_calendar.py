"""Working days of 2022, 2026 and 2027, from the notices of the State Council."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.calendar import WorkCalendar, quarter


@pytest.mark.parametrize(
    ("day", "works", "name"),
    [
        (date(2022, 1, 29), True, None),  # Saturday made up for the Spring Festival
        (date(2022, 2, 2), False, "春节"),
        (date(2022, 2, 7), True, None),
        (date(2022, 4, 2), True, None),
        (date(2022, 4, 5), False, "清明节"),
        (date(2022, 10, 7), False, "休息日（由 2022-10-09 调休）"),
        (date(2022, 10, 8), True, None),
        (date(2022, 10, 9), True, None),
        (date(2022, 10, 15), False, None),  # a plain Saturday
        (date(2026, 2, 14), True, None),
        (date(2026, 2, 17), False, "春节"),
        (date(2026, 2, 23), False, "休息日（由 2026-02-28 调休）"),
        (date(2026, 2, 24), True, None),
        (date(2026, 9, 20), True, None),
        (date(2026, 10, 1), False, "国庆节"),
        (date(2027, 2, 6), False, "春节"),
        (date(2027, 3, 1), True, None),
    ],
)
def test_days_that_are_worked_and_free(day: date, works: bool, name: str | None) -> None:
    calendar = WorkCalendar()
    assert (calendar.is_working(day), calendar.holiday_name(day)) == (works, name)


def test_the_spring_festival_is_jumped_over() -> None:
    assert WorkCalendar().next_working_day(date(2022, 1, 30)) == date(2022, 2, 7)
    assert WorkCalendar().next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert WorkCalendar().next_working_day(date(2024, 2, 28)) == date(2024, 2, 29)


def test_an_override_wins_in_both_directions() -> None:
    calendar = WorkCalendar({date(2027, 2, 20): True, date(2027, 2, 11): False})
    assert calendar.is_working(date(2027, 2, 20))
    assert not calendar.is_working(date(2027, 2, 11))
    assert calendar.holiday_name(date(2027, 2, 11)) == "放假"


def test_a_year_without_a_notice_is_not_final_until_days_are_entered() -> None:
    assert WorkCalendar().is_final(2022)
    assert WorkCalendar().is_final(2026)
    assert not WorkCalendar().is_final(2027)
    assert WorkCalendar({date(2027, 2, 20): True}).is_final(2027)


@pytest.mark.parametrize(("year", "number"), [(2022, 249), (2026, 248)])
def test_working_days_of_a_year(year: int, number: int) -> None:
    assert len(list(WorkCalendar().working_days(date(year, 1, 1), date(year, 12, 31)))) == number


def test_quarters() -> None:
    assert [quarter(date(2026, month, 1)) for month in range(1, 13)] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
