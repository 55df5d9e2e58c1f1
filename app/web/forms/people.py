"""Forms about organisations, their departments and experts."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import EmailField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.domain.drafts import Contact, OrganisationDraft
from app.domain.profiles import ExpertDraft, OrganisationDetails
from app.domain.vocabulary import OrganisationKind, SupplyKind
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import offered

COMPLAINTS_SHOWN_AT = {"contact_landline": "contact_phone", "contact_mobile": "contact_phone"}
YES_NO = offered([("", "待核"), ("yes", "是"), ("no", "否")], blank=False)


def _line(label: str, longest: int, description: str = "") -> StringField:
    return StringField(label, [Length(max=longest, message=f"最多 {longest} 个字。")], description=description)


def _answer(text: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(text or "")


def yes_no(value: bool | None) -> str:
    """The form's code of a yes, a no or an open answer."""
    return "" if value is None else ("yes" if value else "no")


class OrganisationForm(ChineseForm):
    """What an organisation keeps itself: address, contact, profile."""

    address = _line("通讯地址", 200)
    legal_person = _line("法人代表", 40)
    industry = SelectField("所属行业", choices=[])
    above_scale = SelectField("是否规上企业", choices=YES_NO)
    has_cooperation = SelectField("是否有产学研合作", choices=YES_NO)
    profile = TextAreaField("单位简介", [Length(max=2000, message="最多 2,000 个字。")])
    contact_name = _line("联系人", 40, "邀请函和提醒发给此人。")
    contact_phone = _line("联系电话", 40, "11 位手机号码，或带区号的座机。")
    contact_email = EmailField("联系邮箱", [Length(max=254, message="邮箱过长，请检查。")])

    def offer_industries(self, names: list[str]) -> None:
        """Let the person choose among these industries."""
        self.industry.choices = offered((name, name) for name in names)

    def organisation_draft(self) -> OrganisationDraft:
        """The registered data that this form doesn't change come from the subclass or the row."""
        return OrganisationDraft(
            address=self.address.data or "",
            legal_person=self.legal_person.data or "",
            above_scale=_answer(self.above_scale.data),
            has_cooperation=_answer(self.has_cooperation.data),
        )

    def contact(self) -> Contact:
        """Whom letters go to; the one phone may be a landline."""
        return Contact(
            name=self.contact_name.data or "",
            landline=self.contact_phone.data or "",
            email=self.contact_email.data or "",
        )

    def details(self, name: str, credit_code: str, county: str) -> OrganisationDetails:
        """The organisation's data with the registered ones as they stand."""
        own = self.organisation_draft()
        return OrganisationDetails(
            OrganisationDraft(
                name, credit_code, county, own.address, own.legal_person, own.above_scale, own.has_cooperation
            ),
            industry=self.industry.data or "",
            profile=self.profile.data or "",
            contact=self.contact(),
        )


class RegisterForm(OrganisationForm):
    """An organisation with its registered data, as the desk and the county offices enter and change them."""

    kind = SelectField("单位类型", choices=offered(OrganisationKind.choices(), blank=False))
    supply_kind = SelectField("所属专题", choices=offered(SupplyKind.choices(), blank=False), default=SupplyKind.OTHER.value,
                              description="院所高校属于哪个系列的对接会；企业不用管这一项。")  # fmt: skip
    name = StringField("单位全称", [InputRequired("请填写单位全称。"), Length(max=100, message="最多 100 个字。")])
    credit_code = _line("统一社会信用代码", 40, "18 位；暂时没有可以留空，以后补上。")
    county = SelectField("所在县（市、区）", choices=[])

    def offer_kinds(self, kinds: Iterable[OrganisationKind]) -> None:
        """Let the person choose among these kinds only."""
        self.kind.choices = offered([(kind.value, kind.label) for kind in kinds], blank=False)

    def offer_counties(self, names: list[str]) -> None:
        """Let the person choose among these counties."""
        self.county.choices = offered([("", "许昌市以外"), *((name, name) for name in names)], blank=False)

    def full_details(self) -> OrganisationDetails:
        """All data of the form as a value."""
        part = self.details(self.name.data or "", self.credit_code.data or "", self.county.data or "")
        return OrganisationDetails(
            part.organisation,
            OrganisationKind(self.kind.data),
            SupplyKind(self.supply_kind.data),
            part.industry,
            part.profile,
            part.contact,
        )


class DepartmentForm(ChineseForm):
    """A 院系 of an institute."""

    name = StringField(
        "院系（研究所）名称", [InputRequired("请填写院系（研究所）名称。"), Length(max=80, message="最多 80 个字。")]
    )


class ExpertForm(ChineseForm):
    """Who speaks for achievements at a table."""

    name = StringField("姓名", [InputRequired("请填写姓名。"), Length(max=40, message="最多 40 个字。")])
    title = _line("职称职务", 40)
    department = _line("院系（研究所）", 80, "没有的院系会自动增加。")
    email = EmailField(
        "邮箱",
        [InputRequired("请填写邮箱，邀请函要发到这里。"), Length(max=254, message="邮箱过长，请检查。")],
        description="邀请函发到这里；同一单位内不能重复。",
    )
    mobile = TelField("手机", [Length(max=20, message="最多 20 个字符。")])

    def draft(self) -> ExpertDraft:
        """The expert as a value."""
        return ExpertDraft(
            name=self.name.data or "",
            email=self.email.data or "",
            title=self.title.data or "",
            mobile=self.mobile.data or "",
            department=self.department.data or "",
        )
