"""Forms filled in as a careful person would, and the drafts they stand for; tests change what they are about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.drafts import AchievementDraft, Contact, Indicator, NeedDraft
from app.domain.vocabulary import CooperationMode, HighTechField, IpStatus, Maturity, NeedCategory, Willingness

CONTACT = Contact("葛长青", "技术部长", "13900001111", "", "tech@firm.test")
NEED = NeedDraft(
    title="高速电主轴热误差在线补偿",
    category=NeedCategory.RESEARCH,
    field=HighTechField.MANUFACTURING,
    industry="装备制造/数控",
    problem="主轴升温后孔径漂移十五微米，操作工每小时停机测量一次，合格率只有八成。",
    key_technology="温度场与热变形的实时建模。",
    indicators=(Indicator("孔径漂移", "15", "6", "μm"),),
    keywords=("热误差", "电主轴"),
    modes=(CooperationMode.JOINT,),
    budget=Decimal("50.00"),
    valid_until=date(2098, 12, 31),
    contact=CONTACT,
)
ACHIEVEMENT = AchievementDraft(
    title="机床热变形在线补偿方法",
    department="数控技术研究室",
    owner="中国科学院某研究所",
    summary="用少量测点反演温度场和热变形，实时修正坐标，不改机床结构。",
    indicators="补偿后漂移不超过 5 微米。",
    applications="加工中心、电主轴单元，已在两家企业试用。",
    maturity=Maturity.PILOT,
    ip_status=IpStatus.GRANTED,
    field=HighTechField.MANUFACTURING,
    industry="装备制造/数控",
    willingness=Willingness.WILLING,
    modes=(CooperationMode.LICENCE,),
    contact=Contact("过程远", "研究员", "13900002222", "", "Expert@institute.test"),
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
PDF = b"%PDF-1.7\n" + bytes(64)


def need_form(**changed: Any) -> dict[str, Any]:
    """Form 5A as a browser sends it, with 提交审核 pressed."""
    return {
        "title": NEED.title,
        "category": "research",
        "field": "manufacturing",
        "industry": NEED.industry,
        "problem": NEED.problem,
        "key_technology": NEED.key_technology,
        "indicators-0-name": "孔径漂移",
        "indicators-0-present": "15",
        "indicators-0-target": "6",
        "indicators-0-unit": "μm",
        "indicators-1-name": "",
        "keywords": "热误差、电主轴",
        "modes": ["joint"],
        "budget": "50",
        "valid_until": "2098-12-31",
        "visibility": "public",
        "contact_name": CONTACT.name,
        "contact_title": CONTACT.title,
        "contact_mobile": CONTACT.mobile,
        "contact_email": CONTACT.email,
        "form_key": "0123456789abcdef0123456789abcdef",
        "action": "submit",
    } | changed


def achievement_form(**changed: Any) -> dict[str, Any]:
    """Form 5B as a browser sends it, with 提交审核 pressed."""
    return {
        "title": ACHIEVEMENT.title,
        "department": ACHIEVEMENT.department,
        "owner": ACHIEVEMENT.owner,
        "summary": ACHIEVEMENT.summary,
        "indicators": ACHIEVEMENT.indicators,
        "applications": ACHIEVEMENT.applications,
        "maturity": "pilot",
        "ip_status": "granted",
        "field": "manufacturing",
        "industry": ACHIEVEMENT.industry,
        "willingness": "willing",
        "modes": ["licence"],
        "visibility": "public",
        "contact_name": "过程远",
        "contact_title": "研究员",
        "contact_mobile": "13900002222",
        "contact_email": "Expert@institute.test",
        "form_key": "0123456789abcdef0123456789abcdef",
        "action": "submit",
    } | changed
