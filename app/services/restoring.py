"""Puts what a backup or another database holds into an empty one: checked by counts and hashes, old letters held back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.orm import Session

from app.database import contents, copying
from app.database.contents import Holding
from app.domain.actor import Actor
from app.domain.errors import Refusal
from app.domain.permissions import Permission, require
from app.models.lease import Lease
from app.models.letter import Letter
from app.models.process import Process
from app.services import history, outbox


class NotEmpty(Refusal):
    """There is something in the database already."""

    def __init__(self) -> None:
        super().__init__(
            "目标数据库里已有数据，没有写入任何内容。请换一个空数据库（DATABASE_URL 或 DATA_DIR 指向别处）。"
        )


class Differs(Refusal):
    """The copy is not what was copied."""


def require_empty(target: Connection) -> None:
    """Raise NotEmpty when anybody has entered anything."""
    if not contents.is_empty(target):
        raise NotEmpty


def load(source: Connection, target: Connection, wanted: Mapping[str, Holding] | None = None) -> dict[str, Holding]:
    """Copy everything in the target's open transaction and read it back; what it holds now.

    Raises Differs when the target then holds anything else than the source (or than `wanted`, what a backup says of itself).
    """
    require_empty(target)
    copied = copying.fill(source, target)
    faults = contents.differences(dict(wanted or copied), contents.holdings(target))
    if faults:
        raise Differs("复制后核对不符，没有写入任何内容：" + "；".join(faults[:5]) + "。")
    return copied


def settle(session: Session, now: datetime, *, hold: bool) -> int:
    """Forget who was at work in the copied installation; with `hold` keep its waiting letters back, and say how many.

    A letter that waited when the backup was made may have left since: a person decides.
    """
    session.execute(delete(Process).execution_options(synchronize_session=False))
    session.execute(update(Lease).values(holder=None, leased_until=None).execution_options(synchronize_session=False))
    if not hold:
        return 0
    held = session.scalars(
        update(Letter)
        .where(outbox.waiting())
        .values(held_at=now, lease_token=None, leased_until=None)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    return len(held.all())


def held(session: Session) -> int:
    """How many letters are held back since a restore."""
    return int(session.scalar(select(func.count()).where(outbox.waiting(), Letter.held_at.is_not(None))) or 0)


def release(session: Session, actor: Actor, now: datetime, *, due_since: datetime | None = None) -> int:
    """Let held letters leave: all of them, or those due at `due_since` or later; how many."""
    require(actor, Permission.INVITATION_SEND)
    condition = [outbox.waiting(), Letter.held_at.is_not(None)]
    if due_since is not None:
        condition.append(Letter.due_at >= due_since)
    return _end_hold(session, condition, actor, now, "release", "放行恢复前的信件", held_at=None)


def drop(session: Session, actor: Actor, now: datetime) -> int:
    """Cancel the letters that are still held; how many."""
    require(actor, Permission.INVITATION_SEND)
    condition = [outbox.waiting(), Letter.held_at.is_not(None)]
    return _end_hold(session, condition, actor, now, "cancel", "取消恢复前的信件", cancelled_at=now)


def _end_hold(
    session: Session,
    condition: list[ColumnElement[bool]],
    actor: Actor,
    now: datetime,
    verb: str,
    label: str,
    **values: datetime | None,
) -> int:
    changed = session.scalars(
        update(Letter)
        .where(*condition)
        .values(values)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).all()
    for letter_id in changed:
        history.record(session, "letter", letter_id, verb, actor, now, label=label)
    return len(changed)
