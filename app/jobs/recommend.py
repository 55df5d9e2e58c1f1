"""The recommend and rebuild jobs: follow what changes on offer at once, and compute all pairings anew in the background."""

from __future__ import annotations

import threading
import time
from collections import Counter
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

AT_ONCE = 4
"""Needs that are ranked and stored at a time when something changed: some tenths of a second."""
BLOCK = 16
"""Needs that a whole computation ranks between two looks at what changed."""
PATIENCE = 2.0
"""Seconds that a whole computation waits then, at most, for what changed to be matched."""

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
    fits = leases.done_mark(session, NAME) == following.mark(session)
    known = following.learn(session, cache_dir()) if fits else None
    if known is not None and leases.done_mark(session, NAME) == known.mark:
        with warm.lock:
            warm.known = known


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
        return _follow(_renewed(known), now, stopping)


def run_whole(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Compute all pairings anew; what changes meanwhile is followed by the other job."""
    with _building:
        return rebuild(now, give_way) if whole_due(now) else {}


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
    ranker = Ranker(on_offer.offers, on_offer.recipe, cache_dir())
    return replace(known, ranker=ranker, beside=following.neighbours(known.needs.values(), ranker))


def _follow(known: Knowledge, now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Rank the needs that are concerned by what changed, some at a time: the first are stored while the others are ranked.

    When something else changes meanwhile the run ends, and the next one begins with that: a new need does not wait for a large
    import.
    """
    session = db.session()
    known = warm.known = _noticed(known)
    totals: Counter[str] = Counter()
    while known.waiting and not stopping():
        portion, rest = known.waiting[:AT_ONCE], known.waiting[AT_ONCE:]
        asked_for = reading.asked_for(session, portion)
        db.session.rollback()  # no snapshot is held while the matcher computes
        suggestions = known.ranker.ranked([known.needs[number] for number in portion], asked_for)
        mark = "" if rest else known.mark
        totals.update(_store(suggestions, mark, now, Scope(portion, known.offer_stamps)))
        known = warm.known = replace(known, waiting=rest)
        if following.mark(session) != known.mark:
            break
    if not known.waiting and leases.done_mark(session, NAME) != known.mark:
        with writing() as open_session:
            leases.remember(open_session, NAME, known.mark)
    return dict(totals)


def _noticed(known: Knowledge) -> Knowledge:
    """What is known once the ranker holds what changed since."""
    session = db.session()
    found = following.difference(session, known)
    db.session.rollback()
    return following.follow(known, found)


def _store(suggestions: list[Suggestion], mark: str, now: datetime, scope: Scope) -> dict[str, int]:
    try:
        return _stored(suggestions, mark, now, scope)
    except Stale:  # the desk decided on one of them in this very moment: once more, on what stands now
        return _stored(suggestions, mark, now, scope)


def _stored(suggestions: list[Suggestion], mark: str, now: datetime, scope: Scope) -> dict[str, int]:
    with writing() as session:
        tally = recommending.store(session, suggestions, now, scope)
        if mark:
            leases.remember(session, NAME, mark)
    return tally.counts()


def rebuild(now: datetime, between: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Compute everything on offer anew, and go on with the ranker that was made for it; see `refresh`.

    Reads, computes without a lock, then stores at once what did not change meanwhile: the rest is the other job's.
    `between` is called between two portions of needs.
    """
    session = db.session()
    if leases.asked(session, WHOLE):
        with writing() as open_session:
            leases.answer(open_session, WHOLE)
    on_offer = following.corpus(session)
    db.session.rollback()
    ranker = Ranker(on_offer.offers, on_offer.recipe, cache_dir())
    suggestions = []
    for start in range(0, len(on_offer.needs), BLOCK):
        suggestions += ranker.ranked(on_offer.needs[start : start + BLOCK], on_offer.asked_for)
        between()
    known = Knowledge.of(on_offer, ranker, following.address(session))
    with warm.lock:
        try:
            tally = _store_whole(on_offer, suggestions, now)
        except Stale:
            tally = _store_whole(on_offer, suggestions, now)
        warm.known = known
    ranker.save()
    return tally.counts()


def _store_whole(on_offer: following.Corpus, suggestions: list[Suggestion], now: datetime) -> Tally:
    with writing() as session:
        tally = recommending.store(session, suggestions, now, recommending.unchanged(session, on_offer))
        for name in (NAME, WHOLE):
            leases.remember(session, name, on_offer.mark)
    return tally


def give_way() -> None:
    """Wait a moment while this process has something to match that changed: it has the processor first."""
    until = time.monotonic() + PATIENCE
    while following.usable(db.session()) is not None and behind() and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.02)
    db.session.rollback()


def refresh(now: datetime) -> dict[str, int]:
    """Compute and store everything now, whatever was done before; {added, refreshed, dropped, revived, unchanged}."""
    return rebuild(now)


def cache_dir() -> Path:
    """Where the segmenter keeps its prepared dictionary."""
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir
