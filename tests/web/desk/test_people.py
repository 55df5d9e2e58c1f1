"""Deciding memberships and keeping organisations: who sees what, who may do what, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.models.history import MoveRecord
from app.models.letter import Letter
from app.models.people import Membership, Organisation, User
from tests.cast import Cast, Person, password_hash, post, sign_in

pytestmark = pytest.mark.databases("sqlite")
DESK = ("desk", "county", "bureau", "admin")
PORTAL = ("owner", "rival", "institute", "university")
FIRM = {
    "kind": "enterprise",
    "supply_kind": "other",
    "name": "禹州金源食品机械有限公司",
    "credit_code": "91411081MA90103919",
    "county": "禹州市",
    "contact_name": "金源",
    "contact_phone": "0374-2965000",
    "contact_email": "jin@firm.test",
    "industry": "",
    "above_scale": "yes",
    "has_cooperation": "",
}


def newcomer(session: Session, organisation_id: int, role: str = "enterprise") -> int:
    """Somebody whose request waits; the membership's id."""
    now = clock.now()
    user = User(name="新人", email="new@cast.test", password_hash=password_hash(), created_at=now)
    member = Membership(user=user, organisation_id=organisation_id, role=role, created_at=now)
    session.add(member)
    session.commit()
    return member.id


def statuses(client: FlaskClient, cast: Cast, path: str, parts: tuple[str, ...]) -> dict[str, int]:
    return {part: sign_in(client, cast.everyone()[part]).get(path).status_code for part in parts}


def state_of(session: Session, membership_id: int) -> str:
    session.rollback()
    return str(session.scalar(select(Membership.state).where(Membership.id == membership_id)))


# ------------------------------------------------------------------------------- who sees what


def test_the_list_is_the_desks(client: FlaskClient, cast: Cast) -> None:
    assert client.get("/desk/people").headers["Location"] == "/sign-in?next=/desk/people"
    assert statuses(client, cast, "/desk/people", DESK) == dict.fromkeys(DESK, 200)
    assert statuses(client, cast, "/desk/people", PORTAL) == dict.fromkeys(PORTAL, 403)


def test_a_county_office_sees_its_own_county_only(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, cast.county)
    page = client.get("/desk/people?county=411082").text
    assert "甲企业机械有限公司" not in page
    page = client.get("/desk/people").text
    assert ("乙企业环保科技有限公司" in page, "甲企业机械有限公司" in page) == (True, False)
    assert client.get(f"/desk/people/{cast.rival.organisation_id}").status_code == 200
    assert client.get(f"/desk/people/{cast.owner.organisation_id}").status_code == 404
    assert client.get(f"/desk/people/{cast.owner.organisation_id}/edit").status_code == 404


@pytest.mark.parametrize("number", ["0", "2147483648", "9223372036854775808", "-1", "1e9", "１"])
def test_odd_numbers_find_nothing(client: FlaskClient, cast: Cast, number: str) -> None:
    assert sign_in(client, cast.desk).get(f"/desk/people/{number}").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=甲企业", ["甲企业机械有限公司"]),
        ("q=91411081MA4000002B", ["乙企业环保科技有限公司"]),
        ("q=%25", []),
        ("q=_企业", []),
        ("kind=institute&sort=name", ["中国科学院某研究所", "许昌学院"]),
        ("county=411081&sort=name", ["乙企业环保科技有限公司", "禹州市科学技术局"]),
        ("admitted=no", []),
        ("kind=nonsense", []),
        ("sort=password_hash&kind=bureau&page=99", ["许昌市科学技术局"]),
    ],
)
def test_the_list_is_narrowed_and_sorted(client: FlaskClient, cast: Cast, query: str, names: list[str]) -> None:
    page = sign_in(client, cast.desk).get(f"/desk/people?{query}").text
    every = [person.actor.organisation_name for person in cast.everyone().values()]
    body = page.partition("</form>\n")[2]
    shown = sorted({name for name in every if f">{name}</a>" in body})
    assert shown == sorted(names)


