"""The desk's pages of spreadsheets: upload, dry run, import, marked copy, undo; who may, and what bad files get."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.domain.vocabulary import SheetKind
from app.extensions import db, writing
from app.models.need import Need
from app.models.sheet import Upload
from app.services import reference
from tests.cast import NOW, Cast, csrf, post, sign_in
from tests.sheets.books import book_of

FAULTS = Path(__file__).parents[2] / "sheets" / "data" / "needs_with_faults.xlsx"
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The desk's browser."""
    return sign_in(client, cast.desk)


def send(
    client: FlaskClient, data: bytes, name: str = "需求.xlsx", kind: str = "needs", where: str = "desk"
) -> TestResponse:
    """Upload a file the way the form does."""
    return post(
        client, f"/{where}/sheets", {"kind": kind, "file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )


def counted(app: Flask) -> tuple[int, int]:
    """How many uploads and needs there are."""
    with app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Upload, Need)]
    return counts[0], counts[1]


def states(app: Flask) -> list[str]:
    """The states of all needs."""
    with app.app_context():
        return list(db.session.scalars(select(Need.state).order_by(Need.id)))


def test_a_good_sheet_is_checked_shown_imported_and_undone(app: Flask, desk: FlaskClient) -> None:
    answer = send(desk, book_of(SheetKind.NEEDS, 2))
    assert (answer.status_code, answer.location) == (303, "/desk/sheets/1")
    shown = desk.get("/desk/sheets/1").text
    assert re.findall(r'<span class="figure">(.*?)</span>', shown) == ["2", "2", "0", "2", "0", "0"]
    assert "表格检查通过，还没有导入" in shown
    assert "机床尺寸早晚对不上（1）" in shown
    assert counted(app) == (1, 0)
    assert post(desk, "/desk/sheets/1/accept").status_code == 303
    assert "新增 2，更新 0，不变 0" in desk.get("/desk/sheets/1").text
    assert states(app) == ["submitted", "submitted"]
    assert post(desk, "/desk/sheets/1/accept").status_code == 303
    assert counted(app) == (1, 2)
    assert post(desk, "/desk/sheets/1/undo").status_code == 303
    assert states(app) == ["withdrawn", "withdrawn"]
    assert "已撤销" in desk.get("/desk/sheets").text


def test_publishing_at_once(app: Flask, desk: FlaskClient) -> None:
    send(desk, book_of(SheetKind.NEEDS, 1))
    post(desk, "/desk/sheets/1/accept", {"publish": "1"})
    assert states(app) == ["published"]


def test_every_fault_is_shown_and_marked_and_nothing_is_imported(app: Flask, desk: FlaskClient) -> None:
    with app.app_context(), writing() as session:
        reference.load(session, NOW)
    send(desk, FAULTS.read_bytes(), "有问题.xlsx")
    shown = desk.get("/desk/sheets/1").text
    for cell in ("A14", "C138", "V246", "T327", "A848", "E881"):
        assert f"<b>{cell}</b>" in shown
    post(desk, "/desk/sheets/1/accept")
    assert "还有 29 处问题，没有导入任何内容" in desk.get("/desk/sheets/1").text
    assert counted(app) == (1, 0)
    copy = desk.get("/desk/sheets/1/marked.xlsx")
    name = quote("有问题-标红.xlsx")
    assert copy.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{name}")
    listed = load_workbook(io.BytesIO(copy.data))["问题清单"]
    assert listed.max_row == 30


def test_good_rows_alone_go_in_only_when_asked(app: Flask, desk: FlaskClient) -> None:
    send(desk, book_of(SheetKind.NEEDS, 3, {"T3": "坏"}))
    assert "只导入没有问题的 2 行" in desk.get("/desk/sheets/1").text
    post(desk, "/desk/sheets/1/accept", {"only_good": "1"})
    assert counted(app) == (1, 2)


def test_discarding_imports_nothing(app: Flask, desk: FlaskClient) -> None:
    send(desk, book_of(SheetKind.NEEDS, 1))
    assert post(desk, "/desk/sheets/1/discard").location == "/desk/sheets"
    assert post(desk, "/desk/sheets/1/accept").status_code == 409
    assert counted(app) == (1, 0)


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (b"\xd0\xcf\x11\xe0" * 200, "a.xls", "旧格式"),
        (b"PK\x03\x04junk", "a.xlsx", "文件已损坏"),
        (b"%PDF-1.7", "a.pdf", "不支持 .pdf 文件"),
        (b"\xff\x00\xff\x80", "a.csv", "编码无法识别"),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_message_beside_the_field(
    app: Flask, desk: FlaskClient, data: bytes, name: str, message: str
) -> None:
    answer = send(desk, data, name)
    assert answer.status_code == 422
    assert message in answer.text
    assert counted(app) == (0, 0)


