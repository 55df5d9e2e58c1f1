"""Owns the list of reminders: which there are, to whom each goes and when, its placeholders and its standard wording."""

from __future__ import annotations

from dataclasses import dataclass

LETTER_KINDS = {
    "week_before": "reminder_week_before",
    "day_before": "reminder_day_before",
    "morning": "reminder_morning",
    "feedback": "feedback",
}
"""The kind of letter that an instant of scheduler.reminders brings about, whatever the guest has answered."""

KINDS = tuple(LETTER_KINDS.values())
FOLLOW_UP_KIND = "reminder_follow_up"
ANSWER = "{回复链接}"
BLOCKS = {"{活动信息}": "facts", "{洽谈安排}": "talks", ANSWER: "answer"}

WORDS = {
    "单位": "受邀单位的名称",
    "联系人": "收信人的姓名",
    "活动": "活动名称",
    "日期": "活动日期",
    "时间": "活动起止时间",
    "地点": "活动地点",
    "距离": "发信当天离活动还有几天：今天、明天、7 天后",
    "参会人员": "来宾答复时填写的参会人员",
    "人数": "参会人数",
    "联系方式": "科技大市场的联系方式",
    "活动信息": "活动、时间、地点三行（单独成行）",
    "洽谈安排": "一对一洽谈的时间、桌号和对象（单独成行）",
    "回复链接": "来宾的专属回复链接（单独成行）",
}
FOLLOW_UP_WORDS = {
    "企业": "提出需求的企业",
    "院所": "提供成果的院所",
    "需求": "技术需求的名称",
    "成果": "科技成果的名称",
    "阶段": "对接事项现在的阶段",
    "意向": "登记的合作意向",
    "备注": "登记的备注",
    "日期": "登记的下次跟进日",
}

_HEAD = "{单位}：\n\n{联系人}您好！"
_FOOT = "\n\n如有疑问，请联系{联系方式}。\n\n许昌科技大市场\n"
_COMING = "\n\n{活动信息}\n\n参会人员：{参会人员}（共 {人数} 人）\n\n{洽谈安排}\n\n"
_ASKING = "\n\n{活动信息}\n\n{洽谈安排}\n\n"
_CHANGE = "如人员或时间有变，请通过链接更改：\n\n{回复链接}"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder. `what`: the instant of scheduler.reminders it belongs to; `to` and `when` say it in Chinese."""

    code: str
    what: str
    label: str
    when: str
    to: str
    subject: str
    body: str
    required: str = ANSWER

    @property
    def blocks(self) -> dict[str, str]:
        """The placeholders that stand on a line of their own, and the part of the letter each is filled with."""
        return {} if self.what == "follow_up" else BLOCKS

    @property
    def words(self) -> dict[str, str]:
        """The placeholders of its wording, with their meaning."""
        return FOLLOW_UP_WORDS if self.what == "follow_up" else WORDS


REMINDERS = {
    one.code: one
    for one in (
        Reminder(
            "week_before", "week_before", "会前一周提醒", "会前 7 天 09:00", "已应邀的来宾",
            "会期临近：{活动}，{日期}",
            f"{_HEAD}您应邀参加的活动{{距离}}举行，请预留时间：{_COMING}{_CHANGE}{_FOOT}",
        ),
        Reminder(
            "week_before_unanswered", "week_before", "催请答复（会前一周）", "会前 7 天 09:00", "还没有答复的来宾",
            "请回复邀请：{活动}，{日期}",
            f"{_HEAD}下面的活动{{距离}}举行，我们还没有收到贵单位的回复：{_ASKING}"
            f"请尽快通过链接回复能否参加、由谁参加，以便为您保留座位：\n\n{ANSWER}{_FOOT}",
        ),
        Reminder(
            "day_before", "day_before", "会前一天提醒", "会前 1 天 09:00", "已应邀的来宾",
            "{距离}见：{活动}，{时间}",
            f"{_HEAD}您应邀参加的活动{{距离}}举行，请准时到会：{_COMING}{_CHANGE}{_FOOT}",
        ),
        Reminder(
            "day_before_unanswered", "day_before", "催请答复（会前一天）", "会前 1 天 09:00", "还没有答复的来宾",
            "请今天回复：{活动}，{时间}",
            f"{_HEAD}下面的活动{{距离}}举行，我们还没有收到贵单位的回复：{_ASKING}"
            f"请今天通过链接回复能否参加、由谁参加，以便为您保留座位：\n\n{ANSWER}{_FOOT}",
        ),
        Reminder(
            "morning", "morning", "当天提醒", "活动当天 07:30", "已应邀的来宾",
            "今天的活动：{活动}，{时间}",
            f"{_HEAD}今天的活动恭候您的到来：{_ASKING}"
            f"临时不能到会，请通过链接告知，以便调整洽谈安排：\n\n{ANSWER}\n\n现场联系：{{联系方式}}。\n\n许昌科技大市场\n",
        ),
        Reminder(
            "feedback", "feedback", "会后反馈", "会后第一个工作日 09:00", "到会的来宾；没有登记到会情况时，已应邀的来宾",
            "请告诉我们对接的结果：{活动}",
            f"{_HEAD}感谢贵单位参加 {{日期}}的“{{活动}}”。\n\n{{洽谈安排}}\n\n"
            "请告诉我们：哪些洽谈有继续合作的意向，下一步打算怎么做，需要我们协助什么。"
            "直接回信，或联系{联系方式}即可，我们会逐项跟进。\n\n许昌科技大市场\n",
            required="",
        ),
        Reminder(
            "follow_up", "follow_up", "跟进日提醒", "登记的下次跟进日 09:00", "许昌科技大市场",
            "今天该跟进：{企业}与{院所}",
            "登记的下次跟进日是{日期}：\n\n企业：{企业}\n需求：{需求}\n院所：{院所}\n成果：{成果}\n阶段：{阶段}\n"
            "意向：{意向}\n备注：{备注}\n\n跟进后请登记进展和新的跟进日。\n",
            required="",
        ),
    )
}  # fmt: skip
"""The reminders by code, in the order in which they fall due."""


def code_of(what: str, answered: str) -> str:
    """Which reminder an instant is for a guest with this answer ("accepted" or "unanswered")."""
    unanswered = f"{what}_unanswered"
    return unanswered if answered != "accepted" and unanswered in REMINDERS else what
