"""Owns the lifecycle of a trained ranking model (匹配模型); at most one is active, without one the shipped weights rank."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

RANKING_MODEL = Machine(
    noun="ranking_model",
    label="匹配模型",
    states=states(
        ("candidate", "候选", "info"),
        ("active", "使用中", "success"),
        ("former", "已停用", "neutral"),
    ),
    moves=(
        Move("activate", sources("candidate", "former"), "active", "启用", P.RANKING_CHOOSE, tone="primary",
             stamp="activated_at"),
        Move("rest", sources("active"), "former", "停用", P.RANKING_CHOOSE),
        Move("give_way", sources("active"), "former", "换用另一个模型", None),
    ),
)
