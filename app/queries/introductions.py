"""Reads who has been introduced to whom: only then do they see each other's names and contacts.

Two sides are introduced by a pairing that the desk introduced or that met, or by an invitation to the session at
which the pairing is to talk: the letter names the partner.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, or_, select

from app.models.achievement import Achievement
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.pairing import Pairing

INTRODUCED = ("introduced", "met")
INVITED = ("sent", "accepted", "waiting", "offered", "attended")


def needs_known_to(organisation_id: int | None) -> Select[int]:
    """Ids of the needs whose firm this institute has been introduced to."""
    return (
        select(Pairing.need_id)
        .join(Achievement, Pairing.achievement_id == Achievement.id)
        .where(Achievement.organisation_id == organisation_id, _introduced(organisation_id))
    )


def achievements_known_to(organisation_id: int | None) -> Select[int]:
    """Ids of the achievements whose institute this firm has been introduced to."""
    return (
        select(Pairing.achievement_id)
        .join(Need, Pairing.need_id == Need.id)
        .where(Need.organisation_id == organisation_id, _introduced(organisation_id))
    )


def _introduced(organisation_id: int | None) -> ColumnElement[bool]:
    invited = select(Invitation.event_id).where(
        Invitation.organisation_id == organisation_id, Invitation.state.in_(INVITED)
    )
    planned = (Pairing.state == "shortlisted") & Pairing.event_id.in_(invited)
    return or_(Pairing.state.in_(INTRODUCED), planned)
