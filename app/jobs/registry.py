"""Owns the list of jobs: name, seconds between two ticks, function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.jobs import (
    alert,
    backup,
    bounces,
    deliver,
    expire,
    learn,
    offers,
    outlook,
    preview,
    recommend,
    remind,
    season,
    tidy,
)

Run = Callable[[datetime, Callable[[], bool]], dict[str, int]]
"""(now, stopping): does what is due at `now` inside an application context, looks at `stopping()` between items,
opens its own transactions with app.extensions.writing, and returns what it did as counts."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `lease` 0: any number of workers may run it at once, for its rows are claimed one by one.

    `due` is asked before a tick takes the lease, and is cheap: for jobs that tick often. `prepare` is called once, before
    the first tick of a process that serves, and makes what the process keeps for the job.
    """

    name: str
    seconds: float
    run: Run
    label: str
    lease: int = 300
    due: Callable[[datetime], bool] | None = None
    prepare: Callable[[], None] | None = None


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("remind", 60, remind.run, "到期提醒"),
        Job("expire", 300, expire.run, "过期处理"),
        Job("offers", 30, offers.run, "候补递补", due=offers.due),
        Job("recommend", 0.25, recommend.run, "供需匹配", lease=900, due=recommend.due, prepare=recommend.prepare),
        Job("rebuild", 10, recommend.run_whole, "全部重算", lease=1800, due=recommend.whole_due),
        Job("outlook", 2, outlook.run, "需求前景", lease=900, due=outlook.due),
        Job("twins", 60, outlook.run_twins, "查找重复", due=outlook.twins_due),
        Job("season", 1, season.run, "年度排期方案", lease=900, due=season.due),
        Job("preview", 5, preview.run, "词典预览", lease=900),
        Job("learn", 3600, learn.run, "匹配模型训练", lease=1800),
        Job("deliver", 15, deliver.run, "发送信件", lease=0),
        Job("bounces", 300, bounces.run, "读取退信", lease=900, due=bounces.due),
        Job("alert", 300, alert.run, "发送情况检查"),
        Job("backup", 600, backup.run, "每晚备份", lease=3600, due=backup.due),
        Job("tidy", 6 * 3600, tidy.run, "清理旧数据"),
    )
}
"""In the order in which `jobs once` runs them: what makes letters comes before what sends them."""
