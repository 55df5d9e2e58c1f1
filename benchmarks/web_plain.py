"""The measure for benchmarks.web_load: the least Flask page that shows an invitation, one query and one template.

Reads the same database through the same libraries (Flask-SQLAlchemy, Jinja) and knows nothing of the programme: no sign-in,
no headers, no forms, no talks. Gunicorn: "benchmarks.web_plain:create_app('sqlite:////path')".
"""

from __future__ import annotations

from flask import Flask, abort, render_template
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import joinedload

import app.database.sqlite  # noqa: F401 - the same settings of the database
from app.models.event import Event
from app.models.everything import METADATA
from app.models.invitation import Invitation

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ invitation.event.title }}</title></head>
<body>
<h1>{{ invitation.event.title }}</h1>
<p>邀请对象：{{ invitation.organisation.name }}</p>
<p>时间：{{ invitation.event.starts_at }}；地点：{{ invitation.event.place }}</p>
<form method="post"><input name="attendees" value="{{ invitation.contact_name }}"><button>确认参加</button></form>
</body></html>
"""

db = SQLAlchemy(metadata=METADATA)


def create_app(database_url: str) -> Flask:
    """The page at /plain/<id>."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.jinja_loader = DictLoader({"plain.html": PAGE})
    db.init_app(app)

    @app.get("/plain/<int:invitation_id>")
    def plain(invitation_id: int) -> str:
        found = db.session.scalar(
            select(Invitation)
            .where(Invitation.id == invitation_id)
            .options(
                joinedload(Invitation.event).joinedload(Event.venue),
                joinedload(Invitation.organisation),
            )
        )
        return render_template("plain.html", invitation=found) if found else abort(404)

    return app
