"""Where the tests find the real places, and small drawn grids for logic."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from footprints.editing import desks
from footprints.jobs import runner
from tests.browsing import browser, cache, watch

__all__ = ["browser", "cache", "watch"]

if "PYTEST_XDIST_WORKER" in os.environ:  # beside another test the clock says nothing about an example
    settings.register_profile("beside", deadline=None)
    settings.load_profile("beside")

# Begun first, so that at the end nobody waits for one of them alone; what is not named comes after.
LONGEST = (
    "test_exact", "test_determinism", "test_cli_places", "test_shared_browser", "test_browser", "test_versions_browser",
    "test_accessible", "test_editor", "test_editor_layers", "test_practices_browser", "test_search", "test_shared",
    "test_sweep", "test_solve", "test_review", "test_store", "test_belonging_browser", "test_curve", "test_map_html",
    "test_prices", "test_next_quarter_browser", "test_branching", "test_store_survives",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file together and in its own order."""
    place = {name: n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONGEST)))


PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"


def place_folder(name: str) -> Path:
    """The folder of one real place; skips the test, saying so, where it is absent."""
    folder = PLACES / name
    if not folder.is_dir():
        pytest.skip(f"the real place {name} is not beside the project (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def fresh_desks(_kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test finds the desks of another, nor those of whoever runs the tests."""
    monkeypatch.setenv("FOOTPRINTS_DATA", str(_kept / uuid.uuid4().hex))
    yield
    desks.close_all()
    runner.close_all()
    shown = sys.modules.get("footprints.ui.state")
    if shown is not None:
        shown._LAST.clear()


@pytest.fixture(scope="session")
def cambridgeshire() -> Path:
    return place_folder("cambridgeshire-peterborough")


@pytest.fixture(scope="session")
def cornwall() -> Path:
    return place_folder("cornwall-scilly")


@pytest.fixture(scope="session")
def london() -> Path:
    return place_folder("inner-north-east-london")
