"""The form all our forms derive from: what WTForms itself has to say, it says in Chinese."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms.meta import DefaultMeta


class ChineseForm(FlaskForm):
    """A form with its CSRF token and with the library's own messages in Chinese."""

    class Meta(FlaskForm.Meta):
        """Take the translations that come with WTForms instead of those of Flask-Babel."""

        locales = ("zh",)

        def get_translations(self, form: Any) -> Any:
            """The library's Chinese words."""
            return DefaultMeta.get_translations(self, form)
