"""Reads the kept pairings of one organisation as it may see them: without the other side's contacts and hidden names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor, Role
from app.domain.masking import without_contacts, without_name
from app.domain.vocabulary import Visibility
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries import achievements, needs
from app.queries.introductions import achievements_known_to, needs_known_to
from app.queries.paging import Page, page_of
from app.queries.pairings import KEPT

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Match:
    """A kept pairing from one side. `reasons`: kind, label and weight, without quotations; `known`: they were introduced."""

    own_id: int
    own_title: str
    their_id: int
    their_title: str
    their_organisation: str
    state_label: str
    state_tone: str
    sentence: str
    reasons: tuple[dict[str, Any], ...]
    known: bool


def visible_to(actor: Actor) -> Select[Pairing]:
    """The kept pairings of the actor's organisation whose other side is in its sight."""
    found = select(Pairing).where(Pairing.state.in_(KEPT))
    if actor.role is Role.ENTERPRISE:
        own = needs.own(actor).with_only_columns(Need.id)
        seen = achievements.visible_to(actor).with_only_columns(Achievement.id)
    elif actor.role is Role.INSTITUTE:
        own = achievements.own(actor).with_only_columns(Achievement.id)
        seen = needs.visible_to(actor).with_only_columns(Need.id)
        return found.where(Pairing.achievement_id.in_(own), Pairing.need_id.in_(seen))
    else:
        return found.where(false())
    return found.where(Pairing.need_id.in_(own), Pairing.achievement_id.in_(seen))


def listed(session: Session, actor: Actor, number: int) -> Page[Match]:
    """One page of them, the newest need first and best first within it."""
    chosen = visible_to(actor).options(
        joinedload(Pairing.need).joinedload(Need.organisation).joinedload(Organisation.county),
        joinedload(Pairing.achievement).joinedload(Achievement.organisation),
    )
    page = page_of(
        session, chosen.order_by(Pairing.need_id.desc(), Pairing.score.desc(), Pairing.id), number, PAGE_SIZE
    )
    demand = actor.role is Role.ENTERPRISE
    known_to = achievements_known_to if demand else needs_known_to
    known = set(session.scalars(known_to(actor.organisation_id)))
    rows = tuple(_of_firm(row, known) if demand else _of_institute(row, known) for row in page.rows)
    return Page(rows, page.number, page.pages, page.total)


def _of_firm(pairing: Pairing, known: set[int]) -> Match:
    need, achievement = pairing.need, pairing.achievement
    seen = achievements.shown(achievement, known=achievement.id in known)
    hidden = achievement.visibility == Visibility.ANONYMOUS.value and not seen.known
    return _match(pairing, need, seen, achievement.organisation.name if hidden else "")


def _of_institute(pairing: Pairing, known: set[int]) -> Match:
    need, achievement = pairing.need, pairing.achievement
    seen = needs.shown(need, known=need.id in known)
    hidden = need.visibility == Visibility.ANONYMOUS.value and not seen.known
    return _match(pairing, achievement, seen, need.organisation.name if hidden else "")


def _match(
    pairing: Pairing,
    own: Need | Achievement,
    theirs: needs.SeenNeed | achievements.SeenAchievement,
    hidden_name: str,
) -> Match:
    def plain(text: str) -> str:
        return text if theirs.known else without_name(without_contacts(text), hidden_name)

    return Match(
        own_id=own.id,
        own_title=own.title,
        their_id=theirs.id,
        their_title=theirs.content.title,
        their_organisation=theirs.organisation,
        state_label=pairing.state_label,
        state_tone=pairing.state_tone,
        sentence=plain(pairing.sentence),
        reasons=tuple(
            {"kind": one["kind"], "label": plain(one["label"]), "weight": one["weight"]} for one in pairing.reasons
        ),
        known=theirs.known,
    )
