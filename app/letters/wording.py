"""Owns wordings that people may edit: plain text with placeholders in braces, and what is wrong with one.

Placeholders are replaced by their values and nothing else happens: what a person typed is never run as a template.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import groupby

from app.domain.errors import Complaint

LONGEST_BODY = 6000
_PLACEHOLDER = re.compile(r"\{([^{}\n]{0,20})\}")


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the letter: paragraphs of text (`lines`), or one of the parts that are filled in as a whole."""

    kind: str
    lines: tuple[str, ...] = ()


def complaints(
    subject: str, body: str, words: Collection[str], marks: Collection[str], required: str = ""
) -> tuple[Complaint, ...]:
    """What is wrong with an edited wording, by field: unknown placeholders, a block inside a sentence, no text.

    `words` are the placeholders that may be used, `marks` those among them that fill a line of their own (with their
    braces); `required` is the mark that the body can't do without.
    """
    found: list[Complaint] = []
    for name, text in (("subject", subject), ("body", body)):
        found += [
            Complaint(name, f"“{{{word}}}”不是可用的占位符，请从下方列出的占位符中选用，或去掉花括号。")
            for word in dict.fromkeys(_PLACEHOLDER.findall(text))
            if word not in words
        ]
    lines = [line.strip() for line in body.splitlines()]
    for mark in marks:
        if mark in subject or any(mark in line and line != mark for line in lines):
            found.append(Complaint("subject" if mark in subject else "body", f"“{mark}”要单独占一行。"))
    if required and required not in body:
        found.append(Complaint("body", f"正文里缺少“{required}”，来宾将无法回复；请单独成行写上它。"))
    if not subject.strip():
        found.append(Complaint("subject", "请填写邮件主题。"))
    if not body.strip():
        found.append(Complaint("body", "请填写正文。"))
    if len(body) > LONGEST_BODY:
        found.append(Complaint("body", f"正文最多 {LONGEST_BODY} 字，现在有 {len(body)} 字。"))
    return tuple(found)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; unknown ones stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def blocks(body: str, values: Mapping[str, str], kinds: Mapping[str, str]) -> tuple[Block, ...]:
    """The wording in order: runs of text lines as paragraphs, and the marks (`kinds`: mark -> kind) on their own lines."""
    made: list[Block] = []
    lines = [line.strip() for line in body.strip().splitlines()]
    for kind, run in groupby(lines, lambda line: kinds.get(line, "text" if line else "gap")):
        if kind == "text":
            made.append(Block("text", tuple(filled(line, values) for line in run)))
        elif kind != "gap":
            made.append(Block(kind))
    return tuple(made)
