"""How a command answers: one line of JSON for programs, or short lines for people."""

from __future__ import annotations

import json
from typing import Any

import click


def answer(as_json: bool, data: dict[str, Any], lines: list[str]) -> None:
    """Print `data` as one JSON object, or the lines."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
