"""The outlook job: what is to be expected for each need; the twins job: which needs and achievements resemble each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.extensions import db, writing
from app.jobs import recommend
from app.queries import outlooks as reading
from app.queries import pairings
from app.services import following, leases, outlooks
from app.services.following import Knowledge

AT_ONCE = 50
"""Needs that one run looks at; the next run goes on."""
TWINS = "twins"


def due(_now: datetime) -> bool:
    """Whether a need was ranked anew since its outlook was computed, and nothing waits to be matched."""
    return not recommend.behind() and bool(reading.outdated(db.session(), 1))


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Compute the outlooks that are older than the pairings they belong to, each in a transaction of its own; {outlooks}.

    They wait while something on offer is to be matched, which nobody should wait for.
    """
    session = db.session()
    if _gives_way():
        return {}
    wanted = reading.outdated(session, AT_ONCE)
    if not wanted:
        return {}
    known = _known()
    db.session.rollback()
    done = 0
    for need_id in wanted:
        if stopping() or _gives_way():
            break
        if need_id in known.needs:  # else the recommend job has not seen it yet
            draft = outlooks.compute(known.ranker, known.beside, known.needs[need_id])
            with writing() as open_session:
                outlooks.store(open_session, draft, now)
            done += 1
    return {"outlooks": done} if done else {}


def _gives_way() -> bool:
    behind = recommend.behind()
    db.session.rollback()
    return behind


def _known() -> Knowledge:
    session = db.session()
    known = following.usable(session)
    return known if known is not None else following.learn(session, recommend.cache_dir())


def twins_due(_now: datetime) -> bool:
    """Whether what is on offer changed since it was compared, and is matched."""
    session = db.session()
    return not recommend.behind() and leases.done_mark(session, TWINS) != pairings.mark(session)


def run_twins(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Compare all needs and all achievements; {resembling}: how many pairs are new."""
    session = db.session()
    mark = pairings.mark(session)
    needs, offers = pairings.offered_needs(session), pairings.offered_achievements(session)
    db.session.rollback()
    found = outlooks.resembling(needs, offers)
    with writing() as open_session:
        added = outlooks.store_twins(open_session, found, now)
        leases.remember(open_session, TWINS, mark)
    return {"resembling": added} if added else {}
