"""The lexicon of the matcher: what is in effect, adding and rewording entries, and asking what one would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.errors import Complaint, IllegalMove, Invalid, Stale
from app.domain.permissions import Permission, require
from app.domain.profiles import TermsDraft
from app.domain.vocabulary import TermKind
from app.models.lexicon_entry import LONGEST_LINE, LexiconEntry, LexiconPreview
from app.queries import lexicon as reading
from app.services import history
from app.services.steps import Step
from matching.lexicon import Lexicon
from matching.text import normalise
from matching.thesaurus import BadEntry, Entry, check, check_word

MOST_TERMS = 20
LONGEST_NOTE = 300
OPEN_TO_EDIT = frozenset({"draft", "retired"})
REPLACED_BY = "由词条“{line}”代替"


def current(session: Session) -> Lexicon:
    """The lexicon in effect: what the program brings along and the enabled entries."""
    return _extended(reading.enabled(session))


def with_deed(session: Session, entry: LexiconEntry, deed: str) -> Lexicon:
    """The lexicon as it would be after `enable` or `retire` of the entry."""
    others = [row for row in reading.enabled(session) if row.id != entry.id]
    if deed == "enable":
        others = [*(row for row in others if row.id != entry.replaces_id), entry]
    return _extended(others)


def _extended(rows: Iterable[LexiconEntry]) -> Lexicon:
    words, entries = [], []
    for row in sorted(rows, key=lambda row: row.id):
        if row.kind == TermKind.WORD.value:
            words.append(row.head)
        else:
            entries.append(_as_entry(TermKind(row.kind), row.head, row.terms, f"desk:{row.id}"))
    return _joined(tuple(words), tuple(entries))


@lru_cache(maxsize=4)
def _joined(words: tuple[str, ...], entries: tuple[Entry, ...]) -> Lexicon:
    """Built without asking whether an entry says something new: a later version may bring along what the desk added."""
    shipped = Lexicon.shipped()
    if not words and not entries:
        return shipped
    return Lexicon((*shipped.words, *words), (*shipped.entries, *entries), shipped.cues, shipped.strengths)


def _as_entry(kind: TermKind, head: str, terms: Sequence[str], source: str = "") -> Entry:
    if kind is TermKind.SAME:
        return Entry("same", head, tuple(terms), source)
    return Entry("narrower" if kind is TermKind.NARROWER else "related", head, tuple(terms), source)


def add(
    session: Session, draft: TermsDraft, actor: Actor, now: datetime, *, replaces: LexiconEntry | None = None
) -> LexiconEntry:
    """Write down an entry that is not in effect yet; flushed. `replaces`: the enabled entry it is a new wording of.

    Raises NotAllowed, Invalid, and IllegalMove when what it would replace is not in effect.
    """
    require(actor, Permission.LEXICON_EDIT)
    if replaces is not None and replaces.state != reading.ENABLED:
        raise IllegalMove(f"这个词条现在是“{replaces.state_label}”，请直接修改它。")
    entry = LexiconEntry(
        replaces_id=replaces.id if replaces else None, created_by_id=actor.user_id, created_at=now, changed_at=now
    )
    line = _checked(session, entry, draft)
    _fill(entry, draft, line, now)
    session.add(entry)
    session.flush()  # history names the entry by id
    history.record(session, "lexicon_entry", entry.id, "add", actor, now, label="添加", reason=draft.note,
                   details={"line": line})  # fmt: skip
    return entry


def edit(
    session: Session, entry: LexiconEntry, draft: TermsDraft, actor: Actor, now: datetime, *, version: int | None = None
) -> None:
    """Reword an entry that is not in effect. Raises NotAllowed, Invalid, IllegalMove, and Stale for another `version`."""
    require(actor, Permission.LEXICON_EDIT)
    if entry.state not in OPEN_TO_EDIT:
        raise IllegalMove(f"这个词条现在是“{entry.state_label}”，不能直接修改。")
    if version is not None and version != entry.version:
        raise Stale
    before = entry.line
    line = _checked(session, entry, draft)
    if (line, draft.note) == (before, entry.note):
        return
    _fill(entry, draft, line, now)
    history.record(session, "lexicon_entry", entry.id, "edit", actor, now, label="修改",
                   reason="" if line == before else f"原为：{before}", details={"before": before, "line": line})  # fmt: skip


def _fill(entry: LexiconEntry, draft: TermsDraft, line: str, now: datetime) -> None:
    entry.kind, entry.head, entry.terms = draft.kind.value, draft.head, list(draft.terms)
    entry.line, entry.note, entry.changed_at = line, draft.note, now


def _checked(session: Session, entry: LexiconEntry, draft: TermsDraft) -> str:
    """The draft's wording as a line; Invalid for anything that could not be enabled as it is."""
    if len(draft.note) > LONGEST_NOTE:
        raise Invalid((Complaint("note", f"说明最多 {LONGEST_NOTE} 个字。"),))
    others = [row for row in reading.enabled(session) if row.id not in {entry.id, entry.replaces_id}]
    base = _extended(others)
    try:
        line, words = _check_word(base, draft) if draft.kind is TermKind.WORD else _check_entry(base, draft)
    except BadEntry as error:
        raise Invalid((_complaint(error, draft),)) from error
    if len(line) > LONGEST_LINE:
        raise Invalid((Complaint("terms", "词条太长，请分成几条。"),))
    _refuse_twin(session, entry, draft.kind, words)
    return line


