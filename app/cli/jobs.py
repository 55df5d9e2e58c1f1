"""The commands of the background work: do once what is due, or serve until told to stop."""

from __future__ import annotations

import dataclasses
import logging
import os
import signal
import sys
import threading
from datetime import datetime
from types import FrameType

import click
from flask import current_app
from flask.cli import AppGroup

from app import logs
from app.cli.printing import answer, refuse_simulated_time
from app.domain import clock
from app.extensions import db, links, writing
from app.jobs import runner
from app.jobs.registry import JOBS
from app.services import forecasting, heartbeats

log = logging.getLogger(__name__)
jobs = AppGroup("jobs", help="Background work: reminders, letters, expiry.")

WORDS = {
    "posted": "新发出提醒",
    "skipped": "已过时未发",
    "sent": "已送达邮件服务器",
    "retried": "暂时被拒，稍后重试",
    "failed": "发送失败",
    "uncertain": "没有答复",
    "away": "邮件服务器不通",
    "read": "读取来信",
    "bounces": "登记退信",
    "alerts": "提醒系统管理员",
    "needs": "需求过期",
    "invitations": "邀请逾期",
    "letters": "清理旧信件",
    "backups": "写好备份",
    "previews": "算好预览",
    "plans": "算好排期方案",
    "models": "训练候选模型",
    "added": "新推荐",
    "refreshed": "更新推荐",
    "dropped": "失效推荐",
    "revived": "恢复推荐",
    "unchanged": "未变推荐",
    "outlooks": "需求前景",
    "resembling": "新发现的相似",
    "busy": "另一进程正在执行",
}


def _instant(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"“{value}”不是时刻，应形如 2022-05-06T09:00+08:00") from None
    if instant.tzinfo is None:
        raise click.BadParameter(f"“{value}”缺少时区，应形如 2022-05-06T09:00+08:00")
    return instant


@jobs.command("once")
@click.argument("names", nargs=-1, type=click.Choice(list(JOBS)))
@click.option("--at", callback=_instant, help="Act as if it were this instant, e.g. 2022-05-06T09:00+08:00.")
@click.option("--dry-run", is_flag=True, help="Say which letters would leave that day, to whom and why; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def once(names: tuple[str, ...], at: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Do now what is due (at the instant given), for all jobs or for these."""
    now = at or clock.now()
    if dry_run:
        _forecast(now, as_json)
        return
    done = {}
    for name in names or JOBS:
        counts = runner.run(current_app._get_current_object(), JOBS[name], now)  # type: ignore[attr-defined] # noqa: SLF001
        done[name] = {"busy": 1} if counts is None else counts
    with writing() as session:
        heartbeats.tick(session, dict.fromkeys(done, clock.now()))
    lines = [f"{JOBS[name].label}（{name}）：{_spoken(counts)}" for name, counts in done.items()]
    answer(as_json, {"at": clock.local(now).isoformat(timespec="seconds"), "jobs": done}, lines)


def _forecast(at: datetime, as_json: bool) -> None:
    """Print what the day of `at` would bring, and leave the database as it is."""
    session = db.session()
    day = forecasting.day(session, at, clock.now(), links())
    session.rollback()
    local = clock.local(at)
    data = {
        "at": local.isoformat(timespec="seconds"),
        "letters": [_plain(one) for one in day.letters],
        "withheld": [_plain(one) for one in day.withheld],
    }
    lines = [f"{local:%Y-%m-%d}（到 {local:%H:%M} 为止）将发出 {len(day.letters)} 封信，没有写入任何内容。"]
    lines += [
        f"{clock.local(one.at):%m-%d %H:%M}　{one.kind}　{one.name} <{one.to}>　{one.subject}　（{one.why}）"
        for one in day.letters
    ]
    lines += [
        f"不发：{clock.local(one.at):%m-%d %H:%M}　{one.kind}　{one.name}　{one.event}（{one.why}）"
        for one in day.withheld
    ]
    answer(as_json, data, lines)


def _plain(one: forecasting.Forecast | forecasting.Withheld) -> dict[str, str]:
    return {**dataclasses.asdict(one), "at": clock.local(one.at).isoformat(timespec="seconds")}


def _spoken(counts: dict[str, int]) -> str:
    told = [f"{WORDS.get(word, word)} {count}" for word, count in counts.items() if count]
    return "，".join(told) or "没有到期的事项"


@jobs.command("serve")
def serve() -> None:
    """Do the background work until SIGTERM or Ctrl-C; the item under way is finished first."""
    refuse_simulated_time()
    logs.install(current_app.extensions["settings"])
    told = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    work = runner.Runner(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001
    work.start()
    click.echo("后台任务已启动，按 Ctrl-C 停止。")
    while work.alive and not told.wait(1):
        pass
    died, quiet = not told.is_set(), work.stop()
    click.echo("后台任务已停止。" if quiet else "后台任务已停止；未做完的一项由下一个进程接着做。")
    if died:
        click.echo("定时线程意外停止，进程退出，请由守护程序重新启动。", err=True)
    if died or not quiet:
        sys.stdout.flush()
        os._exit(
            1 if died else 0
        )  # a thread that goes on would keep the process; its lease is gone, it can write nothing


COMMANDS = (jobs,)
