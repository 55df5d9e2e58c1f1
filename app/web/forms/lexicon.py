"""Owns the form of an entry of the lexicon."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.domain.entries import clean, clean_line
from app.domain.profiles import TermsDraft
from app.domain.vocabulary import TermKind
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import offered

KINDS_HELP = (
    "专业词：分词时当作一个整词；同义：各词可以互换；下位：后面的词是第一个词的一种或一部分；"
    "相关：说的是相近的事，例如“结垢”与“阻垢”。"
)
_BETWEEN = re.compile(r"[\n、，;；]|(?<!\d),|,(?!\d)")  # the comma of 1,4-丁二醇 belongs to the word


class TermsForm(ChineseForm):
    """One word, or one relation of a first word to others. `version` is that of the entry the person saw."""

    kind = SelectField("类别", choices=offered(TermKind.choices(), blank=False), description=KINDS_HELP)
    head = StringField("词", [InputRequired("请填写这个词。"), Length(max=80, message="最多 80 个字。")],
                       description="2 到 40 个字。“下位”填上一级的词，例如“表面处理”。")  # fmt: skip
    terms = TextAreaField("其他的词", [Length(max=900, message="最多 900 个字。")],
                          description="每行一个，或用“、”分开；“专业词”不用填。")  # fmt: skip
    joins = BooleanField("并入已有的组：新词与那一组的每个词都同义")
    note = TextAreaField("说明", [Length(max=300, message="最多 300 个字。")],
                         description="依据或出处，例如标准号、企业的叫法；方便以后核对。")  # fmt: skip
    version = HiddenField()

    @property
    def shown_version(self) -> int | None:
        """The version that the person saw; -1, which no entry has, for nonsense."""
        text = str(self.version.data or "")
        return None if not text else int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else -1

    def draft(self) -> TermsDraft:
        """The entry as a value; the other words of a single word are left out."""
        kind = TermKind(self.kind.data)
        return TermsDraft(
            kind=kind,
            head=clean_line(self.head.data or ""),
            terms=() if kind is TermKind.WORD else split(self.terms.data or ""),
            note=clean(self.note.data or ""),
            joins=bool(self.joins.data),
        )


def split(text: str) -> tuple[str, ...]:
    """The words of a list as people write it; a word that comes twice stays, for the person to see."""
    return tuple(word for part in _BETWEEN.split(clean(text)) if (word := clean_line(part)))


def prefilled(values: Mapping[str, str]) -> dict[str, object]:
    """What the address of a blank form may fill in: kind, head, joins."""
    kind = values.get("kind", "")
    return {
        "kind": kind if kind in {one.value for one in TermKind} else TermKind.SAME.value,
        "head": clean_line(values.get("head", "")[:80]),
        "joins": bool(values.get("joins")),
    }
