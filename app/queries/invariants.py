"""Checks what must be true of the whole database, whoever wrote it: seats, states, histories, letters, talks, files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, cast, func, or_, select, text
from sqlalchemy.orm import Session

from app.database.base import Base, Lifecycled
from app.models.attachment import Attachment
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.meeting import Meeting
from app.models.sheet import Upload
from app.models.timetable_version import TimetableVersion

MOST = 20
"""How many faults of one kind are told apart; more of the same say no more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: its Chinese label, how many rows were looked at, what is wrong with which."""

    code: str
    label: str
    looked_at: int
    faults: tuple[str, ...]


Check = Callable[[Session], tuple[int, list[str]]]


def _pages(session: Session) -> tuple[int, list[str]]:
    """SQLite's own look at its file; PostgreSQL checks its pages as it reads them."""
    if session.get_bind().dialect.name != "sqlite":
        return 0, []
    faults = [str(row[0]) for row in session.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
    return 1, faults


def _parents(session: Session) -> tuple[int, list[str]]:
    looked, faults = 0, []
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            parent = key.referred_table.alias("parent")
            pairs = [(element.parent, parent.c[element.column.name]) for element in key.elements]
            orphans = (
                select(func.count())
                .select_from(table.outerjoin(parent, and_(*(child == other for child, other in pairs))))
                .where(*(child.is_not(None) for child, _ in pairs), pairs[0][1].is_(None))
            )
            looked += 1
            if count := session.scalar(orphans):
                faults.append(f"{table.name}.{pairs[0][0].name}：{count} 行指向不存在的 {key.referred_table.name}")
    return looked, faults


def _lifecycled() -> Iterator[Any]:
    for mapper in sorted(Base.registry.mappers, key=lambda one: one.class_.__name__):
        if issubclass(mapper.class_, Lifecycled):
            yield mapper.class_


def _states(session: Session) -> tuple[int, list[str]]:
    looked, faults = 0, []
    for model in _lifecycled():
        for state, count in session.execute(select(model._state, func.count()).group_by(model._state)):  # noqa: SLF001
            looked += count
            if state not in model.machine.codes:
                faults.append(f"{model.machine.label}：{count} 条处在不存在的状态“{state}”")
    return looked, faults


def _histories(session: Session) -> tuple[int, list[str]]:
    """The last move that was written down led to the state that stands; what never moved stands where all begin."""
    looked, faults = 0, list[str]()
    for model in _lifecycled():
        last = (
            select(func.max(MoveRecord.id).label("id"))
            .where(MoveRecord.noun == model.machine.noun, MoveRecord.target != "")
            .group_by(MoveRecord.subject_id)
            .subquery()
        )
        moves = select(MoveRecord.subject_id, MoveRecord.target).join(last, MoveRecord.id == last.c.id).subquery()
        told = func.coalesce(moves.c.target, model.machine.initial)
        rows = select(model.id, model._state, told).outerjoin(moves, moves.c.subject_id == model.id)  # noqa: SLF001
        looked += session.scalar(select(func.count()).select_from(model)) or 0
        wrong = session.execute(rows.where(model._state != told).order_by(model.id).limit(MOST))  # noqa: SLF001
        faults += [f"{model.machine.label} {row[0]}：状态是 {row[1]}，履历说是 {row[2]}" for row in wrong]
    return looked, faults


def _seats(session: Session) -> tuple[int, list[str]]:
    held = func.coalesce(func.sum(Invitation.party_size), 0)
    rows = session.execute(
        select(Event.id, Event.title, Event.seats_taken, Event.capacity, held)
        .outerjoin(Invitation, Invitation.event_id == Event.id)
        .group_by(Event.id, Event.title, Event.seats_taken, Event.capacity)
        .order_by(Event.id)
    ).all()
    faults = [
        f"活动 {number}《{title}》：记作 {taken} 个座位（共 {capacity}），回执合计 {answers} 个"
        for number, title, taken, capacity, answers in rows
        if taken != answers or not 0 <= taken <= capacity
    ]
    return len(rows), faults


def _letters(session: Session) -> tuple[int, list[str]]:
    wrong = {
        "既失败又取消": and_(Letter.failed_at.is_not(None), Letter.cancelled_at.is_not(None)),
        "记作送出却没有尝试过": and_(Letter.sent_at.is_not(None), Letter.attempts < 1),
        "有领取凭证却没有期限": Letter.lease_token.is_not(None) & Letter.leased_until.is_(None),
        "没有邮件编号": Letter.message_id == "",
        "等待发送却没有内容": and_(
            Letter.sent_at.is_(None), Letter.failed_at.is_(None), Letter.cancelled_at.is_(None), Letter.text == ""
        ),
    }
    faults = []
    for words, condition in wrong.items():
        ids = session.scalars(select(Letter.id).where(condition).order_by(Letter.id).limit(MOST)).all()
        faults += [f"信件 {number}：{words}" for number in ids]
    return session.scalar(select(func.count()).select_from(Letter)) or 0, faults


def _talks(session: Session) -> tuple[int, list[str]]:
    outside = session.execute(
        select(Meeting.id, Event.title)
        .join(Event, Meeting.event_id == Event.id)
        .where(or_(Meeting.slot >= Event.slot_count, Meeting.table_number >= Event.tables))
        .order_by(Meeting.id)
        .limit(MOST)
    )
    faults = [f"洽谈 {number}（{title}）：不在该场活动的时段或洽谈桌之内" for number, title in outside]
    for who, column in (("企业", Meeting.enterprise_id), ("专家", Meeting.expert_id), ("洽谈桌", Meeting.table_number)):
        twice = session.execute(
            select(Meeting.event_id, Meeting.slot, column)
            .group_by(Meeting.event_id, Meeting.slot, column)
            .having(func.count() > 1)
            .limit(MOST)
        )
        faults += [f"活动 {event} 第 {slot + 1} 时段：{who} {one} 有两场洽谈" for event, slot, one in twice]
    return session.scalar(select(func.count()).select_from(Meeting)) or 0, faults


def _editions(session: Session) -> tuple[int, list[str]]:
    newest = (
        select(TimetableVersion.event_id, func.max(TimetableVersion.edition).label("edition"))
        .group_by(TimetableVersion.event_id)
        .subquery()
    )
    rows = session.execute(
        select(Event.id, Event.edition, func.coalesce(newest.c.edition, 0)).outerjoin(
            newest, newest.c.event_id == Event.id
        )
    ).all()
    return len(rows), [f"活动 {row[0]}：时间表记作第 {row[1]} 版，实有 {row[2]} 版" for row in rows if row[1] != row[2]]


def _files(session: Session) -> tuple[int, list[str]]:
    looked, faults = 0, []
    for model, label in ((Attachment, "附件"), (Upload, "表格")):
        rows = session.execute(
            select(model.id, model.sha256, model.content).order_by(model.id).execution_options(yield_per=20)
        )
        for number, digest, content in rows:
            looked += 1
            if hashlib.sha256(content).hexdigest() != digest:
                faults.append(f"{label} {number}：内容与登记的校验值不符")
    return looked, faults[:MOST]


def _texts(session: Session) -> tuple[int, list[str]]:
    """Text that one of the two databases could not hold: it would stop a move to the other."""
    looked, faults = 0, list[str]()
    if session.get_bind().dialect.name != "sqlite":
        return looked, faults
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            length = getattr(column.type, "length", None)
            if length is None:
                continue
            looked += 1
            count = session.scalar(select(func.count()).where(func.length(cast(column, Text)) > length))
            if count:
                faults.append(f"{table.name}.{column.name}：{count} 行超过 {length} 字")
    return looked, faults


CHECKS: dict[str, tuple[str, Check]] = {
    "pages": ("数据库文件完好", _pages),
    "parents": ("记录之间的关联都存在", _parents),
    "states": ("状态都合法", _states),
    "histories": ("履历与状态一致", _histories),
    "seats": ("座位数等于回执合计，不超过名额", _seats),
    "letters": ("信件状态真实", _letters),
    "talks": ("洽谈没有冲突", _talks),
    "editions": ("时间表版次一致", _editions),
    "files": ("附件和表格内容完好", _files),
    "texts": ("文字长度符合规定", _texts),
}


def check(session: Session) -> list[Finding]:
    """Look at everything, in one transaction's sight."""
    found = []
    for code, (label, look) in CHECKS.items():
        looked_at, faults = look(session)
        found.append(Finding(code, label, looked_at, tuple(faults)))
    return found
