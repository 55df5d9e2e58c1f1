"""Attachments of needs and achievements: pictures and PDF, recognised by their first bytes, kept in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.entries import clean_line
from app.domain.errors import Complaint, IllegalMove, Invalid
from app.domain.permissions import Permission, require
from app.models.achievement import Achievement
from app.models.attachment import Attachment
from app.models.need import Need
from app.queries import attachments
from app.services import achievements, history, needs

MOST_FILES = 5
LARGEST_FILE = 10 * 1024 * 1024
LONGEST_NAME = 100
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}


def add(
    session: Session, subject: Need | Achievement, files: Sequence[tuple[str, bytes]], actor: Actor, now: datetime
) -> None:
    """Attach (name, content) pairs; a file that is already there, byte for byte, is not attached twice.

    Raises Invalid (field `files`) for what is no jpeg, png, webp or PDF, too large, or too many; then none is kept. IllegalMove when the content may not be changed now.
    """
    require(actor, _permission(subject), subject.owner)
    present = attachments.of(session, subject)
    known = {one.sha256 for one in present}
    complaints: list[Complaint] = []
    fresh: list[Attachment] = []
    for name, content in files:
        digest = hashlib.sha256(content).hexdigest()
        if digest in known:
            continue
        known.add(digest)
        media_type = media_type_of(content)
        complaint = _complaint(clean_line(name), content, media_type)
        if complaint:
            complaints.append(complaint)
        else:
            fresh.append(Attachment(name=file_name(name, media_type), media_type=media_type, size=len(content),
                                    sha256=digest, content=content, created_at=now))  # fmt: skip
    if len(present) + len(fresh) > MOST_FILES:
        complaints.append(Complaint("files", f"附件最多 {MOST_FILES} 个，请先删去不需要的，或把几张图合成一个 PDF。"))
    if complaints:
        raise Invalid(tuple(complaints))
    if fresh:
        _refuse_closed(subject, actor, "添加")
    for attachment in fresh:
        attachment.need_id, attachment.achievement_id = _owner_ids(subject)
        session.add(attachment)
        history.record(
            session, subject.machine.noun, subject.id, "attach", actor, now, label="添加附件", reason=attachment.name
        )


def remove(session: Session, subject: Need | Achievement, attachment: Attachment, actor: Actor, now: datetime) -> None:
    """Take a file away while the content may be changed; IllegalMove otherwise."""
    require(actor, _permission(subject), subject.owner)
    _refuse_closed(subject, actor, "删除")
    history.record(
        session, subject.machine.noun, subject.id, "detach", actor, now, label="删除附件", reason=attachment.name
    )
    session.delete(attachment)


def _refuse_closed(subject: Need | Achievement, actor: Actor, deed: str) -> None:
    changeable = needs.editable(subject, actor) if isinstance(subject, Need) else achievements.editable(subject, actor)
    if not changeable:
        raise IllegalMove(f"{subject.machine.label}现在是“{subject.state_label}”，不能{deed}附件。")


def media_type_of(content: bytes) -> str:
    """The kind of file its first bytes show; empty for any other kind."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if content.startswith(b"%PDF-") else ""


def file_name(name: str, media_type: str) -> str:
    """A name to offer for saving: no path, no control signs, and the ending that fits the content."""
    last = clean_line(name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem = "".join(sign for sign in last.rpartition(".")[0] or last if sign not in '<>:"|?*')
    return (stem[:LONGEST_NAME] or "附件") + ENDINGS[media_type]


def _complaint(name: str, content: bytes, media_type: str) -> Complaint | None:
    if not content:
        return Complaint("files", f"“{name[:60]}”是空文件，请重新选择。")
    if len(content) > LARGEST_FILE:
        return Complaint("files", f"“{name[:60]}”超过 10 MB，请压缩后再传。")
    if not media_type:
        return Complaint("files", f"“{name[:60]}”不是图片（JPG、PNG、WebP）或 PDF，请转换格式后再传。")
    return None


def _permission(subject: Need | Achievement) -> Permission:
    return Permission.NEED_WRITE if isinstance(subject, Need) else Permission.ACHIEVEMENT_WRITE


def _owner_ids(subject: Need | Achievement) -> tuple[int | None, int | None]:
    return (subject.id, None) if isinstance(subject, Need) else (None, subject.id)
