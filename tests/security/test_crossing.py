"""What a form names besides the address: another's organisation, county, membership or record is not taken."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.vocabulary import SheetKind
from app.extensions import db, writing
from app.models.people import Membership, Organisation, User
from app.models.sheet import Upload
from tests import cast
from tests.paper import need_form
from tests.security.forms import CODES, EVENT, FIRM, FRESH_CODE, PROVENANCE
from tests.security.house import House, answer_of
from tests.sheets.books import book_of

NEED = need_form(action="draft", **PROVENANCE)
HOME_FIRM = FIRM | {"name": "新登记的企业有限公司", "credit_code": FRESH_CODE}

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a need for a firm of another county": ("other", "/desk/needs/new", NEED | {"credit_code": CODES["owner"]}),
    "a firm of another county": ("other", "/desk/people/new", HOME_FIRM),
    "an institution that a county does not enter": (
        "home", "/desk/people/new", HOME_FIRM | {"kind": "bureau", "credit_code": ""}),
    "a firm moved into another county": (
        "home", "/desk/people/{owner_organisation}/edit", FIRM | {"county": "禹州市"}),
    "a firm's code given to another": (
        "home", "/desk/people/{owner_organisation}/edit", FIRM | {"credit_code": CODES["rival"]}),
    "an event of another county": ("other", "/desk/events/new", EVENT | {"county": "{county}"}),
    "an event of the city": ("other", "/desk/events/new", EVENT | {"county": "", "line": "topic-policy"}),
    "a docking session of a county": ("other", "/desk/events/new", EVENT | {"line": "docking-cas", "county": "{other_county}"}),
    "another's membership": ("rival", "/account/switch", {"membership_id": "1"}),
    "a pairing of another need": ("desk", "/desk/pairings/needs/{need_private}/keep", {"pairing": "{pairing}"}),
    "an achievement that is not listed": (
        "desk", "/desk/pairings/needs/{need}/add", {"achievement": "{achievement_draft}", "note": "试试"}),
    "an unlisted achievement at an event": (
        "desk", "/desk/events/{event}/releases", {"achievement": "{achievement_draft}"}),
    "a move of the programme alone": ("owner", "/portal/needs/{need}/move", {"move": "lapse"}),
    "the reviewer's move": ("owner", "/portal/needs/{need_submitted}/move", {"move": "publish"}),
    "a move that no pairing page offers": ("desk", "/desk/pairings/{pairing_near}/move", {"move": "drop"}),
    "the guest's move by a button": ("desk", "/desk/invitations/{invitation}/move", {"move": "accept"}),
    "postponing without a date": ("desk", "/desk/events/{event}/move", {"move": "hold"}),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_nothing_is_written(house: House, case: str) -> None:
    role, path, form = CASES[case]
    before, known = house.mark(), house.estate.ids
    filled = {
        name: str(value).format_map(known) if str(value).startswith("{") else value for name, value in form.items()
    }
    answer = cast.post(house.browser(role), path.format_map(known), filled)
    assert answer.status_code in (303, 403, 404, 409, 422)
    assert house.mark() == before


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/desk/needs/new", NEED | {"credit_code": FRESH_CODE, "organisation_name": "新的", "county": "长葛市"}),
        ("/desk/people/new", HOME_FIRM | {"county": ""}),
    ],
)
def test_a_county_office_enters_firms_into_its_own_county_whatever_it_says(
    house: House, path: str, form: dict[str, Any]
) -> None:
    assert cast.post(house.browser("other"), path, form).status_code == 303
    with house.app.app_context():
        firm = db.session.scalars(select(Organisation).where(Organisation.credit_code == FRESH_CODE)).one()
        assert firm.county_id == house.estate.ids["other_county"]


@pytest.mark.parametrize(("role", "code"), [("rival", CODES["owner"]), ("other", CODES["owner"])])
def test_a_sheet_brings_nothing_to_a_firm_out_of_sight(house: House, role: str, code: str) -> None:
    """The dry run is kept and says so; importing it changes nothing but what it says."""
    where = "portal" if role == "rival" else "desk"
    data = book_of(SheetKind.NEEDS, 1, {"N2": "甲企业机械有限公司", "V2": code, "W2": "长葛市"})
    browser = house.browser(role)
    sent = cast.post(browser, f"/{where}/sheets", {"kind": "needs", "file": (io.BytesIO(data), "别家.xlsx")})
    assert sent.status_code == 303
    with house.app.app_context():
        upload = db.session.scalars(select(Upload).order_by(Upload.id.desc())).first()
        assert upload is not None
        assert (upload.report["good"], len(upload.report["complaints"])) == (0, 1)
    before = house.mark()
    for only_good in ("", "1"):
        assert cast.post(browser, f"{sent.location}/accept", {"only_good": only_good}).status_code == 303
    assert house.mark() == before


@pytest.mark.parametrize("cut", ["ended", "shut", "renewed"])
def test_an_open_session_ends_with_what_it_stands_on(house: House, cut: str) -> None:
    """A membership that is ended, an account that is shut, a password that is renewed: at once, not at the next sign-in."""
    browser, person = house.browser("rival"), house.estate.people["rival"]
    assert answer_of(browser.get("/portal/needs")) == "ok"
    with house.app.app_context(), writing() as session:
        if cut == "ended":
            session.get_one(Membership, person.membership_id)._state = "ended"
        elif cut == "shut":
            session.get_one(User, person.user_id).is_active = False
        else:
            session.get_one(User, person.user_id).session_epoch += 1
    assert answer_of(browser.get("/portal/needs")) == "login"
    before = house.mark()
    late = cast.post(browser, "/portal/needs/new", need_form(action="draft"))
    assert answer_of(late) in ("login", "401")  # the second keeps what was typed until one has signed in again
    assert house.mark() == before
