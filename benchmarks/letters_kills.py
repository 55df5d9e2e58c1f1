"""Kills real senders at random points of the way, in full size, and says what was lost, doubled or told wrongly.

usage: python -m benchmarks.letters_kills [--letters 2000] [--kills 20] [--workers 1 3] [--policies resend hold]
                                          [--databases sqlite postgresql] [--seed 1]

For each combination one line: letters lost, extra copies, copies that no uncertain record explains, rows whose state is not true,
and how many letters are left to a person. Wanted are 0 lost, 0 unexplained, 0 untrue, and 0 copies under "hold".
Ends with code 1 when that is not so.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.extensions import db
from app.factory import create_app
from tests import senders
from tests.cluster import Cluster
from tests.conftest import settings_for, upgrade
from tests.postbox import Ledger, PostboxServer


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every combination and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--policies", nargs="+", choices=["resend", "hold"], default=["resend", "hold"])
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    cluster = Cluster() if "postgresql" in given.databases else None
    print(
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, lease {senders.LEASE.total_seconds():.0f} s",
        flush=True,
    )
    wrong = 0
    try:
        for number, (kind, policy, workers) in enumerate(
            (kind, policy, workers)
            for kind in given.databases
            for policy in given.policies
            for workers in given.workers
        ):
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder)
                url = (
                    cluster.create(f"kills_{number}")
                    if kind == "postgresql" and cluster
                    else f"sqlite:///{home / 'm.db'}"
                )
                upgrade(url, home)
                ledger = Ledger()
                server = PostboxServer(ledger)
                settings = dataclasses.replace(settings_for(url, home), mail_port=ledger.port, mail_uncertain=policy)
                app = create_app(settings)
                found = senders.run(
                    app, ledger, letters=given.letters, kills=given.kills, workers=workers, seed=given.seed + number
                )
                with app.app_context():
                    db.engine.dispose()
                server.stop()
            print(f"{kind}, {policy}, {workers} worker(s): {found.line()}", flush=True)
            wrong += found.lost + found.unexplained + found.untrue + (found.copies if policy == "hold" else 0)
    finally:
        if cluster is not None:
            cluster.stop()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
