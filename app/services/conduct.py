"""Carries a step out: condition, gate, reactions, until quiet; all inside the caller's transaction."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME, Actor
from app.services import gate
from app.services.reactions import CONDITIONS, REACTIONS
from app.services.steps import Step

LIMIT = 20_000
"""More follow-on steps than this can only be a loop in the table of reactions."""


def carry_out(session: Session, step: Step, actor: Actor, now: datetime) -> None:
    """Make the step and everything that follows from it.

    The first step is the asker's; those that follow are the programme's, with their cause recorded. Raises what the
    condition and the gate raise, and RuntimeError when the reactions go round in circles.
    """
    queue: deque[tuple[Step, Actor]] = deque([(step, actor)])
    made = 0
    while queue:
        current, asker = queue.popleft()
        made += 1
        if made > LIMIT:
            raise RuntimeError(f"the reactions to {step.move} do not come to rest")
        noun = current.subject.machine.noun
        condition = CONDITIONS.get((noun, current.move))
        if condition is not None:
            condition(session, current.subject, now)
        gate.advance(session, current.subject, current.move, asker, now, reason=current.reason, cause=current.cause)
        for reaction in REACTIONS.get((noun, current.move), ()):
            cause = current.cause or f"{noun}:{current.subject.id}:{current.move}"
            for following in reaction(session, current, asker, now):
                queue.append((replace(following, cause=following.cause or cause), PROGRAMME))
