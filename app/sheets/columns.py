"""Owns the columns of the two collection sheets: names, synonyms, what is expected, how the text becomes a value.

The names and their order are those of a transfer office's own sheets (form 5A and 5B), then the columns this
programme adds. `field` is the name in the row's values and, where validation.py has one, of its complaints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.entries import (
    clean,
    clean_line,
    fold,
    read_amount,
    read_county,
    read_credit_code,
    read_date,
    read_email,
    read_keywords,
    read_phone,
    read_word,
    read_words,
    read_year,
    read_yes_no,
    split_list,
)
from app.domain.errors import Invalid
from app.domain.vocabulary import (
    AchievementKind,
    AchievementLevel,
    CooperationMode,
    HighTechField,
    IpStatus,
    Maturity,
    NeedCategory,
    SheetKind,
    Urgency,
    Visibility,
    Willingness,
    Word,
)

Counties = Mapping[str, str]
Reader = Callable[[str, Counties], object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `choices` are for the drop-down of the template, `width` in characters."""

    field: str
    name: str
    synonyms: tuple[str, ...]
    expected: str
    read: Reader
    example: str = ""
    choices: tuple[str, ...] = ()
    width: int = 16


def _plain(read: Callable[[str], object]) -> Reader:
    return lambda text, _counties: read(text)


def _word(words: type[Word]) -> Reader:
    return lambda text, _counties: read_word(words, text)


def _modes(text: str, _counties: Counties) -> object:
    return read_words(CooperationMode, text)


def _labels(words: type[Word]) -> tuple[str, ...]:
    return tuple(label for _, label in words.choices())


def _one_of(words: type[Word]) -> str:
    return "、".join(_labels(words))


def read_rights(text: str) -> tuple[IpStatus | None, tuple[AchievementKind, ...]]:
    """知识产权形式: 已授权发明专利 is a status and a kind, 软件著作权 a kind that is registered, 未申请 a status."""
    statuses: list[IpStatus] = []
    kinds: list[AchievementKind] = []
    for part in split_list(text):
        bare = re.sub(r"(已|获得?)?授权|(已)?受理|申请中|已登记", "", fold(part))
        kind = AchievementKind.read(bare) or (AchievementKind.INVENTION if bare == "专利" else None)
        status = IpStatus.read(part)
        if status is None and kind is not None:
            status = IpStatus.PENDING if re.search("受理|申请中", part) else IpStatus.GRANTED
        if status is None:
            raise Invalid(f"没有这种知识产权形式，请填“未申请”，或“已授权”“已受理”加种类：{_one_of(AchievementKind)}。")
        statuses.append(status)
        if kind is not None:
            kinds.append(kind)
    return (statuses[0] if statuses else None), tuple(dict.fromkeys(kinds))


_LINE = _plain(clean_line)
_BODY = _plain(clean)
_KEYWORDS = Column(
    "keywords", "关键字", ("关键词", "关键词（1-5个）"), "最多 5 个词，用“、”分开", _plain(read_keywords),
    "数控机床、热误差补偿",
)  # fmt: skip
_MODES = Column(
    "modes", "合作方式", ("拟合作方式", "意向合作方式", "解决方式", "转化方式", "合作（解决）方式"),
    f"一种或几种，用“、”分开：{_one_of(CooperationMode)}", _modes, "委托研发", choices=_labels(CooperationMode),
)  # fmt: skip
_ADDRESS = Column("address", "地址", ("通讯地址", "单位地址", "联系地址"), "单位地址", _LINE, "许昌市魏都区", width=24)
_LEGAL = Column("legal_person", "法人", ("法人代表", "法定代表人"), "法人代表姓名", _LINE)
_CONTACT = Column("contact_name", "联系人", ("联系人姓名", "项目联系人", "技术联系人"), "联系人姓名", _LINE, "张工")
_TITLE = Column("contact_title", "联系人职务", ("职务", "职称", "职务/职称"), "联系人的职务", _LINE)
_LANDLINE = Column(
    "contact_landline", "座机", ("固定电话", "办公电话", "单位电话"), "带区号的座机", _plain(read_phone), "0374-2965000"
)
_EMAIL = Column(
    "contact_email", "电子邮箱", ("邮箱", "E-mail", "Email", "电子邮件", "联系邮箱", "联系人邮箱"),
    "电子邮箱地址，例如 name@example.com", _plain(read_email), "name@example.com", width=24,
)  # fmt: skip
_CODE = Column(
    "credit_code", "统一社会信用代码", ("社会信用代码", "信用代码", "统一信用代码", "组织机构代码/统一社会信用代码"),
    "18 位统一社会信用代码", _plain(read_credit_code), "91411000MA00000002", width=22,
)  # fmt: skip
_VISIBILITY = Column(
    "visibility", "公开范围", ("公开方式", "是否公开"), _one_of(Visibility), _word(Visibility), "公开",
    choices=_labels(Visibility),
)  # fmt: skip
_FIELD = Column(
    "field", "技术领域", ("高新技术领域", "所属技术领域"), _one_of(HighTechField), _word(HighTechField), "新材料",
    choices=_labels(HighTechField),
)  # fmt: skip


