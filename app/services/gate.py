"""The one door of every lifecycle: permission, legality, write, history. The only writer of `_state`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, IllegalMove, Invalid
from app.domain.machine import Machine, Move
from app.domain.permissions import require
from app.services import history


def advance(
    session: Session, subject: Any, name: str, actor: Actor, now: datetime, *, reason: str = "", cause: str = ""
) -> Move:
    """Make the move or refuse: NotAllowed, IllegalMove, or Invalid when a needed reason is missing."""
    machine: Machine = subject.machine
    source: str = subject.state
    if name not in {known.name for known in machine.moves}:
        raise IllegalMove("没有这项操作，请刷新页面后重试。")
    move = machine.move(name)
    require(actor, move.may, subject.owner)
    machine.check(source, name)
    if move.reason and not reason.strip():
        raise Invalid((Complaint("reason", f"请写明{move.label}的理由，对方会看到。"),))
    subject._state = move.target  # noqa: SLF001 - the gate is the one place that writes it
    if move.stamp:
        setattr(subject, move.stamp, now)
    if subject.id is None:
        session.flush()  # history names the subject by id
    history.record(
        session,
        machine.noun,
        subject.id,
        move.name,
        actor,
        now,
        label=move.label,
        source=source,
        target=move.target,
        reason=reason.strip(),
        cause=cause,
    )
    return move
