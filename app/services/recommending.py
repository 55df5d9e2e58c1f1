"""The bridge from the offer to pairings: what is on offer is ranked, and what comes out is stored with its reasons.

Computing happens outside any transaction; storing is short. All pairings are computed anew in the background now and then;
what was published, changed or withdrawn since is followed at once, for the needs that it concerns.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Actor
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.queries import pairings as reading
from app.services import following, leases, pairings
from app.services.conduct import carry_out
from app.services.following import Corpus
from app.services.ranking import TOP, Ranker, Suggestion
from app.services.steps import Step

NAME = "recommend"
"""The job that follows the offer."""

WHOLE = "rebuild"
"""The job that computes all pairings anew."""


@dataclass
class Tally:
    """What storing changed."""

    added: int = 0
    refreshed: int = 0
    dropped: int = 0
    revived: int = 0
    unchanged: int = 0

    def counts(self) -> dict[str, int]:
        """As a dictionary, for a job's report."""
        return dict(self.__dict__)


@dataclass(frozen=True, slots=True)
class Scope:
    """What was computed: these needs with these achievements. Pairings of others are left as they are."""

    needs: Collection[int]
    offers: Collection[int]

    def holds(self, suggestion: Suggestion) -> bool:
        """Whether both sides of it are within."""
        return suggestion.need_id in self.needs and suggestion.achievement_id in self.offers


def unchanged(session: Session, on_offer: Corpus) -> Scope:
    """The part of the corpus that is on offer as it was."""
    needs, offers = reading.stamps(session)
    return Scope(
        {number for number, stamp in on_offer.need_stamps.items() if needs.get(number, stamp) == stamp},
        {number for number, stamp in on_offer.offer_stamps.items() if offers.get(number, stamp) == stamp},
    )


def compute(on_offer: Corpus, cache_dir: Path, top: int = TOP) -> list[Suggestion]:
    """The pairings of everything on offer. Touches no database.

    `cache_dir` is where the segmenter keeps its prepared dictionary.
    """
    return Ranker(on_offer.offers, on_offer.recipe, cache_dir).ranked(on_offer.needs, on_offer.asked_for, top)


def store(session: Session, suggestions: list[Suggestion], now: datetime, scope: Scope | None = None) -> Tally:
    """Write the pairings: new ones suggested, changed ones refreshed, those that fell out of the top dropped.

    What the desk decided stays decided; only score, reasons and rank follow the texts. What left the offer while the
    matcher computed is passed over, and its undecided pairings are dropped. `scope`: what was computed, if not all.
    """
    leases.lock(session, NAME)
    tally = Tally()
    needs, offers = reading.on_offer(session)
    present = reading.everything(session, scope.needs if scope else None)
    wanted = {
        (one.need_id, one.achievement_id): one
        for one in suggestions
        if one.need_id in needs and one.achievement_id in offers and (scope is None or scope.holds(one))
    }
    for key, suggestion in wanted.items():
        _write(session, present.get(key), suggestion, tally, now)
    for (need_id, achievement_id), pairing in present.items():
        gone = need_id not in needs or achievement_id not in offers
        if (need_id, achievement_id) in wanted or not (gone or scope is None or achievement_id in scope.offers):
            continue
        if pairing.state == "suggested" or (gone and pairing.state in pairings.UNTIL_OFFERED):
            reason = "需求或成果已不在对接范围内" if gone else "重新计算后不再靠前"
            carry_out(session, Step(pairing, "drop", reason=reason), PROGRAMME, now)
            tally.dropped += 1
    return tally


def _write(session: Session, pairing: Pairing | None, suggestion: Suggestion, tally: Tally, now: datetime) -> None:
    if pairing is None:
        pairing = Pairing(need_id=suggestion.need_id, achievement_id=suggestion.achievement_id)
        session.add(_fill(pairing, suggestion, now))
        tally.added += 1
        return
    if pairing.fingerprint == suggestion.fingerprint and pairing.rank == suggestion.rank:
        tally.unchanged += 1
    else:
        _fill(pairing, suggestion, now)
        tally.refreshed += 1
    if pairing.state == "dropped":
        carry_out(session, Step(pairing, "revive"), PROGRAMME, now)
        tally.revived += 1


def add(session: Session, need: Need, achievement: Achievement, note: str, actor: Actor, now: datetime) -> Pairing:
    """Pair two by hand and keep the pairing at once; `note` says why, to both sides.

    Score and reasons are there at once when this process has a matcher that holds the achievement as it is now;
    otherwise the job that is asked here brings them. Raises Invalid, NotAllowed.
    """
    pairing = pairings.add_by_hand(session, need, achievement, note, actor, now)
    if pairing.state in reading.KEPT:
        return pairing
    suggestion = _scored_now(session, need, achievement)
    if suggestion is None:
        leases.request(session, NAME, now)
    else:
        _fill(pairing, suggestion, now)
    if pairing.state == "dropped":
        carry_out(session, Step(pairing, "revive"), PROGRAMME, now)
    carry_out(session, Step(pairing, "keep", reason=note), actor, now)
    return pairing


def _scored_now(session: Session, need: Need, achievement: Achievement) -> Suggestion | None:
    known = following.usable(session)
    wanted = reading.offered_needs(session, only=[need.id])
    offered = reading.offered_achievements(session, only=[achievement.id])
    return known.ranker.pair(wanted[0], offered[0]) if known and wanted and offered else None


def _fill(pairing: Pairing, suggestion: Suggestion, now: datetime) -> Pairing:
    """Write what was computed; the sentence of a pairing added by hand is the one a person wrote."""
    pairing.score = suggestion.score
    pairing.rank = suggestion.rank
    pairing.level = suggestion.level
    pairing.reasons = list(suggestion.reasons)
    pairing.evidence = suggestion.evidence
    if not pairing.is_by_hand:
        pairing.sentence = suggestion.sentence
    pairing.fingerprint = suggestion.fingerprint
    pairing.computed_at = now
    return pairing
