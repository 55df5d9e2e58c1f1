"""The composition root: settings in, application out."""

from __future__ import annotations

import os
import time

from flask import Flask

from app import logs
from app.cli import commands
from app.database import postgresql
from app.domain import clock
from app.domain.settings import Settings
from app.extensions import db, login_manager, mail, migrate
from app.jobs.registry import JOBS
from app.models import everything
from app.queries.heartbeats import Watched
from app.services.links import Links
from app.web import display, doors, errors, routes, security, tracing
from app.web.serving import Market
from app.web.site import login


def create_app(settings: Settings) -> Flask:
    """Build the application. Touches neither the database nor the network."""
    os.environ["TZ"] = settings.time_zone
    time.tzset()
    clock.set_clock(settings.now)
    app: Flask = Market("app.factory")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USERNAME=settings.mail_username,
        MAIL_PASSWORD=settings.mail_password,
        MAIL_USE_TLS=settings.mail_use_tls,
        MAIL_USE_SSL=settings.mail_use_ssl,
        MAIL_DEFAULT_SENDER=settings.mail_sender,
        MAIL_SUPPRESS_SEND=False,
        TESTING=settings.testing,
        PROPAGATE_EXCEPTIONS=settings.testing,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["settings"] = settings
    app.extensions["create_app"] = create_app  # a command that serves makes one for the addresses that are free
    app.extensions["links"] = Links(settings.public_url, settings.secret_key)
    app.extensions["watched"] = tuple(Watched(job.name, job.label, job.seconds) for job in JOBS.values())
    if settings.serving:
        logs.install(settings)
    security.configure(app, settings)
    tracing.install(app)
    db.init_app(app)
    mail.init_app(app)
    login_manager.init_app(app)
    migrate.init_app(app, db, render_as_batch=True, compare_type=True)
    security.install(app, settings)
    doors.install(app)
    display.install(app)
    errors.install(app)
    login.install(login_manager)
    routes.install(app)
    commands.install(app)
    assert everything.METADATA is db.metadata
    return app


def _engine_options(settings: Settings) -> dict[str, object]:
    """How connections are made: a bounded number, a bounded wait, no values of rows in messages of errors."""
    sqlite = settings.database_url.startswith("sqlite")
    return {
        "pool_pre_ping": True,
        "pool_size": settings.database_connections,
        "max_overflow": 0,
        "pool_timeout": settings.database_wait,
        "hide_parameters": True,
        "connect_args": {"timeout": 15} if sqlite else postgresql.CONNECTING,
    }
