"""Attachments as services: what is taken, what is refused, and what they are called."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import IllegalMove, Invalid, NotAllowed
from app.models.attachment import Attachment
from app.models.need import Need
from app.services import attachments
from tests import shelf
from tests.cast import NOW, Cast, engage
from tests.paper import PDF, PNG

JPEG = b"\xff\xd8\xff\xe0" + bytes(32)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(32)


@pytest.fixture
def cast(session: Session) -> Cast:
    return engage(session)


@pytest.fixture
def need(session: Session, cast: Cast) -> Need:
    return shelf.need(session, cast.owner, state="draft", published_at=None)


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Attachment.name).order_by(Attachment.id)))


def test_the_four_kinds_are_known_by_their_first_bytes(session: Session, cast: Cast, need: Need) -> None:
    files = [("a.exe", JPEG), ("b", PNG), ("c.txt", WEBP), ("d.pdf", PDF)]
    attachments.add(session, need, files, cast.owner.actor, NOW)
    assert names(session) == ["a.jpg", "b.png", "c.webp", "d.pdf"]


@pytest.mark.parametrize("content", [
    b"", b"GIF89a" + bytes(9), b"<svg onload=alert(1)>", b"MZ" + bytes(99), b"PK\x03\x04" + bytes(99),
    b" %PDF-1.7", b"RIFF\x24\x00\x00\x00AVI ", b"\x89PNG",
])  # fmt: skip
def test_anything_else_is_refused(session: Session, cast: Cast, need: Need, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        attachments.add(session, need, [("好.png", PNG), ("坏.png", content)], cast.owner.actor, NOW)
    assert [complaint.field for complaint in refused.value.complaints] == ["files"]
    assert names(session) == []


def test_ten_megabytes_are_the_limit(session: Session, cast: Cast, need: Need) -> None:
    limit = attachments.LARGEST_FILE
    attachments.add(session, need, [("满.pdf", PDF + bytes(limit - len(PDF)))], cast.owner.actor, NOW)
    with pytest.raises(Invalid):
        attachments.add(session, need, [("多.pdf", PDF + bytes(limit - len(PDF) + 1))], cast.owner.actor, NOW)
    assert names(session) == ["满.pdf"]


def test_five_files_are_the_limit_and_the_same_file_counts_once(session: Session, cast: Cast, need: Need) -> None:
    files = [(f"{number}.png", PNG + bytes([number])) for number in range(5)]
    attachments.add(session, need, [*files, files[0]], cast.owner.actor, NOW)
    attachments.add(session, need, files, cast.owner.actor, NOW)
    with pytest.raises(Invalid):
        attachments.add(session, need, [("6.png", PNG + b"6")], cast.owner.actor, NOW)
    assert names(session) == ["0.png", "1.png", "2.png", "3.png", "4.png"]


@pytest.mark.parametrize(("given", "kept"), [
    ("../../etc/passwd", "passwd.pdf"), ("C:\\图纸\\一号.dwg", "一号.pdf"), ("a\x00b\r\n\u202ec.pdf", "ab c.pdf"),
    ("", "附件.pdf"), ("...", "附件.pdf"), ('<"|?*>.pdf', "附件.pdf"), ("长" * 300 + ".pdf", "长" * 100 + ".pdf"),
])  # fmt: skip
def test_names_are_made_safe(given: str, kept: str) -> None:
    assert attachments.file_name(given, "application/pdf") == kept


def test_strangers_and_closed_records_take_no_files(session: Session, cast: Cast, need: Need) -> None:
    for stranger in (cast.rival, cast.institute, cast.bureau, cast.county):
        with pytest.raises(NotAllowed):
            attachments.add(session, need, [("a.png", PNG)], stranger.actor, NOW)
    published = shelf.need(session, cast.owner)
    with pytest.raises(IllegalMove):
        attachments.add(session, published, [("a.png", PNG)], cast.owner.actor, NOW)
    assert names(session) == []


def test_a_file_is_taken_away_by_its_owner_while_that_is_open(session: Session, cast: Cast, need: Need) -> None:
    attachments.add(session, need, [("a.png", PNG)], cast.owner.actor, NOW)
    kept = session.scalars(select(Attachment)).one()
    with pytest.raises(NotAllowed):
        attachments.remove(session, need, kept, cast.rival.actor, NOW)
    need._state = "published"
    with pytest.raises(IllegalMove):
        attachments.remove(session, need, kept, cast.owner.actor, NOW)
    need._state = "returned"
    attachments.remove(session, need, kept, cast.owner.actor, NOW)
    session.flush()
    assert names(session) == []
