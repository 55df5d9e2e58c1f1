"""The form of an achievement (科技成果信息表, 5B), filled in by the institute or on its behalf."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField

from app.domain.drafts import AchievementDraft, OrganisationDraft, Provenance
from app.domain.entries import Amount, read_amount, read_credit_code, read_keywords, read_phone, read_year, read_yes_no
from app.domain.profiles import OrganisationDetails
from app.domain.validation import ACHIEVEMENT_ON_FORM, LABELS, check_achievement
from app.domain.vocabulary import (
    AchievementKind,
    AchievementLevel,
    CooperationMode,
    HighTechField,
    IpStatus,
    Maturity,
    OrganisationKind,
    Source,
    SupplyKind,
    Visibility,
    Willingness,
)
from app.web.forms.reading import CheckBoxes, RecordForm, contact_values, offered

VISIBILITIES = [
    (Visibility.PUBLIC.value, "公开：网站上人人可见；联系方式不公开"),
    (Visibility.INSTITUTES.value, "仅院所可见：只有登记的院所高校能看到"),
    (Visibility.ANONYMOUS.value, "匿名公开：内容公开，单位和团队隐去，双方同意后才告知"),
    (Visibility.PRIVATE.value, "不公开：只有科技大市场用于匹配"),
]
LINES = ("title", "department", "owner", "acquisition", "funding", "awards", "patents", "industry")
BODIES = ("team", "summary", "indicators", "applications", "market", "suitable_for", "notes")
WORDS = {
    "maturity": Maturity,
    "level": AchievementLevel,
    "ip_status": IpStatus,
    "field": HighTechField,
    "willingness": Willingness,
}
YES_NO = [("是", "是"), ("否", "否")]
REMARKABLE = {
    **{name: LABELS[name] for name in ("title", "department", "owner", "summary", "indicators", "applications")},
    **{name: LABELS[name] for name in ("market", "team", "keywords")},
    "kinds": "成果类型",
    **{name: LABELS[name] for name in ("maturity", "ip_status", "patents", "field", "industry", "willingness")},
    **{name: LABELS[name] for name in ("modes", "price")},
    "visibility": "公开范围",
    "contact_name": LABELS["contact_name"],
    "files": "附件",
}
"""The fields a reviewer may write a remark about, with their labels."""
REMARKS = {"reason": "审核意见", **REMARKABLE}
"""The remarks a record may carry, with their labels."""


class AchievementForm(RecordForm):
    """Form 5B. `draft()` gives the value; `values(draft)` what the fields of a saved achievement hold."""

    title = StringField("成果名称", description="60 个字以内。")
    department = StringField("院系（研究所）", description="可从提示中选，新的院系直接填写。")
    owner = StringField("成果权属人", description="专利权人或单位全称。")
    owner_phone = StringField("权属人联系电话")
    team = TextAreaField("团队介绍")
    keywords = StringField("关键词", description="1 至 5 个，用“、”分开。")
    summary = TextAreaField("成果简介", description="背景、痛点、方案、优势和创新点。至少 10 个字。")
    indicators = TextAreaField("技术指标", description="主要性能数据，写明单位。")
    applications = TextAreaField("应用场景及案例", description="用在哪里，已经有哪些单位用过。")
    market = TextAreaField("商业（市场）分析")
    kinds = CheckBoxes("成果类型", choices=offered(AchievementKind.choices(), blank=False), validate_choice=False)
    acquisition = StringField("成果获得方式", description="例如 自主研发、合作研发。")
    funding = StringField("资助情况（计划来源）")
    completed_year = StringField("成果完成时间", description="年份，例如 2021。")
    awards = StringField("获奖情况")
    maturity = SelectField("所处阶段", choices=offered(Maturity.choices()), validate_choice=False)
    level = SelectField("成果水平", choices=offered(AchievementLevel.choices()), validate_choice=False)
    ip_status = SelectField("知识产权状态", choices=offered(IpStatus.choices()), validate_choice=False)
    patents = StringField("专利号", description="多个用“、”分开。")
    field = SelectField("所属领域", choices=offered(HighTechField.choices()), validate_choice=False)
    industry = StringField("产业领域", description="例如 发制品、超硬材料、食品机械；可从提示中选，也可以自己写。")
    willingness = SelectField("转化意愿", choices=offered(Willingness.choices()), validate_choice=False)
    modes = CheckBoxes(
        "转化（合作）方式", choices=offered(CooperationMode.choices(), blank=False), validate_choice=False
    )
    price = StringField("合作价格", description="只填数字；没有定数请勾选“面议”。")
    price_negotiable = BooleanField("面议")
    suitable_for = TextAreaField("适合的企业", description="行业、规模、条件，帮助我们匹配。")
    landed_locally = SelectField("是否已在许昌或河南落地", choices=offered(YES_NO), validate_choice=False)
    visibility = RadioField(
        "公开范围", choices=offered(VISIBILITIES, blank=False), default=Visibility.PUBLIC.value, validate_choice=False
    )
    contact_name = StringField("联系人", description="对接会上由谁来谈。")
    contact_title = StringField("职务（职称）")
    contact_mobile = StringField("手机")
    contact_landline = StringField("座机")
    contact_email = StringField("邮箱")
    notes = TextAreaField("备注")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, starred=(*ACHIEVEMENT_ON_FORM, "visibility"), **kwargs)

    def draft(self, required: Collection[str] = ()) -> AchievementDraft:
        """What was typed; Invalid with every complaint when it can't be read or lacks a required field."""
        self.reading.clear()
        amount = self.read("price", read_amount, Amount())
        texts: dict[str, Any] = {name: self.line(name) for name in LINES} | {name: self.body(name) for name in BODIES}
        words: dict[str, Any] = {name: self.word(name, words) for name, words in WORDS.items()}
        draft = AchievementDraft(
            **texts,
            **words,
            owner_phone=self.read("owner_phone", read_phone, ""),
            keywords=self.read("keywords", read_keywords, ()),
            kinds=self.several("kinds", AchievementKind),
            completed_year=self.read("completed_year", read_year, None),
            modes=self.several("modes", CooperationMode),
            price=amount.value,
            price_negotiable=bool(self.price_negotiable.data) or amount.negotiable,
            landed_locally=self.read("landed_locally", read_yes_no, None),
            visibility=self.word("visibility", Visibility) or Visibility.PRIVATE,
            contact=self.contact(),
        )
        self.refuse(check_achievement(draft, required=required))
        return draft

    @staticmethod
    def values(draft: AchievementDraft) -> dict[str, Any]:
        """The fields of an achievement that is already there."""
        landed = draft.landed_locally
        return {
            **{name: getattr(draft, name) for name in (*LINES, *BODIES, "owner_phone", "price_negotiable")},
            **{name: word.value if (word := getattr(draft, name)) else "" for name in WORDS},
            **contact_values(draft.contact),
            "keywords": "、".join(draft.keywords),
            "kinds": [kind.value for kind in draft.kinds],
            "completed_year": str(draft.completed_year or ""),
            "modes": [mode.value for mode in draft.modes],
            "price": f"{draft.price.normalize():f}" if draft.price is not None else "",
            "landed_locally": "" if landed is None else ("是" if landed else "否"),
            "visibility": draft.visibility.value,
        }


class BehalfAchievementForm(AchievementForm):
    """Form 5B with the institute it is for and where we know it from; for the desk."""

    credit_code = StringField("统一社会信用代码", description="18 位。没有代码的院所可以只填名称。")
    organisation_name = StringField("完成单位", description="院所或高校的全称；已登记过的会自动对上。")
    supply_kind = SelectField("所属系列", choices=offered(SupplyKind.choices()), validate_choice=False)
    told_by = StringField("反映人", description="谁提供的。")
    told_how = StringField("来源说明", description="例如 中科院专题征集、院所网站。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation_name.flags.starred = True

    def details(self) -> OrganisationDetails:
        """The institute as it was typed; Invalid for an unreadable code."""
        self.reading.clear()
        code = self.read("credit_code", read_credit_code, "")
        self.refuse(())
        draft = OrganisationDraft(name=self.line("organisation_name"), credit_code=code)
        return OrganisationDetails(draft, OrganisationKind.INSTITUTE, self.word("supply_kind", SupplyKind))

    def provenance(self) -> Provenance:
        """Who told us and how."""
        return Provenance(Source.PHONE, self.line("told_by")[:80], self.line("told_how")[:200])
