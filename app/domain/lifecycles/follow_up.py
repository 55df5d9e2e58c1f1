"""Owns the lifecycle of a follow-up from intent to landing (跟踪)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

FOLLOW_UP = Machine(
    noun="follow_up",
    label="跟踪",
    states=states(
        ("intent", "意向", "info"),
        ("talks", "洽谈", "info"),
        ("signed", "签约", "success"),
        ("landed", "落地", "success"),
        ("paused", "搁置", "warning"),
        ("ended", "终止", "neutral"),
    ),
    moves=(
        Move("talk", sources("intent"), "talks", "进入洽谈", P.FOLLOW_UP_WRITE, tone="primary"),
        Move("sign", sources("talks"), "signed", "登记签约", P.FOLLOW_UP_WRITE, tone="primary"),
        Move("land", sources("signed"), "landed", "登记落地", P.FOLLOW_UP_WRITE, tone="primary"),
        Move("pause", sources("intent", "talks", "signed"), "paused", "搁置", P.FOLLOW_UP_WRITE, reason=True),
        Move("resume", sources("paused"), "talks", "恢复洽谈", P.FOLLOW_UP_WRITE),
        Move("end", sources("intent", "talks", "signed", "paused"), "ended", "终止", P.FOLLOW_UP_WRITE, reason=True,
             tone="danger"),
    ),
)
