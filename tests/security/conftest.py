"""Owns what the tests of who may do what share: the house, built once for each test process, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain import clock
from app.extensions import db
from tests.cast import NOW
from tests.security.house import House, open_house


@pytest.fixture(scope="session")
def built_house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house as it was built; its clock must be set, which `house` does."""
    opened = open_house(sqlite_template, tmp_path_factory.mktemp("house"))
    clock.set_clock(None)
    yield opened
    with opened.app.app_context():
        db.engine.dispose()


@pytest.fixture
def house(built_house: House) -> Iterator[House]:
    """The house on the day of the cast, as it was built."""
    clock.set_clock(NOW)
    built_house.restore()
    yield built_house
    clock.set_clock(None)
