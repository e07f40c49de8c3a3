"""Islands and cut-off pieces: found, named for people, and joined only by links that someone declared.

A bridge or a ferry is a table, not geometry (formats.md 10.3). Where a piece has no link the nearest one is proposed,
never added: only a planner knows where people really cross.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries import columns as col
from boundaries import crs, safe_open
from boundaries.adjacency import EDGE_COLUMNS
from boundaries.area import Level, Link, Piece
from boundaries.errors import DataError
from boundaries.kinds import KINDS
from boundaries.readers.tables import gather
from boundaries.receipts import Dropped, Receipt
from boundaries.source_file import SourceFile
from boundaries.words import count

LINK_KINDS = ("bridge", "causeway", "ferry", "tunnel")
FERRY_FROM_M = 1_000.0
FARTHEST_M = 100_000.0
_WHOLE = 0.999


def read_links(
    file: SourceFile, codes: Collection[str], *, known: Collection[str] | None = None
) -> tuple[tuple[Link, ...], Receipt]:
    """The links of a `links.csv` that lie in the study area, sorted, and the receipt.

    codes : units of the study area. known : all units of the source, so that a link elsewhere in the country is told
        from a mistyped code; `codes` when not given.
    Raises DataError naming every unknown code, unknown kind, and unit linked to itself.
    """
    file.raise_problem()
    label = file.relative
    here, all_known = frozenset(codes), frozenset(codes if known is None else known) | frozenset(codes)
    first, second, kind = col.require(file.columns, ["from_code", "to_code", "kind"], label)
    note = col.find(file.columns, "note")
    table, encoding = safe_open.read_csv(file.path, file.member)
    a, changed_a = col.tidy_codes(table[first], entity="lsoa", file=label, column=first)
    b, changed_b = col.tidy_codes(table[second], entity="lsoa", file=label, column=second)
    kinds = table[kind].str.strip().str.casefold()
    notes = table[note].str.strip() if note else pd.Series("", index=table.index)
    faults: list[DataError] = []
    strange = sorted({*a, *b} - all_known)
    if strange:
        words = f"{label}: {len(strange)} codes are not among the units loaded: {', '.join(strange[:10])}."
        faults.append(DataError(words, mend="Correct the codes; they must be LSOA 2021 codes."))
    wrong = sorted(set(kinds) - set(LINK_KINDS))
    if wrong:
        words = f"{label}, column “{kind}”: {', '.join(f'“{w}”' for w in wrong[:5])} is no kind of link."
        faults.append(DataError(words, mend=f"Use one of: {', '.join(LINK_KINDS)}."))
    looped = sorted(set(a[a == b]))
    if looped:
        words = f"{label}: {', '.join(looped[:5])} is linked to itself."
        faults.append(DataError(words, mend="Remove these rows."))
    gather(faults)
    found: dict[tuple[str, str], Link] = {}
    outside = doubled = 0
    for one, two, what, text in zip(a, b, kinds, notes, strict=True):
        pair = (min(one, two), max(one, two))
        if not {one, two} <= here:
            outside += 1
        elif pair in found:
            doubled += 1
        else:
            found[pair] = Link(*pair, what, text)
    dropped = [Dropped("outside the study area", outside)] if outside else []
    dropped += [Dropped("the same pair again", doubled)] if doubled else []
    changed = changed_a + changed_b
    told = KINDS["links"]
    receipt = Receipt(
        file=label, kind="links", publisher=told.publisher, table=told.table, edition="", vintage="LSOA 2021",
        rows_read=len(table), rows_kept=len(found), sha256=file.sha256, encoding=encoding, licence=told.licence,
        dropped=tuple(dropped),
        notes=(f"{count(changed, 'code')} with blanks or lower-case letters tidied",) if changed else (),
    )  # fmt: skip
    return tuple(found[pair] for pair in sorted(found)), receipt


def with_links(edges: pd.DataFrame, links: Iterable[Link]) -> pd.DataFrame:
    """Edges and links in one table, sorted by codes; a link between units that border each other changes nothing."""
    have = set(zip(edges["from_code"], edges["to_code"], strict=True))
    rows = [
        (min(k.from_code, k.to_code), max(k.from_code, k.to_code), 0.0, k.kind, k.note)
        for k in links
        if (min(k.from_code, k.to_code), max(k.from_code, k.to_code)) not in have
    ]
    if not rows:
        return edges.sort_values(["from_code", "to_code"], ignore_index=True)
    more = pd.DataFrame(rows, columns=EDGE_COLUMNS).drop_duplicates(["from_code", "to_code"])
    joined = pd.concat([edges, more]) if len(edges) else more
    return joined.sort_values(["from_code", "to_code"], ignore_index=True)


def components(codes: Sequence[str], edges: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """The connected components: sorted codes each, largest first, then by first code. DataError for strange codes."""
    at = {code: n for n, code in enumerate(sorted(codes))}
    root = list(range(len(at)))

    def find(n: int) -> int:
        while root[n] != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for one, two in zip(edges["from_code"], edges["to_code"], strict=True):
        if one not in at or two not in at:
            raise DataError(f"An edge joins {one} and {two}, which are not both units of the area.")
        a, b = find(at[one]), find(at[two])
        root[max(a, b)] = min(a, b)
    groups: dict[int, list[str]] = {}
    for code, n in at.items():
        groups.setdefault(find(n), []).append(code)
    return tuple(sorted((tuple(g) for g in groups.values()), key=lambda g: (-len(g), g[0])))


def pieces(
    codes: Sequence[str],
    edges: pd.DataFrame,
    *,
    residents: Mapping[str, int],
    levels: Mapping[str, Level] | None = None,
    unit_names: Mapping[str, str] | None = None,
) -> tuple[Piece, ...]:
    """The pieces of the area over its edges and read links, named for people, largest first.

    codes : in the order of the levels' assignments. A piece is called after the district, else ward, else MSOA it fills
        ("Isles of Scilly"), else after the MSOA with most of its people ("part of Hayling Island East"), else after its
        first unit; the largest of several is "the main part" of what it covers.
    """
    groups = components(codes, edges)
    told = levels or {}
    made = []
    for n, group in enumerate(groups):
        name = _piece_name(group, codes, told, residents, unit_names or {}, main=n == 0, several=len(groups) > 1)
        made.append(Piece(name, group, sum(int(residents.get(c, 0)) for c in group)))
    return tuple(made)


def _piece_name(
    group: tuple[str, ...],
    codes: Sequence[str],
    levels: Mapping[str, Level],
    residents: Mapping[str, int],
    unit_names: Mapping[str, str],
    *,
    main: bool,
    several: bool,
) -> str:
    if main and not several:
        return "the whole area"
    inside = set(group)
    for key in ("district", "ward", "msoa"):
        level = levels.get(key)
        if level is None:
            continue
        touched: dict[str, int] = {}
        whole: dict[str, int] = {}
        for code, label in zip(codes, level.assignment, strict=True):
            people = max(int(residents.get(code, 0)), 1)
            whole[label] = whole.get(label, 0) + people
            if code in inside:
                touched[label] = touched.get(label, 0) + people
        order = sorted((label for label in touched if label), key=lambda g: (-touched[g], g))
        filled = [g for g in order if touched[g] >= _WHOLE * whole[g]]
        if main and key == "district" and order:
            names = [level.names.get(g, g) for g in order]
            return f"the main part ({', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''})"
        if order and len(filled) == len(order) and len(order) <= 3:
            return " and ".join(sorted(level.names.get(g, g) for g in filled))
        if key == "msoa" and order:
            return f"part of {level.names.get(order[0], order[0])}"
    return (
        f"the main part, {count(len(group), 'unit')}" if main else f"the piece of {unit_names.get(group[0], group[0])}"
    )


def propose_links(
    units: gpd.GeoDataFrame, found: Sequence[Piece], *, labels: Mapping[str, str] | None = None
) -> tuple[Link, ...]:
    """The shortest links that would join all pieces into one, sorted by codes; nothing is added anywhere.

    units : indexed by code, EPSG:27700. labels : code -> what people call the unit, for the reasons.
    Each smaller piece is joined to the nearest unit of any other piece, by straight line between the nearest points of
    the shapes; equal distances go to the lower codes. The kind is a guess: a bridge up to 1 km, beyond it a ferry.
    Beyond 100 km none is proposed: nobody crosses there for a surgery.
    """
    crs.require_metres(units, "The search for links")
    piece_of = {code: n for n, piece in enumerate(found) for code in piece.units}
    names = {n: piece.name for n, piece in enumerate(found)}
    size = {n: len(piece.units) for n, piece in enumerate(found)}
    called = labels or {}
    shapes = units.geometry
    made: list[Link] = []
    nearest: dict[int, tuple[float, str, str]] = {}  # of pieces that have not grown since
    while len(size) > 1:
        main = min(size, key=lambda n: (-size[n], n))
        for n in size:
            if n != main and n not in nearest:
                nearest[n] = _nearest(shapes, piece_of, n)
        distance, one, two = min(nearest[n] for n in size if n != main)
        low, high = min(one, two), max(one, two)
        small = min((piece_of[one], piece_of[two]), key=lambda n: (size[n], -n))
        far = one if piece_of[one] != small else two
        near = two if far == one else one
        if distance <= FARTHEST_M:
            made.append(_proposal(low, high, distance, names[small], called.get(near, near), called.get(far, far)))
        keep, gone = min(piece_of[one], piece_of[two]), max(piece_of[one], piece_of[two])
        size[keep] += size.pop(gone)
        nearest.pop(keep, None)
        nearest.pop(gone, None)
        piece_of = {code: keep if n == gone else n for code, n in piece_of.items()}
    return tuple(sorted(made, key=lambda k: (k.from_code, k.to_code)))


def _nearest(shapes: gpd.GeoSeries, piece_of: Mapping[str, int], piece: int) -> tuple[float, str, str]:
    inside = np.array([piece_of[c] == piece for c in shapes.index])
    mine, others = shapes[inside], shapes[~inside]
    here, there = mine.to_numpy(), others.to_numpy()
    # Distances of shapes are slow where water is wide. No pair farther apart than two of their corners can be nearest.
    _, corners = shapely.STRtree(_corners(there)).query_nearest(_corners(here), return_distance=True)
    at, to = shapely.STRtree(there).query(here, predicate="dwithin", distance=float(corners.min()) + 1e-6)
    metres = shapely.distance(here[at], there[to])
    best = metres.min()
    ties = [
        (str(mine.index[i]), str(others.index[j])) for i, j, d in zip(at, to, metres, strict=True) if d <= best + 1e-6
    ]
    one, two = min(ties, key=lambda t: (min(t), max(t)))
    return round(float(best), 1), one, two


def _corners(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """One corner of each shape."""
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    corners: npt.NDArray[Any] = shapely.points(coordinates[np.searchsorted(of, np.arange(len(shapes)))])
    return corners


def _proposal(low: str, high: str, metres: float, piece: str, near: str, far: str) -> Link:
    kind = "ferry" if metres > FERRY_FROM_M else "bridge"
    said = f"{metres / 1000:,.1f} km" if metres >= 1000 else f"{metres:,.0f} m"
    reason = (
        f"{piece} has no border or link with the rest. The nearest unit by straight line is {far}, {said} from {near}. "
        f"That it would be a {kind} is a guess from the distance"
    )
    if kind == "ferry":
        reason += "; ferries and long bridges often land at another place than the nearest point"
    return Link(low, high, kind, "", metres, f"{reason}. Confirm it, or name the true crossing in links.csv.")


def links_csv(links: Iterable[Link]) -> str:
    """The text of a `links.csv` (formats.md 10.3), sorted, LF line ends: it reads back to the same links."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(["from_code", "to_code", "kind", "note"])
    for link in sorted(links, key=lambda k: (k.from_code, k.to_code)):
        writer.writerow([link.from_code, link.to_code, link.kind, link.note])
    return sink.getvalue()


def write_links(path: Path, links: Iterable[Link]) -> None:
    """Write `links_csv` to a file."""
    path.write_text(links_csv(links), encoding="utf-8", newline="")
