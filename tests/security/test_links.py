"""Signed links: one that was changed, made for something else or replaced opens nothing and writes nothing."""

from __future__ import annotations

import pytest

from app.domain import clock
from app.extensions import db, links, writing
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.people import User
from tests import cast
from tests.cast import NOW
from tests.security.forms import form_for
from tests.security.house import House

PAGES = {
    "rsvp": ("/rsvp/{}", "site.rsvp_answer"),
    "confirm": ("/confirm/{}", "site.confirm_answer"),
    "reset": ("/password/{}", "site.new_password"),
}
CALENDAR = "/rsvp/{}/calendar.ics"


def changed(token: str) -> dict[str, str]:
    """The token with something wrong with it, by what is wrong."""
    body, signature = token.rsplit(".", 1)
    flipped = "B" if body[6] != "B" else "C"
    return {
        "body": f"{body[:6]}{flipped}{body[7:]}.{signature}",
        "signature": f"{body}.{signature[:-5]}{'AAAAA' if signature[-5:] != 'AAAAA' else 'BBBBB'}",
        "no signature": body,
        "empty signature": f"{body}.",
        "cut": token[:-1],
        "longer": f"{token}A",
        "nonsense": "ä%00'\"><script>",
        "nothing signed": "W10.",
        "long": "A" * 4000,
    }


def refused(house: House, purpose: str, token: str) -> None:
    """Looking with the token and sending with it both find nothing, and nothing is written."""
    address, endpoint = PAGES[purpose]
    before, path = house.mark(), address.format(token)
    guest = house.app.test_client()
    assert (path, guest.get(path).status_code) == (path, 404)
    assert cast.post(guest, path, form_for(house, endpoint, purpose, "anonymous")).status_code == 404
    if purpose == "rsvp":
        assert guest.get(CALENDAR.format(token)).status_code == 404
    assert house.mark() == before


@pytest.mark.parametrize("purpose", list(PAGES))
def test_the_right_link_opens_its_page_and_looking_writes_nothing(house: House, purpose: str) -> None:
    before = house.mark()
    assert house.app.test_client().get(PAGES[purpose][0].format(house.estate.tokens[purpose])).status_code == 200
    assert house.mark() == before


@pytest.mark.parametrize("purpose", list(PAGES))
@pytest.mark.parametrize("fault", list(changed("W10eWzEs.c2lnbmF0dXJl")))
def test_a_changed_link_is_refused(house: House, purpose: str, fault: str) -> None:
    refused(house, purpose, changed(house.estate.tokens[purpose])[fault])


@pytest.mark.parametrize("purpose", list(PAGES))
@pytest.mark.parametrize("other", list(PAGES))
def test_a_link_made_for_something_else_is_refused(house: House, purpose: str, other: str) -> None:
    token = house.estate.tokens[other]
    if purpose == other:
        token = ".".join(
            (token.rpartition(".")[0], house.estate.tokens["rsvp" if other != "rsvp" else "reset"].rpartition(".")[2])
        )
    refused(house, purpose, token)


@pytest.mark.parametrize("purpose", list(PAGES))
@pytest.mark.parametrize(
    "parts",
    [(), (1,), ("1", "x"), (1, None), (1, 2, 3, 4), (0, "x"), (2**31, "x"), (2**63, "x"), (-1, "x"), (True, "x")],
)
def test_a_link_with_our_signature_and_no_sense_is_refused(
    house: House, purpose: str, parts: tuple[object, ...]
) -> None:
    with house.app.app_context():
        token = links().token(purpose, *parts)
    refused(house, purpose, token)


def test_the_link_of_a_renewed_invitation_is_refused(house: House) -> None:
    with house.app.app_context(), writing() as session:
        session.get_one(Invitation, house.estate.ids["invitation"]).nonce = "another-nonce"
    refused(house, "rsvp", house.estate.tokens["rsvp"])


def test_the_link_of_a_need_asked_about_again_is_refused(house: House) -> None:
    with house.app.app_context(), writing() as session:
        session.get_one(Need, house.estate.ids["need_behalf"]).confirm_nonce = "another-nonce"
    refused(house, "confirm", house.estate.tokens["confirm"])


def test_a_link_to_a_new_password_works_once(house: House) -> None:
    form = form_for(house, "site.new_password", "reset", "anonymous")
    path = PAGES["reset"][0].format(house.estate.tokens["reset"])
    assert cast.post(house.app.test_client(), path, form).status_code == 303
    refused(house, "reset", house.estate.tokens["reset"])


def test_a_link_to_a_new_password_works_for_half_an_hour(house: House) -> None:
    with house.app.app_context():
        user = db.session.get_one(User, house.estate.people["owner"].user_id)
        made = links().reset(user, NOW).rpartition("/")[2]
    clock.set_clock(NOW.replace(minute=31))
    refused(house, "reset", made)
