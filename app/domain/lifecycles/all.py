"""Owns the list of all lifecycles, by noun."""

from app.domain.lifecycles.achievement import ACHIEVEMENT
from app.domain.lifecycles.event import EVENT
from app.domain.lifecycles.follow_up import FOLLOW_UP
from app.domain.lifecycles.invitation import INVITATION
from app.domain.lifecycles.lexicon_entry import LEXICON_ENTRY
from app.domain.lifecycles.membership import MEMBERSHIP
from app.domain.lifecycles.need import NEED
from app.domain.lifecycles.pairing import PAIRING
from app.domain.lifecycles.ranking_model import RANKING_MODEL
from app.domain.lifecycles.upload import UPLOAD
from app.domain.machine import Machine

LIFECYCLES: dict[str, Machine] = {
    machine.noun: machine
    for machine in (MEMBERSHIP, NEED, ACHIEVEMENT, UPLOAD, PAIRING, EVENT, INVITATION, FOLLOW_UP, LEXICON_ENTRY,
                    RANKING_MODEL)
}  # fmt: skip
