"""From bytes to drafts and complaints: exactly the faults there are, in any order of columns, in any encoding."""

from __future__ import annotations

import csv
import io
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Invalid
from app.domain.vocabulary import AchievementKind, CooperationMode, IpStatus, Maturity, NeedCategory, SheetKind
from app.sheets.columns import read_rights
from tests.sheets.conftest import MakeBook, Read
from tests.sheets.rows import HEADERS, code_of, row_of

DATA = Path(__file__).parent / "data"
DEMO = Path(__file__).parents[2] / "demo"
NEEDS, ACHIEVEMENTS = SheetKind.NEEDS, SheetKind.ACHIEVEMENTS


def test_the_sheet_with_faults_gives_exactly_its_faults_in_time(read: Read) -> None:
    with (DATA / "needs_with_faults.tsv").open(encoding="utf-8") as listed:
        expected = [(line["cell"], line["column"]) for line in csv.DictReader(listed, delimiter="\t")]
    started = time.monotonic()
    reading = read((DATA / "needs_with_faults.xlsx").read_bytes())
    assert time.monotonic() - started < 10
    assert [(complaint.cell, complaint.column) for complaint in reading.complaints] == expected
    assert (len(reading.rows), len(reading.good_rows)) == (1_000, 1_000 - len(expected))


@pytest.mark.parametrize(("name", "kind", "count"), [("needs", NEEDS, 48), ("achievements", ACHIEVEMENTS, 220)])
def test_the_demo_sheets_read_clean(read: Read, name: str, kind: SheetKind, count: int) -> None:
    reading = read((DEMO / f"{name}.xlsx").read_bytes(), kind)
    assert reading.complaints == ()
    assert len(reading.good_rows) == count


@pytest.mark.parametrize("kind", list(SheetKind))
def test_clean_rows_give_no_complaints_and_no_notices(make_book: MakeBook, read: Read, kind: SheetKind) -> None:
    reading = read(make_book(kind, 5), kind)
    assert (reading.complaints, reading.notices) == ((), ())
    assert [row.number for row in reading.good_rows] == [2, 3, 4, 5, 6]


def test_a_row_of_needs_becomes_a_draft(make_book: MakeBook, read: Read) -> None:
    row = read(make_book(NEEDS, 1)).rows[0]
    need = row.need
    assert need is not None
    assert (need.title, need.category, need.industry) == ("机床尺寸早晚对不上（1）", NeedCategory.RESEARCH, "装备制造")
    assert (need.keywords, need.modes) == (("数控机床", "热误差"), (CooperationMode.COMMISSIONED,))
    assert (need.budget, need.budget_negotiable, need.valid_until) == (Decimal(50), False, date(2027, 12, 31))
    assert (need.contact.name, need.contact.mobile, need.contact.email) == (
        "技术部",
        "13800000001",
        "mail1@example.com",
    )
    organisation = row.organisation
    assert (organisation.name, organisation.credit_code, organisation.county) == (
        "许昌第1机械有限公司",
        code_of(1),
        "魏都区",
    )
    assert (organisation.above_scale, organisation.has_cooperation) == (True, False)


def test_a_row_of_achievements_becomes_a_draft(make_book: MakeBook, read: Read) -> None:
    row = read(make_book(ACHIEVEMENTS, 2), ACHIEVEMENTS).rows[1]
    achievement = row.achievement
    assert achievement is not None
    assert (achievement.title, achievement.department) == ("煤矸石悬浮煅烧活化（2）", "化工与材料学院")
    assert (achievement.maturity, achievement.ip_status) == (Maturity.PRODUCTION, IpStatus.GRANTED)
    assert (achievement.kinds, achievement.modes) == ((AchievementKind.INVENTION,), (CooperationMode.EQUITY,))
    assert (achievement.completed_year, achievement.price, achievement.price_negotiable) == (2021, None, True)
    assert row.organisation.name == "许昌学院"


