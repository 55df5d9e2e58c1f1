"""Forms about events: a whole event, its postponement, and what the season plan and the timetable ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.widgets import DateInput, NumberInput, TimeInput

from app.domain.drafts import EventDraft, Schedule
from app.domain.entries import clean, clean_line, fold, read_date
from app.domain.errors import Complaint, Invalid
from app.domain.offers import USUAL_HOURS
from app.domain.vocabulary import EventKind, Series, Topic
from app.web.forms.chinese import ChineseForm
from app.web.forms.reading import CheckBoxes, offered

LINES: dict[str, tuple[EventKind, Series | None, Topic | None]] = {
    "dialogue": (EventKind.DIALOGUE, None, None),
    **{f"docking-{series.value}": (EventKind.DOCKING, series, None) for series in Series},
    **{f"topic-{topic.value}": (EventKind.TOPIC, None, topic) for topic in Topic},
}
"""What an event is for, as one choice: (kind, series, topic) by the code of the form."""

ANYWHERE = ("", "不用固定会场（在下面写明地点）")
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)(?::[0-5]\d)?")
_PAUSE = re.compile(r"第?(\d{1,3})(?:时段)?[:：](\d{1,3})(?:分钟?)?")


def line_label(code: str) -> str:
    """What a choice of LINES is called."""
    kind, series, topic = LINES[code]
    named = series or topic
    return f"{kind.label} · {named.label}" if named else kind.label


def _line_choices(codes: Iterable[str]) -> list[SelectChoice]:
    return offered(((code, line_label(code)) for code in codes), blank=False)


def line_code(draft: EventDraft) -> str:
    """The code of the form for what an event is for."""
    named = draft.series or draft.topic
    return f"{draft.kind.value}-{named.value}" if draft.kind and named else "dialogue"


class ReadingForm(ChineseForm):
    """Reads texts into values and keeps a complaint for each that can't be read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unread: list[Complaint] = []

    def text_of(self, name: str) -> str:
        """A field's text on one line, cleaned."""
        return clean_line(str(self[name].data or ""))

    def day_of(self, name: str) -> date | None:
        """A field's day; a complaint and None for what is no day."""
        try:
            return read_date(self.text_of(name))
        except Invalid as error:
            self.unread.append(Complaint(name, error.message))
            return None

    def hour_of(self, name: str) -> time | None:
        """A field's time of day; a complaint and None for what is none."""
        text = fold(self.text_of(name))
        match = _TIME.fullmatch(text)
        if match is None and text:
            self.unread.append(Complaint(name, "请写成 24 小时制的时间，例如 14:30。"))
        return None if match is None else time(int(match[1]), int(match[2]))

    def number_of(self, name: str, empty: int = 0) -> int:
        """A field's whole number; a complaint and `empty` for anything else."""
        text = fold(self.text_of(name))
        if re.fullmatch(r"\d{1,6}", text):
            return int(text)
        if text:
            self.unread.append(Complaint(name, "请填写整数。"))
        return empty

    def id_of(self, name: str) -> int | None:
        """The id chosen from a list; None for nothing or for what was never offered."""
        text = str(self[name].data or "")
        known = {str(choice.value) for choice in self[name].choices or []}
        return int(text) if text in known and text.isdecimal() else None

    def ids_of(self, name: str) -> tuple[int, ...]:
        """The ids ticked in a list, without those never offered."""
        known = {str(choice.value) for choice in self[name].choices or []}
        return tuple(sorted({int(one) for one in self[name].data or [] if one in known and one.isdecimal()}))


class ScheduleForm(ReadingForm):
    """When and where: all of the page "改期", and a part of the page of an event."""

    held_on = StringField("举办日期", widget=DateInput())
    starts = StringField("开始时间", widget=TimeInput())
    ends = StringField("结束时间", widget=TimeInput())
    talks_start = StringField("洽谈开始", widget=TimeInput(), description="第一个时段从几点开始；没有洽谈可以不填。")
    venue = SelectField("会场", choices=[], validate_choice=False)
    place = StringField("地点说明", description="会场里的厅室，或没有固定会场时的详细地址。")

    def offer_venues(self, venues: Iterable[tuple[int, str]]) -> None:
        """Let the person choose among these venues."""
        self.venue.choices = offered([ANYWHERE, *((str(venue_id), name) for venue_id, name in venues)], blank=False)

    def schedule(self) -> Schedule:
        """What was typed; complaints are kept for `refuse`."""
        return Schedule(
            held_on=self.day_of("held_on"),
            starts=self.hour_of("starts"),
            ends=self.hour_of("ends"),
            talks_start=self.hour_of("talks_start"),
            venue_id=self.id_of("venue"),
            place=self.text_of("place"),
        )

    def refuse(self) -> None:
        """Raise Invalid with what could not be read."""
        if self.unread:
            raise Invalid(tuple(self.unread))


class PostponeForm(ScheduleForm):
    """A new date or place, with a word to the guests."""

    reason = StringField("改期原因", description="会写进办理记录。")


