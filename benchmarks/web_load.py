"""Measures pages and answers under load with wrk, beside the least Flask page over the same database, in one run.

usage: python -m benchmarks.web_load [--database sqlite|postgresql|both] [--seconds 3] [--rounds 5] [--connections 16]

Both sides are served by gunicorn with the settings of gunicorn.conf.py (two workers of four threads) from temporary databases
of 200 guests with one-to-one talks. The sides take turns in short rounds, so that other load on the machine meets both; printed
are the medians of the rounds: requests per second, the 99th percentile of the time in milliseconds, the share of the plain page's
throughput (of the same round), the same share of the processor time that gunicorn's processes took for a request (which other
load disturbs least), and the errors of all rounds. The address of each request is that of another guest. Needs wrk
(tools/system.sh wrk). PostgreSQL runs here with its usual settings, that is with fsync.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from app.domain import clock
from app.extensions import db, writing
from app.factory import create_app
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.people import Organisation
from tests import season
from tests.cluster import SPEED, Cluster, free_port
from tests.conftest import settings_for, upgrade

ROOT = Path(__file__).resolve().parent.parent
GUESTS, TABLES = 200, 20
KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BAR = 0.60
_FIGURES = {
    "count": re.compile(r"(\d+) requests in"),
    "rate": re.compile(r"Requests/sec:\s+([\d.]+)"),
    "p99": re.compile(r"99%\s+([\d.]+)(us|ms|s)"),
    "status": re.compile(r"Non-2xx or 3xx responses: (\d+)"),
    "socket": re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)"),
}
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """One round against one side: requests per second, 99th percentile and processor time of a request in ms, errors."""

    rate: float
    p99: float
    cost: float
    errors: int


@dataclass(frozen=True, slots=True)
class Server:
    """One gunicorn: its port and the id of its first process."""

    port: int
    pid: int

    def processor_time(self) -> float:
        """Seconds of the processor that its workers have taken so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split()
        ticks = 0
        for child in children:
            fields = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure; ends with 1 when a request failed or the guests' page stays below BAR."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_load")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        parser.error("wrk is missing: run tools/system.sh wrk")
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    print(f"command: python -m benchmarks.web_load {' '.join(sys.argv[1:])}".rstrip())
    good = [measure(kind, given.seconds, given.rounds, given.connections) for kind in kinds]
    sys.exit(0 if all(good) else 1)


def measure(kind: str, seconds: int, rounds: int, connections: int) -> bool:
    """One database: fill it, serve both sides, let them take turns, print; whether the bar holds."""
    with tempfile.TemporaryDirectory() as folder, _database(kind, Path(folder)) as url:
        paths = _fill(url, Path(folder))
        sides = {
            "plain page": [f"/plain/{number}" for number, _ in paths],
            "RSVP page": [path for _, path in paths],
            "RSVP answer": [path for _, path in paths],
            "home": ["/"],
            "catalogue": ["/achievements"],
        }
        with _served(url, Path(folder)) as (ours, plain):
            found: dict[str, list[Load]] = {side: [] for side in sides}
            for number in range(rounds + 1):
                for side, wanted in sides.items():
                    script = _script(Path(folder), side, wanted)
                    server = plain if side == "plain page" else ours
                    load = _wrk(server, script, seconds, connections)
                    if number:  # the round before the first warms up: templates are compiled, pages read in
                        found[side].append(load)
    return _print(kind, found)


def _print(kind: str, found: dict[str, list[Load]]) -> bool:
    print(
        f"\n{kind}: {'side':14} {'requests/s':>10} {'p99 ms':>8} {'of plain':>9} {'cpu ms':>7} {'of plain':>9} {'errors':>7}"
    )
    shares = {}
    for side, loads in found.items():
        share = statistics.median(
            load.rate / plain.rate for load, plain in zip(loads, found["plain page"], strict=True) if plain.rate
        )
        shares[side] = share
        rate, p99, cost = (statistics.median(getattr(load, name) for load in loads) for name in ("rate", "p99", "cost"))
        saved = statistics.median(
            plain.cost / load.cost for load, plain in zip(loads, found["plain page"], strict=True) if load.cost
        )
        errors = sum(load.errors for load in loads)
        print(
            f"{'':{len(kind) + 1}} {side:14} {rate:10.0f} {p99:8.1f} {share:9.2f} {cost:7.2f} {saved:9.2f} {errors:7}"
        )
    good = shares["RSVP page"] >= BAR and not any(load.errors for loads in found.values() for load in loads)
    print(f"bar (RSVP page at least {BAR:.0%} of the plain page, no errors): {'held' if good else 'MISSED'}")
    return good


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'market.db'}"
        upgrade(url, folder)
        yield url
        return
    SPEED.update({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "100"})
    cluster = Cluster()
    try:
        url = cluster.create("load")
        upgrade(url, folder)
        yield url
    finally:
        cluster.stop()


