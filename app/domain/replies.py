"""Owns what a reply to an invitation must hold, and when it is too late for one."""

from __future__ import annotations

from datetime import datetime

from app.domain import clock
from app.domain.drafts import ReplyDraft
from app.domain.errors import Complaint

LARGEST_PARTY = 20
LONGEST_ATTENDEES = 300
LONGEST_REASON = 500
LONGEST_NOTE = 200


def check_acceptance(draft: ReplyDraft) -> tuple[Complaint, ...]:
    """What is wrong with an acceptance: nobody named, a strange number, leaving before arriving."""
    found: list[Complaint] = []
    if not draft.attendees.strip():
        found.append(Complaint("attendees", "请填写参会人员的姓名，多人用顿号隔开。"))
    elif len(draft.attendees) > LONGEST_ATTENDEES:
        found.append(Complaint("attendees", f"参会人员最多 {LONGEST_ATTENDEES} 字，现在有 {len(draft.attendees)} 字。"))
    if not 1 <= draft.party_size <= LARGEST_PARTY:
        found.append(Complaint("party_size", f"参会人数请填 1 到 {LARGEST_PARTY} 之间的整数。"))
    if draft.arrives_at and draft.leaves_at and draft.leaves_at <= draft.arrives_at:
        found.append(Complaint("leaves_at", "离开时间应晚于到达时间。"))
    return tuple(found) + _check_note(draft)


def check_refusal(draft: ReplyDraft) -> tuple[Complaint, ...]:
    """What is wrong with a refusal: no reason, or a novel."""
    found: list[Complaint] = []
    if not draft.reason.strip():
        found.append(Complaint("reason", "请简单说明不能参加的原因，便于我们调整安排。"))
    elif len(draft.reason) > LONGEST_REASON:
        found.append(Complaint("reason", f"原因最多 {LONGEST_REASON} 字，现在有 {len(draft.reason)} 字。"))
    return tuple(found) + _check_note(draft)


def _check_note(draft: ReplyDraft) -> tuple[Complaint, ...]:
    if len(draft.note) > LONGEST_NOTE:
        return (Complaint("note", f"来源说明最多 {LONGEST_NOTE} 字，现在有 {len(draft.note)} 字。"),)
    return ()


def why_closed(invitation_state: str, event_state: str, starts_at: datetime | None, now: datetime) -> str:
    """Why the invitation takes no answer any more, in Chinese; empty while it does."""
    if event_state == "cancelled":
        return "该活动已取消，不再接受回复。"
    if invitation_state == "void":
        return "这份邀请已撤回，链接不再有效。"
    if invitation_state == "draft":
        return "这份邀请还没有发出。"
    if (
        event_state in ("held", "reported")
        or starts_at is None
        or starts_at <= now
        or invitation_state in ("attended", "absent")
    ):
        begun = f"已于{_day(starts_at)}开始" if starts_at else "已结束"
        return f"该活动{begun}，不再接受回复。"
    return ""


def why_no_roll(starts_at: datetime | None, now: datetime) -> str:
    """Why nobody can be written down as present or absent yet, in Chinese; empty from the day of the event on."""
    if starts_at is None or clock.today(now) < clock.today(starts_at):
        return "活动当天才能登记到会或缺席。"
    return ""


def why_not_invited(event_state: str, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> str:
    """Why nobody can be invited to the event any more or yet, in Chinese; empty when one can."""
    if event_state == "cancelled":
        return "该活动已取消，不能发邀请。"
    if event_state == "planned" or starts_at is None:
        return "该活动还没有确定时间地点，请先完成排期再发邀请。"
    if event_state in ("held", "reported") or (ends_at or starts_at) <= now:
        return f"该活动已于{_day(ends_at or starts_at)}结束，不能再发邀请。"
    if starts_at <= now:
        return f"该活动已于{_day(starts_at)}开始，不能再发邀请。"
    return ""


def _day(instant: datetime) -> str:
    on = clock.today(instant)
    return f"{on.year}年{on.month}月{on.day}日"