FAULTS: list[tuple[str, Any, str]] = [
    ("技术需求名称", None, "请填写技术需求名称。"),
    ("技术需求名称", "  \u3000", "请填写技术需求名称。"),
    ("技术需求名称", "长短" * 30 + "长", "技术需求名称最多 60 个字，现在有 61 个，请缩短。"),
    ("技术需求名称", "=1+1", "这一格是公式，请改成文字或数值（复制后“选择性粘贴”为“数值”）。"),
    ("有效期", "2026-02-30", "日历上没有这一天，请检查月份和日期。"),
    ("有效期", None, "请填写有效期。"),
    ("有效期", "=TODAY()", "这一格是公式，请改成文字或数值（复制后“选择性粘贴”为“数值”）。"),
    ("技术需求类别", "火箭", ""),
    ("合作方式", "免费", ""),
    ("合作价格", "-20", "金额不能是负数；没有定数请填“面议”。"),
    ("合作价格", "#REF!", "这一格是错误值 #REF!，请改成正确的内容。"),
    ("技术需求详情", "同上", "请把技术需求详情写具体（至少 10 个字，不要写“同上”“见附件”）。"),
    ("技术需求详情", "长短" * 2_501, "技术需求详情最多 5,000 个字，现在有 5,002 个，请精简。"),
    ("单位名称", None, "请填写单位全称。"),
    ("联系人电话", 12345, "请填一个 11 位手机号码，或带区号的座机，例如 0374-2965000。"),
    ("联系人电话", None, "请填写联系人电话。"),
    ("电子邮箱", "tech@", "请填一个电子邮箱地址，例如 name@example.com。"),
    ("统一社会信用代码", 1.23e17, ""),
    ("统一社会信用代码", "91411002MA00000010", "统一社会信用代码的校验位不对，多半是抄错了一位，请对照营业执照填写。"),
    ("所在县（市、区）", "郑州市", ""),
    ("是否规上", "也许", "请填“是”或“否”（也可填“有”或“无”）。"),
]


@pytest.mark.parametrize(("column", "value", "message"), FAULTS)
def test_one_bad_cell_is_one_complaint_at_its_address(
    make_book: MakeBook, read: Read, column: str, value: Any, message: str
) -> None:
    index = HEADERS[NEEDS].index(column)
    cell = f"{chr(ord('A') + index)}3"
    reading = read(make_book(NEEDS, 3, {cell: value}))
    assert [(complaint.cell, complaint.column) for complaint in reading.complaints] == [(cell, column)]
    assert reading.complaints[0].expected != ""
    if message:
        assert reading.complaints[0].message == message
    assert [row.number for row in reading.good_rows] == [2, 4]


def test_thirty_faults_in_a_thousand_rows_are_thirty_complaints(make_book: MakeBook, read: Read) -> None:
    cells = {}
    for position, number in enumerate(range(30, 1_000, 33)):
        column, value, _ = FAULTS[position % len(FAULTS)]
        cells[f"{chr(ord('A') + HEADERS[NEEDS].index(column))}{number}"] = value
    assert len(cells) == 30
    reading = read(make_book(NEEDS, 1_000, cells))
    assert [complaint.cell for complaint in reading.complaints] == list(cells)


def test_columns_may_come_in_any_order_under_their_synonyms(make_book: MakeBook, read: Read) -> None:
    plain = read(make_book(NEEDS, 2))
    data = make_book(NEEDS, 2, header=list(reversed(HEADERS[NEEDS])))
    assert [row.need for row in read(data).rows] == [row.need for row in plain.rows]
    header = [name for name in HEADERS[NEEDS] if "图片" not in name]
    spelled = {"技术需求名称": "* 需求名称", "关键字": "关键词", "联系人电话": "手机", "合作价格": "合作价格（万元）"}
    spelled |= {
        "所在县（市、区）": "县市区",
        "电子邮箱": "E－mail",
        "单位名称": "企业名称：",
        "技术需求详情": "主要问题(必填)",
    }
    book = make_book(NEEDS, 2, header=header)
    changes = {f"{chr(ord('A') + header.index(old))}1": new for old, new in spelled.items()}
    renamed = read(make_book(NEEDS, 2, changes, header=header))
    assert (renamed.complaints, renamed.notices) == ((), ())
    assert [row.need for row in renamed.rows] == [row.need for row in read(book).rows]


