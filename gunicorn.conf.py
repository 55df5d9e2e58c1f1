"""Gunicorn's settings, read by it from this directory: gunicorn wsgi:app. Its command line overrides them."""

import os
import shutil
from typing import Any

from prometheus_client import multiprocess

from app.jobs.runner import Runner
from config import load_or_exit  # not "import config": Gunicorn has a setting of that name

# Checked once here, before any worker starts: nonsense ends the start instead of restarting workers for ever.
_settings = load_or_exit(os.environ)
_figures = _settings.data_dir / "metrics"  # where the workers count together; see prometheus_client.multiprocess
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_figures)
_at_work: list[Runner] = []

bind = "127.0.0.1:8000"
workers = _settings.web_workers
threads = _settings.web_threads
graceful_timeout = 9  # seconds that requests under way have after SIGTERM
control_socket_disable = True


def on_starting(_server: Any) -> None:
    """Begin to count from nothing."""
    shutil.rmtree(_figures, ignore_errors=True)
    _figures.mkdir()


def child_exit(_server: Any, worker: Any) -> None:
    """What a worker that has ended counted stays; what only a living one can say goes."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def post_worker_init(worker: Any) -> None:
    """With JOBS=embedded every worker does background work as well; leases see to it that nothing is done twice."""
    if _settings.jobs == "embedded":
        _at_work.append(Runner(worker.wsgi, kind="web"))
        _at_work[-1].start()


def worker_exit(_server: Any, _worker: Any) -> None:
    """The item under way is finished before the worker ends; what takes longer is left to another."""
    quiet = [runner.stop() for runner in _at_work]
    if not all(quiet):
        os._exit(0)  # a thread that goes on would keep the process; its lease is gone, it can write nothing
