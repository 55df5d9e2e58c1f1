"""The year's agenda as a list, as months and as a calendar file; and one page for each event."""

from __future__ import annotations

import calendar as calendars
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import Response, render_template, request

from app.domain import clock
from app.domain.vocabulary import EventKind, Series, Topic
from app.extensions import db, links
from app.letters import feeds
from app.queries import agenda as events
from app.queries.agenda import AgendaEntry
from app.web.site.blueprint import site
from app.web.site.catalogue import query_number

LINES: dict[str, Series | Topic] = {f"{type(one).__name__.lower()}-{one.value}": one for one in (*Series, *Topic)}
CALENDAR = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Day:
    """One square of a month; `number` is None outside it."""

    number: int | None
    entries: tuple[AgendaEntry, ...]
    is_today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the agenda: its entries in order, and its weeks from Monday on."""

    year: int
    number: int
    entries: tuple[AgendaEntry, ...]
    weeks: tuple[tuple[Day, ...], ...]


def _months(entries: Iterable[AgendaEntry], today: date) -> list[Month]:
    """The months that have entries, in order."""
    by_month: dict[tuple[int, int], list[AgendaEntry]] = {}
    for entry in entries:
        on = clock.today(entry.starts_at)
        by_month.setdefault((on.year, on.month), []).append(entry)
    return [_month(year, number, tuple(found), today) for (year, number), found in sorted(by_month.items())]


def _month(year: int, number: int, entries: tuple[AgendaEntry, ...], today: date) -> Month:
    weeks = tuple(
        tuple(
            Day(
                number=day or None,
                entries=tuple(one for one in entries if day and clock.today(one.starts_at) == date(year, number, day)),
                is_today=day > 0 and date(year, number, day) == today,
            )
            for day in week
        )
        for week in calendars.Calendar().monthdayscalendar(year, number)
    )
    return Month(year, number, entries, weeks)


def _next_month(shown: list[AgendaEntry]) -> int | None:
    """The month of the first event still to come, when others lie before it."""
    found = next((place for place, one in enumerate(shown) if not one.is_over and not one.is_cancelled), 0)
    return clock.local(shown[found].starts_at).month if found else None


@site.get("/agenda")
def agenda() -> str:
    """Show the year's public events, as a list or as months."""
    now = clock.now()
    session, today = db.session(), clock.today(now)
    years = events.years(session)
    wanted = query_number("year")
    year = wanted if wanted in years else events.present_year(session, today)
    kind = next((one for one in EventKind if one.value == request.args.get("kind")), None)
    line = LINES.get(request.args.get("line", ""))
    month = query_number("month")
    shown = events.agenda(session, now, year=year, month=month, kind=kind, line=line)
    return render_template(
        "site/agenda.html",
        place="agenda",
        year=year,
        years=years,
        progress=events.progress(session, year),
        months=_months(shown, today),
        total=len(shown),
        next_month=_next_month(shown),
        as_months=request.args.get("view") == "months",
        feed_url=links().page("/agenda.ics"),
        values={
            "year": year if wanted else None,
            "month": month,
            "kind": request.args.get("kind"),
            "line": request.args.get("line"),
        },
        selects=[
            ("year", "年度", [(str(one), f"{one} 年度") for one in years]),
            ("month", "月份", [(str(one), f"{one} 月") for one in range(1, 13)]),
            ("kind", "类型", EventKind.choices()),
            ("line", "专题", [(key, one.label) for key, one in LINES.items()]),
        ],
    )


@site.get("/agenda.ics")
def agenda_feed() -> Response:
    """The agenda of all years as a calendar to subscribe to."""
    session, now = db.session(), clock.now()
    found = [one for year in events.years(session) for one in events.agenda(session, now, year=year)]
    text = feeds.calendar("许昌政研企联动创新行动", [_feed_event(one) for one in found])
    return Response(text, content_type=CALENDAR)


@site.get("/events/<int(max=2147483647):event_id>")
def event(event_id: int) -> str:
    """Show one public event: when, where, for whom, what is released, and how to take part."""
    detail = events.event(db.session(), event_id, clock.now())
    return render_template("site/event.html", place="agenda", detail=detail, entry=detail.entry)


@site.get("/events/<int(max=2147483647):event_id>.ics")
def event_file(event_id: int) -> Response:
    """One event as a calendar file."""
    detail = events.event(db.session(), event_id, clock.now())
    answer = Response(feeds.calendar(detail.entry.title, [_feed_event(detail.entry)]), content_type=CALENDAR)
    answer.headers["Content-Disposition"] = f'attachment; filename="event-{event_id}.ics"'
    return answer


def _feed_event(entry: AgendaEntry) -> feeds.FeedEvent:
    return feeds.FeedEvent(
        uid=f"event-{entry.id}@agenda.xuchang-market",
        title=entry.title,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        place=entry.place,
        text=entry.summary,
        url=links().page(f"/events/{entry.id}"),
        sequence=entry.sequence,
        changed_at=entry.changed_at,
        cancelled=entry.is_cancelled,
    )
