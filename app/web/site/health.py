"""The health page: whether the program and its database answer, and whether they fit together."""

from __future__ import annotations

from app.database import schema
from app.extensions import csrf, db, limiter
from app.web.site.blueprint import site


@site.get("/healthz")
@csrf.exempt
@limiter.exempt
def healthz() -> tuple[dict[str, str], int]:
    """200 once the database answers and has our tables; 503 with what to do when it has others, or does not answer."""
    fault = schema.fault(db.session())
    if fault:
        return {"status": "error", "message": fault}, 503
    return {"status": "ok"}, 200
