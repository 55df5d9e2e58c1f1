"""Owns the lifecycle of a person's place in an organisation (单位账号)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

MEMBERSHIP = Machine(
    noun="membership",
    label="单位账号",
    states=states(
        ("requested", "待审核", "info"),
        ("active", "有效", "success"),
        ("refused", "未通过", "warning"),
        ("ended", "已停用", "neutral"),
    ),
    moves=(
        Move("approve", sources("requested", "refused"), "active", "审核通过", P.PEOPLE_APPROVE, tone="primary"),
        Move("refuse", sources("requested"), "refused", "不予通过", P.PEOPLE_APPROVE, reason=True),
        Move("end", sources("active"), "ended", "停用", P.PEOPLE_APPROVE,
             confirm="停用后此人不能再以该单位身份登录。确认停用吗？", tone="danger"),
        Move("restore", sources("ended"), "active", "恢复", P.PEOPLE_APPROVE),
    ),
)
