"""Writes docs/states.md, the lifecycles and the permissions as tables, from the code: python -m tools.describe."""

from pathlib import Path

from app.domain.actor import Role
from app.domain.lifecycles.all import LIFECYCLES
from app.domain.machine import Machine
from app.domain.permissions import GRANTS, Permission

TARGET = Path(__file__).resolve().parent.parent / "docs" / "states.md"
INTRODUCTION = """# States, moves and permissions

Written by `make docs` from `app/domain/lifecycles/` and `app/domain/permissions.py`; a test compares. Do not edit by hand.
Besides what is granted here, enterprises and institutes act on their own organisation only, a county office on its own
county only, and a guest on the one thing the signed link names.
"""


def _lifecycle(machine: Machine) -> list[str]:
    labels = {state.code: state.label for state in machine.states}
    lines = [
        f"\n## {machine.label} (`{machine.noun}`)\n",
        "States: " + ", ".join(f"{state.label} `{state.code}`" for state in machine.states) + ".\n",
        "| Move | Label | From | To | Permission | Reason asked |",
        "|---|---|---|---|---|---|",
    ]
    for move in machine.moves:
        sources = "、".join(labels[code] for code in machine.codes if code in move.sources)
        may = f"`{move.may.value}`" if move.may else "the programme itself"
        reason = "yes" if move.reason else ""
        lines.append(f"| `{move.name}` | {move.label} | {sources} | {labels[move.target]} | {may} | {reason} |")
    return lines


def _permissions() -> list[str]:
    lines = ["\n## Permissions\n", "| Permission | Granted to |", "|---|---|"]
    for permission in Permission:
        granted = [role for role in Role if role in GRANTS[permission]]
        lines.append(f"| `{permission.value}` | " + "、".join(role.label for role in granted) + " |")
    return lines


def document() -> str:
    """Return the text of docs/states.md."""
    lines = [INTRODUCTION.rstrip("\n")]
    for machine in LIFECYCLES.values():
        lines += _lifecycle(machine)
    lines += _permissions()
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
