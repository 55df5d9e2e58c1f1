"""The pages that machines ask how it goes: alive, ready, and figures for Prometheus. None of them tells of people."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any

from flask import Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.database import schema
from app.domain import clock
from app.domain.settings import Settings
from app.extensions import csrf, db, limiter
from app.queries import letters, readiness
from app.queries.readiness import Readiness
from app.web import tracing
from app.web.site.blueprint import site


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _read() -> Readiness:
    return readiness.read(db.session(), current_app.extensions["watched"], _settings().data_dir, clock.now())


@site.get("/healthz")
@csrf.exempt
@limiter.exempt
def healthz() -> tuple[dict[str, str], int]:
    """200 once the database answers and has our tables; 503 with what to do when it has others, or does not answer."""
    fault = schema.fault(db.session())
    if fault:
        return {"status": "error", "message": fault}, 503
    return {"status": "ok"}, 200


@site.get("/readyz")
@csrf.exempt
@limiter.exempt
def readyz() -> tuple[dict[str, Any], int]:
    """200 when all the work is being done; 503 with what is not: database, schema, jobs, letters, disk."""
    try:
        found = _read()
    except (DBAPIError, NoConnection):
        db.session.rollback()
        return {"status": "error", "faults": {"database": "数据库没有回应，请检查数据库服务。"}}, 503
    body = {
        "status": "error" if found.faults else "ok",
        "faults": found.faults,
        "jobs": {beat.job.name: {"state": beat.state, "age_seconds": _seconds(beat.age)} for beat in found.beats},
        "oldest_due_letter_seconds": _seconds(found.oldest_due),
        "free_megabytes": found.free >> 20,
    }
    return body, 503 if found.faults else 200


def _seconds(span: Any) -> int | None:
    return None if span is None else int(span.total_seconds())


@site.get("/metrics")
@csrf.exempt
@limiter.exempt
def metrics() -> Response:
    """Figures in Prometheus' format: what the database says, and what all processes of this server counted."""
    _admit()
    registry = CollectorRegistry()
    if values.ValueClass is values.MutexValue:
        counted = tracing.REGISTRY
    else:
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    registry.register(_Database(_read(), letters.counts(db.session())))
    return Response(generate_latest(counted) + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _admit() -> None:
    """Let in who shows the token; without a token in the settings, who asks from this machine and through no proxy."""
    token = _settings().metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not secrets.compare_digest(given.encode(), token.encode()):
            abort(404)
    elif not _is_near(request.remote_addr) or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        abort(404)


def _is_near(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


class _Database(Collector):
    """What the tables say, read when somebody asks: the same from every process."""

    def __init__(self, found: Readiness, letters_by_status: dict[str, int]) -> None:
        self._found = found
        self._letters = letters_by_status

    def collect(self) -> Any:
        """The families of figures."""
        found = self._found
        yield GaugeMetricFamily("market_ready", "Whether all the work is being done.", value=int(not found.faults))
        yield GaugeMetricFamily("market_database_bytes", "Size of the database.", value=found.size)
        yield GaugeMetricFamily("market_disk_free_bytes", "Room where the program keeps its files.", value=found.free)
        late = 0 if found.oldest_due is None else found.oldest_due.total_seconds()
        yield GaugeMetricFamily("market_letters_oldest_due_seconds", "How late the oldest letter is.", value=late)
        waiting = GaugeMetricFamily("market_letters", "Letters in the outbox.", labels=["status"])
        for status, count in self._letters.items():
            waiting.add_metric([status], count)
        yield waiting
        ages = GaugeMetricFamily("market_job_tick_age_seconds", "Seconds since the last tick.", labels=["job"])
        failing = GaugeMetricFamily("market_job_failing", "Whether the last run raised.", labels=["job"])
        for beat in found.beats:
            if beat.age is not None:
                ages.add_metric([beat.job.name], beat.age.total_seconds())
            failing.add_metric([beat.job.name], int(beat.state == "failing"))
        yield ages
        yield failing
