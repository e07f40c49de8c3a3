"""Shared mode as it runs: a server of its own with TLS, an identity provider on this machine, and two organisations.

Ann (a planner) and Vic (a viewer) are of Camford, Bob (a planner) of Otherton. Everything that Ann's page is told the
address of is asked for by everybody else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from starlette.routing import Mount
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from footprints.access import Shared
from footprints.ui import door, who
from footprints.ui import server as own_server
from tests.shared_app import NAME, Encrypted, Tab, setting

APP = Path(__file__).parent / "drawn_app" / "app.py"
# Every address of ours that leads to something of somebody's. A new route has to be put here, or this file fails.
TOKEN = {
    "catalogue": "GET", "open": "GET", "repairs": "GET", "find": "GET", "patients": "GET", "evidence": "GET",
    "belonging": "GET", "certainty": "GET", "regroup": "GET POST", "edit": "POST", "regroup/stop": "POST",
    "overlays": "GET POST", "overlays/{key}": "GET", "overlays/{key}/remove": "POST",
    "tiles/{key}/{zoom:int}/{x:int}/{y:int}": "GET",
}  # fmt: skip
OTHERS = {"/editor/geometry/{name}", "/downloads/{ticket}"}
FREE = {"/assets/editor/{version}", "/assets/leaflet"}
# What Streamlit serves to anybody: its own page, the way in and out, and the socket on which the sign-in page is drawn.
STREAMLIT_FREE = {
    "/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/auth/login", "/auth/logout", "/oauth2callback", "",
}  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """An identity provider on this machine that knows Ann."""
    mock = pytest.importorskip("oidc_provider_mock")
    pytest.importorskip("authlib")
    claims = {"email": "ann@camford.test", "email_verified": True, "name": "Ann", "groups": ["camford-planners"]}
    with mock.run_server_in_thread(user_claims=[mock.User(sub="ann", claims=claims)]) as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture(scope="module")
def app(cache: Path, provider: str) -> Iterator[Encrypted]:
    stores = {key: f"postgresql://f@127.0.0.1:1/{key}" for key in ("camford", "otherton")}
    made = setting(cache / "shared", provider, stores).start(APP, cache)
    yield made
    made.stop()


@dataclass(frozen=True)
class Ann:
    """What Ann's page was told: her cookie, the name of her desk, and the address of a file."""

    cookie: str
    token: str
    geometry: str
    download: str


@pytest.fixture(scope="module")
def ann(browser: Any, app: Encrypted) -> Iterator[Ann]:
    """Ann signs in by the identity provider, paints, and opens the Export page."""
    from axe_playwright_python.sync_playwright import Axe

    tab = Tab(browser, app)
    page = tab.page
    page.get_by_role("button", name="Sign in", exact=True).wait_for()
    tab.settled()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="ann").first.click()
    tab.mapped()
    page.get_by_text("Signed in as Ann").wait_for()
    page.evaluate("() => window.footprintsEditor.editor.choose(0)")
    at = page.evaluate("() => window.footprintsEditor.pixelOf(60)")
    page.mouse.click(at["x"], at["y"])
    tab.mapped()
    geometry = next(url for url in tab.asked if "/editor/geometry/" in url).removeprefix(app.address)
    tab.settled()
    page.get_by_test_id("stTopNavLink").filter(has_text="Export").click()
    link = page.get_by_role("link", name="Download everything")
    address = link.get_attribute("href")
    with page.expect_download() as got:
        link.click()
    assert got.value.suggested_filename.endswith("-partners.zip")
    yield Ann(tab.cookie(), tab.token, geometry, address)
    tab.context.close()


@pytest.fixture(scope="module")
def others(app: Encrypted) -> dict[str, str]:
    """Everybody who is not Ann, and how she would be seen after the end of her sign-in."""
    return {
        "nobody": "",
        "forged": create_signed_value("x" * 40, "_streamlit_user", json.dumps({"sub": "ann"})).decode(),
        "ended": app.cookie("ann@camford.test", "camford-planners", minutes=-1),
        "elsewhere": app.cookie("ann@camford.test", "camford-planners", origin="https://other.test"),
        "no role": app.cookie("nan@camford.test", "everybody"),
        "Otherton": app.cookie("bob@otherton.test", "otherton-planners"),
        "a viewer": app.cookie("vic@camford.test", "camford-board"),
        "a colleague": app.cookie("cat@camford.test", "camford-planners"),
    }


EXPECTED = {"nobody": 401, "forged": 401, "ended": 401, "elsewhere": 401, "no role": 403}


def own_paths() -> dict[str, str]:
    """Path -> methods of every route of ours."""
    found: dict[str, set[str]] = {}
    for route in own_server.routes():
        methods = set() if isinstance(route, Mount) else set(route.methods or ()) - {"HEAD"}  # type: ignore[attr-defined]
        found.setdefault(route.path, set()).update(methods)  # type: ignore[attr-defined]
    return {path: " ".join(sorted(methods)) for path, methods in found.items()}


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "1", path)


def test_no_route_is_forgotten_here() -> None:
    found = own_paths()
    token = {path.removeprefix("/editor/{token}/"): how for path, how in found.items() if "{token}" in path}
    assert token == TOKEN
    assert {path for path in found if "{token}" not in path} == OTHERS | FREE
    assert all(door.OPEN.fullmatch(filled(path) + "/x") for path in FREE)


