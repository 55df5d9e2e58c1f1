"""The large invented market: the same rows for the same seed, true in every respect, and only in an empty database."""

from __future__ import annotations

import json

from flask import Flask

from app.database import contents, copying
from app.extensions import db

WORDS = ["demo", "large", "--firms", "20", "--needs", "30", "--achievements", "40", "--json"]


def test_a_large_market_passes_every_check_and_is_made_once(app: Flask) -> None:
    runner = app.test_cli_runner()
    rows = json.loads(runner.invoke(args=WORDS).output)
    assert (rows["organisation"], rows["need"], rows["achievement"], rows["pairing"]) == (22, 30, 40, 300)
    ended = runner.invoke(args=["verify", "--json"])
    assert (ended.exit_code, json.loads(ended.output)["faults"]) == (0, 0)
    with app.app_context(), copying.snapshot(db.engine) as connection:
        assert contents.holdings(connection)["need"].rows == 30
    again = runner.invoke(args=WORDS)
    assert (again.exit_code, again.output.startswith("Error: 这个数据库里已有单位或人员")) == (1, True)
