"""Owns nothing of its own: imports every table, so that the migrations and `create_all` see them."""

from app.database.base import Base
from app.models import (
    achievement,
    attachment,
    event,
    follow_up,
    history,
    invitation,
    lease,
    letter,
    lexicon_entry,
    meeting,
    need,
    outlook,
    pairing,
    people,
    planning_aid,
    ranking_model,
    reference,
    serial,
    sheet,
    timetable_version,
)

METADATA = Base.metadata
TABLE_MODULES = (
    reference,
    people,
    need,
    achievement,
    attachment,
    sheet,
    event,
    pairing,
    invitation,
    meeting,
    follow_up,
    letter,
    history,
    lease,
    serial,
    lexicon_entry,
    ranking_model,
    outlook,
    timetable_version,
    planning_aid,
)