def _name(example: str) -> Column:
    return Column(
        "name", "单位名称", ("企业名称", "单位全称", "需求单位", "完成单位", "第一完成单位", "公司名称", "所属单位"),
        "单位全称", _LINE, example, width=28,
    )  # fmt: skip


def _phone(name: str) -> Column:
    return Column(
        "contact_phone", name, ("联系人电话", "手机号码", "联系电话", "手机", "手机号", "联系人手机", "电话", "移动电话"),
        "11 位手机号码，或带区号的座机", _plain(read_phone), "13800000000",
    )  # fmt: skip


def _money(field: str, *names: str) -> Column:
    return Column(field, "合作价格", names, "数字（单位：万元），或“面议”", _plain(read_amount), "50")


_NEEDS = (
    Column("title", "技术需求名称", ("需求名称", "技术难题名称", "项目名称", "需求标题"), "60 个字以内的名称", _LINE,
           "数控机床热误差自动补偿", width=28),
    _KEYWORDS,
    Column("valid_until", "有效期", ("有效期至", "需求有效期", "截止日期", "需求截止日期", "需求时限"),
           "具体日期，例如 2026-12-31", _plain(read_date), "2026-12-31"),
    Column("industry", "需求领域", ("所属领域", "行业领域", "所属行业", "应用行业", "产业领域"), "产业或行业名称", _LINE,
           "装备制造"),
    Column("category", "技术需求类别", ("需求类别", "需求类型", "技术需求类型"), _one_of(NeedCategory),
           _word(NeedCategory), "技术研发", choices=_labels(NeedCategory)),
    _MODES,
    _money("budget", "拟投入资金", "拟投入资金（万元）", "预算", "投入预算", "意向价格", "预期投入"),
    Column("wanted_institutes", "意向合作单位", ("意向院所", "拟合作单位"), "200 个字以内", _LINE),
    Column("wanted_experts", "意向合作专家", ("意向专家",), "200 个字以内", _LINE),
    Column("problem", "技术需求详情", ("需求详情", "主要问题", "需求描述", "技术需求描述", "需求内容", "技术难题描述"),
           "10 至 5,000 个字的具体说明", _BODY, "现状、问题、希望达到的效果……", width=48),
    Column("key_technology", "技术指标", ("主要指标", "技术关键与主要指标", "主要技术指标"), "5,000 个字以内", _BODY,
           "全天尺寸波动不超过 6 μm", width=32),
    _name("许昌某某机械有限公司"), _ADDRESS, _LEGAL, _CONTACT, _phone("联系人电话"), _LANDLINE, _EMAIL, _CODE,
    Column("county", "所在县（市、区）",
           ("所在县市区", "县（市、区）", "县市区", "所属县区", "所在县区", "所属县（市、区）", "区县"),
           "许昌市的县（市、区）或功能区名称", read_county, "魏都区"),
    Column("above_scale", "是否规上", ("规上企业", "是否规上企业", "是否规上工业企业"), "是 或 否", _plain(read_yes_no),
           "是", choices=("是", "否")),
    Column("has_cooperation", "产学研合作", ("有无产学研合作", "是否有产学研合作"), "有 或 无", _plain(read_yes_no), "无",
           choices=("有", "无")),
    _TITLE, _FIELD,
    Column("goal", "预期目标", (), "5,000 个字以内", _BODY),
    Column("basis", "现有基础", ("现有工作基础",), "5,000 个字以内", _BODY),
    Column("urgency", "紧迫程度", (), _one_of(Urgency), _word(Urgency), choices=_labels(Urgency)),
    _VISIBILITY,
)  # fmt: skip

