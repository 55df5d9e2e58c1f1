"""Hangs every group of commands on the application; importing a module of this package is enough to be found."""

from __future__ import annotations

import importlib
import pkgutil

import click
from flask import Flask

from app import cli


def install(app: Flask) -> None:
    """Add the `COMMANDS` of each module of the package to `flask --app wsgi`."""
    for found in sorted(page.name for page in pkgutil.iter_modules(cli.__path__)):
        module = importlib.import_module(f"{cli.__name__}.{found}")
        commands: tuple[click.Command, ...] = getattr(module, "COMMANDS", ())
        for command in commands:
            app.cli.add_command(command)
