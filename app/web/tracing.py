"""Follows requests: an id for each, taken from the proxy or made, in the answer and in the log; counts and durations."""

from __future__ import annotations

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
REGISTRY = CollectorRegistry()
REQUESTS = Counter("market_requests", "Requests answered.", ("method", "area", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "market_request_seconds", "Seconds from a request to its answer.", ("area",), registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"}
_QUIET = {"static", "site.healthz", "site.readyz", "site.metrics"}


def request_id() -> str:
    """The id of this request; people quote it when something went wrong."""
    found: str = g.get("request_id", "-")
    return found


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" not in g:  # refused before it was looked at
        _begin()
    response.headers[HEADER] = g.request_id
    seconds = time.perf_counter() - g.began
    area = "static" if request.endpoint == "static" else request.blueprint or "none"
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(method, area, str(response.status_code)).inc()
    SECONDS.labels(area).observe(seconds)
    if request.endpoint not in _QUIET:
        place = request.url_rule.rule if request.url_rule else "-"  # the rule: addresses hold tokens and search words
        log.info("%s %s %d %d ms", method, place, response.status_code, round(seconds * 1000))
    return response


def install(app: Flask) -> None:
    """Set both ends of every request; to be called before anything else looks at requests."""
    app.before_request(_begin)
    app.after_request(_end)
