"""Senders killed with SIGKILL at random points: nothing is lost, every copy is explained, every row says the truth.

The full size (2,000 letters, 20 kills) is `python -m benchmarks.letters_kills`. The twins, which mark letters at the
wrong moment, lose letters and send copies that nothing explains: the test can fail.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from tests import senders
from tests.postbox import Ledger, PostboxServer

LETTERS, KILLS = 250, 6


@pytest.fixture
def ledger(app: Flask) -> Iterator[Ledger]:
    """A counting mail server on which the application's settings are turned."""
    books = Ledger()
    server = PostboxServer(books)
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], mail_port=books.port)
    yield books
    server.stop()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("policy", ["resend", "hold"])
def test_killed_senders_lose_nothing_and_explain_every_copy(
    app: Flask, ledger: Ledger, policy: str, workers: int
) -> None:
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], mail_uncertain=policy)
    found = senders.run(app, ledger, letters=LETTERS, kills=KILLS, workers=workers, seed=workers * 100 + len(policy))
    assert (found.kills, found.lost, found.unexplained, found.untrue) == (KILLS, 0, 0, 0)
    assert found.copies == 0 or policy == "resend"


@pytest.mark.databases("sqlite")
def test_the_twin_that_marks_letters_first_loses_some(app: Flask, ledger: Ledger) -> None:
    found = senders.run(app, ledger, letters=LETTERS, kills=KILLS, workers=1, seed=1, work=senders.send_marking_first)
    assert found.lost > 0


@pytest.mark.databases("sqlite")
def test_the_twin_that_marks_letters_last_sends_copies_that_nothing_explains(app: Flask, ledger: Ledger) -> None:
    found = senders.run(app, ledger, letters=LETTERS, kills=KILLS, workers=1, seed=1, work=senders.send_marking_last)
    assert found.unexplained > 0
