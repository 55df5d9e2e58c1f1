"""The state of the installation in plain words, for administrators: what runs, what is late, sizes and limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, render_template
from sqlalchemy.pool import QueuePool

from app.domain import clock
from app.domain.permissions import Permission, require
from app.domain.settings import Settings
from app.extensions import db
from app.queries import heartbeats, readiness
from app.queries.heartbeats import Heartbeat
from app.web.desk.blueprint import desk
from app.web.doors import current_actor

STATES = {
    "ok": ("正常", "success"),
    "running": ("正在运行", "info"),
    "failing": ("上次出错", "danger"),
    "late": ("停了", "danger"),
    "never": ("从未运行", "warning"),
}
KINDS = {"web": "网页和后台任务", "worker": "后台任务"}


@dataclass(frozen=True, slots=True)
class Row:
    """A job with the words for its state."""

    beat: Heartbeat
    label: str
    tone: str


@desk.get("/status")
def status() -> str:
    """Everything at a glance, worst first in words."""
    require(current_actor(), Permission.STATUS_READ)
    session, settings, now = db.session(), _settings(), clock.now()
    found = readiness.read(session, current_app.extensions["watched"], settings.data_dir, now)
    pool = db.engine.pool
    used = pool.checkedout() if isinstance(pool, QueuePool) else 0
    late, late_unit = _spoken(found.oldest_due)
    return render_template(
        "desk/status.html",
        found=found,
        late=late,
        late_unit=late_unit,
        rows=[Row(beat, *STATES[beat.state]) for beat in found.beats],
        processes=heartbeats.processes(session, now),
        kinds=KINDS,
        used=used,
        settings=settings,
        database="PostgreSQL" if db.engine.dialect.name == "postgresql" else "SQLite",
    )


def _spoken(late: timedelta | None) -> tuple[str, str]:
    """How long ago, in the unit people would choose."""
    if late is None:
        return "没有", ""
    minutes = int(late.total_seconds() // 60)
    if minutes < 120:
        return str(minutes), "分钟前"
    return (str(minutes // 60), "小时前") if minutes < 48 * 60 else (str(minutes // 1440), "天前")


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
