"""Owns the lifecycle of a technology need (技术需求)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

NEED = Machine(
    noun="need",
    label="技术需求",
    states=states(
        ("draft", "草稿", "neutral"),
        ("submitted", "待审", "info"),
        ("returned", "退回", "warning"),
        ("published", "已发布", "success"),
        ("settled", "已解决", "success"),
        ("withdrawn", "已撤回", "neutral"),
        ("lapsed", "已过期", "neutral"),
    ),
    moves=(
        Move("submit", sources("draft", "returned"), "submitted", "提交审核", P.NEED_WRITE, tone="primary"),
        Move("publish", sources("submitted"), "published", "审核通过并发布", P.NEED_REVIEW, tone="primary",
             stamp="published_at"),
        Move("return", sources("submitted"), "returned", "退回修改", P.NEED_REVIEW, reason=True),
        Move("revise", sources("published", "withdrawn", "lapsed", "settled"), "draft", "修订", P.NEED_WRITE,
             confirm="修订期间这条需求不再公开，已有的推荐会暂时失效；改好后请重新提交审核。继续吗？"),
        Move("settle", sources("published"), "settled", "标记为已解决", P.NEED_WRITE, confirm="确认这条需求已经解决？"),
        Move("withdraw", sources("draft", "submitted", "returned", "published"), "withdrawn", "撤回", P.NEED_WRITE,
             confirm="撤回后不再参加匹配和对接，可随时重新修订提交。确认撤回吗？", tone="danger"),
        Move("lapse", sources("published"), "lapsed", "到期", None),
    ),
)
