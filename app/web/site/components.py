"""The page that shows every component of the design system, for those who write pages and those who judge them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from app.queries.agenda import Arm
from app.web.forms.samples import SampleForm
from app.web.site.blueprint import site


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as score chips show it."""

    kind: str
    label: str
    weight: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """An entry of a timetable."""

    title: str
    sub: str
    tone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a timetable: cells, or a pause."""

    label: str
    cells: tuple[tuple[Slot, ...], ...] = ()
    pause: str = ""


ARMS = (
    Arm("dialogue", "1", "市厅会商对话会", "上下联动", 1, 1, 0, ""),
    Arm("docking", "10", "产学研对接会", "左右协同", 10, 6, 3, "其中中科院专题 5 场、许昌学院专题 4 场"),
    Arm("topic", "N", "惠企专题活动", "前后衔接", 8, 4, 2, ""),
)
REASONS = (
    Reason("term", "热误差补偿", 0.092, "需求：…主轴热误差补偿后仍漂移…；成果：…在线热误差补偿，不改机床结构…"),
    Reason("term", "电主轴", 0.064, "需求：高速电主轴…；成果：…已用于电主轴单元…"),
    Reason("signal", "行业", 0.019, "行业同属装备制造"),
    Reason("signal", "成熟度", 0.009, "成果已到中试阶段"),
)
LINES = (
    Line(
        "09:00—09:20",
        ((Slot("某电力装备", "张教授"),), (Slot("某陶瓷", "李研究员", "clash", "专家此时在 1 号桌"),), ()),
    ),
    Line("09:20—09:30", pause="休息"),
    Line("09:30—09:50", ((), (Slot("某机械", "王高工", "locked"),), (Slot("您的洽谈", "赵博士", "own"),))),
)


@site.get("/components")
def components() -> str:
    """Show the components."""
    form = SampleForm(meta={"csrf": False})
    form.title.errors = ["请填写名称。"]
    return render_template("site/components.html", form=form, arms=ARMS, reasons=REASONS, lines=LINES)
