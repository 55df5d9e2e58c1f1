"""Owns the shape of the settings: one frozen value that travels as an argument; the root module config makes it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the program may be told from outside, already checked and of the right type.

    database_url: a SQLAlchemy address, "sqlite:////absolute/path" or "postgresql+psycopg://...".
    data_dir: absolute path of the directory for the program's own files (database, uploads, keys); exists.
    secret_key: signs sessions and links; never shown.
    public_url: where guests reach the site, without a slash at the end; links in letters begin with it.
    mail_*: the SMTP server; mail_timeout in seconds; mail_sender as "Name <address>".
    mail_uncertain: what happens to a letter of which nobody knows whether the server took it: sent again, or left to a
    person.
    bounce_*: the mailbox (IMAP) to which undeliverable letters come back; bounce_server None: none is read.
    time_zone: name from the tz database in which people read dates.
    now: the instant (aware, UTC) at which the clock starts in a simulation, or None for the real time.
    jobs: whether a serving process also does the background work.
    trusted_proxies: how many proxies in front may set X-Forwarded-*.
    database_connections: the most connections to the database that one process holds at a time.
    database_wait: seconds to wait for a free one before a request is answered with 503.
    web_workers, web_threads: processes of gunicorn, and the requests each answers at a time.
    log_format: "text" for people, "json" for machines, one line each.
    metrics_token: what a reader of /metrics must show; None: only readers on this machine are let in.
    backup_key: an age identity; backups are encrypted for it. None: they are not encrypted.
    backup_dir: where the nightly backup goes; None: there is none. backup_keep: how many are kept there.
    serving: True under a WSGI server, False under the flask command line and in tests.
    testing: True only in tests.
    """

    database_url: str = field(repr=False)
    data_dir: Path
    secret_key: str = field(repr=False)
    public_url: str
    mail_server: str
    mail_port: int
    mail_username: str | None
    mail_password: str | None = field(repr=False)
    mail_use_tls: bool
    mail_use_ssl: bool
    mail_sender: str
    mail_timeout: float
    mail_uncertain: Literal["resend", "hold"]
    bounce_server: str | None
    bounce_port: int
    bounce_use_ssl: bool
    bounce_username: str | None
    bounce_password: str | None = field(repr=False)
    bounce_folder: str
    time_zone: str
    now: datetime | None
    jobs: Literal["embedded", "off"]
    trusted_proxies: int
    database_connections: int
    database_wait: float
    web_workers: int
    web_threads: int
    log_format: str
    metrics_token: str | None = field(repr=False)
    backup_key: str | None = field(repr=False)
    backup_dir: Path | None
    backup_keep: int
    serving: bool
    testing: bool = False

    @property
    def https(self) -> bool:
        """Whether the site is reached over TLS: then cookies are marked Secure and HSTS is sent."""
        return self.public_url.startswith("https://")
