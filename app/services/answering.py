"""Takes a guest's answer, whoever writes it down: by signed link, signed in, by the desk after a call, or from a sheet.

The person's last word counts, by when it was given. Whoever says yes gets a seat or a place in the line.
"""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session

from app.domain.actor import CITY, Actor, Role
from app.domain.clock import local
from app.domain.drafts import ReplyDraft
from app.domain.errors import Complaint, Full, Invalid
from app.domain.permissions import Permission, require
from app.domain.replies import Outcome, check_acceptance, check_given_at, check_refusal, why_too_many
from app.domain.vocabulary import OrganisationKind, ReplyVia
from app.models.event import Event
from app.models.invitation import Invitation
from app.queries import waiting
from app.services import conduct, history, invitations, passing_on, seats, waiting_list
from app.services.steps import Step

SEATED = ("accepted", "offered")


def accept(
    session: Session,
    invitation: Invitation,
    draft: ReplyDraft,
    actor: Actor,
    now: datetime,
    via: ReplyVia | None = None,
) -> Outcome:
    """Write down that the guest comes: with whom, how many, from when to when; or change what was written before.

    Without enough seats the guest waits in line. An answer older than the one that stands changes nothing and is kept
    in the history. Raises Invalid for a wrong reply or a closed invitation, and Full when a guest who has seats asks
    for more than there are; nothing is written then.
    """
    event = _begin(session, invitation, draft, check_acceptance(draft), actor, now)
    via = via or _via(actor)
    if draft.given_at is not None and _is_older(invitation, draft.given_at):
        return _keep_older(session, invitation, f"应邀，{_spoken(draft)}", via, draft, actor, now)
    _refuse_too_many(event, invitation, draft.party_size)
    held = invitation.party_size
    left = event.capacity - event.seats_taken
    if draft.party_size <= left + held and (held or not _is_for_the_line(session, event)):
        _seat(session, invitation, draft, via, actor, now)
        if draft.party_size < held:
            passing_on.pass_on(session, event.id, now)
        return Outcome("accepted", seats=draft.party_size)
    if invitation.state in SEATED:
        raise Full(_no_more(invitation, left))
    _line_up(session, invitation, draft, via, actor, now)
    return Outcome(
        "waiting", seats=draft.party_size, place=waiting.place(session, invitation), left=_to_take(event, left)
    )


def _seat(
    session: Session, invitation: Invitation, draft: ReplyDraft, via: ReplyVia, actor: Actor, now: datetime
) -> None:
    """Give the guest so many seats as the reply asks for; the caller has seen that they are free."""
    seats.change(session, invitation.event_id, draft.party_size - invitation.party_size)
    again = invitation.state == "accepted"
    same = again and _says(invitation) == _said(draft)
    given_at = _given_at(invitation, draft, now)
    _write(invitation, draft, via)
    invitation.party_size = draft.party_size
    if not (same and via is ReplyVia.LINK):
        _note(session, invitation, draft, via, actor, now, _spoken(draft))
    if not again:
        conduct.carry_out(session, Step(invitation, "accept"), actor, now)
    invitation.replied_at = given_at
    waiting_list.leave(session, invitation, now)


def _line_up(
    session: Session, invitation: Invitation, draft: ReplyDraft, via: ReplyVia, actor: Actor, now: datetime
) -> None:
    """Put the guest in line, or keep the place and write down what has changed."""
    again = invitation.state == "waiting"
    same = again and _says(invitation) == _said(draft)
    given_at = _given_at(invitation, draft, now)
    _write(invitation, draft, via)
    if again:
        invitation.wanted_seats = draft.party_size
    else:
        waiting_list.join(session, invitation, draft.party_size)
    if not (same and via is ReplyVia.LINK):
        _note(session, invitation, draft, via, actor, now, _spoken(draft))
    if not again:
        conduct.carry_out(session, Step(invitation, "wait"), actor, now)
    invitation.replied_at = given_at
    session.flush()


def decline(
    session: Session,
    invitation: Invitation,
    draft: ReplyDraft,
    actor: Actor,
    now: datetime,
    via: ReplyVia | None = None,
) -> Outcome:
    """Write down that the guest does not come, and why; the seats go to the next in line, the tables are free again.

    An answer older than the one that stands changes nothing and is kept in the history. Raises Invalid for a missing
    reason or a closed invitation.
    """
    event = _begin(session, invitation, draft, check_refusal(draft), actor, now)
    via = via or _via(actor)
    if draft.given_at is not None and _is_older(invitation, draft.given_at):
        return _keep_older(session, invitation, f"谢绝，{draft.reason}", via, draft, actor, now)
    given_at = _given_at(invitation, draft, now)
    again = invitation.state == "declined"
    same = again and invitation.reason == draft.reason
    if not again:
        conduct.carry_out(session, Step(invitation, "decline", reason=draft.reason), actor, now)
    seats.change(session, event.id, -invitation.party_size)
    invitation.party_size = 0  # only now: who has accepted counts for at least one
    waiting_list.leave(session, invitation, now)
    invitation.replied_at = given_at
    invitation.attendees = ""
    invitation.arrives_at = invitation.leaves_at = None
    invitation.reason = draft.reason
    invitation.replied_via, invitation.replied_note = via.value, draft.note
    if not (same and via is ReplyVia.LINK):
        _note(session, invitation, draft, via, actor, now, draft.reason)
    passing_on.pass_on(session, event.id, now)
    return Outcome("declined")


