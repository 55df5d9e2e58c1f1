"""Needs (技术需求): entering, revising, remarking and confirming them; what must hold before a submission."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import PROGRAMME, Actor, Role
from app.domain.drafts import Indicator, NeedDraft, Provenance
from app.domain.errors import Complaint, IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, allows, require
from app.domain.validation import NEED_IN_SHEET, NEED_ON_FORM, check_need
from app.domain.vocabulary import OrganisationKind, Source
from app.models.need import Need, NeedIndicator
from app.models.people import Organisation
from app.queries import industries
from app.queries import needs as need_queries
from app.services import history, leases, notices, numbering
from app.services.steps import Step

draft_of = need_queries.draft_of

OWNERS_TURN = frozenset({"draft", "returned"})
REVIEWERS_TURN = frozenset({"submitted"})
LONGEST_TOLD_BY, LONGEST_TOLD_HOW = 80, 200
LONGEST_REMARK = 500
CITY_CODE = "411000"  # GB/T 2260 of the city, for a firm without a county


def post(
    session: Session,
    draft: NeedDraft,
    organisation: Organisation,
    provenance: Provenance,
    actor: Actor,
    now: datetime,
    *,
    form_key: str = "",
    upload_id: int | None = None,
) -> Need:
    """Enter a need as a draft; flushed, so that it has its id.

    A `form_key` that was used before with the same content gives the need made then; with other content it raises
    Stale. Raises Invalid for what no draft may hold and NotAllowed for a stranger's organisation. A need entered by
    somebody outside the firm, other than from a sheet, is to be confirmed by the firm.
    """
    require(actor, Permission.NEED_WRITE, organisation.owner)
    _check(draft, organisation, provenance)
    key = f"{actor.user_id}:{form_key}" if form_key else None
    earlier = session.scalar(select(Need).where(Need.form_key == key)) if key else None
    if earlier is not None:
        if draft_of(earlier) != draft or earlier.organisation_id != organisation.id:
            raise Stale("这张表单已经保存过一次，请从列表中打开那条需求继续修改；您这次填写的内容没有写入。")
        return earlier
    by_itself = actor.role is Role.PROGRAMME or actor.organisation_id == organisation.id
    on_behalf = not by_itself and provenance.source is not Source.SHEET
    need = Need(
        organisation=organisation,
        form_key=key,
        upload_id=upload_id,
        created_by_id=actor.user_id,
        created_at=now,
        source=provenance.source.value,
        told_by=provenance.told_by,
        told_how=provenance.told_how,
        visited_on=provenance.visited_on,
        confirm_nonce=secrets.token_urlsafe(16) if on_behalf else None,
        remarks={},
    )
    _fill(session, need, draft, now)
    session.add(need)
    session.flush()  # need.id
    history.record(
        session,
        "need",
        need.id,
        "post",
        actor,
        now,
        label="代为录入" if on_behalf else "录入",
        details={"source": need.source},
    )
    return need


def revise(
    session: Session, need: Need, draft: NeedDraft, actor: Actor, now: datetime, *, version: int | None = None
) -> None:
    """Replace the content of a draft or returned need; a reviewer may also correct a submitted one.

    Raises Stale when `version` is not the present one, IllegalMove in any other state, Invalid and NotAllowed as
    `post` does. Saving once more what is there already is no change. What somebody else than the firm changes has to be confirmed by the firm once more.
    """
    require(actor, Permission.NEED_WRITE, need.owner)
    before = draft_of(need)
    changed = [part.name for part in fields(NeedDraft) if getattr(before, part.name) != getattr(draft, part.name)]
    if not changed:
        return
    if version is not None and version != need.version:
        raise Stale("这条需求刚刚被别人改过，您的修改没有写入。")
    if not editable(need, actor):
        raise IllegalMove(f"这条需求现在是“{need.state_label}”，不能直接修改。请先点“修订”或请审核人退回。")
    _check(draft, need.organisation, provenance_of(need))
    _fill(session, need, draft, now)
    if need.confirm_nonce and actor.organisation_id != need.organisation_id:
        need.confirm_nonce, need.confirmed_at, need.confirm_note = secrets.token_urlsafe(16), None, ""
    history.record(session, "need", need.id, "edit", actor, now, label="修改", details={"fields": changed})


def editable(need: Need, actor: Actor) -> bool:
    """Whether this actor may change the content now: the firm's side before, the reviewer's during the review."""
    if need.state in REVIEWERS_TURN:
        return allows(actor, Permission.NEED_REVIEW, need.owner)
    return need.state in OWNERS_TURN and allows(actor, Permission.NEED_WRITE, need.owner)


def remark(session: Session, need: Need, remarks: dict[str, str], actor: Actor, now: datetime) -> None:
    """Keep what the reviewer wants changed, field by field; shown beside the fields of the firm's form."""
    require(actor, Permission.NEED_REVIEW, need.owner)
    kept = {name: text.strip() for name, text in remarks.items() if text.strip()}
    if any(len(text) > LONGEST_REMARK for text in kept.values()):
        raise Invalid((Complaint("reason", f"每条修改意见最多 {LONGEST_REMARK} 个字，请精简。"),))
    need.remarks = kept
    if kept:
        history.record(session, "need", need.id, "remark", actor, now, label="填写修改意见", details={"remarks": kept})


