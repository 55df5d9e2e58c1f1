"""The job that looks whether letters pile up or fail in number, and tells the administrators once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.domain import clock
from app.extensions import writing
from app.services import alerting


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Look at the present state; a day played through ahead of time raises no alarm of its own."""
    if stopping():
        return {"alerts": 0}
    with writing() as session:
        return {"alerts": alerting.watch(session, min(now, clock.now()))}
