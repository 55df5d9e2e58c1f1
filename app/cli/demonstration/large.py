"""Fills an empty database with a large invented market in seconds: for measuring, not for looking at.

The same numbers and seed give the same rows. Every state has its history, every file its hash, so that
`flask --app wsgi verify` passes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.domain.actor import PROGRAMME
from app.domain.errors import Invalid
from app.domain.lifecycles.all import LIFECYCLES
from app.models.achievement import Achievement
from app.models.attachment import Attachment
from app.models.history import MoveRecord
from app.models.letter import Letter
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation, User
from app.models.reference import County, Industry
from app.services import programmes, reference

ROOM = 1000
"""Rows that are written at a time."""

PLACES = "长葛 禹州 襄城 鄢陵 魏都 建安".split()
TRADES = "机床 轴承 电缆 陶瓷 发制品 食品 铸造 环保 纺织 医药 能源 传感".split()
OBJECTS = "主轴 砂轮 涂层 催化剂 电池 传感器 废水 导线 模具 薄膜 齿轮 齿圈 阀门 叶片 滤芯 炉衬".split()
EFFECTS = "热误差 磨损 泄漏 腐蚀 能耗 噪声 开裂 变形 污染 杂质 振动 老化".split()
MEANS = "在线补偿 表面改性 智能检测 低温烧结 膜分离 数值仿真 精密成形 催化氧化 余热回收 自动分拣".split()


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    firms: int = 2500
    needs: int = 5000
    achievements: int = 10000
    pairings_each: int = 10
    letters: int = 3000
    files: int = 200


def fill(session: Session, size: Size, seed: int, now: datetime) -> dict[str, int]:
    """Write everything in the caller's transaction; rows by table. Invalid when anybody has an account or a firm exists."""
    if session.scalar(select(func.count(User.id))) or session.scalar(select(func.count(Organisation.id))):
        raise Invalid(
            "这个数据库里已有单位或人员，没有写入任何内容。请换一个空数据库（DATABASE_URL 或 DATA_DIR 指向别处）。"
        )
    chance = Random(seed)  # noqa: S311 - invented rows, no secret
    reference.load(session, now)
    programmes.ensure_year(session, now.year, now.date(), PROGRAMME, now)
    session.flush()
    market = _Market(session, chance, now)
    return market.build(size)


