"""Parts of a loaded area, such as each district of a country, without reading its files again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries import cache, links
from boundaries.area import Area, Level, keep_years, no_travel
from boundaries.errors import DataError
from boundaries.patients import typed
from boundaries.practices import KEEP_OUTSIDE
from boundaries.words import count

SUFFIX = ".area"
_MOST_PIECES = 100
_PATIENTS = re.compile(r"its [\d,]+ patients here")  # as `practices.assemble` says of one that has closed


def part_of(area: Area, codes: Collection[str], name: str) -> Area:
    """The evidence for some units of an area, as `load_area` gives it for them.

    Lengths of borders may differ within the snapping distance, as shapes beyond the part were snapped too. Patients
    of its practices who live in other units of the area are counted as living elsewhere in England; practices
    sited beyond the part stay where at least `KEEP_OUTSIDE` patients live in it. Receipts and checks are those of the
    whole area, as its files were read once. Raises DataError for no codes, and for codes that the area does not have.
    """
    wanted = set(codes)
    strange = sorted(wanted - set(area.codes))
    if strange or not wanted:
        gone = f"{count(len(strange), 'LSOA is', 'LSOAs are')} not in it: {', '.join(strange[:5])}"
        words = gone if strange else "it has no LSOA"
        raise DataError(f"“{name}” cannot be a part of {area.name}: {words}.")
    inside = np.array([code in wanted for code in area.codes])
    kept = tuple(code for code in area.codes if code in wanted)
    units = area.units.loc[inside]
    levels = {key: _level(level, inside) for key, level in area.levels.items()}
    edges = _both_inside(area.edges, wanted)
    called = {str(c): str(n) for c, n in units["name"].items()}
    residents = {str(c): int(n) for c, n in units["residents"].items()}
    pieces = links.pieces(list(kept), edges, residents=residents, levels=levels, unit_names=called)
    registrations, elsewhere = _patients(area, wanted)
    practices = _practices(area, wanted, registrations)
    made = dataclasses.replace(
        area,
        name=name,
        codes=kept,
        units=units,
        ages=area.ages.loc[inside],
        indicator_values=area.indicator_values.loc[inside] if len(area.indicator_values) else area.indicator_values,
        growth=keep_years(area.growth[area.growth["unit"].isin(wanted)], area.growth["year"], kept[0]),
        travel=_travel(area, inside),
        levels=levels,
        edges=edges,
        proposed_links=links.propose_links(units, pieces, labels=called) if 1 < len(pieces) <= _MOST_PIECES else (),
        barriers=_both_inside(area.barriers, wanted),
        pieces=pieces,
        practices=practices,
        registrations=registrations,
        registrations_elsewhere=elsewhere,
        postcodes=_postcodes(area, wanted, practices),
        digest="",
    )
    return dataclasses.replace(made, digest=cache.content_digest(made))


def read_part(file: Path) -> Area:
    """The area in a file of `cache.area_bytes`, which is named by its digest. Raises DataError for anything else."""
    area = cache.area_from_bytes(file.read_bytes())
    if area.digest != file.stem or cache.content_digest(area) != area.digest:
        raise DataError(f"{file.name} does not hold the area that its name says.")
    return area


def _both_inside(frame: pd.DataFrame, wanted: Collection[str]) -> pd.DataFrame:
    """Rows of a table of pairs of units (from_code, to_code) whose both ends are wanted."""
    codes = set(wanted)
    return frame[frame["from_code"].isin(codes) & frame["to_code"].isin(codes)].reset_index(drop=True)


def _travel(area: Area, inside: np.ndarray) -> pd.DataFrame:
    """Travel times between units of the part, by their positions in it; a mode without any is not loaded for it."""
    frame, place = area.travel, np.where(inside, np.cumsum(inside) - 1, -1)
    ends = {name: place[frame[name].to_numpy(dtype=np.int64)] for name in ("origin", "destination")}
    here = frame.assign(**ends)[(ends["origin"] >= 0) & (ends["destination"] >= 0)]
    return here.dropna(axis="columns", how="all").reset_index(drop=True) if len(here) else no_travel()


def _level(level: Level, inside: np.ndarray) -> Level:
    assignment = tuple(code for code, own in zip(level.assignment, inside, strict=True) if own)
    present = set(assignment)
    names: Mapping[str, str] = {code: name for code, name in level.names.items() if code in present}
    return dataclasses.replace(level, assignment=assignment, names=names)


def _patients(area: Area, wanted: Collection[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Registrations inside the part, and where else the patients of the practices among them live."""
    table = area.registrations
    ours = table["unit"].isin(set(wanted))
    local = set(table.loc[ours, "practice"])
    near = table.loc[~ours & table["practice"].isin(local), ["practice", "patients"]]
    known = area.registrations_elsewhere
    known = known[known["practice"].isin(local)]
    both = pd.concat([known, near.assign(category="england_outside")], ignore_index=True)
    summed = both.groupby(["practice", "category"])["patients"].sum().reset_index()
    return typed(table[ours], "unit"), typed(summed, "category")


def _practices(area: Area, wanted: Collection[str], registrations: pd.DataFrame) -> pd.DataFrame:
    """Practices sited inside the part or used by enough of its people, as `practices.assemble` keeps them."""
    frame = area.practices
    here = registrations.groupby("practice")["patients"].sum()
    patients = here.reindex(frame.index).fillna(0.0).to_numpy(dtype=np.float64)
    unit = frame["unit"].astype("str")
    inside = unit.isin(set(wanted)).to_numpy()
    placed = frame["x"].notna().to_numpy()
    icbs = frame["icb"].astype("str").to_numpy(dtype=object)
    ours = {code for code in icbs[inside] if code}
    stranger = np.array([bool(code) and bool(ours) and code not in ours for code in icbs], dtype=bool)
    lists = np.nan_to_num(frame["list_size"].to_numpy(dtype=np.float64))
    listed = len(area.registrations) > 0
    known = frame.index.isin(here.index) if listed else np.ones(len(frame), dtype=bool)
    keep = known & (inside | (patients >= KEEP_OUTSIDE) | (not listed))
    notes = zip(frame["note"].astype("str"), patients, strict=True)
    counted = [_PATIENTS.sub(f"its {n:,.0f} patients here", note) for note, n in notes]
    made = frame.assign(
        note=counted,
        unit=unit.where(inside, ""),
        outside=np.where(placed, ~inside, stranger | (patients < 0.5 * lists)),
        patients_here=patients,
    ).loc[keep]
    return made.astype({"unit": "str", "note": "str", "outside": "bool", "patients_here": "float64"})


def _postcodes(area: Area, wanted: Collection[str], practices: pd.DataFrame) -> pd.DataFrame:
    """Postcodes inside the part, and those of its practices beyond it."""
    frame = area.postcodes
    unit = frame["unit"].astype("str")
    inside = unit.isin(set(wanted))
    kept = inside | frame.index.isin(set(practices["postcode"]))
    return frame.assign(unit=unit.where(inside, "").astype("str")).loc[kept]
