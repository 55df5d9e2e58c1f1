"""A draft taken apart for JSON and put together again is the same draft."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from app.domain.drafts import AchievementDraft, Contact, Indicator, NeedDraft
from app.domain.snapshots import from_plain, to_plain
from app.domain.vocabulary import AchievementKind, CooperationMode, IpStatus, NeedCategory, Visibility


def test_a_full_need_survives() -> None:
    draft = NeedDraft(
        title="热误差补偿",
        category=NeedCategory.RESEARCH,
        indicators=(Indicator("波动", "20", "6", "μm"),),
        keywords=("热误差", "机床"),
        modes=(CooperationMode.JOINT,),
        budget=Decimal("12.50"),
        valid_until=date(2026, 12, 31),
        visibility=Visibility.ANONYMOUS,
        contact=Contact("张工", email="zhang@example.com"),
    )
    assert from_plain(NeedDraft, json.loads(json.dumps(to_plain(draft)))) == draft


def test_a_full_achievement_survives() -> None:
    draft = AchievementDraft(
        title="悬浮煅烧",
        kinds=(AchievementKind.INVENTION,),
        ip_status=IpStatus.GRANTED,
        completed_year=2021,
        landed_locally=False,
    )
    assert from_plain(AchievementDraft, json.loads(json.dumps(to_plain(draft)))) == draft


def test_empty_drafts_survive() -> None:
    assert from_plain(NeedDraft, to_plain(NeedDraft())) == NeedDraft()
    assert from_plain(AchievementDraft, to_plain(AchievementDraft())) == AchievementDraft()
