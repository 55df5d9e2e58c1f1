"""Two needs and four achievements whose texts meet in known ways, for tests of pairings; the caller commits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs import recommend
from app.models.pairing import Pairing
from tests import shelf
from tests.cast import NOW, Cast

SPINDLE = "主轴升温后孔径漂移十五微米，需要温度场建模和热误差在线补偿。"
CHROME = "电镀车间的含铬废水要零排放，现有膜处理结垢严重，需要除铬和浓水处理工艺。"


@dataclass(frozen=True, slots=True)
class Offers:
    """Ids. `spindle` is the need of the firm in 长葛市, `chrome` that of the one in 禹州市; the others are achievements."""

    spindle: int
    chrome: int
    heat: int
    membrane: int
    sensor: int
    starch: int


def offer(session: Session, cast: Cast) -> Offers:
    """Write the needs and achievements; flushed."""
    return Offers(
        spindle=shelf.need(session, cast.owner, "高速电主轴热误差补偿", problem=SPINDLE, keywords=["热误差"]).id,
        chrome=shelf.need(session, cast.rival, "含铬电镀废水零排放", problem=CHROME, keywords=["含铬废水"]).id,
        heat=shelf.achievement(
            session, cast.institute, "电主轴热误差在线补偿方法", summary="由温度场建模算出热变形，在线补偿主轴热误差。"
        ).id,
        membrane=shelf.achievement(
            session,
            cast.university,
            "含铬废水膜处理与浓水除铬",
            summary="电镀含铬废水经膜处理零排放，浓水再除铬，不结垢。",
        ).id,
        sensor=shelf.achievement(
            session, cast.university, "主轴升温在线监测", summary="监测主轴升温和温度场，超温报警。"
        ).id,
        starch=shelf.achievement(session, cast.institute, "甘薯淀粉改性", summary="粉条久煮不断。", maturity=None).id,
    )


def paired(session: Session) -> dict[tuple[int, int], Pairing]:
    """Compute and store as the job does, then all pairings as they stand, by (need id, achievement id)."""
    recommend.refresh(NOW)
    return everything(session)


def everything(session: Session) -> dict[tuple[int, int], Pairing]:
    """All pairings as they stand, by (need id, achievement id)."""
    session.rollback()
    return {(one.need_id, one.achievement_id): one for one in session.scalars(select(Pairing).order_by(Pairing.id))}
