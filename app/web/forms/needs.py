"""The form of a technology need (技术需求征集表, 5A), filled in by the firm or on its behalf."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from wtforms import BooleanField, FieldList, Form, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.widgets import DateInput

from app.domain.drafts import Indicator, NeedDraft, OrganisationDraft, Provenance
from app.domain.entries import Amount, clean_line, read_amount, read_credit_code, read_date, read_keywords
from app.domain.errors import Complaint
from app.domain.profiles import OrganisationDetails
from app.domain.validation import LABELS, MOST_INDICATORS, NEED_ON_FORM, check_need
from app.domain.vocabulary import (
    CooperationMode,
    HighTechField,
    NeedCategory,
    OrganisationKind,
    Source,
    Urgency,
    Visibility,
)
from app.web.forms.reading import CheckBoxes, RecordForm, contact_values, offered

SPARE_ROWS = 2
TEXTS = ("title", "industry", "problem", "key_technology", "goal", "basis", "wanted_institutes", "wanted_experts")
VISIBILITIES = [
    (Visibility.PUBLIC.value, "公开：网站上人人可见，包括单位名称；联系方式不公开"),
    (Visibility.INSTITUTES.value, "仅院所可见：只有登记的院所高校能看到"),
    (Visibility.ANONYMOUS.value, "匿名公开：内容公开，单位名称隐去，双方同意后才告知"),
    (Visibility.PRIVATE.value, "不公开：只有科技大市场和主管部门用于匹配"),
]
ON_BEHALF = (Source.COUNTY, Source.VISIT, Source.ENVOY, Source.ONSITE, Source.PHONE)
REMARKABLE = {
    **{name: LABELS[name] for name in ("title", "category", "field", "industry", "problem", "key_technology")},
    "indicators": "量化指标",
    **{name: LABELS[name] for name in ("goal", "basis", "keywords", "modes", "budget", "valid_until")},
    "visibility": "公开范围",
    "contact_name": LABELS["contact_name"],
    "files": "附件",
}
"""The fields a reviewer may write a remark about, with their labels."""
REMARKS = {"reason": "审核意见", **REMARKABLE}
"""The remarks a record may carry, with their labels."""


class IndicatorForm(Form):
    """指标 / 现值 / 目标值 / 单位."""

    name = StringField("指标名称")
    present = StringField("现值")
    target = StringField("目标值")
    unit = StringField("单位")


class NeedForm(RecordForm):
    """Form 5A. `draft()` gives the value; `values(draft)` what the fields of a saved need hold."""

    title = StringField("技术需求名称", description="一句话说清要解决什么，60 个字以内。")
    category = SelectField("需求类别", choices=offered(NeedCategory.choices()), validate_choice=False)
    field = SelectField("所属技术领域", choices=offered(HighTechField.choices()), validate_choice=False)
    industry = StringField("所属产业领域", description="例如 发制品、超硬材料、食品机械；可从提示中选，也可以自己写。")
    problem = TextAreaField(
        "主要问题", description="现在用什么工艺和设备，卡在哪里，造成什么损失。至少 10 个字，尽量写出数据。"
    )
    key_technology = TextAreaField(
        "技术关键与主要指标", description="需要突破的关键技术。下面的量化指标填了的，这里可以不填。"
    )
    indicators = FieldList(
        FormField(IndicatorForm),
        "量化指标",
        max_entries=MOST_INDICATORS + 1,
        description="一行一个指标，写得越具体，匹配越准。空行不用管。",
    )
    goal = TextAreaField("预期目标", description="希望达到的效果和经济效益。")
    basis = TextAreaField("现有基础", description="已有的人员、设备，做过的试验。")
    keywords = StringField("关键词", description="1 至 5 个，用“、”分开，例如 激光熔覆、耐磨涂层、刀具。")
    modes = CheckBoxes("合作方式", choices=offered(CooperationMode.choices(), blank=False), validate_choice=False)
    budget = StringField("拟投入资金", description="只填数字；没有定数请勾选“面议”。")
    budget_negotiable = BooleanField("面议")
    wanted_institutes = StringField("意向合作单位", description="有想找的院所、高校可以写在这里。")
    wanted_experts = StringField("意向专家")
    valid_until = StringField("有效期至", widget=DateInput(), description="到期后自动下架，下架前可以修订延长。")
    urgency = SelectField("紧迫程度", choices=offered(Urgency.choices()), validate_choice=False)
    visibility = RadioField(
        "公开范围", choices=offered(VISIBILITIES, blank=False), default=Visibility.PUBLIC.value, validate_choice=False
    )
    contact_name = StringField("联系人")
    contact_title = StringField("职务")
    contact_mobile = StringField("手机")
    contact_landline = StringField("座机")
    contact_email = StringField("邮箱")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, starred=(*NEED_ON_FORM, "visibility"), **kwargs)
        blank = sum(1 for entry in self.indicators.entries if not any(_cells(entry.form)))
        wanted = 1 if self.is_submitted() and self.action.data == "row" else 0
        for _ in range(max(SPARE_ROWS - blank, wanted)):
            if len(self.indicators.entries) < MOST_INDICATORS:
                self.indicators.append_entry()

    def draft(self, today: date | None, required: Collection[str] = ()) -> NeedDraft:
        """What was typed; Invalid with every complaint when it can't be read or lacks a required field."""
        self.reading.clear()
        amount = self.read("budget", read_amount, Amount())
        draft = NeedDraft(
            title=self.line("title"),
            category=self.word("category", NeedCategory),
            field=self.word("field", HighTechField),
            industry=self.line("industry"),
            problem=self.body("problem"),
            key_technology=self.body("key_technology"),
            indicators=tuple(Indicator(*cells) for entry in self.indicators if any(cells := _cells(entry.form))),
            goal=self.body("goal"),
            basis=self.body("basis"),
            keywords=self.read("keywords", read_keywords, ()),
            modes=self.several("modes", CooperationMode),
            budget=amount.value,
            budget_negotiable=bool(self.budget_negotiable.data) or amount.negotiable,
            wanted_institutes=self.line("wanted_institutes"),
            wanted_experts=self.line("wanted_experts"),
            valid_until=self.read("valid_until", read_date, None),
            urgency=self.word("urgency", Urgency),
            visibility=self.word("visibility", Visibility) or Visibility.PRIVATE,
            contact=self.contact(),
        )
        self.refuse(check_need(draft, required=required, today=today if required else None))
        return draft

    @staticmethod
    def values(draft: NeedDraft) -> dict[str, Any]:
        """The fields of a need that is already there."""
        return {
            **{name: getattr(draft, name) for name in TEXTS},
            **contact_values(draft.contact),
            "category": draft.category.value if draft.category else "",
            "field": draft.field.value if draft.field else "",
            "indicators": [
                {"name": row.name, "present": row.present, "target": row.target, "unit": row.unit}
                for row in draft.indicators
            ],
            "keywords": "、".join(draft.keywords),
            "modes": [mode.value for mode in draft.modes],
            "budget": f"{draft.budget.normalize():f}" if draft.budget is not None else "",
            "budget_negotiable": draft.budget_negotiable,
            "valid_until": draft.valid_until.isoformat() if draft.valid_until else "",
            "urgency": draft.urgency.value if draft.urgency else "",
            "visibility": draft.visibility.value,
        }


