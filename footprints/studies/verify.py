"""The proof of the store as a study, so that working out every hash again does not hold up the page.

asked : {"store": its file, "" for the server of the tenant (or of FOOTPRINTS_STORE), "tenant": "" without shared mode,
"areas": its folder of area files, "mark": of an event in a paper, or "", "head": the newest event when it was asked,
"asked": a word of this asking alone}. answer : the fields of `footprints.store.verify.Report`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from boundaries.area import Area
from footprints.access import in_force
from footprints.errors import PlanError
from footprints.store import open_store
from footprints.store.verify import Report

SEARCHES = False


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Look at everything in the store; in the child. Raises PlanError when it is stopped: half a proof is none."""

    def say(words: str) -> None:
        if should_stop():
            raise PlanError("The proof was stopped.", mend="Ask for it again when you want it.")
        tell(words, None)

    store = open_store(asked["store"] or _server(asked["tenant"]), areas=Path(asked["areas"]))
    try:
        return asdict(store.verify(asked["mark"], tell=say))
    finally:
        store.close()


def _server(tenant: str) -> str | None:
    """The address of a tenant's store by the settings, which this process reads itself; None without shared mode."""
    shared = in_force()
    return shared.tenants[tenant].store if shared and tenant in shared.tenants else None


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Report:
    """The report. Raises PlanError where it is not whole."""
    try:
        numbers = {name: int(answer[name]) for name in ("events", "versions", "decisions", "areas")}
        return Report(tuple(map(str, answer["faults"])), str(answer["head"]), **numbers)
    except (KeyError, TypeError, ValueError):
        raise PlanError("The report on the store is not whole.", mend="Ask for it again.") from None
