"""Forms about sending: the rules, a pause, a dead address, a special day."""

from __future__ import annotations

from datetime import time
from typing import Any

from wtforms import BooleanField, DateField, IntegerField, RadioField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.domain.entries import clean_line
from app.domain.sending import Rules
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import offered

MOST = 100_000


def _limit(label: str, description: str) -> IntegerField:
    within = NumberRange(1, MOST, f"请填 1 至 {MOST:,} 之间的整数，不限制就留空。")
    return IntegerField(label, [Optional(), within], description=description)


class RulesForm(ChineseForm):
    """When and how fast letters leave."""

    quiet_from = TimeField("免打扰开始", [Optional()], description="例如 21:00；不需要就把两个时间都留空。")
    quiet_to = TimeField("免打扰结束", [Optional()], description="例如 07:30。")
    working_days_only = BooleanField("邀请函、会前一周提醒、会后反馈等只在工作日发送")
    per_minute = _limit("每分钟最多发送", "所有信件合计，按邮件服务商的限制填写。留空不限制。")
    domain_per_minute = _limit("每分钟发往同一邮箱服务商最多", "例如同是 @qq.com 的邮箱。留空不限制。")
    per_day = _limit("每天最多发送", "例如邮件服务商每天限发 500 封。留空不限制。")
    bounces_to_suppress = IntegerField(
        "退回几次后不再发往该邮箱",
        [InputRequired("请填写次数。"), NumberRange(1, 10, "请填 1 至 10 之间的整数。")],
    )

    def validate_quiet_to(self, field: Any) -> None:
        """Both times or neither."""
        if (self.quiet_from.data is None) != (field.data is None):
            raise ValidationError("免打扰的开始和结束要一起填写，或都留空。")

    def rules(self) -> Rules:
        """The rules as a value."""
        start: time | None = self.quiet_from.data
        end: time | None = self.quiet_to.data
        return Rules(
            quiet=(start, end) if start is not None and end is not None else None,
            working_days_only=bool(self.working_days_only.data),
            per_minute=self.per_minute.data,
            per_day=self.per_day.data,
            domain_per_minute=self.domain_per_minute.data,
            bounces_to_suppress=self.bounces_to_suppress.data,
        )


class AddressForm(ChineseForm):
    """An address to which no letter is to leave."""

    address = StringField("邮箱", [InputRequired("请填写邮箱。"), Length(max=254, message="最多 254 个字符。")])
    words = TextAreaField(
        "原因", [InputRequired("请写明为什么不再发往这个邮箱。"), Length(max=500, message="最多 500 个字。")]
    )

    def given(self) -> tuple[str, str]:
        """The address and the reason."""
        return clean_line(self.address.data or ""), clean_line(self.words.data or "")


class SpecialDayForm(ChineseForm):
    """A day that differs from the state's calendar."""

    held_on = DateField("日期", [InputRequired("请填写日期。")])
    is_working = RadioField("这一天", choices=offered([("no", "放假"), ("yes", "上班")], blank=False), default="no")
    name = StringField("说明", [Length(max=40, message="最多 40 个字。")])
