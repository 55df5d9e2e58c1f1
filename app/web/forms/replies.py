"""The form that takes a sheet of answers."""

from __future__ import annotations

from datetime import datetime

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import DateTimeLocalInput

from app.domain.entries import fold
from app.domain.errors import Complaint, Invalid
from app.domain.replies import read_moment


class ReplySheetForm(FlaskForm):
    """The file, and when answers were given that do not say so themselves."""

    file = FileField("答复表")
    given_at = StringField(
        "没有写答复时间的行，按这个时间",
        widget=DateTimeLocalInput(),
        description="来宾答复的时间，不是导入的时间；每行都写了可以留空。",
    )

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen."""
        if not field.data:
            raise ValidationError("请选择要上传的 .xlsx 或 .csv 文件。")

    def moment(self) -> datetime | None:
        """The time for the whole sheet; Invalid for what is none."""
        try:
            return read_moment(fold(str(self.given_at.data or "")))
        except ValueError as error:
            message = "请写成 2022-03-02 15:30 这样的日期和时间，或留空。"
            raise Invalid((Complaint("given_at", message),)) from error
