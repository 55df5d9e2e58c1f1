"""How the text of a submitted form becomes values, and how complaints get beside their fields."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.drafts import Contact
from app.domain.entries import clean, clean_line, read_email, read_mobile, read_phone
from app.domain.errors import Complaint, Invalid
from app.domain.vocabulary import Word

Value = TypeVar("Value")
AnyWord = TypeVar("AnyWord", bound=Word)

ELSEWHERE = {"contact_phone": "contact_mobile", "name": "organisation_name", "organisation": "credit_code"}
"""Complaints about what has no field of its own name on a form."""
_KEY = re.compile(r"[0-9a-f]{32}")


def offered(pairs: Iterable[tuple[str, str]], *, blank: bool = True) -> list[SelectChoice]:
    """(code, label) pairs as the choices of a field, after an empty one unless `blank` is off."""
    return [SelectChoice(code, label) for code, label in ([("", "请选择")] if blank else []) + list(pairs)]


class CheckBoxes(SelectMultipleField):
    """Several of a list, as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RecordForm(FlaskForm):
    """What the forms of needs and achievements share: files, the version they show, and the key of the sheet of paper.

    `form_key` is new for every blank form: the same sheet handed in twice makes one record. `action` says which
    button was pressed: draft, submit, or row (one more line, nothing saved).
    """

    files = MultipleFileField(
        "附件", description="图片（JPG、PNG、WebP）或 PDF，最多 5 个，每个不超过 10 MB，一次共不超过 20 MB。"
    )
    version = HiddenField()
    form_key = HiddenField()
    action = StringField()  # the buttons bear this name; not a hidden field, which would come first

    def __init__(self, *args: Any, starred: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: list[Complaint] = []
        for name in starred:
            if name in self:
                self[name].flags.starred = True
        if not _KEY.fullmatch(str(self.form_key.data or "")):
            self.form_key.data = secrets.token_hex(16)

    @property
    def sent(self) -> bool:
        """Whether this is a form to be saved, not a page to be shown or one more line asked for."""
        return bool(self.is_submitted()) and self.action.data != "row"

    @property
    def hands_in(self) -> bool:
        """Whether 提交审核 was pressed."""
        return bool(self.action.data == "submit")

    @property
    def shown_version(self) -> int | None:
        """The version that the person saw when they began; -1, which no record has, for nonsense."""
        text = str(self.version.data or "")
        return None if not text else int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else -1

    def uploads(self) -> list[tuple[str, bytes]]:
        """(name, content) of the chosen files."""
        chosen = [one for one in self.files.data or [] if getattr(one, "filename", "")]
        return [(one.filename, one.read()) for one in chosen]

    def line(self, name: str) -> str:
        """A field's text on one line, cleaned."""
        return clean_line(str(self[name].data or ""))

    def body(self, name: str) -> str:
        """A text area's text, cleaned."""
        return clean(str(self[name].data or ""))

    def read(self, name: str, reader: Callable[[str], Value], empty: Value) -> Value:
        """The field's value; what can't be read leaves a complaint and gives `empty`."""
        try:
            return reader(str(self[name].data or ""))
        except Invalid as error:
            self.reading.append(Complaint(name, error.message))
            return empty

    def word(self, name: str, words: type[AnyWord]) -> AnyWord | None:
        """The chosen member of a vocabulary; None for nothing or for what was never offered."""
        return _member(words, str(self[name].data or ""))

    def several(self, name: str, words: type[AnyWord]) -> tuple[AnyWord, ...]:
        """The chosen members of a vocabulary, in the order of the list."""
        chosen = {str(code) for code in self[name].data or []}
        return tuple(member for member in words if member.value in chosen)

    def contact(self) -> Contact:
        """The contact's fields."""
        return Contact(
            name=self.line("contact_name"),
            title=self.line("contact_title"),
            mobile=self.read("contact_mobile", read_mobile, ""),
            landline=self.read("contact_landline", read_phone, ""),
            email=self.read("contact_email", read_email, ""),
        )

    def refuse(self, complaints: Iterable[Complaint]) -> None:
        """Raise Invalid with what could not be read and these complaints, at most one for each field."""
        first: dict[str, Complaint] = {}
        for complaint in (*self.reading, *complaints):
            first.setdefault(complaint.field, complaint)
        if first:
            raise Invalid(tuple(first.values()))

    def complain(self, complaints: Iterable[Complaint]) -> None:
        """Put every complaint beside its field, or above the form when it has none."""
        for complaint in complaints:
            name = complaint.field if complaint.field in self else ELSEWHERE.get(complaint.field, "")
            if name in self:
                self[name].errors = [*self[name].errors, complaint.message]
            else:
                self.form_errors.append(complaint.message)


def _member(words: type[AnyWord], code: str) -> AnyWord | None:
    return next((member for member in words if member.value == code), None)


def contact_values(contact: Contact) -> dict[str, str]:
    """The contact as the form's fields hold it."""
    return {
        "contact_name": contact.name,
        "contact_title": contact.title,
        "contact_mobile": contact.mobile,
        "contact_landline": contact.landline,
        "contact_email": contact.email,
    }


def remarks_of(values: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The reviewer's remarks among a request's values: `remark-<field>` for the fields that have one."""
    typed = {name: clean(values.get(f"remark-{name}", "")) for name in names}
    return {name: text for name, text in typed.items() if text}
