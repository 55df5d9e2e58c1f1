"""The agenda, an event's page and the calendar files in the browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from app.domain import clock
from app.models.event import Event
from app.services import reference
from tests import shelf


@pytest.fixture
def soon(session: Session) -> Event:
    """An announced docking session nine days from now, in this year's programme."""
    now = clock.now()
    year = clock.today(now).year
    reference.ensure_year(session, year, now)
    made = shelf.event(session, year=year, starts_at=now + timedelta(days=9), changed_at=now)
    shelf.event(session, "尚未公告的一场", year=year, state="scheduled", starts_at=now + timedelta(days=20))
    session.commit()
    return made


def test_the_agenda_lists_what_is_announced(client: FlaskClient, soon: Event) -> None:
    answer = client.get("/agenda")
    assert re.findall(r'<h3><a href="([^"]*)">([^<]*)</a>', answer.text) == [(f"/events/{soon.id}", soon.title)]
    assert "尚未公告的一场" not in answer.text


def test_the_months_mark_the_day(client: FlaskClient, soon: Event) -> None:
    assert soon.starts_at is not None
    on = clock.today(soon.starts_at)
    answer = client.get("/agenda?view=months&kind=docking&line=series-cas")
    assert re.findall(r'<a class="lotus" href="[^"]*" aria-label="([^"]*)">', answer.text) == [
        f"{on.month} 月 {on.day} 日：{soon.title}"
    ]


def test_a_filter_that_leaves_nothing_says_so(client: FlaskClient, soon: Event) -> None:
    assert "没有符合条件的活动" in client.get("/agenda?kind=dialogue").text


def test_an_event_page_tells_when_where_and_how_many_seats(client: FlaskClient, soon: Event) -> None:
    answer = client.get(f"/events/{soon.id}")
    assert re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", answer.text)[2:4] == [
        ("地址", "许昌科技大市场路演厅"),
        ("规模", "100 人"),
    ]
    assert "余 70 席" in answer.text


def test_a_cancelled_event_says_so_and_offers_no_seat(client: FlaskClient, session: Session, soon: Event) -> None:
    gone = shelf.event(session, "取消的一场", state="cancelled", year=soon.year, starts_at=soon.starts_at)
    shelf.announced(session, gone)
    session.commit()
    text = client.get(f"/events/{gone.id}").text
    assert "这场活动已取消" in text
    assert [word for word in ("席", "加入我的日历") if word in text] == []


def test_the_page_of_an_event_not_announced_is_missing(client: FlaskClient, session: Session, soon: Event) -> None:
    hidden = session.query(Event).filter(Event.state == "scheduled").one()
    assert [client.get(f"/events/{hidden.id}{end}").status_code for end in ("", ".ics")] == [404, 404]


def test_the_feed_holds_the_announced_events(client: FlaskClient, soon: Event) -> None:
    answer = client.get("/agenda.ics")
    [found] = Calendar.from_ical(answer.data).walk("VEVENT")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert (str(found["summary"]), str(found["location"]), str(found["url"])) == (
        soon.title, "许昌科技大市场路演厅", f"http://127.0.0.1:8000/events/{soon.id}",
    )  # fmt: skip


def test_one_event_is_a_calendar_file(client: FlaskClient, soon: Event) -> None:
    answer = client.get(f"/events/{soon.id}.ics")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="event-{soon.id}.ics"'
    assert len(Calendar.from_ical(answer.data).walk("VEVENT")) == 1
