"""Numbers with units: what is found where, and when an offer meets a need."""

from __future__ import annotations

import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.quantities import _BEFORE, Quantity, compare, quantities
from matching.units import Units

INF = math.inf


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("磨粒直径15~25个μ", ("length", 15e-6, 25e-6, "range", "15~25个μ", "磨粒直径")),
        ("粒度≤6μm", ("length", -INF, 6e-6, "<=", "≤6μm", "粒度")),
        ("产能150t/h", ("mass/time", 150_000 / 3600, 150_000 / 3600, "=", "150t/h", "产能")),
        ("误差 0.5 %", ("ratio", 0.005, 0.005, "=", "0.5 %", "误差")),
        ("纯度不低于98%", ("ratio", 0.98, INF, ">=", "不低于98%", "纯度")),
        ("换模时间小于30分钟", ("time", -INF, 1800.0, "<", "小于30分钟", "换模时间")),
        ("加工精度40微米以内", ("length", -INF, 40e-6, "<=", "40微米以内", "加工精度")),
        ("过100目筛", ("mesh", 100.0, 100.0, "=", "100目", "过")),
        ("年产值3亿元", ("money", 3e8, 3e8, "=", "3亿元", "年产值")),
        ("日处理5吨/天", ("mass/time", 5000 / 86400, 5000 / 86400, "=", "5吨/天", "日处理")),
        ("压力1.5-2.0MPa", ("pressure", 1.5e6, 2e6, "range", "1.5-2.0MPa", "压力")),
        ("泄漏率10^-6 Pa", ("pressure", 1e-6, 1e-6, "=", "10^-6 Pa", "泄漏率")),
        ("寿命3×10⁵次", ("count-次", 3e5, 3e5, "=", "3×10⁵次", "寿命")),
        ("同轴度±0.01mm", ("length", -1e-5, 1e-5, "±", "±0.01mm", "同轴度")),
        ("废品率三成", ("ratio", 0.3, 0.3, "=", "三成", "废品率")),
        ("二十台设备", ("count-台", 20.0, 20.0, "=", "二十台", "")),
        ("每班20人", ("count-人", 20.0, 20.0, "=", "20人", "每班")),
        ("6英寸晶圆", ("length", 0.1524, 0.1524, "=", "6英寸", "")),
        ("温度-40℃~85℃", ("temperature", -40.0, 85.0, "range", "-40℃~85℃", "温度")),
        ("电耗3.5kWh/t", ("energy/mass", 12600.0, 12600.0, "=", "3.5kWh/t", "电耗")),
        ("粉尘浓度小于10mg/m3", ("mass/volume", -INF, 1e-5, "<", "小于10mg/m3", "粉尘浓度")),
        ("噪声低于75dB", ("level", -INF, 75.0, "<", "低于75dB", "噪声")),
        ("精度5ppm", ("ratio", 5e-6, 5e-6, "=", "5ppm", "精度")),
        ("年产1.2亿只", ("count-只", 1.2e8, 1.2e8, "=", "1.2亿只", "年产")),
        ("保质期3个月以上", ("time", 7_889_400.0, INF, ">=", "3个月以上", "保质期")),
        ("百分之九十五以上", ("ratio", 0.95, INF, ">=", "百分之九十五以上", "")),
        ("投资约1,200万元", ("money", 1.2e7, 1.2e7, "=", "1,200万元", "投资")),
        ("１５％～２０％", ("ratio", 0.15, 0.2, "range", "１５％～２０％", "")),
        ("进水pH值6~9", ("acidity", 6.0, 9.0, "range", "6~9", "进水pH值")),
        ("ph≤7.5", ("acidity", -INF, 7.5, "<=", "≤7.5", "ph")),
        ("粘度300mPa·s", ("viscosity", 0.3, 0.3, "=", "300mPa·s", "粘度")),
        ("导热系数1.2W/(m·K)", ("power/length·temperature-difference", 1.2, 1.2, "=", "1.2W/(m·K)", "导热系数")),
        ("功率2mw", ("power", 2e6, 2e6, "=", "2mw", "功率")),
        ("表面粗糙度Ra0.8μm", ("length", 8e-7, 8e-7, "=", "0.8μm", "表面粗糙度Ra")),
        ("半小时", ("time", 1800.0, 1800.0, "=", "半小时", "")),
        ("要求合格率要达到99.5%以上", ("ratio", 0.995, INF, ">=", "99.5%以上", "合格率")),
        ("20多台", ("count-台", 20.0, 20.0, "=", "20多台", "")),
    ],
)
def test_one_quantity(text: str, wanted: tuple[object, ...]) -> None:
    (found,) = quantities(text)
    dimension, low, high, *rest = wanted
    assert found.dimension == dimension
    assert (found.low, found.high) == pytest.approx((low, high))
    assert [found.comparator, found.text, found.about] == rest
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    "text",
    [
        "3D打印、5G网络、5g通信、PM2.5和GB/T 3100-2015", "2022年3月5日", "2022年", "三元材料和二次铝灰", "两三个", "一种", "第三台",
        "几十万元", "Al2O3", "1.2.3", "", "1e400", "9" * 500 + "mm", "\ud800\x00", "①台",
    ],
)  # fmt: skip
def test_what_is_no_quantity(text: str) -> None:
    assert quantities(text) == ()


