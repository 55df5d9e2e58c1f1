"""Puts the complaints of a refused input beside the fields they are about."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import Form

from app.domain.errors import Invalid


def show(form: Form, error: Invalid, names: Mapping[str, str] | None = None) -> None:
    """Add each complaint to its field, or above the form when it has none.

    `names` says which field of the form shows the complaints about a field of the draft that is called otherwise.
    """
    for complaint in error.complaints:
        name = (names or {}).get(complaint.field, complaint.field)
        if name not in form:
            form.form_errors.append(complaint.message)
        else:
            form[name].errors = [*form[name].errors, complaint.message]
