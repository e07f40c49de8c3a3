"""Stores for the tests: on SQLite and on PostgreSQL, with a drawn place, and ways to change what may not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from boundaries.area import Area
from footprints import edit
from footprints.plan import Plan
from footprints.store import Store, open_store
from footprints.store.records import Version
from tests.grids import grid_area
from tests.plans import drawn
from tests.servers import Server, server

__all__ = ["AREA", "PLAN", "Opened", "begun", "moved", "opened", "server", "store", "unguarded"]

AREA = grid_area(["AABB", "AABB"], residents=10_000, upper={"A": "A", "B": "B"})
PLAN = drawn(AREA, ["XXYY", "XXYY"])
UNITS = AREA.codes
X, Y = PLAN.codes
Opened = Callable[..., Store]


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """A function that opens one store, again and again (the same one in a test)."""
    where: str | Path = tmp_path / "own.sqlite"
    if request.param == "postgresql":
        running: Server = request.getfixturevalue("server")
        where = running.database()
    made: list[Store] = []

    def open_one(**more: object) -> Store:
        made.append(open_store(where, areas=tmp_path / "areas", create=True, **more))  # type: ignore[arg-type]
        return made[-1]

    yield open_one
    for one in made:
        one.close()


@pytest.fixture
def store(opened: Opened) -> Store:
    return opened()


def begun(store: Store, plan: Plan = PLAN, area: Area = AREA) -> Version:
    """A project with one plan, made by Ann."""
    project = store.new_project("Gridshire", area, "Ann")
    return store.new_plan(project.id, plan, area, "Ann", name="Option A")


def moved(plan: Plan, *moves: tuple[int, str]) -> Plan:
    """The plan with LSOAs (by position) in other neighbourhoods."""
    for unit, code in moves:
        plan = edit.move(plan, AREA, UNITS[unit], code)
    return plan


@contextmanager
def unguarded(store: Store) -> Iterator[Callable[..., None]]:
    """A way to run SQL as somebody would who wants to change what may not change."""
    with store.engine.connect() as connection:
        if store.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
            for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield lambda sql, **values: connection.execute(text(sql), values)
        connection.commit()
        connection.invalidate()
