"""Owns the declarative base, the constraint names and the column types every table shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, DateTime, Integer, MetaData, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.domain.machine import Machine


class Base(DeclarativeBase):
    """The one registry; constraint names are fixed so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Lifecycled:
    """A row with a lifecycle: `state` is read-only, only the gate writes `_state`.

    `version` makes the second of two simultaneous writers fail (StaleDataError).
    """

    machine: ClassVar[Machine]

    @declared_attr
    def _state(cls) -> Mapped[str]:
        return mapped_column("state", String(20), default=cls.machine.initial, index=True)

    @declared_attr
    def version(cls) -> Mapped[int]:
        return mapped_column(Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}

    @hybrid_property
    def state(self) -> str:
        """The state's code."""
        return self._state

    @property
    def state_label(self) -> str:
        """The state's Chinese label."""
        return self.machine.state(self._state).label

    @property
    def state_tone(self) -> str:
        """The tone a badge shows the state in."""
        return self.machine.state(self._state).tone


def state_check(machine: Machine) -> CheckConstraint:
    """The CHECK that repeats the lifecycle's states in the database."""
    codes = ", ".join(f"'{code}'" for code in machine.codes)
    return CheckConstraint(f"state IN ({codes})", name="state")
