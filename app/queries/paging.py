"""Owns one page of a list: its rows, where it stands, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`number` counts from 1 and never exceeds `pages`; an empty list has one empty page."""

    rows: tuple[Row, ...]
    number: int
    pages: int
    total: int


def page_of(session: Session, chosen: Select[Row], number: int, size: int) -> Page[Row]:
    """The wanted page of a select over one entity; a number beyond the end gives the last page."""
    counted: Select[Any] = select(func.count()).select_from(chosen.order_by(None).subquery())
    total = int(session.scalar(counted) or 0)
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    rows = session.scalars(chosen.limit(size).offset((number - 1) * size)).unique().all()
    return Page(tuple(rows), number, pages, total)


def whole_number(text: str) -> int | None:
    """A positive number of an address or a filter; None for anything else, however odd."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        return None
    return int(text) or None
