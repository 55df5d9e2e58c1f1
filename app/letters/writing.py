"""Owns what a letter is and how a folder of three templates becomes one: subject, text, HTML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).resolve().parents[1] / "templates" / "letters"
LONGEST_SUBJECT = 200

_ENVIRONMENT = Environment(
    loader=FileSystemLoader((FOLDER, FOLDER.parent)),  # the second for letters/shell.html, named as pages name it
    undefined=StrictUndefined,
    autoescape=select_autoescape(("html",)),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address, rendered. `key` is unique: posting twice is posting once. `priority` 0 goes first."""

    key: str
    kind: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    calendar: str = ""
    calendar_method: str = ""
    event_id: int | None = None
    invitation_id: int | None = None
    priority: int = 5


def render(
    folder: str,
    *,
    key: str,
    to: str,
    to_name: str = "",
    kind: str = "",
    calendar: str = "",
    calendar_method: str = "",
    event_id: int | None = None,
    invitation_id: int | None = None,
    priority: int = 5,
    **values: object,
) -> Letter:
    """The letter that `letters/<folder>/{subject.txt,body.txt,body.html}` makes of the values.

    Templates see the values and `to_name`; a missing value raises jinja2.UndefinedError before anything leaves.
    `kind` is the folder's name unless given. The subject is one line.
    """
    words = {"to_name": to_name, **values}
    subject = " ".join(_part(folder, "subject.txt", words).split())
    return Letter(
        key=key,
        kind=kind or folder,
        to=to,
        to_name=to_name,
        subject=subject[:LONGEST_SUBJECT],
        text=_part(folder, "body.txt", words).strip() + "\n",
        html=_part(folder, "body.html", words).strip() + "\n",
        calendar=calendar,
        calendar_method=calendar_method,
        event_id=event_id,
        invitation_id=invitation_id,
        priority=priority,
    )


def _part(folder: str, name: str, words: dict[str, object]) -> str:
    return _ENVIRONMENT.get_template(f"{folder}/{name}").render(words)
