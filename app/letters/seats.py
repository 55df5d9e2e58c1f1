"""Owns the letters about a seat: one has come free and is kept for a while; it is not kept any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain import clock
from app.letters.occasions import Facts, day
from app.letters.writing import Letter, render

OFFER = "seat_offer"
RETRACTED = "seat_retracted"


def offer(facts: Facts, seats: int, until: datetime, key: str) -> Letter:
    """A seat has come free: `seats` of them are kept until `until`, and the guest's own link takes them."""
    return _about(OFFER, facts, key, seats=seats, until=moment(until))


def retracted(facts: Facts, reason: str, place: int, key: str) -> Letter:
    """The seat is not kept any more; the guest stands in the line again, at `place`."""
    return _about(RETRACTED, facts, key, reason=reason, place=place)


def _about(folder: str, facts: Facts, key: str, **values: Any) -> Letter:
    """A letter without a calendar entry that goes before all others: its time is short."""
    return render(
        folder,
        key=key,
        to=facts.email,
        to_name=facts.contact,
        event_id=facts.event_id,
        invitation_id=facts.invitation_id,
        priority=1,
        facts=facts,
        **values,
    )


def moment(instant: datetime) -> str:
    """2022年5月6日（周五）09:00."""
    return f"{day(instant)}{clock.local(instant):%H:%M}"