def test_an_organisations_page_needs_as_many_queries_with_three_people_as_with_one(
    client: FlaskClient, cast: Cast, session: Session
) -> None:
    from sqlalchemy import event

    from app.extensions import db

    counted: list[str] = []
    path = f"/desk/people/{cast.owner.organisation_id}"
    sign_in(client, cast.desk)

    def queries() -> int:
        session.rollback()
        session.expunge_all()
        counted.clear()
        assert client.get(path).status_code == 200
        return len(counted)

    client.get(path)
    event.listen(db.engine, "before_cursor_execute", lambda *rest: counted.append(str(rest[2])))
    one = queries()
    for number in range(2):
        user = User(name="同事", email=f"{number}@x.test", password_hash=password_hash(), created_at=clock.now())
        session.add(Membership(user=user, organisation_id=cast.owner.organisation_id, role="enterprise",
                               created_at=clock.now()))  # fmt: skip
    session.commit()
    assert queries() == one


# ------------------------------------------------------------------------------- deciding


@pytest.mark.parametrize(("part", "status"), [("desk", 303), ("admin", 303), ("bureau", 403), ("county", 403)])
def test_only_the_market_decides(client: FlaskClient, cast: Cast, session: Session, part: str, status: int) -> None:
    member = newcomer(session, cast.rival.organisation_id)
    answer = post(sign_in(client, cast.everyone()[part]), f"/desk/people/memberships/{member}", {"move": "approve"})
    assert answer.status_code == status
    assert state_of(session, member) == ("active" if status == 303 else "requested")


def test_approving_admits_the_organisation_and_tells_the_person(
    client: FlaskClient, cast: Cast, session: Session
) -> None:
    fresh = Organisation(kind="enterprise", name="新单位", credit_code="91411082MA90100171", created_at=clock.now())
    session.add(fresh)
    session.flush()
    member = newcomer(session, fresh.id)
    sign_in(client, cast.desk)
    assert "新单位" in client.get("/desk/people").text
    answer = post(client, f"/desk/people/memberships/{member}", {"move": "approve", "next": "queue"})
    assert answer.headers["Location"] == "/desk/people"
    session.rollback()
    session.refresh(fresh)
    assert fresh.approved_at is not None
    sent = [(row.kind, row.recipient) for row in session.scalars(select(Letter))]
    assert sent == [("account_approved", "new@cast.test")]
    told = session.scalars(select(MoveRecord).where(MoveRecord.noun == "membership")).one()
    assert (told.verb, told.source, told.target, told.actor_name) == ("approve", "requested", "active", cast.desk.name)
    assert post(client, f"/desk/people/memberships/{member}", {"move": "approve"}).status_code == 409


def test_refusing_needs_a_reason_and_sends_it(client: FlaskClient, cast: Cast, session: Session) -> None:
    member = newcomer(session, cast.owner.organisation_id)
    sign_in(client, cast.desk)
    post(client, f"/desk/people/memberships/{member}", {"move": "refuse", "reason": "  "})
    assert state_of(session, member) == "requested"
    post(client, f"/desk/people/memberships/{member}", {"move": "refuse", "reason": "请先由单位出具委托书"})
    assert state_of(session, member) == "refused"
    letter = session.scalars(select(Letter)).one()
    assert (letter.kind, "理由：请先由单位出具委托书" in letter.text) == ("account_refused", True)


def test_ending_shuts_the_person_out_and_restoring_lets_them_in(
    client: FlaskClient, cast: Cast, session: Session
) -> None:
    person = client.application.test_client()
    sign_in(person, cast.owner)
    sign_in(client, cast.desk)
    path = f"/desk/people/memberships/{cast.owner.membership_id}"
    post(client, path, {"move": "end"})
    assert person.get("/portal/organisation").status_code == 302
    post(client, path, {"move": "restore"})
    assert person.get("/portal/organisation").status_code == 200


def test_the_last_administrator_stays(client: FlaskClient, cast: Cast, session: Session) -> None:
    sign_in(client, cast.desk)
    post(client, f"/desk/people/memberships/{cast.admin.membership_id}", {"move": "end"})
    assert state_of(session, cast.admin.membership_id) == "active"


