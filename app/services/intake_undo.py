"""Takes a whole import back, or says why that can't be done; and gives up a sheet that was only checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.drafts import AchievementDraft, NeedDraft
from app.domain.errors import Invalid
from app.domain.permissions import Permission, allows, require
from app.domain.snapshots import from_plain
from app.domain.vocabulary import SheetKind
from app.models.achievement import Achievement
from app.models.follow_up import FollowUp
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.sheet import Upload
from app.queries.sheets import REVIEW
from app.services import numbering
from app.services.conduct import carry_out
from app.services.intake import QUEUE, release, rewrite
from app.services.intake_plan import Draft, Record, draft_of
from app.services.steps import Step

_GONE = frozenset({"withdrawn", "lapsed"})
_MOST_NAMED = 10


def discard(session: Session, upload: Upload, actor: Actor, now: datetime) -> Upload:
    """Give the checked sheet up; a second time changes nothing."""
    require(actor, Permission.SHEET_IMPORT, upload.owner)
    if upload.state != "discarded":
        carry_out(session, Step(upload, "discard"), actor, now)
    return upload


def undo(session: Session, upload: Upload, actor: Actor, now: datetime) -> Upload:
    """Take the whole import back: new records are withdrawn, changed ones say again what they said before.

    All or nothing: raises Invalid with the reasons when something rests on one of them (a kept pairing, a meeting, a
    follow-up, an invitation sent to an organisation that came in with the sheet, a later change by a person). The
    organisations stay. A second time changes nothing.
    """
    require(actor, Permission.SHEET_IMPORT, upload.owner)
    numbering.next_number(session, QUEUE)
    session.refresh(upload)
    if upload.state == "undone":
        return upload
    upload.machine.check(upload.state, "undo")
    entries: dict[int, Mapping[str, Any]] = {entry["id"]: entry for entry in upload.outcome["updated"]}
    created = _records(session, upload, upload.outcome["created"])
    changed = [record for record in _records(session, upload, list(entries)) if record.state not in _GONE]
    reasons = [*_obstacles(session, upload, created, changed), *_later_changes(changed, entries)]
    if reasons:
        more = f"……共 {len(reasons)} 处" if len(reasons) > _MOST_NAMED else ""
        raise Invalid(f"不能撤销这次导入：{'；'.join(reasons[:_MOST_NAMED])}{more}。请先处理这些记录，再来撤销。")
    carry_out(session, Step(upload, "undo"), actor, now)
    for record in created:
        if record.state not in _GONE:
            carry_out(session, Step(record, "withdraw", reason="撤销表格导入"), actor, now)
    for record in changed:
        _put_back(session, record, entries[record.id], actor, now)
    return upload


def _put_back(session: Session, record: Record, entry: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """What was public goes out again where the actor may decide that; else it waits for the review."""
    rewrite(session, record, _draft(record, entry["before"]), actor, now)
    if record.state != "submitted":
        carry_out(session, Step(record, "submit"), actor, now)
    if entry["was_out"] and allows(actor, REVIEW[_kind(record)], record.owner):
        release(session, record, actor, now)


def _kind(record: Record) -> SheetKind:
    return SheetKind.NEEDS if isinstance(record, Need) else SheetKind.ACHIEVEMENTS


def _draft(record: Record, plain: Any) -> Draft:
    return from_plain(NeedDraft, plain) if isinstance(record, Need) else from_plain(AchievementDraft, plain)


def _records(session: Session, upload: Upload, ids: list[int]) -> list[Record]:
    if upload.kind == SheetKind.NEEDS.value:
        return list(session.scalars(select(Need).where(Need.id.in_(ids)).order_by(Need.id)))
    return list(session.scalars(select(Achievement).where(Achievement.id.in_(ids)).order_by(Achievement.id)))


def _later_changes(changed: list[Record], entries: Mapping[int, Mapping[str, Any]]) -> Iterator[str]:
    """Records that people changed after the import; a date of validity put forward by the programme is none."""
    for record in changed:
        now, after = draft_of(record), _draft(record, entries[record.id]["after"])
        if isinstance(now, NeedDraft) and isinstance(after, NeedDraft):
            after = replace(after, valid_until=now.valid_until)
        if now != after:
            yield f"“{record.title}”在导入后又被修改过"


def _obstacles(session: Session, upload: Upload, created: list[Record], changed: list[Record]) -> Iterator[str]:
    for record in (*created, *changed):
        if record.state in {"settled", "transferred"}:
            yield f"“{record.title}”已是“{record.state_label}”"
    column = Pairing.need_id if upload.kind == SheetKind.NEEDS.value else Pairing.achievement_id
    used = session.scalars(
        select(Pairing)
        .where(column.in_([record.id for record in created]))
        .where(
            or_(
                Pairing.state.in_(("shortlisted", "introduced", "met")),
                Pairing.id.in_(select(Meeting.pairing_id)),
                Pairing.id.in_(select(FollowUp.pairing_id)),
            )
        )
        .order_by(Pairing.id)
    )
    for pairing in used:
        yield f"“{pairing.need.title}”与“{pairing.achievement.title}”的匹配已是“{pairing.state_label}”"
    invited = session.scalars(
        select(Invitation)
        .where(Invitation.organisation_id.in_(upload.outcome["organisations"]))
        .where(Invitation.state.not_in(("draft", "void")))
        .order_by(Invitation.id)
    )
    for invitation in invited:
        yield f"已向“{invitation.organisation.name}”发出邀请"
