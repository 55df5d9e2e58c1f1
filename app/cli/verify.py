"""The command that checks the whole database: what was looked at, what is wrong, and an exit code for programs."""

from __future__ import annotations

import sys

import click

from app.cli.printing import answer
from app.database import schema
from app.extensions import db
from app.queries import invariants


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
def verify(as_json: bool) -> None:
    """Check seats, states, histories, letters, talks and files; exit code 1 when something is wrong."""
    findings = invariants.check(db.session())
    db.session.rollback()
    faults = sum(len(finding.faults) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{'✗' if finding.faults else '✓'} {finding.label}（查看 {finding.looked_at} 项）")
        lines += [f"    {fault}" for fault in finding.faults]
    lines.append(
        f"共发现 {faults} 处问题，请联系维护人员，先不要在这份数据上继续工作。" if faults else "全部检查通过。"
    )
    data = {
        "revision": schema.newest(),
        "faults": faults,
        "checks": {
            finding.code: {"looked_at": finding.looked_at, "faults": list(finding.faults)} for finding in findings
        },
    }
    answer(as_json, data, lines)
    if faults:
        sys.exit(1)


COMMANDS = (verify,)
