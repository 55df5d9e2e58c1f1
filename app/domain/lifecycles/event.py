"""Owns the lifecycle of an event of the year's programme (活动)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

EVENT = Machine(
    noun="event",
    label="活动",
    states=states(
        ("planned", "计划", "neutral"),
        ("scheduled", "已排期", "info"),
        ("announced", "已公告", "success"),
        ("held", "已举办", "success"),
        ("reported", "已总结", "success"),
        ("cancelled", "取消", "danger"),
    ),
    moves=(
        Move("fix", sources("planned"), "scheduled", "确定时间地点", P.EVENT_PLAN, tone="primary"),
        Move("announce", sources("scheduled"), "announced", "对外公告", P.EVENT_PLAN, tone="primary"),
        Move("postpone", sources("scheduled", "announced"), "scheduled", "改期", P.EVENT_PLAN,
             confirm="改期后会通知已受邀的来宾，提醒按新时间重新计算。确认改期吗？"),
        Move("hold", sources("announced", "scheduled"), "held", "登记已举办", P.EVENT_PLAN, stamp="held_at"),
        Move("report", sources("held"), "reported", "完成总结", P.EVENT_PLAN),
        Move("cancel", sources("planned", "scheduled", "announced"), "cancelled", "取消活动", P.EVENT_PLAN,
             confirm="取消后会通知所有已受邀的来宾，座位和洽谈安排一并作废。确认取消吗？", reason=True, tone="danger",
             stamp="cancelled_at"),
    ),
)
