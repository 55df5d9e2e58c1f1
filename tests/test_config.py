"""config: every setting is read, checked and, when it makes no sense, refused by name in one line."""

import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import config

CLI = {"FLASK_RUN_FROM_CLI": "true"}
KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.fixture
def base(tmp_path: Path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path / "data")}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(config.SettingsError) as caught:
        config.load(environ)
    return str(caught.value)


def test_defaults(base: dict[str, str], tmp_path: Path) -> None:
    settings = config.load(base)
    assert settings.database_url == f"sqlite:///{tmp_path}/data/market.db"
    assert (settings.mail_server, settings.mail_port, settings.mail_username) == ("127.0.0.1", 25, None)
    assert (settings.public_url, settings.https) == ("http://127.0.0.1:8000", False)
    assert (settings.time_zone, settings.now, settings.jobs) == ("Asia/Shanghai", None, "embedded")
    assert (settings.trusted_proxies, settings.serving, settings.testing) == (0, True, False)


def test_empty_values_count_as_not_given(base: dict[str, str]) -> None:
    assert config.load(base | {"MAIL_PORT": " ", "PUBLIC_URL": ""}) == config.load(base)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u:p%40@db:5433/market", "postgresql+psycopg://u:p%40@db:5433/market"),
        ("postgresql://u:p@db/market", "postgresql+psycopg://u:p@db/market"),
        ("postgresql+psycopg://u:p@db/market", "postgresql+psycopg://u:p@db/market"),
        ("sqlite:///tests/x.db", f"sqlite:///{config.ROOT}/tests/x.db"),
    ],
)
def test_database_address_is_made_exact(base: dict[str, str], given: str, wanted: str) -> None:
    assert config.load(base | {"DATABASE_URL": given}).database_url == wanted


@pytest.mark.parametrize(("tls", "ssl", "port"), [("on", "off", 587), ("0", "1", 465), ("no", "no", 25)])
def test_mail_port_follows_the_kind_of_connection(base: dict[str, str], tls: str, ssl: str, port: int) -> None:
    settings = config.load(base | {"MAIL_USE_TLS": tls, "MAIL_USE_SSL": ssl})
    assert (settings.mail_port, settings.mail_use_tls, settings.mail_use_ssl) == (port, port == 587, port == 465)


def test_public_url_loses_its_last_slash_and_tells_https(base: dict[str, str]) -> None:
    settings = config.load(base | {"PUBLIC_URL": "https://market.example.gov.cn/"})
    assert (settings.public_url, settings.https) == ("https://market.example.gov.cn", True)


def test_now_is_an_instant_in_utc_at_the_command_line(base: dict[str, str]) -> None:
    settings = config.load(base | CLI | {"NOW": "2022-02-15T09:00+08:00"})
    assert (settings.now, settings.serving) == (datetime(2022, 2, 15, 1, 0, tzinfo=UTC), False)


def test_now_is_refused_when_serving(base: dict[str, str]) -> None:
    assert refusal(base | {"NOW": "2022-02-15T09:00+08:00"}) == "设置 NOW：只供命令行模拟使用，正式运行时请去掉。"


@pytest.mark.parametrize(
    "key", ["dev", "a" * 40, "change-me-change-me-change-me-change-me", "my-secret-key-my-secret-key-my-secret"]
)
def test_weak_keys_are_refused_when_serving_only(base: dict[str, str], key: str) -> None:
    assert refusal(base | {"SECRET_KEY": key}).startswith("设置 SECRET_KEY：太短或是常见的示例值")
    assert config.load(base | CLI | {"SECRET_KEY": key}).secret_key == key


def test_key_is_made_once_and_only_its_user_can_read_it(base: dict[str, str]) -> None:
    first, second = config.load(base), config.load(base)
    path = first.data_dir / "secret_key"
    assert re.fullmatch("[0-9a-f]{64}", first.secret_key)
    assert first.secret_key == second.secret_key == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in first.data_dir.iterdir()) == ["secret_key"]


