"""The recommend and rebuild jobs: follow what changes on offer at once, and compute all pairings anew in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from app.domain.errors import Stale
from app.domain.settings import Settings
from app.extensions import db, writing
from app.queries import pairings as reading
from app.services import following, leases, ranking, recommending
from app.services.following import Knowledge, warm
from app.services.ranking import Ranker, Suggestion
from app.services.recommending import NAME, WHOLE, Scope, Tally

HEARTBEAT = timedelta(minutes=1)
"""The job runs so often even when no mark changed: for what the mark does not see, such as renamed organisations."""
SETTLED = timedelta(minutes=10)
"""So long after the last whole computation a changed offer is reason for the next one."""

_building = threading.Lock()
"""One whole computation at a time in a process."""


def due(now: datetime) -> bool:
    """Whether something on offer changed since the last run; a query of the lease and one of the offer."""
    return leases.asked(db.session(), NAME) or _stale(NAME, now, HEARTBEAT) or behind()


def behind() -> bool:
    """Whether something on offer changed that was not followed yet: other computing should give way then."""
    session = db.session()
    return leases.done_mark(session, NAME) != following.mark(session)


def whole_due(now: datetime) -> bool:
    """Whether all pairings are to be computed anew: somebody asked, the ranking changed, or the offer did a while ago."""
    session = db.session()
    done = leases.done_mark(session, WHOLE)
    if leases.asked(session, WHOLE) or not done.startswith(f"{ranking.recipe_mark(session)}-"):
        return True
    return _stale(WHOLE, now, SETTLED) and done != following.mark(session)


def _stale(name: str, now: datetime, age: timedelta) -> bool:
    finished_at = leases.finished_at(db.session(), name)
    return finished_at is None or now - finished_at >= age


def prepare() -> None:
    """Make the process's ranker before the first change comes, when the pairings that are there fit what is on offer."""
    session = db.session()
    on_offer = following.corpus(session)
    fits = leases.done_mark(session, NAME) == on_offer.mark
    db.session.rollback()  # no snapshot is held while the matcher is fitted
    if fits:
        ranker = Ranker(on_offer.offers, on_offer.recipe, cache_dir(), saved=True)
        with warm.lock:
            warm.known = Knowledge.of(on_offer, ranker, session)


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Follow what changed on offer; {} when nothing did. A process that knows nothing yet computes everything."""
    session = db.session()
    if leases.asked(session, NAME):
        with writing() as open_session:
            leases.answer(open_session, NAME)
    known = _known()
    if known is None:
        with _building:  # unless the other job did it while this one waited
            known = _known()
            if known is None:
                return rebuild(now)
    with warm.lock:
        return _follow(_renewed(known), now)


def run_whole(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Compute all pairings anew; what changes meanwhile is followed by the other job."""
    with _building:
        return rebuild(now) if whole_due(now) else {}


def _known() -> Knowledge | None:
    """What the process knows, if the pairings in the database were ever computed."""
    session = db.session()
    return following.usable(session) if leases.done_mark(session, NAME) else None


def _renewed(known: Knowledge) -> Knowledge:
    """With a ranker of the ranking in use once all pairings were computed with it by another process; until then as it is."""
    session = db.session()
    recipe = ranking.recipe_mark(session)
    if recipe == known.ranker.recipe.mark or not leases.done_mark(session, WHOLE).startswith(f"{recipe}-"):
        return known
    on_offer = following.corpus(session)
    db.session.rollback()
    return replace(known, ranker=Ranker(on_offer.offers, on_offer.recipe, cache_dir()))


def _follow(known: Knowledge, now: datetime) -> dict[str, int]:
    """Rank the needs that are concerned by what changed, and store what came out."""
    session = db.session()
    found = following.difference(session, known)
    db.session.rollback()  # no snapshot is held while the matcher computes
    after, needs = following.follow(known, found)
    concerned = {need.id for need in needs}
    asked_for = reading.asked_for(session, concerned) if concerned else ()
    db.session.rollback()
    suggestions = known.ranker.ranked(needs, asked_for)
    counts = _store(suggestions, found.mark, now, Scope(concerned, after.offer_stamps)) if concerned else {}
    if not concerned and leases.done_mark(session, NAME) != found.mark:
        with writing() as open_session:
            leases.remember(open_session, NAME, found.mark)
    warm.known = after
    return counts


def _store(suggestions: list[Suggestion], mark: str, now: datetime, scope: Scope) -> dict[str, int]:
    try:
        return _stored(suggestions, mark, now, scope)
    except Stale:  # the desk decided on one of them in this very moment: once more, on what stands now
        return _stored(suggestions, mark, now, scope)


def _stored(suggestions: list[Suggestion], mark: str, now: datetime, scope: Scope) -> dict[str, int]:
    with writing() as session:
        tally = recommending.store(session, suggestions, now, scope)
        leases.remember(session, NAME, mark)
    return tally.counts()


def rebuild(now: datetime) -> dict[str, int]:
    """Compute everything on offer anew, and go on with the ranker that was made for it; see `refresh`.

    Reads, computes without a lock, then stores at once what did not change meanwhile: the rest is the other job's.
    """
    session = db.session()
    if leases.asked(session, WHOLE):
        with writing() as open_session:
            leases.answer(open_session, WHOLE)
    on_offer = following.corpus(session)
    db.session.rollback()
    ranker = Ranker(on_offer.offers, on_offer.recipe, cache_dir())
    suggestions = ranker.ranked(on_offer.needs, on_offer.asked_for)
    with warm.lock:
        try:
            tally = _store_whole(on_offer, suggestions, now)
        except Stale:
            tally = _store_whole(on_offer, suggestions, now)
        warm.known = Knowledge.of(on_offer, ranker, session)
    ranker.save()
    return tally.counts()


def _store_whole(on_offer: following.Corpus, suggestions: list[Suggestion], now: datetime) -> Tally:
    with writing() as session:
        tally = recommending.store(session, suggestions, now, recommending.unchanged(session, on_offer))
        for name in (NAME, WHOLE):
            leases.remember(session, name, on_offer.mark)
    return tally


def refresh(now: datetime) -> dict[str, int]:
    """Compute and store everything now, whatever was done before; {added, refreshed, dropped, revived, unchanged}."""
    return rebuild(now)


def cache_dir() -> Path:
    """Where the segmenter keeps its prepared dictionary."""
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir
