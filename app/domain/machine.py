"""Owns what a lifecycle is: states with labels, moves between them, and who may make each move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.errors import IllegalMove
from app.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class State:
    """A state's code, its Chinese label, and the tone a badge shows it in."""

    code: str
    label: str
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Move:
    """A named step from some states to one other. `may` None: only the programme itself makes it.

    `confirm` is the question asked before it; `reason` says that the person must give one; `stamp` names the column
    that receives the instant of the move.
    """

    name: str
    sources: frozenset[str]
    target: str
    label: str
    may: Permission | None
    confirm: str = ""
    reason: bool = False
    tone: str = "secondary"
    stamp: str = ""


@dataclass(frozen=True)
class Machine:
    """One lifecycle: the table from which legality, buttons, labels and CHECKs come."""

    noun: str
    label: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    _states: Mapping[str, State] = field(init=False, repr=False, compare=False)
    _moves: Mapping[str, Move] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_states", {state.code: state for state in self.states})
        object.__setattr__(self, "_moves", {move.name: move for move in self.moves})
        for move in self.moves:
            unknown = (move.sources | {move.target}) - set(self._states)
            if unknown:
                raise ValueError(f"{self.noun}.{move.name} names unknown states {sorted(unknown)}")

    @property
    def codes(self) -> tuple[str, ...]:
        """All state codes, first the initial one."""
        return tuple(self._states)

    @property
    def initial(self) -> str:
        """The state every new record starts in."""
        return self.states[0].code

    def state(self, code: str) -> State:
        """The state with this code; KeyError if there is none."""
        return self._states[code]

    def move(self, name: str) -> Move:
        """The move with this name; KeyError if there is none."""
        return self._moves[name]

    def open_moves(self, code: str) -> tuple[Move, ...]:
        """The moves that start at this state, in the order of the table."""
        return tuple(move for move in self.moves if code in move.sources)

    def may_start(self, code: str, name: str) -> bool:
        """Whether the move starts at this state."""
        return name in self._moves and code in self._moves[name].sources

    def check(self, code: str, name: str) -> Move:
        """The move, if it starts at this state; IllegalMove otherwise."""
        move = self._moves.get(name)
        if move is None or code not in move.sources:
            label = move.label if move else name
            raise IllegalMove(f"{self.label}现在是“{self.state(code).label}”，不能{label}。请刷新页面查看最新状态。")
        return move


def states(*rows: tuple[str, str, str]) -> tuple[State, ...]:
    """State values from (code, label, tone) rows."""
    return tuple(State(*row) for row in rows)


def sources(*codes: str) -> frozenset[str]:
    """The states a move may start from."""
    return frozenset(codes)
