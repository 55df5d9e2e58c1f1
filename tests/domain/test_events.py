"""What an event's data must hold, and the code that names an event."""

from dataclasses import replace
from datetime import date, time

import pytest

from app.domain.drafts import EventDraft, Schedule
from app.domain.events import NOTHING_TAKEN, Room, Taken, check_event, check_schedule, code_of, read_code
from app.domain.vocabulary import EventKind, Series, Topic

DAY = Schedule(date(2022, 5, 6), time(13, 30), time(17, 30), time(14, 30), venue_id=1)
GOOD = EventDraft(
    year=2022, kind=EventKind.DOCKING, series=Series.CAS, title="中科院专题", schedule=DAY, capacity=100,
    slot_minutes=20, slot_count=8, tables=15, pauses=((4, 10),),
)  # fmt: skip
HALL = Room("路演厅", 120, 15)


def wrong(draft: EventDraft, room: Room | None = HALL, taken: Taken = NOTHING_TAKEN) -> list[tuple[str, str]]:
    return [(complaint.field, complaint.message) for complaint in check_event(draft, room, taken)]


def test_a_good_event_has_nothing_wrong() -> None:
    assert wrong(GOOD) == []
    assert wrong(EventDraft(kind=EventKind.TOPIC, topic=Topic.POLICY, title="宣讲"), None) == []


@pytest.mark.parametrize(
    ("draft", "complaint"),
    [
        (replace(GOOD, kind=None), ("line", "请选择活动的类别。")),
        (replace(GOOD, title=""), ("title", "请填写活动名称。")),
        (replace(GOOD, title="名" * 121), ("title", "最多 120 个字，现在有 121 个字，请精简。")),
        (replace(GOOD, capacity=0), ("capacity", "座位数请填 1 到 5000 之间的整数。")),
        (replace(GOOD, capacity=121), ("capacity", "“路演厅”最多容纳 120 人，请减少座位或换会场。")),
        (replace(GOOD, tables=16), ("tables", "“路演厅”只有 15 张洽谈桌，请减少桌数或换会场。")),
        (replace(GOOD, tables=0), ("tables", "对接会要安排一对一洽谈，至少要有 1 个洽谈桌。")),
        (replace(GOOD, slot_count=0, pauses=()), ("slot_count", "对接会要安排一对一洽谈，至少要有 1 个时段。")),
        (replace(GOOD, slot_count=41), ("slot_count", "时段数请填 0 到 40 之间的整数。")),
        (replace(GOOD, slot_minutes=0), ("slot_minutes", "每场洽谈请填 5 到 240 分钟。")),
        (replace(GOOD, pauses=((8, 10),)), ("pauses", "休息只能排在第 2 时段到最后一个时段之前，时长 1 到 240 分钟。")),
        (
            replace(GOOD, slot_minutes=30),
            ("slot_count", "8 个时段要排到18:40，超过了结束时间 17:30；请减少时段、缩短时长，或推迟结束时间。"),
        ),
        (
            replace(GOOD, slot_minutes=90),
            ("slot_count", "8 个时段要排到次日 02:40，超过了结束时间 17:30；请减少时段、缩短时长，或推迟结束时间。"),
        ),
        (
            EventDraft(kind=EventKind.TOPIC, topic=Topic.COUNTY, title="县域服务"),
            ("county", "县域企业服务专题由县（市、区）承办，请选定一个县（市、区）。"),
        ),
    ],
)
def test_each_fault_is_named_once_beside_its_field(draft: EventDraft, complaint: tuple[str, str]) -> None:
    assert wrong(draft) == [complaint]


def test_what_stands_already_limits_a_change() -> None:
    taken = Taken(seats=101, slots=8, tables=15)
    assert wrong(replace(GOOD, slot_count=7, tables=14), taken=taken) == [
        ("capacity", "已有 101 人应邀，座位不能少于这个数。确需减少，请先与来宾商量，在来宾名单里改人数或登记谢绝。"),
        ("tables", "已排的洽谈用到了 15 号桌，不能减到 14 张；请先调整时间表。"),
        ("slot_count", "已排的洽谈用到了第 8 时段，不能减到 7 个；请先调整时间表。"),
    ]


@pytest.mark.parametrize(
    ("schedule", "fields"),
    [
        (Schedule(), []),
        (Schedule(starts=time(9)), ["held_on"]),
        (Schedule(date(2022, 5, 6)), ["starts", "ends"]),
        (replace(DAY, ends=time(13, 30)), ["ends"]),
        (replace(DAY, talks_start=time(13)), ["talks_start"]),
    ],
)
def test_a_schedule_is_whole_or_empty(schedule: Schedule, fields: list[str]) -> None:
    assert [complaint.field for complaint in check_schedule(schedule)] == fields


def test_a_code_names_one_event() -> None:
    assert code_of(2022, "docking", "cas", 1) == "2022-CAS-1"
    assert read_code(" 2022-xcu-5 ") == (2022, "docking", "xuchang_university", 5)
    assert read_code("2022-DIALOGUE-1") == (2022, "dialogue", "", 1)
    assert [read_code(text) for text in ("17", "2022-CAS", "2022-MOON-1", "")] == [None, None, None, None]


def test_seats_kept_for_offers_are_named_with_what_can_be_done() -> None:
    kept = Taken(seats=101, kept=2)
    kept_words = "已有 99 人应邀，另为候补保留着 2 个座位待确认，座位不能少于 101。"
    (first,) = wrong(GOOD, taken=kept)
    assert first == (
        "capacity",
        f"{kept_words}可以勾选“收回待确认的空位”后再保存，这些来宾会回到候补并收到说明。",
    )
    (second,) = wrong(replace(GOOD, capacity=98), taken=kept)
    assert second == (
        "capacity",
        f"{kept_words}收回待确认的空位后也不能少于 99；确需更少，请先与来宾商量，在来宾名单里改人数或登记谢绝。",
    )


@pytest.mark.parametrize(
    ("draft", "complaint"),
    [
        (
            replace(GOOD, seats_per_firm=5001),
            ("seats_per_firm", "每家企业座位上限请填 0 到 5000 之间的整数，0 表示不限。"),
        ),
        (replace(GOOD, offer_hours=337), ("offer_hours", "候补确认时限请填 0 到 336 小时，0 表示由工作人员逐一安排。")),
    ],
)
def test_the_settings_of_seats_have_limits(draft: EventDraft, complaint: tuple[str, str]) -> None:
    assert wrong(draft) == [complaint]
