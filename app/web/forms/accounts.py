"""Log-in, enrolment, password and own-account forms: text in, plain values out."""

from __future__ import annotations

from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField, TelField
from wtforms.validators import EqualTo, InputRequired, Length

from app.domain.drafts import OrganisationDraft
from app.domain.profiles import EnrolDraft, JoinDraft
from app.domain.vocabulary import OrganisationKind
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import offered

LONGEST_PASSWORD = 256
PASSWORD_HELP = "至少 8 个字符，最长 256 个；可以用一句话，空格和汉字都行。"  # noqa: S105 - a sentence on the page
OUTSIDE = "outside"  # the code of a seat beyond the prefecture; the empty one means that nobody has chosen yet
CODE_HELP = "营业执照或事业单位法人证书上的 18 位代码。"


def _required(message: str) -> InputRequired:
    return InputRequired(message)


def _at_most(longest: int) -> Length:
    return Length(max=longest, message=f"最多 {longest} 个字符。")


def _password(label: str, message: str, description: str = "") -> PasswordField:
    return PasswordField(label, [_required(message), _at_most(LONGEST_PASSWORD)], description=description)


class SignInForm(ChineseForm):
    """Address and password; says nothing of whether either exists."""

    email = EmailField("邮箱", [_required("请填写登录邮箱。"), _at_most(254)])
    password = _password("密码", "请填写密码。")


class JoinForm(ChineseForm):
    """The organisation somebody wants to act for."""

    kind = RadioField(
        "单位类型",
        [_required("请选择单位类型。")],
        choices=offered(
            [(kind.value, kind.label) for kind in (OrganisationKind.ENTERPRISE, OrganisationKind.INSTITUTE)],
            blank=False,
        ),
        default=OrganisationKind.ENTERPRISE.value,
    )
    organisation_name = StringField(
        "单位全称", [_required("请填写单位全称。"), _at_most(100)], description="与营业执照或公章一致。"
    )
    credit_code = StringField("统一社会信用代码", [_required("请填写 18 位统一社会信用代码。"), _at_most(40)],
                              description=CODE_HELP)  # fmt: skip
    county = SelectField("所在县（市、区）", [_required("请选择单位所在的县（市、区）。")], choices=[],
                         description="许昌市外的单位选“许昌市以外”。")  # fmt: skip
    title = StringField("您在单位的职务", [_at_most(40)])

    def offer_counties(self, names: list[str]) -> None:
        """Let the person choose among these counties or elsewhere; nothing is chosen in advance."""
        self.county.choices = offered([*((name, name) for name in names), (OUTSIDE, "许昌市以外")])

    def join_draft(self) -> JoinDraft:
        """The organisation as a value."""
        return JoinDraft(
            OrganisationDraft(
                name=self.organisation_name.data or "",
                credit_code=self.credit_code.data or "",
                county="" if self.county.data == OUTSIDE else self.county.data or "",
            ),
            OrganisationKind(self.kind.data),
            (self.title.data or "").strip(),
        )


class SignUpForm(JoinForm):
    """A person with the organisation they want to act for."""

    name = StringField("姓名", [_required("请填写姓名。"), _at_most(40)])
    mobile = TelField("手机", [_required("请填写 11 位手机号码。"), _at_most(20)])
    email = EmailField("邮箱", [_required("请填写邮箱，登录和通知都用它。"), _at_most(254)],
                       description="用来登录和接收通知，请填经常查看的邮箱。")  # fmt: skip
    password = _password("设置密码", "请设置密码。", PASSWORD_HELP)
    again = PasswordField(
        "再输入一次密码", [_required("请再输入一次密码。"), EqualTo("password", "两次输入的密码不一样。")]
    )
    consent = BooleanField(
        "我同意许昌科技大市场为供需对接使用以上信息",
        [_required("请勾选同意，否则不能建立账号。")],
        description="联系方式只用于本项行动；双方牵线前不会给对方看到。",
    )

    def draft(self) -> EnrolDraft:
        """The request as a value."""
        return EnrolDraft(
            name=self.name.data or "",
            mobile=self.mobile.data or "",
            email=self.email.data or "",
            password=self.password.data or "",
            join=self.join_draft(),
        )


class ForgottenForm(ChineseForm):
    """The address a link to a new password goes to."""

    email = EmailField("登录邮箱", [_required("请填写登录邮箱。"), _at_most(254)])


class NewPasswordForm(ChineseForm):
    """A new password, twice."""

    password = _password("新密码", "请填写新密码。", PASSWORD_HELP)
    again = PasswordField(
        "再输入一次新密码", [_required("请再输入一次新密码。"), EqualTo("password", "两次输入的密码不一样。")]
    )


class ChangePasswordForm(NewPasswordForm):
    """A new password with the old one as proof."""

    old = _password("现在的密码", "请填写现在的密码。")


class OwnDataForm(ChineseForm):
    """One's own name and number."""

    name = StringField("姓名", [_required("请填写姓名。"), _at_most(40)])
    mobile = TelField("手机", [_required("请填写 11 位手机号码。"), _at_most(20)])
