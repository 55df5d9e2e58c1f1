"""Reads attachments: which files a need or an achievement has, and whether somebody may fetch one."""

from __future__ import annotations

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, undefer

from app.domain.actor import CITY, Actor, Role
from app.domain.errors import Missing
from app.domain.vocabulary import Visibility
from app.models.achievement import Achievement
from app.models.attachment import Attachment
from app.models.need import Need
from app.models.people import Organisation
from app.queries import achievements, needs
from app.queries.introductions import achievements_known_to, needs_known_to


def of(session: Session, subject: Need | Achievement) -> list[Attachment]:
    """The files of the subject, without their content."""
    column = Attachment.need_id if isinstance(subject, Need) else Attachment.achievement_id
    return list(session.scalars(select(Attachment).where(column == subject.id).order_by(Attachment.id)))


def visible_to(actor: Actor) -> Select[Attachment]:
    """The files of what is in sight. Those of an anonymous record only for its own side, the desk, and partners.

    A drawing tells whose it is: masking can't help there.
    """
    chosen = select(Attachment)
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return chosen
    mine, hidden = actor.organisation_id, Visibility.ANONYMOUS.value
    near = Organisation.id == mine
    if actor.role is Role.COUNTY_OFFICE:
        near = Organisation.county_id == actor.county_id
    need_ids = needs.visible_to(actor).where(
        or_(Need.visibility != hidden, Need.organisation.has(near), Need.id.in_(needs_known_to(mine)))
    )
    achievement_ids = achievements.visible_to(actor).where(
        or_(
            Achievement.visibility != hidden,
            Achievement.organisation.has(near),
            Achievement.id.in_(achievements_known_to(mine)),
        )
    )
    return chosen.where(
        or_(
            Attachment.need_id.in_(need_ids.with_only_columns(Need.id)),
            Attachment.achievement_id.in_(achievement_ids.with_only_columns(Achievement.id)),
        )
    )


def in_sight_of(session: Session, actor: Actor, subject: Need | Achievement) -> list[Attachment]:
    """The files of the subject that this actor may fetch, without their content."""
    column = Attachment.need_id if isinstance(subject, Need) else Attachment.achievement_id
    return list(session.scalars(visible_to(actor).where(column == subject.id).order_by(Attachment.id)))


def one(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """The file with its content; Missing when it is not in sight."""
    found = session.scalar(visible_to(actor).where(Attachment.id == attachment_id).options(undefer(Attachment.content)))
    if found is None:
        raise Missing("没有找到这个附件，或您无权查看。")
    return found
