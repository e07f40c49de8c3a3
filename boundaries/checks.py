"""The acceptance checks of formats.md section 11, in planners' words. A check whose file is missing says which file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from boundaries.area import Level
from boundaries.ledger import DATA_ENDINGS
from boundaries.patients import Patients
from boundaries.practices import Practices
from boundaries.receipts import Check, Receipt
from boundaries.words import count, every

PATIENT_LIST = "gp-reg-pat-prac-lsoa-all.csv (patients registered at a GP practice, by LSOA)"
FAR_RATIO = 1.5
NATIONAL_2011, NATIONAL_2021 = 32_844, 33_755


def listed(codes: Sequence[str] | pd.Index, most: int = 5) -> str:
    """The first codes of a list, and how many more there are."""
    shown = ", ".join(map(str, codes[:most]))
    return shown + (f" and {len(codes) - most:,} more" if len(codes) > most else "")


def patients_total(patients: Patients, totals: tuple[pd.Series[float], str, str] | None) -> Check:
    """1. Patients by LSOA add up to the practice totals of the same extract."""
    key, label = "patients_total", "Patients by LSOA add up to the practice totals"
    needs = [PATIENT_LIST] if not patients.source else []
    needs += ["gp-reg-pat-prac-all.csv (practice totals of the same extract)"] if totals is None else []
    if needs or totals is None:
        return Check(key, label, "missing", f"Not checked: add {' and '.join(needs)}.", needs=tuple(needs))
    said, extract, file = totals
    if extract and patients.extract and extract != patients.extract:
        return Check(
            key,
            label,
            "warn",
            f"Not checked: {file} is of {extract}, the patient list of {patients.extract}.",
            mend="Load both files of one extract.",
        )
    both = pd.DataFrame({"lsoa": patients.lists, "total": said.reindex(patients.lists.index)})
    differ = both[(both["lsoa"] - both["total"]).abs() > 0.5]
    absent = both.index[both["total"].isna()]
    if len(differ) or len(absent):
        told = "; ".join(f"{c}: {r.lsoa:,.0f} by LSOA, {r.total:,.0f} in total" for c, r in list(differ.iterrows())[:5])
        if len(absent):
            have = count(len(absent), "practice has", "practices have")
            told += f"{'; ' if told else ''}{have} no total: {listed(absent)}"
        return Check(
            key,
            label,
            "warn",
            f"{count(len(differ) + len(absent), 'practice differs', 'practices differ')}: {told}.",
            mend="Check that both files are complete and of one extract.",
            codes=tuple(differ.index[:50]),
        )
    agree = every(len(both), "practice with patients here agrees", "practices with patients here agree")
    return Check(
        key,
        label,
        "pass",
        f"{agree} to the person ({both['lsoa'].sum():,.0f} patients).",
    )


def registration_codes(patients: Patients, boundary: Collection[str]) -> Check:
    """2. Every English LSOA of the patient list is in the boundary set of its vintage."""
    key, label = "registration_codes", "Every LSOA of the patient list is known"
    if not patients.source:
        return Check(key, label, "missing", f"Not checked: add {PATIENT_LIST}.", needs=(PATIENT_LIST,))
    national = sum(str(c)[:1] == "E" for c in boundary) >= NATIONAL_2021
    if not patients.strange:
        return Check(key, label, "pass", "Every LSOA of the patient list is in the boundaries or lookups loaded.")
    shown = listed(patients.strange)
    told = f"{count(len(patients.strange), 'LSOA')} of the patient list in no boundary or lookup loaded: {shown}"
    if national:
        return Check(
            key,
            label,
            "warn",
            f"{told}.",
            codes=patients.strange[:50],
            mend="Check the vintage of the patient list, and load the whole lookup from LSOA 2011 to 2021.",
        )
    return Check(
        key,
        label,
        "pass",
        f"Every LSOA of the area is known. {told}: they lie outside the source's boundaries, "
        "and their patients are counted as living elsewhere in England.",
    )


def resident_totals(units: gpd.GeoDataFrame, district: Level, table: tuple[pd.Series[float], str] | None) -> Check:
    """3. Residents add up to the ONS district totals. table : residents by district code, and their file."""
    key, label = "resident_totals", "Residents add up to the district totals of ONS"
    needs = "ONS mid-year estimates by local authority district, same year"
    here = units["residents"].groupby(pd.Series(district.assignment, index=units.index)).sum()
    said = (
        f"The area adds up to {count(int(here.sum()), 'resident')} in {count(len(here), 'district')} or parts of them."
    )
    if table is None:
        return Check(
            key, label, "missing", f"Not checked: no table of district totals is loaded. {said}", needs=(needs,)
        )
    totals, file = table
    shown = [
        f"{district.names.get(str(code), code)} {people:,} here, "
        + (f"{totals[code]:,.0f} in the table" if code in totals.index else "not in the table")
        for code, people in here.items()
        if code not in totals.index or totals[code] != people
    ]
    if shown:
        return Check(
            key,
            label,
            "warn",
            f"{file} differs for {count(len(shown), 'district')}: {'; '.join(shown[:6])}.",
            mend="A district that lies in the source only in part differs; else use tables of one year and edition.",
        )
    return Check(key, label, "pass", f"{file} agrees to the person. {said}")


def one_parent(levels: Mapping[str, Level], codes: Sequence[str]) -> Check:
    """4. Each LSOA has one MSOA, one district, one ICB."""
    key, label = "one_parent", "Each LSOA has one MSOA, one district and one ICB"
    wanted = {
        "msoa": "MSOA names (House of Commons Library) or the OA to LSOA to MSOA lookup",
        "district": "LSOA to ICB and district lookup",
        "icb": "LSOA to ICB and district lookup",
    }
    absent = [k for k in wanted if k not in levels]
    holes = {k: [c for c, g in zip(codes, levels[k].assignment, strict=True) if not g] for k in wanted if k in levels}
    holes = {k: v for k, v in holes.items() if v}
    if holes:
        told = "; ".join(
            f"{levels[k].label}: {count(len(v), 'LSOA')} without one ({listed(v)})" for k, v in holes.items()
        )
        return Check(
            key,
            label,
            "warn",
            f"{told}.",
            mend="Load the lookup of the same edition as the boundaries.",
            codes=tuple(sorted({c for v in holes.values() for c in v}))[:50],
        )
    if absent:
        needs = tuple(dict.fromkeys(wanted[k] for k in absent))
        return Check(
            key, label, "missing", f"Not checked for {', '.join(absent)}: add {' and '.join(needs)}.", needs=needs
        )
    said = ", ".join(
        count(len(levels[k].names), name) for k, name in (("msoa", "MSOA"), ("district", "district"), ("icb", "ICB"))
    )
    return Check(key, label, "pass", f"{every(len(codes), 'LSOA')}: {said}.")


def practice_postcodes(practices: Practices, patients: Patients, loaded: bool) -> Check:
    """5. Practices with patients have a postcode that resolves."""
    key, label = "practice_postcodes", "Practices have a place on the map"
    if not patients.source:
        return Check(key, label, "missing", f"Not checked: add {PATIENT_LIST}.", needs=(PATIENT_LIST,))
    frame = practices.frame
    away = frame[frame["x"].isna()]
    if len(away):
        told = "; ".join(
            f"{c} {r['name']}: {r['patients_here']:,.0f} patients here" for c, r in list(away.iterrows())[:5]
        )
        needs = () if loaded else ("Code-Point Open or the ONS Postcode Directory",)
        return Check(
            key,
            label,
            "warn",
            f"{len(away):,} of {count(len(frame), 'practice')} not placed: {told}.",
            mend="Add a table with their postcode (epraccur, practice map) and one with positions of postcodes.",
            needs=needs,
            codes=tuple(away.index),
        )
    rest = frame[~frame["site_basis"].str.contains(", placed by ", regex=False)]
    told = (
        f" {len(rest):,} of them by coordinates in a practice table, not by postcode: {listed(rest.index)}."
        if len(rest)
        else ""
    )
    return Check(key, label, "pass", f"{every(len(frame), 'practice is', 'practices are')} placed.{told}")


def registered_ratio(units: gpd.GeoDataFrame, patients: Patients) -> Check:
    """6. Registered patients per resident, and the LSOAs far from the place's own ratio."""
    key, label = "registered_ratio", "Registered patients compared with residents"
    if not patients.source:
        return Check(key, label, "missing", f"Not checked: add {PATIENT_LIST}.", needs=(PATIENT_LIST,))
    people, listed_people = units["residents"].astype(float), units["registered"]
    own = float(listed_people.sum() / people.sum())
    ratio = listed_people / people.where(people > 0)
    far = ratio[(ratio > own * FAR_RATIO) | (ratio < own / FAR_RATIO)]
    told = f"{listed_people.sum():,.0f} registered for {people.sum():,.0f} residents, {own:.2f} to one"
    if len(far):
        order = (far / own - 1).abs().sort_values(ascending=False, kind="stable").index
        shown = "; ".join(f"{units.at[c, 'name']} ({c}) {ratio[c]:.2f}" for c in order[:5])
        return Check(
            key,
            label,
            "warn",
            f"{told}. {count(len(far), 'LSOA is', 'LSOAs are')} far from that: {shown}. Students, prisons, bases, "
            "new housing or another vintage may be the reason.",
            codes=tuple(map(str, order[:100])),
        )
    return Check(key, label, "pass", f"{told}; no LSOA is far from that.")


