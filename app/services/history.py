"""Writes the history: one appended line per deed, with who, when, why and because of what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.models.history import MoveRecord


def record(
    session: Session,
    noun: str,
    subject_id: int | None,
    verb: str,
    actor: Actor,
    now: datetime,
    *,
    label: str = "",
    source: str = "",
    target: str = "",
    reason: str = "",
    cause: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Append one line. `details` must be JSON-able and hold no personal data beyond what the subject holds."""
    session.add(
        MoveRecord(
            noun=noun,
            subject_id=subject_id,
            verb=verb,
            label=label,
            source=source,
            target=target,
            at=now,
            user_id=actor.user_id,
            actor_name=actor.name,
            actor_role=actor.role.value,
            actor_organisation=actor.organisation_name,
            reason=reason,
            cause=cause,
            details=details or {},
        )
    )
