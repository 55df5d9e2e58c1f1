"""Reads the outbox as the desk sees it: what waits, what left, what failed and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.domain.sending import BULK_LETTERS
from app.models.event import Event
from app.models.letter import Letter, SkippedReminder
from app.queries.paging import Page, page_of

PAGE_SIZE = 50

KIND_LABELS = {
    "invitation": "邀请函",
    "event_moved": "改期通知",
    "talks_changed": "洽谈安排变更",
    "event_cancelled": "取消通知",
    "reminder_week_before": "会前一周提醒",
    "reminder_day_before": "会前一天提醒",
    "reminder_morning": "当天提醒",
    "feedback": "会后反馈",
    "reminder_follow_up": "跟进日提醒",
}
"""What the desk calls the kinds of letters about events; other kinds show as 其他通知."""

OTHER = "其他通知"


@dataclass(frozen=True, slots=True)
class Status:
    """Where a letter stands: a code for filters, a label and the tone of its badge."""

    code: str
    label: str
    tone: str


STATUSES = {
    status.code: status
    for status in (
        Status("waiting", "等待发送", "info"),
        Status("retrying", "暂时被拒，稍后重试", "warning"),
        Status("uncertain", "待确认", "warning"),
        Status("held", "暂扣，待放行", "warning"),
        Status("sent", "已发出", "success"),
        Status("bounced", "被退回", "danger"),
        Status("failed", "发送失败", "danger"),
        Status("cancelled", "已取消", "neutral"),
    )
}


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """What the list is narrowed to."""

    text: str = ""
    status: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter as a list shows it; what may be done with it is said by `may_`..."""

    letter: Letter
    status: Status
    kind_label: str
    may_retry: bool
    may_cancel: bool
    may_confirm: bool = False
    may_release: bool = False
    may_bounce: bool = False


_PERSONAL = re.compile(r"/(rsvp|confirm|password)/[^\s\"'<>]+")


def words_of(letter: Letter) -> str:
    """What the letter says, without the signed links: these are the recipient's alone."""
    return _PERSONAL.sub(r"/\1/……（收件人的专属链接）", letter.text)


def _over() -> ColumnElement[bool]:
    return or_(Letter.sent_at.is_not(None), Letter.failed_at.is_not(None), Letter.cancelled_at.is_not(None))


def _open() -> ColumnElement[bool]:
    return and_(
        Letter.sent_at.is_(None),
        Letter.failed_at.is_(None),
        Letter.cancelled_at.is_(None),
        Letter.uncertain_at.is_(None),
        Letter.held_at.is_(None),
    )


def waiting() -> ColumnElement[bool]:
    """The letters that leave by themselves when their time comes."""
    return _open()


def _condition(code: str) -> ColumnElement[bool]:
    conditions = {
        "waiting": and_(_open(), Letter.attempts == 0),
        "retrying": and_(_open(), Letter.attempts > 0),
        "uncertain": and_(~_over(), Letter.uncertain_at.is_not(None)),
        "held": and_(~_over(), Letter.uncertain_at.is_(None), Letter.held_at.is_not(None)),
        "sent": and_(Letter.sent_at.is_not(None), Letter.bounced_at.is_(None)),
        "bounced": and_(Letter.sent_at.is_not(None), Letter.bounced_at.is_not(None)),
        "failed": and_(Letter.failed_at.is_not(None), Letter.sent_at.is_(None)),
        "cancelled": and_(Letter.cancelled_at.is_not(None), Letter.sent_at.is_(None), Letter.failed_at.is_(None)),
    }
    return conditions.get(code, true())


def status_of(letter: Letter) -> Status:
    """Where the letter stands; having left counts more than anything that happened besides."""
    if letter.sent_at is not None:
        return STATUSES["sent" if letter.bounced_at is None else "bounced"]
    if letter.failed_at is not None:
        return STATUSES["failed"]
    if letter.cancelled_at is not None:
        return STATUSES["cancelled"]
    if letter.uncertain_at is not None:
        return STATUSES["uncertain"]
    if letter.held_at is not None:
        return STATUSES["held"]
    return STATUSES["retrying" if letter.attempts else "waiting"]


