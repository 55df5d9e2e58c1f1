"""Forms of the desk's editable lists: counties, industries, venues, years."""

from __future__ import annotations

from wtforms import BooleanField, DateField, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from app.domain.entries import clean_line, split_list
from app.domain.profiles import VenueDraft, WordDraft, YearDraft
from app.domain.xuchang import LEADING, RISING, STRONG
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import offered

TIERS = offered([("", "其他"), (LEADING, LEADING), (STRONG, STRONG), (RISING, RISING)], blank=False)
ALIASES_HELP = "表格里可能出现的其他叫法，用“、”分开；每个叫法只能属于一行。"


def _name(label: str, longest: int) -> StringField:
    return StringField(
        label, [InputRequired(f"请填写{label}。"), Length(max=longest, message=f"最多 {longest} 个字。")]
    )


def _number(label: str, least: int, most: int, description: str = "") -> IntegerField:
    within = NumberRange(least, most, f"请填 {least} 至 {most} 之间的整数。")
    return IntegerField(label, [InputRequired(f"请填写{label}。"), within], description=description)


def _aliases() -> TextAreaField:
    return TextAreaField("别名", [Length(max=1000, message="最多 1,000 个字。")], description=ALIASES_HELP)


class IndustryForm(ChineseForm):
    """One industry."""

    name = _name("行业名称", 40)
    tier = SelectField("层次", choices=TIERS)
    aliases = _aliases()
    position = _number("顺序", 0, 999, "数字小的排在前面。")

    def draft(self) -> WordDraft:
        """The industry as a value."""
        return WordDraft(
            clean_line(self.name.data or ""), split_list(self.aliases.data or ""), self.position.data or 0,
            tier=self.tier.data or "",
        )  # fmt: skip


class CountyForm(ChineseForm):
    """One county or zone."""

    code = StringField(
        "代码",
        [
            InputRequired("请填写代码。"),
            Regexp(r"^\d{6}[A-Z]?$", message="请填 6 位行政区划代码，功能区后面加一个大写字母。"),
        ],
        description="GB/T 2260 的 6 位代码；功能区没有代码，用市的代码加一个大写字母。",
    )
    name = _name("名称", 40)
    aliases = _aliases()
    is_zone = BooleanField("是功能区（示范区、开发区等）")
    position = _number("顺序", 0, 999, "数字小的排在前面。")

    def draft(self) -> WordDraft:
        """The county as a value."""
        return WordDraft(
            clean_line(self.name.data or ""), split_list(self.aliases.data or ""), self.position.data or 0,
            code=self.code.data or "", is_zone=bool(self.is_zone.data),
        )  # fmt: skip


class VenueForm(ChineseForm):
    """One venue."""

    name = _name("会场名称", 80)
    address = StringField("地址", [Length(max=200, message="最多 200 个字。")])
    capacity = _number("可容纳人数", 1, 5000)
    tables = _number("洽谈桌数", 0, 200)
    county = SelectField("所在县（市、区）", choices=[])

    def offer_counties(self, names: list[str]) -> None:
        """Let the person choose among these counties."""
        self.county.choices = offered([("", "不填"), *((name, name) for name in names)], blank=False)

    def draft(self) -> VenueDraft:
        """The venue as a value."""
        return VenueDraft(
            clean_line(self.name.data or ""), clean_line(self.address.data or ""), self.capacity.data or 1,
            self.tables.data or 0, self.county.data or "",
        )  # fmt: skip


class OpenYearForm(ChineseForm):
    """A year to be opened."""

    year = _number("年份", 2000, 2100)


class YearForm(ChineseForm):
    """One year's name and period; the minimums are one number field per quota, made by `with_quotas`."""

    name = _name("行动名称", 100)
    starts_on = DateField("开始日期", [InputRequired("请填写开始日期。")])
    ends_on = DateField("结束日期", [InputRequired("请填写结束日期。")])
    note = TextAreaField("说明", [Length(max=2000, message="最多 2,000 个字。")])

    def draft(self) -> YearDraft:
        """The year as a value."""
        minimums = tuple(
            (int(name.removeprefix("quota_")), int(field.data or 0))
            for name, field in self._fields.items()
            if name.startswith("quota_")
        )
        return YearDraft(
            clean_line(self.name.data or ""), self.starts_on.data, self.ends_on.data, self.note.data or "", minimums
        )


def with_quotas(labels: dict[int, str]) -> type[YearForm]:
    """The year's form with one number field per quota id."""
    fields = {f"quota_{quota_id}": _number(label, 0, 365) for quota_id, label in labels.items()}
    return type("YearWithQuotasForm", (YearForm,), fields)


def quota_fields(form: Form) -> list[object]:
    """The number fields that `with_quotas` made, in their order."""
    return [field for field in form if field.name.startswith("quota_")]