class BehalfNeedForm(NeedForm):
    """Form 5A with the firm it is for and where we know it from; for the desk and the county offices."""

    credit_code = StringField("统一社会信用代码", description="18 位。已登记过的企业填代码即可，其余会自动带出。")
    organisation_name = StringField("企业名称", description="第一次登记的企业请填全称，与营业执照一致。")
    county = SelectField("所在县（市、区）", choices=offered(()), validate_choice=False)
    source = SelectField(
        "来源",
        choices=offered([(source.value, source.label) for source in ON_BEHALF], blank=False),
        default=Source.VISIT.value,
        validate_choice=False,
    )
    told_by = StringField("反映人", description="谁告诉我们的，例如 技术部 王工。")
    told_how = StringField("了解经过", description="怎么了解到的，例如 2 月 15 日现场走访。")
    visited_on = StringField("走访日期", widget=DateInput())

    def __init__(self, *args: Any, counties: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.county.choices = offered((name, name) for name in counties)
        for name in ("credit_code", "source", "told_by"):
            self[name].flags.starred = True

    def details(self) -> OrganisationDetails:
        """The firm as it was typed, with the need's contact as its own; Invalid for an unreadable code."""
        self.reading.clear()
        draft = OrganisationDraft(
            name=self.line("organisation_name"),
            credit_code=self.read("credit_code", read_credit_code, ""),
            county=self.line("county"),
        )
        contact = self.contact()
        self.refuse(())
        return OrganisationDetails(draft, OrganisationKind.ENTERPRISE, contact=contact)

    def provenance(self) -> Provenance:
        """Who told us, how and when; Invalid for an unreadable date."""
        self.reading.clear()
        source = self.word("source", Source)
        given = Provenance(
            source if source in ON_BEHALF else Source.VISIT,
            self.line("told_by"),
            self.line("told_how"),
            self.read("visited_on", read_date, None),
        )
        unsaid = self.hands_in and not given.told_by
        self.refuse([Complaint("told_by", "请写明是谁反映的，企业核实时会看到。")] if unsaid else ())
        return given


def _cells(row: Any) -> tuple[str, str, str, str]:
    name, present, target, unit = (
        clean_line(str(row[cell].data or "")) for cell in ("name", "present", "target", "unit")
    )
    return name, present, target, unit
