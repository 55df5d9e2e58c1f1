"""Owns the field rules of needs, achievements, organisations and contacts, shared by forms and spreadsheets.

A rule looks at a draft (typed values, see drafts.py; text becomes values in entries.py) and answers with complaints.
The field of a complaint is the draft's field name; those of the contact are `contact_name`, `contact_mobile`,
`contact_landline` and `contact_email`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal

from app.domain.drafts import AchievementDraft, Contact, Indicator, NeedDraft, OrganisationDraft
from app.domain.entries import LARGEST_AMOUNT, fold, read_credit_code, read_email, read_mobile, read_phone
from app.domain.errors import Complaint, Invalid

LONGEST_TITLE = 60
LONGEST_BODY = 5_000
LONGEST_LINE = 200
LONGEST = {"industry": 80, "owner": 120, "department": 80, "acquisition": 80, "patents": 2_000}
"""Where a line may be shorter or longer than LONGEST_LINE."""
MOST_KEYWORDS = 5
LONGEST_KEYWORD = 30
MOST_INDICATORS = 30
SHORTEST_BODY = 10  # letters, digits and Chinese characters

NEED_ON_FORM = frozenset(
    {"title", "category", "field", "problem", "key_technology", "modes", "valid_until"}
    | {"contact_name", "contact_mobile", "contact_email"}
)
"""The starred fields of form 5A. `key_technology` is also satisfied by indicator rows."""

NEED_IN_SHEET = frozenset(
    {"title", "category", "industry", "problem", "modes", "valid_until", "contact_name", "contact_phone"}
    | {"contact_email"}
)
"""What the collection sheet of a transfer office asks for. `contact_phone` is a mobile number or a landline."""

ACHIEVEMENT_ON_FORM = frozenset(
    {"title", "summary", "indicators", "applications", "owner", "maturity", "ip_status", "field", "industry"}
    | {"willingness", "modes", "contact_name", "contact_mobile", "contact_email"}
)
"""The starred fields of form 5B."""

ACHIEVEMENT_IN_SHEET = frozenset(
    {"title", "summary", "maturity", "ip_status", "industry", "modes", "contact_name", "contact_phone"}
    | {"contact_email"}
)
"""What the collection sheet of a transfer office asks for."""

LABELS = {
    "title": "名称",
    "category": "需求类别",
    "field": "所属技术领域",
    "industry": "所属产业领域",
    "problem": "主要问题",
    "key_technology": "技术关键与主要指标",
    "goal": "预期目标",
    "basis": "现有基础",
    "keywords": "关键词",
    "modes": "合作方式",
    "budget": "拟投入资金",
    "wanted_institutes": "意向合作单位",
    "wanted_experts": "意向专家",
    "valid_until": "有效期",
    "department": "院系（研究所）",
    "owner": "成果权属人",
    "owner_phone": "权属人联系电话",
    "team": "团队介绍",
    "summary": "成果简介",
    "indicators": "技术指标",
    "applications": "应用场景及案例",
    "market": "商业（市场）分析",
    "acquisition": "成果获得方式",
    "funding": "资助情况",
    "completed_year": "成果完成时间",
    "awards": "获奖情况",
    "maturity": "技术成熟度（所处阶段）",
    "ip_status": "知识产权状态",
    "patents": "专利号",
    "willingness": "转化意愿",
    "price": "合作价格",
    "suitable_for": "适合企业画像",
    "notes": "备注",
    "contact_name": "联系人",
    "contact_title": "联系人职务",
    "contact_mobile": "联系人手机",
    "contact_phone": "联系人电话",
    "contact_landline": "座机",
    "contact_email": "电子邮箱",
}

_NEED_BODIES = ("key_technology", "goal", "basis")
_NEED_LINES = ("industry", "wanted_institutes", "wanted_experts")
_ACHIEVEMENT_BODIES = ("team", "indicators", "applications", "market", "suitable_for", "notes")
_ACHIEVEMENT_LINES = ("department", "owner", "acquisition", "funding", "awards", "patents", "industry")
_HOLLOW = frozenset(
    [
        "同上",
        "见上",
        "如上",
        "无",
        "略",
        "暂无",
        "没有",
        "不详",
        "未知",
        "待定",
        "待补充",
        "见附件",
        "详见附件",
        "见附表",
        "如题",
        "测试",
        "test",
        "none",
        "null",
        "nan",
        "n/a",
        "na",
    ]
)


def is_hollow(text: str) -> bool:
    """Whether the text says nothing: 同上, 见附件, only signs, one character over and over."""
    bare = fold(text).casefold().strip(" .。…,，;；-—_/*()（）")
    words = re.sub(r"[\W_]", "", bare)
    return bare in _HOLLOW or not words or (len(words) > 3 and len(set(words)) == 1)


def check_need(
    draft: NeedDraft, *, required: Collection[str] = NEED_ON_FORM, today: date | None = None
) -> tuple[Complaint, ...]:
    """What is wrong with a need; with `today`, a date of validity that has passed is wrong too."""
    return tuple(_need_complaints(draft, required, today))


def _need_complaints(draft: NeedDraft, required: Collection[str], today: date | None) -> Iterator[Complaint]:
    yield from _title(draft.title, required)
    yield from _body("problem", draft.problem, required)
    for name in _NEED_BODIES:
        missing_is_fine = name == "key_technology" and bool(draft.indicators)
        yield from _text(name, getattr(draft, name), () if missing_is_fine else required, LONGEST_BODY)
    for name in _NEED_LINES:
        yield from _text(name, getattr(draft, name), required, LONGEST.get(name, LONGEST_LINE))
    for name, value in (("category", draft.category), ("field", draft.field), ("modes", draft.modes)):
        yield from _choice(name, value, required)
    yield from _keywords(draft.keywords)
    yield from _indicators(draft.indicators)
    yield from _money("budget", draft.budget, draft.budget_negotiable)
    if draft.valid_until is None:
        yield from _missing("valid_until", required)
    elif today is not None and draft.valid_until < today:
        yield Complaint("valid_until", "有效期已经过去，请填今天或以后的日期。")
    yield from check_contact(draft.contact, required=required)


def check_achievement(
    draft: AchievementDraft, *, required: Collection[str] = ACHIEVEMENT_ON_FORM
) -> tuple[Complaint, ...]:
    """What is wrong with an achievement."""
    return tuple(_achievement_complaints(draft, required))


def _achievement_complaints(draft: AchievementDraft, required: Collection[str]) -> Iterator[Complaint]:
    yield from _title(draft.title, required)
    yield from _body("summary", draft.summary, required)
    for name in _ACHIEVEMENT_BODIES:
        yield from _text(name, getattr(draft, name), required, LONGEST_BODY)
    for name in _ACHIEVEMENT_LINES:
        yield from _text(name, getattr(draft, name), required, LONGEST.get(name, LONGEST_LINE))
    for name in ("maturity", "ip_status", "field", "willingness", "modes"):
        yield from _choice(name, getattr(draft, name), required)
    yield from _keywords(draft.keywords)
    yield from _money("price", draft.price, draft.price_negotiable)
    yield from _readable("owner_phone", draft.owner_phone, read_phone)
    yield from check_contact(draft.contact, required=required)


def check_contact(contact: Contact, *, required: Collection[str] = ()) -> tuple[Complaint, ...]:
    """What is wrong with a contact; fields are named `contact_...`."""
    return tuple(_contact_complaints(contact, required))


def _contact_complaints(contact: Contact, required: Collection[str]) -> Iterator[Complaint]:
    yield from _text("contact_name", contact.name, required, 40)
    yield from _text("contact_title", contact.title, required, 40)
    if not contact.mobile:
        yield from _missing("contact_mobile", required)
        if not contact.landline:
            yield from _missing("contact_phone", required)
    if not contact.email:
        yield from _missing("contact_email", required)
    yield from _readable("contact_mobile", contact.mobile, read_mobile)
    yield from _readable("contact_landline", contact.landline, read_phone)
    yield from _readable("contact_email", contact.email, read_email)


def check_organisation(draft: OrganisationDraft, *, code_required: bool = False) -> tuple[Complaint, ...]:
    """What is wrong with an organisation as a sign-up form or a sheet row names it."""
    return tuple(_organisation_complaints(draft, code_required))


def _organisation_complaints(draft: OrganisationDraft, code_required: bool) -> Iterator[Complaint]:
    if not draft.name:
        yield Complaint("name", "请填写单位全称。")
    elif is_hollow(draft.name) or len(fold(draft.name)) < 2:
        yield Complaint("name", "请填写单位全称，与营业执照或公章一致。")
    elif len(draft.name) > 100:
        yield Complaint("name", f"单位名称最多 100 个字，现在有 {len(draft.name)} 个。")
    if code_required and not draft.credit_code:
        yield Complaint("credit_code", "请填写 18 位统一社会信用代码。")
    yield from _readable("credit_code", draft.credit_code, read_credit_code)
    for name, label, longest in (("address", "通讯地址", LONGEST_LINE), ("legal_person", "法人代表", 40)):
        if len(getattr(draft, name)) > longest:
            yield Complaint(name, f"{label}最多 {longest} 个字。")


def _missing(name: str, required: Collection[str]) -> Iterator[Complaint]:
    if name in required:
        yield Complaint(name, f"请填写{LABELS[name]}。")


def _choice(name: str, value: object, required: Collection[str]) -> Iterator[Complaint]:
    if not value and name in required:
        yield Complaint(name, f"请选择{LABELS[name]}。")


def _title(title: str, required: Collection[str]) -> Iterator[Complaint]:
    if not title:
        yield from _missing("title", required)
    elif is_hollow(title):
        yield Complaint("title", "请写一个看得出内容的名称。")
    elif len(title) > LONGEST_TITLE:
        yield Complaint("title", f"名称最多 {LONGEST_TITLE} 个字，现在有 {len(title)} 个，请缩短。")


def _body(name: str, text: str, required: Collection[str]) -> Iterator[Complaint]:
    if len(text) > LONGEST_BODY:
        yield Complaint(name, f"{LABELS[name]}最多 {LONGEST_BODY:,} 个字，现在有 {len(text):,} 个，请精简。")
    elif not text:
        yield from _missing(name, required)
    elif name in required and (is_hollow(text) or len(re.sub(r"[\W_]", "", text)) < SHORTEST_BODY):
        yield Complaint(name, f"请把{LABELS[name]}写具体（至少 {SHORTEST_BODY} 个字，不要写“同上”“见附件”）。")


def _text(name: str, text: str, required: Collection[str], longest: int) -> Iterator[Complaint]:
    if not text:
        yield from _missing(name, required)
    elif len(text) > longest:
        yield Complaint(name, f"{LABELS[name]}最多 {longest:,} 个字，现在有 {len(text):,} 个，请精简。")


def _keywords(keywords: tuple[str, ...]) -> Iterator[Complaint]:
    if len(keywords) > MOST_KEYWORDS:
        yield Complaint("keywords", f"关键词最多 {MOST_KEYWORDS} 个，现在有 {len(keywords)} 个，请保留最要紧的。")
    elif any(len(word) > LONGEST_KEYWORD for word in keywords):
        yield Complaint("keywords", f"每个关键词最多 {LONGEST_KEYWORD} 个字，多个词之间用“、”分开。")


def _indicators(rows: tuple[Indicator, ...]) -> Iterator[Complaint]:
    if len(rows) > MOST_INDICATORS:
        yield Complaint("indicators", f"指标最多 {MOST_INDICATORS} 行。")
    for number, row in enumerate(rows, start=1):
        if not row.name:
            yield Complaint("indicators", f"第 {number} 行指标没有名称，请填写指标名称或删去这一行。")
        elif max(len(row.name), len(row.present), len(row.target)) > 60 or len(row.unit) > 20:
            yield Complaint("indicators", f"第 {number} 行指标太长：每格最多 60 个字，单位最多 20 个字。")


def _money(name: str, value: Decimal | None, negotiable: bool) -> Iterator[Complaint]:
    if value is None:
        return
    if negotiable:
        yield Complaint(name, f"{LABELS[name]}要么填数字，要么选“面议”，不能两样都有。")
    elif not value.is_finite() or value < 0:
        yield Complaint(name, f"{LABELS[name]}不能是负数；没有定数请选“面议”。")
    elif value > LARGEST_AMOUNT:
        yield Complaint(name, f"{LABELS[name]}过大（单位：万元），请检查单位。")


def _readable(name: str, text: str, read: Callable[[str], str]) -> Iterator[Complaint]:
    try:
        read(text)
    except Invalid as error:
        yield Complaint(name, error.message)
