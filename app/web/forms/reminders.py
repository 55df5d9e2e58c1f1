"""Owns the form of a reminder's wording."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from app.domain.entries import clean, clean_line


class ReminderForm(FlaskForm):
    """Subject and text with placeholders."""

    subject = StringField("邮件主题")
    body = TextAreaField("正文", description="花括号里的词发信时自动换成实际内容；标明“单独成行”的要独占一行。")

    def words(self) -> tuple[str, str]:
        """(subject, body) as they were typed, cleaned."""
        return clean_line(str(self.subject.data or "")), clean(str(self.body.data or ""))
