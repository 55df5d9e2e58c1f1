"""Owns the invitation, the notice of a change and the cancellation; and the wording an organizer may edit per guest.

The edited wording is plain text with placeholders in braces. It is filled in by replacing these words and nothing
else: what a person typed is never run as a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import Complaint
from app.letters import calendars, wording
from app.letters.occasions import Facts
from app.letters.writing import Letter, render

STANDARD_SUBJECT = "邀请函：{活动}，{日期}"
STANDARD_BODY = """{单位}：

{联系人}您好！

诚邀贵单位参加许昌市政研企联动创新行动“{活动}”。

时间：{时间}
地点：{地点}

{邀请理由}

{洽谈安排}

请通过下面的专属链接回复能否参加、由谁参加（无需登录，活动开始前可随时更改）：

{回复链接}

如有疑问，请联系{联系方式}。

许昌科技大市场
"""

WORDS = {
    "单位": "受邀单位的名称",
    "联系人": "收信人的姓名",
    "活动": "活动名称",
    "日期": "活动日期",
    "时间": "活动起止时间",
    "地点": "活动地点",
    "联系方式": "科技大市场的联系方式",
    "邀请理由": "邀请理由（单独成行，自动列出每一项供需匹配）",
    "洽谈安排": "一对一洽谈的时间、桌号和对象（单独成行）",
    "回复链接": "来宾的专属回复链接（单独成行，不能缺少）",
}
BLOCKS = {"{邀请理由}": "reasons", "{洽谈安排}": "talks", "{回复链接}": "answer"}
MARK = "{回复链接}"


@dataclass(frozen=True, slots=True)
class Wording:
    """What an organizer may edit of one invitation: whom it goes to, subject and text with placeholders."""

    subject: str
    body: str
    name: str
    email: str


def complaints(subject: str, body: str) -> tuple[Complaint, ...]:
    """What is wrong with an edited wording: unknown placeholders, a missing link, a block inside a sentence."""
    return wording.complaints(subject, body, WORDS, BLOCKS, MARK)


def invitation(facts: Facts, subject: str, body: str, key: str, now: datetime) -> Letter:
    """The invitation with its calendar entry; empty `subject` or `body` stands for the standard wording."""
    values = values_of(facts)
    words = {
        "subject": wording.filled(subject or STANDARD_SUBJECT, values),
        "blocks": wording.blocks(body or STANDARD_BODY, values, BLOCKS),
    }
    return _with_entry("invitation", facts, "REQUEST", key, now, priority=5, **words)


def moved(facts: Facts, key: str, now: datetime) -> Letter:
    """The notice that an event has a new date or place; updates the calendar entry."""
    return _with_entry("event_moved", facts, "REQUEST", key, now)


def rearranged(facts: Facts, key: str, now: datetime) -> Letter:
    """The notice that the guest's one-to-one talks have changed; updates the calendar entry."""
    return _with_entry("talks_changed", facts, "REQUEST", key, now)


def cancelled(facts: Facts, reason: str, whole_event: bool, key: str, now: datetime) -> Letter:
    """The notice that the event, or this guest's invitation alone, is called off; takes the entry out of calendars."""
    return _with_entry("event_cancelled", facts, "CANCEL", key, now, reason=reason, whole_event=whole_event)


def _with_entry(
    folder: str, facts: Facts, method: calendars.Method, key: str, now: datetime, *, priority: int = 2, **values: Any
) -> Letter:
    """A letter to the guest that carries the calendar entry; changes go before invitations."""
    return render(
        folder,
        key=key,
        to=facts.email,
        to_name=facts.contact,
        calendar=calendars.entry(facts, method, now),
        calendar_method=method,
        event_id=facts.event_id,
        invitation_id=facts.invitation_id,
        priority=priority,
        facts=facts,
        **values,
    )


def values_of(facts: Facts) -> dict[str, str]:
    """What stands for the placeholders that are single words."""
    return {
        "单位": facts.organisation,
        "联系人": facts.contact,
        "活动": facts.title,
        "日期": facts.date,
        "时间": facts.when,
        "地点": facts.place,
        "联系方式": facts.desk.line,
    }