def vintage(patients: Patients, pairs_loaded: bool) -> Check:
    """7. Everything stands on LSOA 2021; a 2011 list came by the lookup (a join without it never gets this far)."""
    key, label = "vintage", "All tables stand on LSOA 2021"
    if not patients.source or patients.vintage is None:
        return Check(key, label, "pass", "Boundaries and tables are of LSOA 2021.")
    if patients.vintage.year == "2011":
        total = float(patients.touched["people"].sum())
        parts = ", ".join(f"{r['rule']} {r['people']:,.0f}" for r in patients.touched.to_dict("records"))
        complex_ones = patients.touched[patients.touched["rule"] == "X"]
        return Check(
            key,
            label,
            "warn" if len(complex_ones) else "pass",
            f"The patient list is of LSOA 2011 and was moved to 2021 by the ONS lookup: {total:,.0f} people ({parts}).",
        )
    if patients.vintage.year == "either" and not pairs_loaded:
        need = "LSOA (2011) to LSOA (2021) lookup"
        return Check(
            key,
            label,
            "warn",
            f"The vintage of the patient list cannot be told ({patients.vintage.basis}).",
            mend=f"Add the ONS {need}.",
            needs=(need,),
        )
    return Check(
        key, label, "pass", f"The patient list is of LSOA 2021, or its codes did not change: {patients.vintage.basis}."
    )


