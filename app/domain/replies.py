"""Owns what a reply to an invitation must hold, when it is too late for one, and what the guest is told about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain import clock
from app.domain.drafts import ReplyDraft
from app.domain.errors import Complaint

LARGEST_PARTY = 20
LONGEST_ATTENDEES = 300
LONGEST_REASON = 500
LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer: a seat, a place in the line, a refusal noted, or nothing because a newer answer stands.

    `place` counts from 1; `left` are free seats that were too few for the party; `stands` and `given` name the answer
    that stands and when the older one was given.
    """

    result: Literal["accepted", "waiting", "declined", "older"]
    seats: int = 0
    place: int = 0
    left: int = 0
    stands: str = ""
    given: str = ""

    @property
    def tone(self) -> str:
        """How a page shows it: success, or warning for what the person may not have expected."""
        return "success" if self.result in ("accepted", "declined") else "warning"

    @property
    def words(self) -> str:
        """The true answer in one or two sentences."""
        if self.result == "accepted":
            return f"已应邀，共 {self.seats} 人。在活动开始之前随时可以更改。"
        if self.result == "waiting":
            return waiting_words(self.place, self.left, self.seats)
        if self.result == "declined":
            return "已登记为不能参加。在活动开始之前随时可以更改。"
        return f"已有更新的答复：{self.stands}。这一答复给出得较早（{self.given}），没有覆盖，已记入经过。"


def waiting_words(place: int, left: int, wanted: int) -> str:
    """已满，已进入候补，第 3 位 -- or what is left when the seats are too few for this party alone."""
    if left > 0:
        return (
            f"只剩 {left} 个座位，不够 {wanted} 人，已进入候补，第 {place} 位。"
            f"改为 {left} 人以内可立即参加；有足够空位时会写信告知。"
        )
    return f"已满，已进入候补，第 {place} 位。有空位时会写信告知，请留意邮箱。"


def standing_words(place: int, left: int, wanted: int) -> str:
    """候补，第 3 位, as it stands later; and what a smaller party could have at once."""
    smaller = f"现在有 {left} 个空位，改为 {left} 人以内可立即参加。" if left > 0 else ""
    return f"候补，第 {place} 位（{wanted} 人）。{smaller}有足够空位时会写信告知，请留意邮箱。"


def kept_words(seats: int, until: str) -> str:
    """What a guest reads for whom seats are kept."""
    return f"已为贵单位保留 {seats} 个座位，请在 {until} 之前确认参加；逾期未确认，座位让给下一位候补。"


ENDED_WORDS = "候补已结束，目前没有为贵单位保留座位。可以重新提交：有空位即可参加，没有空位则从队尾重新候补。"


def has_said_yes(state: str) -> bool:
    """Whether saying yes again only changes what was said: the guest is seated or in line, and has no offer to take."""
    return state in ("accepted", "waiting")


def room_words(left: int, waiting: int) -> str:
    """本场还剩 3 个座位, or what answering yes means when there are none."""
    if left > 0:
        return f"本场还剩 {left} 个座位。"
    return f"本场座位已满，提交后进入候补（目前 {waiting} 家在候补）。" if waiting else "本场座位已满，提交后进入候补。"


def why_too_many(wanted: int, limit: int, held: int) -> str:
    """Why an enterprise may not take so many seats, in Chinese; empty when it may. `limit` 0: there is none."""
    if not limit or wanted <= limit:
        return ""
    more = f"，贵单位已有 {held} 个，还可以增加 {max(limit - held, 0)} 个" if held else ""
    return f"为让更多企业参加，本场每家企业最多 {limit} 个座位{more}；请把参会人数改为 {limit} 人以内。"


def check_given_at(given_at: datetime | None, sent_at: datetime | None, now: datetime) -> tuple[Complaint, ...]:
    """What is wrong with when an answer is said to have been given: in the future, or before there was anything to answer."""
    if given_at is None:
        return ()
    if given_at > now:
        return (Complaint("given_at", "答复时间不能晚于现在，请核对日期和时间。"),)
    if sent_at is not None and given_at.replace(second=59) < sent_at:
        return (Complaint("given_at", f"邀请在 {clock.local(sent_at):%Y-%m-%d %H:%M} 才发出，答复时间不能早于它。"),)
    return ()


def read_moment(text: str) -> datetime | None:
    """2022-03-02 15:30 (also with T, /, seconds) on the wall clock of Xuchang as an instant; None for nothing.

    Raises ValueError for anything else.
    """
    wanted = text.strip().replace("T", " ").replace("/", "-")
    return datetime.strptime(wanted[:16].strip(), "%Y-%m-%d %H:%M").replace(tzinfo=clock.LOCAL) if wanted else None


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
