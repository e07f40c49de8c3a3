"""ONS lookups (formats.md section 2), from rows of text to tidy tables; codes decide, names are for display."""

from __future__ import annotations

import re

import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.words import count

NAME_MSOA = re.compile(r"^(.*\S)\s*[A-Z]$")
_SKIP_STEMS = {"LSOA", "OA"}


def lsoa_groups(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Any lookup keyed by LSOA 2021 (2.1, 2.2, 2.3, rural-urban): one row per LSOA, indexed by its code.

    Columns are named by whole stem in lower case and suffix: name (of the LSOA), lad_cd, lad_nm, sicbl_cd, sicbl_cdh,
    icb_cd, wd_cd, msoa_cd, ruc_nm ...; of two years of one stem the newest. A lookup with a row per output area is
    reduced to distinct LSOAs. `attrs["years"]` maps stem -> two-digit year; `attrs["changed"]` counts codes that had
    blanks or lower case; `attrs["notes"]` are for the receipt.

    Raises DataError for codes of another shape, and for an LSOA given two different groups of one kind.
    """
    names = list(map(str, frame.columns))
    key = col.find_lsoa(names, 21)
    if key is None:
        raise DataError(f"{file} has no column of LSOA 2021 codes.", mend="Load the LSOA 2021 edition of this lookup.")
    codes, changed = col.tidy_codes(frame[key], entity="lsoa", file=file, column=key)
    out = pd.DataFrame({"lsoa": codes})
    lsoa_name = col.find_stamped(names, "LSOA", "NM", year=21) or col.find_stamped(names, "LSOA", "NM")
    if lsoa_name:
        out["name"] = frame[lsoa_name.column].str.strip()
    years: dict[str, int] = {}
    said: dict[str, str] = {}
    notes: list[str] = []
    for stem in sorted({s.stem for s in col.stamped(names)} - _SKIP_STEMS):
        for suffix in ("CD", "CDH", "NM"):
            found = col.find_stamped(names, stem, suffix)
            if found is None:
                continue
            out[f"{stem.lower()}_{suffix.lower()}"] = frame[found.column].str.strip()
            said[f"{stem.lower()}_{suffix.lower()}"] = found.column
            years.setdefault(stem, found.year)
        code = f"{stem.lower()}_cd"
        if code in out:
            out[code] = out[code].str.upper()
        note = col.stamped_note(names, stem)
        notes += [note] if note else []
    parents = [c for c in out.columns if c.endswith("_cd")]
    distinct = out.drop_duplicates(["lsoa", *parents])
    twice = sorted(set(distinct.loc[distinct["lsoa"].duplicated(), "lsoa"]))
    if twice:
        both = distinct[distinct["lsoa"].isin(twice)].groupby("lsoa")
        differ = [said[c] for c in parents if (both[c].nunique() > 1).any()]
        raise DataError(
            f"{file}: {count(len(twice), 'LSOA stands', 'LSOAs stand')} in two groups at once "
            f"({', '.join(twice[:5])}); columns {', '.join(differ)}.",
            mend="Each LSOA may have one row (or rows that agree): take the lookup from ONS again.",
        )
    table = distinct.set_index("lsoa").sort_index()
    if changed:
        notes.append(f"{count(changed, 'LSOA code')} with blanks or lower case tidied")
    table.attrs.update(years=years, changed=changed, notes=tuple(notes))
    return table


def vintage_pairs(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """2.4: columns lsoa11, lsoa21, rule (U, S, M, X). Refuses the best-fit twin without CHGIND and unknown rules."""
    names = list(map(str, frame.columns))
    old, new = col.find_lsoa(names, 11), col.find_lsoa(names, 21)
    rule = col.find(names, "CHGIND", "CHNGIND")
    if old is None or new is None or rule is None:
        raise DataError(
            f"{file} cannot convert counts: it needs LSOA 2011 and 2021 codes and a CHGIND column.",
            mend="Load the exact lookup “LSOA (2011) to LSOA (2021)”; the best-fit one has no CHGIND.",
        )
    codes11, _ = col.tidy_codes(frame[old], entity="lsoa", file=file, column=old)
    codes21, _ = col.tidy_codes(frame[new], entity="lsoa", file=file, column=new)
    rules = frame[rule].str.strip().str.upper()
    odd = sorted(set(rules) - {"U", "S", "M", "X"})
    if odd:
        raise DataError(
            f"{file}, column “{rule}”: unknown rules {', '.join(map(repr, odd[:5]))}; known are U, S, M, X."
        )
    table = pd.DataFrame({"lsoa11": codes11, "lsoa21": codes21, "rule": rules})
    return table.drop_duplicates().sort_values(["lsoa11", "lsoa21"], ignore_index=True)


def upper_tiers(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """2.5: indexed by district code: code (of the upper tier), name. Accepts LTLA/UTLA and LAD/CTYUA stems."""
    names = list(map(str, frame.columns))
    lower = col.find_stamped(names, "LTLA") or col.find_stamped(names, "LAD")
    upper_stem = next((s for s in ("UTLA", "CTYUA", "CTY") if col.find_stamped(names, s)), "")
    upper = col.find_stamped(names, upper_stem) if upper_stem else None
    if lower is None or upper is None:
        raise DataError(
            f"{file} has no pair of district and upper-tier columns.", mend="Load the ONS LTLA to UTLA lookup."
        )
    label = col.find_stamped(names, upper_stem, "NM")
    table = pd.DataFrame(
        {
            "lad": frame[lower.column].str.strip().str.upper(),
            "code": frame[upper.column].str.strip().str.upper(),
            "name": frame[label.column].str.strip() if label else "",
        }
    )
    table = table[table["lad"].str.fullmatch(col.PATTERNS["lad"])].drop_duplicates(["lad", "code"])
    twice = sorted(set(table.loc[table["lad"].duplicated(), "lad"]))
    if twice:
        raise DataError(
            f"{file}: districts {', '.join(twice[:5])} stand in two upper tiers.", mend="Take it from ONS again."
        )
    return table.set_index("lad").sort_index()


def msoa_names(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """2.6: indexed by MSOA 2021 code: official ("Peterborough 004"), readable (House of Commons name)."""
    names = list(map(str, frame.columns))
    code = col.find(names, "msoa21cd", "msoa11cd")
    if code is None:  # a BOM read as cp1252 damages the first header
        code = next((c for c in names if col.key(c).endswith("msoa21cd")), None)
    readable = col.find(names, "msoa21hclnm", "msoa11hclnm")
    official = col.find(names, "msoa21nm", "msoa11nm")
    if code is None or readable is None:
        raise DataError(
            f"{file} lacks the columns msoa21cd and msoa21hclnm.", mend="Take it from the Commons Library again."
        )
    codes, _ = col.tidy_codes(frame[code], entity="msoa", file=file, column=code)
    table = pd.DataFrame(
        {
            "msoa": codes,
            "official": frame[official].str.strip() if official else "",
            "readable": frame[readable].str.strip(),
        }
    )
    return table.drop_duplicates("msoa").set_index("msoa").sort_index()


def msoa_from_name(lsoa_name: str) -> str:
    """The MSOA that an LSOA name states: "Peterborough 004A" is in "Peterborough 004"; "" when it states none."""
    match = NAME_MSOA.match(lsoa_name.strip())
    return match[1] if match and match[1][-1:].isdigit() else ""


def other_groups(frame: pd.DataFrame, file: str) -> tuple[str, pd.DataFrame]:
    """A lookup of LSOAs to something else, such as a council's localities: its label, and code, name by LSOA.

    The group's code is the first column that is no LSOA column, number of the row or ONS artefact; its name is the
    next column whose header says name or label, else the code.
    """
    names = list(map(str, frame.columns))
    key = col.find_lsoa(names, 21) or names[0]
    skip = {"objectid", "fid", "globalid", "shape__area", "shape__length"}
    rest = [c for c in names if c != key and col.key(c) not in skip and not col.key(c).startswith("lsoa")]
    if not rest:
        raise DataError(f"{file} gives LSOAs but no group for them.", mend="Add a column with the group of each LSOA.")
    coded = [c for c in rest if re.search(r"(cd|code|id)$", col.key(c))]
    named = [c for c in rest if re.search(r"(nm|name|label)$", col.key(c))]
    code = coded[0] if coded else (named or rest)[0]
    name = named[0] if named else code
    codes, _ = col.tidy_codes(frame[key], entity="lsoa", file=file, column=key)
    table = pd.DataFrame({"lsoa": codes, "code": frame[code].str.strip(), "name": frame[name].str.strip()})
    distinct = table.drop_duplicates(["lsoa", "code"])
    twice = sorted(set(distinct.loc[distinct["lsoa"].duplicated(), "lsoa"]))
    if twice:
        raise DataError(
            f"{file}: LSOAs {', '.join(twice[:5])} stand in two groups of “{code}”.", mend="Keep one of them."
        )
    label = re.sub(
        r"[_\s]+", " ", re.sub(r"(\d\d)?(cd|nm|code|name|id)$", "", col.key(name if named else code))
    ).strip()
    return label or col.key(code), distinct.set_index("lsoa").sort_index()
