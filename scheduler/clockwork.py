"""Ticks: calls named functions at intervals in one background thread pool. The only importer of APScheduler."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)
# A tick that finds its last one still under way is left out: that is the rule here, not a warning. Each run is no news either.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
logging.getLogger("apscheduler.executors").setLevel(logging.WARNING)

Tick = tuple[str, float, Callable[[], object]]
"""(name, seconds between two calls, function)"""


class Clockwork:
    """Ticks that hold no truth: what is due lives in tables, a tick only looks there.

    No tick overlaps itself, late ticks run once, and a tick that fails is logged and called again next time.
    """

    def __init__(self, ticks: Sequence[Tick]) -> None:
        names = [name for name, _seconds, _function in ticks]
        if len(set(names)) != len(names):
            raise ValueError("every tick needs a name of its own")
        if any(seconds <= 0 for _name, seconds, _function in ticks):
            raise ValueError("a tick needs a positive number of seconds")
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(max(1, len(ticks)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
            daemon=True,
        )
        for name, seconds, function in ticks:
            self._scheduler.add_job(_guarded(name, function), IntervalTrigger(seconds=seconds, timezone=UTC), id=name)

    def start(self) -> None:
        """Begins ticking; the first call of each tick comes after one interval."""
        self._scheduler.start()
        log.info("clockwork started with %s", ", ".join(job.id for job in self._scheduler.get_jobs()))

    def stop(self, *, wait: bool = True) -> None:
        """Stops ticking; with `wait` it returns when the ticks under way have ended. Stopping twice does nothing."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=wait)
            log.info("clockwork stopped")

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped, and its thread lives."""
        thread: threading.Thread | None = getattr(self._scheduler, "_thread", None)
        return bool(self._scheduler.running) and thread is not None and thread.is_alive()


def _guarded(name: str, function: Callable[[], object]) -> Callable[[], None]:
    def tick() -> None:
        try:
            function()
        except Exception:
            log.exception("tick %s failed; it is called again at its next time", name)

    return tick
