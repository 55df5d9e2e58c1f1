"""Marks in texts: they hold what they say, never overlap, and together with the rest are the text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.highlights import KINDS, Piece, everywhere, pieces, sections

TEXT = "孔径波动控制在6μm以内，孔径一致。"


def place(text: str, start: int, kind: str = "shared", title: str = "") -> dict[str, Any]:
    return {"field": "body", "start": start, "end": start + len(text), "text": text, "kind": kind, "title": title}


def test_places_are_cut_out_with_their_kind() -> None:
    assert pieces(TEXT, [place("6μm以内", 7, "meets", "成果为 5 μm")]) == [
        Piece("孔径波动控制在"), Piece("6μm以内", "meets", "成果为 5 μm"), Piece("，孔径一致。")
    ]  # fmt: skip
    assert pieces(TEXT, []) == [Piece(TEXT)]
    assert pieces("", []) == []


def test_where_two_meet_the_weightier_kind_is_shown() -> None:
    found = pieces(TEXT, [place("孔径波动", 0), place("波动控制在6μm", 2, "misses"), place("孔径", 13)])
    assert [(one.text, one.kind) for one in found if one.kind] == [("波动控制在6μm", "misses"), ("孔径", "shared")]


def test_a_text_that_changed_since_is_not_marked_in_wrong_places() -> None:
    assert pieces("换了的正文，孔径波动也在。", [place("孔径波动", 0)]) == [Piece("换了的正文，孔径波动也在。")]
    assert pieces("短", [place("孔径", 40)]) == [Piece("短")]


def test_places_of_a_joined_text_are_found_in_its_parts() -> None:
    body = "甲乙\n丙丁"
    parts = [("problem", "甲乙"), ("key_technology", ""), ("goal", "丙丁")]
    found = sections([place("丁", body.index("丁")), place("甲", 0), place("乙\n丙", 1)], parts)
    assert {name: [(one["start"], one["end"]) for one in held] for name, held in found.items()} == {
        "goal": [(1, 2)], "problem": [(0, 1)]
    }  # fmt: skip


def test_what_stood_in_a_line_is_marked_in_its_cells() -> None:
    assert everywhere("≤6", [place("≤6", 30, "meets")]) == [Piece("≤6", "meets")]
    assert everywhere("孔径", [place("", 3)]) == [Piece("孔径")]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10), st.sampled_from(KINDS))))
def test_the_pieces_are_always_the_text(text: str, drawn: list[tuple[int, int, str]]) -> None:
    places = [place(text[start : start + length], start, kind) for start, length, kind in drawn]
    assert "".join(one.text for one in pieces(text, places)) == text
    assert "".join(one.text for one in everywhere(text, places)) == text