def line_of(letter: Letter) -> LetterLine:
    """The letter with its labels and the buttons that make sense."""
    status = status_of(letter)
    return LetterLine(
        letter,
        status,
        KIND_LABELS.get(letter.kind, OTHER),
        may_retry=status.code == "failed",
        may_cancel=status.code in ("waiting", "retrying", "held"),
        may_confirm=status.code == "uncertain",
        may_release=status.code == "held",
        may_bounce=status.code == "sent",
    )


def chosen(wanted: LetterFilter) -> Select[Letter]:
    """The letters, narrowed, the newest first."""
    found = select(Letter).where(_condition(wanted.status))
    if wanted.kind == "other":
        found = found.where(Letter.kind.not_in(tuple(KIND_LABELS)))
    elif wanted.kind:
        found = found.where(Letter.kind == wanted.kind)
    if wanted.text:
        text = wanted.text[:100]
        found = found.where(
            or_(
                Letter.recipient.icontains(text, autoescape=True),
                Letter.recipient_name.icontains(text, autoescape=True),
                Letter.subject.icontains(text, autoescape=True),
            )
        )
    return found.order_by(Letter.id.desc())


def listed(session: Session, wanted: LetterFilter, page: int) -> tuple[Page[Letter], list[LetterLine]]:
    """One page of the outbox: the page itself and its lines with labels."""
    found = page_of(session, chosen(wanted), page, PAGE_SIZE)
    return found, [line_of(letter) for letter in found.rows]


def counts(session: Session) -> dict[str, int]:
    """How many letters stand where, by status code; one query."""
    row = session.execute(
        select(*(func.count().filter(_condition(code)).label(code) for code in STATUSES)).select_from(Letter)
    ).one()
    return {code: int(getattr(row, code)) for code in STATUSES}


def oldest_due(session: Session, now: datetime, *, bulk: bool = True) -> datetime | None:
    """Since when the oldest letter that should have left is waiting; without `bulk`, those that may wait are left out."""
    conditions = [_open(), Letter.due_at <= now]
    if not bulk:
        conditions.append(or_(Letter.priority == 0, Letter.kind.not_in(BULK_LETTERS)))
    return session.scalar(select(func.min(func.coalesce(Letter.first_due_at, Letter.due_at))).where(*conditions))


def open_and_failed(session: Session, kind: str, year: int) -> tuple[int, int]:
    """How many letters of this kind about the year's events wait, and how many failed."""
    row = session.execute(
        select(func.count().filter(_open()), func.count().filter(_condition("failed")))
        .select_from(Letter)
        .join(Event, Letter.event_id == Event.id)
        .where(Letter.kind == kind, Event.year == year)
    ).one()
    return int(row[0]), int(row[1])


def of_invitation(session: Session, invitation_id: int) -> list[LetterLine]:
    """The letters about one invitation, the newest first."""
    rows = session.scalars(select(Letter).where(Letter.invitation_id == invitation_id).order_by(Letter.id.desc()))
    return [line_of(letter) for letter in rows]


def last_calendars(session: Session, event_id: int) -> dict[int, str]:
    """By invitation id, the calendar entry of the last letter that brought one about the event, sent or waiting."""
    rows = session.execute(
        select(Letter.invitation_id, Letter.calendar)
        .where(
            Letter.event_id == event_id,
            Letter.calendar_method == "REQUEST",
            Letter.calendar != "",
            Letter.failed_at.is_(None),
            Letter.cancelled_at.is_(None),
        )
        .order_by(Letter.id)
    )
    return {invitation_id: calendar for invitation_id, calendar in rows if invitation_id is not None}


def skipped_of(session: Session, event_id: int) -> list[SkippedReminder]:
    """The event's reminders that came too late to be of use, the newest first."""
    return list(
        session.scalars(
            select(SkippedReminder)
            .where(SkippedReminder.event_id == event_id)
            .order_by(SkippedReminder.id.desc())
            .limit(100)
        )
    )
