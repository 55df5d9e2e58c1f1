"""Reads outlooks of needs, and pairs of needs or achievements that resemble each other, as the asker may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import CITY, Actor
from app.domain.errors import Missing
from app.domain.vocabulary import Visibility
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.outlook import Outlook, Resemblance
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.queries import achievements, needs
from app.queries.paging import Page, page_of
from app.queries.pairings import OFFERED_ACHIEVEMENT, OFFERED_NEED

PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class Holder:
    """Who covers a need: an institute or an expert (`kind`), and up to three achievements in sight."""

    kind: str
    name: str
    achievements: tuple[Achievement, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """A need that asks for much the same; `together`: close enough for one session."""

    need: Need
    likeness: float
    together: bool


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a need's page shows beside its pairings: `help` are Chinese sentences, filled while nothing good is there."""

    help: tuple[str, ...]
    covering: tuple[Holder, ...]
    similar: tuple[Alike, ...]


NOTHING = Prospect((), (), ())


@dataclass(frozen=True, slots=True)
class Advice:
    """What a firm is told while nothing good is there for its need: in its own words, nobody else's."""

    barrier: str
    unknown: tuple[str, ...]


def advice(session: Session, actor: Actor, need: Need) -> Advice | None:
    """For the owner of a published need: what it could do; None while there is something good, or nothing is known."""
    owned = need.organisation_id == actor.organisation_id and need.state == OFFERED_NEED
    outlook = session.get(Outlook, need.id) if owned else None
    if outlook is None or not outlook.help:
        return None
    return Advice(outlook.help.get("barrier", ""), tuple(outlook.help.get("unknown", ())))


def outdated(session: Session, most: int) -> Sequence[int]:
    """Published needs whose pairings were computed since their outlook was, the oldest first."""
    newest = select(Pairing.need_id, func.max(Pairing.computed_at).label("at")).group_by(Pairing.need_id).subquery()
    chosen = (
        select(Need.id)
        .outerjoin(Outlook, Outlook.need_id == Need.id)
        .outerjoin(newest, newest.c.need_id == Need.id)
        .where(Need.state == OFFERED_NEED, or_(Outlook.need_id.is_(None), Outlook.computed_at < newest.c.at))
        .order_by(Outlook.computed_at.is_not(None), Outlook.computed_at, Need.id)
        .limit(most)
    )
    return session.scalars(chosen).all()


def of_need(session: Session, actor: Actor, need_id: int) -> Prospect:
    """The outlook of a need that is in the actor's sight; what it names is left out where it is not."""
    outlook = session.get(Outlook, need_id)
    if outlook is None:
        return NOTHING
    wanted = {number for one in outlook.covering for number in one["achievements"]}
    seen = achievements.visible_to(actor).where(Achievement.id.in_(wanted), Achievement.state == OFFERED_ACHIEVEMENT)
    if actor.role not in CITY:  # whose it is, not everybody may read
        seen = seen.where(Achievement.visibility == Visibility.PUBLIC.value)
    offered = {one.id: one for one in session.scalars(seen)}
    alike = {one["need"]: one for one in outlook.similar}
    near = needs.visible_to(actor).where(Need.id.in_(alike), Need.state == OFFERED_NEED)
    found = session.scalars(near.options(joinedload(Need.organisation).joinedload(Organisation.county)))
    similar = [Alike(one, alike[one.id]["likeness"], alike[one.id]["together"]) for one in found]
    return Prospect(
        help=tuple(outlook.help.get("sentences", ())) if actor.role in CITY else (),
        covering=tuple(_holders(outlook.covering, offered)),
        similar=tuple(sorted(similar, key=lambda one: (-one.likeness, one.need.id))),
    )


def _holders(covering: Sequence[dict[str, Any]], offered: dict[int, Achievement]) -> list[Holder]:
    found = [
        Holder(one["kind"], one["name"], tuple(offered[number] for number in one["achievements"] if number in offered))
        for one in covering
    ]
    return [one for one in found if one.achievements]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two needs, or two achievements, that resemble each other."""

    resemblance: Resemblance
    first: Any
    second: Any


def resemblances(actor: Actor, kind: str = "") -> Select[Resemblance]:
    """The unsettled ones of which both sides are on offer; the city's desk alone sees them."""
    chosen = select(Resemblance).where(Resemblance.settled_at.is_(None))
    if actor.role not in CITY:
        return chosen.where(false())
    offered = [
        and_(Resemblance.kind == name, *(column.in_(select(model.id).where(model.state == state))
                                         for column in (Resemblance.first_id, Resemblance.second_id)))
        for name, model, state in (("need", Need, OFFERED_NEED), ("achievement", Achievement, OFFERED_ACHIEVEMENT))
        if kind in ("", name)
    ]  # fmt: skip
    return chosen.where(or_(*offered))


def resembling(session: Session, actor: Actor, kind: str, number: int) -> Page[Pair]:
    """One page of them with both sides, the most alike first; `kind`: need, achievement or "" for both."""
    chosen = resemblances(actor, kind).order_by(Resemblance.likeness.desc(), Resemblance.id)
    page = page_of(session, chosen, number, PAGE_SIZE)
    ids = {"need": set[int](), "achievement": set[int]()}
    for one in page.rows:
        ids[one.kind] |= {one.first_id, one.second_id}
    asked = select(Need).where(Need.id.in_(ids["need"])).options(joinedload(Need.organisation))
    offered = (
        select(Achievement).where(Achievement.id.in_(ids["achievement"])).options(joinedload(Achievement.organisation))
    )
    sides: dict[str, dict[int, Any]] = {
        "need": {row.id: row for row in session.scalars(asked)},
        "achievement": {row.id: row for row in session.scalars(offered)},
    }
    pairs = tuple(Pair(one, sides[one.kind][one.first_id], sides[one.kind][one.second_id]) for one in page.rows)
    return Page(pairs, page.number, page.pages, page.total)


def resemblance(session: Session, actor: Actor, number: int) -> Resemblance:
    """The one with this id, settled or not; Missing when it is not in sight."""
    found = session.scalar(select(Resemblance).where(Resemblance.id == number)) if actor.role in CITY else None
    if found is None:
        raise Missing("没有找到这一对相似的记录，可能已经处理过。")
    return found
