"""Takes and frees seats: one guarded UPDATE on the event's own row, so that no event is ever overbooked."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import Full
from app.models.event import Event


def lock(session: Session, event_id: int) -> Event:
    """The event's row, read afresh and locked: whoever changes an answer takes this lock first."""
    session.flush()  # reading afresh must not lose what was set before
    return session.get_one(Event, event_id, with_for_update=True, populate_existing=True)


def change(session: Session, event_id: int, delta: int) -> None:
    """Take `delta` seats more, or give them back when negative; Full when there are not so many left."""
    if delta == 0:
        return
    session.flush()
    taken = session.execute(
        update(Event)
        .where(Event.id == event_id, Event.seats_taken + delta <= Event.capacity)
        .values(seats_taken=Event.seats_taken + delta)
        .returning(Event.seats_taken)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    event = session.get(Event, event_id)
    if event is not None:
        session.expire(event, ["seats_taken"])
    if taken is None:
        left = session.scalar(select(Event.capacity - Event.seats_taken).where(Event.id == event_id)) or 0
        raise Full(f"座位不足：本场只剩 {max(left, 0)} 个座位，不够 {delta} 人。请减少人数后重新提交。")
