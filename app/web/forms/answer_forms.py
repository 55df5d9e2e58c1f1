"""Draws the two forms of a guest's signed link. An untouched form is the same for everybody but for its values.

So it is drawn once per process, with marks in the places of the values, and every page fills in its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from markupsafe import Markup, escape

from app.web.forms.invitations import AcceptForm, DeclineForm

NO_CSRF = {"csrf": False}
FIELDS = ("attendees", "party_size", "arrives_at", "leaves_at")
_MARK = re.compile("\ue000([a-z_]+)\ue001")


def fresh(values: Mapping[str, str], action: str, again: bool) -> Markup:
    """The forms as a guest first sees them. `values` by name of FIELDS; `again`: the guest has seats already."""
    drawn = current_app.extensions.setdefault("answer_forms", {})
    if again not in drawn:
        drawn[again] = _parts(again)
    filled = {name: escape(value) for name, value in (*values.items(), ("action", action))}
    return Markup("").join(filled[part] if isinstance(part, str) else part.html for part in drawn[again])


def refused(accept: AcceptForm, decline: DeclineForm, action: str, again: bool) -> Markup:
    """The forms with what was typed and what is wrong with it."""
    return _draw(accept, decline, action, again)


@dataclass(frozen=True, slots=True)
class _Piece:
    """HTML between two values."""

    html: Markup


def _parts(again: bool) -> list[_Piece | str]:
    """HTML, and names of values between."""
    marks = {name: f"\ue000{name}\ue001" for name in (*FIELDS, "action")}
    accept = AcceptForm(formdata=None, data={name: marks[name] for name in FIELDS}, meta=NO_CSRF)
    decline = DeclineForm(formdata=None, meta=NO_CSRF)
    drawn = _draw(accept, decline, marks["action"], again)
    found: list[_Piece | str] = []
    end = 0
    for mark in _MARK.finditer(drawn):
        found += [_Piece(drawn[end : mark.start()]), mark[1]]
        end = mark.end()
    return [*found, _Piece(drawn[end:])]


def _draw(accept: AcceptForm, decline: DeclineForm, action: str, again: bool) -> Markup:
    macros: Any = current_app.jinja_env.get_template("components/answer.html").module
    drawn: Markup = macros.answer_forms(
        accept, decline, action, token=False, declining=bool(decline.errors), again=again
    )
    return drawn