def test_of_what_streamlit_serves_only_its_own_page_is_free(app: Encrypted) -> None:
    paths = {getattr(route, "path", "") for route in create_streamlit_routes(Mock())}
    assert paths >= {"/media/{file_id:path}", "/_stcore/metrics", "/_stcore/upload_file/{session_id}/{file_id}"}
    assert {path for path in paths if door.OPEN.fullmatch(filled(path) or "/")} == STREAMLIT_FREE
    for path in sorted(paths - STREAMLIT_FREE):
        assert app.ask(filled(path)).status == 401, path


@pytest.mark.parametrize("person", [*EXPECTED, "Otherton", "a viewer", "a colleague"])
def test_nobody_else_reaches_what_ann_was_told_the_address_of(
    app: Encrypted, ann: Ann, others: dict[str, str], person: str
) -> None:
    said = []
    for path, methods in TOKEN.items():
        for method in methods.split():
            answer = app.ask(f"/editor/{ann.token}/{filled(path)}", others[person], method)
            role = 403 if person == "a viewer" and method == "POST" else 410
            assert answer.status == EXPECTED.get(person, role), (path, method, answer.text[:200])
            said.append(answer.text)
    found = app.ask(ann.download, others[person])
    assert found.status == EXPECTED.get(person, 410)
    seen = app.ask(ann.geometry, others[person])
    assert seen.status == EXPECTED.get(person, 404 if person == "Otherton" else 200)
    assert not any("ann@" in one for one in (*said, found.text))
    if person == "ended":
        assert "Your sign-in ended at" in said[0] and json.loads(said[0])["mend"] == "Sign in again."


def test_ann_reaches_her_own(app: Encrypted, ann: Ann) -> None:
    file = app.ask(ann.download, ann.cookie)
    assert file.status == 200 and file.headers["cache-control"] == "no-store"
    assert file.headers["content-disposition"].startswith('attachment; filename="footprints-')
    opened = app.ask(f"/editor/{ann.token}/catalogue", ann.cookie)
    assert opened.status == 200 and opened.headers["strict-transport-security"]


def test_a_viewer_looks_and_changes_nothing_by_any_address(
    browser: Any, app: Encrypted, others: dict[str, str]
) -> None:
    cookie = others["a viewer"]
    tab = Tab(browser, app, cookie)
    tab.mapped()
    tab.page.get_by_text("Changing plans is for a planner").wait_for()
    assert tab.page.get_by_role("button", name="Duplicate").count() == 0
    before = app.ask(f"/editor/{tab.token}/open?option=1&client=looking-01", cookie)
    for path, methods in TOKEN.items():
        if "POST" in methods:
            answer = app.ask(f"/editor/{tab.token}/{filled(path)}", cookie, "POST")
            assert answer.status == 403 and "for a planner, who draws" in answer.text, path
    assert app.ask("/_stcore/upload_file/1/1", cookie, "PUT").status == 403
    assert app.ask(f"/editor/{tab.token}/open?option=1&client=looking-01", cookie).text == before.text
    tab.context.close()


def test_other_names_of_the_server_are_refused(app: Encrypted) -> None:
    for host in ("evil.test", "127.0.0.1", f"{NAME}.evil.test"):
        assert app.ask("/", host=host).status == 400
    assert app.ask("/").status == 200


def test_a_connection_that_did_not_come_encrypted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "in_force", Shared)
    monkeypatch.setattr(who, "in_force", Shared)
    assert {path: answer(path, "http") for path in ("/", "/downloads/1", "/_stcore/health")} == {
        "/": 403, "/downloads/1": 403, "/_stcore/health": 200,
    }  # fmt: skip
    assert answer("/", "https") == 200 and answer("/downloads/1", "https") == 401
    assert answer("/_stcore/stream", "ws", "websocket") == 1008 and answer("/_stcore/stream", "wss", "websocket") == 200


def test_without_shared_mode_other_computers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "in_force", lambda: None)
    assert answer("/", "http", peer="127.0.0.1") == 200
    assert answer("/", "http", peer="192.168.1.4") == 403


def answer(path: str, scheme: str, kind: str = "http", peer: str = "127.0.0.1") -> int:
    """What the door makes of a request: its own status, or 200 where it lets it in."""
    said: list[int] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        said.append(200)

    async def send(message: Any) -> None:
        said.extend(message[key] for key in ("status", "code") if key in message)

    scope = {"type": kind, "path": path, "scheme": scheme, "method": "GET", "headers": [], "client": (peer, 1)}
    coroutine = door.Door(inside)(scope, None, send)
    with pytest.raises(StopIteration):  # it waits for nothing; the browser's loop runs in this thread already
        coroutine.send(None)
    return said[0]


def test_who_signs_out_is_out_in_every_tab(browser: Any, app: Encrypted) -> None:
    cookie = app.cookie("dan@camford.test", "camford-planners")
    tab = Tab(browser, app, cookie)
    tab.mapped()
    asked = f"/editor/{tab.token}/catalogue"
    assert app.ask(asked, cookie).status == 200
    tab.page.get_by_role("button", name="Sign out").click()
    tab.page.wait_for_url(lambda url: not url.startswith(app.address))  # the provider's own way out
    told = app.ask(asked, cookie)
    assert told.status == 401 and "You signed out." in told.text
    tab.context.close()