def _fill(url: str, folder: Path) -> list[tuple[int, str]]:
    """An event of 200 enterprises, each with a talk at a table; (id, path of the link) of every guest."""
    app = create_app(settings_for(url, folder / "data"))
    with app.app_context():
        with writing() as session:
            rows = _guests(session, app)
        paths = [(row_id, path) for row_id, path in rows]
        db.engine.dispose()
    return paths


def _guests(session: Session, app: Flask) -> list[tuple[int, str]]:
    now = clock.now().replace(microsecond=0)
    start = (now + timedelta(days=30)).replace(hour=1, minute=0, second=0)
    stage = season.stage(session, now, start, capacity=5000, slot_count=GUESTS // TABLES + 6, tables=TABLES, edition=1)
    event = session.get_one(Event, stage.event_id)
    offer = session.get_one(Need, 1)  # any published need: its words are as long as everybody's
    institute = session.get_one(Organisation, stage.cast.institute.organisation_id)
    invitations = []
    for number in range(GUESTS):
        firm = Organisation(kind="enterprise", name=f"许昌第 {number} 机械有限公司", created_at=now)
        wanted = season.need(firm, f"{offer.title} {number}", now)
        thing = season.achievement(institute, f"数控机床热误差在线补偿装置 {number}", f"专家{number}", now)
        assert thing.expert is not None
        thing.expert.email = f"expert{number}@load.test"
        pair = season.pairing(wanted, thing, event, "双方都提到“热误差补偿”，行业同属装备制造。", now)
        meeting = Meeting(event=event, pairing=pair, enterprise=firm, expert=thing.expert, slot=3 + number // TABLES,
                          table_number=number % TABLES, edition=1, created_at=now)  # fmt: skip
        invitation = Invitation(event=event, organisation=firm, side="demand", contact_name="王经理", sent_at=now,
                                contact_email=f"guest{number}@cast.test", nonce=f"nonce{number}", created_at=now)  # fmt: skip
        invitation._state = "sent"  # noqa: SLF001 - as if it had been sent
        session.add_all([firm, wanted, thing, pair, meeting, invitation])
        invitations.append(invitation)
    session.flush()
    links = app.extensions["links"]
    return [(one.id, links.rsvp(one).removeprefix(links.public_url)) for one in invitations]


@contextmanager
def _served(url: str, folder: Path) -> Iterator[tuple[Server, Server]]:
    """Both sides behind gunicorn."""
    environ = {"DATABASE_URL": url, "DATA_DIR": str(folder / "data"), "SECRET_KEY": KEY, "JOBS": "off", "PATH": "/usr/bin",
               "MAIL_PORT": "9"}  # fmt: skip
    ports, processes = (free_port(), free_port()), []
    targets = ("wsgi:app", f"benchmarks.web_plain:create_app({url!r})")
    log = (folder / "log").open("wb")
    try:
        for port, target in zip(ports, targets, strict=True):
            words = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "-w", "2", "--threads", "4"]
            processes.append(
                subprocess.Popen(  # noqa: S603 - our own command
                    [*words, "-b", f"127.0.0.1:{port}", target], cwd=ROOT, env=environ, stdout=log, stderr=log
                )
            )
        for port, path in zip(ports, ("/healthz", "/plain/1"), strict=True):
            _await(port, path)
        yield Server(ports[0], processes[0].pid), Server(ports[1], processes[1].pid)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()  # its workers are done measuring, and end with it
        log.close()


def _await(port: int, path: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"nobody answers at port {port}")


def _script(folder: Path, side: str, paths: Sequence[str]) -> Path:
    """The script of wrk: another path each time; for answers a form whose party changes."""
    listed = ",".join(f'"{path}"' for path in paths)
    body = f"local paths = {{{listed}}}\nlocal turn = 0\nfunction request()\n  turn = turn + 1\n"
    if side == "RSVP answer":
        body += (
            '  local form = "answer=accept&attendees=guest&party_size=" .. (turn % 3 + 1)\n'
            '  local headers = {["Content-Type"] = "application/x-www-form-urlencoded"}\n'
            '  return wrk.format("POST", paths[turn % #paths + 1], headers, form)\nend\n'
        )
    else:
        body += '  return wrk.format("GET", paths[turn % #paths + 1])\nend\n'
    file = folder / f"{side.replace(' ', '_')}.lua"
    file.write_text(body, encoding="utf-8")
    return file


def _wrk(server: Server, script: Path, seconds: int, connections: int) -> Load:
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s", str(script)]
    before = server.processor_time()
    said = subprocess.run(  # noqa: S603 - our own command
        [*words, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=True
    ).stdout
    found = {name: pattern.search(said) for name, pattern in _FIGURES.items()}
    count, rate, p99, status, socket = (found[name] for name in ("count", "rate", "p99", "status", "socket"))
    took = server.processor_time() - before
    assert count is not None
    assert rate is not None
    assert p99 is not None
    errors = int(status[1]) if status else 0
    errors += sum(int(number) for number in socket.groups()) if socket else 0
    cost = 1000 * took / max(int(count[1]), 1)
    return Load(float(rate[1]), float(p99[1]) * _MILLISECONDS[p99[2]], cost, errors)


if __name__ == "__main__":
    main()
