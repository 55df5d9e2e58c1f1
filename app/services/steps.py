"""Owns what a step is: one subject, one move, with the reason given and the cause that brought it about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.actor import Actor


@dataclass(frozen=True, slots=True)
class Step:
    """Ask `subject` to make `move`. `cause` is filled in for steps that follow from another."""

    subject: Any
    move: str
    reason: str = ""
    cause: str = ""


Condition = Callable[[Session, Any, datetime], None]
"""(session, subject, now): raises Invalid or another refusal when the move may not be made now."""

Reaction = Callable[[Session, Step, Actor, datetime], Iterable[Step]]
"""(session, step made, who made it, now): does what follows and yields the steps that the programme makes next."""