@pytest.mark.parametrize("move", ["", "delete", "_state", "approve\x00"])
def test_an_unknown_move_is_refused(client: FlaskClient, cast: Cast, session: Session, move: str) -> None:
    sign_in(client, cast.desk)
    answer = post(client, f"/desk/people/memberships/{cast.owner.membership_id}", {"move": move})
    assert (answer.status_code, state_of(session, cast.owner.membership_id)) == (409, "active")


# ------------------------------------------------------------------------------- entering and editing


def enter(client: FlaskClient, person: Person, **changes: Any) -> int:
    return post(sign_in(client, person), "/desk/people/new", FIRM | changes).status_code


def found(session: Session) -> Organisation | None:
    session.rollback()
    return session.scalar(select(Organisation).where(Organisation.credit_code == FIRM["credit_code"]))


@pytest.mark.parametrize(
    ("part", "status"),
    [("desk", 303), ("admin", 303), ("county", 303), ("bureau", 403), ("owner", 403), ("institute", 403)],
)
def test_who_enters_an_organisation(client: FlaskClient, cast: Cast, session: Session, part: str, status: int) -> None:
    assert enter(client, cast.everyone()[part]) == status
    made = found(session)
    assert (made is not None) == (status == 303)
    if made is not None:
        assert (made.county_id, made.contact_phone, made.approved_at is not None) == (
            cast.county_ids["禹州市"], "0374-2965000", True)  # fmt: skip


def test_a_county_office_enters_nothing_elsewhere(client: FlaskClient, cast: Cast, session: Session) -> None:
    assert enter(client, cast.county, county="长葛市") == 422
    assert enter(client, cast.county, kind="bureau") == 422
    assert found(session) is None


def test_a_code_is_entered_once(client: FlaskClient, cast: Cast, session: Session) -> None:
    assert enter(client, cast.desk, credit_code="91411082MA4000001N") == 422
    assert enter(client, cast.desk, credit_code="91411082MA4000001X") == 422
    assert session.scalars(select(Organisation).where(Organisation.name == FIRM["name"])).all() == []


def test_editing_keeps_what_a_county_office_may_not_change(client: FlaskClient, cast: Cast, session: Session) -> None:
    path = f"/desk/people/{cast.rival.organisation_id}/edit"
    data = FIRM | {"name": "改名公司", "credit_code": "", "contact_name": "新联系人"}
    assert post(sign_in(client, cast.county), path, data).status_code == 303
    session.rollback()
    row = session.get_one(Organisation, cast.rival.organisation_id)
    assert (row.name, row.credit_code, row.contact_name) == (
        "乙企业环保科技有限公司", "91411081MA4000002B", "新联系人")  # fmt: skip
    assert post(sign_in(client, cast.desk), path, data | {"county": "长葛市"}).status_code == 303
    session.rollback()
    session.refresh(row)
    assert (row.name, row.credit_code, row.county_id) == ("改名公司", None, cast.county_ids["长葛市"])
    assert post(sign_in(client, cast.county), path, data).status_code == 404
    assert post(sign_in(client, cast.bureau), path, data).status_code == 403
    changed = session.scalars(select(MoveRecord.details).where(MoveRecord.verb == "edit")).all()
    assert [one["fields"] for one in changed] == [
        ["above_scale", "contact_email", "contact_name", "contact_phone"],
        ["county_id", "credit_code", "name"],
    ]


def test_what_was_typed_stays_in_a_refused_form(client: FlaskClient, cast: Cast) -> None:
    hostile = '<script>alert("x")</script>\x00'
    answer = post(sign_in(client, cast.desk), "/desk/people/new", FIRM | {"address": hostile, "contact_phone": "abc"})
    assert answer.status_code == 422
    assert "&lt;script&gt;alert" in answer.text
    assert "<script>alert" not in answer.text
    assert "请填一个 11 位手机号码，或带区号的座机，例如 0374-2965000。" in answer.text
