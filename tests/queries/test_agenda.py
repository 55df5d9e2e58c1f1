"""The public agenda: announced events only, and how far the year has come."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.errors import Missing
from app.domain.vocabulary import EventKind, Series
from app.models.reference import ProgrammeYear
from app.queries import agenda
from app.services import reference
from tests import shelf
from tests.cast import NOW, engage


def titles(session: Session, **given: object) -> list[str]:
    return [one.title for one in agenda.agenda(session, NOW, year=2022, **given)]  # type: ignore[arg-type]


def test_events_are_shown_once_they_were_announced(session: Session) -> None:
    shelf.event(session, "计划中", state="planned")
    shelf.event(session, "只排了期", state="scheduled")
    shelf.event(session, "从未公告就取消", state="cancelled")
    assert titles(session) == []
    shelf.event(session, "已公告")
    shelf.event(session, "办过", state="held", starts_at=NOW - timedelta(days=3))
    shelf.announced(session, shelf.event(session, "公告后改期", state="scheduled", starts_at=NOW + timedelta(days=40)))
    shelf.announced(session, shelf.event(session, "公告后取消", state="cancelled", starts_at=NOW + timedelta(days=50)))
    assert titles(session) == ["办过", "已公告", "公告后改期", "公告后取消"]


def test_the_agenda_narrows_to_month_kind_and_series(session: Session) -> None:
    shelf.event(session, "中科院")
    shelf.event(session, "许昌学院", series="xuchang_university", starts_at=NOW + timedelta(days=60))
    shelf.event(session, "政策", kind="topic", series=None, topic="policy", starts_at=NOW + timedelta(days=90))
    assert titles(session, kind=EventKind.TOPIC) == ["政策"]
    assert titles(session, line=Series.XUCHANG_UNIVERSITY) == ["许昌学院"]
    assert titles(session, month=3) == ["中科院"]


def test_what_is_coming_is_neither_over_nor_cancelled(session: Session) -> None:
    shelf.event(session, "办过", state="held", starts_at=NOW - timedelta(days=1))
    shelf.announced(session, shelf.event(session, "取消", state="cancelled"))
    shelf.event(session, "正在开", starts_at=NOW - timedelta(hours=2))
    shelf.event(session, "刚散", starts_at=NOW - timedelta(hours=9))
    shelf.event(session, "下周", starts_at=NOW + timedelta(days=7))
    assert [one.title for one in agenda.coming(session, NOW, 5)] == ["正在开", "下周"]
    assert [one.title for one in agenda.coming(session, NOW, 1)] == ["正在开"]


def test_an_event_shows_seats_hosts_and_only_open_releases(session: Session) -> None:
    cast = engage(session)
    made = shelf.event(session)
    made.releases = [
        shelf.achievement(session, cast.institute, "1 公开"),
        shelf.achievement(session, cast.institute, "2 匿名", visibility="anonymous"),
        shelf.achievement(session, cast.institute, "3 不公开", visibility="private"),
        shelf.achievement(session, cast.institute, "4 撤回", state="withdrawn"),
    ]
    session.flush()
    detail = agenda.event(session, made.id, NOW)
    assert detail.entry.seats_left == 70
    assert [(one.title, one.organisation) for one in detail.releases] == [
        ("1 公开", "中国科学院某研究所"),
        ("2 匿名", None),
    ]


@pytest.mark.parametrize("state", ["planned", "scheduled"])
def test_the_page_of_an_event_not_announced_is_missing(session: Session, state: str) -> None:
    made = shelf.event(session, state=state)
    with pytest.raises(Missing):
        agenda.event(session, made.id, NOW)


def test_progress_counts_held_and_dated_events_by_arm(session: Session) -> None:
    reference.ensure_year(session, 2022, NOW)
    shelf.event(session, state="held", starts_at=NOW - timedelta(days=1))
    shelf.event(session, state="reported", series="xuchang_university", starts_at=NOW - timedelta(days=2))
    shelf.event(session, state="scheduled")
    shelf.event(session, state="planned")
    shelf.event(session, state="cancelled")
    shelf.event(session, year=2023)
    found = agenda.progress(session, 2022)
    assert found is not None
    docking = next(arm for arm in found.arms if arm.kind == "docking")
    assert (docking.sign, docking.quota, docking.held, docking.dated, docking.note) == (
        "10", 10, 2, 1, "其中中科院专题 2 场、许昌学院专题 1 场",
    )  # fmt: skip
    assert [arm.sign for arm in found.arms] == ["1", "10", "N"]
    assert agenda.progress(session, 2030) is None


def test_the_present_year_is_the_running_one_else_the_next_else_the_last(session: Session) -> None:
    today = NOW.date()
    assert agenda.present_year(session, today) == 2022
    for year in (2020, 2024, 2023):
        reference.ensure_year(session, year, NOW)
    assert agenda.present_year(session, today) == 2023
    assert agenda.present_year(session, today.replace(year=2020)) == 2020
    assert agenda.present_year(session, today.replace(year=2029)) == 2024
    assert agenda.years(session) == [2024, 2023, 2020]
    assert session.query(ProgrammeYear).count() == 3
