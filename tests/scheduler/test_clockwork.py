"""Ticks: they come again after a failure, never overlap, and stop when told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from scheduler.clockwork import Clockwork

PATIENCE = 20.0


class Counter:
    """Counts its calls and lets a test wait for the n-th."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.calls = 0
        self._then = then
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.calls += 1
            self._changed.notify_all()
        self._then()

    def wait_for(self, number: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.calls >= number, PATIENCE)


def fail() -> None:
    raise RuntimeError("the tables are gone")


def test_a_failing_tick_is_logged_and_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    failing, sound = Counter(fail), Counter()
    clockwork = Clockwork([("deliver", 0.05, failing), ("remind", 0.05, sound)])
    with caplog.at_level(logging.ERROR, "scheduler.clockwork"):
        clockwork.start()
        try:
            assert failing.wait_for(3)
            assert sound.wait_for(3)
        finally:
            clockwork.stop()
    assert clockwork.running is False
    messages = {record.getMessage() for record in caplog.records if record.name == "scheduler.clockwork"}
    assert messages == {"tick deliver failed; it is called again at its next time"}
    calls = sound.calls
    clockwork.stop()
    assert sound.calls == calls


@pytest.mark.filterwarnings("error")
def test_a_slow_tick_never_overlaps_itself() -> None:
    inside, release, overlaps = threading.Lock(), threading.Event(), []

    def slow() -> None:
        if not inside.acquire(blocking=False):
            overlaps.append(1)
            return
        release.wait(PATIENCE)
        inside.release()

    slow_tick, other = Counter(slow), Counter()
    clockwork = Clockwork([("slow", 0.02, slow_tick), ("other", 0.02, other)])
    clockwork.start()
    try:
        assert slow_tick.wait_for(1)
        assert other.wait_for(10)
        assert (slow_tick.calls, overlaps) == (1, [])
    finally:
        release.set()
        clockwork.stop()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^every tick needs a name of its own$"):
        Clockwork([("remind", 1, fail), ("remind", 2, fail)])
    with pytest.raises(ValueError, match=r"^a tick needs a positive number of seconds$"):
        Clockwork([("remind", 0, fail)])
