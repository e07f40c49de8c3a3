"""The barriers of a source folder: read, laid on the borders between units, and what that does to who borders whom.

A barrier weakens an adjacency by the share of the shared edge that lies on it times its strength (formats.md 10.3). One
of strength 1 along the whole edge cuts it: nobody crosses, so the two are no neighbours, unless a link is declared
between them (a bridge), which then joins them as any link does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries import columns as col
from boundaries import crs, layers
from boundaries.area import Link
from boundaries.barriers import border_shares, no_barriers, strengths
from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.overlays import name_column
from boundaries.receipts import Dropped
from boundaries.source_file import SourceFile
from boundaries.words import count

FAR_M = 1_000.0  # a line farther than this from every unit is another place's
WHOLE = 0.99  # of an edge: corners where a drawn line leaves it are no way across
_LINES = (1, 5)


def lay_barriers(
    ledger: Ledger, units: gpd.GeoDataFrame, edges: pd.DataFrame, links: Iterable[Link]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The edges that are left, and the table of barriers (`Area.barriers`); writes the receipts of the files.

    edges : as of `boundaries.adjacency`, borders only. links : declared, which no barrier cuts.
    Raises DataError for a file that cannot be read, and for barriers without a name or with an impossible strength.
    """
    files = ledger.of("barriers")
    read = [_read(file, units) for file in files]
    lines = [own for own, _, _ in read if len(own)]
    table = no_barriers()
    if lines:
        joined = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True), crs=crs.BRITISH_GRID)
        shares = border_shares(units, edges, joined)
        whole = (shares["share"] >= WHOLE) & (shares["strength"] >= 1)
        table = shares.assign(cut=whole.to_numpy(dtype=np.bool_))
    names = {str(code): str(name) for code, name in units["name"].items()}
    said = _said(table, {(link.from_code, link.to_code) for link in links}, names)
    for place, (file, (own, dropped, notes)) in enumerate(zip(files, read, strict=True)):
        together = "all files of barriers together: " if len(files) > 1 else ""
        ledger.used(
            file,
            rows_read=len(own) + sum(d.rows for d in dropped),
            rows_kept=len(own),
            dropped=dropped,
            notes=[*notes, *(f"{together}{note}" for note in (said if place == 0 else ()))],
        )
    gone = set(zip(table["from_code"][table["cut"]], table["to_code"][table["cut"]], strict=True))
    stay = [pair not in gone for pair in zip(edges["from_code"], edges["to_code"], strict=True)]
    return edges[stay].reset_index(drop=True) if gone else edges, table


def _read(file: SourceFile, units: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Dropped], list[str]]:
    """The lines of a file near the units (name, strength, geometry), what was left out, and notes for the receipt."""
    file.raise_problem()
    label = file.relative
    raw = layers.read_layer(file.path, file.member, layer=file.layer)
    notes = list(raw.attrs["remarks"])
    raw = raw.rename(columns={c: col.clean(c) for c in raw.columns if c != "geometry"})
    columns = [str(c) for c in raw.columns if c != "geometry"]
    named, strength = name_column(columns), col.find(columns, "strength")
    if named is None or strength is None:
        raise DataError(
            f"{label} has barriers without {'names' if named is None else 'strengths'}.",
            mend=f"Add a column “{'name' if named is None else 'strength'}”.",
        )
    dropped: list[Dropped] = []
    shapes = shapely.force_2d(np.asarray(raw.geometry.array))
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    odd = ~empty & ~np.isin(shapely.get_type_id(shapes), _LINES)
    for words, lost in (("no shape", empty), ("not a line", odd)):
        dropped += [Dropped(words, int(lost.sum()))] if lost.any() else []
    raw = raw.set_geometry(gpd.GeoSeries(shapes, crs=raw.crs, index=raw.index))[~(empty | odd)].reset_index(drop=True)
    raw, note = crs.to_metres(raw, label)
    notes += [note] if note else []
    names = raw[named].astype("object").where(raw[named].notna(), "").astype(str).str.strip()
    if (names == "").any():
        raise DataError(
            f"{label}, column “{named}”: {count(int((names == '').sum()), 'barrier')} without a name.",
            mend="Name every barrier, as people call it.",
        )
    made = gpd.GeoDataFrame(
        {"name": names, "strength": strengths(raw[strength], names, file=label, column=strength).to_numpy()},
        geometry=np.asarray(raw.geometry.array), crs=crs.BRITISH_GRID,
    )  # fmt: skip
    tree = shapely.STRtree(np.asarray(units.geometry.array))
    near = np.zeros(len(made), dtype=np.bool_)
    near[tree.query(np.asarray(made.geometry.array), predicate="dwithin", distance=FAR_M)[0]] = True
    if not near.all():
        dropped.append(Dropped("outside the study area", int((~near).sum())))
    return made[near].reset_index(drop=True), dropped, notes


def _said(table: pd.DataFrame, linked: Collection[tuple[str, str]], names: Mapping[str, str]) -> Sequence[str]:
    """What the barriers do to borders, for the receipt: the borders that are cut each by its two codes."""
    km = float((table["length_m"] * table["share"]).sum()) / 1000
    notes = [f"{count(len(table), 'border')} between LSOAs lie on them, for {km:,.1f} km in all"]
    cut = table[table["cut"]]
    declared = _declared(cut, linked)
    for words, found in (("cut", cut[~declared]), ("cut but joined by a declared link", cut[declared])):
        told = [
            f"{a} {names.get(a, '')} – {b} {names.get(b, '')} ({barrier})"
            for a, b, barrier in zip(found["from_code"], found["to_code"], found["name"], strict=True)
        ]
        if told:
            notes.append(f"{count(len(told), 'border')} {words}: {'; '.join(told)}")
    return notes


def _declared(cut: pd.DataFrame, linked: Collection[tuple[str, str]]) -> npt.NDArray[np.bool_]:
    return np.array([pair in linked for pair in zip(cut["from_code"], cut["to_code"], strict=True)], dtype=np.bool_)
