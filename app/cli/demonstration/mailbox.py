"""The page that shows what the demo's mail server took; only `demo run` registers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, send_file

from app.cli.demonstration.catching import SUFFIX, TO
from app.domain import clock
from app.web.doors import ANYONE, admit

PAGE_SIZE = 50
NAME = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{8}")
FOLDER = "mailbox_folder"


@dataclass(frozen=True, slots=True)
class Caught:
    """One letter in the list; `at` is when it came in."""

    name: str
    at: datetime
    to: str
    subject: str


def install(app: Flask, folder: Path) -> None:
    """Show the letters of this folder under /mailbox, to anyone: the demo's letters go to invented people only."""
    pages = Blueprint("mailbox", __name__, url_prefix="/mailbox")
    admit(pages, ANYONE)
    pages.add_url_rule("", "index", index)
    pages.add_url_rule("/<name>", "letter", letter)
    pages.add_url_rule("/<name>.eml", "source", source)
    pages.add_url_rule("/<name>.ics", "invite", invite)
    app.extensions[FOLDER] = folder
    app.register_blueprint(pages)
    app.context_processor(lambda: {"has_mailbox": True})


def index() -> str:
    """All letters, newest first; ?q= narrows to an address or a word of the subject."""
    wanted = request.args.get("q", "").strip().casefold()
    found = [one for one in _all() if wanted in f"{one.to} {one.subject}".casefold()]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return render_template(
        "mailbox/index.html", letters=shown, total=len(found), page=page, pages=pages, wanted=request.args.get("q", "")
    )


def letter(name: str) -> str:
    """One letter as text."""
    message = _message(name)
    body = message.get_body(("plain",))
    facts = [("时间", _at(name).strftime("%Y-%m-%d %H:%M:%S")), ("收件人", str(message["To"])),
             ("发件人", str(message["From"])), ("主题", str(message["Subject"]))]  # fmt: skip
    text = body.get_content() if body is not None else ""
    return render_template(
        "mailbox/letter.html", name=name, facts=facts, text=text, has_calendar=bool(_calendar(message))
    )


def source(name: str) -> Response:
    """The letter as the server took it."""
    return send_file(_path(name), mimetype="message/rfc822", as_attachment=True, download_name=f"{name}{SUFFIX}")


def invite(name: str) -> Response:
    """The calendar attached to the letter."""
    calendar = _calendar(_message(name))
    if not calendar:
        abort(404)
    return Response(
        calendar, mimetype="text/calendar", headers={"Content-Disposition": "attachment; filename=invitation.ics"}
    )


def _all() -> list[Caught]:
    folder: Path = current_app.extensions[FOLDER]
    names = sorted((path.stem for path in folder.glob(f"*{SUFFIX}") if NAME.fullmatch(path.stem)), reverse=True)
    return [_caught(name, folder) for name in names]


def _caught(name: str, folder: Path) -> Caught:
    with (folder / f"{name}{SUFFIX}").open("rb") as file:
        heading = BytesHeaderParser(policy=policy.default).parse(file)
    return Caught(name, _at(name), str(heading[TO] or ""), str(heading["Subject"] or "（无主题）"))


def _at(name: str) -> datetime:
    return datetime.strptime(name[:22], "%Y%m%d-%H%M%S-%f").replace(tzinfo=clock.LOCAL)


def _path(name: str) -> Path:
    folder: Path = current_app.extensions[FOLDER]
    path = folder / f"{name}{SUFFIX}"
    if not NAME.fullmatch(name) or not path.is_file():
        abort(404)
    return path


def _message(name: str) -> EmailMessage:
    message = message_from_bytes(_path(name).read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _calendar(message: EmailMessage) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            return str(part.get_content())
    return ""
