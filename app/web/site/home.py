"""The front page: what the programme is, how far the year has come, what is next, and three doors."""

from __future__ import annotations

from flask import render_template

from app.domain import clock
from app.extensions import db
from app.queries import agenda, catalogue, catalogue_counts
from app.web.site.blueprint import site

NEXT_EVENTS = 4
LATEST = 5


@site.get("/")
def home() -> str:
    """Show the front page; it is the same for everybody."""
    now = clock.now()
    session, today = db.session(), clock.today(now)
    newest = catalogue.Search()
    return render_template(
        "site/home.html",
        place="home",
        progress=agenda.progress(session, agenda.present_year(session, today)),
        coming=agenda.coming(session, now, NEXT_EVENTS),
        totals=catalogue_counts.totals(session, today),
        achievements=catalogue.achievements(session, newest, 1, LATEST).rows,
        needs=catalogue.needs(session, newest, 1, today, LATEST).rows,
    )
