"""Owns the browser of the tests: each request starts with nothing remembered of the one before."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Visitor(FlaskClient):
    """A client whose requests don't inherit who was asking, even while the test holds an application context."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make one request."""
        if has_app_context():
            for name in list(g):
                g.pop(name)
        return super().open(*args, **kwargs)
