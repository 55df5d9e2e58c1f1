"""Sheets become needs and achievements: checked without writing, accepted as a whole. Taking back: intake_undo.py."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain import clock, xuchang
from app.domain.actor import Actor
from app.domain.drafts import AchievementDraft, NeedDraft, Provenance
from app.domain.entries import clean_line
from app.domain.errors import Invalid
from app.domain.permissions import Permission, require
from app.domain.snapshots import to_plain
from app.domain.vocabulary import OrganisationKind, SheetKind, Source, SupplyKind
from app.models.achievement import Achievement
from app.models.need import Need
from app.models.people import Organisation
from app.models.reference import County
from app.models.sheet import Upload
from app.queries import industries, reference
from app.queries.sheets import REVIEW, WRITE
from app.services import achievements, history, needs, numbering
from app.services.conduct import carry_out
from app.services.intake_plan import Examination, Record, RowPlan, draft_of, examine
from app.services.steps import Step
from app.sheets.findings import Notice
from app.sheets.reading import read_sheet

_RELEASE = {"need": "publish", "achievement": "list"}
QUEUE = "intake"
"""The row that two imports at the same time queue for: neither may see half of the other."""


def county_names(session: Session) -> dict[str, str]:
    """Every accepted spelling of a county to its name; the city's own list while the table is still empty."""
    known = reference.county_names(session)
    return known or {word: seed.name for seed in xuchang.COUNTIES for word in (*seed.aliases, seed.name)}


def preview(session: Session, kind: SheetKind, filename: str, data: bytes, actor: Actor, now: datetime) -> Examination:
    """The dry run: what the sheet holds and what each row would do. Writes nothing.

    Raises NotAllowed, or Invalid when the file can't be opened at all.
    """
    require(actor, Permission.SHEET_IMPORT)
    require(actor, WRITE[kind])
    today = clock.today(now)
    return examine(session, read_sheet(data, filename, kind, county_names(session), today), actor, today)


def check(session: Session, kind: SheetKind, filename: str, data: bytes, actor: Actor, now: datetime) -> Upload:
    """Keep the file with the report of its dry run; nothing else is written. Raises what `preview` raises.

    The same file sent again while it waits (a double click) gives the upload made first, with a fresh report.
    """
    examination = preview(session, kind, filename, data, actor, now)
    digest = hashlib.sha256(data).hexdigest()
    waiting = session.scalar(_same_file(kind, digest, actor).where(Upload.state == "checked"))
    accepted = session.scalar(_same_file(kind, digest, actor).where(Upload.state == "accepted"))
    report = _report(examination, accepted)
    if waiting is not None:
        waiting.report = report
        return waiting
    upload = Upload(
        kind=kind.value,
        name=clean_line(filename).replace("\\", "/").rpartition("/")[2][-200:] or "未命名",
        sha256=digest,
        report=report,
        content=data,
        organisation_id=actor.organisation_id,
        county_id=actor.county_id,
        user_id=actor.user_id,
        created_at=now,
    )
    session.add(upload)
    session.flush()  # history names the upload by id
    history.record(session, "upload", upload.id, "check", actor, now, label="上传并检查", details={"kind": kind.value})
    return upload


def _same_file(kind: SheetKind, digest: str, actor: Actor) -> Select[Upload]:
    """This person's uploads of the same bytes, the newest first."""
    return (
        select(Upload)
        .where(Upload.sha256 == digest, Upload.kind == kind.value)
        .where(Upload.organisation_id == actor.organisation_id, Upload.user_id == actor.user_id)
        .order_by(Upload.id.desc())
        .limit(1)
    )


