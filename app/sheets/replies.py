"""Owns the sheet of answers: its columns, and the way from a file to replies and complaints with cell addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from app.domain.drafts import ReplyDraft
from app.domain.entries import fold
from app.domain.errors import Complaint
from app.domain.replies import check_acceptance, check_refusal, read_moment
from app.sheets.columns import header_key
from app.sheets.findings import CellComplaint, address, shorten
from app.sheets.grid import BLANK, HEADER_WITHIN, Line, Table, open_tables

COLUMNS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "code": ("来宾编号", "来宾名单里的编号，数字", ("编号",)),
    "organisation": ("单位", "只供核对", ("单位名称",)),
    "email": ("邮箱", "邀请发往的邮箱；有编号可以不填", ("电子邮箱", "联系邮箱")),
    "answer": ("答复", "参加 或 不参加；没有答复的留空", ("是否参加", "回复", "回执")),
    "party_size": ("人数", "参会人数，1 到 20 的整数", ("参会人数",)),
    "attendees": ("参会人员", "姓名，多人用顿号隔开", ("参会人", "参会人姓名")),
    "arrives_at": ("到达", "时间，例如 09:00；可以不填", ("预计到达时间", "到达时间")),
    "leaves_at": ("离开", "时间，例如 11:30；可以不填", ("预计离开时间", "离开时间")),
    "reason": ("谢绝原因", "不参加的要写原因", ("原因", "不参加原因")),
    "given_at": ("答复时间", "来宾答复的日期和时间，例如 2022-03-02 15:30", ("回复时间",)),
    "note": ("答复来源", "谁、怎样答复的；可以不填", ("来源",)),
}
"""Field: the column's name, what is expected in it, and other names it goes by."""

