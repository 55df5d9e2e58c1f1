"""The job that posts the reminders that are due, one transaction for some of an event's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.extensions import db, writing
from app.services import follow_ups, reminding


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Post what is due at `now`; what came too late or is switched off is recorded as skipped."""
    posted = skipped = 0
    for event_id in reminding.concerned(db.session(), now):
        more = True
        while more and not stopping():
            with writing() as session:
                reminded = reminding.remind(session, event_id, now)
            posted, skipped, more = posted + reminded.posted, skipped + reminded.skipped, reminded.more
    if follow_ups.waiting(db.session(), now) and not stopping():
        with writing() as session:
            sent, given_up = follow_ups.remind(session, now)
        posted, skipped = posted + sent, skipped + given_up
    return {"posted": posted, "skipped": skipped}
