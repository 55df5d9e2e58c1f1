"""The season job: works out the plans of a year that somebody asked for, to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.extensions import db, writing
from app.services import season_previews


def due(now: datetime) -> bool:
    """Whether anybody waits."""
    found = bool(season_previews.waiting(db.session()))
    db.session.rollback()
    return found


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Compute the plans that wait, each outside any transaction, and store each in one of its own; {plans}."""
    done = 0
    waiting = season_previews.waiting(db.session())
    db.session.rollback()
    for preview_id in waiting:
        if stopping():
            break
        done += _one(preview_id, now)
    return {"plans": done} if done else {}


def _one(preview_id: int, now: datetime) -> int:
    try:
        found = season_previews.compute(db.session(), preview_id, now)
    except Exception:  # whatever it is: noted for the person who waits, then told to the lease and the log
        db.session.rollback()
        with writing() as session:
            season_previews.fail(session, preview_id)
        raise
    db.session.rollback()
    if found is None:
        return 0
    with writing() as session:
        season_previews.store(session, preview_id, found, now)
    return 1
