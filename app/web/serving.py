"""Owns the application class: a request that the database ended for another's sake is done once more."""

from __future__ import annotations

import logging
import time

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from app.database import postgresql
from app.extensions import db

PAUSE = 0.2
"""Seconds before the second try: the one that was let through needs a moment to end."""

log = logging.getLogger(__name__)


class Market(Flask):
    """A Flask application whose views may be called twice.

    A view opens one transaction around everything it reads to decide. When PostgreSQL ends it because of a deadlock or
    of what others wrote at the same time, nothing of it stands, and the same work done again succeeds.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view; once more after a deadlock."""
        try:
            return super().dispatch_request()
        except DBAPIError as error:
            if postgresql.sqlstate(error.orig) not in postgresql.RETRIED:
                raise
            log.warning("the database ended a transaction (%s); it is done once more", postgresql.sqlstate(error.orig))
        db.session.rollback()
        time.sleep(PAUSE)
        for file in request.files.values():
            file.stream.seek(0)
        return super().dispatch_request()
