"""Reads the lexicon as the desk sees it: what the program brings along, what was added here, and the previews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import Actor
from app.domain.entries import clean_line
from app.domain.errors import Missing
from app.domain.lifecycles.lexicon_entry import LEXICON_ENTRY
from app.domain.vocabulary import TermKind
from app.models.achievement import Achievement
from app.models.lexicon_entry import LexiconEntry, LexiconPreview
from app.models.need import Need
from app.queries import achievements, needs
from app.queries.paging import Page, whole_number
from matching.text import TECHNOLOGY_WORDS, normalise
from matching.thesaurus import read_entries, thesaurus_files

PAGE_SIZE = 50
LONGEST_QUERY = 60
ENABLED = "enabled"
ORIGINS = (("desk", "本单位添加"), ("shipped", "随程序提供"))
STATES = {state.code: state.label for state in LEXICON_ENTRY.states}
KINDS = {kind.value: kind.label for kind in TermKind}


LISTS = {
    "technology": "专业词", "synonyms": "常用同义词", "agriculture": "农业", "building": "建筑建材", "chemistry": "化工",
    "digital": "数字技术", "environment": "环保", "equipment": "装备", "food": "食品", "health": "医药健康",
    "light": "轻工纺织", "materials": "材料", "power": "电力能源", "processes": "工艺", "properties": "性能与缺陷",
    "vehicles": "车辆交通", "remedies": "问题与对策", "remedies_life": "问题与对策（农业与生活）",
}  # fmt: skip
"""What people call the program's word lists, by the names of their files."""


@dataclass(frozen=True, slots=True)
class LexiconFilter:
    """What the list is narrowed to; `state` is one of the desk's own entries only."""

    text: str = ""
    kind: str = ""
    origin: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Self:
        """What a request's query values ask for; what means nothing is left out."""
        kind, origin, state = values.get("kind", ""), values.get("origin", ""), values.get("state", "")
        return cls(
            text=clean_line(values.get("q", "")[:LONGEST_QUERY]),
            kind=kind if kind in KINDS else "",
            origin=origin if origin in dict(ORIGINS) else "",
            state=state if state in STATES else "",
            page=whole_number(values.get("page", "")) or 1,
        )

    @property
    def values(self) -> dict[str, object]:
        """What the filter form shows as chosen."""
        return {"q": self.text, "kind": self.kind, "origin": self.origin, "state": self.state}

    @property
    def is_blank(self) -> bool:
        """Whether nothing is asked for yet: then there is no list of thousands, but what was added here."""
        return not any(self.values.values())


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of either origin. `source` is "file:line" of a shipped one; `entry` is a row of the desk's."""

    kind: TermKind
    head: str
    terms: tuple[str, ...]
    source: str = ""
    entry: LexiconEntry | None = None

    @property
    def origin(self) -> str:
        """Which of the program's word lists a shipped entry stands in."""
        return f"随程序提供：{LISTS.get(self.source.partition('.')[0], '词表')}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an achievement stands for a need: rank from 1, score, level."""

    rank: int
    score: float
    level: str


@dataclass(frozen=True, slots=True)
class Change:
    """One pairing that a preview says would change; None: it is not among the recommendations."""

    need: Need
    achievement: Achievement
    old: Place | None
    new: Place | None


@cache
def shipped() -> tuple[Line, ...]:
    """What the program brings along: the thesaurus in the order of its files, then the words; read once per process."""
    words = []
    for number, text in enumerate(TECHNOLOGY_WORDS.read_text(encoding="utf-8").splitlines(), 1):
        word = text.partition("#")[0].strip()
        if word:
            words.append(Line(TermKind.WORD, word, (), f"{TECHNOLOGY_WORDS.name}:{number}"))
    entries = [entry for path in thesaurus_files() for entry in read_entries(path)]
    groups = [Line(TermKind(one.relation), one.head, one.terms, one.source) for one in entries]
    return (*groups, *words)


@cache
def _haystack() -> tuple[str, ...]:
    """The normalised terms of each shipped line, for the search."""
    return tuple("\n".join(map(normalise, (one.head, *one.terms))) for one in shipped())


@cache
def shipped_counts() -> Mapping[str, int]:
    """How many entries of each kind the program brings along."""
    return Counter(line.kind.value for line in shipped())


def listed(session: Session, wanted: LexiconFilter) -> Page[Line]:
    """One page of the lexicon: the desk's own entries first, the newest of them first; while nothing is asked for those only."""
    rows = [] if wanted.origin == "shipped" else _own(session, wanted)
    own = [Line(TermKind(row.kind), row.head, tuple(row.terms), entry=row) for row in rows]
    others = [] if wanted.origin == "desk" or wanted.state or wanted.is_blank else _shipped(wanted)
    total = len(own) + len(others)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(wanted.page, pages)
    start = (number - 1) * PAGE_SIZE
    return Page(tuple([*own, *others][start : start + PAGE_SIZE]), number, pages, total)


