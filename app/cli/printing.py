"""How a command answers: one line of JSON for programs, or short lines for people."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from flask import current_app

from app.domain.settings import Settings


def answer(as_json: bool, data: dict[str, Any], lines: list[str]) -> None:
    """Print `data` as one JSON object, or the lines."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)


def refuse_simulated_time() -> None:
    """Leave with code 2 when NOW is set: what serves for days must go by the real time."""
    settings: Settings = current_app.extensions["settings"]
    if settings.now is not None:
        click.echo("设置 NOW：只供命令行模拟使用，持续运行时请去掉。", err=True)
        sys.exit(2)