class EventForm(ScheduleForm):
    """A whole event. `read()` gives the draft, the function `values` what the fields of a saved event hold."""

    version = HiddenField()
    line = SelectField("活动类别", choices=_line_choices(LINES), validate_choice=False)
    county = SelectField(
        "承办县（市、区）",
        choices=[],
        validate_choice=False,
        description="由县（市、区）承办的专题活动要选；市级活动不选。",
    )
    title = StringField("活动名称", description="会公开显示。")
    summary = TextAreaField("活动简介", description="写明面向谁、做什么。会公开显示，请不要写联系电话。")
    capacity = StringField("座位数", widget=NumberInput(min=1), description="所有参会人员的总数，不能超过会场容量。")
    seats_per_firm = StringField(
        "每家企业座位上限", widget=NumberInput(min=0), description="一家企业最多来几个人；0 表示不限。"
    )
    offer_hours = StringField(
        "候补确认时限",
        widget=NumberInput(min=0),
        description="有空位时为第一家候补保留多久，临近活动自动缩短；0 表示不自动保留，由工作人员逐一安排。",
    )
    retract_offers = BooleanField(
        "收回待确认的空位", description="减少座位时用：保留给候补、尚未确认的座位收回，来宾回到候补并收到说明。"
    )
    slot_count = StringField("洽谈时段数", widget=NumberInput(min=0), description="没有一对一洽谈填 0。")
    slot_minutes = StringField("每时段时长", widget=NumberInput(min=5))
    tables = StringField("洽谈桌数", widget=NumberInput(min=0), description="比需要的多备一两张，时间表会更紧凑。")
    pauses = StringField(
        "中间休息", description="第几时段之前休息几分钟，例如“5:10”表示第 5 时段前休息 10 分钟；多次用顿号分开。"
    )
    agenda = TextAreaField("议程", description="一行一项，先写时间再写内容，例如“14:00 开幕致辞”。")
    industries = CheckBoxes("主题行业", choices=[], validate_choice=False)
    hosts = CheckBoxes("承办（参与发布的）院所", choices=[], validate_choice=False)

    def offer(
        self,
        venues: Iterable[tuple[int, str]],
        counties: Sequence[tuple[int, str]],
        industries: Iterable[tuple[int, str]],
        hosts: Iterable[tuple[int, str]],
        *,
        city: bool,
    ) -> None:
        """Fill the lists. A county office finds topic events of its own county only."""
        self.offer_venues(venues)
        named = [(str(one), name) for one, name in counties]
        self.county.choices = offered(named, blank=city)
        self.industries.choices = offered(((str(one), name) for one, name in industries), blank=False)
        self.hosts.choices = offered(((str(one), name) for one, name in hosts), blank=False)
        if not city:
            self.line.choices = _line_choices(code for code in LINES if code.startswith("topic-"))

    @property
    def shown_version(self) -> int:
        """The version of the event that the person saw; -1, which none has, for nonsense."""
        text = str(self.version.data or "")
        return int(text) if re.fullmatch(r"\d{1,8}", text) else -1

    def read(self, year: int) -> EventDraft:
        """What was typed; Invalid with every complaint when something can't be read."""
        self.unread.clear()
        kind, series, topic = LINES.get(str(self.line.data or ""), (None, None, None))
        draft = EventDraft(
            year=year,
            kind=kind,
            series=series,
            topic=topic,
            title=self.text_of("title"),
            summary=clean(str(self.summary.data or "")),
            schedule=self.schedule(),
            capacity=self.number_of("capacity"),
            seats_per_firm=self.number_of("seats_per_firm"),
            offer_hours=self.number_of("offer_hours", USUAL_HOURS),
            slot_minutes=self.number_of("slot_minutes", 20),
            slot_count=self.number_of("slot_count"),
            tables=self.number_of("tables"),
            pauses=self._pauses(),
            agenda=self._agenda(),
            county_id=self.id_of("county"),
            industry_ids=self.ids_of("industries"),
            host_ids=self.ids_of("hosts"),
        )
        self.refuse()
        return draft

    def _pauses(self) -> tuple[tuple[int, int], ...]:
        found = []
        for part in re.split(r"[、,，;；\s]+", fold(self.text_of("pauses"))):
            match = _PAUSE.fullmatch(part)
            if match:
                found.append((int(match[1]) - 1, int(match[2])))
            elif part:
                self.unread.append(
                    Complaint("pauses", f"看不懂“{part}”，请写成“5:10”的样子：第 5 时段前休息 10 分钟。")
                )
        return tuple(sorted(dict(found).items()))

    def _agenda(self) -> tuple[tuple[str, str], ...]:
        found = []
        for line in clean(str(self.agenda.data or "")).splitlines():
            first, _blank, rest = line.strip().partition(" ")
            match = _TIME.fullmatch(fold(first))
            if match and rest.strip():
                found.append((f"{int(match[1]):02}:{match[2]}", rest.strip()[:100]))
            elif line.strip():
                found.append(("", line.strip()[:100]))
        return tuple(found)


def values(draft: EventDraft) -> dict[str, Any]:
    """What the fields of the form hold for a saved event."""
    return schedule_values(draft.schedule) | {
        "line": line_code(draft),
        "county": str(draft.county_id or ""),
        "title": draft.title,
        "summary": draft.summary,
        "capacity": str(draft.capacity),
        "seats_per_firm": str(draft.seats_per_firm),
        "offer_hours": str(draft.offer_hours),
        "slot_count": str(draft.slot_count),
        "slot_minutes": str(draft.slot_minutes),
        "tables": str(draft.tables),
        "pauses": "、".join(f"{slot + 1}:{minutes}" for slot, minutes in draft.pauses),
        "agenda": "\n".join(f"{at} {what}".strip() for at, what in draft.agenda),
        "industries": [str(one) for one in draft.industry_ids],
        "hosts": [str(one) for one in draft.host_ids],
    }


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """What the fields of the form hold for a date and a place."""

    def hour(at: time | None) -> str:
        return "" if at is None else f"{at:%H:%M}"

    return {
        "held_on": "" if schedule.held_on is None else schedule.held_on.isoformat(),
        "starts": hour(schedule.starts),
        "ends": hour(schedule.ends),
        "talks_start": hour(schedule.talks_start),
        "venue": str(schedule.venue_id or ""),
        "place": schedule.place,
    }