def test_the_header_may_stand_below_a_title(make_book: MakeBook, read: Read) -> None:
    reading = read(make_book(NEEDS, 2, above=[["2026年技术需求汇总表"], ["填报单位：许昌市"]]))
    assert reading.complaints == ()
    assert (reading.header_row, [row.number for row in reading.rows]) == (3, [4, 5])


def test_a_missing_required_column_is_named_once_and_nothing_is_good(make_book: MakeBook, read: Read) -> None:
    header = [name for name in HEADERS[NEEDS] if name != "技术需求详情"]
    reading = read(make_book(NEEDS, 4, header=header))
    assert [(c.cell, c.column, c.message) for c in reading.complaints] == [
        ("", "技术需求详情", "缺少“技术需求详情”这一列，请在第 1 行加上这个表头。")
    ]
    assert reading.good_rows == ()


def test_a_column_that_comes_twice_is_a_complaint(make_book: MakeBook, read: Read) -> None:
    reading = read(make_book(NEEDS, 1, {"Z1": "手机号码"}))
    assert [(c.cell, c.column) for c in reading.complaints] == [("Z1", "联系人电话")]
    assert reading.good_rows == ()


def test_unknown_and_passed_over_columns_are_notices(make_book: MakeBook, read: Read) -> None:
    reading = read(make_book(NEEDS, 1, {"Z1": "心情", "L2": "a.png"}))
    assert reading.complaints == ()
    assert [(notice.cell, notice.message) for notice in reading.notices] == [
        ("Z1", "不认识表头“心情”，这一列不会导入。"),
        ("L1", "“需求图片”一列不随表格导入；图片和附件请在网页上补传。"),
    ]


def test_a_past_date_of_validity_is_a_notice(make_book: MakeBook, read: Read) -> None:
    reading = read(make_book(NEEDS, 2, {"C3": "2022-12-31"}))
    assert reading.complaints == ()
    assert [notice.cell for notice in reading.notices] == ["C3"]


@pytest.mark.parametrize(("sent", "asked"), [(ACHIEVEMENTS, NEEDS), (NEEDS, ACHIEVEMENTS)])
def test_the_other_kind_of_sheet_is_recognised(
    make_book: MakeBook, read: Read, sent: SheetKind, asked: SheetKind
) -> None:
    reading = read(make_book(sent, 2), asked)
    message = f"这看起来是{sent}表，不是{asked}表。请到“{sent}”的导入页面上传，或改用{asked}模板。"
    assert [complaint.message for complaint in reading.complaints] == [message]
    assert reading.rows == ()


def test_a_sheet_without_header_or_rows_says_so(make_book: MakeBook, read: Read) -> None:
    no_header = read("甲,乙\n1,2\n".encode(), filename="a.csv")
    assert [c.message for c in no_header.complaints] == [
        "前 5 行里没有找到表头。请下载模板，按模板的表头填写后再上传。"
    ]
    empty = read(make_book(NEEDS, 0))
    assert [c.message for c in empty.complaints] == ["表头下面没有数据，请填好后再上传。"]


def test_blank_rows_are_passed_over_and_keep_the_addresses(make_book: MakeBook, read: Read) -> None:
    blank: dict[str, Any] = dict.fromkeys([f"{chr(ord('A') + index)}3" for index in range(25)], " ")
    reading = read(make_book(NEEDS, 3, {**blank, "T4": "坏"}))
    assert [row.number for row in reading.rows] == [2, 4]
    assert [complaint.cell for complaint in reading.complaints] == ["T4"]


def test_typed_cells_are_read_as_what_they_are(make_book: MakeBook, read: Read) -> None:
    changes = {"C2": datetime(2027, 6, 30), "C3": 46_568, "R2": 13_900_000_001, "X2": True, "G2": 12.5}  # noqa: DTZ001
    reading = read(make_book(NEEDS, 2, changes))
    assert reading.complaints == ()
    first, second = (row.need for row in reading.rows)
    assert first is not None
    assert second is not None
    assert (first.valid_until, second.valid_until) == (date(2027, 6, 30), date(2027, 6, 30))
    assert (first.contact.mobile, first.budget) == ("13900000001", Decimal("12.5"))


