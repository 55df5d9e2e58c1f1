"""Entries of the lexicon: what is refused and how it is said, what a preview tells, and that enabling brings just that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.errors import IllegalMove, Invalid, NotAllowed, Stale
from app.domain.profiles import TermsDraft
from app.domain.vocabulary import TermKind
from app.extensions import writing
from app.jobs import preview as previews
from app.jobs import recommend
from app.models.lexicon_entry import LexiconEntry, LexiconPreview
from app.queries import histories
from app.queries import lexicon as reading
from app.queries.lexicon import LexiconFilter
from app.services import lexicon, previewing, ranking
from app.services.conduct import carry_out
from app.services.steps import Step
from matching.lexicon import Lexicon
from matching.reranker import Model
from tests import shelf
from tests.cast import NOW, Cast
from tests.offers import Offers, everything, offer

BRIDGE = TermsDraft(TermKind.SAME, "璇玑绳", ("摇光索",), "只为试验")
ROPE = TermsDraft(TermKind.SAME, "甲地叫法绳", ("乙地叫法索",))


@pytest.fixture
def offers(session: Session, cast: Cast) -> Offers:
    found = offer(session, cast)
    session.commit()
    recommend.refresh(NOW)
    return found


def added(cast: Cast, draft: TermsDraft = ROPE, replaces: int | None = None) -> int:
    with writing() as session:
        old = session.get_one(LexiconEntry, replaces) if replaces else None
        return lexicon.add(session, draft, cast.desk.actor, NOW, replaces=old).id


def moved(cast: Cast, entry_id: int, name: str, reason: str = "") -> str:
    with writing() as session:
        entry = session.get_one(LexiconEntry, entry_id)
        carry_out(session, Step(entry, name, reason=reason), cast.desk.actor, NOW)
        return str(entry.state)


def previewed(cast: Cast, entry_id: int) -> LexiconPreview:
    """Asked for and computed."""
    with writing() as session:
        number = lexicon.ask_preview(session, session.get_one(LexiconEntry, entry_id), cast.desk.actor, NOW).id
    assert previews.run(NOW, lambda: False) == {"previews": 1}
    with writing() as session:
        return session.get_one(LexiconPreview, number)


def enabled(cast: Cast, entry_id: int) -> None:
    previewed(cast, entry_id)
    assert moved(cast, entry_id, "enable") == "enabled"


def test_an_entry_has_no_effect_before_it_is_enabled(session: Session, cast: Cast) -> None:
    entry = added(cast)
    assert lexicon.current(session) is Lexicon.shipped()
    before = ranking.recipe_mark(session)
    session.rollback()
    enabled(cast, entry)
    assert lexicon.current(session).concept_of("乙地叫法索") == "甲地叫法绳"
    assert ranking.recipe_mark(session) != before  # so that the job computes all pairings anew
    session.rollback()
    assert moved(cast, entry, "retire", "企业不这么说") == "retired"
    assert lexicon.current(session) is Lexicon.shipped()
    assert [line.what for line in histories.of(session, "lexicon_entry", entry)] == [
        "停用", "启用", "预览启用后的变化", "添加"]  # fmt: skip


def test_nothing_is_enabled_unseen(session: Session, cast: Cast) -> None:
    entry = added(cast)
    with pytest.raises(Invalid, match="请先预览"):
        moved(cast, entry, "enable")
    previewed(cast, entry)
    with writing() as open_session:
        row = open_session.get_one(LexiconEntry, entry)
        lexicon.edit(open_session, row, TermsDraft(TermKind.SAME, "甲地叫法绳", ("丙地叫法索",)), cast.desk.actor, NOW)
    with pytest.raises(Invalid, match="请先预览"):  # what was seen was another wording
        moved(cast, entry, "enable")
    enabled(cast, entry)


def test_enabling_brings_just_what_the_preview_told_and_retiring_takes_it_back(
    session: Session, cast: Cast, offers: Offers
) -> None:
    rope = shelf.need(session, cast.owner, "璇玑绳换新", problem="璇玑绳磨损。").id
    cord = shelf.achievement(session, cast.university, "摇光索", summary="摇光索经久耐用。").id
    session.commit()
    recommend.refresh(NOW)
    before = {key: (one.rank, one.score) for key, one in everything(session).items()}
    assert (rope, cord) not in before
    entry = added(cast, BRIDGE)
    told = previewed(cast, entry)
    assert told.figures["in"] == 1
    new = next(one for one in told.changes if one["kind"] == "in")
    assert (new["need"], new["achievement"], new["old"]) == (rope, cord, None)
    moved(cast, entry, "enable")
    recommend.refresh(NOW)
    one = everything(session)[rope, cord]
    assert (one.rank, round(one.score, 6)) == (new["new"]["rank"], new["new"]["score"])
    back = previewed(cast, entry)
    assert (back.deed, back.figures["out"], back.figures["in"]) == ("retire", 1, 0)
    moved(cast, entry, "retire", "试验完了")
    recommend.refresh(NOW)
    found = {key: (one.rank, one.score) for key, one in everything(session).items() if one.state != "dropped"}
    assert found == before


def test_a_word_keeps_together_what_would_be_cut(session: Session, cast: Cast) -> None:
    enabled(cast, added(cast, TermsDraft(TermKind.WORD, "蜂胶黄酮乳")))
    assert "蜂胶黄酮乳" in lexicon.current(session).words


def test_a_preview_that_fails_says_so_and_is_not_tried_for_ever(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = added(cast)
    with writing() as open_session:
        lexicon.ask_preview(open_session, open_session.get_one(LexiconEntry, entry), cast.desk.actor, NOW)

    def fail(*_values: object) -> None:
        raise MemoryError

    monkeypatch.setattr(previewing, "compute", fail)
    with pytest.raises(MemoryError):
        previews.run(NOW, lambda: False)
    monkeypatch.undo()
    session.rollback()
    assert reading.waiting(session) == []
    row = reading.last_preview(session, reading.one(session, entry), "enable")
    assert row is not None
    assert "请再点一次" in row.error
    session.rollback()
    assert previewed(cast, entry).done_at == NOW


def test_a_preview_grows_old_when_the_ranking_changes(session: Session, cast: Cast) -> None:
    first, second = added(cast), added(cast, TermsDraft(TermKind.WORD, "蜂胶黄酮乳"))
    told = previewed(cast, first)
    assert not previewing.outdated(session, told)
    session.rollback()
    enabled(cast, second)
    assert previewing.outdated(session, told)


def test_a_preview_of_another_wording_is_not_computed(session: Session, cast: Cast) -> None:
    entry = added(cast)
    with writing() as open_session:
        row = open_session.get_one(LexiconEntry, entry)
        number = lexicon.ask_preview(open_session, row, cast.desk.actor, NOW).id
        lexicon.edit(open_session, row, TermsDraft(TermKind.WORD, "蜂胶黄酮乳"), cast.desk.actor, NOW)
    assert previews.run(NOW, lambda: False) == {}
    session.rollback()
    told = session.get_one(LexiconPreview, number)
    assert (told.done_at, "又有改动" in told.error) == (None, True)
    assert list(reading.waiting(session)) == []


def test_what_was_retired_is_looked_at_again_before_it_returns(session: Session, cast: Cast) -> None:
    entry = added(cast)
    enabled(cast, entry)
    later = NOW + timedelta(days=1)
    with writing() as open_session:
        step = Step(open_session.get_one(LexiconEntry, entry), "retire", reason="不对")
        carry_out(open_session, step, cast.desk.actor, later)
    with pytest.raises(Invalid, match="请先预览"):
        moved(cast, entry, "enable")
    with writing() as open_session:
        lexicon.ask_preview(open_session, open_session.get_one(LexiconEntry, entry), cast.desk.actor, later)
    previews.run(later, lambda: False)
    assert moved(cast, entry, "enable") == "enabled"


def test_asking_twice_is_answered_once(cast: Cast, session: Session) -> None:
    entry = added(cast)
    with writing() as open_session:
        row = open_session.get_one(LexiconEntry, entry)
        first = lexicon.ask_preview(open_session, row, cast.desk.actor, NOW).id
        assert lexicon.ask_preview(open_session, row, cast.desk.actor, NOW).id == first
    assert list(reading.waiting(session)) == [first]


def test_a_new_wording_takes_the_place_of_the_old_one(session: Session, cast: Cast) -> None:
    old = added(cast)
    enabled(cast, old)
    new = added(cast, TermsDraft(TermKind.SAME, "甲地叫法绳", ("乙地叫法索", "丙地叫法索")), replaces=old)
    row = reading.successor(session, reading.one(session, old))
    assert row is not None
    assert row.id == new
    assert lexicon.current(session).concept_of("丙地叫法索") is None
    session.rollback()
    enabled(cast, new)
    assert {one.id for one in reading.enabled(session)} == {new}
    assert reading.one(session, old).state_label == "已停用"
    assert histories.of(session, "lexicon_entry", old)[0].what == "由修改后的词条代替"
    assert lexicon.current(session).concept_of("丙地叫法索") == "甲地叫法绳"
    session.rollback()
    with pytest.raises(IllegalMove):
        added(cast, ROPE, replaces=old)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("draft", "field", "message"), [
    (TermsDraft(TermKind.SAME, "铝灰甲", ()), "terms", "请至少再写一个词。"),
    (TermsDraft(TermKind.SAME, "铝", ("铝灰甲",)), "head", "“铝”太短，每个词至少 2 个字。"),
    (TermsDraft(TermKind.SAME, "铝灰甲", ("长" * 41,)), "terms", f"“{'长' * 40}…”太长，每个词最多 40 个字。"),
    (TermsDraft(TermKind.SAME, "铝灰甲", ("ＡＢＣ丁", "abc丁")), "terms", "“abc丁”写了两次；"),
    (TermsDraft(TermKind.SAME, "铝灰甲", ("甲=乙",)), "terms", "“甲=乙”没有文字，或含有不能用的符号"),
    (TermsDraft(TermKind.SAME, "……", ("甲乙丙",)), "head", "没有文字"),
    (TermsDraft(TermKind.WORD, "科技大市场"), "head", "“科技大市场”已经在词典里，不必再加。"),
    (TermsDraft(TermKind.SAME, "尼龙", ("聚酰胺",)), "head", "已经同在“聚酰胺”一组，不必再加。"),
    (TermsDraft(TermKind.SAME, "尼龙", ("丁地叫法料",)), "joins", "“尼龙”已在“聚酰胺”一组（聚酰胺、尼龙、"),
    (TermsDraft(TermKind.RELATED, "铝灰甲", tuple(f"词条{n}号" for n in range(21))), "terms", "一条最多 20 个词"),
    (TermsDraft(TermKind.SAME, "铝灰甲", ("铝灰乙",), "长" * 301), "note", "说明最多 300 个字。"),
])  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(
    cast: Cast, session: Session, draft: TermsDraft, field: str, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        added(cast, draft)
    (complaint,) = refused.value.complaints
    assert complaint.field == field
    assert message in complaint.message


def test_a_group_grows_when_the_person_says_so(session: Session, cast: Cast) -> None:
    enabled(cast, added(cast, TermsDraft(TermKind.SAME, "尼龙", ("丁地叫法料",), joins=True)))
    found = lexicon.current(session)
    assert found.concept_of("丁地叫法料") == found.concept_of("锦纶")


def test_the_same_entry_is_not_written_down_twice(session: Session, cast: Cast) -> None:
    first = added(cast)
    with pytest.raises(Invalid, match="已有同样的词条“甲地叫法绳 = 乙地叫法索”（待启用）"):
        added(cast, TermsDraft(TermKind.SAME, "乙地叫法索", ("甲地叫法绳",)))
    moved(cast, first, "discard")
    assert added(cast) != first


def test_who_may_not_and_who_was_too_late(session: Session, cast: Cast) -> None:
    entry = added(cast)
    for person in (cast.county, cast.bureau, cast.owner):
        with pytest.raises(NotAllowed), writing() as open_session:
            lexicon.add(open_session, ROPE, person.actor, NOW)
        with pytest.raises(NotAllowed), writing() as open_session:
            lexicon.ask_preview(open_session, open_session.get_one(LexiconEntry, entry), person.actor, NOW)
    with pytest.raises(Stale), writing() as open_session:
        lexicon.edit(open_session, open_session.get_one(LexiconEntry, entry), BRIDGE, cast.desk.actor, NOW, version=9)
    enabled(cast, entry)
    with pytest.raises(IllegalMove), writing() as open_session:
        lexicon.edit(open_session, open_session.get_one(LexiconEntry, entry), BRIDGE, cast.desk.actor, NOW)


def test_a_later_thesaurus_may_bring_along_what_the_desk_added(session: Session, cast: Cast) -> None:
    """An entry that says nothing new any more must not stop the matcher."""
    row = LexiconEntry(kind="same", head="尼龙", terms=["锦纶"], line="尼龙 = 锦纶", created_at=NOW, changed_at=NOW)
    row._state = "enabled"
    session.add(row)
    session.commit()
    assert lexicon.current(session).concept_of("锦纶") == "聚酰胺"


def test_the_list_is_searched_and_paged(session: Session, cast: Cast) -> None:
    added(cast)
    first = reading.listed(session, LexiconFilter())
    assert [line.entry is not None for line in first.rows] == [True]
    assert sum(reading.shipped_counts().values()) == len(reading.shipped())
    whole = reading.listed(session, LexiconFilter(origin="shipped"))
    assert whole.total == len(reading.shipped())
    assert len(whole.rows) == reading.PAGE_SIZE
    assert TermKind.WORD not in {line.kind for line in whole.rows}
    last = reading.listed(session, LexiconFilter(origin="shipped", page=10**6))
    assert {line.kind for line in last.rows} == {TermKind.WORD}
    assert (last.number, last.pages) == (whole.pages, whole.pages)
    found = reading.listed(session, LexiconFilter(text="ＰＡ66 尼龙", origin="shipped"))
    assert [line.head for line in found.rows] == ["尼龙66"]
    assert found.rows[0].source.startswith("chemistry.txt:")
    assert found.rows[0].origin == "随程序提供：化工"
    assert {line.kind for line in reading.listed(session, LexiconFilter(kind="related")).rows} == {TermKind.RELATED}
    assert reading.listed(session, LexiconFilter(state="enabled")).total == 0
    assert reading.listed(session, LexiconFilter(text="乙地叫法", origin="desk")).total == 1


def test_the_model_in_use_without_any_row_is_the_shipped_one(session: Session, cast: Cast) -> None:
    entry = added(cast)
    with writing() as open_session:
        number = lexicon.ask_preview(open_session, open_session.get_one(LexiconEntry, entry), cast.desk.actor, NOW).id
    work = previewing.task(session, number)
    assert work is not None
    assert work.model == Model.shipped()
