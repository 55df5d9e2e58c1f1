"""Measures how long the running worker takes from a commit to the stored recommendations, on a database of its own.

usage: python -m benchmarks.freshness CORPUS [--needs 48] [--achievements 220] [--times 5]

CORPUS holds needs.jsonl and achievements.jsonl. The worker is the real one (``app.jobs.runner``), on SQLite in a temporary
folder. Printed are wall times in seconds: the first computation of everything, then for each kind of change every trial.
The half second between two looks is in them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import func, select

import config
from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.jobs import registry, runner
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.services import leases

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 300


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the database, start the worker, change things and wait for what follows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freshness")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--needs", type=int, default=48)
    parser.add_argument("--achievements", type=int, default=220)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args(arguments)
    needs = _lines(given.corpus / "needs.jsonl", given.needs)
    offers = _lines(given.corpus / "achievements.jsonl", given.achievements + given.times)
    with tempfile.TemporaryDirectory() as folder:
        app = _app(Path(folder))
        with app.app_context():
            _measure(app, needs, offers, given.times)
            db.session.remove()
            db.engine.dispose()


def _lines(path: Path, most: int) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for _, line in zip(range(most), file, strict=False)]


def _app(folder: Path) -> Flask:
    environ = {
        "DATABASE_URL": f"sqlite:///{folder / 'market.db'}", "DATA_DIR": str(folder), "SECRET_KEY": "0" * 32,
        "JOBS": "off", "FLASK_RUN_FROM_CLI": "true",
    }  # fmt: skip
    app = create_app(config.load(environ))
    with app.app_context():
        flask_migrate.upgrade(directory=str(ROOT / "migrations"))
    return app


def _measure(app: Flask, needs: list[dict[str, Any]], offers: list[dict[str, Any]], times: int) -> None:
    with writing() as session:
        firm = Organisation(kind="enterprise", name="企业", created_at=clock.now(), approved_at=clock.now())
        institute = Organisation(kind="institute", name="院所", created_at=clock.now(), approved_at=clock.now())
        session.add_all([firm, institute])
        session.flush()
        owners = firm.id, institute.id
    for one in needs[times:]:
        _need(owners[0], one)
    for one in offers[times:]:
        _achievement(owners[1], one)
    print(f"{len(needs) - times} needs, {len(offers) - times} achievements")
    worker = runner.Runner(app, [registry.JOBS["recommend"]])
    worker.start()
    try:
        print(f"everything: {_wait(lambda: bool(leases.done_mark(db.session(), 'recommend'))):.2f}", flush=True)
        time.sleep(1)
        said = [_follow(_need, owners[0], one, Pairing.need_id) for one in needs[:times]]
        print("a new need:", *(f"{seconds:.2f}" for seconds in said), flush=True)
        said = [_follow(_achievement, owners[1], _answer(one), Pairing.achievement_id) for one in needs[:times]]
        print("a new achievement:", *(f"{seconds:.2f}" for seconds in said), flush=True)
    finally:
        worker.stop()


def _answer(need: dict[str, Any]) -> dict[str, Any]:
    """An achievement that says what a need says."""
    return {"title": f"{need['title']}的办法", "body": need["body"]}


def _follow(make: Callable[[int, dict[str, Any]], int], owner: int, text: dict[str, Any], side: Any) -> float:
    number = make(owner, text)
    return _wait(lambda: bool(db.session.scalar(select(func.count(Pairing.id)).where(side == number))))


def _need(owner: int, text: dict[str, Any]) -> int:
    now = clock.now()
    with writing() as session:
        made = Need(organisation_id=owner, title=text["title"][:120], problem=text["body"], created_at=now, changed_at=now,
                    published_at=now, _state="published")  # fmt: skip
        session.add(made)
        session.flush()
        return made.id


def _achievement(owner: int, text: dict[str, Any]) -> int:
    now = clock.now()
    with writing() as session:
        made = Achievement(organisation_id=owner, title=text["title"][:120], summary=text["body"], created_at=now,
                           changed_at=now, listed_at=now, _state="listed")  # fmt: skip
        session.add(made)
        session.flush()
        return made.id


def _wait(met: Callable[[], bool]) -> float:
    start = time.perf_counter()
    while not met():
        db.session.rollback()
        time.sleep(0.01)
        if time.perf_counter() - start > LONGEST:
            raise SystemExit("it did not come within five minutes")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
