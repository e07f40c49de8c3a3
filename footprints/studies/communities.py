"""The communities of a place as a study. asked : {"seed": number}. answer : {"divisions": [{"scale", "label", "names",
"moved"}, ...]}, from the smallest communities to the largest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.communities import SCALES, Communities, Division, communities_of, usual_of
from footprints.errors import PlanError
from footprints.flows import flows_of
from footprints.pieces import ground_of, split_pieces
from optimise.problem import Floats

SEARCHES = False


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Find them; in the child. A stop counts between two resolutions."""

    def say(words: str, fraction: float) -> None:
        if should_stop():
            raise PlanError("The search for communities was stopped.", mend="Switch the layer on again.")
        tell(words, fraction)

    found = communities_of(area, seed=int(asked["seed"]), on_progress=say)
    return {
        "divisions": [
            {"scale": d.scale, "label": d.label.tolist(), "names": list(d.names), "moved": d.moved.tolist()}
            for d in found.divisions
        ]
    }


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Communities:
    """The communities: each of every unit once, in one piece and named; its patients added up anew.

    Raises PlanError where they are not.
    """
    living, ground = flows_of(area).living_here, ground_of(area)
    try:
        given = [
            (
                int(row["scale"]), np.array(row["label"], dtype=np.int64), tuple(map(str, row["names"])),
                np.array(row["moved"], dtype=np.int64),
            )
            for row in answer["divisions"]
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"The communities cannot be read ({error}).", mend="Look for them again.") from None
    made = []
    for scale, label, names, moved in given:
        if label.shape != (len(area.codes),) or sorted(set(label.tolist())) != list(range(len(names))):
            raise PlanError("The communities are not of this place.", mend="Look for them again.")
        if split_pieces(label, ground).max(initial=-1) + 1 != len(names):
            raise PlanError("A community is in several pieces.", mend="Look for them again.")
        patients: Floats = np.bincount(label, weights=living, minlength=len(names)).astype(np.float64)
        made.append(Division(scale, label, names, patients, moved))
    if [division.scale for division in made] != sorted(SCALES):
        raise PlanError("The communities are of other resolutions than those asked for.", mend="Look for them again.")
    return Communities(tuple(made), usual_of(made), int(asked["seed"]))
