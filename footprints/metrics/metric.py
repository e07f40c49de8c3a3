"""What a measure is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from footprints.metrics.scene import Scene

Direction = Literal["higher", "lower", "none"]


@dataclass(frozen=True)
class Metric:
    """One measure: what it is called, how it is worked out, and which way is better.

    function : takes a `Scene`; level "neighbourhood" gives a value for each code, level "plan" one value; NaN or None
    where there is none. needs : keys of `registry.NEEDS`; data : which tables of the area it stands on. A rise of
    `version` marks older numbers as not comparable.
    """

    key: str
    version: int
    label: str
    unit: str
    level: Literal["neighbourhood", "plan"]
    direction: Direction
    formula: str
    function: Callable[[Scene], Any]
    needs: tuple[str, ...] = ()
    data: tuple[str, ...] = ("residents",)
