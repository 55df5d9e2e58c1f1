"""Owns the unbound Flask extensions, and how the edge opens a writing transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import current_app, g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session

import app.database.sqlite  # noqa: F401 - its listeners must be there before the first engine
from app.database.base import Base
from app.database.transaction import transaction
from app.services.links import Links

db = SQLAlchemy(model_class=Base)
mail = Mail()
csrf = CSRFProtect()
migrate = Migrate()
login_manager = LoginManager()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def links() -> Links:
    """The links of the running application."""
    value = current_app.extensions["links"]
    assert isinstance(value, Links)
    return value


@contextmanager
def writing() -> Iterator[Session]:
    """One command's transaction: what the services of a view, a job item or a CLI command run inside.

    Inside `fenced` its last deed is the fence's look: what the fence raises undoes the whole transaction.
    """
    session = db.session()
    session.info["links"] = links()
    with transaction(session) as open_session:
        yield open_session
        fence: Callable[[Session], None] | None = g.get("fence")
        if fence is not None:
            fence(open_session)


@contextmanager
def fenced(fence: Callable[[Session], None]) -> Iterator[None]:
    """Let every `writing()` of this application context end with `fence(session)`, which raises when it must not commit."""
    g.fence = fence
    try:
        yield
    finally:
        g.pop("fence", None)
