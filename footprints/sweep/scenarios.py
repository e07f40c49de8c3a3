"""Scenarios of a sweep: criteria under a name, and what the places are.

{"schema": "footprints-scenarios/1", "scenarios": [
    {"name": "As today"},
    {"name": "Smaller", "criteria": {"target": 40000, "minimum": 25000, "maximum": 50000}},
    {"name": "New councils", "by": "new_councils.csv", "criteria": {"within": []}}]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footprints.exchange.folder import check_name
from optimise.criteria import Criteria
from optimise.errors import CriteriaError

SCHEMA = "footprints-scenarios/1"
_KNOWN = ("name", "criteria", "by")


@dataclass(frozen=True)
class Scenario:
    """What is asked of every place. by : a level of the source, or the path of a lookup file."""

    name: str
    criteria: Criteria
    by: str

    @property
    def folder(self) -> str:
        """A name for its folder."""
        return check_name(re.sub("[^a-z0-9]+", "-", self.name.casefold()).strip("-")[:60] or "scenario")


def read_scenarios(file: Path, base: Criteria, by: str) -> tuple[Scenario, ...]:
    """The scenarios of a file; what one leaves out is as in `base` and `by`. Files that it names lie beside it.

    Raises CriteriaError naming the scenario and the entry.
    """
    try:
        document = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise CriteriaError(f"{file} cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CriteriaError(f"{file.name} is not JSON ({error}).") from None
    listed = document.get("scenarios") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA or not isinstance(listed, list):
        raise CriteriaError(
            f"{file.name} is no file of scenarios.",
            mend=f'Write {{"schema": "{SCHEMA}", "scenarios": [{{"name": "As today"}}]}}.',
        )
    made = tuple(_scenario(entry, n, file, base, by) for n, entry in enumerate(listed, start=1))
    if not made:
        raise CriteriaError(f"{file.name} holds no scenario.")
    folders = [one.folder for one in made]
    twice = sorted({one.name for one in made if folders.count(one.folder) > 1})
    if twice:
        raise CriteriaError(
            f"{file.name}: scenarios have one name but for signs: {', '.join(twice)}.", mend="Give each its own."
        )
    return made


def _scenario(entry: Any, number: int, file: Path, base: Criteria, by: str) -> Scenario:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        raise CriteriaError(f"{file.name}: scenario {number} has no name.")
    name = entry["name"].strip()
    unknown = sorted(set(entry) - set(_KNOWN))
    if unknown:
        raise CriteriaError(
            f"{file.name}, “{name}”: {', '.join(unknown)} is not known.", mend=f"Known are {', '.join(_KNOWN)}."
        )
    asked = entry.get("criteria", {})
    if not isinstance(asked, Mapping):
        raise CriteriaError(f"{file.name}, “{name}”: criteria must be an object.")
    known = base.to_json()
    weights = asked.get("weights", {})
    if isinstance(weights, Mapping):
        asked = {**asked, "weights": {**known["weights"], **weights}}
    try:
        criteria = Criteria.from_json({**known, **asked})
    except CriteriaError as error:
        raise CriteriaError(f"{file.name}, “{name}”: {error.message}", mend=error.mend) from None
    places = entry.get("by", by)
    if not isinstance(places, str) or not places.strip():
        raise CriteriaError(f"{file.name}, “{name}”: “by” must name a level or a lookup file.")
    return Scenario(name, criteria, str(file.parent / places) if "." in places else places)