def test_no_file_and_no_kind_get_messages(desk: FlaskClient) -> None:
    answer = post(desk, "/desk/sheets", {"kind": "rockets"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请选择要上传的 .xlsx 或 .csv 文件。" in answer.text
    assert "请选择表格内容：技术需求或科技成果。" in answer.text


def send_long(client: FlaskClient, length: int) -> TestResponse:
    """Upload a file of this length from memory: the test client's own encoder leaves temporary files open."""
    head = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("csrf_token", csrf(client)), ("kind", "needs"))
    )
    head += '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body = head.encode() + b"a" * length + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    return client.post("/desk/sheets", input_stream=io.BytesIO(body), content_length=len(body), content_type=kind)


def test_a_file_beyond_the_limit_is_refused(app: Flask, desk: FlaskClient) -> None:
    answer = send_long(desk, 20 * 1024 * 1024 + 1)
    assert answer.status_code == 422
    assert "文件超过 20 MB，请分成几个文件上传。" in answer.text
    assert send_long(desk, 22 * 1024 * 1024).status_code == 413
    assert counted(app) == (0, 0)


def test_hostile_text_is_shown_as_text(desk: FlaskClient) -> None:
    send(
        desk, book_of(SheetKind.NEEDS, 1, {"A2": "<script>alert(1)</script>", "T2": '"><img onerror=x>'}), '<b>"x.xlsx'
    )
    shown = desk.get("/desk/sheets/1").text
    assert "<script>alert" not in shown
    assert "<img onerror" not in shown
    assert "&lt;img onerror=x&gt;" in shown


@pytest.mark.parametrize("kind", ["needs", "achievements"])
def test_the_templates_can_be_downloaded(desk: FlaskClient, kind: str) -> None:
    answer = desk.get(f"/desk/sheets/template/{kind}.xlsx")
    assert load_workbook(io.BytesIO(answer.data)).sheetnames == [SheetKind(kind).label, "填写说明"]
    assert desk.get("/desk/sheets/template/rockets.xlsx").status_code == 404


def test_an_unknown_upload_is_not_found(desk: FlaskClient) -> None:
    for path in ("/desk/sheets/7", "/desk/sheets/7/marked.xlsx", "/desk/sheets/99999999999999999999"):
        assert desk.get(path).status_code == 404
    for deed in ("accept", "discard", "undo"):
        assert post(desk, f"/desk/sheets/7/{deed}").status_code == 404


def test_a_post_without_token_changes_nothing(app: Flask, desk: FlaskClient) -> None:
    send(desk, book_of(SheetKind.NEEDS, 1))
    assert desk.post("/desk/sheets/1/accept").status_code == 400
    assert counted(app) == (1, 0)


def test_the_bureau_reads_and_imports_nothing(app: Flask, client: FlaskClient, cast: Cast) -> None:
    send(sign_in(client, cast.desk), book_of(SheetKind.NEEDS, 1))
    bureau = sign_in(client, cast.bureau)
    assert "选择" not in bureau.get("/desk/sheets").text
    assert "表格检查通过" in bureau.get("/desk/sheets/1").text
    assert post(bureau, "/desk/sheets/1/accept").status_code == 403
    assert send(bureau, book_of(SheetKind.NEEDS, 1)).status_code == 403
    assert counted(app) == (1, 0)


def test_a_county_office_sees_its_own_uploads_only(app: Flask, client: FlaskClient, cast: Cast) -> None:
    send(sign_in(client, cast.desk), book_of(SheetKind.NEEDS, 1))
    county = sign_in(client, cast.county)
    assert county.get("/desk/sheets/1").status_code == 404
    assert post(county, "/desk/sheets/1/accept").status_code == 404
    assert send(county, book_of(SheetKind.NEEDS, 1, {"W2": "禹州市"})).location == "/desk/sheets/2"
    assert send(county, book_of(SheetKind.ACHIEVEMENTS, 1), kind="achievements").status_code == 422
    post(county, "/desk/sheets/2/accept")
    assert states(app) == ["submitted"]