def _report(examination: Examination, again: Upload | None) -> dict[str, Any]:
    notices = list(examination.notices)
    if again is not None:
        day = f"{clock.local(again.created_at):%Y-%m-%d %H:%M}"
        notices.insert(0, Notice("", f"同一个文件已在 {day} 导入过；已有的记录会认作“更新”或“不变”，不会重复新增。"))
    return {
        "rows": len(examination.reading.rows),
        "good": len(examination.plans),
        "complaints": [asdict(complaint) for complaint in examination.complaints],
        "notices": [asdict(notice) for notice in notices],
        "plans": [plan.plain() for plan in examination.plans],
        "counts": {action: examination.count(action) for action in ("create", "update", "same", "repeat")},
    }


def accept(
    session: Session,
    upload: Upload,
    actor: Actor,
    now: datetime,
    *,
    publish: bool = False,
    only_good: bool = False,
) -> Upload:
    """Import the sheet: all its rows, or with `only_good` those without complaints. A second time changes nothing.

    New and changed records are submitted, with `publish` also published (listed). The sheet is read and compared
    anew, so what happened since the dry run counts. Raises Invalid while there are complaints (or no good row at all),
    NotAllowed, and IllegalMove for a sheet that was discarded or undone.
    """
    kind = SheetKind(upload.kind)
    require(actor, Permission.SHEET_IMPORT, upload.owner)
    if publish:
        require(actor, REVIEW[kind])
    numbering.next_number(session, QUEUE)
    session.refresh(upload)
    if upload.state == "accepted":
        return upload
    examination = preview(session, kind, upload.name, upload.content, actor, now)
    if not examination.plans:
        raise Invalid("这份表格里没有可以导入的行，请按问题清单改好后重新上传。")
    if examination.complaints and not only_good:
        raise Invalid(
            f"表格里还有 {len(examination.complaints)} 处问题，没有导入任何内容。请改好后重新上传，或选择只导入没有问题的行。"
        )
    carry_out(session, Step(upload, "accept"), actor, now)
    outcome: dict[str, Any] = {"created": [], "updated": [], "rows": len(examination.plans)}
    organisations = _organisations(session, examination.plans, upload, actor, now)
    outcome["organisations"] = [one.id for one in organisations.values()]
    for plan in examination.plans:
        organisation = plan.organisation or organisations[_key(plan)]
        _take_in(session, plan, organisation, upload, actor, now, publish=publish, outcome=outcome)
    upload.report = _report(examination, None)
    upload.outcome = outcome | {
        "same": examination.count("same"),
        "repeat": examination.count("repeat"),
        "left_out": len(examination.reading.rows) - len(examination.plans),
        "published": publish,
    }
    return upload


def _take_in(
    session: Session,
    plan: RowPlan,
    organisation: Organisation,
    upload: Upload,
    actor: Actor,
    now: datetime,
    *,
    publish: bool,
    outcome: dict[str, Any],
) -> None:
    if plan.action == "repeat":
        return
    if plan.action == "create":
        record = _post(session, plan, organisation, upload, actor, now)
        outcome["created"].append(record.id)
    else:
        assert plan.record is not None  # what is updated or stays the same is there
        record = plan.record
    if plan.action == "update":
        entry = {"id": record.id, "before": to_plain(draft_of(record)), "was_out": _is_out(record)}
        rewrite(session, record, plan.draft, actor, now)
        outcome["updated"].append(entry | {"after": to_plain(draft_of(record))})
    if plan.action != "same" and record.state != "submitted":
        carry_out(session, Step(record, "submit"), actor, now)
    if publish and record.state == "submitted":
        release(session, record, actor, now)


def _post(
    session: Session, plan: RowPlan, organisation: Organisation, upload: Upload, actor: Actor, now: datetime
) -> Record:
    provenance = Provenance(source=Source.SHEET, told_how=f"表格“{upload.name}”第 {plan.row.number} 行"[:200])
    if isinstance(plan.draft, NeedDraft):
        return needs.post(session, plan.draft, organisation, provenance, actor, now, upload_id=upload.id)
    return achievements.post(session, plan.draft, organisation, provenance, actor, now, upload_id=upload.id)