def _check_word(base: Lexicon, draft: TermsDraft) -> tuple[str, tuple[str, ...]]:
    word = check_word(draft.head)
    if word in {normalise(known) for known in base.words}:
        raise Invalid((Complaint("head", f"“{draft.head}”已经在词典里，不必再加。"),))
    return draft.head, (word,)


def _check_entry(base: Lexicon, draft: TermsDraft) -> tuple[str, tuple[str, ...]]:
    if len(draft.terms) > MOST_TERMS:
        raise Invalid((Complaint("terms", f"一条最多 {MOST_TERMS} 个词，请分成几条。"),))
    entry = _as_entry(draft.kind, draft.head, draft.terms)
    words = check(entry)
    base.extended(entries=[entry])  # refuses what says nothing new
    groups = _groups(base, words) if draft.kind is TermKind.SAME else {}
    if groups and not draft.joins:
        raise Invalid((Complaint("joins", _say_groups(groups, draft)),))
    return str(entry), words


def _groups(base: Lexicon, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Concept -> its terms, of the groups of at least two terms that these words belong to."""
    found = {concept: base.terms_of(concept) for word in words if (concept := base.concept_of(word)) is not None}
    return {concept: terms for concept, terms in found.items() if len(terms) > 1}


def _say_groups(groups: dict[str, tuple[str, ...]], draft: TermsDraft) -> str:
    said = []
    for concept, terms in groups.items():
        word = next(one for one in (draft.head, *draft.terms) if normalise(one) in terms)
        rest = "、".join(terms[:6]) + (f" 等 {len(terms)} 个词" if len(terms) > 6 else "")
        said.append(f"“{word}”已在“{concept}”一组（{rest}）")
    joined = "保存后这几组会合成一组" if len(groups) > 1 else "保存后新词与这一组的每个词都同义"
    return (
        f"{'；'.join(said)}。要扩充已有的组，请勾选“并入已有的组”再保存，{joined}；如果只是相近，请改选“下位”或“相关”。"
    )


def _complaint(error: BadEntry, draft: TermsDraft) -> Complaint:
    field = "head" if error.term == draft.head or not draft.terms else "terms"
    known = (
        f"这几个词已经同在“{error.group}”一组，不必再加。"
        if draft.kind is TermKind.SAME
        else f"“{draft.head}”与这些词的“{draft.kind.label}”关系已经有了，不必再加。"
    )
    said = {
        "form": "请至少再写一个词。",
        "short": f"“{error.term}”太短，每个词至少 2 个字。",
        "long": f"“{error.term}…”太长，每个词最多 40 个字。",
        "sign": f"“{error.term}”没有文字，或含有不能用的符号（# = > ~ 和逗号、顿号）。",
        "twice": f"“{error.term}”写了两次；繁简体、全角半角和大小写不同也算同一个词。",
        "known": known,
    }
    return Complaint("terms" if error.fault == "form" else field, said[error.fault])


def _refuse_twin(session: Session, entry: LexiconEntry, kind: TermKind, words: tuple[str, ...]) -> None:
    """The same entry once more, in whatever order where the order says nothing, is no new one."""
    for row in session.scalars(select(LexiconEntry).where(LexiconEntry.kind == kind.value)):
        if row.id in {entry.id, entry.replaces_id} or row.state == "retired":
            continue
        theirs = tuple(map(normalise, (row.head, *row.terms)))
        if theirs == words or (kind is not TermKind.NARROWER and set(theirs) == set(words)):
            raise Invalid((Complaint("head", f"已有同样的词条“{row.line}”（{row.state_label}），请直接打开它。"),))


def deed_of(entry: LexiconEntry) -> str:
    """What can be previewed now: retiring an entry that is in effect, enabling any other."""
    return "retire" if entry.state == reading.ENABLED else "enable"


def ask_preview(session: Session, entry: LexiconEntry, actor: Actor, now: datetime) -> LexiconPreview:
    """Ask what the deed open to the entry would change; one that still waits is taken as the answer."""
    require(actor, Permission.LEXICON_EDIT)
    deed = deed_of(entry)
    last = reading.last_preview(session, entry, deed)
    if last is not None and last.done_at is None and not last.error:
        return last
    made = LexiconPreview(
        entry_id=entry.id, deed=deed, line=entry.line, requested_by_id=actor.user_id, requested_at=now
    )
    session.add(made)
    session.flush()  # its id
    history.record(session, "lexicon_entry", entry.id, "preview", actor, now,
                   label="预览停用后的变化" if deed == "retire" else "预览启用后的变化")  # fmt: skip
    return made


def is_previewed(session: Session, entry: LexiconEntry) -> bool:
    """Whether there is a preview of enabling the entry as it is worded now, asked for since it was retired last."""
    last = reading.last_preview(session, entry, "enable")
    if last is None or last.done_at is None:
        return False
    return entry.retired_at is None or last.requested_at >= entry.retired_at


def previewed(session: Session, entry: LexiconEntry, _now: datetime) -> None:
    """Condition of `enable`: somebody could see what the entry, as it is worded now, changes."""
    if not is_previewed(session, entry):
        raise Invalid("启用之前，请先预览哪些推荐会变化，等结果算好再启用。")


def enabled(session: Session, step: Step, _actor: Actor, _now: datetime) -> Iterable[Step]:
    """Reaction to an entry in effect: the entry that it is the new wording of yields."""
    entry: LexiconEntry = step.subject
    old = session.get(LexiconEntry, entry.replaces_id) if entry.replaces_id else None
    if old is not None and old.state == reading.ENABLED:
        return [Step(old, "yield", reason=REPLACED_BY.format(line=entry.line))]
    return ()
