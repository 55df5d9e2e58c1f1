"""Writes docs/states.md and docs/permissions.md from the tables in the code; a test keeps them true."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.domain.actor import Role  # noqa: E402 - the path must be set first
from app.domain.lifecycles.all import LIFECYCLES  # noqa: E402
from app.domain.permissions import GRANTS  # noqa: E402


def states() -> str:
    """docs/states.md: one table per lifecycle."""
    lines = [
        "# Lifecycles",
        "",
        "Written by `tools/write_docs.py` from `app/domain/lifecycles/`; edit those, not this page.",
    ]
    for machine in LIFECYCLES.values():
        lines += ["", f"## {machine.label} (`{machine.noun}`)", ""]
        lines += ["States: " + ", ".join(f"`{state.code}` {state.label}" for state in machine.states) + ".", ""]
        lines += ["| move | label | from | to | who | reason |", "|---|---|---|---|---|---|"]
        for move in machine.moves:
            sources = ", ".join(state.code for state in machine.states if state.code in move.sources)
            may = move.may.value if move.may else "the programme"
            asked = "required" if move.reason else ""
            lines.append(f"| `{move.name}` | {move.label} | {sources} | {move.target} | {may} | {asked} |")
    return "\n".join(lines) + "\n"


def permissions() -> str:
    """docs/permissions.md: roles by deeds."""
    roles = [role for role in Role if role is not Role.PROGRAMME]
    lines = [
        "# Who may do what",
        "",
        "Written by `tools/write_docs.py` from `app/domain/permissions.py`; edit that, not this page.",
        "",
        "Portal roles act on their own organisation only, a county office on its own county only, a guest on the one",
        "thing that the signed link names. The programme itself may do anything.",
        "",
        "| deed | " + " | ".join(role.value for role in roles) + " |",
        "|---|" + "---|" * len(roles),
    ]
    for permission, granted in GRANTS.items():
        marks = " | ".join("yes" if role in granted else "" for role in roles)
        lines.append(f"| `{permission.value}` | {marks} |")
    return "\n".join(lines) + "\n"


PAGES = {"docs/states.md": states, "docs/permissions.md": permissions}


def main() -> None:
    """Write every page."""
    for name, write in PAGES.items():
        (ROOT / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
