"""Files of needs and achievements in the portal: fetch one, take one's own away."""

from __future__ import annotations

from io import BytesIO

from flask import flash, redirect, send_file, url_for
from werkzeug.wrappers import Response

from app.domain import clock
from app.extensions import db, writing
from app.queries import achievements, needs
from app.queries import attachments as reading
from app.services import attachments as service
from app.web.doors import current_actor
from app.web.portal.blueprint import portal


@portal.get("/attachments/<int(max=2147483647):attachment_id>")
def attachment(attachment_id: int) -> Response:
    """One file in sight, always as a download: a browser never runs it."""
    found = reading.one(db.session(), current_actor(), attachment_id)
    content = BytesIO(found.content)
    return send_file(content, mimetype=found.media_type, as_attachment=True, download_name=found.name)


@portal.post("/attachments/<int(max=2147483647):attachment_id>/drop")
def attachment_drop(attachment_id: int) -> Response:
    """Take a file of one's own record away."""
    actor = current_actor()
    with writing() as session:
        found = reading.one(session, actor, attachment_id)
        if found.need_id is not None:
            need = needs.one(session, needs.own(actor), found.need_id)
            service.remove(session, need, found, actor, clock.now())
            url = url_for("portal.needs_show", need_id=need.id)
        else:
            achievement = achievements.one(session, achievements.own(actor), found.achievement_id or 0)
            service.remove(session, achievement, found, actor, clock.now())
            url = url_for("portal.achievements_show", achievement_id=achievement.id)
    flash("附件已删除。", "success")
    return redirect(url, 303)
