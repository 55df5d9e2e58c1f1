"""Owns the way settings come in: reads the environment, checks every value, refuses nonsense by name.

The rest of the program never reads the environment: wsgi.py calls load_or_exit() once and hands the value on.
The settings are described in docs/settings.md and .env.example.
"""

import os
import re
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.domain.settings import Settings

ROOT = Path(__file__).resolve().parent
FROM_FILE = (
    "SECRET_KEY",
    "MAIL_PASSWORD",
    "DATABASE_URL",
    "BACKUP_KEY",
    "METRICS_TOKEN",
)  # NAME_FILE may name a file that holds the value
SHORTEST_KEY = 32  # characters; what secrets.token_hex(16) gives
SHORTEST_TOKEN = 16  # characters; what secrets.token_hex(8) gives
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
KNOWN_KEYS = re.compile(r"(change|replace|secret|default|example|your|dev|test|password|please)", re.IGNORECASE)


class SettingsError(Exception):
    """A setting is missing or makes no sense. The text names the setting and fits on one line."""


def _refuse(message: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{message}", {"message": message})


def _database(value: str) -> str:
    """Check the address, choose psycopg 3 for PostgreSQL and make the path of an SQLite file absolute."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise _refuse(
            "不是数据库地址，应形如 sqlite:///instance/market.db 或 postgresql://用户:密码@主机/库名"
        ) from None
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        if not url.database:
            raise _refuse("PostgreSQL 地址里缺少库名，应形如 postgresql://用户:密码@主机/库名")
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url.drivername != "sqlite":
        raise _refuse("只支持 SQLite 和 PostgreSQL，地址应以 sqlite:/// 或 postgresql:// 开头")
    if not url.database or url.database == ":memory:":
        raise _refuse("内存里的 SQLite 不能供多个线程使用，请写出文件路径，如 sqlite:///instance/market.db")
    return str(url.set(database=str(ROOT / url.database)))


def _instant(value: str) -> datetime:
    """Read an instant; it must say its offset, for the same words mean another time elsewhere."""
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refuse("不是时刻，应形如 2022-02-15T09:00+08:00") from None
    raise _refuse("缺少时区，应形如 2022-02-15T09:00+08:00")


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.username or re.search(r"\s", value):
        raise _refuse("应是以 http:// 或 https:// 开头的网址，如 https://market.example.gov.cn")
    return value.rstrip("/")


def _time_zone(value: str) -> str:
    name = value.removeprefix(":")
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise _refuse("不是时区名，应形如 Asia/Shanghai") from None
    return name


def _sender(value: str) -> str:
    _, address = parseaddr(value)
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) or not value.isprintable():
        raise _refuse("不是发件人，应形如 许昌科技大市场 <market@example.gov.cn>")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:]+\]?", value):
        raise _refuse("不是主机名，只写名称或 IP 地址，端口写在 MAIL_PORT 里")
    return value.strip("[]")


def _backup_key(value: str) -> str:
    if not re.fullmatch(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", value):
        raise _refuse("不是备份密钥，应以 AGE-SECRET-KEY-1 开头，请用 flask --app wsgi backup-key 生成")
    return value


def _metrics_token(value: str) -> str:
    if len(value) < SHORTEST_TOKEN or not value.isascii():
        raise _refuse(f"太短，请用至少 {SHORTEST_TOKEN} 位的随机英文和数字")
    return value


def _log_format(value: str) -> str:
    if value not in ("text", "json"):
        raise _refuse("应为 text 或 json")
    return value


def _switch(value: object) -> object:
    """Read a yes or no as people write it; anything else is left for the message."""
    word = str(value).lower()
    return word in YES if word in YES | NO else value


Switch = Annotated[bool, BeforeValidator(_switch)]


class _Given(BaseModel):
    """The settings as they may be given; field names in capitals are the names in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    DATABASE_URL: Annotated[str, AfterValidator(_database)] | None = None
    DATA_DIR: Path = Path("instance")
    SECRET_KEY: str | None = None
    PUBLIC_URL: Annotated[str, AfterValidator(_public_url)] = "http://127.0.0.1:8000"
    MAIL_SERVER: Annotated[str, AfterValidator(_host)] = "127.0.0.1"
    MAIL_PORT: Annotated[int, Field(ge=1, le=65535)] | None = None
    MAIL_USERNAME: str | None = None
    MAIL_PASSWORD: str | None = None
    MAIL_USE_TLS: Switch = False
    MAIL_USE_SSL: Switch = False
    MAIL_SENDER: Annotated[str, AfterValidator(_sender)] = "许昌科技大市场 <market@localhost>"
    MAIL_TIMEOUT: Annotated[float, Field(gt=0, le=120)] = 15.0
    BOUNCE_IMAP_SERVER: Annotated[str, AfterValidator(_host)] | None = None
    BOUNCE_IMAP_PORT: Annotated[int, Field(ge=1, le=65535)] | None = None
    BOUNCE_IMAP_USE_SSL: Switch = True
    BOUNCE_IMAP_USERNAME: str | None = None
    BOUNCE_IMAP_PASSWORD: str | None = None
    BOUNCE_IMAP_FOLDER: str = "INBOX"
    MAIL_UNCERTAIN: Literal["resend", "hold"] = "resend"
    TZ: Annotated[str, AfterValidator(_time_zone)] = "Asia/Shanghai"
    NOW: Annotated[datetime, BeforeValidator(_instant)] | None = None
    JOBS: Literal["embedded", "off"] = "embedded"
    TRUSTED_PROXIES: Annotated[int, Field(ge=0, le=5)] = 0
    DATABASE_CONNECTIONS: Annotated[int, Field(ge=2, le=200)] = 16
    DATABASE_WAIT: Annotated[float, Field(gt=0, le=30)] = 3.0
    WEB_WORKERS: Annotated[int, Field(ge=1, le=64)] = 2
    WEB_THREADS: Annotated[int, Field(ge=1, le=64)] = 4
    LOG_FORMAT: Annotated[str, AfterValidator(_log_format)] = "text"
    METRICS_TOKEN: Annotated[str, AfterValidator(_metrics_token)] | None = None
    BACKUP_KEY: Annotated[str, AfterValidator(_backup_key)] | None = None
    BACKUP_DIR: Path | None = None
    BACKUP_KEEP: Annotated[int, Field(ge=1, le=3650)] = 14

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.MAIL_USE_TLS and self.MAIL_USE_SSL:
            raise _refuse("MAIL_USE_SSL：不能与 MAIL_USE_TLS 同时打开，465 端口用 SSL，587 端口用 TLS")
        if (self.MAIL_USERNAME is None) != (self.MAIL_PASSWORD is None):
            raise _refuse("MAIL_PASSWORD：要与 MAIL_USERNAME 一起填写，或都不填")
        if self.BOUNCE_IMAP_SERVER is not None and not (self.BOUNCE_IMAP_USERNAME and self.BOUNCE_IMAP_PASSWORD):
            raise _refuse("BOUNCE_IMAP_SERVER：要与 BOUNCE_IMAP_USERNAME 和 BOUNCE_IMAP_PASSWORD 一起填写")
        return self

    def mail_port(self) -> int:
        """Return the port that was given, or the usual one for the kind of connection."""
        usual = 465 if self.MAIL_USE_SSL else 587 if self.MAIL_USE_TLS else 25
        return self.MAIL_PORT or usual


# What a value should have been, by the type of error the library reports.
EXPECTED = {
    "int_parsing": "不是整数",
    "int_from_float": "不是整数",
    "float_parsing": "不是数字",
    "bool_parsing": "应为 on 或 off",
    "bool_type": "应为 on 或 off",
    "literal_error": "应为 {expected}",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不应小于 {ge}",
    "less_than_equal": "不应大于 {le}",
}
SECRET = {"DATABASE_URL", "SECRET_KEY", "MAIL_PASSWORD", "BOUNCE_IMAP_PASSWORD", "BACKUP_KEY", "METRICS_TOKEN"}


def _explain(error: ValidationError, given: Mapping[str, str]) -> str:
    """Turn the first complaint of the library into one line that names the setting."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return f"设置 {first['msg']}。"
    name = str(first["loc"][0])
    if first["type"] == "setting":
        wanted = first["msg"]
    else:
        told = {
            name: str(value).replace("'", "").replace(" or ", " 或 ") for name, value in first.get("ctx", {}).items()
        }
        wanted = EXPECTED.get(first["type"], first["msg"]).format(**told)
    shown = "" if name in SECRET else f"“{given.get(name, '')[:80]}”"
    return f"设置 {name}：{shown}{wanted}。"


def _read_files(environ: Mapping[str, str]) -> dict[str, str]:
    """Return our settings out of the environment, empty ones left out, with NAME_FILE replaced by the file's text."""
    given = {name: environ[name].strip() for name in _Given.model_fields if environ.get(name, "").strip()}
    for name in FROM_FILE:
        path = environ.get(f"{name}_FILE", "").strip()
        if not path:
            continue
        if name in given:
            raise SettingsError(f"设置 {name} 和 {name}_FILE：只能填写其中一个。")
        try:
            given[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"设置 {name}_FILE：读不到文件“{path}”，请检查路径和权限。") from None
        if not given[name]:
            raise SettingsError(f"设置 {name}_FILE：文件“{path}”是空的。")
    return given


def _make_data_dir(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise SettingsError(f"设置 DATA_DIR：不能建立目录“{path}”，请检查路径和权限。") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise SettingsError(f"设置 DATA_DIR：目录“{path}”不能写入，请检查权限。")
    return path


def _own_key(data_dir: Path) -> str:
    """Return the key kept in the data directory; the first process to ask makes it, readable by its user only."""
    path = data_dir / "secret_key"
    draft = data_dir / f".secret_key.{secrets.token_hex(8)}"
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)  # fails when another process was faster: then its key is the key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"设置 SECRET_KEY：读不到文件“{path}”，请检查权限。") from None
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"设置 SECRET_KEY：文件“{path}”里的密钥不完整，请删除该文件后重新启动。")
    return key


