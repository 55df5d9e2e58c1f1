"""Owns the two tables of consequence: what must hold before a move, and which move brings about which.

The functions live with their nouns; this page only says when they are called. See docs/states.md.
"""

from __future__ import annotations

from app.services.steps import Condition, Reaction

CONDITIONS: dict[tuple[str, str], Condition] = {}

REACTIONS: dict[tuple[str, str], tuple[Reaction, ...]] = {}
