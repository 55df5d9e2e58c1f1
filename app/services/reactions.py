"""Owns the two tables of consequence: what must hold before a move, and which move brings about which.

The functions live with their nouns; this page only says when they are called. See docs/states.md.
"""

from __future__ import annotations

from app.services import accounts, achievements, invitations, needs
from app.services.steps import Condition, Reaction

CONDITIONS: dict[tuple[str, str], Condition] = {
    ("membership", "end"): accounts.still_in_use,
    ("need", "submit"): needs.ready,
    ("need", "publish"): needs.publishable,
    ("achievement", "submit"): achievements.ready,
    ("invitation", "send"): invitations.sendable,
    ("invitation", "accept"): invitations.answerable,
    ("invitation", "decline"): invitations.answerable,
}

REACTIONS: dict[tuple[str, str], tuple[Reaction, ...]] = {
    ("membership", "approve"): (accounts.approved,),
    ("membership", "refuse"): (accounts.refused,),
    ("membership", "restore"): (accounts.approved,),
    ("membership", "end"): (accounts.ended,),
    ("need", "submit"): (needs.submitted,),
    ("need", "return"): (needs.returned,),
    ("need", "publish"): (needs.published,),
    ("need", "revise"): (needs.left,),
    ("need", "withdraw"): (needs.left,),
    ("need", "settle"): (needs.left,),
    ("need", "lapse"): (needs.left,),
    ("achievement", "submit"): (achievements.submitted,),
    ("achievement", "return"): (achievements.returned,),
    ("achievement", "list"): (achievements.listed,),
    ("achievement", "revise"): (achievements.left,),
    ("achievement", "withdraw"): (achievements.left,),
    ("achievement", "transfer"): (achievements.left,),
    ("invitation", "send"): (invitations.sent,),
    ("invitation", "decline"): (invitations.declined,),
    ("invitation", "void"): (invitations.voided,),
    ("invitation", "renew"): (invitations.renewed,),
    ("event", "postpone"): (invitations.event_moved,),
    ("event", "cancel"): (invitations.event_cancelled,),
    ("pairing", "drop"): (invitations.pairing_dropped,),
    ("pairing", "dismiss"): (invitations.pairing_dropped,),
    ("pairing", "ban"): (invitations.pairing_dropped,),
}
