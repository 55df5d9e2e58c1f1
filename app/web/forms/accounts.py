"""Log-in, enrolment and password forms: text in, plain values out."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

LONGEST_PASSWORD = 256


class SignInForm(FlaskForm):
    """Address and password; says nothing of whether either exists."""

    email = EmailField("邮箱", [InputRequired("请填写登录邮箱。"), Length(max=254, message="邮箱过长，请检查。")])
    password = PasswordField(
        "密码",
        [InputRequired("请填写密码。"), Length(max=LONGEST_PASSWORD, message="密码最长 256 个字符。")],
    )
