"""The command that loads the lists the service starts with."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.cli.printing import answer
from app.domain import clock
from app.extensions import writing
from app.services import reference as lists


@click.group()
def reference() -> None:
    """Counties, industries, venues and years (基础资料)."""


@reference.command()
@click.option("--year", type=click.IntRange(2000, 2100), multiple=True, help="Open the programme of this year, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_appcontext
def load(year: tuple[int, ...], as_json: bool) -> None:
    """Add the rows that are not there yet; rows that are there stay as they are."""
    with writing() as session:
        now = clock.now()
        loaded = lists.load(session, now)
        for each in year:
            lists.ensure_year(session, each, now)
    data = {"counties": loaded.counties, "industries": loaded.industries, "venues": loaded.venues, "years": list(year)}
    answer(as_json, data, [f"新增：县（市、区）{loaded.counties}，行业 {loaded.industries}，会场 {loaded.venues}。"])


COMMANDS = (reference,)
