"""Lookups of other geographies for the pack: MSOA, ward, output area and postcode to neighbourhood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from boundaries.area import Area
from footprints.plan import Plan
from footprints.stamp import HEADER, Stamp
from footprints.text import csv_bytes, csv_line

if TYPE_CHECKING:
    import pandas as pd


def level_lookup(plan: Plan, area: Area, key: str, stamp: Stamp) -> bytes:
    """`msoa_lookup.csv`, `ward_lookup.csv`: a row for each group and each neighbourhood that holds a part of it.

    share : residents of the group here / all of its residents in the area, by whole LSOAs; nests : whether all of it is
    here. The rows of a group add up to its residents. A blank neighbourhood is of LSOAs in none.
    """
    level, where, name = area.level(key), plan.where(), {n.code: n.name for n in plan.neighbourhoods}
    people: dict[tuple[str, str], list[int]] = {}
    for unit, group, residents in zip(area.codes, level.assignment, area.units["residents"].tolist(), strict=True):
        held = people.setdefault((group, where.get(unit, "")), [0, 0])
        held[0] += int(residents)
        held[1] += 1
    total: dict[str, int] = {}
    parts: dict[str, int] = {}
    for (group, _), (residents, _) in people.items():
        total[group] = total.get(group, 0) + residents
        parts[group] = parts.get(group, 0) + 1
    rows = (
        (
            group, level.names.get(group, "") if group else "none known", code, name.get(code, ""), residents, lsoas,
            round(residents / total[group], 4) if total[group] else None, parts[group] == 1, level.basis,
            *stamp.cells(plan),
        )
        for (group, code), (residents, lsoas) in sorted(people.items())
    )  # fmt: skip
    year = re.search(r"\b20(\d\d)\b", level.label)
    column = level.column or {"msoa": "MSOA21CD", "ward": f"WD{year[1] if year else ''}CD"}.get(key, f"{key.upper()}CD")
    header = (
        column, f"{column[:-2]}NM", "neighbourhood_code", "neighbourhood_name", "residents", "lsoas", "share", "nests",
        "basis", *HEADER,
    )  # fmt: skip
    return csv_bytes(header, rows)


def oa_lookup(plan: Plan, oas: pd.Series[str], stamp: Stamp) -> bytes:
    """`oa_lookup.csv`: output areas (index) by the neighbourhood of their LSOA; they nest exactly."""
    where, name = plan.where(), {n.code: n.name for n in plan.neighbourhoods}
    cells = stamp.cells(plan)
    rows = ((str(oa), lsoa, (code := where.get(lsoa, "")), name.get(code, ""), *cells) for oa, lsoa in oas.items())
    return csv_bytes(("OA21CD", "LSOA21CD", "neighbourhood_code", "neighbourhood_name", *HEADER), rows)


def postcode_lookup(plan: Plan, area: Area, stamp: Stamp) -> bytes | None:
    """`postcode_lookup.csv`: every postcode of the area; None where no postcodes are loaded.

    The LSOA is that of the postcode directory, else (basis "code-point point in polygon") the one in which its point
    lies. terminated : when it ended, as the directory has it; blank while it is in use, or where that is not known.
    """
    table = area.postcodes
    if not len(table):
        return None
    blank = np.full(len(table), "", dtype=object)
    said, ended, basis = (table[key].to_numpy(dtype=object) if key in table else blank for key in _MORE)
    lsoa = np.where(said != "", said, table["unit"].to_numpy(dtype=object))
    known = set(area.codes)
    where, name = plan.where(), {n.code: n.name for n in plan.neighbourhoods}
    header = ("postcode", "LSOA21CD", "neighbourhood_code", "neighbourhood_name", "basis", "terminated", *HEADER)
    cells, rests, lines = stamp.cells(plan), dict[tuple[str, str, str], str](), [csv_line(header)]
    for key, *rest in zip(table.index.tolist(), lsoa.tolist(), basis.tolist(), ended.tolist(), strict=True):
        unit, how, when = rest
        if unit not in known:
            continue
        code = where.get(unit, "")
        tail = rests.get((unit, how, when))  # the same for a whole street: 100,000 rows in a moment
        if tail is None:
            tail = rests[unit, how, when] = csv_line((unit, code, name.get(code, ""), how, when, *cells))
        lines.append(f"{key[:-3]} {key[-3:]},{tail}")
    return "".join(f"{line}\n" for line in lines).encode()


_MORE = ("lsoa", "ended", "basis")
