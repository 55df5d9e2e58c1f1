"""Takes in a sheet of answers: every row as if the guest had given it then, all of them or none.

A dry run is the same work in a transaction that the caller throws away, so what it says is what would happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor
from app.domain.errors import Full, Invalid
from app.domain.permissions import Permission, require
from app.domain.replies import Outcome
from app.domain.vocabulary import ReplyVia
from app.models.event import Event
from app.models.invitation import Invitation
from app.queries import invitations
from app.services import answering, seats
from app.sheets.findings import CellComplaint
from app.sheets.replies import COLUMNS, ReplyRow, read_replies


@dataclass(frozen=True, slots=True)
class Taken:
    """One row and what became of it."""

    row: ReplyRow
    organisation: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """What a sheet holds: what became of its rows in the order in which they were answered, faults, rows without answer."""

    taken: tuple[Taken, ...]
    complaints: tuple[CellComplaint, ...]
    silent: int

    def count(self, result: str) -> int:
        """How many rows ended so: accepted, waiting, declined or older."""
        return sum(one.outcome.result == result for one in self.taken)


def template_rows(session: Session, event: Event, actor: Actor) -> list[tuple[str | int, ...]]:
    """A row for every guest in sight who has been asked and may still answer, with the answer left empty."""
    asked = session.scalars(
        invitations.visible_to(actor)
        .where(Invitation.event_id == event.id, Invitation.state.in_(OPEN))
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id)
    )
    rest = ("",) * (len(COLUMNS) - 3)
    return [(one.id, one.organisation.name, one.contact_email, *rest) for one in asked]


OPEN = ("sent", "accepted", "waiting", "offered", "declined", "unseated", "lapsed")
"""States of invitations that an answer may still come for."""


def take_in(
    session: Session, event: Event, data: bytes, filename: str, given_at: datetime | None, actor: Actor, now: datetime
) -> Report:
    """Write all answers of the sheet, the oldest first; the caller keeps them only when there are no complaints.

    Raises NotAllowed, and Invalid when the file can't be opened.
    """
    require(actor, Permission.INVITATION_RECORD)
    sheet = read_replies(data, filename, given_at)
    seats.lock(session, event.id)
    named, faults = _named(session, event, sheet.rows, actor)
    taken: list[Taken] = []
    for row, invitation in sorted(named, key=lambda pair: (pair[0].draft.given_at or now, pair[0].number)):
        name = invitation.organisation.name
        try:
            with session.begin_nested():
                outcome = _write(session, row, invitation, filename, actor, now)
        except Invalid as error:
            faults += [row.complain(one.field, one.message) for one in error.complaints]
        except Full as error:
            faults.append(row.complain("party_size", error.message))
        else:
            taken.append(Taken(row, name, outcome))
    complaints = sorted((*sheet.complaints, *faults), key=lambda one: one.row)
    return Report(tuple(taken), tuple(complaints), sheet.silent)


def _write(
    session: Session, row: ReplyRow, invitation: Invitation, filename: str, actor: Actor, now: datetime
) -> Outcome:
    note = row.draft.note or f"表格“{filename}”第 {row.number} 行"[:200]
    draft = replace(row.draft, note=note)
    write = answering.accept if row.comes else answering.decline
    return write(session, invitation, draft, actor, now, via=ReplyVia.SHEET)


def _named(
    session: Session, event: Event, rows: Sequence[ReplyRow], actor: Actor
) -> tuple[list[tuple[ReplyRow, Invitation]], list[CellComplaint]]:
    """Whose answer each row is: by the guest's number, else by the address the invitation went to."""
    seen = session.scalars(
        invitations.visible_to(actor)
        .where(Invitation.event_id == event.id)
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id)
    ).all()
    by_code = {one.id: one for one in seen}
    by_email: dict[str, list[Invitation]] = {}
    for one in seen:
        by_email.setdefault(one.contact_email.casefold(), []).append(one)
    found: list[tuple[ReplyRow, Invitation]] = []
    faults: list[CellComplaint] = []
    rows_of: dict[int, int] = {}
    for row in rows:
        chosen = [by_code[row.code]] if row.code in by_code else [] if row.code else by_email.get(row.email, [])
        if len(chosen) != 1:
            faults.append(_who(row, len(chosen)))
        elif row.code and row.email and chosen[0].contact_email.casefold() != row.email:
            faults.append(
                row.complain("email", f"编号 {row.code} 的邀请发往 {chosen[0].contact_email}，与这里不同，请核对。")
            )
        elif chosen[0].id in rows_of:
            first = rows_of[chosen[0].id]
            faults.append(row.complain("code", f"与第 {first} 行是同一位来宾，请只留下最后的答复。"))
        else:
            rows_of[chosen[0].id] = row.number
            found.append((row, chosen[0]))
    return found, faults


def _who(row: ReplyRow, count: int) -> CellComplaint:
    if count > 1:
        return row.complain("email", f"本场有 {count} 份邀请发往这个邮箱，请填写来宾编号。")
    if row.code:
        return row.complain("code", f"本场没有编号 {row.code} 的来宾，请从本场的答复表里复制。")
    return row.complain("email", "本场没有发往这个邮箱的邀请，请核对，或填写来宾编号。")
