"""A sheet of answers: the dry run writes nothing, faults are named by cell, the last word of each guest counts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.domain import clock
from app.extensions import db
from app.models.history import MoveRecord
from app.models.invitation import Invitation
from tests import line
from tests.cast import Cast, post, sign_in
from tests.season import NOW

LATER = NOW + timedelta(days=3)
HEADER = ("来宾编号", "答复", "人数", "参会人员", "谢绝原因", "答复时间", "邮箱")


@pytest.fixture
def guests(app: Flask) -> Iterator[list[int]]:
    """Four guests asked to a session of two seats, three days ago."""
    clock.set_clock(LATER)
    yield line.invited(app, guests=4, seats=2)
    clock.set_clock(None)


@pytest.fixture
def desk(client: FlaskClient, guests: list[int], cast: Cast) -> FlaskClient:
    return sign_in(client, cast.desk)


def sheet(*rows: tuple[object, ...]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def send(desk: FlaskClient, data: bytes, action: str, given_at: str = "") -> TestResponse:
    form = {"file": (io.BytesIO(data), "答复.csv"), "action": action, "given_at": given_at}
    return post(desk, "/desk/invitations/events/1/replies", form)


def records(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(MoveRecord.id)).where(MoveRecord.noun == "invitation")) or 0


def test_a_dry_run_says_what_would_happen_and_writes_nothing(app: Flask, guests: list[int], desk: FlaskClient) -> None:
    rows = [
        (guests[0], "参加", 1, "张三", "", "2022-02-16 10:00", ""),
        (guests[1], "参加", 1, "李四", "", "2022-02-16 09:00", ""),
        ("", "参加", 1, "王五", "", "2022-02-16 11:00", "GUEST3@cast.test"),
        (guests[3], "", "", "", "", "", ""),
    ]
    page = send(desk, sheet(*rows), "check").get_data(as_text=True)
    assert "检查通过，还没有写入" in page
    assert "应邀 2 家，候补 1 家；1 行没有答复，跳过" in page
    assert "已满，已进入候补，第 1 位。" in page
    assert (line.states(app), line.seats(app), records(app)) == (["sent"] * 4, (0, 0), 0)
    assert send(desk, sheet(*rows), "import").status_code == 303
    assert (line.states(app), line.seats(app)) == (["accepted", "accepted", "waiting", "sent"], (2, 2))
    with app.app_context():
        first = db.session.get_one(Invitation, guests[0])
        assert (first.replied_via, first.replied_note) == ("sheet", "表格“答复.csv”第 2 行")
        assert f"{clock.local(first.replied_at):%Y-%m-%d %H:%M}" == "2022-02-16 10:00"  # type: ignore[arg-type]


@pytest.mark.databases("sqlite")
def test_every_fault_is_named_by_its_cell_and_nothing_is_written(
    app: Flask, guests: list[int], desk: FlaskClient
) -> None:
    rows = [
        (guests[0], "参加", 1, "张三", "", "2022-02-16 10:00", ""),
        (999, "参加", 1, "无名", "", "2022-02-16 10:00", ""),
        (guests[1], "也许", 1, "李四", "", "2022-02-16 10:00", ""),
        (guests[1], "参加", "很多", "李四", "", "2022-02-16 10:00", ""),
        (guests[2], "不参加", "", "", "", "2022-02-16 10:00", ""),
        (guests[0], "参加", 1, "张三", "", "2022-02-17 10:00", ""),
        (guests[3], "参加", 1, "赵六", "", "昨天", ""),
        (guests[3], "参加", 1, "赵六", "", "2022-02-19 10:00", ""),
        (guests[2], "参加", 1, "王五", "", "2022-02-17 10:00", "guest1@cast.test"),
        ("", "参加", 1, "王五", "", "2022-02-17 10:00", "nobody@cast.test"),
    ]
    answer = send(desk, sheet(*rows), "import")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for cell, words in (
        ("A3", "本场没有编号 999 的来宾"), ("B4", "看不懂“也许”"), ("C5", "参会人数请填 1 到 20 之间的整数"),
        ("E6", "请简单说明不能参加的原因"), ("A7", "与第 2 行是同一位来宾"), ("F8", "请写成 2022-03-02 15:30"),
        ("F9", "答复时间不能晚于现在"), ("G10", "的邀请发往 guest3@cast.test，与这里不同"),
        ("G11", "本场没有发往这个邮箱的邀请"),
    ):  # fmt: skip
        row = next(part for part in page.split("<tr>") if f'data-label="位置">{cell}<' in part)
        assert words in row, cell
    assert re.findall("有 ([0-9]+) 处问题，没有导入任何内容", page) == ["9"]
    assert (line.states(app), records(app)) == (["sent"] * 4, 0)


@pytest.mark.databases("sqlite")
def test_yesterdays_list_does_not_overwrite_todays_word(app: Flask, guests: list[int], desk: FlaskClient) -> None:
    line.no(app, guests[0], now=NOW + timedelta(days=2))
    rows = [(guests[0], "参加", 1, "张三", "", "", ""), (guests[1], "不参加", "", "", "出差", "", "")]
    assert "请写明答复时间" in send(desk, sheet(*rows), "check").get_data(as_text=True)
    page = send(desk, sheet(*rows), "check", "2022-02-16T10:00").get_data(as_text=True)
    assert "谢绝 1 家，较早、未覆盖 1 家" in page
    assert "已有更新的答复：谢绝（2022-02-17 09:00）" in page
    assert send(desk, sheet(*rows), "import", "2022-02-16T10:00").status_code == 303
    assert line.states(app) == ["declined", "declined", "sent", "sent"]
    assert send(desk, sheet(*rows), "import", "2022-02-16T10:00").status_code == 303  # a second time changes nothing
    assert line.states(app) == ["declined", "declined", "sent", "sent"]


@pytest.mark.databases("sqlite")
def test_the_sheet_to_fill_in_names_every_guest_and_can_be_sent_back(
    app: Flask, guests: list[int], desk: FlaskClient
) -> None:
    data = desk.get("/desk/invitations/events/1/replies.xlsx").get_data()
    book = load_workbook(io.BytesIO(data))
    table = book.worksheets[0]
    assert [row[0].value for row in table.iter_rows(min_row=2)] == guests
    assert [cell.value for cell in table[2]][:3] == [guests[0], "第 1 家企业", "guest1@cast.test"]
    table["D2"], table["E2"], table["F2"], table["J2"] = "参加", 2, "张三、李四", "2022-02-16 10:00"
    out = io.BytesIO()
    book.save(out)
    form = {"file": (io.BytesIO(out.getvalue()), "答复.xlsx"), "action": "import"}
    assert post(desk, "/desk/invitations/events/1/replies", form).status_code == 303
    assert (line.states(app)[0], line.seats(app)) == ("accepted", (2, 2))
