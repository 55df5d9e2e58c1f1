"""The health page: whether the program and its database answer."""

from __future__ import annotations

from sqlalchemy import text

from app.extensions import csrf, db, limiter
from app.web.site.blueprint import site


@site.get("/healthz")
@csrf.exempt
@limiter.exempt
def healthz() -> tuple[dict[str, str], int]:
    """200 once the database answers; 503 (through the error pages) when it does not."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}, 200
