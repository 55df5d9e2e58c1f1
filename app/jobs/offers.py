"""The job of the waiting lists: offers that have run out pass on, free seats are offered, waiting ends with the event."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from app.domain.errors import Refusal
from app.extensions import db, writing
from app.models.invitation import Invitation
from app.queries import waiting
from app.services import passing_on

log = logging.getLogger(__name__)


def due(now: datetime) -> bool:
    """Whether there is anything to do: two small queries."""
    session = db.session()
    return bool(waiting.run_out(session, now) or waiting.with_room(session, now))


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Do what is due at `now`, each guest and each event in a transaction of its own."""
    reading = db.session()
    ended = offered = 0
    for invitation_id in list(waiting.run_out(reading, now)):
        if stopping():
            return {"ended": ended, "offered": offered}
        try:
            with writing() as session:
                ended += passing_on.run_out(session, session.get_one(Invitation, invitation_id), now)
        except Refusal as error:  # somebody was faster; what is left of it is due at the next tick
            log.info("the offer of invitation %s did not end: %s", invitation_id, error.message)
    for event_id in list(waiting.with_room(db.session(), now)):
        if stopping():
            break
        with writing() as session:
            offered += passing_on.pass_on(session, event_id, now)
    return {"ended": ended, "offered": offered}
