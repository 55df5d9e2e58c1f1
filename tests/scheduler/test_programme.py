"""The shape 1+10+N and its proposed dates."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.calendar import WorkCalendar
from scheduler.programme import SHAPE, Planned, Proposal, crowded, propose_dates, propose_year, standing

CALENDAR = WorkCalendar()


def test_the_shape_is_one_ten_and_n() -> None:
    wanted = Counter[str]()
    for quota in SHAPE:
        wanted[quota.arm] += quota.wanted
    assert (wanted["1"], wanted["10"]) == (1, 10)
    assert [quota.wanted for quota in SHAPE if quota.kind == "docking"] == [5, 5]


def test_what_is_planned_and_missing() -> None:
    events = [
        Planned("docking", "cas", date(2026, 3, 4)),
        Planned("docking", "cas"),
        Planned("dialogue", "", date(2026, 3, 4)),
        *[Planned("topic", "policy", date(2026, 6, day)) for day in (2, 3, 4)],
    ]
    rows = {row.quota.label: (row.planned, row.dated, row.missing) for row in standing(SHAPE, events)}
    assert rows == {
        "市厅会商对话会": (1, 1, 0),
        "中科院专题科技成果发布对接会": (2, 1, 3),
        "许昌学院专题科技成果发布对接会": (0, 0, 5),
        "惠企政策服务专题": (3, 3, 0),
        "科技业务培训专题": (0, 0, 2),
        "创新能力提升专题": (0, 0, 2),
        "县域企业服务专题": (0, 0, 2),
    }
    assert crowded(events) == [date(2026, 3, 4)]


@pytest.mark.parametrize("year", [2022, 2026, 2027])
def test_a_year_is_spread_over_working_days(year: int) -> None:
    proposals = propose_year(date(year, 1, 1), date(year, 12, 31), CALENDAR)
    days = [proposal.held_on for proposal in proposals]
    assert len(set(days)) == len(days) == sum(quota.wanted for quota in SHAPE)
    assert [day for day in days if not CALENDAR.is_working(day) or day.weekday() > 4] == []
    docking = [proposal for proposal in proposals if proposal.quota.kind == "docking"]
    assert [proposal.quota.series for proposal in docking] == ["cas", "xuchang_university"] * 5
    gaps = [(b.held_on - a.held_on).days for a, b in pairwise(docking)]
    assert min(gaps) >= 21
    assert max(gaps) <= 52
    assert [p.number for p in docking if p.quota.series == "cas"] == [1, 2, 3, 4, 5]


def test_the_same_question_has_the_same_answer() -> None:
    first: list[Proposal] = propose_year(date(2026, 12, 1), date(2027, 11, 30), CALENDAR)
    assert first == propose_year(date(2026, 12, 1), date(2027, 11, 30), CALENDAR)


@given(
    first=st.dates(date(2022, 1, 1), date(2027, 6, 1)),
    length=st.integers(20, 400),
    count=st.integers(0, 12),
    taken=st.frozensets(st.integers(0, 400), max_size=20),
)
@settings(max_examples=80, deadline=None)
def test_dates_are_different_free_working_days(first: date, length: int, count: int, taken: frozenset[int]) -> None:
    last = first + timedelta(days=length)
    used = {first + timedelta(days=day) for day in taken}
    free = [day for day in CALENDAR.working_days(first, last) if day not in used]
    if len(free) < count:
        with pytest.raises(ValueError, match=f"只有{len(free)}个可用的工作日，排不下{count}场活动"):
            propose_dates(first, last, count, CALENDAR, used)
        return
    days = propose_dates(first, last, count, CALENDAR, used)
    assert days == sorted(set(days))
    assert len(days) == count
    assert set(days) <= set(free)
