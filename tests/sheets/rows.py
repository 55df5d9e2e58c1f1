"""Clean rows of the two collection sheets, made up for the tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.domain.entries import credit_code_check
from app.domain.vocabulary import SheetKind

TODAY = date(2026, 11, 21)
NAMES = ("禹州市", "长葛市", "襄城县", "魏都区", "建安区", "鄢陵县", "经济技术开发区", "东城区", "示范区", "高新区")
COUNTIES = {name: name for name in NAMES} | {"开发区": "经济技术开发区", "长葛": "长葛市"}

HEADERS = {
    SheetKind.NEEDS: (
        "技术需求名称 关键字 有效期 需求领域 技术需求类别 合作方式 合作价格 意向合作单位 意向合作专家 技术需求详情 技术指标 需求图片 需求视频 "
        "单位名称 地址 法人 联系人 联系人电话 座机 电子邮箱 活动id 统一社会信用代码 所在县（市、区） 是否规上 产学研合作"
    ).split(),
    SheetKind.ACHIEVEMENTS: (
        "成果权属人 权属人联系电话 成果名称 关键词 成果完成时间 资助情况 成果应用领域 成果获得方式 技术成熟度 获奖情况 合作价格 合作方式 单位名称 地址 "
        "法人 联系人 手机号码 座机 电子邮箱 知识产权形式 成果简介 技术指标 商业分析 成果图片 成果视频 备注 活动id 院系"
    ).split(),
}


def code_of(number: int) -> str:
    """A made-up credit code with a right check character."""
    first = f"91411002MA{number:07d}"
    return first + credit_code_check(first)


def row_of(kind: SheetKind, number: int) -> dict[str, Any]:
    """The values of one clean row by header."""
    shared = {
        "联系人": "技术部",
        "电子邮箱": f"mail{number}@example.com",
        "合作价格": 50 if number % 2 else "面议",
    }
    if kind is SheetKind.NEEDS:
        return shared | {
            "技术需求名称": f"机床尺寸早晚对不上（{number}）",
            "关键字": "数控机床、热误差",
            "有效期": "2027-12-31",
            "需求领域": "装备制造",
            "技术需求类别": "技术研发",
            "合作方式": "委托研发",
            "技术需求详情": "车间没有恒温，早上开机头几件和下午的件孔距能差出二十微米。",
            "单位名称": f"许昌第{number}机械有限公司",
            "地址": "河南省许昌市魏都区",
            "联系人电话": f"138{number:08d}",
            "统一社会信用代码": code_of(number),
            "所在县（市、区）": "魏都区",
            "是否规上": "是",
            "产学研合作": "无",
        }
    return shared | {
        "成果权属人": "许昌学院",
        "成果名称": f"煤矸石悬浮煅烧活化（{number}）",
        "关键词": "煤矸石、偏高岭土",
        "成果完成时间": "2021",
        "成果应用领域": "建材",
        "成果获得方式": "自主研发",
        "技术成熟度": "产业化",
        "合作方式": "作价入股",
        "单位名称": "许昌学院",
        "手机号码": f"139{number:08d}",
        "知识产权形式": "已授权发明专利",
        "成果简介": "粉磨后的煤矸石在悬浮炉停留数秒即可完成脱羟，可取代三成熟料。",
        "院系": "化工与材料学院",
    }
