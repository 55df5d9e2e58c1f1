"""Owns the lifecycle of an entry that the desk adds to the lexicon (词条)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

LEXICON_ENTRY = Machine(
    noun="lexicon_entry",
    label="词条",
    states=states(
        ("draft", "待启用", "info"),
        ("enabled", "已启用", "success"),
        ("retired", "已停用", "neutral"),
    ),
    moves=(
        Move("enable", sources("draft", "retired"), "enabled", "启用", P.LEXICON_EDIT, tone="primary", stamp="enabled_at",
             confirm="启用后，所有推荐会在后台按新的词典重新计算；已经作出的决定不变。确认启用吗？"),
        Move("retire", sources("enabled"), "retired", "停用", P.LEXICON_EDIT, reason=True, tone="danger",
             stamp="retired_at"),
        Move("discard", sources("draft"), "retired", "放弃", P.LEXICON_EDIT, stamp="retired_at",
             confirm="放弃后，这个词条不会生效，以后仍可修改后启用。确认放弃吗？"),
        Move("yield", sources("enabled"), "retired", "由修改后的词条代替", None, stamp="retired_at"),
    ),
)
