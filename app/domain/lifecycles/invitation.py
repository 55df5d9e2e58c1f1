"""Owns the lifecycle of an invitation of one organisation to one event (邀请)."""

from app.domain.machine import Machine, Move, sources, states
from app.domain.permissions import Permission as P

INVITATION = Machine(
    noun="invitation",
    label="邀请",
    states=states(
        ("draft", "待发出", "neutral"),
        ("sent", "已发出，待回复", "info"),
        ("accepted", "应邀", "success"),
        ("waiting", "候补", "warning"),
        ("offered", "有空位，待确认", "info"),
        ("declined", "谢绝", "warning"),
        ("unseated", "候补未入席", "neutral"),
        ("attended", "到会", "success"),
        ("absent", "缺席", "danger"),
        ("lapsed", "未回复", "neutral"),
        ("void", "作废", "neutral"),
    ),
    moves=(
        Move("send", sources("draft"), "sent", "发出邀请", P.INVITATION_SEND, tone="primary", stamp="sent_at"),
        Move("accept", sources("sent", "waiting", "offered", "declined", "unseated", "lapsed"), "accepted", "接受邀请",
             P.INVITATION_ANSWER, stamp="replied_at"),
        Move("wait", sources("sent", "declined", "unseated", "lapsed"), "waiting", "进入候补", P.INVITATION_ANSWER,
             stamp="replied_at"),
        Move("decline", sources("sent", "accepted", "waiting", "offered", "unseated", "lapsed"), "declined", "谢绝邀请",
             P.INVITATION_ANSWER, reason=True, stamp="replied_at"),
        Move("offer", sources("waiting"), "offered", "提供空位", P.INVITATION_SEND, reason=True),
        Move("retract", sources("offered"), "waiting", "收回空位", P.INVITATION_SEND, reason=True),
        Move("expire", sources("offered"), "unseated", "空位逾期未确认", None),
        Move("remove", sources("waiting", "offered"), "unseated", "移出候补", P.INVITATION_SEND, reason=True,
             tone="danger"),
        Move("attend", sources("sent", "accepted", "waiting", "offered", "declined", "unseated", "lapsed", "absent"),
             "attended", "登记到会", P.INVITATION_RECORD),
        Move("miss", sources("accepted", "attended"), "absent", "登记缺席", P.INVITATION_RECORD),
        Move("lapse", sources("sent"), "lapsed", "逾期未回复", None),
        Move("void", sources("draft", "sent", "accepted", "waiting", "offered", "declined", "unseated", "lapsed"), "void",
             "作废", P.INVITATION_SEND, confirm="作废后来宾的链接失效，座位释放。确认作废吗？", tone="danger"),
        Move("renew", sources("void"), "draft", "重新邀请", P.INVITATION_SEND),
    ),
)
