"""Runs the program with the demo season in one process: web server, background work, mail server."""

from __future__ import annotations

import logging
import signal
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import click
import flask_migrate
from flask import Flask, current_app
from waitress import create_server

from app.cli.demonstration import catching, loading, mailbox, staging
from app.cli.demonstration.story import Story
from app.domain import clock
from app.domain.errors import Invalid
from app.domain.settings import Settings
from app.extensions import db
from app.jobs.runner import Runner

HOST = "127.0.0.1"
PORTS, THREADS = 50, 8
MAILS = "mails"
MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def serve(settings: Settings, story: Story, folder: Path, port: int) -> None:
    """Prepare the demo season where it is not there yet, and serve it until SIGTERM or Ctrl-C.

    Raises Invalid when the database belongs to somebody, or no port is free.
    """
    signal.signal(signal.SIGTERM, _leave)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a browser's eight requests at once are no news
    with ExitStack() as stack:
        bound = stack.enter_context(_first_free(port))
        catcher = catching.Catcher(settings.data_dir / MAILS)
        stack.callback(catcher.stop)
        app = _program(settings, bound.getsockname()[1], catcher)
        with app.app_context():
            _prepare(story, folder)
        if settings.jobs == "embedded":
            runner = Runner(app)
            runner.start()
            stack.callback(runner.stop)
        server = create_server(app, sockets=[bound], threads=THREADS, ident=None)
        for line in _greeting(app, story, catcher):
            click.echo(line)
        server.run()
        click.echo("正在停止……")
    click.echo("已停止，数据已保留；再次运行即可继续。")


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _first_free(port: int) -> socket.socket:
    """A socket bound to the port, or to the next that is free."""
    for number in range(port, min(port + PORTS, 65536)):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, number))
            bound.listen()
        except OSError:
            bound.close()
            continue
        return bound
    raise Invalid(f"端口 {port} 到 {port + PORTS - 1} 都被占用，请用 PORT=端口号 另选一个。")


def _program(settings: Settings, port: int, catcher: catching.Catcher) -> Flask:
    """The application as it is served: letters to the catcher, links to where it really answers."""
    local = urlsplit(settings.public_url).hostname in (HOST, "localhost")
    given = replace(
        settings,
        public_url=f"http://{HOST}:{port}" if local else settings.public_url,
        mail_server=catching.HOST,
        mail_port=catcher.port,
        mail_username=None,
        mail_password=None,
        mail_use_tls=False,
        mail_use_ssl=False,
        serving=True,
    )
    app: Flask = current_app.extensions["create_app"](given)
    mailbox.install(app, catcher.folder)
    return app


def _prepare(story: Story, folder: Path) -> None:
    """Bring the schema up to date; load and play the story on the first start, and go on where it was broken off."""
    flask_migrate.upgrade(directory=str(MIGRATIONS))
    if loading.STAGED in loading.marks(db.session()):
        click.echo("保留现有的演示数据；要从头开始请先停止程序，再运行 make demo。")
    else:
        click.echo("首次启动，正在准备演示数据，大约一分钟：")
        loading.load(story, folder, None, clock.now(), click.echo)
        staging.play(story, clock.now(), click.echo)
    db.session.remove()


def _greeting(app: Flask, story: Story, catcher: catching.Catcher) -> list[str]:
    settings: Settings = app.extensions["settings"]
    return [
        "",
        f"许昌科技大市场对接服务（演示）已启动：{settings.public_url}",
        f"演示邮箱（程序发出的信件都在这里）：{settings.public_url}/mailbox",
        f"邮件服务器 {catching.HOST}:{catcher.port}，信件存放在 {catcher.folder}",
        *story.sign_ins(),
        "按 Ctrl-C 停止。",
    ]
