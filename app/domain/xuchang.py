"""Owns the lists the service starts with: counties and zones, industries, venues, and the shape of a year 1+10+N.

Sources: GB/T 2260 for county codes; the city's list of key science and technology tasks for industries and zones; the
action plan of 2022 (许科字〔2022〕2号) for the programme. They are a beginning: the desk edits the rows afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountySeed:
    """One county or zone; zones have no code of their own in GB/T 2260 and get the city's with a letter."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    is_zone: bool = False


@dataclass(frozen=True, slots=True)
class IndustrySeed:
    """One industry with the words that mean the same; `tier` is 主导, 优势, 新兴 or empty."""

    name: str
    tier: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VenueSeed:
    """One venue; `capacity` in persons, `tables` for one-to-one talks."""

    name: str
    address: str
    capacity: int
    tables: int


@dataclass(frozen=True, slots=True)
class QuotaSeed:
    """How many events of one arm a year must see at least; `line` is the series or topic code."""

    kind: str
    line: str
    minimum: int
    slogan: str
    owner: str = "许昌科技大市场"


COUNTIES = (
    CountySeed("411002", "魏都区", ("魏都", "魏都区政府")),
    CountySeed("411003", "建安区", ("建安", "许昌县", "建安区政府")),
    CountySeed("411024", "鄢陵县", ("鄢陵", "鄢陵县政府")),
    CountySeed("411025", "襄城县", ("襄城", "襄城县政府")),
    CountySeed("411081", "禹州市", ("禹州", "禹州市政府")),
    CountySeed("411082", "长葛市", ("长葛", "长葛市政府")),
    CountySeed("411000A", "示范区", ("城乡一体化示范区", "示范区管委会"), True),
    CountySeed("411000B", "经济技术开发区", ("开发区", "经开区", "经济开发区", "开发区管委会"), True),
    CountySeed("411000C", "高新区", ("高新技术产业开发区", "高新技术开发区", "高新区管委会"), True),
    CountySeed("411000D", "东城区", ("东城", "东城区管委会"), True),
)

LEADING, STRONG, RISING = "主导产业", "优势产业", "新兴产业"

INDUSTRIES = (
    IndustrySeed("电力装备", LEADING, ("电力装备制造", "智能配电", "电力电子", "强电工程", "电机", "电网装备", "输变电")),
    IndustrySeed("新能源及网联汽车", LEADING, (
        "新能源汽车", "智能网联汽车", "网联汽车", "智能交通", "自动驾驶", "储能", "储能材料", "热管理", "轻量化",
        "汽车零部件", "新能源")),
    IndustrySeed("硅碳新材料", LEADING, ("硅碳", "硅碳材料", "第三代半导体", "煤化工", "半导体材料")),
    IndustrySeed("再生金属及制品", LEADING, ("再生金属", "再生金属利用", "再生铝", "资源循环", "冶金", "冶金辅料", "铸造")),
    IndustrySeed("节能环保装备", LEADING, (
        "节能环保", "节能环保装备与服务", "节能", "环保", "环保装备", "水污染控制", "大气污染控制", "水处理", "膜材料",
        "生态工程", "水务物联网", "水务自动化")),
    IndustrySeed("智能装备制造", LEADING, (
        "装备制造/数控", "装备制造", "高端装备制造", "智能制造", "数控装备", "数控", "精密加工", "先进制造", "无损检测",
        "表面工程", "先进连接", "激光装备", "智能农机", "纺织装备", "声学", "工程机械")),
    IndustrySeed("5G和新一代信息技术", RISING, (
        "5G/新一代信息技术", "5G应用", "5G", "新一代信息技术", "黄河鲲鹏", "鲲鹏", "信息技术", "系统软件", "工业软件",
        "软件", "通信", "信息安全", "集成电路", "教育信息化", "电子信息")),
    IndustrySeed("工业机器人", RISING, ("机器人", "移动机器人", "机器视觉", "医疗机器人")),
    IndustrySeed("人工智能", RISING, ("AI", "智能识别")),
    IndustrySeed("物联网和大数据", RISING, (
        "物联网/大数据", "物联网", "大数据", "工业互联网", "传感器", "光学传感", "光纤传感", "过程检测", "遥感",
        "目标探测", "红外探测", "光学遥测")),
    IndustrySeed("现代生物和生命健康", RISING, (
        "生物健康", "生物技术", "生命健康", "生物医药", "生物与新医药", "体外诊断", "医学影像", "生物检测", "生物自动化",
        "畜禽种业")),
    IndustrySeed("阻燃材料", STRONG, ("新型阻燃材料", "高分子材料", "高分子", "功能高分子", "复合材料", "氟化工", "涂料树脂")),
    IndustrySeed("振动搅拌和建筑机械", STRONG, (
        "振动搅拌/建筑机械", "振动搅拌", "振动搅拌应用", "建筑机械", "耐磨材料", "建材外加剂")),
    IndustrySeed("检验检测", STRONG, ("检测", "检测认证", "光谱仪器", "科学仪器", "科技服务")),
    IndustrySeed("发制品", STRONG, ("假发", "纤维材料", "纺织")),
    IndustrySeed("食品机械", STRONG, (
        "食品机械制造", "食品装备", "食品加工", "食品配料", "农产品加工", "食品")),
    IndustrySeed("建筑垃圾再生利用", STRONG, ("建筑垃圾资源化", "建筑垃圾", "固废分选", "建材", "矿物加工", "硅酸盐工程")),
    IndustrySeed("电梯", STRONG, ("电梯制造", "电梯部件")),
    IndustrySeed("中药材", STRONG, ("中药", "中医药", "中药饮片")),
    IndustrySeed("花木", STRONG, ("花卉", "园林花木", "花卉苗木")),
    IndustrySeed("超硬材料", STRONG, ("金刚石", "超硬材料及制品")),
    IndustrySeed("陶瓷", STRONG, ("钧瓷", "卫生陶瓷", "陶瓷材料", "文化创意")),
    IndustrySeed("化工和新材料", "", ("新材料", "化工", "无机化工", "木材加工")),
    IndustrySeed("其他", "", ("其它",)),
)  # fmt: skip

VENUES = (
    VenueSeed("许昌科技大市场路演厅", "许昌市城乡一体化示范区，许昌科技大市场一楼", 120, 15),
    VenueSeed("许昌科技大市场洽谈区", "许昌市城乡一体化示范区，许昌科技大市场二楼", 80, 20),
    VenueSeed("许昌学院学术交流中心", "许昌市魏都区八一路，许昌学院校内", 200, 20),
)

QUOTAS = (
    QuotaSeed("dialogue", "", 1, "上下联动", "许昌市科学技术局"),
    QuotaSeed("docking", "cas", 5, "左右协同"),
    QuotaSeed("docking", "xuchang_university", 5, "左右协同"),
    QuotaSeed("topic", "policy", 2, "前后衔接"),
    QuotaSeed("topic", "training", 2, "前后衔接"),
    QuotaSeed("topic", "capacity", 2, "前后衔接"),
    QuotaSeed("topic", "county", 2, "前后衔接", "各县（市、区）科技主管部门"),
)
"""The plan asks for one dialogue and at least five and five docking sessions; N has no number there, two of each kind
are this project's proposal."""


def year_name(year: int) -> str:
    """What the programme of a year is called."""
    return f"许昌市科技局 {year} 年政研企联动创新行动"
