"""Owns what the stories share: a town on both databases, on the day the cast was engaged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.domain import clock
from app.extensions import db
from tests import cast
from tests.postbox import Postbox
from tests.stories.town import Town


@pytest.fixture
def town(app: Flask, smtp: Postbox) -> Iterator[Town]:
    """The program, its people and the post, on 15 February 2022 at nine."""
    clock.set_clock(cast.NOW)
    with app.app_context():
        people = cast.engage(db.session())
        db.session.commit()
    yield Town(app, people, smtp)
    clock.set_clock(None)
