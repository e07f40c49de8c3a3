"""A study for tests, small enough to work by hand: how many people live in the units asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError


@dataclass(frozen=True)
class Tiny:
    people: int
    stopped: bool


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    total = 0
    for i, unit in enumerate(asked["units"]):
        tell(f"Counting {unit}", i / len(asked["units"]))
        total += int(area.units.loc[unit, "residents"])
    limit = time.monotonic() + float(asked.get("seconds", 0))
    while time.monotonic() < limit and not should_stop():
        time.sleep(0.02)
    return {"people": total, "stopped": should_stop()}


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Tiny:
    people = answer["people"]
    if people != int(area.units.loc[asked["units"], "residents"].sum()):
        raise PlanError("The people do not add up.", mend="Count again.")
    return Tiny(people, bool(answer["stopped"]))
