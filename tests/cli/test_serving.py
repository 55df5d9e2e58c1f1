"""The programs that serve, as processes: `demo run` with all it starts, and gunicorn doing background work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app.cli.demonstration import loading
from app.domain import clock
from app.domain.settings import Settings
from app.extensions import db, writing
from app.letters.accounts import Recipient, known
from app.services import outbox
from tests.conftest import ROOT
from tests.postbox import Postbox

pytestmark = pytest.mark.databases("sqlite")
PATIENCE = 120
"""Seconds until a program must have done what it is waited for; far more than it needs."""

BIN = Path(sys.executable).parent


@contextmanager
def running(words: list[str], settings: Settings, log: Path, **given: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program as a process, ended with SIGTERM."""
    environ = {
        "PATH": os.defpath, "LANG": "C.UTF-8", "DATABASE_URL": settings.database_url,
        "DATA_DIR": str(settings.data_dir),
    }  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=ROOT, env=environ | given, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE)


def wait_for(pattern: str, log: Path) -> re.Match[str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = re.search(pattern, log.read_text(encoding="utf-8"))
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_demo_run_serves_and_ends_when_told(app: Flask, settings: Settings, tmp_path: Path) -> None:
    with app.app_context(), writing() as session:
        loading.mark(session, loading.STAGED, "演示情节完成", clock.now())
    log = tmp_path / "run.log"
    with running([str(BIN / "flask"), "--app", "wsgi", "demo", "run"], settings, log, PORT="8765") as process:
        address = wait_for(r"已启动：(http://127\.0\.0\.1:\d+)", log)[1]
        wait_for("按 Ctrl-C 停止。", log)
        assert get(f"{address}/healthz") == (200, '{"status":"ok"}\n')
        assert get(f"{address}/mailbox")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
    said = log.read_text(encoding="utf-8").splitlines()
    assert said[0] == "保留现有的演示数据；要从头开始请先停止程序，再运行 make demo。"
    words = [line for line in said if " INFO " not in line]  # besides what the log says
    assert words[-2:] == ["正在停止……", "已停止，数据已保留；再次运行即可继续。"]
    assert [line.split()[0] for line in said if "@demo.example" in line] == [
        f"{part}@demo.example" for part in ("desk", "county", "bureau", "firm", "college", "admin")
    ]


def test_gunicorn_does_the_background_work_as_well(
    app: Flask, settings: Settings, smtp: Postbox, tmp_path: Path
) -> None:
    now = clock.now()
    with app.app_context(), writing() as session:
        letter = known(Recipient("guest@example.cn", "来宾"), "test:1", "http://127.0.0.1:8000/sign-in")
        assert outbox.post(session, letter, now)
    with app.app_context():
        db.engine.dispose()
    log = tmp_path / "gunicorn.log"
    words = [str(BIN / "gunicorn"), "wsgi:app", "-w", "1", "-b", "127.0.0.1:0"]
    with running(words, settings, log, MAIL_PORT=str(smtp.port)):
        deadline = time.monotonic() + PATIENCE
        while not smtp.received and time.monotonic() < deadline:
            time.sleep(0.2)
    assert [letter.recipients for letter in smtp.received] == [("guest@example.cn",)]