_ACHIEVEMENTS = (
    Column("owner", "成果权属人", ("权属人", "成果所有人"), "单位或个人名称", _LINE, "许昌学院"),
    Column("owner_phone", "权属人联系电话", ("权属人电话",), "11 位手机号码，或带区号的座机", _plain(read_phone)),
    Column("title", "成果名称", ("科技成果名称", "项目名称", "成果标题"), "60 个字以内的名称", _LINE,
           "煤矸石悬浮煅烧活化", width=28),
    _KEYWORDS,
    Column("completed_year", "成果完成时间", ("完成时间", "完成年份", "完成年度"), "年份，例如 2021",
           _plain(read_year), "2021"),
    Column("funding", "资助情况", ("计划来源",), "200 个字以内", _LINE),
    Column("industry", "成果应用领域", ("应用领域", "应用行业", "所属领域", "产业领域", "行业领域"), "产业或行业名称",
           _LINE, "建材"),
    Column("acquisition", "成果获得方式", ("获得方式",), "自主研发、合作研发等", _LINE, "自主研发"),
    Column("maturity", "技术成熟度", ("成熟度", "所处阶段", "成果阶段"), _one_of(Maturity), _word(Maturity), "中试",
           choices=_labels(Maturity)),
    Column("awards", "获奖情况", ("奖励情况",), "200 个字以内", _LINE),
    _money("price", "合作价格（万元）", "转让价格", "预期经费", "意向价格", "合作价格/预期经费"),
    _MODES, _name("许昌学院"), _ADDRESS, _LEGAL, _CONTACT, _phone("手机号码"), _LANDLINE, _EMAIL,
    Column("ip_status", "知识产权形式", ("知识产权状态", "知识产权", "知识产权情况"),
           "未申请，或“已授权”“已受理”加种类，例如 已授权发明专利", _plain(read_rights), "已授权发明专利"),
    Column("summary", "成果简介", ("成果介绍", "简介", "成果描述", "成果内容"), "10 至 5,000 个字的具体说明", _BODY,
           "说明背景、方案、优势和创新点……", width=48),
    Column("indicators", "技术指标", ("主要技术指标", "主要指标"), "5,000 个字以内", _BODY, width=32),
    Column("market", "商业分析", ("市场分析", "商业（市场）分析", "市场前景"), "5,000 个字以内", _BODY, width=32),
    Column("notes", "备注", ("说明",), "5,000 个字以内", _BODY),
    Column("department", "院系", ("院系/研究所", "所属院系", "二级单位", "院系（研究所）"), "200 个字以内", _LINE,
           "化工与材料学院"),
    _CODE, _TITLE, _FIELD,
    Column("team", "团队介绍", ("团队",), "5,000 个字以内", _BODY),
    Column("applications", "应用场景及案例", ("应用场景", "应用案例"), "5,000 个字以内", _BODY),
    Column("level", "成果水平", ("技术水平",), _one_of(AchievementLevel), _word(AchievementLevel),
           choices=_labels(AchievementLevel)),
    Column("patents", "专利号", ("专利", "专利号（列表）"), "200 个字以内", _LINE),
    Column("willingness", "转化意愿", (), _one_of(Willingness), _word(Willingness), choices=_labels(Willingness)),
    Column("suitable_for", "适合企业画像", ("适合企业",), "5,000 个字以内", _BODY),
    Column("landed_locally", "是否已在许昌落地", ("已在许昌落地", "已在许昌/河南落地"), "是 或 否", _plain(read_yes_no),
           choices=("是", "否")),
    _VISIBILITY,
)  # fmt: skip

COLUMNS: Mapping[SheetKind, tuple[Column, ...]] = {SheetKind.NEEDS: _NEEDS, SheetKind.ACHIEVEMENTS: _ACHIEVEMENTS}

PASSED_OVER = frozenset(
    {"需求图片", "需求视频", "成果图片", "成果视频", "活动id", "序号", "编号", "附件", "图片", "视频"}
)
"""Columns of the transfer offices' sheets that are known and not imported."""


def header_key(text: str) -> str:
    """A header for comparing: no blanks, stars and colons, half-width signs, lower case."""
    return re.sub(r"[\s*★:：]|\(必填\)|\(选填\)|\(可多选\)", "", fold(text)).casefold()


def column_of(kind: SheetKind, text: str) -> Column | None:
    """The column that a header names by name or synonym, with or without what it says in brackets."""
    key = header_key(text)
    spellings = _SPELLINGS[kind]
    return spellings.get(key) or spellings.get(re.sub(r"\([^()]*\)", "", key))


_SPELLINGS: Mapping[SheetKind, Mapping[str, Column]] = {
    kind: {header_key(word): column for column in reversed(columns) for word in (*column.synonyms, column.name)}
    for kind, columns in COLUMNS.items()
}
