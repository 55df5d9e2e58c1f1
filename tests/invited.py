"""Helpers for tests about guests: the staged session with its invitations sent, and a guest's own link."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.extensions import db, writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.services import invitations, inviting
from app.services.conduct import carry_out
from app.services.steps import Step
from tests import season
from tests.season import Stage


def staged(app: Flask) -> Stage:
    """The season's docking session, with nobody invited yet."""
    with app.app_context(), writing() as session:
        return season.stage(session)


def invite(app: Flask, stage: Stage) -> None:
    """Draft and send the invitations; the letters wait in the outbox."""
    with app.app_context(), writing() as session:
        event = session.get_one(Event, stage.event_id)
        invitations.draft_for(session, event, PROGRAMME, season.NOW)
        inviting.send_all(session, event, PROGRAMME, season.NOW)


def of(session: Session, organisation_id: int) -> Invitation:
    """The organisation's only invitation."""
    return session.scalars(select(Invitation).where(Invitation.organisation_id == organisation_id)).one()


def link(app: Flask, organisation_id: int) -> str:
    """The path of the guest's own link."""
    with app.app_context():
        address: str = app.extensions["links"].rsvp(of(db.session(), organisation_id))
    return address.removeprefix("http://127.0.0.1:8000")


def move(app: Flask, kind: type[Event | Invitation], subject_id: int, name: str, reason: str = "") -> None:
    """Make a move as the programme."""
    with app.app_context(), writing() as session:
        carry_out(session, Step(session.get_one(kind, subject_id), name, reason=reason), PROGRAMME, season.NOW)