HEADER = tuple(name for name, _, _ in COLUMNS.values())
_NAMES = {header_key(word): field for field, (name, _, more) in COLUMNS.items() for word in (name, *more)}
_YES = {"参加", "应邀", "接受", "是", "出席", "到会"}
_NO = {"不参加", "谢绝", "不能参加", "否", "不出席", "缺席", "请假"}
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)(?::[0-5]\d)?")
_FIELD_OF = {"party_size": "party_size", "attendees": "attendees", "leaves_at": "leaves_at", "reason": "reason"}


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One answer: whom it is of (`code` 0: not given), whether the guest comes, and what was said. `cells` by field."""

    number: int
    code: int
    email: str
    organisation: str
    comes: bool
    draft: ReplyDraft
    cells: Mapping[str, str]
    raw: Mapping[str, str]

    def complain(self, field: str, message: str) -> CellComplaint:
        """A fault of this row at the cell of the field, or at its first cell."""
        place = field if field in self.cells else next(iter(self.cells))
        name, expected, _ = COLUMNS[place]
        return CellComplaint(self.cells[place], name, shorten(self.raw.get(place, "")), expected, message)


@dataclass(frozen=True, slots=True)
class ReplySheet:
    """A whole sheet; `silent` counts the rows without an answer."""

    rows: tuple[ReplyRow, ...]
    complaints: tuple[CellComplaint, ...]
    silent: int = 0


def read_replies(data: bytes, filename: str, given_at: datetime | None = None) -> ReplySheet:
    """Read a sheet; `given_at` stands for an empty time of an answer.

    Raises Invalid when the file can't be opened at all; everything else is a complaint.
    """
    found = _header(open_tables(data, filename))
    if found is None:
        wanted = "、".join(COLUMNS[field][0] for field in ("code", "answer"))
        message = (
            f"前 {HEADER_WITHIN} 行里没有找到表头（至少要有“来宾编号”或“邮箱”，以及“答复”）。请下载本场的答复表填写。"
        )
        return ReplySheet((), (CellComplaint("", "", "", wanted, message),))
    table, start, columns = found
    rows: list[ReplyRow] = []
    faults: list[CellComplaint] = []
    silent = 0
    for line in table.lines:
        texts = {field: _text(line, index) for field, index in columns.items()}
        if line.number <= start or not any(texts.values()):
            continue
        if not texts["answer"]:
            silent += 1
            continue
        row, complaints = _read(line, columns, texts, given_at)
        faults += complaints
        if row is not None:
            rows.append(row)
    return ReplySheet(tuple(rows), tuple(faults), silent)


def _header(tables: tuple[Table, ...]) -> tuple[Table, int, dict[str, int]] | None:
    for table in tables:
        for line in table.lines[:HEADER_WITHIN]:
            columns: dict[str, int] = {}
            for index, cell in enumerate(line.cells):
                field = _NAMES.get(header_key(cell.text))
                if field is not None:
                    columns.setdefault(field, index)
            if "answer" in columns and {"code", "email"} & set(columns):
                return table, line.number, columns
    return None


def _text(line: Line, index: int) -> str:
    return (line.cells[index] if index < len(line.cells) else BLANK).text


def _read(
    line: Line, columns: Mapping[str, int], texts: Mapping[str, str], given_at: datetime | None
) -> tuple[ReplyRow | None, list[CellComplaint]]:
    cells = {field: address(index, line.number) for field, index in columns.items()}
    draft_of = ReplyDraft(note=texts.get("note", "")[:200])
    blank = ReplyRow(line.number, 0, "", texts.get("organisation", ""), False, draft_of, cells, texts)
    faults = [
        blank.complain(field, "这一格是公式或错误值，请改成文字或数值。")
        for field, index in columns.items()
        if index < len(line.cells) and (line.cells[index].is_formula or line.cells[index].is_error)
    ]
    word = fold(texts["answer"])
    if word not in _YES | _NO:  # what else the row must hold depends on it
        return None, [*faults, blank.complain("answer", f"看不懂“{shorten(word, 20)}”，请填“参加”或“不参加”。")]
    code = fold(texts.get("code", ""))
    if code and not (code.isdecimal() and 0 < int(code) < 2**31):
        faults.append(blank.complain("code", "来宾编号应是数字，请从来宾名单里复制。"))
    if not code and not texts.get("email"):
        faults.append(blank.complain("code", "请填写来宾编号或邮箱，否则不知道是谁的答复。"))
    said, wrong = _draft(blank, word in _YES, texts, given_at)
    faults += wrong
    if faults:
        return None, faults
    email = texts.get("email", "").strip().casefold()
    return ReplyRow(line.number, int(code or 0), email, blank.organisation, word in _YES, said, cells, texts), []


def _draft(
    row: ReplyRow, comes: bool, texts: Mapping[str, str], given_at: datetime | None
) -> tuple[ReplyDraft, list[CellComplaint]]:
    faults: list[CellComplaint] = []
    hours: dict[str, time | None] = {}
    for field in ("arrives_at", "leaves_at"):
        text = fold(texts.get(field, ""))
        match = _TIME.fullmatch(text)
        if text and match is None:
            faults.append(row.complain(field, "请写成 24 小时制的时间，例如 09:00，或留空。"))
        hours[field] = time(int(match[1]), int(match[2])) if match else None
    try:
        given = read_moment(fold(texts.get("given_at", ""))) or given_at
    except ValueError:
        given = given_at
        faults.append(row.complain("given_at", "请写成 2022-03-02 15:30 这样的日期和时间。"))
    if given is None and not faults:
        faults.append(row.complain("given_at", "请写明答复时间，或在上传时填写整张表的答复时间。"))
    size = fold(texts.get("party_size", ""))
    draft = ReplyDraft(
        attendees=texts.get("attendees", "").strip() if comes else "",
        party_size=(int(size) if size.isdecimal() and len(size) < 5 else 0) if comes else 0,
        arrives_at=hours["arrives_at"] if comes else None,
        leaves_at=hours["leaves_at"] if comes else None,
        reason="" if comes else texts.get("reason", "").strip(),
        note=texts.get("note", "").strip()[:200],
        given_at=given,
    )
    complaints: tuple[Complaint, ...] = check_acceptance(draft) if comes else check_refusal(draft)
    faults += [row.complain(_FIELD_OF.get(one.field, "answer"), one.message) for one in complaints]
    return draft, faults
