"""No page is wider than a small phone, whoever looks at it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Market
from tests.browser.test_walks import overflow

pytestmark = pytest.mark.databases("sqlite")

PAGES = {
    "anonymous": ["/", "/agenda", "/agenda?view=months", "/achievements", "/needs", "/needs/{need}", "/events/{event}",
                  "/achievements/{achievement}", "/sign-in", "/sign-up", "/rsvp/{rsvp}", "/confirm/{confirm}", "/nowhere"],
    "owner": ["/portal/", "/portal/needs", "/portal/needs/new", "/portal/needs/{need}", "/portal/achievements",
              "/portal/matches", "/portal/invitations", "/portal/invitations/{invitation}", "/portal/organisation",
              "/portal/sheets", "/portal/sheets/{upload_owner}", "/account", "/account/organisations", "/"],
    "institute": ["/portal/", "/portal/needs", "/portal/achievements", "/portal/achievements/new",
                  "/portal/achievements/{achievement}", "/portal/organisation", "/portal/organisation/experts/new"],
    "home": ["/desk/", "/desk/needs", "/desk/needs/new", "/desk/events", "/desk/people", "/desk/invitations"],
    "bureau": ["/desk/", "/desk/letters", "/desk/season", "/desk/pairings"],
    "desk": ["/desk/", "/desk/needs", "/desk/needs/{need_submitted}", "/desk/needs/{need_submitted}/edit",
             "/desk/achievements", "/desk/achievements/{achievement_submitted}", "/desk/pairings", "/desk/pairings?by=achievement",
             "/desk/pairings/needs/{need}", "/desk/pairings/{pairing}", "/desk/pairings/needs/{need}/add",
             "/desk/pairings/needs/{need}/compare", "/desk/pairings/needs/{need}/compare?achievement={achievement}",
             "/desk/pairings/shortlist", "/desk/resemblances", "/desk/sheets",
             "/desk/sheets/{upload_home}", "/desk/events", "/desk/events?view=list", "/desk/events/new", "/desk/events/{event}",
             "/desk/events/{event}/edit", "/desk/events/{event}/postpone", "/desk/events/{event}/releases",
             "/desk/events/{event}/timetable", "/desk/events/{event}/timetable/versions",
             "/desk/events/{event}/timetable/compare", "/desk/events/{event}/timetable/repair",
             "/desk/events/{event}/timetable/advice", "/desk/season", "/desk/season/previews/{season_preview}", "/desk/invitations",
             "/desk/invitations/events/{event}", "/desk/invitations/{invitation}", "/desk/invitations/{invitation_draft}/edit",
             "/desk/letters", "/desk/letters/{letter}", "/desk/people", "/desk/people/{owner_organisation}",
             "/desk/people/new", "/desk/reference", "/desk/reference/years/2022", "/desk/lexicon", "/desk/lexicon/new",
             "/desk/lexicon/{lexicon_entry}", "/desk/ranking", "/desk/ranking/{ranking_model}"],
}  # fmt: skip
"""Whose main pages these are; names in braces are ids and tokens of the estate."""


@pytest.mark.parametrize("role", list(PAGES))
def test_no_page_is_wider_than_a_small_phone(page: Page, market: Market, role: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    if role != "anonymous":
        market.admit(page.context, role)
    known = market.estate.ids | market.estate.tokens
    wide = {}
    for path in PAGES[role]:
        page.goto(market.url + path.format_map(known))
        heading = page.locator("h1").first.inner_text()
        assert heading != "登录" or path == "/sign-in", path
        pixels = overflow(page)
        if pixels:
            wide[path] = pixels
    assert wide == {}
