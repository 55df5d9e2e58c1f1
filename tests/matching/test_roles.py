"""Sentences and the roles they play."""

from __future__ import annotations

import pytest

from matching.roles import Roles, sentences

ROLES = Roles(("wanted: 希望 要求", "boilerplate: 贯彻", "negated: 不适用", "aside: 下一步"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("一。二;三!四?五", ["一。", "二;", "三!", "四?", "五"]),
        ("没有句号", ["没有句号"]),
        ("", []),
        ("。。", ["。", "。"]),
    ],
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert sentences(text) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"), [("希望降温", 2.0), ("贯彻要求", 1.0), ("贯彻精神", 0.5), ("主轴温升", 1.0)]
)
def test_asked(sentence: str, wanted: float) -> None:
    assert ROLES.asked(sentence, 2.0, 0.5) == wanted


@pytest.mark.parametrize(("sentence", "wanted"), [("不适用于干渣", 0.4), ("下一步放大,不适用", 0.2), ("热阻降低", 1.0)])
def test_offered(sentence: str, wanted: float) -> None:
    assert ROLES.offered(sentence, 0.4, 0.5) == wanted


def test_a_role_without_cues_never_applies() -> None:
    assert Roles(("wanted:", "boilerplate:", "negated:", "aside:")).asked("希望", 2.0, 0.5) == 1.0


def test_a_missing_role_is_refused() -> None:
    with pytest.raises(ValueError, match="aside, negated"):
        Roles(("wanted: 希望", "boilerplate: 贯彻"))
