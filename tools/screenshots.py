"""Takes the pictures of the README from the running program with its demo season: python -m tools.screenshots [NAME ...].

A database of its own is made for it; nothing of the user's data is touched or shown.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "img"
BIN = Path(sys.executable).parent
PATIENCE = 60  # seconds until the program must answer


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: the page it shows, as which part of the demo's story (or nobody), and how wide the screen is.

    `follow` is a link on that page to go on to.
    """

    name: str
    path: str
    part: str = ""
    width: int = 1280
    follow: str = ""


PICTURES = (
    Picture("home", "/"),
    Picture("agenda-phone", "/agenda", width=390),
    Picture("desk", "/desk/", "organizer"),
    Picture("recommendations", "/desk/pairings", "organizer", follow="main a[href*='/desk/pairings/needs/']"),
    Picture("season", "/desk/season", "organizer"),
    Picture("timetable", "/desk/season", "organizer", follow="main a[href$='/timetable']"),
    Picture("invitations", "/desk/invitations", "organizer", follow="main a[href*='/desk/invitations/events/']"),
    Picture("portal", "/portal/", "enterprise"),
    Picture("portal-phone", "/portal/", "enterprise", width=390),
)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program() -> Iterator[str]:
    """Run the program with a fresh demo season; yield its address."""
    with tempfile.TemporaryDirectory(prefix="market-pictures-") as data_dir:
        address = f"http://127.0.0.1:{free_port()}"
        environ = {**os.environ, "DATA_DIR": data_dir, "PUBLIC_URL": address, "JOBS": "off", "DATABASE_URL": ""}
        for command in (["db", "upgrade"], ["demo", "load"], ["demo", "stage"]):
            subprocess.run([BIN / "flask", "--app", "wsgi", *command], cwd=ROOT, env=environ, check=True)
        bind = address.removeprefix("http://")
        server = subprocess.Popen([BIN / "gunicorn", "wsgi:app", "-w", "1", "-b", bind], cwd=ROOT, env=environ)
        try:
            wait_for(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=40)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Return once the program answers; RuntimeError when it ends or stays silent."""
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=20):  # noqa: S310 (our own address)
                return
        except OSError:  # not listening yet, or slow
            time.sleep(0.3)
    raise RuntimeError("the program did not start")


def sign_ins() -> dict[str, tuple[str, str]]:
    """Address and password of each part of the demo's story."""
    story = json.loads((ROOT / "demo" / "story.json").read_text(encoding="utf-8"))
    return {person["part"]: (person["email"], story["password"]) for person in story["people"]}


def take(browser: Browser, address: str, picture: Picture, people: Mapping[str, tuple[str, str]]) -> None:
    """Open the page as the person it is for and write the file."""
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": picture.width, "height": 700 if picture.width > 500 else 800},
    )
    page = context.new_page()
    if picture.part:
        email, password = people[picture.part]
        page.goto(f"{address}/sign-in")
        page.get_by_label("邮箱").fill(email)
        page.get_by_label("密码").fill(password)
        page.locator("form[method=post] button.btn-primary").click()
        page.wait_for_load_state()
    response = page.goto(f"{address}{picture.path}", wait_until="networkidle")
    if response is None or response.status != 200:
        raise RuntimeError(f"{picture.path} answered {response and response.status}")
    if picture.follow:
        page.locator(picture.follow).first.click()
        page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / f"{picture.name}.png")
    context.close()


def main(names: list[str]) -> int:
    """Take the pictures with these names, or all; 2 when there is no such picture."""
    wanted = [picture for picture in PICTURES if not names or picture.name in names]
    if not wanted:
        print("no such picture; there are: " + ", ".join(picture.name for picture in PICTURES), file=sys.stderr)
        return 2
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    TARGET.mkdir(parents=True, exist_ok=True)
    people = sign_ins()
    with program() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for picture in wanted:
            take(browser, address, picture, people)
            print(f"docs/img/{picture.name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