def test_a_cut_key_file_is_refused(base: dict[str, str]) -> None:
    path = config.load(base).data_dir / "secret_key"
    path.write_text("")
    assert refusal(base) == f"设置 SECRET_KEY：文件“{path}”里的密钥不完整，请删除该文件后重新启动。"


def test_secrets_may_come_from_files(base: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    assert config.load(base | {"SECRET_KEY_FILE": str(file)}).secret_key == KEY
    both = base | {"SECRET_KEY_FILE": str(file), "SECRET_KEY": KEY}
    assert refusal(both) == "设置 SECRET_KEY 和 SECRET_KEY_FILE：只能填写其中一个。"
    missing = base | {"MAIL_PASSWORD_FILE": str(tmp_path / "none")}
    assert refusal(missing) == f"设置 MAIL_PASSWORD_FILE：读不到文件“{tmp_path}/none”，请检查路径和权限。"


def test_secrets_do_not_show(base: dict[str, str]) -> None:
    given = {
        "SECRET_KEY": KEY,
        "MAIL_USERNAME": "market",
        "MAIL_PASSWORD": "Tr0ub4dor",
        "DATABASE_URL": "postgresql://u:hunter2@db/market",
    }
    shown = repr(config.load(base | given))
    assert [word for word in (KEY, "Tr0ub4dor", "hunter2") if word in shown] == []
    assert "hunter2" not in refusal(base | {"DATABASE_URL": "mysql://u:hunter2@db/market"})


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("MAIL_PORT", "abc", "“abc”不是整数。"),
        ("MAIL_PORT", "0", "“0”不应小于 1。"),
        ("MAIL_PORT", "65536", "“65536”不应大于 65535。"),
        ("MAIL_SERVER", "smtp.example.cn:25", "“smtp.example.cn:25”不是主机名，只写名称或 IP 地址，端口写在 MAIL_PORT 里。"),
        ("MAIL_SENDER", "科技大市场", "“科技大市场”不是发件人，应形如 许昌科技大市场 <market@example.gov.cn>。"),
        ("MAIL_USE_TLS", "perhaps", "“perhaps”应为 on 或 off。"),
        ("MAIL_UNCERTAIN", "maybe", "“maybe”应为 resend 或 hold。"),
        ("MAIL_TIMEOUT", "0", "“0”应大于 0.0。"),
        ("MAIL_TIMEOUT", "soon", "“soon”不是数字。"),
        ("MAIL_TIMEOUT", "inf", "“inf”不应大于 120.0。"),
        ("PUBLIC_URL", "market.example.cn", "“market.example.cn”应是以 http:// 或 https:// 开头的网址，如 https://market.example.gov.cn。"),
        ("PUBLIC_URL", "http://[::1", "“http://[::1”应是以 http:// 或 https:// 开头的网址，如 https://market.example.gov.cn。"),
        ("TZ", "Mars/Olympus", "“Mars/Olympus”不是时区名，应形如 Asia/Shanghai。"),
        ("NOW", "tomorrow", "“tomorrow”不是时刻，应形如 2022-02-15T09:00+08:00。"),
        ("NOW", "2022-02-15T09:00", "“2022-02-15T09:00”缺少时区，应形如 2022-02-15T09:00+08:00。"),
        ("NOW", "0001-01-01T00:00+08:00", "“0001-01-01T00:00+08:00”不是时刻，应形如 2022-02-15T09:00+08:00。"),
        ("JOBS", "sometimes", "“sometimes”应为 embedded 或 off。"),
        ("TRUSTED_PROXIES", "-1", "“-1”不应小于 0。"),
        ("DATABASE_URL", "market", "不是数据库地址，应形如 sqlite:///instance/market.db 或 postgresql://用户:密码@主机/库名。"),
        ("DATABASE_URL", "postgresql://db:port/x", "不是数据库地址，应形如 sqlite:///instance/market.db 或 postgresql://用户:密码@主机/库名。"),
        ("DATABASE_URL", "postgresql://db", "PostgreSQL 地址里缺少库名，应形如 postgresql://用户:密码@主机/库名。"),
        ("DATABASE_URL", "mysql://db/x", "只支持 SQLite 和 PostgreSQL，地址应以 sqlite:/// 或 postgresql:// 开头。"),
        ("DATABASE_URL", "sqlite://", "内存里的 SQLite 不能供多个线程使用，请写出文件路径，如 sqlite:///instance/market.db。"),
        ("DATABASE_URL", "sqlite:////nowhere/x.db", "文件“/nowhere/x.db”所在的目录不存在，请先建立该目录。"),
        ("DATA_DIR", "/proc/market", "不能建立目录“/proc/market”，请检查路径和权限。"),
        ("MAIL_USERNAME", "market", None),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_name(base: dict[str, str], name: str, value: str, wanted: str | None) -> None:
    message = refusal(base | CLI | {name: value})
    wanted = (
        "设置 MAIL_PASSWORD：要与 MAIL_USERNAME 一起填写，或都不填。" if wanted is None else f"设置 {name}：{wanted}"
    )
    assert message == wanted


def test_two_kinds_of_encryption_are_refused(base: dict[str, str]) -> None:
    message = refusal(base | {"MAIL_USE_TLS": "on", "MAIL_USE_SSL": "on"})
    assert message == "设置 MAIL_USE_SSL：不能与 MAIL_USE_TLS 同时打开，465 端口用 SSL，587 端口用 TLS。"


GUNICORN = [str(Path(sys.executable).with_name("gunicorn")), "--check-config", "wsgi:app"]


@pytest.mark.parametrize("program", [[sys.executable, "-c", "import wsgi"], GUNICORN], ids=["wsgi", "gunicorn"])
@pytest.mark.parametrize(
    ("port", "code", "said"),
    [("25", 0, ""), ("abc", 2, "设置 MAIL_PORT：“abc”不是整数。\n")],
    ids=["sense", "nonsense"],
)
def test_a_start_with_nonsense_ends_with_one_line_and_code_2(
    tmp_path: Path, program: list[str], port: str, code: int, said: str
) -> None:
    environ = {"PATH": os.defpath, "DATA_DIR": str(tmp_path), "MAIL_PORT": port}
    ended = subprocess.run(program, env=environ, cwd=config.ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", said)


@pytest.mark.parametrize("document", ["docs/settings.md", ".env.example"])
def test_every_setting_is_described(document: str) -> None:
    words = set(re.findall(r"\b[A-Z][A-Z_]+\b", (config.ROOT / document).read_text(encoding="utf-8")))
    assert [name for name in config._Given.model_fields if name not in words] == []


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("DATABASE_CONNECTIONS", "1", "设置 DATABASE_CONNECTIONS：“1”不应小于 2。"),
        ("DATABASE_WAIT", "60", "设置 DATABASE_WAIT：“60”不应大于 30.0。"),
        ("WEB_THREADS", "many", "设置 WEB_THREADS：“many”不是整数。"),
        ("LOG_FORMAT", "xml", "设置 LOG_FORMAT：“xml”应为 text 或 json。"),
        ("BACKUP_KEEP", "0", "设置 BACKUP_KEEP：“0”不应小于 1。"),
        ("METRICS_TOKEN", "short", "设置 METRICS_TOKEN：太短，请用至少 16 位的随机英文和数字。"),
        (
            "BACKUP_KEY",
            "hunter2",
            "设置 BACKUP_KEY：不是备份密钥，应以 AGE-SECRET-KEY-1 开头，请用 flask --app wsgi backup-key 生成。",
        ),
    ],
)
def test_limits_and_keys_of_operation_are_checked(base: dict[str, str], name: str, value: str, wanted: str) -> None:
    assert refusal(base | {name: value}) == wanted
