"""The recommend job: when what is on offer has changed, compute the pairings anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import current_app

from app.domain.errors import Stale
from app.domain.settings import Settings
from app.extensions import db, writing
from app.services import leases, recommending
from app.services.recommending import NAME, Corpus, Suggestion


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Refresh the pairings unless they were computed from what is on offer now."""
    session = db.session()
    if not leases.asked(session, NAME) and leases.done_mark(session, NAME) == recommending.mark(session):
        return {}
    return refresh(now)


def refresh(now: datetime) -> dict[str, int]:
    """Compute and store, whatever was done before; {added, refreshed, dropped, revived, unchanged}."""
    with writing() as session:
        leases.answer(session, NAME)
    on_offer = recommending.corpus(db.session())
    db.session.rollback()  # no snapshot is held while the matcher computes
    suggestions = recommending.compute(on_offer, cache_dir())
    try:
        return _store(on_offer, suggestions, now)
    except Stale:  # the desk decided on one of them in this very moment: once more, on what stands now
        return _store(on_offer, suggestions, now)


def _store(on_offer: Corpus, suggestions: list[Suggestion], now: datetime) -> dict[str, int]:
    with writing() as session:
        tally = recommending.store(session, suggestions, now)
        leases.remember(session, NAME, on_offer.mark)
    return tally.counts()


def cache_dir() -> Path:
    """Where the segmenter keeps its prepared dictionary."""
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir
