"""Owns what the tests of the background work share: the clock of the season, and a staged docking session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.domain import clock
from app.extensions import writing
from tests import season
from tests.season import Stage


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """A docking session on 6 May 2022, seen from 15 February; the clock runs on from there."""
    clock.set_clock(season.NOW)
    with app.app_context(), writing() as session:
        staged = season.stage(session)
    yield staged
    clock.set_clock(None)
