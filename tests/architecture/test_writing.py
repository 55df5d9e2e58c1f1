"""One gate writes states, the edge alone commits, and no command forgets to ask whether the actor may."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import called, sources

STATE_WRITER = "app/services/gate.py"
COMMITTER = "app/database/transaction.py"
ASKING = {"require", "allows", "carry_out", "visible_to"}


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield node.target


def test_only_the_gate_writes_a_state() -> None:
    writers = {
        source.path
        for source in sources()
        for node in ast.walk(source.tree)
        for target in _targets(node)
        if isinstance(target, ast.Attribute) and target.attr == "_state"
    }
    assert writers == {STATE_WRITER}


def test_nobody_goes_round_the_gate() -> None:
    """Neither setattr nor a bulk update nor a constructor may set a state."""
    around = [
        f"{source.path}:{node.lineno}"
        for source in sources("app")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and (
            (called(node) in {"setattr", "__setattr__"} and _names_state(node.args))
            or (called(node) in {"values", "update"} and any(_is_state(keyword.arg) for keyword in node.keywords))
            or any(keyword.arg == "_state" for keyword in node.keywords)
        )
    ]
    assert around == []


def _is_state(name: object) -> bool:
    return name in {"state", "_state"}


def _names_state(arguments: list[ast.expr]) -> bool:
    return any(isinstance(argument, ast.Constant) and _is_state(argument.value) for argument in arguments)


def test_only_the_transaction_commits() -> None:
    committers = {
        source.path
        for source in sources("app")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and called(node) == "commit"
    }
    assert committers == {COMMITTER}


# The gate asks for conduct, and history only writes down who did it.
RECORDERS = {"gate", "history", "reactions"}


def test_every_command_asks_whether_the_actor_may() -> None:
    """A public service with an actor asks for permission, goes through conduct, or calls one that does.

    What the tables of reactions name runs after the gate has asked.
    """
    functions = {
        (Path(source.path).stem, node.name): node
        for source in sources("app/services")
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef)
    }
    asking: set[tuple[str, str]] = set()
    while True:
        more = {key for key, node in functions.items() if key not in asking and _asks(key[0], node, asking)}
        if not more:
            break
        asking |= more
    silent = {
        f"{module}.{name}"
        for (module, name), node in functions.items()
        if not name.startswith("_") and "actor" in _parameters(node) and module not in RECORDERS
    } - {f"{module}.{name}" for module, name in asking}
    assert silent - _reactions() == set()


def _asks(module: str, node: ast.FunctionDef, asking: set[tuple[str, str]]) -> bool:
    """Whether the function calls one of ASKING, or a function of ours that does: `name()` or `module.name()`."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    if any(called(call) in ASKING for call in calls):
        return True
    return any(
        (call.func.value.id, call.func.attr) in asking
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        else (module, called(call)) in asking
        for call in calls
    )


def _reactions() -> set[str]:
    page = next(source for source in sources("app/services") if source.path == "app/services/reactions.py")
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(page.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def _parameters(node: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
