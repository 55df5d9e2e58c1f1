"""Reads organisations, the people in them, and the requests that wait for a decision: what is in whose sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.domain.actor import CITY, Actor, Role
from app.domain.errors import Missing
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.people import Expert, Membership, Organisation, User
from app.models.reference import County
from app.queries.paging import Page, page_of

PAGE_SIZE = 30
MOST_LISTED = 50
SORTS: dict[str, Any] = {"name": Organisation.name, "entered": Organisation.created_at, "county": County.position}


@dataclass(frozen=True, slots=True)
class OrganisationFilter:
    """What the list is narrowed to. `admitted`: yes, no or empty; `sort`: a key of SORTS, "-" before it for down."""

    text: str = ""
    kind: str = ""
    county: str = ""
    admitted: str = ""
    sort: str = "-entered"


@dataclass(frozen=True, slots=True)
class Dossier:
    """What one organisation's page shows besides its own row."""

    members: tuple[Membership, ...]
    experts: tuple[Expert, ...]
    needs: tuple[Need, ...]
    achievements: tuple[Achievement, ...]
    invitations: tuple[Invitation, ...]


def visible_to(actor: Actor) -> Select[Organisation]:
    """The city sees all organisations, a county office its county's, everybody else their own."""
    chosen = select(Organisation).options(joinedload(Organisation.county), joinedload(Organisation.industry))
    if actor.role in CITY:
        return chosen
    if actor.role is Role.COUNTY_OFFICE and actor.county_id is not None:
        return chosen.where(Organisation.county_id == actor.county_id)
    if actor.role in (Role.ENTERPRISE, Role.INSTITUTE) and actor.organisation_id is not None:
        return chosen.where(Organisation.id == actor.organisation_id)
    return chosen.where(false())


def organisation(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """One organisation in sight; Missing for any other."""
    found = session.scalar(visible_to(actor).where(Organisation.id == organisation_id))
    if found is None:
        raise Missing
    return found


def own(session: Session, actor: Actor) -> Organisation:
    """The organisation the person acts for."""
    return organisation(session, actor, actor.organisation_id or 0)


def organisations(session: Session, actor: Actor, narrowed: OrganisationFilter, number: int) -> Page[Organisation]:
    """One page of the organisations in sight."""
    chosen = visible_to(actor).outerjoin(County, Organisation.county_id == County.id)
    if narrowed.text:
        wanted = f"%{_literal(narrowed.text)}%"
        chosen = chosen.where(
            or_(
                Organisation.name.ilike(wanted, escape="\\"),
                Organisation.credit_code.ilike(wanted, escape="\\"),
                Organisation.contact_name.ilike(wanted, escape="\\"),
            )
        )
    if narrowed.kind:
        chosen = chosen.where(Organisation.kind == narrowed.kind)
    if narrowed.county:
        chosen = chosen.where(County.code == narrowed.county)
    if narrowed.admitted:
        is_in = Organisation.approved_at.is_not(None)
        chosen = chosen.where(is_in if narrowed.admitted == "yes" else ~is_in)
    column = SORTS.get(narrowed.sort.removeprefix("-"), Organisation.created_at)
    order = column.desc() if narrowed.sort.startswith("-") else column.asc()
    return page_of(session, chosen.order_by(order.nulls_last(), Organisation.id), number, PAGE_SIZE)


def memberships_visible_to(actor: Actor) -> Select[Membership]:
    """Memberships of the organisations in sight, with person and organisation."""
    in_sight = visible_to(actor).with_only_columns(Organisation.id).order_by(None)
    return (
        select(Membership)
        .join(Membership.user)
        .where(Membership.organisation_id.in_(in_sight))
        .options(contains_eager(Membership.user), joinedload(Membership.organisation).joinedload(Organisation.county))
    )


def membership(session: Session, actor: Actor, membership_id: int) -> Membership:
    """One membership in sight; Missing for any other."""
    found = session.scalar(memberships_visible_to(actor).where(Membership.id == membership_id))
    if found is None:
        raise Missing
    return found


def requested(session: Session, actor: Actor) -> list[Membership]:
    """Requests that wait for a decision, oldest first, at most 50."""
    chosen = memberships_visible_to(actor).where(Membership.state == "requested")
    return list(session.scalars(chosen.order_by(Membership.created_at, Membership.id).limit(MOST_LISTED)))


def members(session: Session, organisation_id: int) -> list[Membership]:
    """Everybody who acts, acted or wants to act for the organisation; those who act first."""
    return list(
        session.scalars(
            select(Membership)
            .join(Membership.user)
            .where(Membership.organisation_id == organisation_id)
            .options(contains_eager(Membership.user))
            .order_by((Membership.state != "active"), User.name, Membership.id)
        )
    )


def memberships_of(session: Session, user_id: int) -> list[Membership]:
    """All places of one person, with their organisations, oldest first."""
    return list(
        session.scalars(
            select(Membership)
            .where(Membership.user_id == user_id)
            .options(joinedload(Membership.organisation))
            .order_by(Membership.id)
        )
    )


def experts(session: Session, organisation_id: int) -> list[Expert]:
    """The institute's experts by name."""
    return list(
        session.scalars(
            select(Expert)
            .where(Expert.organisation_id == organisation_id)
            .options(joinedload(Expert.department))
            .order_by(Expert.name, Expert.id)
        )
    )


def dossier(session: Session, found: Organisation) -> Dossier:
    """What the desk sees of one organisation: people, experts, and its newest needs, achievements, invitations."""
    needs = select(Need).where(Need.organisation_id == found.id).order_by(Need.id.desc()).limit(MOST_LISTED)
    offers = select(Achievement).where(Achievement.organisation_id == found.id).order_by(Achievement.id.desc())
    invited = (
        select(Invitation)
        .join(Invitation.event)
        .where(Invitation.organisation_id == found.id)
        .options(contains_eager(Invitation.event))
        .order_by(Event.starts_at.desc(), Invitation.id)
        .limit(MOST_LISTED)
    )
    return Dossier(
        tuple(members(session, found.id)),
        tuple(experts(session, found.id)),
        tuple(session.scalars(needs)),
        tuple(session.scalars(offers.limit(MOST_LISTED))),
        tuple(session.scalars(invited)),
    )


def _literal(text: str) -> str:
    """The text for LIKE, with its own signs taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
