"""Loads the demo season: the lists, the two sheets, the people who sign in, and the events of the year.

What has been done is marked in the history, so that loading again keeps the data and loading after a break goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli.demonstration.story import Story
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.drafts import OrganisationDraft
from app.domain.errors import Invalid
from app.domain.profiles import OrganisationDetails
from app.domain.vocabulary import OrganisationKind, SheetKind
from app.extensions import db, writing
from app.models.history import MoveRecord
from app.models.people import Organisation, User
from app.queries.sheets import result_of
from app.services import accounts, conduct, history, intake, organisations, programmes, reference
from app.services.steps import Step
from app.sheets.renewing import put_off

NOUN = "demo"
STARTED, LOADED, STAGED = "start", "load", "stage"
BEGAN = timedelta(days=45)
"""How long before the loading the story begins: long enough for a session that is over to have been prepared."""

MONTHS = 12
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Season:
    """The programme year of the demo, and the first and last day on which its events may lie."""

    year: int
    first_on: date
    last_on: date


def season_of(year: int | None, now: datetime) -> Season:
    """The year itself when one is asked for; otherwise the twelve months from the first of next month.

    A season that spans two calendar years bears the number of the one that holds more of its months.
    """
    if year is not None:
        return Season(year, date(year, 1, 1), date(year, 12, 31))
    today = clock.today(now)
    first = _months_later(today.replace(day=1), 1)
    following = _months_later(first, MONTHS)
    return Season(_months_later(first, MONTHS // 2 - 1).year, first, following - timedelta(days=1))


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def marks(session: Session) -> dict[str, dict[str, Any]]:
    """The steps of the demo that were done, with their details; empty for a database without the demo."""
    rows = session.scalars(select(MoveRecord).where(MoveRecord.noun == NOUN).order_by(MoveRecord.id)).all()
    return {row.verb: row.details for row in rows}


def mark(session: Session, step: str, label: str, now: datetime, details: dict[str, Any] | None = None) -> None:
    """Note that a step was done."""
    history.record(session, NOUN, None, step, PROGRAMME, now, label=label, details=details)


def season(session: Session) -> Season | None:
    """The season of the demo in this database, None where there is none."""
    started = marks(session).get(STARTED)
    if started is None:
        return None
    return Season(started["year"], date.fromisoformat(started["first_on"]), date.fromisoformat(started["last_on"]))


def load(story: Story, folder: Path, year: int | None, now: datetime, say: Say) -> Season:
    """Load what is not there yet and return the season. Raises Invalid where other people's accounts are kept."""
    chosen = _start(year, now)
    done = marks(db.session())
    for kind in SheetKind:
        path = folder / f"{kind.value}.xlsx"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if done.get(kind.value, {}).get("sha256") == digest:
            say(f"{path.name}：已经载入过，保留现有数据。")
            continue
        _sheet(kind, path, digest, chosen, now, say)
    if LOADED in done:
        say("单位和人员：已经载入过，保留现有数据。")
    else:
        with writing() as session:
            _people(session, story, now - BEGAN)
            mark(session, LOADED, "载入演示数据", now)
    with writing() as session:
        opened = programmes.ensure_year(
            session, chosen.year, chosen.first_on, PROGRAMME, _opened_at(chosen, now), last_on=chosen.last_on
        )
    words = f"新安排 {opened.made} 场活动" if opened.made else "活动已经排好，保留现有安排"
    say(f"{chosen.year} 年度（{chosen.first_on} 至 {chosen.last_on}）：{words}。")
    return chosen


def _start(year: int | None, now: datetime) -> Season:
    with writing() as session:
        there = season(session)
        if there is None and session.scalar(select(func.count(User.id))):
            raise Invalid(
                "这个数据库里已有人员账号，不是演示数据库，没有载入任何内容。"
                "演示请用空数据库：把设置 DATA_DIR 或 DATABASE_URL 指向别处，先运行 flask --app wsgi db upgrade。"
            )
        if there is not None and (year is None or year == there.year):
            return there
        if there is not None:
            raise Invalid(f"这个数据库里已是 {there.year} 年的演示数据；要换年份，请先运行 make demo，或用空数据库。")
        chosen = season_of(year, now)
        reference.load(session, now)
        details = {"year": chosen.year, "first_on": str(chosen.first_on), "last_on": str(chosen.last_on)}
        mark(session, STARTED, "开始载入演示数据", now, details)
    return chosen


def _opened_at(chosen: Season, now: datetime) -> datetime:
    """When the year was planned: when the records came in, before anything is played; on the eve of a year that is over."""
    if chosen.last_on > clock.today(now):
        return now - BEGAN
    return datetime.combine(chosen.first_on - timedelta(days=1), time(9), clock.LOCAL)


def _sheet(kind: SheetKind, path: Path, digest: str, chosen: Season, now: datetime, say: Say) -> None:
    """Import one sheet as the command does, published, with dates of validity that reach the season's end."""
    until = max(chosen.last_on, clock.today(now) + timedelta(days=1))
    data, moved = put_off(path.read_bytes(), path.name, kind, until)
    then = now - BEGAN
    with writing() as session:
        upload = intake.check(session, kind, path.name, data, PROGRAMME, then)
        intake.accept(session, upload, PROGRAMME, then, publish=True)
        mark(session, kind.value, f"载入{kind.label}表", now, {"sha256": digest})
        said = result_of(upload)
    say(f"{path.name}：{said}。" + (f"其中 {moved} 条的有效期早于本季结束，顺延至 {until}。" if moved else ""))


def _people(session: Session, story: Story, now: datetime) -> None:
    """Open the accounts of the story and fill in whom guests may call."""
    for person in story.people:
        place = organisations.for_operator(session, person.role, person.organisation, person.county, now)
        member = accounts.add(session, person.name, person.email, person.role, place, story.password, now)
        if not member.is_active:
            conduct.carry_out(session, Step(member, "approve"), PROGRAMME, now)
    for name, contact in story.contacts.items():
        place = session.scalars(select(Organisation).where(Organisation.name == name)).one()
        draft = OrganisationDraft(name=name, county=place.county.name if place.county else "")
        details = OrganisationDetails(draft, OrganisationKind(place.kind), contact=contact)
        organisations.revise(session, place, details, PROGRAMME, now)
