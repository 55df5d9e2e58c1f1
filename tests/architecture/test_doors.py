"""Every page stands behind a door, and nothing is served outside the blueprints."""

from pathlib import Path

import pytest
from flask import Flask

from app.domain.actor import DESK, PORTAL
from app.factory import create_app
from app.web.doors import ANYONE, doors
from tests.conftest import settings_for

FILES = {"static"}  # the only endpoint without a blueprint


@pytest.fixture
def empty_app(tmp_path: Path) -> Flask:
    return create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path))


def test_every_blueprint_has_a_door(empty_app: Flask) -> None:
    assert set(empty_app.blueprints) == set(doors())


def test_the_doors_are_those_of_the_three_audiences(empty_app: Flask) -> None:
    assert doors() == {"site": ANYONE, "portal": PORTAL, "desk": DESK}


def test_every_page_belongs_to_a_blueprint(empty_app: Flask) -> None:
    endpoints = {rule.endpoint for rule in empty_app.url_map.iter_rules()}
    assert {one for one in endpoints if one.partition(".")[0] not in doors()} == FILES
