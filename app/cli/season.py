"""The commands of the season: plan the year's docking sessions, show the timetable of one."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.printing import answer
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import Refusal
from app.extensions import db, writing
from app.queries import events as queries
from app.queries import reference as lists
from app.services import planning, programmes, reference, timetable_export

season = AppGroup("season", help="The year's docking sessions.")
timetable = AppGroup("timetable", help="One-to-one timetables.")


@season.command("plan")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--keep-top", type=click.IntRange(0, planning.MOST_KEPT), default=3, show_default=True, metavar="N",
              help="Keep the N best pairings of every need.")  # fmt: skip
@click.option(
    "--again", is_flag=True, help="Move invited guests, those who declined, and meetings that are not locked, too."
)
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def plan(year: int, keep_top: int, again: bool, as_json: bool) -> None:
    """Keep the best pairings, assign them to the sessions of YEAR, build the timetables.

    A year without any event is opened first, with the shape 1+10+N from next month on.
    """
    started, now = time.perf_counter(), clock.now()
    try:
        _open(year, now)
        proposal = planning.propose(db.session(), year, keep_top, PROGRAMME, now, again=again)
        with writing() as session:
            outcome = planning.adopt(session, proposal, PROGRAMME, now)
    except Refusal as error:
        raise click.ClickException(error.message) from error
    data = {
        "year": outcome.year, "events": outcome.events, "kept": outcome.kept, "assigned": outcome.assigned,
        "meetings": outcome.meetings, "unplaced": outcome.unplaced, "clashes": outcome.clashes,
        "seconds": round(time.perf_counter() - started, 2),
    }  # fmt: skip
    lines = [
        (
            f"{year} 年 {outcome.events} 场对接会：入选配对 {outcome.kept} 个，排入场次 {outcome.assigned} 个，"
            f"排定洽谈 {outcome.meetings} 场，未排上 {outcome.unplaced} 个，冲突 {outcome.clashes} 处，"
            f"用时 {data['seconds']} 秒。"
        ),
        "方案已写入。" if outcome.changed else "与现有安排一致，没有改动。",
    ]
    lines += [f"  未排上：配对 {pairing_id}：{reason}" for pairing_id, reason in sorted(proposal.left_out.items())]
    answer(as_json, data, lines)


def _open(year: int, now: datetime) -> None:
    """Open the year if it has no event, and complete the themes of its sessions."""
    with writing() as session:
        if not lists.venues(session):
            reference.load(session, now)
        if queries.in_year(session, PROGRAMME, queries.EventFilter(year)):
            programmes.complete(session, year, PROGRAMME, now)
        else:
            programmes.ensure_year(session, year, _first_day(year, now), PROGRAMME, now)


def _first_day(year: int, now: datetime) -> date:
    """The first of next month, or of the year when that lies further ahead."""
    today = clock.today(now)
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return max(following, date(year, 1, 1))


@timetable.command("show")
@click.argument("event", metavar="EVENT")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def show(event: str, as_json: bool) -> None:
    """Show the timetable of EVENT: an id, or a code such as 2022-CAS-1."""
    session = db.session()
    try:
        found = queries.named(session, PROGRAMME, event)
    except Refusal as error:
        raise click.ClickException(error.message) from error
    published = timetable_export.published(session, found)
    data: dict[str, Any] = {"event": queries.code(found), "id": found.id, "title": found.title}
    answer(as_json, data | published.files(), [f"{data['event']} {found.title}", *published.lines()])


COMMANDS = (season, timetable)
