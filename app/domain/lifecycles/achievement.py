"""Owns the lifecycle of an achievement (科技成果)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

ACHIEVEMENT = Machine(
    noun="achievement",
    label="科技成果",
    states=states(
        ("draft", "草稿", "neutral"),
        ("submitted", "待审", "info"),
        ("returned", "退回", "warning"),
        ("listed", "已入库", "success"),
        ("transferred", "已转化", "success"),
        ("withdrawn", "已撤回", "neutral"),
    ),
    moves=(
        Move("submit", sources("draft", "returned"), "submitted", "提交审核", P.ACHIEVEMENT_WRITE, tone="primary"),
        Move("list", sources("submitted"), "listed", "审核通过并入库", P.ACHIEVEMENT_REVIEW, tone="primary",
             stamp="listed_at"),
        Move("return", sources("submitted"), "returned", "退回修改", P.ACHIEVEMENT_REVIEW, reason=True),
        Move("revise", sources("listed", "withdrawn", "transferred"), "draft", "修订", P.ACHIEVEMENT_WRITE,
             confirm="修订期间这项成果不再公开，已有的推荐会暂时失效；改好后请重新提交审核。继续吗？"),
        Move("transfer", sources("listed"), "transferred", "标记为已转化", P.ACHIEVEMENT_WRITE,
             confirm="确认这项成果已经转化，不再参加对接？"),
        Move("withdraw", sources("draft", "submitted", "returned", "listed"), "withdrawn", "撤回",
             P.ACHIEVEMENT_WRITE, confirm="撤回后不再参加匹配和对接，可随时重新修订提交。确认撤回吗？", tone="danger"),
    ),
)
