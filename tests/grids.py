"""Small areas drawn as pictures, with answers that can be worked by hand.

A picture is rows of letters, north at the top; each cell is a 1 km square unit and the letter is its district.
"." is sea. Units are numbered row by row from the top left: E01900001, E01900002, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from boundaries.area import Area, Level, Piece

CELL_M = 1_000.0
ORIGIN = (600_000.0, 800_000.0)


def grid_codes(picture: Sequence[str]) -> list[str]:
    return [f"E019{n:05d}" for n in range(1, sum(c != "." for row in picture for c in row) + 1)]


def grid_area(
    picture: Sequence[str],
    residents: int | Sequence[int] = 10_000,
    *,
    msoa: Sequence[str] | None = None,
    upper: Mapping[str, str] | None = None,
    links: Sequence[tuple[str, str, str]] = (),
    name: str = "Gridshire",
) -> Area:
    """An `Area` of square units. msoa : a picture of the same shape. upper : district letter to upper-tier letter."""
    cells = [(r, c, d) for r, row in enumerate(picture) for c, d in enumerate(row) if d != "."]
    codes = grid_codes(picture)
    people = [residents] * len(cells) if isinstance(residents, int) else list(residents)
    at = {(r, c): code for (r, c, _), code in zip(cells, codes, strict=True)}
    shapes = [
        box(ORIGIN[0] + c * CELL_M, ORIGIN[1] - (r + 1) * CELL_M, ORIGIN[0] + (c + 1) * CELL_M, ORIGIN[1] - r * CELL_M)
        for r, c, _ in cells
    ]
    edges = [
        (at[r, c], at[r2, c2], CELL_M, "border", "")
        for (r, c) in sorted(at)
        for r2, c2 in ((r, c + 1), (r + 1, c))
        if (r2, c2) in at
    ]
    edges += [(min(a, b), max(a, b), 0.0, kind, "") for a, b, kind in links]
    district = [d for _, _, d in cells]
    levels = {
        "district": Level(
            "district", "District", tuple(f"E0700000{ord(d) - 64}" for d in district),
            {f"E0700000{ord(d) - 64}": f"District {d}" for d in sorted(set(district))}, "exact", "picture",
        )
    }  # fmt: skip
    if upper:
        ups = [upper[d] for d in district]
        levels["upper_tier"] = Level(
            "upper_tier", "Upper tier", tuple(f"E1000000{ord(u) - 64}" for u in ups),
            {f"E1000000{ord(u) - 64}": f"County {u}" for u in sorted(set(ups))}, "exact", "picture",
        )  # fmt: skip
    if msoa:
        letters = [msoa[r][c] for r, c, _ in cells]
        levels["msoa"] = Level(
            "msoa", "MSOA", tuple(f"E020000{ord(m):02d}" for m in letters),
            {f"E020000{ord(m):02d}": f"Place {m}" for m in sorted(set(letters))}, "exact", "picture",
        )  # fmt: skip
    units = gpd.GeoDataFrame(
        {
            "name": [f"Grid {r:02d}{c:02d}" for r, c, _ in cells],
            "residents": pd.array(people, dtype="int64"),
            "registered": [float("nan")] * len(cells),
            "x": [s.centroid.x for s in shapes],
            "y": [s.centroid.y for s in shapes],
            "area_m2": [s.area for s in shapes],
            "imd_score": [float("nan")] * len(cells),
            "imd_rank": [float("nan")] * len(cells),
            "imd_decile": [float("nan")] * len(cells),
            "rural_urban": [""] * len(cells),
        },
        geometry=shapes,
        index=pd.Index(codes, name="code"),
        crs=27700,
    )
    frame = pd.DataFrame(edges, columns=["from_code", "to_code", "length_m", "kind", "note"])
    frame = frame.sort_values(["from_code", "to_code"], ignore_index=True)
    practices = pd.DataFrame(
        columns=["name", "postcode", "x", "y", "unit", "outside", "status", "closed", "pcn", "pcn_name", "icb",
                 "list_size", "patients_here", "site_basis", "note"],
        index=pd.Index([], name="code", dtype="str"),
    )  # fmt: skip
    return Area(
        name=name,
        codes=tuple(codes),
        units=units,
        ages=pd.DataFrame(index=units.index),
        ages_basis="",
        people_basis="drawn by hand",
        levels=levels,
        edges=frame,
        proposed_links=(),
        pieces=_pieces(codes, frame, people),
        practices=practices,
        registrations=pd.DataFrame({"practice": [], "unit": [], "patients": []}),
        registrations_elsewhere=pd.DataFrame({"practice": [], "category": [], "patients": []}),
        postcodes=pd.DataFrame({"x": [], "y": [], "unit": []}),
        receipts=(),
        checks=(),
        attribution=("Drawn for a test",),
        digest=f"grid-{name}-{'/'.join(picture)}-{people}",
    )


def _pieces(codes: Sequence[str], edges: pd.DataFrame, people: Sequence[int]) -> tuple[Piece, ...]:
    root = {c: c for c in codes}

    def find(c: str) -> str:
        while root[c] != c:
            c = root[c]
        return c

    for a, b in zip(edges["from_code"], edges["to_code"], strict=True):
        root[find(a)] = find(b)
    count = dict(zip(codes, people, strict=True))
    groups: dict[str, list[str]] = {}
    for c in codes:
        groups.setdefault(find(c), []).append(c)
    made = [Piece(f"piece of {g[0]}", tuple(g), sum(count[c] for c in g)) for g in groups.values()]
    return tuple(sorted(made, key=lambda p: (-len(p.units), p.units)))
