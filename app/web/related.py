"""What the process's index finds for the text of a search, for the pages that list needs or achievements."""

from __future__ import annotations

from flask import current_app

from app.domain.settings import Settings
from app.extensions import db
from app.queries.finding import Related
from app.services import searching


def related_to(kind: searching.Kind, text: str) -> Related | None:
    """What the index finds, best first; None without a text, and while there is no index: then words are looked for."""
    settings: Settings = current_app.extensions["settings"]
    if not text.replace("，", " ").replace("、", " ").replace(",", " ").strip():
        return None
    return searching.find(db.session(), kind, text, settings.data_dir, gather=not settings.testing)