def _own(session: Session, wanted: LexiconFilter) -> Sequence[LexiconEntry]:
    chosen = entries()
    if wanted.kind:
        chosen = chosen.where(LexiconEntry.kind == wanted.kind)
    if wanted.state:
        chosen = chosen.where(LexiconEntry.state == wanted.state)
    for word in wanted.text.split():
        said = (LexiconEntry.line, LexiconEntry.note)
        chosen = chosen.where(or_(*(column.icontains(word, autoescape=True) for column in said)))
    return session.scalars(chosen).all()


def _shipped(wanted: LexiconFilter) -> list[Line]:
    """The shipped entries that hold all words, those first that hold one as a whole term, and of these the groups of equals."""
    words = [normalise(word) for word in wanted.text.split()]
    found = [
        (line, text)
        for line, text in zip(shipped(), _haystack(), strict=True)
        if (not wanted.kind or line.kind.value == wanted.kind) and all(word in text for word in words)
    ]

    def apart(one: tuple[Line, str]) -> tuple[bool, bool]:
        line, text = one
        return not set(words) & set(text.split("\n")), line.kind is not TermKind.SAME

    return [line for line, _ in (sorted(found, key=apart) if words else found)]


def entries() -> Select[LexiconEntry]:
    """The desk's own entries, the newest first; everybody at the desk may read them."""
    return select(LexiconEntry).options(joinedload(LexiconEntry.created_by)).order_by(LexiconEntry.id.desc())


def one(session: Session, entry_id: int) -> LexiconEntry:
    """The entry with this id; Missing when there is none."""
    found = session.scalar(entries().where(LexiconEntry.id == entry_id))
    if found is None:
        raise Missing
    return found


def enabled(session: Session) -> Sequence[LexiconEntry]:
    """The entries in effect, the oldest first."""
    return session.scalars(select(LexiconEntry).where(LexiconEntry.state == ENABLED).order_by(LexiconEntry.id)).all()


def mark(session: Session) -> str:
    """A short text that changes whenever other entries are in effect; one cheap query."""
    count, total = session.execute(
        select(
            func.count(LexiconEntry.id), func.coalesce(func.sum(LexiconEntry.id * 31 + LexiconEntry.version * 7), 0)
        ).where(LexiconEntry.state == ENABLED)
    ).one()
    return f"{count}.{total}"


def successor(session: Session, entry: LexiconEntry) -> LexiconEntry | None:
    """The draft that is to take this entry's place, if there is one."""
    return session.scalar(
        select(LexiconEntry)
        .where(LexiconEntry.replaces_id == entry.id, LexiconEntry.state == LEXICON_ENTRY.initial)
        .order_by(LexiconEntry.id.desc())
        .limit(1)
    )


def last_preview(session: Session, entry: LexiconEntry, deed: str) -> LexiconPreview | None:
    """The last preview of this deed to the entry as it is worded now."""
    return session.scalar(
        select(LexiconPreview)
        .where(LexiconPreview.entry_id == entry.id, LexiconPreview.deed == deed, LexiconPreview.line == entry.line)
        .order_by(LexiconPreview.id.desc())
        .limit(1)
    )


def waiting(session: Session) -> Sequence[int]:
    """The ids of the previews that are still to be computed, the oldest first."""
    return session.scalars(
        select(LexiconPreview.id)
        .where(LexiconPreview.done_at.is_(None), LexiconPreview.error == "")
        .order_by(LexiconPreview.id)
    ).all()


def changes(session: Session, actor: Actor, preview: LexiconPreview) -> list[Change]:
    """The changed pairings of a preview that the actor may see, in the order in which they were stored."""
    rows: list[dict[str, Any]] = preview.changes
    seen_needs = {
        row.id: row
        for row in session.scalars(
            needs.visible_to(actor)
            .where(Need.id.in_({one["need"] for one in rows}))
            .options(joinedload(Need.organisation))
        )
    }
    seen_offers = {
        row.id: row
        for row in session.scalars(
            achievements.visible_to(actor)
            .where(Achievement.id.in_({one["achievement"] for one in rows}))
            .options(joinedload(Achievement.organisation))
        )
    }
    return [
        Change(seen_needs[one["need"]], seen_offers[one["achievement"]], _place(one["old"]), _place(one["new"]))
        for one in rows
        if one["need"] in seen_needs and one["achievement"] in seen_offers
    ]


def _place(value: dict[str, Any] | None) -> Place | None:
    return None if value is None else Place(value["rank"], value["score"], value["level"])