class _Market:
    """The rows under way, and what they refer to."""

    def __init__(self, session: Session, chance: Random, now: datetime) -> None:
        self._session = session
        self._chance = chance
        self._now = now
        self._counties = list(session.scalars(select(County.id).order_by(County.id)))
        self._industries = list(session.scalars(select(Industry.id).order_by(Industry.id)))

    def build(self, size: Size) -> dict[str, int]:
        """Everything, parents before children."""
        institutes = max(1, size.firms // 10)
        firms = self._ids(Organisation, (self._organisation("enterprise", n) for n in range(size.firms)))
        houses = self._ids(Organisation, (self._organisation("institute", n) for n in range(institutes)))
        experts = self._ids(Expert, (self._expert(n, houses) for n in range(institutes * 8)))
        needs = self._ids(Need, (self._need(n, firms) for n in range(size.needs)))
        offers = self._ids(Achievement, (self._offer(n, houses, experts) for n in range(size.achievements)))
        pairings = self._write(Pairing, self._pairings(needs, offers, size.pairings_each))
        files = self._write(Attachment, (self._file(n, needs) for n in range(size.files)))
        letters = self._write(Letter, (self._letter(n) for n in range(size.letters)))
        moves = self._write(MoveRecord, self._moves(needs, offers))
        return {
            "organisation": len(firms) + len(houses), "expert": len(experts), "need": len(needs),
            "achievement": len(offers), "pairing": pairings, "attachment": files, "letter": letters,
            "move_record": moves,
        }  # fmt: skip

    def _ids(self, model: Any, rows: Iterable[dict[str, Any]]) -> list[int]:
        """Write the rows; the ids they were given."""
        before = self._session.scalar(select(func.max(model.id))) or 0
        self._write(model, rows)
        return list(self._session.scalars(select(model.id).where(model.id > before).order_by(model.id)))

    def _write(self, model: Any, rows: Iterable[dict[str, Any]]) -> int:
        written, left = 0, iter(rows)
        while batch := list(islice(left, ROOM)):
            self._session.execute(insert(model.__table__), batch)
            written += len(batch)
        return written

    def _organisation(self, kind: str, number: int) -> dict[str, Any]:
        place, trade = self._chance.choice(PLACES), self._chance.choice(TRADES)
        tail = "有限公司" if kind == "enterprise" else "研究所"
        return {
            "kind": kind,
            "supply_kind": None if kind == "enterprise" else "other",
            "name": f"{place}{trade}{number + 1:05d}{tail}",
            "county_id": self._chance.choice(self._counties),
            "profile": f"主营{trade}，" * 8,
            "contact_name": "联系人",
            "contact_phone": "",
            "contact_email": f"{kind}{number}@large.example",
            "approved_at": self._now,
            "created_at": self._now,
        }

    def _expert(self, number: int, houses: list[int]) -> dict[str, Any]:
        return {
            "organisation_id": houses[number % len(houses)],
            "name": f"专家{number + 1}",
            "email": f"expert{number}@large.example",
        }

    def _words(self) -> tuple[str, str, str]:
        chance = self._chance
        return chance.choice(OBJECTS), chance.choice(EFFECTS), chance.choice(MEANS)

    def _need(self, number: int, firms: list[int]) -> dict[str, Any]:
        thing, effect, means = self._words()
        then = self._now - timedelta(minutes=number)
        return {
            "number": f"大-{number + 1:05d}",
            "organisation_id": firms[number % len(firms)],
            "title": f"{thing}{effect}的{means}（{number + 1}）",
            "problem": f"{thing}在连续生产中{effect}严重，现有办法不能满足要求，希望用{means}解决。" * 6,
            "goal": f"{effect}降低 {self._chance.randint(20, 80)}%。",
            "keywords": [thing, effect, means],
            "industry_id": self._chance.choice(self._industries),
            "state": "published",
            "version": 3,
            "created_at": then,
            "changed_at": then,
            "published_at": then,
        }

    def _offer(self, number: int, houses: list[int], experts: list[int]) -> dict[str, Any]:
        thing, effect, means = self._words()
        then = self._now - timedelta(minutes=number)
        at = number % len(experts)
        return {
            "number": f"成-{number + 1:05d}",
            "organisation_id": houses[at % len(houses)],
            "expert_id": experts[at],
            "title": f"基于{means}的{thing}{effect}治理技术（{number + 1}）",
            "summary": f"针对{thing}的{effect}，采用{means}，已在生产线上试用。" * 10,
            "keywords": [thing, effect, means],
            "industry_id": self._chance.choice(self._industries),
            "state": "listed",
            "version": 3,
            "created_at": then,
            "changed_at": then,
            "listed_at": then,
        }

    def _pairings(self, needs: list[int], offers: list[int], each: int) -> Iterator[dict[str, Any]]:
        for need in needs:
            for rank, offer in enumerate(self._chance.sample(offers, min(each, len(offers))), 1):
                yield {
                    "need_id": need,
                    "achievement_id": offer,
                    "score": round(0.9 / rank, 4),
                    "rank": rank,
                    "state": "suggested",
                    "version": 1,
                    "sentence": "双方都提到同样的对象和效果，行业相近。",
                    "reasons": [
                        {"aspect": "words", "share": round(0.5 / rank, 3)},
                        {"aspect": "industry", "share": 0.1},
                    ],
                    "computed_at": self._now,
                }

    def _file(self, number: int, needs: list[int]) -> dict[str, Any]:
        content = self._chance.randbytes(20_000)
        return {
            "need_id": needs[number % len(needs)],
            "name": f"附图{number + 1}.png",
            "media_type": "image/png",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": content,
            "created_at": self._now,
        }

    def _letter(self, number: int) -> dict[str, Any]:
        return {
            "key": f"large:{number}",
            "kind": "invitation",
            "recipient": f"guest{number}@large.example",
            "subject": "邀请函",
            "text": "诚邀贵单位参加产学研对接会。" * 20,
            "message_id": f"letter.large.{number}",
            "attempts": 1,
            "claims": 1,
            "due_at": self._now,
            "sent_at": self._now,
            "created_at": self._now,
        }

    def _moves(self, needs: list[int], offers: list[int]) -> Iterator[dict[str, Any]]:
        """What the gate would have written for each need and achievement: handed in, then published."""
        for noun, ids, steps in (("need", needs, ("submit", "publish")), ("achievement", offers, ("submit", "list"))):
            moves = [LIFECYCLES[noun].move(step) for step in steps]
            sources = [LIFECYCLES[noun].initial, moves[0].target]
            for subject in ids:
                for move, source in zip(moves, sources, strict=True):
                    yield {
                        "noun": noun,
                        "subject_id": subject,
                        "verb": move.name,
                        "label": move.label,
                        "source": source,
                        "target": move.target,
                        "at": self._now,
                        "actor_name": PROGRAMME.name,
                        "actor_role": PROGRAMME.role.value,
                    }
