"""Work that a page sets off and does not wait for: a thread of its own, one at a time under each name."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

_lock = threading.Lock()
_under_way: set[str] = set()


def begin(name: str, work: Callable[[], None]) -> None:
    """Start the work unless work of this name is under way. What it raises is logged; whoever asks next starts it again."""
    with _lock:
        if name in _under_way:
            return
        _under_way.add(name)
    threading.Thread(target=_run, args=(name, work), name=name, daemon=True).start()


def _run(name: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        log.exception("%s: not done; whoever asks next starts it again", name)
    finally:
        with _lock:
            _under_way.discard(name)
