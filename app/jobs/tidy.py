"""The job that removes what is past its time: the words of letters that left long ago, processes that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, or_, update

from app.domain import clock
from app.extensions import writing
from app.models.letter import Letter
from app.services import heartbeats, sending

KEEP_WORDS = timedelta(days=200)
"""How long the words of a settled letter are kept; that it left, when and to whom stays."""

KEEP_PROCESSES = timedelta(days=1)
"""How long a process that vanished without signing off stays in the register."""

KEEP_BUDGETS = timedelta(days=3)
"""How long a budget of letters is kept that nobody drew from."""


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Empty the letters settled more than KEEP_WORDS ago. A day played through ahead of time empties nothing early."""
    if stopping():
        return {"letters": 0}
    with writing() as session:
        heartbeats.forget(session, clock.now() - KEEP_PROCESSES)
        sending.forget_budgets(session, clock.now() - KEEP_BUDGETS)
    before = min(now, clock.now()) - KEEP_WORDS
    settled = func.coalesce(Letter.sent_at, Letter.cancelled_at)
    with writing() as session:
        emptied = session.scalars(
            update(Letter)
            .where(settled < before, or_(Letter.text != "", Letter.html != "", Letter.calendar != ""))
            .values(text="", html="", calendar="")
            .returning(Letter.id)
            .execution_options(synchronize_session=False)
        ).all()
    return {"letters": len(emptied)}
