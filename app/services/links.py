"""Owns the signed links that letters carry: purpose and object bound, made from the configured public address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from app.domain.errors import Missing
from app.models.invitation import Invitation
from app.models.need import Need
from app.models.people import User

RESET_MINUTES = 30


@lru_cache(maxsize=32)
def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=f"link:{purpose}", signer_kwargs={"digest_method": hashlib.sha256})


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links. A link names its purpose, its object and the object's nonce; nothing is secret in it."""

    public_url: str
    secret: str

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return _serializer(self.secret, purpose)

    def token(self, purpose: str, *parts: object) -> str:
        """The signed token for this purpose and these parts."""
        return str(self._serializer(purpose).dumps(list(parts)))

    def read(self, purpose: str, token: str) -> list[object]:
        """The parts; Missing for anything that was tampered with or made for another purpose."""
        try:
            parts = self._serializer(purpose).loads(token)
        except BadSignature as error:
            raise Missing("链接无效或已失效。请使用邮件中的完整链接，或联系许昌科技大市场。") from error
        if not isinstance(parts, list):
            raise Missing("链接无效或已失效。")
        return parts

    def rsvp(self, invitation: Invitation) -> str:
        """Where the guest answers."""
        return f"{self.public_url}/rsvp/{self.token('rsvp', invitation.id, invitation.nonce)}"

    def confirm(self, need: Need) -> str:
        """Where a firm confirms the need somebody entered for it."""
        return f"{self.public_url}/confirm/{self.token('confirm', need.id, need.confirm_nonce)}"

    def reset(self, user: User, now: datetime) -> str:
        """Where a person sets a new password; dead after RESET_MINUTES or once the password changed."""
        token = self.token("reset", user.id, user.session_epoch, int(now.timestamp()))
        return f"{self.public_url}/password/{token}"

    def page(self, path: str) -> str:
        """An ordinary page's full address."""
        return f"{self.public_url}{path}"


def of(session: Session) -> Links:
    """The links of the running program; the edge puts them into the session."""
    links = session.info["links"]
    assert isinstance(links, Links)
    return links
