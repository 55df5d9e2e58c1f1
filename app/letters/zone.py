"""Owns the VTIMEZONE of Xuchang: one constant offset, built once, for every calendar object we write."""

from __future__ import annotations

from datetime import date
from functools import cache

from icalendar import Timezone

from app.domain.clock import LOCAL

SINCE = date(2000, 1, 1)  # the last summer time was 1991: since then the zone has one offset
UNTIL = date(2038, 1, 1)


@cache
def local_zone() -> Timezone:
    """The zone's component. Building it from the tz database takes a tenth of a second, so it is kept; don't change it."""
    return Timezone.from_tzid(str(LOCAL), first_date=SINCE, last_date=UNTIL)