def test_names_go_on_until_the_sentence_ends() -> None:
    found = quantities("不良率由3%降到0.5%以下，厚度1mm、2mm。5mm")
    assert [(one.text, one.about) for one in found] == [
        ("3%", "不良率"), ("0.5%以下", "不良率"), ("1mm", "厚度"), ("2mm", "厚度"), ("5mm", ""),
    ]  # fmt: skip


def test_every_comparator_is_seen() -> None:
    words = re.sub(r"\(\?P<\w+>|[()]|\\", "", _BEFORE.pattern).split("|")
    assert len(words) > 40
    for word in words:
        (found,) = quantities(f"厚度{word}5mm")
        assert found.text.startswith(word), word


def one(text: str) -> Quantity:
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("need", "offer", "wanted"),
    [
        ("粒径≤6μm", "粒径5μm", "meets"),
        ("粒径≤6μm", "粒径可达4~5μm", "meets"),
        ("粒径≤6μm", "粒径10微米", "misses"),
        ("粒径≤6μm", "粒径≤8μm", "unknown"),
        ("粒径≤6μm", "粒径≥8μm", "misses"),
        ("除尘效率≥99%", "除尘效率99.5%以上", "meets"),
        ("除尘效率≥99%", "除尘效率达到95%", "misses"),
        ("除尘效率≥99%", "除尘效率≥95%", "unknown"),
        ("除尘效率≥99%", "回收率99.5%", "unknown"),
        ("除尘效率≥99%", "除尘效率99.5mm", "unknown"),
        ("同轴度±0.02mm", "同轴度±0.01mm", "meets"),
        ("同轴度±0.01mm", "同轴度±0.02mm", "misses"),
        ("同轴度±0.01mm", "同轴度小于0.008mm", "meets"),
        ("加工直径5~40mm", "加工直径1~50mm", "meets"),
        ("加工直径5~40mm", "加工直径50~80mm", "misses"),
        ("加工直径5~40mm", "加工直径20~80mm", "unknown"),
        ("处理能力150t/h", "处理能力150吨/小时", "meets"),
        ("处理能力150t/h", "处理能力100t/h", "unknown"),
        ("含水率≤0.5%", "≤0.3%", "unknown"),
    ],
)
def test_compare(need: str, offer: str, wanted: str) -> None:
    assert compare(one(need), one(offer)) == wanted


def test_compare_with_a_judge_of_names() -> None:
    need, offer = one("除尘效率≥99%"), one("粉尘去除率99.9%")
    assert compare(need, offer, lambda here, there: False) == "unknown"
    assert compare(need, offer, lambda here, there: True) == "meets"


PIECES = st.sampled_from(
    ["1", "0.5", "10", "^", "⁵", "×", "~", "-", "μm", "mm", "%", "t/h", "≤", "±", "不低于", "以上", "以内", "三", "十", "百", "万", "亿", "成",
     "台", "个", "元", "年", "月", "百分之", "半", "pH", "Ra", "厚度", "、", "。", " ", "(", ")", "/", "·", ",", ".", "５", "％", "٣", "²", "\ud800"]
)  # fmt: skip


@given(st.text() | st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_and_places_are_right(text: str) -> None:
    reached = 0
    for found in quantities(text):
        assert reached <= found.start < found.end
        assert text[found.start : found.end] == found.text
        assert found.low <= found.high
        assert not math.isnan(found.low)
        assert (found.comparator in {"<", "<=", ">", ">="}) == (math.isinf(found.low) or math.isinf(found.high))
        assert compare(found, found, lambda here, there: True) == "meets"
        reached = found.end


NAMES = [(name, unit) for name, unit in Units.shipped() if not name.startswith("/")]


@given(st.sampled_from(NAMES), st.integers(3, 1899), st.sampled_from(["", " "]))
def test_every_unit_is_read_as_it_stands_in_the_table(named: tuple[str, object], number: int, blank: str) -> None:
    name, unit = named
    (found,) = quantities(f"{number + 10}{blank}{name}") or [None]
    if name in {"月", "日"}:
        assert found is None  # 12月 is a date
        return
    assert found is not None
    assert found.low == pytest.approx((number + 10) * Units.shipped().at(name, 0).unit.factor)  # type: ignore[union-attr]
    assert found.dimension == unit.dimension  # type: ignore[attr-defined]


@given(
    st.integers(1, 999_999),
    st.sampled_from([("微米", "μm"), ("吨/小时", "t/h"), ("千瓦", "kW"), ("毫升", "mL"), ("兆帕", "MPa")]),
)
def test_both_spellings_are_one_quantity(number: int, names: tuple[str, str]) -> None:
    ours, theirs = (one(f"处理量{number}{name}") for name in names)
    assert (ours.low, ours.dimension) == (theirs.low, theirs.dimension)


@pytest.mark.parametrize(
    "text",
    [
        "1~" * 500_000,
        "一" * 1_000_000,
        "<1mm" * 250_000,
        "百分之" * 300_000,
        "10^" * 300_000,
        "5 " * 500_000,
        "约" * 1_000_000 + "5mm",
    ],
)
def test_a_megabyte_takes_no_time(text: str) -> None:
    start = time.process_time()
    quantities(text)
    assert time.process_time() - start < 0.3


@pytest.mark.parametrize(
    "lines", [["mm 毫米 1e-3 m length"], ["mm = x m length"], ["mm = 1 m length", "mm = 2 m length"]]
)
def test_a_faulty_table_of_units_is_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"unit|float|stands"):
        Units(lines)
