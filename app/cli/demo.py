"""The commands of the demo season: load it, play its story, run the program with it."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.cli.demonstration import large, loading, staging, story
from app.cli.printing import answer, refuse_simulated_time
from app.domain import clock
from app.domain.errors import Refusal
from app.domain.settings import Settings
from app.domain.vocabulary import SheetKind
from app.extensions import writing

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "demo"
demo = AppGroup("demo", help="A demo season with invented organisations and people.")


def _story() -> story.Story:
    return story.read(FOLDER / "story.json", clock.today(clock.now()))


@demo.command("load")
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=FOLDER,
              help="Directory with needs.xlsx and achievements.xlsx. Default: the project's own demo/.")  # fmt: skip
@click.option("--year", type=click.IntRange(2000, 2100),
              help="Spread the events over this year. Default: over the twelve months from next month on.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def load(folder: Path, year: int | None, as_json: bool) -> None:
    """Load organisations, people, needs, achievements and the year's events; loading again keeps the data."""
    missing = [name for kind in SheetKind if not (folder / (name := f"{kind.value}.xlsx")).is_file()]
    if missing:
        raise click.ClickException(f"目录“{folder}”里缺少 {'、'.join(missing)}。")
    told, unsaid = _story(), list[str]()
    try:
        season = loading.load(told, folder, year, clock.now(), unsaid.append if as_json else click.echo)
    except Refusal as error:
        raise click.ClickException(error.message) from error
    people = [{"role": one.role.value, "email": one.email, "password": told.password} for one in told.people]
    data = {"year": season.year, "first_on": str(season.first_on), "last_on": str(season.last_on), "people": people}
    answer(as_json, data, told.sign_ins())


@demo.command("stage")
def stage() -> None:
    """Play the story: pair, plan, invite, answer, hold a session; steps that were played are kept."""
    try:
        staging.play(_story(), clock.now(), click.echo)
    except Refusal as error:
        raise click.ClickException(error.message) from error


@demo.command("run")
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True,
              help="Where the site answers; the next free port when this one is taken.")  # fmt: skip
def run(port: int) -> None:
    """Serve the demo season with its background work and a mail catcher, until Ctrl-C."""
    from app.cli.demonstration import serving

    refuse_simulated_time()
    settings: Settings = current_app.extensions["settings"]
    try:
        serving.serve(settings, _story(), FOLDER, port)
    except Refusal as error:
        raise click.ClickException(error.message) from error


@demo.command("large")
@click.option("--firms", type=click.IntRange(1), default=2500, show_default=True)
@click.option("--needs", type=click.IntRange(1), default=5000, show_default=True)
@click.option("--achievements", type=click.IntRange(1), default=10000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same numbers and seed give the same rows.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def fill_large(firms: int, needs: int, achievements: int, seed: int, as_json: bool) -> None:
    """Fill an empty database with a large invented market, for measuring."""
    size = large.Size(firms=firms, needs=needs, achievements=achievements)
    try:
        with writing() as session:
            rows = large.fill(session, size, seed, clock.now())
    except Refusal as error:
        raise click.ClickException(error.message) from error
    answer(as_json, rows, [f"{name}：{number}" for name, number in rows.items()])


COMMANDS = (demo,)
OWN_SCHEMA = (run,)
"""These look after the database's schema themselves."""
