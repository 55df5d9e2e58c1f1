"""Owns the only commit of the program: one transaction per command, around everything it reads to decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.database.sqlite import WRITING
from app.domain.errors import Stale

_OPEN = "market_transaction"


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Begin, yield, commit; roll back on any exception. Refuses to nest.

    What the session read before is dropped, so that a decision never rests on an old snapshot. Raises Stale when
    another writer changed a row first or took a unique key.
    """
    if session.info.get(_OPEN):
        raise RuntimeError("a transaction is already open: only the edge opens one")
    session.rollback()
    session.info[_OPEN] = True
    try:
        session.connection(execution_options={WRITING: True})
        yield session
        session.commit()
    except (StaleDataError, IntegrityError) as error:
        session.rollback()
        raise Stale from error
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_OPEN, None)