def confirm(session: Session, need: Need, agrees: bool, note: str, actor: Actor, now: datetime) -> None:
    """The firm's answer to a need that somebody entered for it: 属实, or 有出入 with what is wrong.

    Afterwards `confirmed_at` is set if it agrees; `confirm_note` holds what it says otherwise.
    """
    require(actor, Permission.NEED_CONFIRM, need.owner)
    if not agrees and not note:
        raise Invalid((Complaint("note", "请写明哪里有出入，以便工作人员更正。"),))
    if len(note) > LONGEST_REMARK:
        raise Invalid((Complaint("note", f"说明最多 {LONGEST_REMARK} 个字，现在有 {len(note)} 个，请精简。"),))
    if bool(need.confirmed_at) == agrees and need.confirm_note == note:
        return  # the same answer once more, e.g. by a double click
    need.confirmed_at = now if agrees else None
    need.confirm_note = note
    label = "企业确认属实" if agrees else "企业反映有出入"
    history.record(session, "need", need.id, "confirm" if agrees else "dispute", actor, now, label=label, reason=note)


def ask_again(session: Session, need: Need, actor: Actor, now: datetime) -> None:
    """Send the firm a new link to confirm the need; the earlier link and answer are void."""
    require(actor, Permission.NEED_REVIEW, need.owner)
    if not need.confirm_nonce:
        raise Invalid("这条需求是企业自己填报的，不需要企业再确认。")
    need.confirm_nonce, need.confirmed_at, need.confirm_note = secrets.token_urlsafe(16), None, ""
    history.record(session, "need", need.id, "ask", actor, now, label="重新请企业确认")
    notices.ask_to_confirm(session, need, actor.organisation_name, now)


def ready(session: Session, need: Need, now: datetime) -> None:
    """Condition of `submit`: everything the form (or, for an imported need, the sheet) asks for is there."""
    today = None if need.source == Source.SHEET.value else clock.today(now)
    complaints = check_need(draft_of(need), required=required_of(need), today=today)
    if complaints:
        raise Invalid(complaints)


def required_of(need: Need | None) -> frozenset[str]:
    """The fields that must be filled before this need (None: a new one) may be submitted."""
    return NEED_IN_SHEET if need is not None and need.source == Source.SHEET.value else NEED_ON_FORM


def open_for_answer(need: Need) -> bool:
    """Whether an answer of the firm still means something: not once the need was withdrawn."""
    return need.state != "withdrawn"


def answer_of(need: Need) -> str:
    """What the firm said of a need that others entered: waiting, confirmed, disputed; empty for its own."""
    if not need.confirm_nonce:
        return ""
    if need.confirmed_at is not None:
        return "confirmed"
    return "disputed" if need.confirm_note else "waiting"


def waits_for_answer(need: Need) -> bool:
    """Whether the firm was asked to confirm the need and has not answered."""
    return answer_of(need) == "waiting"


def publishable(session: Session, need: Need, now: datetime) -> None:
    """Condition of `publish`: the date of validity lies ahead; an imported need gets a new one instead."""
    if _expired(need, now) and need.source != Source.SHEET.value:
        raise Invalid((Complaint("valid_until", "有效期已经过去，请先修改有效期，或退回请企业修改。"),))


