"""The programme's words: every code has its Chinese label, no two share one, and the glossary names things that exist."""

import re
from enum import Enum

import pytest

from app.domain import vocabulary
from app.domain.actor import Role
from app.domain.lifecycles.all import LIFECYCLES
from app.domain.machine import Machine
from app.domain.permissions import GRANTS, Permission
from tests.architecture.sources import ROOT, sources

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENUMERATIONS = [Role, *(one for one in vars(vocabulary).values() if isinstance(one, type) and issubclass(one, Enum) and len(one))]  # fmt: skip


@pytest.mark.parametrize("words", ENUMERATIONS, ids=lambda one: one.__name__)
def test_every_word_has_a_chinese_label_of_its_own(words: type[Enum]) -> None:
    labels = [str(getattr(member, "label", "")) for member in words]
    assert [label for label in labels if not CHINESE.search(label)] == []
    assert sorted(set(labels)) == sorted(labels)


@pytest.mark.parametrize("machine", LIFECYCLES.values(), ids=list(LIFECYCLES))
def test_every_state_and_move_has_a_chinese_label(machine: Machine) -> None:
    states = [state.label for state in machine.states]
    assert [label for label in (*states, *(move.label for move in machine.moves)) if not CHINESE.search(label)] == []
    assert sorted(set(states)) == sorted(states)


@pytest.mark.parametrize("machine", LIFECYCLES.values(), ids=list(LIFECYCLES))
def test_every_state_can_be_reached(machine: Machine) -> None:
    reached = {machine.initial}
    while True:
        more = {move.target for move in machine.moves if move.sources & reached} - reached
        if not more:
            break
        reached |= more
    assert set(machine.codes) - reached == set()


def test_every_permission_is_granted_to_somebody_and_used() -> None:
    text = "\n".join(source.text for source in sources("app") if source.path != "app/domain/permissions.py")
    assert set(GRANTS) == set(Permission)
    assert [one.name for one in Permission if not GRANTS[one]] == []
    assert [one.name for one in Permission if not re.search(rf"\b(P|Permission)\.{one.name}\b", text)] == []


def test_the_glossary_names_things_that_exist() -> None:
    """Every word in code letters in the last column occurs in the code as a name."""
    rows = [line for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines() if "|" in line]
    named = {
        word.partition("(")[0] for row in rows for word in re.findall(r"`([^`]+)`", row.rstrip("| ").rpartition("|")[2])
    }
    names = {name for source in sources() for name in re.findall(r"\w+", source.text)}
    assert len(named) > 20
    assert [word for word in sorted(named) if not set(word.split(".")) <= names] == []
