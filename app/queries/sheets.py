"""Reads uploaded sheets: what is in whose sight, the list, and what may be done with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session, joinedload, undefer

from app.domain.actor import CITY, PORTAL, Actor, Role
from app.domain.errors import Missing
from app.domain.permissions import Permission, allows
from app.domain.vocabulary import SheetKind
from app.models.people import User
from app.models.sheet import Upload
from app.queries.paging import Page, page_of

PAGE_SIZE = 20
WRITE = {SheetKind.NEEDS: Permission.NEED_WRITE, SheetKind.ACHIEVEMENTS: Permission.ACHIEVEMENT_WRITE}
"""What one must be allowed to import a sheet of the kind."""
REVIEW = {SheetKind.NEEDS: Permission.NEED_REVIEW, SheetKind.ACHIEVEMENTS: Permission.ACHIEVEMENT_REVIEW}
"""What one must be allowed to publish what a sheet of the kind brings."""


@dataclass(frozen=True, slots=True)
class UploadLine:
    """One upload in the list."""

    id: int
    name: str
    kind: str
    state_label: str
    state_tone: str
    created_at: datetime
    by: str
    rows: int
    complaints: int
    result: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What this actor may do with an upload now."""

    may_accept: bool
    may_take_good: bool
    may_publish: bool
    may_discard: bool
    may_undo: bool


def visible_to(actor: Actor) -> Select[Upload]:
    """The city sees all uploads, a county office those for its county, everybody else their organisation's."""
    chosen = select(Upload).options(joinedload(Upload.organisation))
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return chosen
    if actor.role is Role.COUNTY_OFFICE and actor.county_id is not None:
        return chosen.where(Upload.county_id == actor.county_id)
    if actor.role in PORTAL and actor.organisation_id is not None:
        return chosen.where(Upload.organisation_id == actor.organisation_id)
    return chosen.where(false())


def kinds_for(actor: Actor) -> list[SheetKind]:
    """The kinds of sheet this actor may import."""
    if not allows(actor, Permission.SHEET_IMPORT):
        return []
    return [kind for kind in SheetKind if allows(actor, WRITE[kind])]


def one(session: Session, actor: Actor, upload_id: int) -> Upload:
    """The upload with its content; Missing when it is out of sight."""
    found = session.scalar(visible_to(actor).where(Upload.id == upload_id).options(undefer(Upload.content)))
    if found is None:
        raise Missing
    return found


def listed(session: Session, actor: Actor, number: int) -> Page[UploadLine]:
    """One page of the uploads, the newest first."""
    page = page_of(session, visible_to(actor).order_by(Upload.id.desc()), number, PAGE_SIZE)
    people = [upload.user_id for upload in page.rows if upload.user_id]
    names = {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(people)))}
    lines = tuple(_line(upload, names.get(upload.user_id or 0, "")) for upload in page.rows)
    return Page(lines, page.number, page.pages, page.total)


def _line(upload: Upload, person: str) -> UploadLine:
    organisation = upload.organisation.name if upload.organisation else "命令行"
    return UploadLine(
        id=upload.id,
        name=upload.name,
        kind=SheetKind(upload.kind).label,
        state_label=upload.state_label,
        state_tone=upload.state_tone,
        created_at=upload.created_at,
        by=" · ".join(part for part in (person, organisation) if part),
        rows=upload.report.get("rows", 0),
        complaints=len(upload.report.get("complaints", [])),
        result=result_of(upload),
    )


def result_of(upload: Upload) -> str:
    """What came of the import, in one phrase; empty before it."""
    outcome = upload.outcome
    if not outcome:
        return ""
    parts = [
        f"新增 {len(outcome['created'])}",
        f"更新 {len(outcome['updated'])}",
        f"不变 {outcome['same']}",
    ]
    if outcome["left_out"]:
        parts.append(f"未导入 {outcome['left_out']}")
    said = "，".join(parts)
    return f"{said}；整批已撤销" if upload.state == "undone" else said


def standing(upload: Upload, actor: Actor) -> Standing:
    """What the lifecycle, the permissions and the report allow this actor."""
    moves = {
        move.name
        for move in upload.machine.open_moves(upload.state)
        if move.may is not None and allows(actor, move.may, upload.owner)
    }
    good, faults = upload.report.get("good", 0), upload.report.get("complaints", [])
    accept = "accept" in moves and good > 0
    return Standing(
        may_accept=accept and not faults,
        may_take_good=accept and bool(faults),
        may_publish=allows(actor, REVIEW[SheetKind(upload.kind)]),
        may_discard="discard" in moves,
        may_undo="undo" in moves,
    )
