"""The form for days on which an organisation or one of its experts cannot come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from wtforms import SelectField, StringField
from wtforms.validators import Length
from wtforms.widgets import DateInput

from app.domain.entries import clean_line, read_date
from app.domain.errors import Complaint, Invalid
from app.domain.profiles import LONGEST_ABSENCE_NOTE, AbsenceDraft
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import offered


class AbsenceForm(ChineseForm):
    """Who cannot come, from when to when."""

    expert = SelectField("谁不能到会", choices=[], default="")
    starts_on = StringField("从哪天", widget=DateInput())
    ends_on = StringField("到哪天", widget=DateInput(), description="只有一天的可以不填。")
    note = StringField("原因", [Length(max=LONGEST_ABSENCE_NOTE, message=f"最多 {LONGEST_ABSENCE_NOTE} 个字。")])

    def offer_experts(self, experts: Iterable[tuple[int, str]]) -> None:
        """Let the person choose the whole organisation or one of these experts: (id, name)."""
        rows = [("", "全单位"), *((str(number), name) for number, name in experts)]
        self.expert.choices = offered(rows, blank=False)

    def draft(self) -> AbsenceDraft:
        """What was filled in. Raises Invalid for a day that cannot be read."""
        chosen = self.expert.data or ""
        return AbsenceDraft(
            int(chosen) if chosen.isascii() and chosen.isdecimal() else None,
            self._day("starts_on"),
            self._day("ends_on"),
            self.note.data or "",
        )

    def _day(self, name: str) -> date | None:
        text = clean_line(str(self[name].data or ""))
        try:
            return read_date(text)
        except Invalid as error:
            raise Invalid((Complaint(name, error.message),)) from error
