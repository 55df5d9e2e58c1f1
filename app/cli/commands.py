"""Hangs every group of commands on the application; importing a module of this package is enough to be found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from app import cli
from app.database import schema
from app.extensions import db


def install(app: Flask) -> None:
    """Add the `COMMANDS` of each module of the package to `flask --app wsgi`.

    All of them refuse a database whose tables are not those of this version, except a module's `OWN_SCHEMA`.
    """
    for found in sorted(page.name for page in pkgutil.iter_modules(cli.__path__)):
        module = importlib.import_module(f"{cli.__name__}.{found}")
        commands: tuple[click.Command, ...] = getattr(module, "COMMANDS", ())
        for command in commands:
            _guard(command, getattr(module, "OWN_SCHEMA", ()))
            app.cli.add_command(command)


def _guard(command: click.Command, exempt: tuple[click.Command, ...]) -> None:
    """Let the command look at the schema before it does anything."""
    if isinstance(command, click.Group):
        for part in command.commands.values():
            _guard(part, exempt)
    elif command not in exempt and command.callback is not None and not hasattr(command.callback, "guarded"):
        command.callback = _guarded(command.callback)


def _guarded(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def checked(*values: Any, **named: Any) -> Any:
        fault = schema.fault(db.session())
        db.session.rollback()  # the command begins with nothing read
        if fault:
            raise click.ClickException(fault)
        return callback(*values, **named)

    whole = with_appcontext(checked)
    whole.guarded = True  # type: ignore[attr-defined] # a command may be hung on several applications
    return whole
