"""The waiting list (候补): joining the line, changing its order, and what offers of free seats bring about.

Whoever changes it holds the lock on the event's row. Seats that are offered are taken: nobody else can have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, IllegalMove, Invalid
from app.domain.offers import deadline
from app.domain.permissions import Permission, require
from app.letters import seats as letters
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.queries import waiting as queries
from app.services import guests, history, links, meetings, outbox, seats
from app.services.steps import Step

KINDS = (letters.OFFER, letters.RETRACTED)
FREE = "有空余座位，按候补次序提供"


def join(session: Session, invitation: Invitation, wanted: int) -> None:
    """Put the guest at the end of the line for so many seats; the caller makes the move `wait`."""
    invitation.line_number = queries.last_number(session, invitation.event_id) + 1
    invitation.wanted_seats = wanted


def leave(session: Session, invitation: Invitation, now: datetime) -> None:
    """Take what belongs to the line off the guest, after the move that ended the waiting."""
    invitation.line_number = invitation.offered_until = None
    invitation.wanted_seats = 0
    outbox.cancel_for(session, now, invitation_id=invitation.id, kinds=KINDS)


def next_offers(session: Session, event: Event, now: datetime) -> list[Step]:
    """The offers that are due: to the first of the line whose party fits, again and again while seats are left.

    None for an event that takes no guests, whose seats the desk offers by hand, or that is too near to wait for an answer.
    """
    if not event.offer_hours:
        return []
    session.flush()
    session.refresh(event, ["capacity", "seats_taken"])
    free = event.capacity - event.seats_taken
    if event.state not in queries.OPEN or free <= 0 or deadline(now, event.starts_at, event.offer_hours) is None:
        return []
    due = []
    for invitation in queries.line(session, event.id):
        if invitation.wanted_seats <= free:
            free -= invitation.wanted_seats
            due.append(Step(invitation, "offer", reason=FREE))
    return due


def reorder(session: Session, invitation: Invitation, place: int, reason: str, actor: Actor, now: datetime) -> None:
    """Put a waiting guest at another place of the line, from 1; beyond the end means the end.

    Raises Invalid without a reason, and IllegalMove for somebody who does not wait (any more).
    """
    require(actor, Permission.INVITATION_SEND, invitation.owner)
    seats.lock(session, invitation.event_id)
    session.refresh(invitation)
    if invitation.state != "waiting":
        raise IllegalMove(
            f"{invitation.organisation.name}现在是“{invitation.state_label}”，不在候补名单里。请刷新页面查看。"
        )
    found = []
    if place < 1:
        found.append(Complaint("place", "位次请填 1 或更大的整数。"))
    if not reason.strip():
        found.append(Complaint("reason", "请写明调整次序的理由，会记入经过。"))
    if found:
        raise Invalid(tuple(found))
    before = queries.place(session, invitation)
    line = [one for one in queries.line(session, invitation.event_id) if one.id != invitation.id]
    line.insert(place - 1, invitation)
    for number, one in enumerate(line, 1):
        one.line_number = number
    history.record(
        session, "invitation", invitation.id, "reorder", actor, now, label="调整候补次序",
        reason=f"第 {before} 位改为第 {line.index(invitation) + 1} 位：{reason.strip()}",
    )  # fmt: skip


# What must hold before a move.


def offerable(session: Session, invitation: Invitation, now: datetime) -> None:
    """Before `offer`: the party fits into the free seats, and there is time to answer."""
    event = seats.lock(session, invitation.event_id)
    free = event.capacity - event.seats_taken
    if event.state not in queries.OPEN or deadline(now, event.starts_at, event.offer_hours) is None:
        raise Invalid("离活动开始太近，不再保留座位：有空位时先到先得，请直接电话联系来宾并代为登记。")
    if invitation.wanted_seats > free:
        raise Invalid(
            f"只有 {max(free, 0)} 个空余座位，不够 {invitation.wanted_seats} 人。请先增加座位，或与来宾商量减少人数。"
        )


# What follows from a move.


def offered(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `offer`: the seats are kept, and one letter says until when."""
    invitation: Invitation = step.subject
    with session.no_autoflush:  # an offer is only written together with its end and its seats
        event = invitation.event
    invitation.offered_until = deadline(now, event.starts_at, event.offer_hours)
    invitation.party_size = invitation.wanted_seats
    invitation.offers += 1
    seats.change(session, event.id, invitation.wanted_seats)
    _post_offer(session, invitation, now)
    yield from ()


def _post_offer(session: Session, invitation: Invitation, now: datetime) -> None:
    assert invitation.offered_until is not None
    facts = guests.facts(session, invitation, links.of(session))
    key = f"seat_offer:{invitation.id}:{invitation.sequence}:{invitation.offers}"
    outbox.post(session, letters.offer(facts, invitation.party_size, invitation.offered_until, key), now)


def retracted(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `retract`: the seats are free, the guest stands in line as before, and hears of it if the offer had left."""
    invitation: Invitation = step.subject
    had_left = _offer_left(session, invitation)
    _free(session, invitation)
    invitation.offered_until = None
    outbox.cancel_for(session, now, invitation_id=invitation.id, kinds=KINDS)
    if had_left:
        facts = guests.facts(session, invitation, links.of(session))
        key = f"seat_retracted:{invitation.id}:{invitation.sequence}:{invitation.offers}"
        place = queries.place(session, invitation)
        outbox.post(session, letters.retracted(facts, step.reason, place, key), now)
    yield from ()


def unseated(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterator[Step]:
    """After `expire` and `remove`: seats and tables are free, and the seats go to the next in line."""
    invitation: Invitation = step.subject
    _free(session, invitation)
    leave(session, invitation, now)
    event = invitation.event
    if event.starts_at is not None and event.starts_at > now:
        name = invitation.organisation.name
        meetings.clear_for(session, event.id, invitation.organisation_id, f"{name}候补未入席")
    yield from next_offers(session, event, now)


def _free(session: Session, invitation: Invitation) -> None:
    seats.lock(session, invitation.event_id)
    seats.change(session, invitation.event_id, -invitation.party_size)
    invitation.party_size = 0


def event_moved(session: Session, event: Event, now: datetime) -> None:
    """After an event's new date: no offer outlives it, and offers whose letters had not left are written anew."""
    for invitation in queries.offered(session, event.id):
        latest = deadline(now, event.starts_at, event.offer_hours) or now
        assert invitation.offered_until is not None
        invitation.offered_until = min(invitation.offered_until, latest)
        if not _offer_left(session, invitation):
            _post_offer(session, invitation, now)


def letter_waits(session: Session, invitation: Invitation) -> bool:
    """Whether the letter of the present offer is still in the outbox: its guest does not know of the offer yet."""
    return _offer_letter(session, invitation, Letter.sent_at.is_(None) & Letter.failed_at.is_(None))


def _offer_left(session: Session, invitation: Invitation) -> bool:
    return _offer_letter(session, invitation, Letter.sent_at.is_not(None))


def _offer_letter(session: Session, invitation: Invitation, how: object) -> bool:
    key = f"seat_offer:{invitation.id}:{invitation.sequence}:{invitation.offers}"
    wanted = select(Letter.id).where(Letter.key == key, Letter.cancelled_at.is_(None), how)  # type: ignore[arg-type]
    return session.scalar(wanted) is not None
