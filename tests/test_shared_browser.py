"""Shared mode as people use it: two of one organisation at two processes of the app, on PostgreSQL, and one of another.

Ann draws and keeps the lists, Cleo draws and is the clerk, Bob is of Otherton. What the processes share is what
docs/deploy.md says: one folder of data, one table of calculations, and a database for each organisation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from footprints.exchange import read_plan
from footprints.store import open_store
from tests.browsing import PATIENCE_MS, ROOT
from tests.planners import AT_LINES, Planner, draw_apart, put_together, save_both
from tests.servers import Server, server
from tests.shared_app import Encrypted, setting

__all__ = ["server"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
APP = ROOT / "tests" / "drawn_app" / "district_app.py"
PEOPLE = {
    "ann": ("Ann", ["camford-planners", "camford-admins"]),
    "cleo": ("Cleo", ["camford-planners", "camford-clerks"]),
    "bob": ("Bob", ["otherton-planners", "otherton-clerks", "otherton-admins"]),
}


@dataclass(frozen=True)
class Place:
    """Two processes of the app, and where the versions of Camford and of Otherton lie."""

    first: Encrypted
    second: Encrypted
    camford: str
    otherton: str
    provider: str
    areas: Path


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An identity provider on this machine that knows the three."""
    mock = pytest.importorskip("oidc_provider_mock")
    pytest.importorskip("authlib")
    users = [
        mock.User(
            sub=sub,
            claims={
                "email": f"{sub}@{groups[0].split('-')[0]}.test", "email_verified": True, "name": name,
                "groups": groups,
            },
        )
        for sub, (name, groups) in PEOPLE.items()
    ]  # fmt: skip
    with mock.run_server_in_thread(user_claims=users) as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture(scope="module")
