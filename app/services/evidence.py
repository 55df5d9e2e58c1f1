"""Turns what the matcher found in two texts into the JSON that is stored with a pairing and read by its page.

{"need": [place], "achievement": [place], "pairs": [{asked, offered, kinship}], "figures": [{verdict, name, asked, offered}],
"missing": [{kind, label, text}]}. A verdict is meets, misses, open or near: the figures are alike and count in the score, but
nothing tells whether one is asked of the other. A place is {field, item, start, end, text, kind, title}: `text` is what stood there, so
that a page can tell whether it still does; `kind` is shared, same, related, meets, misses, open or missing; `title` says in
Chinese what it meets on the other side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import matching
from matching.evidence import Evidence
from matching.places import Span

Place = dict[str, Any]

_NUMBER = re.compile(r"\d+(?:\.\d+)?")

_KINSHIP = {"same": "同义", "narrower": "下位概念", "broader": "上位概念", "related": "相关"}
_VERDICT = {"meets": "达到要求", "misses": "没有达到要求", "open": "不能直接比较"}


def reasons(match: matching.Match) -> list[dict[str, Any]]:
    """The reasons of one pair as they are stored; `figures` says that a reason rests on figures that are alike."""
    return [
        {"kind": one.kind, "label": one.label, "weight": one.weight, "detail": one.detail, "figures": bool(one.figures)}
        for one in match.reasons
    ]


def stored(need: matching.Profile, offer: matching.Profile, found: Evidence, match: matching.Match) -> dict[str, Any]:
    """The evidence of one pair as it is stored."""
    return {
        "need": list(_of_need(need, found)),
        "achievement": list(_of_achievement(offer, found)),
        "pairs": [
            {"asked": one.asked, "offered": one.offered, "kinship": _KINSHIP[one.kinship]}
            for one in (*found.synonyms, *found.related)
        ],
        "figures": [
            {"verdict": one.verdict, "name": one.name, "asked": one.asked, "offered": one.offered}
            for one in found.figures
        ]
        + list(_near(found, match)),
        "missing": [{"kind": one.kind, "label": one.label, "text": one.text} for one in found.missing],
    }


def _near(found: Evidence, match: matching.Match) -> Iterator[dict[str, str]]:
    """The figures that count in the score for being alike, without those that were compared anyway."""
    told = {(_numbers(one.asked), _numbers(one.offered)) for one in found.figures}
    for asked, offered in (pair for reason in match.reasons for pair in reason.figures):
        numbers = _numbers(asked), _numbers(offered)
        if numbers not in told:
            told.add(numbers)
            yield {"verdict": "near", "name": "", "asked": asked.strip(), "offered": offered.strip()}


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(_NUMBER.findall(text))


def _of_need(need: matching.Profile, found: Evidence) -> Iterator[Place]:
    for shared in found.shared:
        yield from _places(need, shared.asked_at, "shared", "成果里也有")
    for pair in (*found.synonyms, *found.related):
        kind = "same" if pair.kinship == "same" else "related"
        yield from _places(need, pair.asked_at, kind, f"成果写作“{pair.offered}”（{_KINSHIP[pair.kinship]}）")
    for figure in found.figures:
        title = f"成果为 {figure.offered}：{_VERDICT[figure.verdict]}"
        yield from _places(need, [figure.asked_at], figure.verdict, title)
    for gap in found.missing:
        yield from _places(need, gap.asked_at, "missing", gap.text)


def _of_achievement(offer: matching.Profile, found: Evidence) -> Iterator[Place]:
    for shared in found.shared:
        yield from _places(offer, shared.offered_at, "shared", "需求里也有")
    for pair in (*found.synonyms, *found.related):
        kind = "same" if pair.kinship == "same" else "related"
        yield from _places(offer, pair.offered_at, kind, f"需求写作“{pair.asked}”（{_KINSHIP[pair.kinship]}）")
    for figure in found.figures:
        title = f"需求要求 {figure.asked}：{_VERDICT[figure.verdict]}"
        yield from _places(offer, [figure.offered_at], figure.verdict, title)


def _places(profile: matching.Profile, spans: Iterable[Span], kind: str, title: str) -> Iterator[Place]:
    for span in spans:
        typed = profile.keywords[span.item] if span.field == "keywords" else getattr(profile, span.field)
        yield {**span.as_json(), "text": typed[span.start : span.end], "kind": kind, "title": title}
