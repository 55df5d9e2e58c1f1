"""The page 运行状况: what is wrong in words, the jobs, the processes, the limits; for administrators."""

from __future__ import annotations

import pytest
from flask import Flask

from app.domain import clock
from app.extensions import writing
from app.jobs import registry
from app.services import heartbeats
from app.services.heartbeats import Self
from tests.cast import Cast, sign_in


def test_an_administrator_sees_what_stands_still_and_that_all_is_well(app: Flask, cast: Cast) -> None:
    client = sign_in(app.test_client(), cast.admin)
    page = client.get("/desk/status").text
    assert "后台任务没有运行：到期提醒、" in page
    assert "没有做后台任务的进程在运行" in page
    now = clock.now()
    with app.app_context(), writing() as session:
        heartbeats.beat(
            session, Self("a" * 32, "worker", "machine", 4711, "0001", now), dict.fromkeys(registry.JOBS, now), now
        )
    page = client.get("/desk/status").text
    assert "一切正常" in page
    assert "machine，进程号 4711" in page
    assert "每个进程最多 16 个，最多等 3.0 秒" in page


@pytest.mark.databases("sqlite")
def test_nobody_else_sees_it(app: Flask, cast: Cast) -> None:
    assert sign_in(app.test_client(), cast.desk).get("/desk/status").status_code == 403
