"""One gate writes states, the edge alone commits, and no command forgets to ask whether the actor may."""

import ast
from collections.abc import Iterator

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


def test_every_command_asks_whether_the_actor_may() -> None:
    """A public service with an actor checks a permission, goes through conduct, or hands the actor to one that does."""
    functions = {
        node.name: (source.path, node)
        for source in sources("app/services")
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef)
    }
    asking = set(ASKING)
    while True:
        more = {name for name, (_, node) in functions.items() if name not in asking and _calls_any(node, asking)}
        if not more:
            break
        asking |= more
    silent = [
        f"{path}:{name}"
        for name, (path, node) in functions.items()
        if not name.startswith("_") and "actor" in _parameters(node) and name not in asking and path not in RECORDERS
    ]
    assert silent == []


# The gate asks for conduct; history only writes down who did it, and the reactions run after the gate has asked.
RECORDERS = {"app/services/gate.py", "app/services/history.py", "app/services/reactions.py"}


def _parameters(node: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}


def _calls_any(node: ast.FunctionDef, names: set[str]) -> bool:
    return any(isinstance(part, ast.Call) and called(part) in names for part in ast.walk(node))
