"""Owns the lifecycle of an uploaded spreadsheet (表格导入)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

UPLOAD = Machine(
    noun="upload",
    label="导入表格",
    states=states(
        ("checked", "已检查，未导入", "info"),
        ("accepted", "已导入", "success"),
        ("undone", "已撤销", "neutral"),
        ("discarded", "已放弃", "neutral"),
    ),
    moves=(
        Move("accept", sources("checked"), "accepted", "导入", P.SHEET_IMPORT, tone="primary"),
        Move("undo", sources("accepted"), "undone", "撤销整批导入", P.SHEET_IMPORT,
             confirm="本批新增的记录会全部撤回。确认撤销吗？", tone="danger"),
        Move("discard", sources("checked"), "discarded", "放弃", P.SHEET_IMPORT),
    ),
)