def _check_serving(given: _Given) -> None:
    """Refuse what is fine at the command line but not for a site in service."""
    if given.NOW is not None:
        raise SettingsError("设置 NOW：只供命令行模拟使用，正式运行时请去掉。")
    key = given.SECRET_KEY
    if key is not None and (len(key) < SHORTEST_KEY or len(set(key)) < 8 or KNOWN_KEYS.search(key)):
        raise SettingsError(
            f"设置 SECRET_KEY：太短或是常见的示例值，请用至少 {SHORTEST_KEY} 位的随机值，或去掉它由程序生成。"
        )


def load(environ: Mapping[str, str]) -> Settings:
    """Return the checked settings; makes the data directory and, when no key is given, a key in it.

    Raises SettingsError, one line naming the setting, for the first value that makes no sense.
    """
    values = _read_files(environ)
    try:
        given = _Given.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error, values)) from None
    serving = environ.get("FLASK_RUN_FROM_CLI") != "true"
    if serving:
        _check_serving(given)
    data_dir = _make_data_dir(ROOT / given.DATA_DIR)
    url = make_url(given.DATABASE_URL or URL.create("sqlite", database=str(data_dir / "market.db")))
    if url.drivername == "sqlite" and not Path(str(url.database)).parent.is_dir():
        raise SettingsError(f"设置 DATABASE_URL：文件“{url.database}”所在的目录不存在，请先建立该目录。")
    return Settings(
        database_url=url.render_as_string(hide_password=False),
        data_dir=data_dir,
        secret_key=given.SECRET_KEY or _own_key(data_dir),
        public_url=given.PUBLIC_URL,
        mail_server=given.MAIL_SERVER,
        mail_port=given.mail_port(),
        mail_username=given.MAIL_USERNAME,
        mail_password=given.MAIL_PASSWORD,
        mail_use_tls=given.MAIL_USE_TLS,
        mail_use_ssl=given.MAIL_USE_SSL,
        mail_sender=given.MAIL_SENDER,
        mail_timeout=given.MAIL_TIMEOUT,
        mail_uncertain=given.MAIL_UNCERTAIN,
        bounce_server=given.BOUNCE_IMAP_SERVER,
        bounce_port=given.BOUNCE_IMAP_PORT or (993 if given.BOUNCE_IMAP_USE_SSL else 143),
        bounce_use_ssl=given.BOUNCE_IMAP_USE_SSL,
        bounce_username=given.BOUNCE_IMAP_USERNAME,
        bounce_password=given.BOUNCE_IMAP_PASSWORD,
        bounce_folder=given.BOUNCE_IMAP_FOLDER,
        time_zone=given.TZ,
        now=given.NOW,
        jobs=given.JOBS,
        trusted_proxies=given.TRUSTED_PROXIES,
        database_connections=given.DATABASE_CONNECTIONS,
        database_wait=given.DATABASE_WAIT,
        web_workers=given.WEB_WORKERS,
        web_threads=given.WEB_THREADS,
        log_format=given.LOG_FORMAT,
        metrics_token=given.METRICS_TOKEN,
        backup_key=given.BACKUP_KEY,
        backup_dir=given.BACKUP_DIR and ROOT / given.BACKUP_DIR,
        backup_keep=given.BACKUP_KEEP,
        serving=serving,
    )


def load_or_exit(environ: Mapping[str, str]) -> Settings:
    """Return load() of the environment over the file .env; on nonsense print one line and leave with code 2."""
    from_file = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    try:
        return load({**from_file, **environ})
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
