"""The job that posts the reminders that are due, one transaction per event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.extensions import db, writing
from app.services import reminding


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Post what is due at `now`; what came too late is recorded as skipped."""
    posted = skipped = 0
    for event_id in reminding.events_near(db.session(), now):
        if stopping():
            break
        with writing() as session:
            reminded = reminding.remind(session, event_id, now)
        posted += reminded.posted
        skipped += reminded.skipped
    return {"posted": posted, "skipped": skipped}
