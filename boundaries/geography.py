"""Which LSOA lies in which district, ICB, MSOA and ward: from the lookups, before and after the area is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from boundaries import columns as col
from boundaries import layers, levels, safe_open
from boundaries.errors import DataError
from boundaries.ledger import Ledger, cut, newest
from boundaries.places import Members
from boundaries.readers import lookups
from boundaries.source_file import SourceFile

_CODE_IN_JSON = re.compile(rb'"LSOA21CD"\s*:\s*"\s*([EW]01\d{6})', re.IGNORECASE)
_PARTS = {"district": "lad", "sub_icb": "sicbl", "icb": "icb"}


@dataclass(frozen=True, eq=False)
class Lookups:
    """The small lookups, read before the area is known.

    main : `lsoa_groups` of the table that decides districts (2.1, else 2.3, else 2.2), with its file.
    upper : 2.5 or None.
    pairs : 2.4 or None (whole).
    """

    main: pd.DataFrame
    main_source: SourceFile
    upper: pd.DataFrame | None
    upper_source: SourceFile | None
    pairs: pd.DataFrame | None
    pairs_source: SourceFile | None


def stamp_age(*stems: str) -> Callable[[SourceFile], tuple[object, ...]]:
    """How new a lookup is: the years of these stems in its headers, in this order."""

    def age(source: SourceFile) -> tuple[object, ...]:
        years = [col.find_stamped(source.columns, s) for s in stems]
        return tuple(y.year if y else -1 for y in years)

    return age


def read_lookups(ledger: Ledger) -> Lookups:
    """Read 2.1 (else 2.3, else 2.2), 2.4 and 2.5; DataError when no lookup gives districts."""
    main_source = None
    for kind, stems in (
        ("lsoa_icb_lad", ("ICB", "SICBL", "LAD")),
        ("lsoa_ward", ("LAD", "WD")),
        ("oa_lsoa_msoa", ("LAD",)),
    ):
        files = [s for s in ledger.of(kind) if col.find_stamped(s.columns, "LAD") and col.find_lsoa(s.columns, 21)]
        main_source = newest(ledger, files, stamp_age(*stems), "districts and ICBs")
        if main_source is not None:
            break
    if main_source is None:
        lacking = [s.relative for s in ledger.of("lsoa_icb_lad", "lsoa_ward", "oa_lsoa_msoa")]
        why = f" {', '.join(lacking)} lacks the column of districts (LADyyCD)." if lacking else ledger.perhaps_meant()
        raise DataError(
            f"The source has no lookup from LSOA 2021 to districts.{why}",
            mend="Add the ONS lookup “LSOA (2021) to Sub ICB Locations to ICBs to LAD”, as a CSV.",
        )
    frame = ledger.read(main_source)
    main = lookups.lsoa_groups(frame, main_source.relative)
    main.attrs["rows_read"] = len(frame)
    pairs_source = newest(ledger, ledger.of("lsoa11_lsoa21"), stamp_age("LAD"), "the change from LSOA 2011 to 2021")
    pairs = None
    if pairs_source is not None:
        raw = ledger.read(pairs_source)
        pairs = lookups.vintage_pairs(raw, pairs_source.relative)
        pairs.attrs["rows_read"] = len(raw)
    for source in ledger.of("lsoa11_lsoa21_best_fit"):
        ledger.unused(source, "a best-fit lookup without CHGIND: it cannot convert counts")
    upper_source = newest(ledger, ledger.of("lad_upper_tier"), stamp_age("UTLA", "CTYUA", "LTLA", "LAD"), "upper tiers")
    upper = lookups.upper_tiers(ledger.read(upper_source), upper_source.relative) if upper_source is not None else None
    return Lookups(main, main_source, upper, upper_source, pairs, pairs_source)


def members_of(
    found: Lookups, codes: Collection[str] | None = None, county_of: Mapping[str, str] | None = None
) -> Members:
    """`Members` of the source (of `codes` when given), with upper tiers as far as 2.5 or counties by postcode say."""
    main = found.main if codes is None else found.main[found.main.index.isin(set(codes))]
    frame = pd.DataFrame(index=main.index)
    names: dict[str, dict[str, str]] = {}
    ods: dict[str, dict[str, str]] = {}
    for level, stem in _PARTS.items():
        have = f"{stem}_cd" in main
        frame[level] = main[f"{stem}_cd"] if have else ""
        names[level] = levels.names_of(main[f"{stem}_cd"], main[f"{stem}_nm"]) if have and f"{stem}_nm" in main else {}
        ods[level] = {}
        if have and f"{stem}_cdh" in main:
            ods[level] = {o.upper(): c for c, o in levels.names_of(main[f"{stem}_cd"], main[f"{stem}_cdh"]).items()}
    districts = {str(c): names["district"].get(str(c), str(c)) for c in sorted(set(frame["district"]) - {""})}
    tier, tier_names, _, _ = levels.upper_tier_of(districts, found.upper, county_of or {})
    frame["upper_tier"] = frame["district"].map(tier).fillna("").astype("str")
    names["upper_tier"], ods["upper_tier"] = tier_names, {}
    return Members(frame, names, ods)


def boundary_codes(ledger: Ledger) -> set[str]:
    """The LSOA 2021 codes that the source has boundaries for, without reading any shape."""
    found: set[str] = set()
    for source in ledger.of("lsoa_boundaries"):
        if layers.layer_format(source.path, source.member) == "geojson":
            tail = b""
            with safe_open.open_bytes(source.path, source.member) as file:
                while chunk := file.read(1 << 22):
                    found.update(m.decode("ascii").upper() for m in _CODE_IN_JSON.findall(tail + chunk))
                    tail = chunk[-200:]
            continue
        key = col.find_lsoa(source.columns, 21)
        if key is None:
            continue
        seen: list[pd.Series[str]] = []

        def keep(block: pd.DataFrame, key: str = key, seen: list[pd.Series[str]] = seen) -> pd.Series[bool]:
            seen.append(
                block[next(c for c in block.columns if col.clean(c) == key)].astype(str).str.strip().str.upper()
            )
            return pd.Series(False, index=block.index)

        layers.read_layer(source.path, source.member, layer=source.layer, keep=keep)
        for codes in seen:
            found.update(codes)
    return found


def write_lookup_receipts(ledger: Ledger, found: Lookups, area: Collection[str], notes: Sequence[str]) -> None:
    """Receipts of 2.1, 2.4 and 2.5 once the area is known."""
    main, source = found.main, found.main_source
    kept = int(main.index.isin(set(area)).sum())
    years = ", ".join(f"{s} 20{y:02d}" for s, y in sorted(main.attrs["years"].items()) if y > 0)
    dropped = cut(len(main), kept)
    ledger.used(
        source,
        rows_read=int(main.attrs["rows_read"]),
        rows_kept=kept,
        edition=years,
        vintage="LSOA 2021",
        dropped=dropped,
        notes=[*main.attrs["notes"], *notes],
    )
    if found.pairs is not None and found.pairs_source is not None:
        near = found.pairs[found.pairs["lsoa21"].isin(set(area))]
        counts = ", ".join(f"{r} {n:,}" for r, n in near["rule"].value_counts().sort_index().items())
        ledger.used(
            found.pairs_source,
            rows_read=int(found.pairs.attrs["rows_read"]),
            rows_kept=len(near),
            vintage="LSOA 2011 and 2021",
            notes=[f"pairs of the study area by rule: {counts}"],
            dropped=cut(len(found.pairs), len(near)),
        )
