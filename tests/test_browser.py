"""The app in Chromium with every other host out of reach: the whole job once, and hostile names on every page."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.hostile.names import PAYLOADS

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 60_000
# A unit of the map near whose middle a click surely falls, as screen position in the frame, with its code.
A_UNIT = """() => {
  const found = [];
  for (const layer of Object.values(window.map._layers)) {
    const feature = layer.feature;
    if (!feature || !layer.getBounds || !layer._containsPoint) continue;
    const middle = layer.getBounds().getCenter();
    if (!layer._containsPoint(window.map.latLngToLayerPoint(middle))) continue;
    const at = window.map.latLngToContainerPoint(middle), size = layer._pxBounds.getSize();
    const {code, label} = feature.properties;
    found.push({code, label, x: at.x, y: at.y, room: size.x * size.y});
  }
  return found.filter(u => u.code).sort((a, b) => b.room - a.room)[0];
}"""

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop and sockets are collected late.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


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

    def __init__(self, script: Path, cache: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = cache / f"{script.stem}-{self.port}.log"
        where = {"XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache), "FOOTPRINTS_CACHE": str(cache)}
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


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
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

    def _only(self, address: str):
        def decide(route) -> None:
            if route.request.url.startswith((address, "data:", "blob:")):
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

    def map(self, nth: int = 0):
        """The frame of a map once it is painted."""
        handle = self.page.locator("iframe[title*='folium']").nth(nth)
        handle.wait_for()
        frame = handle.element_handle().content_frame()
        frame.locator("#map_div[data-painted]").wait_for()
        return handle, frame

    def click_unit(self) -> dict:
        """Click the largest unit on the map; gives its code and label."""
        handle, frame = self.map()
        unit = frame.evaluate(A_UNIT)
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        self.page.mouse.click(box["x"] + unit["x"], box["y"] + unit["y"])
        self.page.get_by_text("Now in").wait_for()
        self.settled()
        return unit

    def painted(self) -> str:
        return self.map()[1].locator("#map_div").get_attribute("data-painted")

    def repainted(self, before: str) -> None:
        """Wait until the map shows something else than before."""
        self.map()[1].wait_for_function(
            "before => document.querySelector('#map_div').dataset.painted !== before", arg=before
        )


@pytest.fixture
def watch(browser):
    made: list[Watch] = []

    def open_at(address: str) -> Watch:
        made.append(Watch(browser, address))
        return made[-1]

    yield open_at
    for one in made:
        one.page.close()


def check(folder: Path, cache: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "footprints.cli", "check", str(folder), "--source", "demo"],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache), "FOOTPRINTS_CACHE": str(cache),
             "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )  # fmt: skip


def download(watch: Watch, folder: Path) -> Path:
    """Take everything from the Export page; gives the folder it was unpacked into."""
    watch.go("Export", "Download everything")
    with watch.page.expect_download() as got:
        watch.page.get_by_role("button", name="Download everything").click()
    packed = folder / "everything.zip"
    got.value.save_as(packed)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "plan")
    return folder / "plan"


def test_open_propose_move_compare_download_check(watch, cache, tmp_path):
    server = Server(ROOT / "app.py", cache)
    try:
        seen = watch(server.address)
        page = seen.page
        page.goto(server.address)
        page.locator(".st-key-plan_ready").wait_for(timeout=120_000)
        seen.settled()
        seen.map()

        # The first option stays as proposed; a copy of it is worked on.
        page.get_by_role("button", name="Duplicate").click()
        page.get_by_text("Proposal (2)").first.wait_for()
        seen.settled()
        before = seen.painted()
        unit = seen.click_unit()
        assert page.get_by_label("Area to move").input_value() == unit["label"]
        page.get_by_role("button", name="Move this area").click()
        page.get_by_role("status").filter(has_text="Moved").wait_for()
        seen.repainted(before)
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("status").filter(has_text="undone").wait_for()
        seen.settled()
        assert seen.click_unit()["code"] == unit["code"]
        page.get_by_role("button", name="Move this area").click()
        page.get_by_role("status").filter(has_text="Moved").wait_for()

        seen.go("Compare", "Measures of the whole plan")
        assert "in 1 LSOA" in page.locator(".fp-note").first.inner_text()
        seen.map(0)
        seen.map(1)

        edited = download(seen, tmp_path / "edited")
        assert json.loads((edited / "plan.json").read_text(encoding="utf-8"))["name"] == "Proposal (2)"
        page.get_by_test_id("stSidebar").get_by_text("Proposal", exact=True).click()
        page.get_by_role("heading", name="Proposal", exact=True).wait_for()
        seen.settled()
        proposed = download(seen, tmp_path / "proposed")
        side = page.get_by_test_id("stSidebar")
        side.get_by_text("Open a saved option").click()
        for file, name in (("plan.json", "Proposal (2) (2)"), ("lsoa_lookup.csv", "lsoa_lookup")):
            side.locator("input[type=file]").set_input_files(edited / file)
            side.get_by_text(name, exact=True).wait_for()
            seen.settled()
        side.locator("input[type=file]").set_input_files(proposed / "metrics.csv")
        side.get_by_role("alert").wait_for()
        seen.go("Propose", "What will be done")
        seen.go("Data", "Do the files add up?")

        assert seen.elsewhere == []
        assert [c for c in seen.complaints if "Content Security Policy" in c or "Error" in c] == []
    finally:
        server.stop()
    assert (proposed / "certificate.json").is_file()
    assert not (edited / "certificate.json").exists()
    fine = check(proposed, cache)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    named = check(edited, cache)
    assert named.returncode in (0, 1), named.stderr
    first, second = (dict(json.loads((f / "plan.json").read_text("utf-8"))["assignment"]) for f in (proposed, edited))
    assert [code for code in first if first[code] != second[code]] == [unit["code"]]


def test_names_from_files_never_run(watch, cache):
    server = Server(ROOT / "tests" / "hostile" / "app.py", cache)
    try:
        stranger = urllib.request.Request(server.address, headers={"Host": "elsewhere.invalid"})  # noqa: S310
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(stranger, timeout=5)  # noqa: S310
        seen = watch(server.address)
        page = seen.page
        # A page's own address, opened first of all, comes in the same frame as from the bar.
        page.goto(f"{server.address}/data")
        page.get_by_text("Shelf of options").wait_for()
        page.get_by_text("Do the files add up?").wait_for()
        page.goto(server.address)
        page.locator(".st-key-plan_ready").wait_for()
        seen.settled()
        handle, frame = seen.map()
        printed = " ".join(frame.locator(".fp-label-text").all_inner_texts())
        assert "<img src=x" in printed
        box = handle.bounding_box()
        # Every tooltip of units and practices is shown once.
        for spot in frame.evaluate(
            "() => Object.values(window.map._layers).filter(l => l.feature && l.feature.properties.code).map(l => "
            "window.map.latLngToContainerPoint(l.getLatLng ? l.getLatLng() : l.getBounds().getCenter()))"
        ):
            page.mouse.move(box["x"] + spot["x"] + 9, box["y"] + spot["y"] + 9)
            page.mouse.move(box["x"] + spot["x"], box["y"] + spot["y"])
            frame.locator(".leaflet-tooltip").first.wait_for()
        seen.click_unit()
        page.get_by_role("button", name="Move this area").click()
        page.get_by_role("status").filter(has_text="Moved").wait_for()
        page.get_by_placeholder("Find a place").fill("unit")
        page.get_by_placeholder("Find a place").press("Enter")
        page.locator(".st-key-find_hits button").first.click()
        seen.settled()
        for title, sign in (
            ("Data", "Do the files add up?"),
            ("Propose", "What will be done"),
            ("Compare", "Measures of the whole plan"),
            ("Export", "Download everything"),
        ):
            seen.go(title, sign)
        for expander in page.get_by_test_id("stExpander").all():
            expander.click()
        seen.settled()
        ran = [f.evaluate("() => window.top.HACKED || window.HACKED || 0") for f in page.frames]
        assert not any(ran)
        assert page.title() in ("Footprints", "Export")
        assert seen.elsewhere == []
        assert len(PAYLOADS) >= 10
    finally:
        server.stop()
