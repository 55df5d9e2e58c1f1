"""Owns the opening of an uploaded file: guards first, then cells as text, never more rows than the limit.

`open_grid` takes bytes and gives a Grid; what can't be opened raises Invalid with a message that says what to do.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Protocol, cast

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.domain.entries import clean
from app.domain.errors import Invalid

LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 100
HEADER_WITHIN = 5
_LARGEST_UNPACKED = 50 * 1024 * 1024
_MOST_ENTRIES = 2_000
_HIGHEST_RATIO = 100
_SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”.xlsx 工作簿，再上传。"
_EXACT_DIGITS = 10**15  # beyond this a spreadsheet has already lost digits
_MOST_EXISTING_ROWS = 20_000
_MOST_WIDE_ROWS = 200  # rows with blank cells far to the right cost time and say nothing
_FORMULA = re.compile(r"=\s*[A-Za-z@(+\-\d\"{]")  # also as text: it was one before somebody copied it
_OLE = b"\xd0\xcf\x11\xe0"

_BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    ValueError,  # also what defusedxml raises for entities
    SyntaxError,  # also what the XML parser raises
    EOFError,
    OSError,
    OverflowError,
    NotImplementedError,
)
"""Everything openpyxl was seen to raise on files that are no workbooks."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell; a formula's text is the formula, an error value's text its code such as #REF!."""

    text: str = ""
    is_formula: bool = False
    is_error: bool = False


BLANK = Cell()


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its number as the spreadsheet program shows it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One worksheet; `name` is "" for a text file."""

    name: str
    lines: tuple[Line, ...]


class _StreamedCell(Protocol):
    value: object
    data_type: str


class _Streamed(Protocol):
    """A worksheet opened for reading only; openpyxl's stubs confuse it with a worksheet in memory."""

    title: str
    sheet_state: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self) -> Iterable[tuple[_StreamedCell, ...]]: ...


def open_tables(data: bytes, filename: str) -> tuple[Table, ...]:
    """Every visible worksheet of an .xlsx workbook, or the .csv file read with each plausible separator."""
    if not data:
        raise Invalid("文件是空的，请选择填好的表格再上传。")
    if len(data) > LARGEST_FILE:
        raise Invalid(f"文件超过 {LARGEST_FILE // 1024 // 1024} MB，请分成几个文件上传。")
    suffix = PurePath(filename).suffix.casefold()
    if data.startswith(_OLE):
        raise Invalid(f"这是加密的工作簿或旧格式（.xls、.et）文件，无法读取。请去掉打开密码，{_SAVE_AS}")
    if data.startswith(b"PK"):
        return tuple(_worksheets(data))
    if suffix in {".xls", ".et", ".xlsm", ".xlsb", ".ods", ".pdf", ".doc", ".docx", ".zip", ".rar"}:
        raise Invalid(f"不支持 {suffix} 文件。{_SAVE_AS}")
    if suffix == ".xlsx":
        raise Invalid(f"文件已损坏，或内容不是 .xlsx 工作簿，无法读取。{_SAVE_AS}")
    return _delimited(data)


