"""Headers, cookies, limits and trusted hosts: what every response and request gets."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

from app.domain.settings import Settings
from app.extensions import csrf, limiter

FORM_BYTES = 2 * 1024 * 1024
UPLOAD_BYTES = 21 * 1024 * 1024
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def configure(app: Flask, settings: Settings) -> None:
    """Set the configuration that Flask's own defaults leave open."""
    app.config.update(
        MAX_CONTENT_LENGTH=UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=1000,
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # proxies and mail readers drop the referrer; the token itself is what counts
        RATELIMIT_ENABLED=not settings.testing,
        TRUSTED_HOSTS=None if settings.testing else _hosts(settings),
    )


def _hosts(settings: Settings) -> list[str]:
    own = urlsplit(settings.public_url).hostname or "localhost"
    return sorted({own, "localhost", "127.0.0.1"})


def install(app: Flask, settings: Settings) -> None:
    """Wrap the application: proxies, headers, CSRF, limits."""
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    csrf.init_app(app)
    limiter.init_app(app)
    Talisman(
        app,
        force_https=False,  # the proxy in front decides; a bureau's intranet may have no certificate
        strict_transport_security=settings.https,
        session_cookie_secure=settings.https,
        content_security_policy=POLICY,
        frame_options="DENY",
        referrer_policy="same-origin",
    )
    app.after_request(_private)


def _private(response: Response) -> Response:
    """Personal pages and files stay out of every cache."""
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    return response
