"""The form that takes a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField
from wtforms.validators import ValidationError

from app.domain.vocabulary import SheetKind


class UploadForm(FlaskForm):
    """Which kind of sheet, and the file."""

    kind = RadioField("表格内容", validate_choice=False)
    file = FileField("表格文件")

    def offer(self, kinds: Sequence[SheetKind]) -> None:
        """Offer these kinds; the first is chosen until the person chooses."""
        self.kind.choices = [(kind.value, kind.label) for kind in kinds]
        if self.kind.data is None and kinds:
            self.kind.data = kinds[0].value

    def validate_kind(self, field: RadioField) -> None:
        """One of those offered."""
        if field.data not in {value for value, _ in field.choices}:
            raise ValidationError("请选择表格内容：技术需求或科技成果。")

    def validate_file(self, field: FileField) -> None:
        """A file must have been chosen."""
        if not field.data:
            raise ValidationError("请选择要上传的 .xlsx 或 .csv 文件。")

    @property
    def chosen(self) -> SheetKind:
        """The kind chosen; only after validation."""
        return SheetKind(self.kind.data)
