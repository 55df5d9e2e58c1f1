"""Posts the letters about needs and achievements: to the contact, or to the organisation's when there is none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid
from app.domain.validation import LABELS
from app.domain.vocabulary import NeedCategory, Source, Visibility
from app.letters import needs as letters
from app.letters.writing import Letter
from app.models.achievement import Achievement
from app.models.need import Need
from app.services import history, links, outbox

LONGEST_EXCERPT = 300


def returned(session: Session, subject: Need | Achievement, reason: str, now: datetime) -> None:
    """Tell the contact what the reviewer wants changed."""
    to, to_name = _recipient(subject)
    remarks = [(LABELS.get(name, name), text) for name, text in subject.remarks.items() if name != "reason"]
    key = f"{_key(subject)}:returned:{now:%Y%m%d%H%M%S%f}"
    letter = letters.returned(
        _record(session, subject), key=key, to=to, to_name=to_name, reason=reason, remarks=remarks
    )
    _post(session, subject, letter, now)


def published(session: Session, subject: Need | Achievement, now: datetime) -> None:
    """Tell the contact that the review went well, unless a whole sheet of records was imported."""
    if subject.source == Source.SHEET.value:
        return
    to, to_name = _recipient(subject)
    valid_until = subject.valid_until if isinstance(subject, Need) else None
    letter = letters.published(
        _record(session, subject),
        key=f"{_key(subject)}:published:{now:%Y%m%d%H%M%S%f}",
        to=to,
        to_name=to_name,
        visibility=Visibility(subject.visibility).label,
        valid_until=f"{valid_until:%Y-%m-%d}" if valid_until else "",
    )
    _post(session, subject, letter, now)


def ask_to_confirm(session: Session, need: Need, entered_by: str, now: datetime) -> None:
    """Send the firm the link to confirm what an organisation entered for it; once per `confirm_nonce`."""
    to, to_name = _recipient(need)
    told = "，".join(part for part in (
        Source(need.source).label,
        f"反映人：{need.told_by}" if need.told_by else "",
        f"{need.visited_on:%Y-%m-%d}" if need.visited_on else "",
    ) if part)  # fmt: skip
    facts = [
        ("单位", need.organisation.name),
        ("需求名称", need.title),
        ("需求类别", NeedCategory(need.category).label if need.category else ""),
        ("主要问题", _excerpt(need.problem)),
        ("技术关键与主要指标", _excerpt(need.key_technology)),
    ]
    record = letters.Record(
        "技术需求", need.number or "", need.title, need.organisation.name, links.of(session).confirm(need)
    )
    letter = letters.confirm(
        record,
        key=f"{_key(need)}:confirm:{need.confirm_nonce}",
        to=to,
        to_name=to_name,
        entered_by=entered_by or "许昌科技大市场",
        told=told,
        facts=[(label, text) for label, text in facts if text],
    )
    _post(session, need, letter, now)


def _post(session: Session, subject: Need | Achievement, letter: Letter, now: datetime) -> None:
    """Into the outbox; a record without a usable address keeps a line of history instead of a letter."""
    try:
        outbox.post(session, letter, now)
    except Invalid as error:
        history.record(
            session,
            subject.machine.noun,
            subject.id,
            "unreachable",
            PROGRAMME,
            now,
            label="未能发信",
            reason=error.message if letter.to else "没有联系邮箱，请电话告知对方。",
        )


def _recipient(subject: Need | Achievement) -> tuple[str, str]:
    if subject.contact_email:
        return subject.contact_email, subject.contact_name
    return subject.organisation.contact_email, subject.organisation.contact_name


def _key(subject: Need | Achievement) -> str:
    return f"{subject.machine.noun}:{subject.id}"


def _record(session: Session, subject: Need | Achievement) -> letters.Record:
    noun = subject.machine.noun
    url = links.of(session).page(f"/portal/{noun}s/{subject.id}")
    return letters.Record(subject.machine.label, subject.number or "", subject.title, subject.organisation.name, url)


def _excerpt(text: str) -> str:
    return text if len(text) <= LONGEST_EXCERPT else text[:LONGEST_EXCERPT] + "……"
