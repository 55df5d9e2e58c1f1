"""Owns the two tables of consequence: what must hold before a move, and which move brings about which.

The functions live with their nouns; this page only says when they are called. See docs/states.md.
"""

from __future__ import annotations

from app.services import accounts, achievements, events, invitations, lexicon, needs, pairings, waiting_list
from app.services.steps import Condition, Reaction

CONDITIONS: dict[tuple[str, str], Condition] = {
    ("membership", "end"): accounts.still_in_use,
    ("need", "submit"): needs.ready,
    ("need", "publish"): needs.publishable,
    ("achievement", "submit"): achievements.ready,
    ("invitation", "send"): invitations.sendable,
    ("invitation", "accept"): invitations.answerable,
    ("invitation", "decline"): invitations.answerable,
    ("invitation", "wait"): invitations.answerable,
    ("invitation", "offer"): waiting_list.offerable,
    ("invitation", "attend"): invitations.countable,
    ("invitation", "miss"): invitations.countable,
    ("event", "fix"): events.fixable,
    ("event", "announce"): events.announceable,
    ("event", "postpone"): events.postponable,
    ("event", "hold"): events.holdable,
    ("event", "cancel"): events.cancellable,
    ("pairing", "keep"): pairings.on_offer,
    ("pairing", "release"): pairings.on_offer,
    ("pairing", "introduce"): pairings.on_offer,
    ("lexicon_entry", "enable"): lexicon.previewed,
}

REACTIONS: dict[tuple[str, str], tuple[Reaction, ...]] = {
    ("membership", "approve"): (accounts.approved,),
    ("membership", "refuse"): (accounts.refused,),
    ("membership", "restore"): (accounts.approved,),
    ("membership", "end"): (accounts.ended,),
    ("need", "submit"): (needs.submitted,),
    ("need", "return"): (needs.returned,),
    ("need", "publish"): (needs.published,),
    ("need", "revise"): (needs.left, pairings.drop_for),
    ("need", "withdraw"): (needs.left, pairings.drop_for),
    ("need", "settle"): (needs.left, pairings.drop_for),
    ("need", "lapse"): (needs.left, pairings.drop_for),
    ("achievement", "submit"): (achievements.submitted,),
    ("achievement", "return"): (achievements.returned,),
    ("achievement", "list"): (achievements.listed,),
    ("achievement", "revise"): (achievements.left, pairings.drop_for),
    ("achievement", "withdraw"): (achievements.left, pairings.drop_for),
    ("achievement", "transfer"): (achievements.left, pairings.drop_for),
    ("invitation", "send"): (invitations.sent,),
    ("invitation", "decline"): (invitations.declined,),
    ("invitation", "offer"): (waiting_list.offered,),
    ("invitation", "retract"): (waiting_list.retracted,),
    ("invitation", "expire"): (waiting_list.unseated,),
    ("invitation", "remove"): (waiting_list.unseated,),
    ("invitation", "void"): (invitations.voided,),
    ("invitation", "renew"): (invitations.renewed,),
    ("event", "postpone"): (invitations.event_moved,),
    ("event", "cancel"): (invitations.event_cancelled, events.cancelled),
    ("pairing", "drop"): (invitations.pairing_dropped, pairings.left),
    ("pairing", "dismiss"): (invitations.pairing_dropped, pairings.left),
    ("pairing", "ban"): (invitations.pairing_dropped, pairings.left),
    ("pairing", "keep"): (pairings.kept,),
    ("pairing", "release"): (invitations.pairing_dropped, pairings.left),
    ("lexicon_entry", "enable"): (lexicon.enabled,),
}
