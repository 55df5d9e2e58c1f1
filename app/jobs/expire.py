"""The job that lets lapse what nobody answered or renewed in time: needs past their date, invitations to past events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from app.domain.actor import PROGRAMME
from app.domain.errors import IllegalMove, Stale
from app.extensions import db, writing
from app.models.invitation import Invitation
from app.models.need import Need
from app.queries import invitations, needs
from app.services import conduct
from app.services.steps import Step

log = logging.getLogger(__name__)


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Make the moves that are due at `now`, each in a transaction of its own."""
    reading = db.session()
    overdue: list[tuple[type[Need | Invitation], int]] = [
        *((Need, need.id) for need in reading.scalars(needs.overdue(now))),
        *((Invitation, invitation_id) for invitation_id in invitations.overdue(reading, now)),
    ]
    counts = {"needs": 0, "invitations": 0}
    for kind, subject_id in overdue:
        if stopping():
            break
        if _lapse(kind, subject_id, now):
            counts["needs" if kind is Need else "invitations"] += 1
    return counts


def _lapse(kind: type[Need | Invitation], subject_id: int, now: datetime) -> bool:
    try:
        with writing() as session:
            conduct.carry_out(session, Step(session.get_one(kind, subject_id), "lapse"), PROGRAMME, now)
    except (IllegalMove, Stale) as error:  # somebody answered or revised it meanwhile
        log.info("%s %s did not lapse: %s", kind.__name__, subject_id, error.message)
        return False
    return True
