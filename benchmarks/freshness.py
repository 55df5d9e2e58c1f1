"""Measures how long the running worker takes from a commit to the stored recommendations, on a database of its own.

usage: python -m benchmarks.freshness CORPUS [--needs 43] [--achievements 215] [--times 30]

CORPUS holds needs.jsonl and achievements.jsonl with as many as both numbers and the trials together. The worker is the real one
(``app.jobs.runner``) with the jobs that compute on the offer, on SQLite in a temporary folder. For each kind of change are printed
the median, the 95th percentile and the longest of the wall times in seconds: until what changed has its recommendations
("matched"), until every list that it concerns is stored ("all lists"), and of the processor time that the worker took for that.
The time between two looks of the worker is in them; between two changes lies a pause of up to a second.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import func, select

import config
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.extensions import db, writing
from app.factory import create_app
from app.jobs import registry, runner
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.outlook import Outlook
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries.pairings import LIVING
from app.services import conduct, following, leases
from app.services.steps import Step

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 1200


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the database, start the worker, change things and wait for what follows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freshness")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--needs", type=int, default=43)
    parser.add_argument("--achievements", type=int, default=215)
    parser.add_argument("--times", type=int, default=30)
    given = parser.parse_args(arguments)
    needs = _lines(given.corpus / "needs.jsonl", given.needs + given.times)
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
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{len(needs) - times} needs, {len(offers) - times} achievements, {times} changes of each kind; load {load}")
    worker = runner.Runner(app, [registry.JOBS[name] for name in ("recommend", "rebuild", "outlook", "twins")])
    worker.start()
    try:
        print(f"everything: {_wait(lambda: bool(leases.done_mark(db.session(), 'recommend'))):.2f}", flush=True)
        _wait(lambda: db.session.scalar(select(func.count(Outlook.need_id))) == len(needs) - times)
        _trials(owners, needs[:times])
    finally:
        worker.stop()


def _trials(owners: tuple[int, int], needs: Sequence[dict[str, Any]]) -> None:
    """Every kind of change, each as often as there are needs: the time from its commit until the pairings follow."""
    answers = [{"title": f"{one['title']}的办法", "body": one["body"]} for one in needs]
    others = [*needs[1:], *needs[:1]]
    asked = _timed("a new need", [partial(_need, owners[0], one) for one in needs], _needs_pairs)
    offered = _timed("a new achievement", [partial(_achievement, owners[1], one) for one in answers], _offers_pairs)
    changes = [partial(_rewrite_need, number, one["body"]) for number, one in zip(asked, others, strict=True)]
    _timed("a changed need", changes, _is_ranked_anew)
    _timed("a rewritten achievement", [partial(_rewrite_offer, number) for number in offered], _has_left)
    _timed("a withdrawn achievement", [partial(_withdraw, number) for number in _first(len(needs))], _is_replaced)


Followed = Callable[[int, Collection[str]], bool]
"""Given the id of what was changed and the fingerprints of all pairings before: whether the pairings follow it."""


def _timed(label: str, changes: Sequence[Callable[[], int]], followed: Followed) -> list[int]:
    """Print what each commit took until the pairings follow; the ids of what was changed."""
    numbers: list[int] = []
    matched: list[float] = []
    stored: list[float] = []
    worked: list[float] = []
    pause = random.Random(20220210)
    for change in changes:
        time.sleep(pause.random())
        before = frozenset(db.session.scalars(select(Pairing.fingerprint)))
        db.session.rollback()
        start = _worked()
        number = change()
        seconds = _wait(partial(followed, number, before))
        matched.append(seconds)
        stored.append(seconds + _wait(_is_followed))
        worked.append(_worked() - start)
        numbers.append(number)
    parts = (("matched", matched), ("all lists", stored), ("processor", worked))
    print(f"{label:24}", "   ".join(f"{name} {_spread(values)}" for name, values in parts), flush=True)
    return numbers


def _worked() -> float:
    """The processor time in seconds that the worker's threads have taken: that of the process without this thread, which only looks."""
    return time.process_time() - time.thread_time()


def _spread(values: Sequence[float]) -> str:
    """Median, 95th percentile (the value below which at least 95 % lie) and the largest."""
    ordered = sorted(values)
    return " ".join(f"{ordered[math.ceil(share * len(ordered)) - 1]:.2f}" for share in (0.5, 0.95, 1.0))


def _is_followed() -> bool:
    """Whether the pairings that are stored fit what is on offer."""
    session = db.session()
    return leases.done_mark(session, "recommend") == following.mark(session)


def _needs_pairs(number: int, _before: Collection[str]) -> bool:
    return _some(Pairing.need_id == number)


def _offers_pairs(number: int, _before: Collection[str]) -> bool:
    return _some(Pairing.achievement_id == number)


def _is_ranked_anew(number: int, before: Collection[str]) -> bool:
    chosen = select(Pairing.fingerprint).where(Pairing.state.in_(LIVING), Pairing.need_id == number)
    return any(one not in before for one in db.session.scalars(chosen))


def _has_left(number: int, _before: Collection[str]) -> bool:
    return not _some(Pairing.achievement_id == number)


def _is_replaced(number: int, _before: Collection[str]) -> bool:
    """Whether the needs that had an achievement in the first place have another one there."""
    held = select(Pairing.need_id).where(Pairing.achievement_id == number, Pairing.rank == 1)
    return _some(Pairing.need_id.in_(held), Pairing.rank == 1)


def _some(*conditions: Any) -> bool:
    """Whether there is a living pairing of which all this is true."""
    chosen = select(func.count(Pairing.id)).where(Pairing.state.in_(LIVING), *conditions)
    return bool(db.session.scalar(chosen))


def _first(count: int) -> Sequence[int]:
    """Achievements that stand first for some need."""
    chosen = select(Pairing.achievement_id).where(Pairing.rank == 1, Pairing.state.in_(LIVING)).distinct()
    return db.session.scalars(chosen.order_by(Pairing.achievement_id).limit(count)).all()


def _rewrite_need(number: int, problem: str) -> int:
    with writing() as session:
        row = session.get_one(Need, number)
        row.problem, row.changed_at = problem, clock.now()
    return number


def _rewrite_offer(number: int) -> int:
    with writing() as session:
        row = session.get_one(Achievement, number)
        row.title, row.summary, row.changed_at = "麦芽糖浆", "糖化。", clock.now()
    return number


def _withdraw(number: int) -> int:
    with writing() as session:
        step = Step(session.get_one(Achievement, number), "withdraw")
        conduct.carry_out(session, step, PROGRAMME, clock.now())
    return number


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
            raise SystemExit("it did not come within twenty minutes")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
