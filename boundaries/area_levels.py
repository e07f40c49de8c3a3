"""Every level of the study area, from the lookups and layers of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries import levels
from boundaries.area import Level
from boundaries.geography import Lookups, stamp_age
from boundaries.ledger import Ledger, cut, keep_lsoas, newest
from boundaries.readers import geometry, lookups
from boundaries.source_file import SourceFile
from boundaries.words import count as how_many


def area_levels(
    ledger: Ledger,
    units: gpd.GeoDataFrame,
    found: Lookups,
    *,
    counties: Mapping[str, str],
    rural: tuple[pd.Series[str], pd.Series[str], str],
) -> tuple[dict[str, Level], tuple[str, ...]]:
    """Every level of the area by key, and warnings for its checks. units : indexed by code: name, x, y, residents."""
    codes = list(units.index)
    main, source = found.main.reindex(codes).fillna(""), found.main_source.relative
    made: dict[str, Level] = {}
    basis = "best fit" if found.main_source.kind == "lsoa_ward" else "exact"
    for key, stem, label in (("district", "lad", "District"), ("sub_icb", "sicbl", "Sub-ICB"), ("icb", "icb", "ICB")):
        if f"{stem}_cd" in main and (main[f"{stem}_cd"] != "").any():
            nm = main[f"{stem}_nm"] if f"{stem}_nm" in main else main[f"{stem}_cd"]
            names = levels.names_of(main[f"{stem}_cd"], nm)
            year = found.main.attrs["years"].get(stem.upper(), -1)
            column = f"{stem.upper()}{year:02d}CD" if year > 0 else f"{stem.upper()}CD"
            made[key] = levels.from_table(key, label, codes, main[f"{stem}_cd"], names, basis, source, column)
    warnings: list[str] = []
    _upper_tier(ledger, made, found, codes, counties, warnings)
    _msoa(ledger, made, units)
    _ward(ledger, made, units)
    if rural[2]:
        names = levels.names_of(rural[1], rural[0])
        made["rural_urban"] = levels.from_table(
            "rural_urban", "Rural-urban class", codes, rural[1], names, "exact", rural[2]
        )
    _others(ledger, made, units, warnings)
    first = ("district", "upper_tier", "sub_icb", "icb", "msoa", "ward", "rural_urban")
    order = [k for k in first if k in made] + sorted(k for k in made if k not in first)
    return {k: made[k] for k in order}, tuple(warnings)


def _upper_tier(
    ledger: Ledger,
    made: dict[str, Level],
    found: Lookups,
    codes: Sequence[str],
    counties: Mapping[str, str],
    warnings: list[str],
) -> None:
    district = made["district"]
    tier, names, lacking, basis = levels.upper_tier_of(district.names, found.upper, counties)
    if lacking:
        shown = ", ".join(f"{district.names[c]} ({c})" for c in lacking)
        warnings.append(f"no upper tier is known for {shown}: add the ONS lookup of districts to upper tiers")
    if not tier:
        return
    source = found.upper_source.relative if found.upper_source is not None else found.main_source.relative
    assigned = pd.Series([tier.get(c, "") for c in district.assignment], index=list(codes), dtype="str")
    made["upper_tier"] = levels.from_table("upper_tier", "Upper tier", codes, assigned, names, basis, source)
    by_postcode = sorted(c for c in tier if c in counties and (found.upper is None or c not in found.upper.index))
    if by_postcode:
        said = ", ".join(f"{district.names[c]} in {names.get(tier[c], tier[c])}" for c in by_postcode)
        note = f"upper tier of districts by the county of most of their postcodes (no lookup 2.5 is loaded): {said}"
        for file in [*ledger.of("onspd"), *ledger.of("codepoint")][:1]:
            ledger.used(file, rows_read=0, rows_kept=0, notes=[note])
        ledger.used(found.main_source, rows_read=0, rows_kept=0, notes=[note])
    if found.upper is not None and found.upper_source is not None:
        used = [c for c in district.names if c in found.upper.index]
        ledger.used(found.upper_source, rows_read=len(found.upper), rows_kept=len(used))


def _msoa(ledger: Ledger, made: dict[str, Level], units: gpd.GeoDataFrame) -> None:
    codes = list(units.index)
    named = newest(ledger, ledger.of("msoa_names"), lambda s: (s.vintage, s.relative), "names of MSOAs")
    house = lookups.msoa_names(ledger.read(named), named.relative) if named is not None else None
    exact = newest(ledger, ledger.of("oa_lsoa_msoa"), stamp_age("LAD"), "MSOAs")
    files = ledger.of("msoa_boundaries")
    assigned, basis, source, official = pd.Series(dtype="str"), "", "", dict[str, str]()
    if exact is not None:
        key = col.find_lsoa(exact.columns, 21) or exact.columns[0]
        raw = ledger.read(exact, keep=keep_lsoas(key, codes))
        table = lookups.lsoa_groups(raw, exact.relative).reindex(codes).fillna("")
        assigned, basis, source = table["msoa_cd"], "exact", exact.relative
        official = levels.names_of(table["msoa_cd"], table["msoa_nm"]) if "msoa_nm" in table else {}
        read = int(raw.attrs["rows_read"])
        ledger.used(
            exact,
            rows_read=read,
            rows_kept=len(raw),
            vintage="LSOA 2021",
            notes=["MSOAs taken: exact fit"],
            dropped=cut(read, len(raw), "output areas outside the study area"),
        )
    if house is not None and (not len(assigned) or (assigned == "").any()) and (house["official"] != "").any():
        got, hits = levels.msoa_by_name(units["name"], levels.unique_names(list(house.index), list(house["official"])))
        if hits > int((assigned != "").sum()):
            assigned, basis, source = got, "from the LSOA name", named.relative if named else ""
            official = dict(zip(house.index, house["official"], strict=True))
    if files and (not len(assigned) or (assigned == "").any() or basis == "from the LSOA name"):
        assigned, basis, source, official = _msoa_layer(ledger, files, units, assigned, basis, source, official)
    else:
        for file in files:
            ledger.unused(file, f"MSOAs come from {source or 'elsewhere'} ({basis})")
    if house is not None and named is not None:
        mine = set(assigned) & set(house.index)
        note = f"MSOA of an LSOA taken from its name: {int((assigned != '').sum()):,} of {len(codes):,} found"
        ledger.used(
            named,
            rows_read=len(house),
            rows_kept=len(mine),
            vintage="MSOA 2021",
            notes=["readable names taken", *([note] if basis == "from the LSOA name" else [])],
            dropped=cut(len(house), len(mine), "MSOAs outside the study area"),
        )
    if not len(assigned) or not (assigned != "").any():
        return
    readable = dict(official)
    if house is not None:
        readable |= {str(c): str(n) for c, n in house["readable"].items() if n}
    made["msoa"] = levels.from_table("msoa", "MSOA", codes, assigned, readable, basis, source)


def _msoa_layer(
    ledger: Ledger,
    files: Sequence[SourceFile],
    units: gpd.GeoDataFrame,
    assigned: pd.Series[str],
    basis: str,
    source: str,
    official: dict[str, str],
) -> tuple[pd.Series[str], str, str, dict[str, str]]:
    """MSOAs by the names in the layer, else by point in polygon; where names already decided, the layer only checks."""
    wanted = set(assigned) - {""} if len(assigned) and not (assigned == "").any() else None
    layer = geometry.read_boundaries(files, entity="msoa", codes=wanted)
    frame = layer.frame
    ledger.add(layer.receipts)
    by_point = levels.place_points(units[["x", "y"]].to_numpy(), np.asarray(frame.geometry.array)).group
    point = pd.Series(
        np.where(by_point >= 0, np.asarray(frame.index, dtype=object)[by_point], ""), index=units.index, dtype="str"
    )
    if wanted is None:
        got, hits = levels.msoa_by_name(units["name"], levels.unique_names(list(frame.index), list(frame["name"])))
        if hits == len(units):
            assigned, basis = got, "from the LSOA name"
        else:
            assigned, basis = point, "by point in polygon"
        source = files[0].relative
        official = {str(c): str(n) for c, n in frame["name"].items()}
    both = (point != "") & (assigned != "")
    differ = units.index[(point != assigned) & both]
    count = int((assigned != "").sum())
    note = f"MSOA {basis}: {count:,} of {how_many(len(units), 'LSOA')}; compared with point in polygon, "
    note += f"{len(differ):,} differ"
    if len(differ):
        note += f" ({', '.join(map(str, differ[:5]))})"
    for file, receipt in zip(files, layer.receipts, strict=True):
        if receipt.status == "used":
            ledger.used(file, rows_read=0, rows_kept=0, notes=[note])
    return assigned, basis, source, official


def _ward(ledger: Ledger, made: dict[str, Level], units: gpd.GeoDataFrame) -> None:
    codes = list(units.index)
    files = [s for s in ledger.of("lsoa_ward") if col.find_stamped(s.columns, "WD")]
    table_source = newest(ledger, files, stamp_age("WD"), "wards")
    layer_files = ledger.of("ward_boundaries")
    if table_source is not None:
        key = col.find_lsoa(table_source.columns, 21) or table_source.columns[0]
        raw = ledger.read(table_source, keep=keep_lsoas(key, codes))
        groups = lookups.lsoa_groups(raw, table_source.relative)
        table = groups.reindex(codes).fillna("")
        names = levels.names_of(table["wd_cd"], table["wd_nm"]) if "wd_nm" in table else {}
        year = groups.attrs["years"].get("WD", -1)
        label = f"Ward 20{year:02d}" if year > 0 else "Ward"
        made["ward"] = levels.from_table("ward", label, codes, table["wd_cd"], names, "best fit", table_source.relative)
        lacking = int((table["wd_cd"] == "").sum())
        read = int(raw.attrs["rows_read"])
        ledger.used(
            table_source,
            rows_read=read,
            rows_kept=len(table) - lacking,
            edition=f"wards of 20{year:02d}",
            vintage="LSOA 2021",
            dropped=cut(read, len(raw)),
            notes=[
                "best fit: LSOAs do not nest in wards",
                f"{how_many(lacking, 'LSOA has', 'LSOAs have')} no ward" if lacking else "",
            ],
        )
        for file in layer_files:
            ledger.unused(file, f"wards come from {table_source.relative} (best fit by ONS)")
        return
    if not layer_files:
        return
    chosen = newest(ledger, layer_files, stamp_age("WD"), "wards")
    age = stamp_age("WD")
    pages = [f for f in layer_files if chosen is not None and age(f) == age(chosen)]
    ledger.forget(pages)
    frames = []
    for page in pages:  # UK-wide layers hold codes of four countries: only what touches the area is kept
        code, name = col.find_stamped(page.columns, "WD"), col.find_stamped(page.columns, "WD", "NM")
        layer = geometry.read_areas(
            page,
            id_column=code.column if code else None,
            name_column=name.column if name else None,
            bounds=bounds_of(units),
        )
        ledger.add(layer.receipts)
        frames.append(layer.frame)
    frame = pd.concat(frames)
    frame = gpd.GeoDataFrame(frame[~frame.index.duplicated()].reset_index(), geometry="geometry", crs=units.crs)
    level, notes = levels.from_polygons("ward", "Ward", units, frame, "code", "name", pages[0].relative)
    made["ward"] = level
    ledger.used(pages[0], rows_read=0, rows_kept=0, notes=["wards by point in polygon", *notes])


def bounds_of(units: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """West, south, east, north of the units, metres."""
    west, south, east, north = (float(v) for v in units.total_bounds)
    return west, south, east, north


def _others(ledger: Ledger, made: dict[str, Level], units: gpd.GeoDataFrame, warnings: list[str]) -> None:
    codes = list(units.index)
    for source in ledger.of("lsoa_lookup"):
        key = col.find_lsoa(source.columns, 21) or source.columns[0]
        raw = ledger.read(source, keep=keep_lsoas(key, codes))
        label, table = lookups.other_groups(raw, source.relative)
        got = table.reindex(codes).fillna("")
        name = _free(levels.slug(label), made)
        title = label[:1].upper() + label[1:]
        made[name] = levels.from_table(
            name, title, codes, got["code"], levels.names_of(got["code"], got["name"]), "exact", source.relative
        )
        lacking = int((got["code"] == "").sum())
        if lacking:
            warnings.append(f"{source.relative} gives no {label} for {lacking:,} of {how_many(len(codes), 'LSOA')}")
        read = int(raw.attrs["rows_read"])
        ledger.used(
            source,
            rows_read=read,
            rows_kept=len(codes) - lacking,
            vintage="LSOA 2021",
            notes=[f"level “{name}”"],
            dropped=cut(read, len(raw)),
        )
    for source in ledger.of("layer"):
        layer = geometry.read_areas(source, bounds=bounds_of(units))
        ledger.add(layer.receipts)
        stem = next((s.stem for s in col.stamped(source.columns) if s.suffix == "CD"), "")
        file = (source.member or source.path.name).rsplit("/", 1)[-1].rsplit(".", 1)[0]
        label = stem or (source.layer or file).replace("_", " ")
        name = _free(levels.slug(label), made)
        frame = layer.frame.reset_index()
        level, notes = levels.from_polygons(
            name, label[:1].upper() + label[1:], units, frame, str(frame.columns[0]), "name", source.relative
        )
        made[name] = level
        warnings += [f"{source.relative}: {n}" for n in notes]
        ledger.used(source, rows_read=0, rows_kept=0, notes=[f"level “{name}” by point in polygon", *notes])


def _free(key: str, made: Mapping[str, Level]) -> str:
    taken, n = {*made, "district", "upper_tier", "msoa", "ward", "icb", "sub_icb", "rural_urban"}, 2
    name = key
    while name in taken:
        name, n = f"{key}_{n}", n + 1
    return name
