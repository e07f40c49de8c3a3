"""Bad input: each with a message that names file, column and codes and the mend; nothing is repaired in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boundaries import DataError, load_area
from boundaries.area import Area
from tests import official
from tests.official import CODES, RESIDENTS

POPULATION = "sapelsoa_mid2024_totals__csv"
BOUNDARIES = "LSOA_2021_EW_BGC__geojson"
LOOKUP = "LSOA21_SICBL26_ICB26_LAD26_EN_LU__csv"
LIST = "gp-reg-pat-prac-lsoa-all__csv"


def load(folder: Path, **changed: str | bytes | None) -> Area:
    return load_area(official.write(folder, **changed), ["QX1"], cache=False)


def refused(folder: Path, *words: str, **changed: str | bytes | None) -> DataError:
    """The load must fail with one DataError that says all of `words` and how to mend it."""
    with pytest.raises(DataError) as told:
        load(folder, **changed)
    for word in words:
        assert word in str(told.value), f"{word!r} is not in: {told.value}"
    assert told.value.mend, f"no mend: {told.value}"
    return told.value


# ---------------------------------------------------------------- figures


def test_missing_populations(tmp_path: Path) -> None:
    for value in ("", "*", "[c]", "SUPP"):
        refused(
            tmp_path,
            "sapelsoa_mid2024_totals.csv",
            "column “Total”",
            "no population for 2 of 8",
            "E01000101, E01000103",
            **{POPULATION: official.population({**RESIDENTS, "E01000101": value, "E01000103": value})},
        )
    fewer = {c: n for c, n in RESIDENTS.items() if c != "E01000102"}
    refused(tmp_path, "no population for 1 of 8", "E01000102", **{POPULATION: official.population(fewer)})


def test_a_missing_figure_outside_the_area_is_nobodys_fault(tmp_path: Path) -> None:
    area = load(tmp_path, **{POPULATION: official.population({**RESIDENTS, CODES[11]: "*"})})
    assert int(area.units["residents"].sum()) == 10_800


def test_negative_populations_and_words_come_together(tmp_path: Path) -> None:
    bad = official.population({**RESIDENTS, "E01000101": -5})
    refused(tmp_path, "sapelsoa_mid2024_totals.csv", "1 population is negative", "E01000101 (-5)", **{POPULATION: bad})
    bad = official.population({**RESIDENTS, "E01000101": "about 900"})
    refused(tmp_path, "column “Total”", "1 value is no number", "“about 900”", **{POPULATION: bad})


def test_thousands_commas_are_numbers(tmp_path: Path) -> None:
    area = load(tmp_path, **{POPULATION: official.population({c: f"{n:,}" for c, n in RESIDENTS.items()})})
    assert area.units["residents"].to_dict()["E01900001"] == 1_700


# ---------------------------------------------------------------- codes


def test_duplicate_codes(tmp_path: Path) -> None:
    text = official.population()
    refused(
        tmp_path,
        "sapelsoa_mid2024_totals.csv",
        "column “LSOA 2021 Code”",
        "1 code stands twice",
        "E01000101",
        **{POPULATION: text + text.splitlines(keepends=True)[1]},
    )
    double = official.lookup().splitlines(keepends=True)
    refused(
        tmp_path,
        "LSOA21_SICBL26_ICB26_LAD26_EN_LU.csv",
        "two groups at once",
        "E01000101",
        **{POPULATION: text, LOOKUP: "".join([*double, double[1].replace("E07000901", "E07000902")])},
    )
    two = json.loads(official.boundaries())
    two["features"].append({**two["features"][0], "geometry": two["features"][5]["geometry"]})
    refused(
        tmp_path, "LSOA_2021_EW_BGC.geojson", "E01000101", **{LOOKUP: official.lookup(), BOUNDARIES: json.dumps(two)}
    )


def test_blanks_and_lower_case_are_tidied_and_counted(tmp_path: Path) -> None:
    text = official.population().replace("E01000101", " e01000101 ")
    listed = official.registrations([(p.lower(), a, n) for p, a, n in official.PATIENTS]).replace(
        ",E01000104,", ",e01000104 ,"
    )
    area = load(tmp_path, **{POPULATION: text, LIST: listed})
    assert area.units.at["E01000101", "residents"] == 1_000 and area.units.at["E01000104", "registered"] == 1_200
    notes = {r.file: " ".join(r.notes) for r in area.receipts}
    assert "1 code with blanks or lower case tidied" in notes["sapelsoa_mid2024_totals.csv"]
    assert "1 LSOA code with blanks or lower case tidied" in notes["gp-reg-pat-prac-lsoa-all.csv"]


def test_codes_of_another_kind(tmp_path: Path) -> None:
    refused(
        tmp_path,
        "sapelsoa_mid2024_totals.csv, column “LSOA 2021 Code”",
        "“X1”",
        **{POPULATION: official.population().replace("E01000101", "X1")},
    )


# ---------------------------------------------------------------- vintages


def test_mixed_vintages_in_the_list(tmp_path: Path) -> None:
    rows = [*official.PATIENTS, ("X99002", "E01000109", 50)]
    refused(
        tmp_path,
        "gp-reg-pat-prac-lsoa-all.csv",
        "column LSOA_CODE mixes two vintages",
        "E01000109",
        "E01900001",
        **{LIST: official.registrations(rows)},
    )


def test_a_2011_list_without_the_lookup(tmp_path: Path) -> None:
    old = official.registrations([("X99001", "E01000101", 9), ("X99001", "E01000109", 9)])
    refused(
        tmp_path,
        "does not fit the LSOA 2021 boundaries",
        "E01000109",
        "CHGIND",
        **{LIST: old, "LSOA11_LSOA21_LU__csv": None},
    )
    best_fit = "LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,LAD22CD,LAD22NM\nE01000109,x,E01900001,x,E07000901,Northam\n"
    refused(
        tmp_path,
        "does not fit the LSOA 2021 boundaries",
        **{LIST: old, "LSOA11_LSOA21_LU__csv": None, "best_fit__csv": best_fit},
    )


def test_residents_of_2011(tmp_path: Path) -> None:
    old = {**{c: n for c, n in RESIDENTS.items() if c.startswith("E01000")}, "E01000109": 3_500}
    text = "LSOA 2021 Code,Total\n" + "".join(f"{c},{n}\n" for c, n in old.items())
    refused(tmp_path, "sapelsoa_mid2024_totals.csv gives residents by LSOA 2011", **{POPULATION: text})
    mixed = text + "E01900001,9\n"
    refused(tmp_path, "mixes two vintages", **{POPULATION: mixed})


# ---------------------------------------------------------------- persons


@pytest.mark.parametrize("header", ["NHS number", "nhs_no", "NHSNumber", "Date of birth", "DOB", "patient_dob"])
def test_person_level_columns_are_refused_whatever_the_file(tmp_path: Path, header: str) -> None:
    text = f"practice_code,{header},notes\nX99001,1,x\n"
    told = refused(tmp_path, "visits.csv", header, "data about persons may not be loaded", visits__csv=text)
    assert "Remove this file" in told.mend


def test_valid_nhs_numbers_are_refused_under_any_header(tmp_path: Path) -> None:
    numbers = ["9434765919", "943 476 5870", "9434765838", "9434765862"]
    refused(tmp_path, "looks like NHS numbers", visits__csv="key,notes\n" + "".join(f"{n},x\n" for n in numbers))


# ---------------------------------------------------------------- text


def test_cp1252_and_bom_are_read(tmp_path: Path) -> None:
    text = official.lookup().replace("Northam", "Nørtham")
    for n, data in enumerate((text.encode("cp1252"), text.encode("utf-8-sig"), text.encode("utf-8"))):
        area = load(tmp_path / str(n), **{LOOKUP: data})
        assert area.levels["district"].names["E07000901"] == "Nørtham"
        receipt = next(r for r in area.receipts if r.kind == "lsoa_icb_lad")
        assert receipt.encoding == ("cp1252", "utf-8-sig", "utf-8")[n]


def test_semicolons_tabs_and_utf16(tmp_path: Path) -> None:
    text = official.population()
    refused(
        tmp_path,
        "sapelsoa_mid2024_totals.csv",
        "separated by semicolons",
        "comma",
        **{POPULATION: text.replace(",", ";")},
    )
    refused(tmp_path, "separated by tabs", **{POPULATION: text.replace(",", "\t")})
    refused(tmp_path, "sapelsoa_mid2024_totals.csv", "UTF-16", **{POPULATION: text.encode("utf-16")})


def test_rows_that_end_early_and_headers_alone(tmp_path: Path) -> None:
    text = official.population()
    cut = text[: text.rindex(",")]
    refused(tmp_path, "sapelsoa_mid2024_totals.csv", "its last row ends after 5 of 6 columns", **{POPULATION: cut})
    refused(
        tmp_path, "sapelsoa_mid2024_totals.csv", "header and no rows", **{POPULATION: text.splitlines(keepends=True)[0]}
    )


# ---------------------------------------------------------------- files


def test_every_damaged_file_is_named_at_once(tmp_path: Path) -> None:
    whole = official.zipped({"gp-reg-pat-prac-lsoa-all.csv": official.registrations(official.PATIENTS)})
    told = refused(
        tmp_path,
        "lists.zip",
        "damaged or unfinished zip",
        "empty.csv",
        "It is empty",
        "sheet.xlsx",
        "called .xlsx but holds",
        "page.csv",
        "called .csv but holds",
        lists__zip=whole[: len(whole) // 2],
        empty__csv=b"",
        sheet__xlsx=b"a,b\n1,2\n",
        page__csv=b"<!DOCTYPE html><html>Not found</html>",
    )
    assert len(told.message.splitlines()) == 4 and "take the file out" in told.mend


def test_an_error_reply_saved_as_a_layer(tmp_path: Path) -> None:
    reply = json.dumps({"error": {"code": 400, "message": "Invalid query"}})
    refused(tmp_path, "LSOA_2021_EW_BGC.geojson", "error reply", **{BOUNDARIES: reply})


def test_a_zip_whose_content_fails_its_checksum(tmp_path: Path) -> None:
    whole = bytearray(official.zipped({"gp-reg-pat-prac-lsoa-all.csv": official.registrations(official.PATIENTS) * 50}))
    at = whole.index(b"gp-reg-pat-prac-lsoa-all.csv") + 60
    whole[at : at + 8] = b"\xff" * 8
    refused(tmp_path, "lists.zip", "damaged", lists__zip=bytes(whole), **{LIST: None})


def test_harmless_strangers_are_only_listed(tmp_path: Path) -> None:
    area = load(
        tmp_path, README__txt="Downloaded on Monday.\n", other__csv="a;b\n1;2\n", table__csv="colour,size\nred,1\n"
    )
    told = {r.file: r for r in area.receipts}
    assert {told[n].status for n in ("README.txt", "other.csv", "table.csv")} == {"not recognised"}
    assert all(told[n].notes for n in ("README.txt", "other.csv", "table.csv"))
    check = next(c for c in area.checks if c.key == "unknown_files")
    assert check.status == "warn" and "table.csv" in check.message


def test_derived_folders_and_our_own_exports_are_left_alone(tmp_path: Path) -> None:
    area = load(
        tmp_path, **{"derived/broken__csv": b"", "lsoa_lookup__csv": "LSOA21CD,neighbourhood_code\nE01000101,N1\n"}
    )
    told = {r.file: r.status for r in area.receipts}
    assert "derived/broken.csv" not in told and told["lsoa_lookup.csv"] == "not used"


# ---------------------------------------------------------------- shapes


def test_no_crs_and_wrong_crs(tmp_path: Path) -> None:
    plain = official.geojson(
        [{"LSOA21CD": c, "LSOA21NM": official.NAMES[c]} for c in CODES], map(official.cell, CODES), crs=False
    )
    area = load(tmp_path, **{BOUNDARIES: plain})
    assert (
        area.units.crs is not None and area.units.crs.to_epsg() == 27700 and area.units["area_m2"].round().eq(1e6).all()
    )
    note = " ".join(next(r for r in area.receipts if r.kind == "lsoa_boundaries").notes)
    assert "metres" in note and ("no CRS" in note or "labelled as degrees" in note)
    far = plain.replace(str(official.ORIGIN[0])[:3], "999")
    refused(tmp_path, "LSOA_2021_EW_BGC.geojson", "Britain", **{BOUNDARIES: far})


def test_invalid_rings_are_repaired_and_counted_and_empty_shapes_refused(tmp_path: Path) -> None:
    made = json.loads(official.boundaries())
    x, y = made["features"][0]["geometry"]["coordinates"][0][0]
    made["features"][0]["geometry"]["coordinates"] = [
        [[x, y], [x + 1_000, y + 1_000], [x + 1_000, y], [x, y + 1_000], [x, y]]
    ]
    area = load(tmp_path, **{BOUNDARIES: json.dumps(made)})
    note = " ".join(next(r for r in area.receipts if r.kind == "lsoa_boundaries").notes)
    assert "1 invalid shape repaired: E01000101" in note and area.units.geometry.is_valid.all()
    made["features"][0]["geometry"] = None
    refused(tmp_path, "LSOA_2021_EW_BGC.geojson", "E01000101", **{BOUNDARIES: json.dumps(made)})
