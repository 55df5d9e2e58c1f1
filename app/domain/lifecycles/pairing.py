"""Owns the lifecycle of a pairing of a need and an achievement (供需匹配)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

PAIRING = Machine(
    noun="pairing",
    label="供需匹配",
    states=states(
        ("suggested", "推荐", "info"),
        ("shortlisted", "入选", "success"),
        ("introduced", "已牵线", "success"),
        ("met", "已面谈", "success"),
        ("dismissed", "不合适", "neutral"),
        ("banned", "不再推荐", "danger"),
        ("dropped", "已失效", "neutral"),
    ),
    moves=(
        Move("keep", sources("suggested", "dismissed"), "shortlisted", "入选", P.PAIRING_DECIDE, tone="primary"),
        Move("dismiss", sources("suggested", "shortlisted"), "dismissed", "不合适", P.PAIRING_DECIDE, reason=True),
        Move("ban", sources("suggested", "shortlisted", "dismissed"), "banned", "不再推荐", P.PAIRING_DECIDE,
             reason=True, tone="danger"),
        Move("release", sources("shortlisted", "dismissed", "banned"), "suggested", "恢复为推荐", P.PAIRING_DECIDE),
        Move("introduce", sources("shortlisted"), "introduced", "牵线", P.PAIRING_DECIDE,
             confirm="牵线后，双方在系统里能看到对方的单位名称和联系方式。确认牵线吗？"),
        Move("meet", sources("shortlisted", "introduced"), "met", "登记面谈", P.PAIRING_DECIDE),
        Move("drop", sources("suggested", "shortlisted", "introduced", "dismissed"), "dropped", "失效", None),
        Move("revive", sources("dropped"), "suggested", "重新推荐", None),
    ),
)
