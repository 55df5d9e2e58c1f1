"""The form of the page that shows the components; it is never submitted."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FileField,
    Form,
    FormField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired

from app.domain.vocabulary import CooperationMode, Maturity, Visibility
from app.web.forms.reading import CheckBoxes, offered


class SampleLine(Form):
    """One line of repeatable rows."""

    name = StringField("指标")
    present = StringField("现值")
    target = StringField("目标值")
    unit = StringField("单位")


class SampleForm(FlaskForm):
    """One field of each kind."""

    title = StringField(
        "技术需求名称", [DataRequired("请填写名称。")], description="一句话说清楚要解决什么，60 字以内。"
    )
    maturity = SelectField("所处阶段", [DataRequired("请选择。")], choices=offered(Maturity.choices()))
    problem = TextAreaField("主要问题", [DataRequired("请填写主要问题。")], description="现在怎么做、卡在哪里。")
    modes = CheckBoxes("合作方式", choices=offered(CooperationMode.choices(), blank=False))
    visibility = RadioField(
        "公开范围", choices=offered(Visibility.choices(), blank=False), default=Visibility.PUBLIC.value
    )
    budget = StringField("拟投入资金")
    valid_until = DateField("有效期至", [DataRequired("请选择日期。")])
    negotiable = BooleanField("金额面议")
    indicators = FieldList(FormField(SampleLine), "技术指标", min_entries=2, max_entries=30)
    file = FileField("附件")
