"""The preview job: computes which pairings an entry of the lexicon would change, for whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app

from app.domain.settings import Settings
from app.extensions import db, writing
from app.queries import lexicon
from app.services import previewing

OVERTAKEN = "词条在算好之前又有改动，请再预览一次。"
FAILED = "这次没有算成，请再点一次“预览”；如果还是不行，请联系系统管理员。"


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Compute the previews that wait, each in a transaction of its own; {previews}."""
    done = 0
    waiting = lexicon.waiting(db.session())
    db.session.rollback()
    for preview_id in waiting:
        if stopping():
            break
        done += _one(preview_id, now)
    return {"previews": done} if done else {}


def _one(preview_id: int, now: datetime) -> int:
    work = previewing.task(db.session(), preview_id)
    db.session.rollback()  # no snapshot is held while the matcher computes
    if work is None:
        with writing() as session:
            previewing.fail(session, preview_id, OVERTAKEN)
        return 0
    settings: Settings = current_app.extensions["settings"]
    try:
        found = previewing.compute(work, settings.data_dir)
    except Exception:  # whatever it is: noted for the person who waits, then told to the lease and the log
        with writing() as session:
            previewing.fail(session, preview_id, FAILED)
        raise
    with writing() as session:
        previewing.store(session, preview_id, work.mark, found, now)
    return 1
