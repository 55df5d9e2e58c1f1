"""Reads whether the installation does its work: tables, letters that wait, the jobs, room on the disk; sizes and counts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app.database import copying, schema
from app.queries import heartbeats, outbox
from app.queries.heartbeats import Heartbeat, Watched

LATEST = timedelta(minutes=15)
"""A letter that is due and has not left for so long says that nothing is going out."""

ROOM = 200 * 1024 * 1024
"""Bytes that must be free where the program keeps its files."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found. `oldest_due` is how late the oldest letter is, None when none is due; `free` and `size` in bytes."""

    schema_fault: str
    beats: tuple[Heartbeat, ...]
    oldest_due: timedelta | None
    free: int
    size: int

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong by its name, in Chinese with what to do; empty when all is well."""
        found = {}
        if self.schema_fault:
            found["schema"] = self.schema_fault
        silent = [beat.job.label for beat in self.beats if not beat.beats]
        if silent:
            found["jobs"] = f"后台任务没有运行：{'、'.join(silent)}。请检查后台进程（flask --app wsgi jobs serve）。"
        if self.oldest_due is not None and self.oldest_due > LATEST:
            found["letters"] = (
                f"到期的信件已等待 {int(self.oldest_due.total_seconds() // 60)} 分钟没有发出，请看“邮件”页。"
            )
        if self.free < ROOM:
            found["disk"] = f"磁盘只剩 {self.free >> 20} MB，请清理或扩容。"
        return found


def read(session: Session, jobs: Sequence[Watched], data_dir: Path, now: datetime) -> Readiness:
    """Look at everything; with the tables of another version only at the disk."""
    fault = schema.fault(session)
    free = shutil.disk_usage(data_dir).free
    if fault:
        return Readiness(fault, (), None, free, 0)
    since = outbox.overdue_since(session, now)
    return Readiness(
        schema_fault="",
        beats=tuple(heartbeats.of(session, jobs, now)),
        oldest_due=None if since is None else now - since,
        free=free,
        size=copying.size(session.connection()),
    )