def test_a_landline_under_the_phone_header_is_kept_as_a_landline(make_book: MakeBook, read: Read) -> None:
    need = read(make_book(NEEDS, 1, {"R2": "0374-2965000"})).rows[0].need
    assert need is not None
    assert (need.contact.mobile, need.contact.landline) == ("", "0374-2965000")


def test_the_county_is_taken_from_the_address_when_its_cell_is_blank(make_book: MakeBook, read: Read) -> None:
    reading = read(make_book(NEEDS, 1, {"W2": None, "O2": "河南省许昌市长葛市葛天大道"}))
    assert reading.rows[0].organisation.county == "长葛市"


def test_invisible_characters_are_taken_out(make_book: MakeBook, read: Read) -> None:
    need = read(make_book(NEEDS, 1, {"A2": "\u200b热误差\ufeff补偿\u202e方案"})).rows[0].need
    assert need is not None
    assert need.title == "热误差补偿方案"


def _csv(kind: SheetKind, separator: str, ends: str, count: int = 2) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=ends)
    writer.writerow(HEADERS[kind])
    for number in range(1, count + 1):
        values = row_of(kind, number)
        writer.writerow([values.get(name, "") for name in HEADERS[kind]])
    return out.getvalue()


@pytest.mark.parametrize("kind", list(SheetKind))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r"])
def test_text_files_give_the_same_drafts(
    make_book: MakeBook, read: Read, kind: SheetKind, encoding: str, separator: str, ends: str
) -> None:
    reading = read(_csv(kind, separator, ends).encode(encoding), kind, "表.csv")
    book = read(make_book(kind, 2), kind)
    assert (reading.complaints, reading.notices) == ((), ())
    assert [(row.need, row.achievement, row.organisation) for row in reading.rows] == [
        (row.need, row.achievement, row.organisation) for row in book.rows
    ]


def test_a_quoted_line_break_stays_in_its_cell(read: Read) -> None:
    text = _csv(NEEDS, ",", "\n", 1).replace("车间没有恒温，", '"车间没有恒温；\n').replace("二十微米。", '二十微米。"')
    need = read(text.encode(), filename="a.csv").rows[0].need
    assert need is not None
    assert need.problem == "车间没有恒温；\n早上开机头几件和下午的件孔距能差出二十微米。"


def test_a_formula_in_a_text_file_is_a_complaint_and_a_quoted_sign_is_not(read: Read) -> None:
    text = _csv(NEEDS, ",", "\n", 2)
    formula = text.replace("机床尺寸早晚对不上（1）", "=cmd|' /C calc'!A0")
    assert [c.cell for c in read(formula.encode(), filename="a.csv").complaints] == ["A2"]
    need = read(text.replace("机床尺寸早晚对不上（1）", "'-40℃低温密封").encode(), filename="a.csv").rows[0].need
    assert need is not None
    assert need.title == "-40℃低温密封"


def test_an_unpaired_quote_is_refused_or_complained_about(read: Read) -> None:
    broken = _csv(NEEDS, ",", "\n", 2).replace("机床尺寸早晚对不上（1）", '"机床' + "长" * 140_000)
    with pytest.raises(Invalid, match="引号没有成对"):
        read(broken.encode(), filename="a.csv")


@pytest.mark.parametrize(
    ("text", "status", "kinds"),
    [
        ("已授权发明专利", IpStatus.GRANTED, (AchievementKind.INVENTION,)),
        ("发明专利已受理", IpStatus.PENDING, (AchievementKind.INVENTION,)),
        ("软件著作权", IpStatus.GRANTED, (AchievementKind.SOFTWARE,)),
        ("未申请", IpStatus.NONE, ()),
        ("实用新型专利、软著", IpStatus.GRANTED, (AchievementKind.UTILITY, AchievementKind.SOFTWARE)),
        ("专利申请中", IpStatus.PENDING, (AchievementKind.INVENTION,)),
        ("共有", IpStatus.SHARED, ()),
    ],
)
def test_the_form_of_rights_is_a_status_and_kinds(
    text: str, status: IpStatus, kinds: tuple[AchievementKind, ...]
) -> None:
    assert read_rights(text) == (status, kinds)


def test_an_unknown_form_of_rights_is_refused() -> None:
    with pytest.raises(Invalid):
        read_rights("口头约定")
