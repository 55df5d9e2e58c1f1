"""The job that writes one backup a night into a directory, and keeps the newest of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from app.domain import clock
from app.domain.settings import Settings
from app.extensions import db
from app.services import backups

HOUR = 2
"""The hour in Xuchang from which on a night's backup is due."""

SPOILT = timedelta(days=1)
"""How old the remains of a backup that was killed must be before they are cleared away."""

_NAME = re.compile(r"market-(\d{4}-\d\d-\d\d)\.(tar\.gz|age)")


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _night(now: datetime) -> str:
    return clock.local(now - timedelta(hours=HOUR)).date().isoformat()


def kept(folder: Path) -> list[Path]:
    """The nightly backups that are there, the oldest first."""
    return sorted(path for path in folder.glob("market-*") if _NAME.fullmatch(path.name))


def due(now: datetime) -> bool:
    """Whether there is a directory, and no backup of this night in it."""
    folder = _settings().backup_dir
    if folder is None:
        return False
    found = [_NAME.fullmatch(path.name) for path in kept(folder)] if folder.is_dir() else []
    return _night(now) not in {match.group(1) for match in found if match}


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Write this night's backup, then remove those beyond the number to keep. What fails is in the job's last error.

    A full disk or a missing directory raises BackupError; what was kept before stays.
    """
    settings = _settings()
    if settings.backup_dir is None or stopping() or not due(now):
        return {}
    name = f"market-{_night(now)}.{'age' if settings.backup_key else 'tar.gz'}"
    backups.write(db.engine, settings.backup_dir / name, clock.now(), settings.backup_key, None)
    old = kept(settings.backup_dir)[: -settings.backup_keep]
    for path in old:
        path.unlink()
    backups.clear(settings.backup_dir, clock.now() - SPOILT)
    return {"backups": 1}
