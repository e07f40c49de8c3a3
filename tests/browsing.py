"""What browser tests share: the app in a process of its own, and a page that can reach nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 60_000


def chromium() -> str:
    """Where Chromium is; without it the tests are skipped, but in CI they fail."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return absent("playwright is not installed")
    named = os.environ.get("CHROMIUM", "") or shutil.which("chromium") or shutil.which("chromium-browser")
    return named or shutil.which("google-chrome") or absent("there is no Chromium on this machine")


def absent(why: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


class Server:
    """The app on a free port of its own, in a process of its own."""

    def __init__(self, script: Path, cache: Path, data: Path | None = None, port: int = 0) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = cache / f"{script.stem}-{self.port}.log"
        where = {"XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache), "FOOTPRINTS_CACHE": str(cache)}
        self.data = data or Path(tempfile.mkdtemp(prefix="data-", dir=cache))
        where["FOOTPRINTS_DATA"] = str(self.data)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(self.port)],
                cwd=ROOT,
                env={**os.environ, **where, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:  # noqa: S310
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        self.stop()
        pytest.fail(f"the app did not start: {self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """Of all servers of one run: areas and kernels that one has made, the next finds. Each keeps its plans apart."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-quic", "--disable-background-networking"]
        )
        yield opened
        opened.close()


class Watch:
    """A page whose requests to other hosts are cut and counted, and whose complaints are kept."""

    def __init__(self, browser, address: str) -> None:
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": 1366, "height": 768})
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.route("**/*", self._only(address))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))

    def _only(self, *addresses: str):
        def decide(route) -> None:
            if route.request.url.startswith((*addresses, "data:", "blob:")):
                route.continue_()
            else:
                self.elsewhere.append(route.request.url)
                route.abort()

        return decide

    def settled(self) -> None:
        """Wait until Streamlit has drawn everything and has run nothing for longer than the map holds back its answers.

        The map tells of a click after a quarter of a second. An answer that comes just after a click in the bar would
        ask for the old page again, and Streamlit would stay there.
        """
        self.page.evaluate("() => { window.quietSince = null; }")
        self.page.wait_for_function(
            "() => {"
            " const busy = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'running'"
            " || !!document.querySelector('[data-testid=stSkeleton]');"
            " window.quietSince = busy ? null : window.quietSince ?? performance.now();"
            " return window.quietSince !== null && performance.now() - window.quietSince > 700; }"
        )

    def go(self, title: str, sign: str) -> None:
        """Open a page from the bar, and wait for a text that only it has."""
        self.settled()
        self.page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
        self.page.get_by_text(sign).first.wait_for()
        self.settled()

    def maps(self) -> None:
        """Wait until the maps of the page Compare are drawn."""
        self.page.locator(".fc-compare[data-ready='true']").wait_for()

    def editor(self, pending: bool = False) -> dict:
        """What the map editor holds, once it can be painted and (unless `pending`) everything is acknowledged."""
        wait = "[data-ready='true']" if pending else "[data-ready='true'][data-pending='0']"
        self.page.locator(wait).wait_for()
        return self.page.evaluate("() => window.footprintsEditor.state")

    def pixel(self, unit: int) -> tuple[float, float]:
        """Where a point inside a unit lies in the window."""
        at = self.page.evaluate("unit => window.footprintsEditor.pixelOf(unit)", unit)
        return at["x"], at["y"]

    def activate(self, slot: int) -> None:
        """Make a neighbourhood the one that is painted."""
        self.page.evaluate("slot => window.footprintsEditor.editor.choose(slot)", slot)

    def click_unit(self, unit: int) -> None:
        """Click one unit with the tool that is chosen."""
        self.page.mouse.click(*self.pixel(unit))


@pytest.fixture
def watch(browser):
    made: list[Watch] = []

    def open_at(address: str) -> Watch:
        made.append(Watch(browser, address))
        return made[-1]

    yield open_at
    for one in made:
        one.page.close()
