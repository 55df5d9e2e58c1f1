"""The commands of the outbox: what to do with letters that a restore has held back."""

from __future__ import annotations

from datetime import datetime, timedelta

import click
from flask.cli import AppGroup

from app.domain import clock
from app.domain.actor import PROGRAMME
from app.extensions import db, writing
from app.services import restoring

letters = AppGroup("letters", help="Letters that a restore has held back.")


@letters.command("held")
def held() -> None:
    """Say how many letters are held."""
    click.echo(f"{restoring.held(db.session())} 封信自恢复备份以来暂停发送。")


@letters.command("release")
@click.option(
    "--since-hours", type=click.IntRange(0), help="Only those that fell due at most so many hours ago, or later."
)
@click.confirmation_option(prompt="放行后这些信会立即发出；备份之后已发过的会再发一次。确定吗？")
def release(since_hours: int | None) -> None:
    """Let held letters leave."""
    now = clock.now()
    since: datetime | None = None if since_hours is None else now - timedelta(hours=since_hours)
    with writing() as session:
        count = restoring.release(session, PROGRAMME, now, due_since=since)
        left = restoring.held(session)
    click.echo(f"已放行 {count} 封信，仍暂停 {left} 封。")


@letters.command("drop")
@click.confirmation_option(prompt="这些信将取消，不再发出。确定吗？")
def drop() -> None:
    """Cancel the letters that are held."""
    with writing() as session:
        count = restoring.drop(session, PROGRAMME, clock.now())
    click.echo(f"已取消 {count} 封信。")


COMMANDS = (letters,)
