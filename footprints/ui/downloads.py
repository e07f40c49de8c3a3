"""Files to take away: the option's own files, and all of them as one zip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from boundaries.area import Area
from footprints.exchange import plan_files, zip_bytes
from footprints.plan import Plan
from optimise.solution import Solution


@dataclass(frozen=True)
class Bundle:
    """Everything an option gives: file name -> bytes, and the same as one zip. `stem` is a safe name for the zip."""

    files: dict[str, bytes]
    zipped: bytes
    stem: str


def bundle(plan: Plan, area: Area, solution: Solution | None, confidence: Mapping[str, float] | None = None) -> Bundle:
    """The plan in every format. `solution` goes along only while it speaks of this very plan; confidence : for the
    lookup, where it was worked out."""
    files = plan_files(plan, area, solution=solution, confidence=confidence)
    return Bundle(files, zip_bytes(files), _stem(plan))


def _stem(plan: Plan) -> str:
    """A file name of plain letters that says which plan this is."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{plan.area_name} {plan.name}".casefold()).strip("-")
    return f"footprints-{words[:60].strip('-') or 'plan'}-{plan.id}"
