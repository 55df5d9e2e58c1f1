"""The learn job: trains a candidate once a week when people decided enough since, or when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app

from app.domain.actor import PROGRAMME, Actor
from app.domain.settings import Settings
from app.extensions import db, writing
from app.models.ranking_model import RankingModel
from app.queries import judgements, ranking_models
from app.services import learning, leases

EVERY = timedelta(days=7)
NEWS = 20
"""Decisions since the last training that make another one worth while."""


def run(now: datetime, stopping: Callable[[], bool]) -> dict[str, int]:
    """Train a candidate if one is due; {models}. It ranks only when somebody activates it."""
    due = _due(now)
    db.session.rollback()
    if not due:
        return {}
    with writing() as session:
        leases.answer(session, learning.NAME)
    train(PROGRAMME, now)
    return {"models": 1}


def _due(now: datetime) -> bool:
    session = db.session()
    if leases.asked(session, learning.NAME):
        return True
    last = ranking_models.last_trained_at(session)
    if last is not None and now - last < EVERY:
        return False
    found = judgements.every(session)
    return len(found) >= learning.FEWEST and judgements.since(found, last) >= NEWS


def train(actor: Actor, now: datetime) -> RankingModel:
    """Train and keep a candidate now, whatever was decided."""
    on = learning.material(db.session())
    db.session.rollback()  # no snapshot is held while it learns
    settings: Settings = current_app.extensions["settings"]
    learned = learning.learn(on, settings.data_dir)
    with writing() as session:
        return learning.store(session, learned, actor, now)
