"""What the browser is told of an area once: units, levels, what touches what, practices, and its geometry."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints import maps
from footprints.colours import NAMED
from footprints.editing.geometry import encode, geometry_hash, topology
from footprints.editing.tally import NOT_SENT
from footprints.errors import PlanError
from footprints.place_names import place_names
from footprints.standing import graph_with
from optimise.counting import is_known, people_counted, years
from optimise.criteria import of_year

_CUT = ("from_code", "to_code", "name", "cut")  # of `Area.barriers`
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """An area as the editor needs it. drawing : its shapes, simplified together."""

    area: Area
    drawing: maps.Drawing

    @cached_property
    def light(self) -> bytes:
        """The simplified shapes, compressed (gzip)."""
        return _packed(maps.degrees(self.drawing.shapes))

    @cached_property
    def full(self) -> bytes:
        """The shapes as they are in the file, compressed (gzip); the same as `light` where nothing was simplified."""
        if not self.drawing.tolerance_m:
            return self.light
        return _packed(maps.degrees(np.asarray(self.area.units.geometry.array)))

    def geometry(self, name: str) -> bytes | None:
        """The compressed geometry of that name, None for a name that is not of this area."""
        return next((data for data in (self.light, self.full) if geometry_hash(data) == name), None)

    def practice(self, code: str) -> str:
        """The name of a practice. Raises PlanError for one that is not there."""
        if code not in self.area.practices.index:
            raise PlanError("This practice is not in the files.", mend="Choose another.")
        return str(self.area.practices.at[code, "name"])

    def patients(self, code: str) -> list[float]:
        """(n,) patients of a practice as a percentage of the registered patients who live in each unit."""
        table = self.area.registrations
        here = table[table["practice"] == code].groupby("unit")["patients"].sum().reindex(self.area.codes).fillna(0.0)
        everyone = self.area.units["registered"].to_numpy(dtype=np.float64)
        share = np.divide(100.0 * here.to_numpy(), everyone, out=np.zeros(len(everyone)), where=everyone > 0)
        return [round(float(s), 1) for s in share]

    def document(self, base: str) -> dict[str, Any]:
        """The catalogue. base : the path of the editor's routes."""
        area = self.area
        south_west, north_east = self.drawing.bounds
        at = maps.unit_points(area)
        position = {code: i for i, code in enumerate(area.codes)}
        graph = graph_with(area, (), accept_links=False)
        registered = area.units["registered"]
        return {
            "area": {
                "name": area.name,
                "people_basis": area.people_basis,
                "attribution": list(area.attribution),
                "registered": bool(registered.notna().all()),
                "flows": len(area.registrations) > 0,
            },
            "geometry": {
                "url": f"{base}/geometry/{geometry_hash(self.light)}",
                "tolerance_m": self.drawing.tolerance_m,
                "full": f"{base}/geometry/{geometry_hash(self.full)}" if self.full is not self.light else None,
            },
            "bounds": [list(south_west), list(north_east)],
            "towns": _towns(area),
            "units": {
                "code": list(area.codes),
                "name": [str(name) for name in area.units["name"]],
                "label": [area.unit_label(code) for code in area.codes],
                "residents": [int(n) for n in area.units["residents"]],
                "registered": [round(float(n)) for n in registered] if registered.notna().all() else None,
                "lists": people_counted(area, "lists").tolist() if is_known(area, "lists") else None,
                **{of_year(year): people_counted(area, of_year(year)).tolist() for year in years(area)},
                "at": at,
                "imd": _whole(area.units["imd_decile"].to_numpy(dtype=np.float64)),
                "age65": _old(area),
            },
            "levels": [_level(area, key) for key in area.levels if key not in NOT_SENT],
            "near": sorted(sorted((position[a], position[b])) for a, b in graph.edges),
            "cut": [
                [position[a], position[b], str(name)]
                for a, b, name, cut in zip(*(area.barriers[key] for key in _CUT), strict=True)
                if cut and not graph.has_edge(a, b)
            ],
            "links": [
                [position[a], position[b], str(kind)]
                for a, b, kind in zip(area.edges["from_code"], area.edges["to_code"], area.edges["kind"], strict=True)
                if kind != "border"
            ],
            "practices": _practices(area, position),
            "fills": [{"colour": colour, "name": name} for colour, name in NAMED.items()],
        }


def _packed(shapes: Any) -> bytes:
    return gzip.compress(encode(topology(shapes)), 9, mtime=0)


def _whole(values: np.ndarray) -> list[int | None] | None:
    known = np.isfinite(values)
    return [int(v) if k else None for v, k in zip(values, known, strict=True)] if known.any() else None


def _old(area: Area) -> list[float | None] | None:
    """Per cent of residents aged 65 and over; None where the bands loaded do not tell."""
    from_age = {str(column): int(found[0]) for column in area.ages.columns if (found := _NUMBER.search(str(column)))}
    if 65 not in from_age.values():
        return None
    old = area.ages[[column for column, age in from_age.items() if age >= 65]].to_numpy(dtype=np.float64).sum(axis=1)
    everyone = area.ages[list(from_age)].to_numpy(dtype=np.float64).sum(axis=1)
    return [round(100 * a / b, 1) if b else None for a, b in zip(old.tolist(), everyone.tolist(), strict=True)]


def _level(area: Area, key: str) -> dict[str, Any]:
    level = area.level(key)
    codes = sorted({code for code in level.assignment if code})
    at = {code: i for i, code in enumerate(codes)}
    return {
        "key": key,
        "label": level.label,
        "of": [at.get(code, -1) for code in level.assignment],
        "codes": codes,
        "names": [level.names.get(code, code) for code in codes],
    }


def _towns(area: Area) -> dict[str, Any]:
    found = place_names(area)
    return {"source": found.source, "places": [[p.name, p.unit, p.people] for p in found.places]}


def _practices(area: Area, position: dict[str, int]) -> list[dict[str, Any]]:
    made = []
    for dot in maps.practice_dots(area):
        row = area.practices.loc[dot["code"]]
        size = float(row["list_size"])
        made.append(
            {
                "code": dot["code"],
                "name": str(row["name"]),
                "lat": dot["lat"],
                "lon": dot["lon"],
                "unit": position.get(dot["unit"], -1),
                "closed": dot["closed"],
                "outside": dot["outside"],
                "list": round(size) if np.isfinite(size) else None,
                "pcn": str(row["pcn_name"] or row["pcn"]),
                "lines": dot["lines"],
            }
        )
    return made
