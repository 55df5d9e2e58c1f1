"""Work in the background: one at a time under a name, and a failure is told and does not block the next."""

from __future__ import annotations

import threading

import pytest

from app.services import background


def test_one_at_a_time_under_a_name() -> None:
    go, begun, seen = threading.Event(), threading.Event(), []

    def wait() -> None:
        seen.append("first")
        begun.set()
        assert go.wait(10)

    background.begin("a", wait)
    assert begun.wait(10)
    background.begin("a", lambda: seen.append("second"))
    other = threading.Event()
    background.begin("b", other.set)
    assert other.wait(10)
    go.set()
    _quiet("a")
    assert seen == ["first"]


def test_a_failure_is_told_and_the_next_may_begin(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("no room")

    background.begin("c", fail)
    _quiet("c")
    assert "no room" in caplog.text
    done = threading.Event()
    background.begin("c", done.set)
    assert done.wait(10)


def _quiet(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(10)
