"""The command that invites: drafts what is missing for the year's coming docking sessions, sends it, delivers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.printing import answer
from app.domain import clock
from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid
from app.extensions import db, writing
from app.jobs import deliver
from app.models.event import Event
from app.queries import invitations as queries
from app.queries import letters
from app.services import guests, inviting
from app.services import invitations as service

KIND = "invitation"
invitations = AppGroup("invitations", help="Invitations to the docking sessions.")


@dataclass
class Round:
    """What the command did. `queued` are letters that wait for the mail server, `skipped` reasons in Chinese."""

    events: int = 0
    invitations: int = 0
    sent: int = 0
    queued: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """The round as the JSON answer has it."""
        return dict(vars(self))


@invitations.command("send")
@click.option("--year", type=int, required=True, help="The year of the programme.")
@click.option("--dry-run", is_flag=True, help="Only say what would be sent.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def send(year: int, dry_run: bool, as_json: bool) -> None:
    """Invite everybody the plan of the year asks for; doing it again sends nothing new."""
    done = Round()
    for event_id in [event.id for event in queries.docking_sessions(db.session(), year)]:
        try:
            _would_send(event_id, done) if dry_run else _send(event_id, done)
        except Invalid as error:
            done.skipped.append(f"{db.session.get_one(Event, event_id).title}：{error.message}")
        else:
            done.events += 1
    if not dry_run:
        done.sent = deliver.drain(clock.now()).kinds[KIND]
        done.queued, done.failed = letters.open_and_failed(db.session(), KIND, year)
    answer(as_json, done.data(), _lines(done, year, dry_run))


def _send(event_id: int, done: Round) -> None:
    now = clock.now()
    with writing() as session:
        event = session.get_one(Event, event_id)
        drafted = service.draft_for(session, event, PROGRAMME, now)
        sent = inviting.send_all(session, event, PROGRAMME, now)
        title = event.title
    done.invitations += sent.sent
    done.skipped += [f"{title}：{reason}" for reason in (*drafted.skipped, *sent.skipped)]


def _would_send(event_id: int, done: Round) -> None:
    """Count what `_send` would send, writing nothing."""
    session = db.session()
    event = session.get_one(Event, event_id)
    service.refuse_if_over(event, clock.now())
    there = {invitation.organisation_id: invitation for invitation in queries.of_event(session, event_id)}
    for guest in guests.of_event(session, event):
        known = there.pop(guest.organisation.id, None)
        if known is not None:
            done.invitations += known.state == "draft"
        elif guest.email:
            done.invitations += 1
        else:
            done.skipped.append(f"{event.title}：{guest.organisation.name}：没有联系邮箱")


def _lines(done: Round, year: int, dry_run: bool) -> list[str]:
    if dry_run:
        head = f"试运行：{year} 年 {done.events} 场对接会，将发出 {done.invitations} 份邀请；没有写入任何内容。"
    else:
        head = f"{year} 年 {done.events} 场对接会，新发出 {done.invitations} 份邀请："
        head += f"已送达邮件服务器 {done.sent} 封，等待 {done.queued} 封，失败 {done.failed} 封。"
    return [head, *(f"未发：{reason}" for reason in done.skipped)]


COMMANDS = (invitations,)
