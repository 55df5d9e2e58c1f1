"""The workbench: each role's figures, links that work, and a fixed number of queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.domain import clock
from app.extensions import db
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.need import Need
from app.models.people import Membership, User
from app.queries import dashboard
from tests.cast import Cast, password_hash, sign_in

pytestmark = pytest.mark.databases("sqlite")


def season(session: Session, cast: Cast, events: int) -> None:
    """So many events next month, each with both firms invited; the first firm accepted."""
    now = clock.now()
    for number in range(events):
        held = Event(year=2022, number=number, kind="docking", series="cas", title=f"第 {number} 场", created_at=now,
                     changed_at=now, starts_at=now + timedelta(days=30 + number), seats_taken=2)  # fmt: skip
        held._state = "scheduled"
        session.add(held)
        session.flush()
        for person, state in ((cast.owner, "accepted"), (cast.rival, "sent")):
            guest = Invitation(event_id=held.id, organisation_id=person.organisation_id, side="demand", nonce="n",
                               contact_email=person.email, created_at=now, sent_at=now, party_size=2)  # fmt: skip
            guest._state = state
            session.add(guest)
    session.commit()


def submitted(session: Session, organisation_id: int) -> None:
    now = clock.now()
    need = Need(organisation_id=organisation_id, title="刀补", created_at=now, changed_at=now)
    need._state = "submitted"
    session.add(need)
    session.commit()


def figures(text: str) -> dict[str, str]:
    """The tiles of the page: label and number."""
    found = re.findall(r'class="tile-label">(?:<a[^>]*>)?([^<]+)(?:</a>)?</span>\s*<span class="figure">(\d+)', text)
    return dict(found)


def test_the_market_sees_all_that_waits(client: FlaskClient, cast: Cast, session: Session) -> None:
    submitted(session, cast.owner.organisation_id)
    submitted(session, cast.rival.organisation_id)
    user = User(name="新人", email="new@cast.test", password_hash=password_hash(), created_at=clock.now())
    session.add(Membership(user=user, organisation_id=cast.owner.organisation_id, role="enterprise",
                           created_at=clock.now()))  # fmt: skip
    season(session, cast, 2)
    page = sign_in(client, cast.desk).get("/desk/").text
    assert figures(page) == {"账号待审核": "1", "需求待审": "2", "成果待审": "0", "匹配待选定": "0", "邀请待发": "0",
                             "邀请未回复": "2"}  # fmt: skip


def test_failed_letters_are_the_citys_to_mend(client: FlaskClient, cast: Cast, session: Session) -> None:
    now = clock.now()
    session.add(Letter(key="k", kind="invitation", recipient="x@y.test", subject="s", text="t", message_id="<k>",
                       due_at=now, created_at=now, failed_at=now))  # fmt: skip
    session.commit()
    assert figures(sign_in(client, cast.bureau).get("/desk/").text).get("信件发送失败") == "1"
    assert "信件发送失败" not in figures(sign_in(client, cast.county).get("/desk/").text)


def test_a_county_office_sees_its_own_figures(client: FlaskClient, cast: Cast, session: Session) -> None:
    submitted(session, cast.owner.organisation_id)
    submitted(session, cast.rival.organisation_id)
    season(session, cast, 1)
    page = sign_in(client, cast.county).get("/desk/").text
    assert figures(page) == {"账号待审核": "0", "需求待审": "1", "成果待审": "0", "匹配待选定": "0", "邀请待发": "0",
                             "邀请未回复": "1"}  # fmt: skip
    assert "1 家" in page


def test_reply_rates_count_what_each_may_see(cast: Cast, session: Session) -> None:
    season(session, cast, 1)
    now = clock.now()
    (seen,) = dashboard.next_events(session, cast.desk.actor, now)
    assert (seen.invited, seen.answered, seen.accepted, seen.declined, seen.rate) == (2, 1, 1, 0, 0.5)
    (seen,) = dashboard.next_events(session, cast.county.actor, now)
    assert (seen.invited, seen.answered, seen.rate) == (1, 0, 0.0)


@pytest.mark.parametrize("part", ["desk", "county", "bureau", "admin"])
def test_every_link_of_the_workbench_opens(client: FlaskClient, cast: Cast, session: Session, part: str) -> None:
    season(session, cast, 1)
    sign_in(client, cast.everyone()[part])
    main = client.get("/desk/").text.partition("<main")[2].partition("</main>")[0]
    links = sorted(set(re.findall(r'href="(/[^"#]*)"', main)))
    assert {link: client.get(link.replace("&amp;", "&")).status_code for link in links} == dict.fromkeys(links, 200)


def test_more_events_need_no_more_queries(client: FlaskClient, cast: Cast, session: Session) -> None:
    counted: list[str] = []
    sign_in(client, cast.desk)
    event.listen(db.engine, "before_cursor_execute", lambda *rest: counted.append(str(rest[2])))

    def queries() -> int:
        session.rollback()
        session.expunge_all()
        counted.clear()
        assert client.get("/desk/").status_code == 200
        return len(counted)

    season(session, cast, 1)
    one = queries()
    season(session, cast, 3)
    assert queries() == one
    assert one <= 30
