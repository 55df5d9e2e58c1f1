"""Owns the form with which the desk pairs a need and an achievement by hand."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, TextAreaField

from app.domain.entries import clean_line
from app.domain.errors import Complaint, Invalid
from app.web.forms.complaints import show

WHICH = "请先搜索，再选择一项成果。"


class HandForm(FlaskForm):
    """Which achievement, and why. `achievement` is one of a list of search results."""

    achievement = IntegerField("成果")
    note = TextAreaField(
        "配对理由", description="请写双方都能看的一句话，例如 某企业的拉丝工序正需要这项润滑工艺。邀请函会原样引用。"
    )

    @property
    def achievement_id(self) -> int:
        """The achievement chosen; Invalid when none was."""
        number = self.achievement.data
        if number is None or not 0 < number <= 2147483647:
            raise Invalid((Complaint("achievement", WHICH),))
        return int(number)

    @property
    def reason(self) -> str:
        """The reason on one line, cleaned."""
        return clean_line(str(self.note.data or ""))

    def complain(self, error: Invalid) -> None:
        """Put every complaint beside its field."""
        show(self, error)
