"""The editable lists: who edits, what is refused, what a year looks like."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.reference import County, Industry, ProgrammeYear, Venue
from app.services import reference
from tests.cast import NOW, Cast, post, sign_in

pytestmark = pytest.mark.databases("sqlite")
INDUSTRY = {"name": "蜂产品", "tier": "优势产业", "aliases": "蜂业、蜂机具、蜂胶", "position": "30"}
VENUE = {"name": "鄢陵花木中心", "address": "鄢陵县", "capacity": "60", "tables": "8", "county": ""}


@pytest.fixture
def lists(cast: Cast, session: Session) -> Cast:
    """The cast, with the lists loaded."""
    reference.load(session, NOW)
    session.commit()
    return cast


@pytest.mark.parametrize(("part", "page", "form"), [
    ("desk", 200, 200), ("admin", 200, 200), ("bureau", 200, 403), ("county", 200, 403), ("owner", 403, 403),
    ("institute", 403, 403)])  # fmt: skip
def test_who_reads_and_who_edits(client: FlaskClient, lists: Cast, part: str, page: int, form: int) -> None:
    sign_in(client, lists.everyone()[part])
    assert client.get("/desk/reference").status_code == page
    for noun in ("industries", "counties", "venues"):
        assert client.get(f"/desk/reference/{noun}/new").status_code == form
        assert client.get(f"/desk/reference/{noun}/1").status_code == form
    written = post(client, "/desk/reference/industries/new", INDUSTRY).status_code
    assert written == (303 if form == 200 else 403)
    assert post(client, "/desk/reference/years", {"year": "2027"}).status_code == written


def test_an_industry_is_added_and_changed(client: FlaskClient, lists: Cast, session: Session) -> None:
    sign_in(client, lists.desk)
    post(client, "/desk/reference/industries/new", INDUSTRY)
    row = session.scalars(select(Industry).where(Industry.name == "蜂产品")).one()
    assert (row.aliases, row.tier, row.position) == (["蜂业", "蜂机具", "蜂胶"], "优势产业", 30)
    post(client, f"/desk/reference/industries/{row.id}", INDUSTRY | {"aliases": "蜂业"})
    session.rollback()
    session.refresh(row)
    assert row.aliases == ["蜂业"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "电梯"}, "“电梯”已经是“电梯”的名称或别名。"),
        ({"aliases": "蜂业、假发"}, "“假发”已经是“发制品”的名称或别名。"),
        ({"name": ""}, "请填写行业名称。"),
        ({"position": "abc"}, "不是有效的整数。"),
        ({"position": "1000"}, "请填 0 至 999 之间的整数。"),
        ({"tier": "没有的"}, "不是有效的选择。"),
    ],
)
def test_a_word_leads_to_one_industry_only(
    client: FlaskClient, lists: Cast, session: Session, change: dict[str, str], complaint: str
) -> None:
    answer = post(sign_in(client, lists.desk), "/desk/reference/industries/new", INDUSTRY | change)
    assert (answer.status_code, complaint in answer.text) == (422, True)
    assert session.scalars(select(Industry).where(Industry.name == "蜂产品")).all() == []


def test_a_venue_and_a_county_are_kept(client: FlaskClient, lists: Cast, session: Session) -> None:
    sign_in(client, lists.admin)
    assert post(client, "/desk/reference/venues/new", VENUE).status_code == 303
    assert post(client, "/desk/reference/venues/new", VENUE).status_code == 422
    assert post(client, "/desk/reference/venues/new", VENUE | {"name": "小厅", "capacity": "0"}).status_code == 422
    zone = {"code": "411000E", "name": "临空区", "aliases": "", "is_zone": "y", "position": "20"}
    assert post(client, "/desk/reference/counties/new", zone).status_code == 303
    assert post(client, "/desk/reference/counties/new", zone | {"name": "另一区"}).status_code == 422
    assert post(client, "/desk/reference/counties/new", zone | {"name": "别区", "code": "41"}).status_code == 422
    venue = session.scalars(select(Venue).where(Venue.name == VENUE["name"])).one()
    county = session.scalars(select(County).where(County.code == "411000E")).one()
    assert (venue.capacity, venue.tables, county.name, county.is_zone) == (60, 8, "临空区", True)


def test_a_year_opens_with_the_shape_of_the_plan(client: FlaskClient, lists: Cast, session: Session) -> None:
    sign_in(client, lists.desk)
    for _ in range(2):
        assert (
            post(client, "/desk/reference/years", {"year": "2027"}).headers["Location"] == "/desk/reference/years/2027"
        )
    year = session.scalars(select(ProgrammeYear)).one()
    assert [(quota.kind, quota.line, quota.minimum, quota.slogan) for quota in year.quotas] == [
        ("dialogue", "", 1, "上下联动"),
        ("docking", "cas", 5, "左右协同"),
        ("docking", "xuchang_university", 5, "左右协同"),
        ("topic", "policy", 2, "前后衔接"),
        ("topic", "training", 2, "前后衔接"),
        ("topic", "capacity", 2, "前后衔接"),
        ("topic", "county", 2, "前后衔接"),
    ]
    assert post(client, "/desk/reference/years", {"year": "1999"}).status_code == 422


def test_a_years_minimums_are_changed(client: FlaskClient, lists: Cast, session: Session) -> None:
    sign_in(client, lists.desk)
    post(client, "/desk/reference/years", {"year": "2027"})
    year = session.scalars(select(ProgrammeYear)).one()
    data = {f"quota_{quota.id}": "3" for quota in year.quotas} | {
        "name": "2027 年行动", "starts_on": "2027-02-01", "ends_on": "2027-11-30", "note": ""}  # fmt: skip
    assert client.get("/desk/reference/years/2027").status_code == 200
    assert post(client, "/desk/reference/years/2027", data | {"ends_on": "2027-01-01"}).status_code == 422
    assert post(client, "/desk/reference/years/2027", data | {f"quota_{year.quotas[0].id}": "-1"}).status_code == 422
    assert post(client, "/desk/reference/years/2027", data).status_code == 303
    session.rollback()
    session.expire_all()
    assert (year.name, {quota.minimum for quota in year.quotas}) == ("2027 年行动", {3})
    assert client.get("/desk/reference/years/2028").status_code == 404
