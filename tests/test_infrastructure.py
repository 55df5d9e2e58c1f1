"""The test equipment itself: a real PostgreSQL, a real SMTP server, and no way out of this machine."""

import smtplib
import socket
from email.message import EmailMessage

import pytest
from sqlalchemy import create_engine, text

from tests.postbox import Postbox


@pytest.mark.databases("postgresql")
def test_postgresql_is_real_and_new_enough(empty_engine_url: str) -> None:
    engine = create_engine(empty_engine_url)
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
        tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
    engine.dispose()
    assert (int(version) >= 150000, tables) == (True, 0)


def test_every_test_gets_a_database_of_its_own(empty_engine_url: str, database_kind: str) -> None:
    engine = create_engine(empty_engine_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id integer)"))
    assert engine.dialect.name == database_kind
    engine.dispose()


def test_postbox_keeps_what_it_is_given_and_refuses_on_request(smtp: Postbox) -> None:
    smtp.refused.add("nobody@example.cn")
    letter = EmailMessage()
    letter["Subject"] = "邀请函"
    letter["From"] = "market@example.cn"
    letter["To"] = "guest@example.cn"
    letter.set_content("您好")
    with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as sender:
        refused = sender.send_message(letter, to_addrs=["guest@example.cn", "nobody@example.cn"])
    assert list(refused) == ["nobody@example.cn"]
    assert [(one["Subject"], one.get_content()) for one in smtp.to("guest@example.cn")] == [("邀请函", "您好\n")]
    assert smtp.to("nobody@example.cn") == []


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_a_test_cannot_reach_the_network(host: str) -> None:
    with pytest.raises(RuntimeError, match="tests stay on this machine"):
        socket.create_connection((host, 80), timeout=1)
