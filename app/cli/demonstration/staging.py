"""Plays the story of the demo season, step by step; a step that was played is not played again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.cli.demonstration import answers, loading, past
from app.cli.demonstration.story import Story, Written
from app.domain.actor import Actor
from app.domain.drafts import AchievementDraft, NeedDraft, Provenance
from app.domain.errors import Invalid
from app.extensions import db, writing
from app.jobs import recommend
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.need import Need
from app.models.people import Membership, Organisation, User
from app.queries import meetings, timetables
from app.services import accounts, achievements, conduct, invitations, inviting, needs, planning
from app.services.steps import Step
from app.web.doors import as_actor

KEEP_TOP = 2
SENT, DRAFTED = 4, 2
"""How many of the coming sessions have their invitations sent, and how many more have them drafted."""

ENTERED, PAIRED, PLANNED, INVITED = (timedelta(days=days) for days in (3, 12, 10, 7))
"""How long ago the records were entered, and the pairing, the planning and the inviting done."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every step works with: the story, the season, the time, and who acts in which part."""

    story: Story
    season: loading.Season
    now: datetime
    cast: Mapping[str, Actor]
    chance: random.Random

    def ago(self, span: timedelta) -> datetime:
        """The instant that long before now."""
        return self.now - span


def play(story: Story, now: datetime, say: Callable[[str], None]) -> None:
    """Play what has not been played yet. Raises Invalid where the demo was not loaded."""
    session = db.session()
    season = loading.season(session)
    done = loading.marks(session)
    if season is None or loading.LOADED not in done:
        raise Invalid("这个数据库里没有演示数据，请先运行 flask --app wsgi demo load。")
    if loading.STAGED in done:
        say("演示情节已经排过，保留现有数据。")
        return
    for name, (label, step) in STEPS.items():
        if name in done:
            continue
        scene = Scene(story, season, now, _cast(db.session(), story), random.Random(f"{season.year}:{name}"))  # noqa: S311 (no secret)
        said = step(scene)
        with writing() as writable:
            loading.mark(writable, name, label, now)
        say(f"{label}：{said}。")
    with writing() as writable:
        loading.mark(writable, loading.STAGED, "演示情节完成", now)


def _cast(session: Session, story: Story) -> dict[str, Actor]:
    found = {}
    for person in story.people:
        membership = session.scalars(
            select(Membership)
            .join(Membership.user)
            .where(User.email == person.email, Membership.role == person.role.value)
            .options(joinedload(Membership.organisation), joinedload(Membership.user))
        ).one()
        found[person.part] = as_actor(membership, membership.user.name)
    return found


# The steps. Each may take several transactions; each can be played again after a break.


def _newcomers(scene: Scene) -> str:
    with writing() as session:
        for draft in scene.story.newcomers:
            if session.scalar(select(User.id).where(User.email == draft.email)) is None:
                accounts.enrol(session, draft, scene.ago(timedelta(hours=20)))
    return f"{len(scene.story.newcomers)} 家单位等待审核"


def _records(scene: Scene) -> str:
    for part, written in (("enterprise", scene.story.needs), ("institute", scene.story.achievements)):
        for number, one in enumerate(written):
            with writing() as session:
                _enter(session, scene, scene.cast[part], one, f"demo:{part}:{number}")
    return f"需求 {len(scene.story.needs)} 条、成果 {len(scene.story.achievements)} 项，有草稿、待审和退回的"


def _enter(session: Session, scene: Scene, owner: Actor, written: Written, key: str) -> None:
    """Enter one record as its owner, and take it as far as the story says."""
    place = session.get_one(Organisation, owner.organisation_id)
    then = scene.ago(ENTERED)
    draft = written.draft
    if isinstance(draft, NeedDraft):
        record: Need | Achievement = needs.post(session, draft, place, Provenance(), owner, then, form_key=key)
    else:
        assert isinstance(draft, AchievementDraft)
        record = achievements.post(session, draft, place, Provenance(), owner, then, form_key=key)
    if written.state == "draft" or not record.machine.may_start(record.state, "submit"):
        return
    conduct.carry_out(session, Step(record, "submit"), owner, then + timedelta(hours=1))
    if written.state == "returned":
        desk, later = scene.cast["organizer"], then + timedelta(days=1)
        if isinstance(record, Need):
            needs.remark(session, record, dict(written.remarks), desk, later)
        else:
            achievements.remark(session, record, dict(written.remarks), desk, later)
        conduct.carry_out(session, Step(record, "return", reason=written.reason), desk, later)


def _pair(scene: Scene) -> str:
    counts = recommend.refresh(scene.ago(loading.BEGAN - timedelta(days=1)))
    return f"新增推荐 {counts['added']} 个"


def _decide(scene: Scene) -> str:
    made = 0
    with writing() as session:
        for number, decision in enumerate(scene.story.decisions):
            found = session.scalars(answers.suggested_of_rank(decision.rank).offset(number).limit(1)).first()
            if found is not None:
                step = Step(found, decision.move, reason=decision.reason)
                conduct.carry_out(session, step, scene.cast["organizer"], scene.ago(PAIRED))
                made += 1
    return f"{made} 个推荐由工作人员标为不合适或不再推荐"


def _plan(scene: Scene) -> str:
    then, desk = scene.ago(PLANNED), scene.cast["organizer"]
    if not timetables.sessions_ahead(db.session(), scene.season.year, then):
        return "本年度的对接会都已过去，不再排期"
    proposal = planning.propose(db.session(), scene.season.year, KEEP_TOP, desk, then)
    with writing() as session:
        outcome = planning.adopt(session, proposal, desk, then)
    return f"{outcome.events} 场对接会排定洽谈 {outcome.meetings} 场，未排上 {outcome.unplaced} 个"


def _invite(scene: Scene) -> str:
    then, desk = scene.ago(INVITED), scene.cast["organizer"]
    sent = drafted = 0
    ahead = [event.id for event in timetables.sessions_ahead(db.session(), scene.season.year, scene.now)]
    with_talks = [event_id for event_id in ahead if meetings.of_event(db.session(), event_id)]
    for number, event_id in enumerate(with_talks[: SENT + DRAFTED]):
        with writing() as session:
            event = session.get_one(Event, event_id)
            drafted += len(invitations.draft_for(session, event, desk, then).made)
            if number < SENT:
                sent += inviting.send_all(session, event, desk, then).sent
    return f"{min(SENT, len(with_talks))} 场已发出邀请 {sent} 份，另有 {drafted - sent} 份待发"


def _answers(scene: Scene) -> str:
    return answers.play(scene.story, scene.now, scene.cast["organizer"], scene.ago(INVITED), scene.chance)


def _past(scene: Scene) -> str:
    return past.play(scene.story, scene.season, scene.now, scene.cast["organizer"], scene.chance)


STEPS: dict[str, tuple[str, Callable[[Scene], str]]] = {
    "newcomers": ("单位申请", _newcomers),
    "records": ("需求和成果", _records),
    "pair": ("供需匹配", _pair),
    "past": ("已办的一场", _past),
    "decide": ("配对取舍", _decide),
    "plan": ("年度排期", _plan),
    "invite": ("邀请", _invite),
    "answers": ("回执", _answers),
}
"""Name of the mark, what the step is called, and what it does; in this order."""