def submitted(session: Session, step: Step, asker: Actor, now: datetime) -> Iterable[Step]:
    """Reaction: the need gets its number, once; a firm for which somebody entered it is asked to confirm."""
    need: Need = step.subject
    if need.number is None:
        county = need.organisation.county
        series = f"XQ-{clock.today(now).year}-{county.code if county else CITY_CODE}"
        need.number = f"{series}-{numbering.next_number(session, series):04d}"
    if need.confirm_nonce and need.confirmed_at is None:
        notices.ask_to_confirm(session, need, asker.organisation_name, now)
    return ()


def returned(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction: the contact is told why; the reason joins the remarks of the fields."""
    need: Need = step.subject
    notices.returned(session, need, step.reason, now)
    need.remarks = {**need.remarks, "reason": step.reason}
    return ()


def published(session: Session, step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction: remarks are settled, the contact is told, and the matcher is asked to look again.

    A date of validity that had passed before an imported need was published is put one year ahead; history says so.
    """
    need: Need = step.subject
    need.remarks = {}
    if _expired(need, now):
        past, need.valid_until = need.valid_until, default_validity(now)
        history.record(
            session,
            "need",
            need.id,
            "renew",
            PROGRAMME,
            now,
            label="有效期顺延",
            reason=f"导入时的有效期 {past} 已经过去，发布时顺延至 {need.valid_until}。",
        )
    notices.published(session, need, now)
    leases.request(session, "recommend", now)
    return ()


def left(session: Session, _step: Step, _actor: Actor, now: datetime) -> Iterable[Step]:
    """Reaction to a need that is no longer offered: the matcher is asked to look again."""
    leases.request(session, "recommend", now)
    return ()


def default_validity(now: datetime) -> date:
    """One year from today, unless the form says otherwise."""
    today = clock.today(now)
    return date(today.year + 1, today.month, min(today.day, 28) if today.month == 2 else today.day)


def _expired(need: Need, now: datetime) -> bool:
    return need.valid_until is not None and need.valid_until < clock.today(now)


def provenance_of(need: Need) -> Provenance:
    """Where the need came from."""
    return Provenance(Source(need.source), need.told_by, need.told_how, need.visited_on)


def _check(draft: NeedDraft, organisation: Organisation, provenance: Provenance) -> None:
    """Refuse what even a draft may not hold: text too long for its field, unreadable numbers and addresses."""
    complaints = list(check_need(draft, required=()))
    if organisation.kind != OrganisationKind.ENTERPRISE.value:
        complaints.append(Complaint("organisation", "技术需求由企业提出，请选择一家企业。"))
    if len(provenance.told_by) > LONGEST_TOLD_BY:
        complaints.append(Complaint("told_by", f"反映人最多 {LONGEST_TOLD_BY} 个字。"))
    if len(provenance.told_how) > LONGEST_TOLD_HOW:
        complaints.append(Complaint("told_how", f"了解经过最多 {LONGEST_TOLD_HOW} 个字。"))
    if complaints:
        raise Invalid(tuple(complaints))


def _fill(session: Session, need: Need, draft: NeedDraft, now: datetime) -> None:
    """Write the draft into the row. The industry's text stays as typed; its row is found by name or alias."""
    industry = industries.named(session, draft.industry) if draft.industry else None
    need.title, need.problem, need.key_technology = draft.title, draft.problem, draft.key_technology
    need.goal, need.basis = draft.goal, draft.basis
    need.category = draft.category.value if draft.category else None
    need.field = draft.field.value if draft.field else None
    need.industry_text, need.industry_id = draft.industry, industry.id if industry else None
    need.keywords = list(draft.keywords)
    need.modes = [mode.value for mode in draft.modes]
    need.budget, need.budget_negotiable = draft.budget, draft.budget_negotiable
    need.wanted_institutes, need.wanted_experts = draft.wanted_institutes, draft.wanted_experts
    need.valid_until = draft.valid_until
    need.urgency = draft.urgency.value if draft.urgency else None
    need.visibility = draft.visibility.value
    contact = draft.contact
    need.contact_name, need.contact_title, need.contact_email = contact.name, contact.title, contact.email
    need.contact_mobile, need.contact_landline = contact.mobile, contact.landline
    rows = [
        NeedIndicator(position=position, name=row.name, present=row.present, target=row.target, unit=row.unit)
        for position, row in enumerate(draft.indicators, start=1)
    ]
    if draft.indicators != tuple(Indicator(row.name, row.present, row.target, row.unit) for row in need.indicators):
        need.indicators = rows
    need.changed_at = now
