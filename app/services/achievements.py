"""Achievements (科技成果): entering, revising and remarking them; what must hold before a submission."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor
from app.domain.drafts import AchievementDraft, Contact, Provenance
from app.domain.errors import Complaint, IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, allows, require
from app.domain.validation import ACHIEVEMENT_IN_SHEET, ACHIEVEMENT_ON_FORM, check_achievement
from app.domain.vocabulary import OrganisationKind, Source
from app.models.achievement import Achievement
from app.models.people import Department, Expert, Organisation
from app.queries import achievements as achievement_queries
from app.queries import industries
from app.services import history, leases, notices, numbering
from app.services.steps import Step

draft_of = achievement_queries.draft_of

OWNERS_TURN = frozenset({"draft", "returned"})
REVIEWERS_TURN = frozenset({"submitted"})
LONGEST_REMARK = 500


def post(
    session: Session,
    draft: AchievementDraft,
    organisation: Organisation,
    provenance: Provenance,
    actor: Actor,
    now: datetime,
    *,
    form_key: str = "",
    upload_id: int | None = None,
) -> Achievement:
    """Enter an achievement as a draft; flushed, so that it has its id.

    A `form_key` that was used before with the same content gives the achievement made then; with other content it
    raises Stale. Raises Invalid for what no draft may hold and NotAllowed for a stranger's organisation. The
    contact becomes an expert of the institute, the department is found by name or made.
    """
    require(actor, Permission.ACHIEVEMENT_WRITE, organisation.owner)
    _check(draft, organisation)
    key = f"{actor.user_id}:{form_key}" if form_key else None
    earlier = session.scalar(select(Achievement).where(Achievement.form_key == key)) if key else None
    if earlier is not None:
        if draft_of(earlier) != draft or earlier.organisation_id != organisation.id:
            raise Stale("这张表单已经保存过一次，请从列表中打开那项成果继续修改；您这次填写的内容没有写入。")
        return earlier
    achievement = Achievement(
        organisation=organisation,
        form_key=key,
        upload_id=upload_id,
        created_by_id=actor.user_id,
        created_at=now,
        source=provenance.source.value,
        remarks={},
    )
    _fill(session, achievement, draft, now)
    session.add(achievement)
    session.flush()  # achievement.id
    details = {"source": provenance.source.value, "told_by": provenance.told_by, "told_how": provenance.told_how}
    label = "录入" if actor.organisation_id == organisation.id else "代为录入"
    history.record(session, "achievement", achievement.id, "post", actor, now, label=label, details=details)
    return achievement


def revise(
    session: Session,
    achievement: Achievement,
    draft: AchievementDraft,
    actor: Actor,
    now: datetime,
    *,
    version: int | None = None,
) -> None:
    """Replace the content of a draft or returned achievement; a reviewer may also correct a submitted one.

    Raises Stale when `version` is not the present one, IllegalMove in any other state, Invalid and NotAllowed as
    `post` does. Saving once more what is there already is no change, whatever the version.
    """
    require(actor, Permission.ACHIEVEMENT_WRITE, achievement.owner)
    before = draft_of(achievement)
    changed = [
        part.name for part in fields(AchievementDraft) if getattr(before, part.name) != getattr(draft, part.name)
    ]
    if not changed:
        return
    if version is not None and version != achievement.version:
        raise Stale("这项成果刚刚被别人改过，您的修改没有写入。")
    if not editable(achievement, actor):
        raise IllegalMove(f"这项成果现在是“{achievement.state_label}”，不能直接修改。请先点“修订”或请审核人退回。")
    _check(draft, achievement.organisation)
    _fill(session, achievement, draft, now)
    history.record(
        session, "achievement", achievement.id, "edit", actor, now, label="修改", details={"fields": changed}
    )


def editable(achievement: Achievement, actor: Actor) -> bool:
    """Whether this actor may change the content now: the institute's side before, the reviewer's during the review."""
    if achievement.state in REVIEWERS_TURN:
        return allows(actor, Permission.ACHIEVEMENT_REVIEW, achievement.owner)
    return achievement.state in OWNERS_TURN and allows(actor, Permission.ACHIEVEMENT_WRITE, achievement.owner)


def remark(session: Session, achievement: Achievement, remarks: dict[str, str], actor: Actor, now: datetime) -> None:
    """Keep what the reviewer wants changed, field by field; shown beside the fields of the institute's form."""
    require(actor, Permission.ACHIEVEMENT_REVIEW, achievement.owner)
    kept = {name: text.strip() for name, text in remarks.items() if text.strip()}
    if any(len(text) > LONGEST_REMARK for text in kept.values()):
        raise Invalid((Complaint("reason", f"每条修改意见最多 {LONGEST_REMARK} 个字，请精简。"),))
    achievement.remarks = kept
    if kept:
        history.record(
            session,
            "achievement",
            achievement.id,
            "remark",
            actor,
            now,
            label="填写修改意见",
            details={"remarks": kept},
        )


