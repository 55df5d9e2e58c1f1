"""Takes a guest's answer, whoever writes it down: by signed link, signed in, or recorded by the desk after a call."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session

from app.domain.actor import CITY, Actor, Role
from app.domain.drafts import ReplyDraft
from app.domain.errors import Complaint, Invalid
from app.domain.permissions import Permission, require
from app.domain.replies import check_acceptance, check_refusal
from app.domain.vocabulary import ReplyVia
from app.models.invitation import Invitation
from app.services import conduct, history, invitations, seats
from app.services.steps import Step


def accept(session: Session, invitation: Invitation, draft: ReplyDraft, actor: Actor, now: datetime) -> None:
    """Write down that the guest comes: with whom, how many, from when to when; or change what was written before.

    Raises Invalid for a wrong reply or a closed invitation, and Full when the seats do not suffice; nothing is
    written then.
    """
    _begin(session, invitation, draft, check_acceptance(draft), actor, now)
    seats.change(session, invitation.event_id, draft.party_size - invitation.party_size)
    invitation.attendees = draft.attendees
    invitation.party_size = draft.party_size
    invitation.arrives_at = _clock(draft.arrives_at)
    invitation.leaves_at = _clock(draft.leaves_at)
    invitation.reason = ""
    _note(session, invitation, draft, actor, now, _spoken(draft))
    if invitation.state == "accepted":
        invitation.replied_at = now
    else:
        conduct.carry_out(session, Step(invitation, "accept"), actor, now)


def decline(session: Session, invitation: Invitation, draft: ReplyDraft, actor: Actor, now: datetime) -> None:
    """Write down that the guest does not come, and why; the seats and the tables are free again.

    Raises Invalid for a missing reason or a closed invitation.
    """
    _begin(session, invitation, draft, check_refusal(draft), actor, now)
    if invitation.state == "declined":
        invitation.replied_at = now
    else:
        conduct.carry_out(session, Step(invitation, "decline", reason=draft.reason), actor, now)
    seats.change(session, invitation.event_id, -invitation.party_size)
    invitation.party_size = 0  # only now: who has accepted counts for at least one
    invitation.attendees = ""
    invitation.arrives_at = invitation.leaves_at = None
    invitation.reason = draft.reason
    _note(session, invitation, draft, actor, now, draft.reason)


def _begin(
    session: Session,
    invitation: Invitation,
    draft: ReplyDraft,
    complaints: tuple[Complaint, ...],
    actor: Actor,
    now: datetime,
) -> None:
    """Lock the event, read the invitation afresh, and refuse what can't be written."""
    permission = Permission.INVITATION_RECORD if _by_phone(actor) else Permission.INVITATION_ANSWER
    require(actor, permission, invitation.owner)
    seats.lock(session, invitation.event_id)
    session.refresh(invitation)  # the lock on the event keeps other answers out
    invitations.answerable(session, invitation, now)
    if _by_phone(actor) and not draft.note.strip():
        complaints = (*complaints, Complaint("note", "请写明是谁、什么时候、怎样答复的，例如“王经理 3 月 2 日来电”。"))
    if complaints:
        raise Invalid(complaints)


def _by_phone(actor: Actor) -> bool:
    return actor.role in CITY or actor.role is Role.COUNTY_OFFICE


def _note(session: Session, invitation: Invitation, draft: ReplyDraft, actor: Actor, now: datetime, words: str) -> None:
    """Keep where the answer came from, and one line of history for every answer and every change of it."""
    via = ReplyVia.LINK
    if _by_phone(actor):
        via = ReplyVia.PHONE
    elif actor.role is not Role.GUEST:
        via = ReplyVia.PORTAL
    invitation.replied_via = via.value
    invitation.replied_note = draft.note
    source = f"（{via.label}：{draft.note}）" if draft.note else f"（{via.label}）"
    history.record(
        session,
        "invitation",
        invitation.id,
        "reply",
        actor,
        now,
        label="填写回执",
        reason=words + source,
        details={"via": via.value, "party_size": invitation.party_size},
    )


def _spoken(draft: ReplyDraft) -> str:
    """3 人：张三、李四、王五；09:00 到，11:30 离开."""
    arrives = f"{_clock(draft.arrives_at)} 到" if draft.arrives_at else ""
    leaves = f"{_clock(draft.leaves_at)} 离开" if draft.leaves_at else ""
    times = "，".join(part for part in (arrives, leaves) if part)
    return f"{draft.party_size} 人：{draft.attendees}" + (f"；{times}" if times else "")


def _clock(value: time | None) -> str | None:
    return None if value is None else f"{value:%H:%M}"