def _guard(data: bytes) -> None:
    """Refuse bombs, macros and forged archives by the directory alone, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Invalid(f"文件已损坏，无法读取。{_SAVE_AS}") from error
    names = {entry.filename.casefold() for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or unpacked > _LARGEST_UNPACKED:
        raise Invalid("文件解压后过大，已拒绝读取。请只保留需要导入的行和列，去掉图片后重试。")
    if unpacked > 1024 * 1024 and unpacked > _HIGHEST_RATIO * len(data):
        raise Invalid("文件的压缩比异常，已拒绝读取。请新建工作簿，把内容以“数值”粘贴进去后重试。")
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise Invalid(f"文件内部结构异常，已拒绝读取。{_SAVE_AS}")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Invalid(f"文件已加密，无法读取。请去掉密码，{_SAVE_AS}")
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise Invalid(f"工作簿里有宏，为安全起见不读取。{_SAVE_AS}")
    if any("/embeddings/" in name or "/activex/" in name for name in names):
        raise Invalid(f"工作簿里嵌有其他文件或控件，为安全起见不读取。请删去后，{_SAVE_AS}")
    if "xl/workbook.xml" not in names:
        raise Invalid(f"这个压缩文件不是 .xlsx 工作簿。{_SAVE_AS}")


def _worksheets(data: bytes) -> Iterator[Table]:
    _guard(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about extensions it leaves out; we need none of them
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            tables = [
                Table(sheet.title, _lines(f"工作表“{sheet.title}”", _rows(sheet)))
                for sheet in cast("list[_Streamed]", book.worksheets)
                if sheet.sheet_state == "visible"
            ]
            book.close()
    except _BROKEN as error:
        raise Invalid(f"文件已损坏或不是标准的 .xlsx 工作簿，无法读取。{_SAVE_AS}") from error
    yield from tables


def _rows(sheet: _Streamed) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """The rows that exist in the file; the filler for gaps is skipped by identity, or a lone last row costs seconds."""
    sheet.reset_dimensions()  # what a file says about its own size is not to be believed
    filler: object = None
    existing = wide = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if row is filler:
            continue
        existing += 1
        wide += len(row) > MOST_COLUMNS
        if wide > _MOST_WIDE_ROWS or any(cell.value is not None for cell in row[MOST_COLUMNS:]):
            raise Invalid(f"工作表“{sheet.title}”超过 {MOST_COLUMNS} 列，请删去不需要的列。")
        if existing > _MOST_EXISTING_ROWS:
            raise Invalid(f"工作表“{sheet.title}”里有大量空行，已停止读取。请选中数据以下的空行整行删除后重试。")
        cells = tuple(_cell(cell.value, cell.data_type) for cell in row[:MOST_COLUMNS])
        if not any(cell.text for cell in cells):
            filler = row
            continue
        yield number, cells


def _cell(value: object, data_type: str) -> Cell:
    if value is None:
        return BLANK
    if data_type == "f":
        return Cell(clean(str(getattr(value, "text", None) or value)), is_formula=True)
    if data_type == "e":
        return Cell(clean(str(value)), is_error=True)
    text = as_text(value)
    return Cell(text, is_formula=_FORMULA.match(text) is not None)


def as_text(value: object) -> str:
    """A cell's value as the text a person would have typed."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        if abs(value) >= _EXACT_DIGITS:
            return f"{value:.5E}"  # as the spreadsheet shows it: no rule takes it for a code or a number
        return str(int(value)) if value == int(value) else repr(value)
    return clean(str(value))


def _delimited(data: bytes) -> tuple[Table, ...]:
    """The text read with each separator that occurs in its first lines; which one is right the header tells."""
    text = _decoded(data)
    head = "\n".join(text.splitlines()[:HEADER_WITHIN])
    separators = [separator for separator in ",;\t" if separator in head] or [","]
    return tuple(Table("", _lines("文件", _records(text, separator))) for separator in separators)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid(f"文件不是文本表格，或编码无法识别。CSV 请用 UTF-8 或 GB18030（ANSI）编码保存，或者{_SAVE_AS}")


def _records(text: str, separator: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for number, record in enumerate(reader, start=1):
            if number > _MOST_EXISTING_ROWS:
                raise Invalid(f"文件超过 {MOST_ROWS:,} 行，请分成几个文件上传。")
            yield number, tuple(_text_cell(text) for text in record[: MOST_COLUMNS + 1])
    except csv.Error as error:
        raise Invalid(f"第 {reader.line_num} 行无法读取（引号没有成对，或一格内容过长），请检查后重试。") from error


def _text_cell(text: str) -> Cell:
    text = clean(text)
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@":
        return Cell(text[1:])  # the quote that our own export and careful programs put before signs
    return Cell(text, is_formula=_FORMULA.match(text) is not None)


def _lines(name: str, rows: Iterable[tuple[int, tuple[Cell, ...]]]) -> tuple[Line, ...]:
    """Rows that hold something; raises Invalid beyond the limit of rows or columns."""
    lines: list[Line] = []
    for number, row in rows:
        cells = row
        while cells and not cells[-1].text:
            cells = cells[:-1]
        if not cells:
            continue
        if len(lines) == MOST_ROWS + HEADER_WITHIN:
            raise Invalid(f"{name}超过 {MOST_ROWS:,} 行，请分成几个文件上传。")
        if len(cells) > MOST_COLUMNS:
            raise Invalid(f"{name}超过 {MOST_COLUMNS} 列，请删去不需要的列。")
        lines.append(Line(number, cells))
    return tuple(lines)