def outside_rows(patients: Patients) -> Check:
    """8. Rows that are no English area stand in the receipt and never on the map."""
    key, label = "outside_rows", "Patients without a known English address are counted apart"
    if not patients.source:
        return Check(key, label, "missing", f"Not checked: add {PATIENT_LIST}.", needs=(PATIENT_LIST,))
    tokens = "; ".join(f"{t or 'blank'} {p:,.0f} people" for t, (_, p) in sorted(patients.tokens.items()))
    here, away = (
        float(patients.registrations["patients"].sum()),
        patients.elsewhere.groupby("category")["patients"].sum(),
    )
    told = ", ".join(f"{str(c).replace('_', ' ')} {float(p):,.0f}" for c, p in away.items())
    return Check(
        key,
        label,
        "pass",
        f"{here:,.0f} patients live here; the same practices have elsewhere: {told or 'none'}. "
        f"Values that are no LSOA: {tokens or 'none'}.",
    )


def column_names(receipts: Sequence[Receipt]) -> Check:
    """9. Columns are found by name, whatever the order, case, BOM or line ends."""
    used = [r for r in receipts if r.status == "used"]
    kinds = pd.Series([r.encoding or "no text" for r in used]).value_counts().sort_index()
    told = ", ".join(f"{n} {k}" for k, n in kinds.items())
    return Check(
        "column_names",
        "Columns are found by name",
        "pass",
        f"{count(len(used), 'file was', 'files were')} read by the names of their "
        f"columns or the shape of their rows, in any order, with any line ends ({told}).",
    )


def places_by_membership(used: Sequence[Receipt], levels: Mapping[str, Level]) -> Check:
    """10. Places of different years are matched by LSOA, never by equal codes."""
    editions = sorted(
        {
            r.edition
            for r in used
            if r.status == "used" and r.kind in ("lsoa_icb_lad", "lsoa_ward", "lad_upper_tier") and r.edition
        }
    )
    return Check(
        "places_by_membership",
        "Places of different years are matched by LSOA",
        "pass",
        f"{len(levels):,} levels are held per LSOA; codes of different editions are never compared"
        f"{': ' + '; '.join(editions) if editions else ''}.",
    )


def lookup_complete(
    without_lookup: Sequence[str], without_shape: Sequence[str], warnings: Sequence[str], file: str
) -> Check:
    """Every LSOA of the boundaries is in the lookup, and the other way round."""
    key, label = "lookup_complete", "Boundaries and lookups hold the same LSOAs"
    told = []
    if without_lookup:
        told.append(
            f"{count(len(without_lookup), 'LSOA')} of the boundary file left out, as {file} does not list them: "
            f"{listed(without_lookup)}"
        )
    if without_shape:
        told.append(
            f"{count(len(without_shape), 'LSOA')} of {file} left out, without a boundary: {listed(without_shape)}"
        )
    mend = "Load boundaries and lookups of the same extent." if told else ""
    told += [words[:1].upper() + words[1:].removesuffix(".") for words in warnings]
    if told:
        return Check(
            key,
            label,
            "warn",
            ". ".join(told) + ".",
            mend=mend,
            codes=tuple([*without_lookup, *without_shape][:100]),
        )
    return Check(key, label, "pass", "Every LSOA of the boundaries is in the lookups.")


def damaged_or_unknown(receipts: Sequence[Receipt]) -> Check:
    """Files that were not recognised."""
    strange = [r.file for r in receipts if r.status == "not recognised" and r.file.lower().endswith(DATA_ENDINGS)]
    if strange:
        return Check(
            "unknown_files",
            "Every file was recognised",
            "warn",
            f"{count(len(strange), 'file was', 'files were')} not recognised and not used: {listed(strange)}.",
            mend="The receipts say why; take them out, or ask for the official file.",
        )
    return Check(
        "unknown_files", "Every file was recognised", "pass", f"All data files among {len(receipts):,} were recognised."
    )
