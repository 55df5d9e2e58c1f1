"""Owns the plain form of a draft: JSON-able, and back again without loss; for keeping what a record said before."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Draft = TypeVar("Draft")


def to_plain(value: Any) -> Any:
    """Dataclasses as mappings, tuples as lists, words as codes, dates and amounts as text."""
    if is_dataclass(value):
        return {part.name: to_plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def from_plain(kind: type[Draft], plain: Any) -> Draft:
    """The value of this dataclass that `to_plain` took apart."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], held) for name, held in plain.items()})


def _value(hint: Any, plain: Any) -> Any:
    if plain is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        return _value(next(choice for choice in get_args(hint) if choice is not type(None)), plain)
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], item) for item in plain)
    if is_dataclass(hint):
        return from_plain(cast("type[Any]", hint), plain)
    if hint is date:
        return date.fromisoformat(plain)
    return hint(plain)