def rewrite(session: Session, record: Record, draft: NeedDraft | AchievementDraft, actor: Actor, now: datetime) -> None:
    """Give the record other content, whatever its state: published ones are taken in for revision first."""
    noun = needs if isinstance(record, Need) else achievements
    if record.state == "submitted" and not noun.editable(record, actor):
        carry_out(session, Step(record, "withdraw", reason="改由表格内容替换"), actor, now)
    if record.state not in needs.OWNERS_TURN | needs.REVIEWERS_TURN:
        carry_out(session, Step(record, "revise"), actor, now)
    if isinstance(record, Need) and isinstance(draft, NeedDraft):
        needs.revise(session, record, draft, actor, now)
    elif isinstance(record, Achievement) and isinstance(draft, AchievementDraft):
        achievements.revise(session, record, draft, actor, now)


def release(session: Session, record: Record, actor: Actor, now: datetime) -> None:
    """Publish a submitted need, list a submitted achievement."""
    carry_out(session, Step(record, _RELEASE[record.machine.noun]), actor, now)


def _is_out(record: Record) -> bool:
    return record.state in {"published", "listed"}


def _key(plan: RowPlan) -> str:
    return plan.row.organisation.credit_code or clean_line(plan.row.organisation.name)


def _organisations(
    session: Session, plans: tuple[RowPlan, ...], upload: Upload, actor: Actor, now: datetime
) -> dict[str, Organisation]:
    """Make the organisations that the sheet is the first to name, and complete the known ones; the new ones by key.

    The desk's or the county's word admits them.
    """
    counties = {county.name: county for county in session.scalars(select(County))}
    fresh: dict[str, Organisation] = {}
    for plan in plans:
        if plan.action == "same":
            continue
        organisation = plan.organisation or fresh.get(_key(plan))
        if organisation is None:
            organisation = fresh[_key(plan)] = _organisation(plan, now)
            session.add(organisation)
        _complete(session, organisation, plan, counties)
    session.flush()  # history and the outcome name them by id
    for organisation in fresh.values():
        history.record(session, "organisation", organisation.id, "enter", actor, now, label="随表格登记单位",
                       details={"upload": upload.id})  # fmt: skip
    return fresh


def _organisation(plan: RowPlan, now: datetime) -> Organisation:
    given, contact = plan.row.organisation, plan.draft.contact
    is_firm = isinstance(plan.draft, NeedDraft)
    return Organisation(
        kind=(OrganisationKind.ENTERPRISE if is_firm else OrganisationKind.INSTITUTE).value,
        supply_kind=None if is_firm else supply_kind(given.name).value,
        name=given.name,
        credit_code=given.credit_code or None,
        address=given.address,
        legal_person=given.legal_person,
        contact_name=contact.name,
        contact_phone=contact.mobile or contact.landline,
        contact_email=contact.email,
        approved_at=now,
        created_at=now,
    )


def supply_kind(name: str) -> SupplyKind:
    """Which series of docking sessions an institute of this name belongs to."""
    if name.startswith(("中国科学院", "中科院")):
        return SupplyKind.CAS
    return SupplyKind.XUCHANG_UNIVERSITY if name.startswith("许昌学院") else SupplyKind.OTHER


def _complete(session: Session, organisation: Organisation, plan: RowPlan, counties: Mapping[str, County]) -> None:
    """Fill in what is not known of the organisation yet; what is registered stands."""
    given = plan.row.organisation
    organisation.credit_code = organisation.credit_code or given.credit_code or None
    organisation.address = organisation.address or given.address
    organisation.legal_person = organisation.legal_person or given.legal_person
    if organisation.above_scale is None:
        organisation.above_scale = given.above_scale
    if organisation.has_cooperation is None:
        organisation.has_cooperation = given.has_cooperation
    if organisation.industry is None and isinstance(plan.draft, NeedDraft):
        with session.no_autoflush:  # new organisations are written together, afterwards
            organisation.industry = industries.named(session, plan.draft.industry)
    if organisation.county is None:
        organisation.county = counties.get(given.county)
