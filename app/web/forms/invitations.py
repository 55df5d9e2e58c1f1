"""Owns the forms about invitations: a guest's two answers, and the wording an organizer edits."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput, NumberInput, TimeInput

from app.domain.drafts import ReplyDraft
from app.domain.entries import clean, clean_line, fold
from app.domain.errors import Complaint, Invalid
from app.domain.replies import LARGEST_PARTY, check_acceptance, check_refusal, read_moment
from app.letters.invitations import STANDARD_BODY, STANDARD_SUBJECT, Wording

GIVEN_AT = "来宾是什么时候说的；留空表示现在。比已有答复早的，不会覆盖它。"
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class _Form(FlaskForm):
    """What the forms share: cleaned texts, and complaints put beside their fields."""

    def line(self, name: str) -> str:
        """A field's text on one line, cleaned."""
        return clean_line(str(self[name].data or ""))

    def moment(self, name: str, unreadable: list[Complaint]) -> datetime | None:
        """A field's date and time of day in Xuchang; None when empty, a complaint for what is neither."""
        try:
            return read_moment(fold(str(self[name].data or "")))
        except ValueError:
            unreadable.append(Complaint(name, "请写成 2022-03-02 15:30 这样的日期和时间，或留空。"))
            return None

    def complain(self, error: Invalid) -> None:
        """Put every complaint beside its field, or above the form when it has none here."""
        for complaint in error.complaints:
            if complaint.field in self:
                self[complaint.field].errors = [*self[complaint.field].errors, complaint.message]
            else:
                self.form_errors.append(complaint.message)


class AcceptForm(_Form):
    """应邀: who comes, how many, from when to when. `note` only where somebody else writes the answer down."""

    attendees = StringField("参会人员", description="姓名和职务，多人用顿号隔开，例如 张三（总工）、李四。")
    party_size = StringField("参会人数", widget=NumberInput(min=1, max=LARGEST_PARTY))
    arrives_at = StringField("预计到达时间", widget=TimeInput())
    leaves_at = StringField("预计离开时间", widget=TimeInput())
    note = StringField("答复来源", description="谁、什么时候、怎样答复的，例如 王经理 3 月 2 日来电。")
    given_at = StringField("答复时间", widget=DateTimeLocalInput(), description=GIVEN_AT)

    def draft(self) -> ReplyDraft:
        """The answer as a value; Invalid when a time can't be read, together with what else is wrong."""
        unreadable: list[Complaint] = []
        size = fold(str(self.party_size.data or ""))
        draft = ReplyDraft(
            attendees=self.line("attendees"),
            party_size=int(size) if size.isdecimal() and len(size) < 5 else 0,
            arrives_at=self._time("arrives_at", unreadable),
            leaves_at=self._time("leaves_at", unreadable),
            note=self.line("note"),
            given_at=self.moment("given_at", unreadable),
        )
        if unreadable:
            raise Invalid((*unreadable, *check_acceptance(draft)))
        return draft

    def _time(self, name: str, unreadable: list[Complaint]) -> time | None:
        text = fold(str(self[name].data or ""))
        if not text:
            return None
        found = _TIME.fullmatch(text)
        if found is None:
            unreadable.append(Complaint(name, f"“{text[:20]}”不是时间，请写成 09:00 这样的形式，或留空。"))
            return None
        return time(int(found[1]), int(found[2]))


class DeclineForm(_Form):
    """谢绝: why not."""

    reason = TextAreaField("不能参加的原因", description="例如 当天另有安排、需求已解决；便于我们调整洽谈。")
    note = StringField(
        "答复来源", id="decline_note", description="谁、什么时候、怎样答复的，例如 王经理 3 月 2 日来电。"
    )
    given_at = StringField("答复时间", id="decline_given_at", widget=DateTimeLocalInput(), description=GIVEN_AT)

    def draft(self) -> ReplyDraft:
        """The answer as a value."""
        unreadable: list[Complaint] = []
        draft = ReplyDraft(
            reason=clean(str(self.reason.data or "")),
            party_size=0,
            note=self.line("note"),
            given_at=self.moment("given_at", unreadable),
        )
        if unreadable:
            raise Invalid((*unreadable, *check_refusal(draft)))
        return draft


class WordingForm(_Form):
    """The letter to one guest before it is sent: whom it goes to, subject, text with placeholders."""

    contact_name = StringField("收件人姓名")
    contact_email = StringField("收件人邮箱")
    subject = StringField("邮件主题")
    body = TextAreaField("正文", description="花括号里的词会自动换成实际内容；“{回复链接}”不能缺少，并单独占一行。")

    @staticmethod
    def values(stands: Wording) -> dict[str, Any]:
        """What the fields hold at first; the standard wording where none was edited."""
        return {
            "subject": stands.subject or STANDARD_SUBJECT,
            "body": stands.body or STANDARD_BODY,
            "contact_name": stands.name,
            "contact_email": stands.email,
        }

    def draft(self) -> Wording:
        """The wording as a value, cleaned."""
        body = clean(str(self.body.data or ""))
        return Wording(self.line("subject"), body, self.line("contact_name"), self.line("contact_email"))
