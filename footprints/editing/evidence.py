"""Why a line is where it is, and what moving an area across it would do, as the map editor is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries.barriers import border_shares
from footprints.belonging import Barrier, across_in_words, beside_in_words, tie
from footprints.editing.belongings import Belongings
from footprints.editing.desk import Desk
from footprints.errors import PlanError
from footprints.lines import line_between
from footprints.moving import called, moving
from footprints.plan import Plan


def evidence(
    desk: Desk,
    key: str,
    unit: int,
    beyond: int,
    across: int | None = None,
    known: Belongings | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> dict[str, Any]:
    """The evidence on a line of an option, at the area in position `unit` and towards the neighbourhood `beyond`.

    across : position of the area beyond the line whose tie with `unit` is told; by default the one with most border.
    known : communities, if they were found. barriers : lines with a name and a strength, EPSG:27700.
    Raises PlanError where the option, the area or the line is not there.
    """
    option, slots = desk.option(key)
    plan, codes, patients = option.plan, desk.area.codes, desk.patients
    if not 0 <= unit < len(codes):
        raise PlanError("This area is not in the place.", mend="Reload the page.")
    own, to = plan.where().get(codes[unit], ""), slots.code(beyond)
    if not own:
        raise PlanError(
            f"{desk.area.unit_label(codes[unit])}, is in no neighbourhood, so there is no line to explain.",
            mend="Assign it first.",
        )
    line, move = line_between(plan, patients, own, to), moving(plan, patients, [codes[unit]], to)
    position = desk.ground.position
    told = list(line.in_words)
    pair: dict[str, Any] | None = None
    other = _across(desk, plan, unit, to, across)
    communities = known.communities if known else None
    if other is not None:
        one, two = codes[unit], codes[other]
        joined = tie(patients, one, two, communities, _barrier(desk, one, two, barriers))
        pair = {
            "across": other,
            "named": [joined.here, joined.there],
            "strength": None if joined.strength is None else round(joined.strength, 4),
            "words": list(joined.in_words),
            "waiting": communities is None and joined.sharing is not None,
        }
    if known is not None and known.edges is not None:
        side = _side(plan, codes, own, to)
        words = across_in_words(known.edges, side, line.names, lambda n: called(desk.area, codes[n]))
        told += [words] if words else []
        if pair is not None and (words := beside_in_words(known.edges, unit, side, line.names)):
            pair["words"].append(words)
    return {
        "slots": [slots.slot(own), beyond],
        "names": list(line.names),
        "line": told,
        "pair": pair,
        "offers": [
            {
                "words": words,
                "unit": position[one.units[0]] if one else -1,
                "to": slots.slot(one.enters.code) if one else -1,
            }
            for words, one in zip(line.offers, line.contested or (None,), strict=False)
        ],
        "move": {"unit": unit, "to": beyond, "named": move.named, "words": list(move.in_words), "sound": move.sound},
    }


def _side(plan: Plan, codes: Sequence[str], own: str, to: str) -> np.ndarray:
    """(n,) 1 for units of `own`, 2 for those of `to`, 0 for others."""
    where = plan.where()
    return np.array([1 if where.get(u) == own else 2 if where.get(u) == to else 0 for u in codes], dtype=np.int64)


def _across(desk: Desk, plan: Plan, unit: int, to: str, wanted: int | None) -> int | None:
    """The area beyond the line beside `unit`: the wanted one, or that with most border; None where none is beside it.

    Raises PlanError for a wanted one that is not there.
    """
    where, codes, ground = plan.where(), desk.area.codes, desk.patients.ground
    km = {
        int(ends.sum()) - unit: float(length)
        for ends, length in zip(ground.ends, ground.km, strict=True)
        if unit in ends and where.get(codes[int(ends.sum()) - unit]) == to
    }
    if wanted is not None and wanted not in km:
        raise PlanError("These two areas do not touch across that line.", mend="Click the area again.")
    return wanted if wanted is not None else min(km, key=lambda n: (-km[n], n), default=None)


def _barrier(desk: Desk, one: str, other: str, barriers: gpd.GeoDataFrame | None) -> Barrier | None:
    """What lies along the border: a barrier of the files of the place, else one that was added to the map."""
    found = _between(desk.area.barriers, one, other)
    if not len(found) and barriers is not None and len(barriers):
        found = border_shares(desk.area.units, _between(desk.area.edges, one, other), barriers)
    if not len(found):
        return None
    row = found.iloc[0]
    return Barrier(str(row["name"]), float(row["share"]), float(row["strength"]))


def _between(table: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    return table[(table["from_code"] == min(one, other)) & (table["to_code"] == max(one, other))]
