"""Owns what the browser tests share: the estate behind a running server, and a browser in which somebody has signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from app.domain import clock
from app.extensions import writing
from tests import cast
from tests.cast import NOW
from tests.security import estate
from tests.security.estate import Estate


@dataclass(frozen=True, slots=True)
class Market:
    """The running program: its address, the records and people in it."""

    app: Flask
    url: str
    estate: Estate

    def admit(self, context: BrowserContext, role: str) -> None:
        """Give the browser the session of somebody who has signed in."""
        client = cast.sign_in(self.app.test_client(), self.estate.people[role])
        cookie = client.get_cookie("session")
        assert cookie is not None
        context.add_cookies([{"name": "session", "value": cookie.value, "url": self.url}])


@pytest.fixture
def market(app: Flask, live_server: str) -> Iterator[Market]:
    """The estate of tests/security/estate.py, on the day of the cast."""
    clock.set_clock(NOW)
    with app.app_context(), writing() as session:
        made = estate.build(session)
    yield Market(app, live_server, made)
    clock.set_clock(None)