def _begin(
    session: Session,
    invitation: Invitation,
    draft: ReplyDraft,
    complaints: tuple[Complaint, ...],
    actor: Actor,
    now: datetime,
) -> Event:
    """Lock the event, read the invitation afresh, and refuse what can't be written."""
    permission = Permission.INVITATION_RECORD if _by_phone(actor) else Permission.INVITATION_ANSWER
    require(actor, permission, invitation.owner)
    event = seats.lock(session, invitation.event_id)
    session.refresh(invitation)  # the lock on the event keeps other answers out
    invitations.answerable(session, invitation, now)
    if _by_phone(actor) and not draft.note.strip():
        complaints = (*complaints, Complaint("note", "请写明是谁、什么时候、怎样答复的，例如“王经理 3 月 2 日来电”。"))
    complaints = (*complaints, *check_given_at(draft.given_at, invitation.sent_at, now))
    if complaints:
        raise Invalid(complaints)
    return event


def _by_phone(actor: Actor) -> bool:
    return actor.role in CITY or actor.role is Role.COUNTY_OFFICE


def _via(actor: Actor) -> ReplyVia:
    if _by_phone(actor):
        return ReplyVia.PHONE
    return ReplyVia.LINK if actor.role is Role.GUEST else ReplyVia.PORTAL


def _given_at(invitation: Invitation, draft: ReplyDraft, now: datetime) -> datetime:
    """When the answer was given. What arrives now is the last word, although its clock was read before it had to wait."""
    return draft.given_at or max(now, invitation.replied_at or now)


def _is_older(invitation: Invitation, given_at: datetime) -> bool:
    return invitation.replied_at is not None and given_at < invitation.replied_at


def _keep_older(
    session: Session,
    invitation: Invitation,
    words: str,
    via: ReplyVia,
    draft: ReplyDraft,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """Keep an older answer that came later in the history only."""
    assert invitation.replied_at is not None
    assert draft.given_at is not None
    _note(session, invitation, draft, via, actor, now, words, label="较早的答复，未采用")
    stands = f"{invitation.state_label}（{local(invitation.replied_at):%Y-%m-%d %H:%M}）"
    return Outcome("older", stands=stands, given=f"{local(draft.given_at):%Y-%m-%d %H:%M}")


def _is_for_the_line(session: Session, event: Event) -> bool:
    """Whether free seats are the desk's to give: it offers by hand, and somebody waits."""
    return event.offer_hours == 0 and waiting.length(session, event.id) > 0


def _to_take(event: Event, left: int) -> int:
    """How many free seats a smaller party could have at once."""
    return max(left, 0) if event.offer_hours else 0


def _refuse_too_many(event: Event, invitation: Invitation, wanted: int) -> None:
    """Raise Invalid when an enterprise asks for more seats than one may take; it has one invitation per event."""
    if invitation.organisation.kind != OrganisationKind.ENTERPRISE.value:
        return
    reason = why_too_many(wanted, event.seats_per_firm, invitation.party_size)
    if reason:
        raise Invalid((Complaint("party_size", reason),))


def _no_more(invitation: Invitation, left: int) -> str:
    kept = "应邀" if invitation.state == "accepted" else "保留"
    more = f"另外只剩 {left} 个空余座位" if left > 0 else "已没有空余座位"
    return (
        f"座位不足：已为您{kept} {invitation.party_size} 个座位，{more}。您原来的答复不变，请减少参会人数后重新提交。"
    )


def _write(invitation: Invitation, draft: ReplyDraft, via: ReplyVia) -> None:
    invitation.attendees = draft.attendees
    invitation.arrives_at = _clock(draft.arrives_at)
    invitation.leaves_at = _clock(draft.leaves_at)
    invitation.reason = ""
    invitation.replied_via, invitation.replied_note = via.value, draft.note


def _says(invitation: Invitation) -> tuple[object, ...]:
    size = invitation.party_size or invitation.wanted_seats
    return invitation.attendees, size, invitation.arrives_at, invitation.leaves_at


def _said(draft: ReplyDraft) -> tuple[object, ...]:
    return draft.attendees, draft.party_size, _clock(draft.arrives_at), _clock(draft.leaves_at)


def _note(
    session: Session,
    invitation: Invitation,
    draft: ReplyDraft,
    via: ReplyVia,
    actor: Actor,
    now: datetime,
    words: str,
    label: str = "填写回执",
) -> None:
    """One line of history for every answer and every change of it: what was said, when, and by which way."""
    given = f"，{local(draft.given_at):%Y-%m-%d %H:%M} 答复" if draft.given_at else ""
    source = f"（{via.label}{given}：{draft.note}）" if draft.note else f"（{via.label}{given}）"
    history.record(
        session,
        "invitation",
        invitation.id,
        "reply",
        actor,
        now,
        label=label,
        reason=words + source,
        details={"via": via.value, "party_size": draft.party_size, "given_at": (draft.given_at or now).isoformat()},
    )


def _spoken(draft: ReplyDraft) -> str:
    """3 人：张三、李四、王五；09:00 到，11:30 离开."""
    arrives = f"{_clock(draft.arrives_at)} 到" if draft.arrives_at else ""
    leaves = f"{_clock(draft.leaves_at)} 离开" if draft.leaves_at else ""
    times = "，".join(part for part in (arrives, leaves) if part)
    return f"{draft.party_size} 人：{draft.attendees}" + (f"；{times}" if times else "")


def _clock(value: time | None) -> str | None:
    return None if value is None else f"{value:%H:%M}"
