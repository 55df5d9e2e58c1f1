"""Files that are no sheets, or worse: refused by a message that says what to do, quickly and in bounded memory."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook
from openpyxl.xml import DEFUSEDXML

from app.domain.errors import Invalid
from app.domain.vocabulary import SheetKind
from app.sheets.grid import LARGEST_FILE, MOST_COLUMNS, MOST_ROWS, open_tables
from tests.sheets.conftest import MakeBook, Read

Rewrite = Callable[[str, bytes], bytes]


def _rezipped(
    book: bytes, rewrite: Rewrite = lambda name, content: content, extra: dict[str, bytes] | None = None
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, rewrite(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.xlsx", "文件是空的，请选择填好的表格再上传。"),
        (b"\x00\x01\x02\x03" * 50, "a.xlsx", "文件已损坏，或内容不是 .xlsx 工作簿，无法读取。"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "成果.xlsx", "文件已损坏，或内容不是 .xlsx 工作簿，无法读取。"),
        (b"%PDF-1.7\n", "a.pdf", "不支持 .pdf 文件。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "a.xls", "这是加密的工作簿或旧格式（.xls、.et）文件，无法读取。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "a.et", "这是加密的工作簿或旧格式（.xls、.et）文件，无法读取。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "a.xlsx", "这是加密的工作簿或旧格式（.xls、.et）文件，无法读取。"),
        (b"PK\x03\x04 nonsense", "a.xlsx", "文件已损坏，无法读取。"),
        (b"\xff\xff\xff\x00\x80", "a.csv", "文件不是文本表格，或编码无法识别。"),
        (b"a,b\x00c\n", "a.csv", "文件不是文本表格，或编码无法识别。"),
    ],
)
def test_what_is_no_sheet_is_refused(data: bytes, name: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        open_tables(data, name)
    assert refusal.value.message.startswith(message)


def test_a_file_over_the_limit_is_refused_by_its_size() -> None:
    with pytest.raises(Invalid, match="文件超过 20 MB"):
        open_tables(b"a" * (LARGEST_FILE + 1), "a.csv")


def test_a_truncated_workbook_is_refused(make_book: MakeBook) -> None:
    book = make_book(count=50)
    for length in (10, len(book) // 3, len(book) // 2, len(book) - 30):
        with pytest.raises(Invalid, match=r"另存为"):
            open_tables(book[:length], "a.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(make_book: MakeBook) -> None:
    bomb = _rezipped(make_book(), extra={"xl/worksheets/sheet2.xml": b"0" * 60_000_000})
    started = time.monotonic()
    with pytest.raises(Invalid, match="解压后过大"):
        open_tables(bomb, "a.xlsx")
    assert time.monotonic() - started < 0.5


def test_an_unlikely_ratio_is_refused(make_book: MakeBook) -> None:
    with pytest.raises(Invalid, match="压缩比异常"):
        open_tables(_rezipped(make_book(), extra={"xl/media/a.bin": b"0" * 40_000_000}), "a.xlsx")


def test_a_forged_size_is_refused(make_book: MakeBook) -> None:
    """The directory says the sheet is small; the library must stop at what the directory says."""
    book = bytearray(make_book(count=200))
    with zipfile.ZipFile(io.BytesIO(bytes(book))) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    place = book.rindex(b"xl/worksheets/sheet1.xml") - 46 + 24  # the size in the central directory
    assert struct.unpack_from("<I", book, place)[0] == info.file_size
    struct.pack_into("<I", book, place, 300)
    with pytest.raises(Invalid, match="文件已损坏"):
        open_tables(bytes(book), "a.xlsx")


def test_many_entries_are_refused(make_book: MakeBook) -> None:
    with pytest.raises(Invalid, match="解压后过大"):
        open_tables(_rezipped(make_book(), extra={f"x/{n}": b"" for n in range(2_001)}), "a.xlsx")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xl/vbaProject.bin", "工作簿里有宏"),
        ("xl/macrosheets/sheet1.xml", "工作簿里有宏"),
        ("xl/embeddings/oleObject1.bin", "嵌有其他文件"),
        ("../../etc/passwd", "内部结构异常"),
        ("/etc/passwd", "内部结构异常"),
    ],
)
def test_macros_objects_and_strange_paths_are_refused(make_book: MakeBook, name: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        open_tables(_rezipped(make_book(), extra={name: b"x"}), "a.xlsx")


def test_another_kind_of_archive_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(Invalid, match=r"不是 \.xlsx 工作簿"):
        open_tables(out.getvalue(), "a.xlsx")


def test_entities_are_refused(make_book: MakeBook) -> None:
    assert DEFUSEDXML is True
    declaration = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "yyyy">]>'

    def poison(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        body = content.partition(b"?>")[2] if content.startswith(b"<?xml") else content
        return declaration + body.replace(b"<sheetData>", b"<sheetData><row><c t='str'><v>&x;&y;</v></c></row>")

    with pytest.raises(Invalid, match="无法读取"):
        open_tables(_rezipped(make_book(), poison), "a.xlsx")


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"]
)
def test_broken_parts_are_refused(make_book: MakeBook, name: str) -> None:
    broken = _rezipped(make_book(), lambda part, content: b"<broken" if part == name else content)
    with pytest.raises(Invalid, match="另存为"):
        open_tables(broken, "a.xlsx")


def test_rows_beyond_the_limit_are_refused_and_named(make_book: MakeBook) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("技术需求")
    for number in range(MOST_ROWS + 6):
        sheet.append([number])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(Invalid, match="超过 5,000 行"):
        open_tables(out.getvalue(), "a.xlsx")
    with pytest.raises(Invalid, match="超过 5,000 行"):
        open_tables(b"a\n" * (MOST_ROWS + 6), "a.csv")


def test_a_lone_cell_in_the_last_row_costs_no_time(make_book: MakeBook, read: Read) -> None:
    data = make_book(count=2, changes={"A1048576": "机床尺寸早晚对不上（末）"})
    started = time.monotonic()
    reading = read(data)
    assert time.monotonic() - started < 5
    assert [row.number for row in reading.rows] == [2, 3, 1048576]


def test_columns_beyond_the_limit_are_refused(make_book: MakeBook) -> None:
    with pytest.raises(Invalid, match=f"超过 {MOST_COLUMNS} 列"):
        open_tables(make_book(changes={"XFD1": "远"}), "a.xlsx")


def test_ten_thousand_blank_rows_are_passed_over_and_more_are_refused(read: Read) -> None:
    def book(rows: int) -> bytes:
        made = Workbook(write_only=True)
        sheet = made.create_sheet("技术需求")
        sheet.append(["技术需求名称", "单位名称"])
        for _ in range(rows):
            sheet.append([" "])
        out = io.BytesIO()
        made.save(out)
        return out.getvalue()

    assert [c.column for c in read(book(10_000)).complaints][-1] == ""
    with pytest.raises(Invalid, match="大量空行"):
        read(book(20_000))


def test_hidden_sheets_are_not_read_and_others_are_named(read: Read, make_book: MakeBook) -> None:
    made = Workbook()
    first = made.worksheets[0]
    first.title = "封面"
    first["A1"] = "2026 年"
    hidden = made.create_sheet("隐藏")
    hidden.append(["技术需求名称", "单位名称"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    reading = read(out.getvalue(), SheetKind.NEEDS)
    assert [c.cell for c in reading.complaints] == [""]
    assert [table.name for table in open_tables(out.getvalue(), "a.xlsx")] == ["封面"]


def test_a_file_name_decides_nothing_about_a_workbook(make_book: MakeBook, read: Read) -> None:
    for name in ("../../etc/passwd", "成果.php.xlsx", "a\r\nb.csv", "x" * 300, "CON", "\u202exslx.exe"):
        assert read(make_book(count=1), filename=name).complaints == ()
