"""Letters about needs and achievements: returned with remarks, published, and the request to confirm a need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.letters.writing import Letter, render


@dataclass(frozen=True, slots=True)
class Record:
    """What a letter says of a need or an achievement. `noun` is 技术需求 or 科技成果, `url` its page."""

    noun: str
    number: str
    title: str
    organisation: str
    url: str


def returned(
    record: Record, *, key: str, to: str, to_name: str, reason: str, remarks: Sequence[tuple[str, str]]
) -> Letter:
    """What has to be changed: the reviewer's reason, and (field's label, remark) pairs."""
    return render("record_returned", key=key, to=to, to_name=to_name, record=record, reason=reason, remarks=remarks)


def published(record: Record, *, key: str, to: str, to_name: str, visibility: str, valid_until: str) -> Letter:
    """That it is published, for whom, and until when (empty: without end)."""
    return render(
        "record_published",
        key=key,
        to=to,
        to_name=to_name,
        record=record,
        visibility=visibility,
        valid_until=valid_until,
    )


def confirm(
    record: Record, *, key: str, to: str, to_name: str, entered_by: str, told: str, facts: Sequence[tuple[str, str]]
) -> Letter:
    """That somebody entered a need for the firm, what it says, and where to answer. `record.url` is the signed link."""
    return render(
        "need_confirm",
        key=key,
        to=to,
        to_name=to_name,
        record=record,
        entered_by=entered_by,
        told=told,
        facts=facts,
    )
