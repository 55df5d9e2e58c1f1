"""Owns the closed vocabularies of the forms: a code for the database, a Chinese label for people."""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import Self


class Word(str, Enum):
    """A code with its Chinese label; `synonyms` are what spreadsheets write for the same thing."""

    label: str
    synonyms: tuple[str, ...]

    def __new__(cls, code: str, label: str = "", *synonyms: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.synonyms = synonyms
        return member

    def __str__(self) -> str:
        return self.label

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(code, label) pairs in the order of the paper form."""
        return [(member.value, member.label) for member in cls]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The member that a label, a synonym or a code names, or None."""
        wanted = _folded(text)
        for member in cls:
            if wanted in (_folded(word) for word in (member.value, member.label, *member.synonyms)):
                return member
        return None


def _folded(text: str) -> str:
    """For comparing: full-width signs as half-width ones, no case, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


class OrganisationKind(Word):
    ENTERPRISE = ("enterprise", "企业")
    INSTITUTE = ("institute", "院所高校", "科研院所", "高等院校", "研究机构", "高校")
    COUNTY_OFFICE = ("county_office", "县（市、区）科技主管部门")
    MARKET = ("market", "科技大市场")
    BUREAU = ("bureau", "市科技局")


class SupplyKind(Word):
    """Which series of docking sessions an institute belongs to."""

    CAS = ("cas", "中科院")
    XUCHANG_UNIVERSITY = ("xuchang_university", "许昌学院")
    OTHER = ("other", "其他院所高校")


class EventKind(Word):
    DIALOGUE = ("dialogue", "市厅会商对话会")
    DOCKING = ("docking", "产学研对接会", "科技成果发布对接会")
    TOPIC = ("topic", "惠企专题活动")


class Series(Word):
    CAS = ("cas", "中科院专题")
    XUCHANG_UNIVERSITY = ("xuchang_university", "许昌学院专题")


class Topic(Word):
    POLICY = ("policy", "惠企政策服务")
    TRAINING = ("training", "科技业务培训")
    CAPACITY = ("capacity", "创新能力提升")
    COUNTY = ("county", "县域企业服务")


class NeedCategory(Word):
    RESEARCH = ("research", "技术研发", "关键核心技术", "技术攻关", "技术研发(关键核心技术)")
    PRODUCT = ("product", "产品研发", "产品开发", "新产品开发")
    UPGRADE = ("upgrade", "技术改造", "工艺改进")
    SUPPLY = ("supply", "技术配套", "配套")
    INTRODUCTION = ("introduction", "成果引进", "技术引进")
    TESTING = ("testing", "检验检测")
    TALENT = ("talent", "人才/团队", "人才", "团队", "人才引进")
    PLATFORM = ("platform", "平台共建", "共建平台")
    OTHER = ("other", "其他")


class HighTechField(Word):
    """The eight fields the State supports (国家重点支持的高新技术领域)."""

    ELECTRONICS = ("electronics", "电子信息")
    BIOMEDICINE = ("biomedicine", "生物与新医药", "生物医药")
    AEROSPACE = ("aerospace", "航空航天")
    MATERIALS = ("materials", "新材料")
    SERVICES = ("services", "高技术服务")
    ENERGY = ("energy", "新能源与节能", "新能源")
    ENVIRONMENT = ("environment", "资源与环境")
    MANUFACTURING = ("manufacturing", "先进制造与自动化", "先进制造")


class CooperationMode(Word):
    OWN = ("own", "独立研发", "自行转化")
    COMMISSIONED = ("commissioned", "委托研发", "委托开发")
    JOINT = ("joint", "合作研发", "联合开发", "合作开发", "联合研发", "联合攻关")
    TRANSFER = ("transfer", "技术转让", "转让")
    LICENCE = ("licence", "技术许可", "许可")
    EQUITY = ("equity", "技术入股", "作价入股", "入股")
    ROYALTY = ("royalty", "技术提成")
    PLATFORM = ("platform", "共建平台", "平台共建")
    SERVICE = ("service", "技术咨询/服务", "技术服务", "技术咨询", "技术咨询、服务", "咨询服务")
    TRAINING = ("training", "联合培养", "人才培养")
    OTHER = ("other", "其他")


class Visibility(Word):
    PUBLIC = ("public", "公开")
    INSTITUTES = ("institutes", "仅院所可见")
    ANONYMOUS = ("anonymous", "匿名公开")
    PRIVATE = ("private", "不公开")


class Source(Word):
    """How the record came to us (来源)."""

    OWN = ("own", "单位自报")
    COUNTY = ("county", "县区摸排")
    VISIT = ("visit", "走访")
    ENVOY = ("envoy", "特派员")
    ONSITE = ("onsite", "对接会现场")
    PHONE = ("phone", "电话登记")
    SHEET = ("sheet", "表格导入")


class Urgency(Word):
    ORDINARY = ("ordinary", "一般")
    URGENT = ("urgent", "较急")
    CRITICAL = ("critical", "“卡脖子”")


class Maturity(Word):
    LABORATORY = ("laboratory", "研发", "实验室", "报告级", "初期")
    BENCH = ("bench", "小试")
    PILOT = ("pilot", "中试", "中期")
    SAMPLE = ("sample", "已有样品", "样机", "样品")
    PRODUCTION = ("production", "可以量产", "产业化", "量产", "成熟应用", "成熟")
    OTHER = ("other", "其他")


class AchievementKind(Word):
    INVENTION = ("invention", "发明专利")
    UTILITY = ("utility", "实用新型", "实用新型专利")
    DESIGN = ("design", "外观设计")
    SOFTWARE = ("software", "软件著作权", "软著")
    VARIETY = ("variety", "农业（植物）新品种", "植物新品种", "新品种")
    STANDARD = ("standard", "标准")
    LAYOUT = ("layout", "集成电路布图设计")
    AWARD = ("award", "科技奖励项目")
    APPRAISED = ("appraised", "评价成果")
    SECRET = ("secret", "技术秘密", "专有技术")
    PROTOTYPE = ("prototype", "样机/工艺", "样机", "工艺")


class AchievementLevel(Word):
    WORLD_LEADING = ("world_leading", "国际领先")
    WORLD_ADVANCED = ("world_advanced", "国际先进")
    NATION_LEADING = ("nation_leading", "国内领先")
    NATION_ADVANCED = ("nation_advanced", "国内先进")
    UNRATED = ("unrated", "未评价")


class IpStatus(Word):
    GRANTED = ("granted", "已授权", "已授权发明专利", "授权", "软件著作权", "已登记")
    PENDING = ("pending", "已受理", "发明专利已受理", "受理", "申请中")
    NONE = ("none", "未申请", "无")
    SHARED = ("shared", "共有")
    PLEDGED = ("pledged", "有质押/许可限制")


class Willingness(Word):
    WILLING = ("willing", "愿意")
    NOT_NOW = ("not_now", "暂无")
    DONE = ("done", "已转化")


class ReplyVia(Word):
    LINK = ("link", "邮件链接")
    PORTAL = ("portal", "登录回复")
    PHONE = ("phone", "电话代录")
    SHEET = ("sheet", "表格导入")


class InvitationSide(Word):
    DEMAND = ("demand", "企业")
    SUPPLY = ("supply", "院所专家")
    GUEST = ("guest", "列席")


class PairingOrigin(Word):
    MATCHER = ("matcher", "系统推荐")
    HAND = ("hand", "人工添加")


class PairingLevel(Word):
    """How likely a pairing is an answer; the matcher's calibration says where one ends (docs/matching.md)."""

    STRONG = ("strong", "强")
    FAIR = ("fair", "较强")
    WEAK = ("weak", "弱")
    NONE = ("none", "无")


class SheetKind(Word):
    NEEDS = ("needs", "技术需求")
    ACHIEVEMENTS = ("achievements", "科技成果")


class TermKind(Word):
    """What an entry of the lexicon says: one word of the trade, or how a head and other terms stand to each other."""

    WORD = ("word", "专业词")
    SAME = ("same", "同义")
    NARROWER = ("narrower", "下位")
    RELATED = ("related", "相关")