def place(cache: Path, provider: str, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("shared")
    data = folder / "data"
    data.mkdir()
    stores = {"camford": server.database(), "otherton": server.database()}
    told = setting(
        folder / "settings", provider, stores, FOOTPRINTS_JOBS=server.database(), DRAWN_DISTRICT="Kingsmerrow"
    )
    first = told.start(APP, cache, data)
    second = told.start(APP, cache, data)
    yield Place(first, second, **stores, provider=provider, areas=data / "tenants" / "camford" / "areas")
    first.stop()
    second.stop()


class Person(Planner):
    """Somebody who signed in, in a browser of their own."""

    def __init__(self, browser: Any, app: Encrypted, place: Place, sub: str) -> None:
        self.elsewhere, self.complaints, self.asked = [], [], []
        self.app, self._ways = app, self._only(app.address, place.provider)
        self.context = browser.new_context(viewport={"width": 1366, "height": 768}, ignore_https_errors=True)
        self.open()
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.get_by_role("button", name=sub).first.click()
        self.page.get_by_text(f"Signed in as {PEOPLE[sub][0]}").wait_for()
        self.elsewhere.clear()  # the page of the provider, which is not ours, asks for a style sheet of another host
        self.complaints.clear()
        self.editor()
        self.settled()

    def open(self) -> None:
        """The app, in a new tab."""
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.route("**/*", self._ways)
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(self.app.address)

    @property
    def cookie(self) -> str:
        return next(str(one["value"]) for one in self.context.cookies() if one["name"] == "_streamlit_user")

    def calculations(self) -> str:
        """What the list of calculations says, opened for it."""
        self.page.get_by_test_id("stPopover").filter(has_text="Calculations").click()
        shown = self.page.get_by_test_id("stPopoverBody")
        shown.get_by_text("They go on when this page is closed").wait_for()
        self.settled()
        return str(shown.inner_text())


def until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return true()


def at_work(*servers: Encrypted) -> list[psutil.Process]:
    """The processes that work on the jobs of these."""
    return [child for one in servers for child in psutil.Process(one.process.pid).children(recursive=True)]


@pytest.fixture
def people(place: Place, browser: Any) -> Iterator[tuple[Person, Person]]:
    ann = Person(browser, place.first, place, "ann")
    cleo = Person(browser, place.second, place, "cleo")
    yield ann, cleo
    for name, one in (("ann", ann), ("cleo", cleo)):
        if not one.page.is_closed():
            one.look(f"last-of-{name}")
        one.context.close()


def test_an_organisation_agrees_and_another_sees_nothing_of_it(
    place: Place, people: tuple[Person, Person], browser: Any, tmp_path: Path
) -> None:
    ann, cleo = people
    ann.look("signed-in")

    # A proposal goes on without its page and is found again; a colleague sees that it runs, and its owner stops it.
    ann.go("Propose", "What will be done")
    ann.page.get_by_role("button", name="Propose neighbourhoods").click()
    ann.page.get_by_text("Working on a proposal").first.wait_for()
    assert until(lambda: bool(at_work(place.first, place.second)), 30)
    for child in at_work(place.first, place.second):
        child.suspend()  # so that it lasts as long as this takes
    ann.page.close()
    cleo.go("Versions", "Not saved as a version yet")
    told = cleo.calculations()
    cleo.look("a-colleague-of-hers")
    assert "Proposal" in told and "ann@camford.test" in told.replace("\u2060", "")
    assert "Stop," not in told and "Open" not in told, "only who asked for it stops and opens it"
    assert cleo.page.locator("a[href^='mailto:']").count() == 0
    cleo.page.keyboard.press("Escape")
    ann.open()
    ann.page.get_by_text("Working on a proposal").first.wait_for()
    assert "Stop, and keep what there is" in ann.calculations()
    ann.look("found-again")
    ann.page.get_by_test_id("stPopoverBody").get_by_role("button", name="Stop, and keep").click()
    assert until(lambda: not at_work(place.first, place.second), 15), "the cores are free again"
    ann.look("stopped")
    ann.page.keyboard.press("Escape")
    ann.page.get_by_text("Working on a proposal").first.wait_for(state="hidden")
    ann.to_map()

    # Both go on from v1; the second save is refused, shown, and put together with the first.
    lines = ann.page.evaluate(AT_LINES)
    ann.go("Versions", "Not saved as a version yet")
    ann.save("First draft", "Saved as v1", name="Option A")
    draw_apart(ann, cleo, lines)
    store = open_store(place.camford, areas=place.areas)
    save_both(ann, cleo, store, "orrindale/option-a")
    put_together(cleo, "saved as v3")
    assert store.version("orrindale/option-a@3").author == "cleo@camford.test"

    # Ann keeps the lists and proposes; Cleo records the meetings, marks it agreed, and then final.
    cleo.part("Boards and people", "Who may do what")
    cleo.look("boards-of-a-clerk")
    cleo.page.get_by_text("These lists are kept by an administrator").wait_for()
    assert cleo.page.get_by_role("button", name="Put these on the list").count() == 0, "nor offered what she may not"
    ann.go("Map", "Neighbourhoods")
    ann.go("Versions", "Plans and their versions")
    ann.put_bodies_on_the_list()
    ann.propose("Option A, v3")
    ann.page.get_by_text("What a meeting did is recorded by a clerk").wait_for()
    assert ann.page.get_by_role("button", name="Record it").count() == 0
    assert ann.page.get_by_role("button", name="Mark as agreed").count() == 0
    cleo.agreement_of("Option A, v3")
    cleo.record_all(clerk="")
    cleo.press("Mark as agreed", "is agreed from")
    cleo.look("agreed")
    cleo.record_all(clerk="")
    cleo.press("Mark as final", "is final from")
    cleo.look("final")
    assert {one.clerk for one in store.decisions("orrindale/option-a@3")} == {"cleo@camford.test"}

    # What is taken away, and the proof.
    address = cleo.take_away("Option A, v3", tmp_path / "v3")
    assert read_plan(tmp_path / "v3") == store.version("orrindale/option-a@3").decision
    told = json.loads((tmp_path / "v3" / "record.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in told["statuses"]] == ["proposed", "agreed", "final"]
    cleo.prove()
    kept = {"FOOTPRINTS_AREAS": str(place.areas)}
    proven = subprocess.run(
        [sys.executable, "-m", "footprints.cli", "verify", "--store", place.camford, "--head", told["event"]],
        cwd=ROOT, env={**os.environ, **kept}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert proven.returncode == 0, proven.stdout + proven.stderr
    store.close()

    # Bob of Otherton, and nobody.
    bob = Person(browser, place.second, place, "bob")
    bob.look("bob")
    bob.go("Versions", "Not saved as a version yet")
    bob.look("bobs-versions")
    assert "Option A" not in bob.page.inner_text("body") and "camford" not in bob.page.inner_text("body").casefold()
    assert bob.page.get_by_test_id("stPopover").filter(has_text="Calculations").count() == 0
    tokens = {url.split("/editor/")[1].split("/")[0] for url in cleo.asked if "/catalogue" in url}
    assert address and tokens
    for path in (address, *(f"/editor/{token}/catalogue" for token in tokens)):
        assert place.second.ask(path, cleo.cookie).status == 200
        assert place.second.ask(path, bob.cookie).status == 410
        assert place.second.ask(path).status == 401
    bob.context.close()
    for one in (ann, cleo, bob):
        assert one.elsewhere == [] and [c for c in one.complaints if "Content Security" in c] == []