def ready(session: Session, achievement: Achievement, now: datetime) -> None:
    """Condition of `submit`: everything the form (or, for an imported one, the sheet) asks for is there."""
    complaints = check_achievement(draft_of(achievement), required=required_of(achievement))
    if complaints:
        raise Invalid(complaints)


def required_of(achievement: Achievement | None) -> frozenset[str]:
    """The fields that must be filled before this achievement (None: a new one) may be submitted."""
    from_sheet = achievement is not None and achievement.source == Source.SHEET.value
    return ACHIEVEMENT_IN_SHEET if from_sheet else ACHIEVEMENT_ON_FORM


def submitted(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction: the achievement gets its number, once."""
    achievement: Achievement = step.subject
    if achievement.number is None:
        series = f"CG-{clock.today(now).year}"
        achievement.number = f"{series}-{numbering.next_number(session, series):04d}"
    return ()


def returned(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction: the contact is told why; the reason joins the remarks of the fields."""
    achievement: Achievement = step.subject
    notices.returned(session, achievement, step.reason, now)
    achievement.remarks = {**achievement.remarks, "reason": step.reason}
    return ()


def listed(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction: remarks are settled, the contact is told, and the matcher is asked to look again."""
    step.subject.remarks = {}
    notices.published(session, step.subject, now)
    leases.request(session, "recommend", now)
    return ()


def left(session: Session, _step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction to an achievement that is no longer offered: the matcher is asked to look again."""
    leases.request(session, "recommend", now)
    return ()


def _check(draft: AchievementDraft, organisation: Organisation) -> None:
    """Refuse what even a draft may not hold: text too long for its field, unreadable numbers and addresses."""
    complaints = list(check_achievement(draft, required=()))
    if organisation.kind != OrganisationKind.INSTITUTE.value:
        complaints.append(Complaint("organisation", "科技成果由院所高校提供，请选择一家院所高校。"))
    if complaints:
        raise Invalid(tuple(complaints))


def _fill(session: Session, achievement: Achievement, draft: AchievementDraft, now: datetime) -> None:
    """Write the draft into the row. The industry's text stays as typed; its row is found by name or alias."""
    one, industry = achievement, industries.named(session, draft.industry) if draft.industry else None
    for name in ("title", "owner_phone", "team", "summary", "indicators", "applications", "market", "acquisition",
                 "funding", "completed_year", "awards", "patents", "price", "price_negotiable", "suitable_for",
                 "landed_locally", "notes"):  # fmt: skip
        setattr(one, name, getattr(draft, name))
    for name in ("maturity", "level", "ip_status", "field", "willingness", "visibility"):
        word = getattr(draft, name)
        setattr(one, name, word.value if word else None)
    one.owner_name, one.keywords = draft.owner, list(draft.keywords)
    one.kinds, one.modes = [kind.value for kind in draft.kinds], [mode.value for mode in draft.modes]
    one.industry_text, one.industry_id = draft.industry, industry.id if industry else None
    contact = draft.contact
    one.contact_name, one.contact_title, one.contact_email = contact.name, contact.title, contact.email
    one.contact_mobile, one.contact_landline = contact.mobile, contact.landline
    one.department = _department(session, one.organisation, draft.department)
    one.expert = _expert(session, one.organisation, one.department, contact)
    one.changed_at = now


def _department(session: Session, organisation: Organisation, name: str) -> Department | None:
    """The institute's department of this name, made if there is none; None for no name."""
    if not name:
        return None
    session.flush()  # organisation.id of a new organisation
    wanted = select(Department).where(Department.organisation_id == organisation.id, Department.name == name)
    found = session.scalar(wanted)
    if found is None:
        found = Department(organisation_id=organisation.id, name=name)
        session.add(found)
    return found


def _expert(
    session: Session, organisation: Organisation, department: Department | None, contact: Contact
) -> Expert | None:
    """Who speaks for the achievement: known by institute and e-mail address; what is known of them stays."""
    if not contact.name or not contact.email:
        return None
    session.flush()  # organisation.id of a new organisation
    email = contact.email.casefold()
    expert = session.scalar(select(Expert).where(Expert.organisation_id == organisation.id, Expert.email == email))
    if expert is None:
        expert = Expert(organisation_id=organisation.id, email=email, name=contact.name)
        session.add(expert)
    expert.title = expert.title or contact.title
    expert.mobile = expert.mobile or contact.mobile
    expert.department = expert.department or department
    return expert
