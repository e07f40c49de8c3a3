"""Where the tests find the real places, and small drawn grids for logic."""

from __future__ import annotations

from pathlib import Path

import pytest

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"


def place_folder(name: str) -> Path:
    """The folder of one real place; skips the test, saying so, where it is absent."""
    folder = PLACES / name
    if not folder.is_dir():
        pytest.skip(f"the real place {name} is not beside the project (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def cambridgeshire() -> Path:
    return place_folder("cambridgeshire-peterborough")


@pytest.fixture(scope="session")
def cornwall() -> Path:
    return place_folder("cornwall-scilly")


@pytest.fixture(scope="session")
def london() -> Path:
    return place_folder("inner-north-east-london")
