"""Every official file is known by its columns or the shape of its rows, whatever it is called."""

from __future__ import annotations

import os
import random
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point, box

from boundaries import columns as col
from boundaries import sources
from boundaries.errors import DataError
from boundaries.kinds import KINDS
from boundaries.source_file import SourceFile

L = "E01000001,Exampleton 001A"
PERIODS = "Index of Multiple Deprivation (IMD)"
TABLES = {
    "lsoa_icb_lad": [
        "LSOA21CD,LSOA21NM,SICBL26CD,SICBL26CDH,SICBL26NM,ICB26CD,ICB26CDH,ICB26NM,NHSER26CD,LAD26CD,LAD26NM,ObjectId",
        f"{L},E38000999,99X,NHS Example,E54000999,QX9,NHS Example ICB,E40000099,E06000999,Exampleton,1",
    ],
    "oa_lsoa_msoa": [
        "OA21CD,LSOA21CD,LSOA21NM,LSOA21NMW,MSOA21CD,MSOA21NM,MSOA21NMW,LAD22CD,LAD22NM,LAD22NMW,ObjectId",
        f"E00000001,{L},,E02000001,Exampleton 001,,E06000999,Exampleton,,1",
    ],
    "lsoa_ward": [
        "LSOA21CD,LSOA21NM,WD24CD,WD24NM,LAD24CD,LAD24NM,ObjectId",
        f"{L},E05000001,Mill,E06000999,Exampleton,1",
    ],
    "lsoa11_lsoa21": [
        "F_LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,CHGIND,LAD22CD,LAD22NM,LAD22NMW,ObjectId",
        f"{L},{L},U,E06000999,Exampleton,,1",
    ],
    "lsoa11_lsoa21_best_fit": ["LSOA11CD,LSOA11NM,LSOA21CD,LSOA21NM,ObjectId", f"{L},{L},1"],
    "lad_upper_tier": [
        "LTLA24CD,LTLA24NM,UTLA24CD,UTLA24NM,ObjectId",
        "E07000008,Cambridge,E10000003,Cambridgeshire,1",
    ],
    "msoa_names": [
        "msoa21cd,msoa21nm,msoa21nmw,msoa21hclnm,msoa21hclnmw,localauthorityname,type",
        "E02000001,Exampleton 001,,Mill Bank & Abbey,,Exampleton,x",
    ],
    "lsoa_lookup": ["LSOA21CD,Council code,Council", "E01000001,NEW1,New Council"],
    "population_totals": [
        "LAD 2023 Code,LAD 2023 Name,LSOA 2021 Code,LSOA 2021 Name,Total",
        f'E06000999,Exampleton,{L},"1,918"',
    ],
    "population_broad_age": [
        "LAD 2023 Code,LSOA 2021 Code,LSOA 2021 Name,Total,F0 to 15,M0 to 15",
        f"E06000999,{L},10,5,5",
    ],
    "population_single_year": ["LSOA 2021 Code,LSOA 2021 Name,Total,F0,F90,M0,M90", f"{L},4,1,1,1,1"],
    "census_age": [
        "Lower layer Super Output Areas Code,Lower layer Super Output Areas,Age (6 categories) Code,"
        "Age (6 categories),Observation",
        f"{L},1,Aged 15 years and under,402",
    ],
    "ts021": [
        "date,geography,geography code,Ethnic group: Total: All usual residents,Ethnic group: White",
        "2021,Exampleton 001A,E01000001,1500,900",
    ],
    "nomis_api": ["GEOGRAPHY_CODE,GEOGRAPHY_NAME,OBS_VALUE,RECORD_COUNT", f"{L},1500,1"],
    "registrations": [
        "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS",
        'GP_PRAC_PAT_LIST,01OCT2025,A81001,"MILL, THE",E01000001,ALL,812',
    ],
    "practice_totals": [
        "PUBLICATION,EXTRACT_DATE,TYPE,SUB_ICB_LOCATION_CODE,ONS_SUB_ICB_LOCATION_CODE,CODE,POSTCODE,SEX,AGE,"
        "NUMBER_OF_PATIENTS",
        "GP_PRAC_PAT_LIST,01OCT2025,GP,99X,E38000999,A81001,EX1 1AA,ALL,ALL,9000",
    ],
    "practice_map": [
        "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,PCN_CODE,PCN_NAME,ICB_CODE",
        "GP_PRAC_PAT_LIST,01OCT2025,A81001,MILL,EX1 1AA,U12345,EX PCN,QX9",
    ],
    "core_partners": [
        "Partner Organisation Code,Partner Name,PCN Code,PCN Name,Practice to PCN Relationship Start Date",
        "A81001,MILL,U12345,EX PCN,20190701",
    ],
    "iod_2025": [
        f"LSOA code (2021),LSOA name (2021),Local Authority District code (2024),{PERIODS} Score",
        f"{L},E06000999,21.5",
    ],
    "iod_2019": [
        f"LSOA code (2011),LSOA name (2011),Local Authority District code (2019),{PERIODS} Score",
        f"{L},E06000999,21.5",
    ],
    "rural_urban": ["LSOA21CD,LSOA21NM,RUC21CD,RUC21NM,Urban_rura", f"{L},UN1,Urban,Urban"],
    "place_based": [
        "Practice_Code,GP_Practice_Name,Practice_Postcode,Latitude,Longitude,ICB,Registered Patients",
        "A81001,MILL,EX1 1AA,52.2,0.1,QX9,7138.2",
    ],
    "links": ["from_code,to_code,kind,note", "E01000001,E01000002,ferry,summer only"],
    "onspd": ["pcds,dointr,doterm,lsoa21cd,lad25cd,east1m", "EX1 1AA,198001,,E01000001,E06000999,500000"],
    "lsoa_centroids": ["FID,LSOA21CD,GlobalID,x,y", "1,E01000001,abc,500000.5,200000.5"],
    "written_by_us": [
        "LSOA21CD,LSOA21NM,neighbourhood_code,neighbourhood_name,place",
        f"{L},CAMP-01,Mill Bank,North",
    ],
    "unknown": ["day,weather", "Monday,rain"],
}
ODS = (
    '"{}","MILL","Y99","QX9","1 MILL","","","EX","","EX1 1AA","19740401","","{}","B","{}","20130401","","01999","","",'
    '"","0","","99X","","RO76",""'
)
HEADERLESS = {
    "epraccur": ODS.format("A81001", "ACTIVE", "99X"),
    "ebranchs": ODS.format("A81001001", "ACTIVE", "A81001"),
    "epcn": '"U12345","EX PCN","99X","NHS EX","20190701","","1 MILL","","","","","EX1 1AA"',
    "core_partners": '"A81001","MILL","99X","NHS EX","U12345","EX PCN","99X","NHS EX","20190701","","1"',
    "codepoint": '"EX1 1AA",10,516967,216610,"E92000001","E19000001","E18000006","","E06000999","E05000001"',
}


def only(folder: Path) -> SourceFile:
    found = sources.scan(folder)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("kind", TABLES)
def test_each_table_is_known_by_its_columns(tmp_path: Path, kind: str) -> None:
    (tmp_path / "download (3).csv").write_text("\n".join(TABLES[kind]) + "\n", encoding="utf-8", newline="")
    found = only(tmp_path)
    assert (found.kind, found.problem, found.stops) == (kind, "", False)
    assert kind in KINDS and len(found.sha256) == 64


@pytest.mark.parametrize("kind", TABLES)
def test_order_bom_line_ends_and_case_do_not_matter(tmp_path: Path, kind: str) -> None:
    frame = pd.read_csv(pd.io.common.StringIO("\n".join(TABLES[kind])), dtype=str, keep_default_na=False)
    order = list(frame.columns)
    random.Random(7).shuffle(order)
    frame = frame[order].rename(columns=str.lower)
    frame.to_csv(tmp_path / "x.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    found = only(tmp_path)
    assert found.kind == kind and found.encoding == "utf-8-sig"


@pytest.mark.parametrize("kind", HEADERLESS)
def test_files_without_header_are_known_by_the_shape_of_their_rows(tmp_path: Path, kind: str) -> None:
    (tmp_path / "report.csv").write_text((HEADERLESS[kind] + "\r\n") * 3, encoding="utf-8", newline="")
    found = only(tmp_path)
    assert (found.kind, found.has_header, found.problem) == (kind, False, "")


def test_ods_reports_with_headers(tmp_path: Path) -> None:
    header = ",".join(["Organisation Code", "Name", "Postcode", *map(str, range(24))])
    rest = ",".join(["x"] * 24)
    (tmp_path / "a.csv").write_text(f"{header}\nA81001,MILL,EX1 1AA,{rest}\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(f"{header}\nA81001001,MILL,EX1 1AA,{rest}\n", encoding="utf-8")
    assert [(f.kind, f.has_header) for f in sources.scan(tmp_path)] == [("epraccur", True), ("ebranchs", True)]


def test_a_saved_nomis_table_has_a_preamble(tmp_path: Path) -> None:
    text = (
        '"Population estimates"\n"ONS Crown Copyright"\n\n"date","2024"\n\n'
        '"2021 super output area - lower layer","2024"\n'
        '"E01000001 : Exampleton 001A","1500"\n\n"note"\n'
    )
    (tmp_path / "nomis.csv").write_text(text, encoding="utf-8")
    found = only(tmp_path)
    assert (found.kind, found.header_row, found.vintage) == ("nomis_download", 5, "2021")


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_workbooks_by_their_sheets(tmp_path: Path) -> None:
    banner: list[list[object]] = [["Mid-2024"], ["Source"], [""]]
    ages = ["LAD 2023 Code", "LAD 2023 Name", "LSOA 2021 Code", "LSOA 2021 Name", "Total", "F0", "F90", "M0", "M90"]
    workbook(
        tmp_path / "a.xlsx",
        {"Cover": [["Notes"]], "Mid-2023 LSOA 2021": [*banner, ages[:5]], "Mid-2024 LSOA 2021": [*banner, ages]},
    )
    partners = ["Partner\nOrganisation\nCode", "Partner\nName", "PCN Code", "PCN Name"]
    workbook(
        tmp_path / "b.xlsx", {"PCNDetails": [["PCN Code"], ["U1"]], "PCN Core Partner Details": [partners, ["A81001"]]}
    )
    workbook(tmp_path / "c.xlsx", {"Sheet1": [["LSOA21CD", "Council code"], ["E01000001", "NEW1"]]})
    workbook(tmp_path / "d.xlsx", {"Rota": [["Day", "Who"], ["Monday", "Ann"]]})
    found = sources.scan(tmp_path)
    assert [(f.kind, f.header_row) for f in found] == [
        ("population_single_year", 3), ("epcn_workbook", 0), ("lsoa_lookup", 0), ("unknown", 0),
    ]  # fmt: skip
    assert found[0].vintage == "2021" and found[1].columns[0] == "Partner Organisation Code"


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"LSOA21CD": "E01000001", "LSOA21NM": "One"}, "lsoa_boundaries"),
        ({"lsoa21cd": "E01000001"}, "lsoa_boundaries"),
        ({"LSOA11CD": "E01000001"}, "lsoa11_boundaries"),
        ({"MSOA21CD": "E02000001"}, "msoa_boundaries"),
        ({"WD25CD": "E05000001", "LAD25CD": "E06000999"}, "ward_boundaries"),
        ({"LAD24CD": "E06000999"}, "lad_boundaries"),
        ({"CTYUA24CD": "E10000003"}, "layer"),
        ({"locality": "North"}, "layer"),
    ],
)
@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp"])
def test_layers_by_their_code_column(tmp_path: Path, columns: dict[str, str], kind: str, ending: str) -> None:
    frame = gpd.GeoDataFrame({c: [v] for c, v in columns.items()}, geometry=[box(5e5, 2e5, 5.01e5, 2.01e5)], crs=27700)
    frame.to_file(tmp_path / f"layer{ending}")
    found = only(tmp_path)
    assert (found.kind, found.problem) == (kind, "")


def test_points_are_centroids_and_lines_are_no_areas(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"LSOA21CD": ["E01000001"]}, geometry=[Point(5e5, 2e5)], crs=27700)
    frame.to_file(tmp_path / "a.gpkg")
    frame.set_geometry(frame.buffer(10).boundary).to_file(tmp_path / "b.gpkg")
    first, second = sources.scan(tmp_path)
    assert first.kind == "lsoa_centroids"
    assert second.kind == "unknown" and "no areas" in second.problem


def test_a_geojson_whose_properties_come_after_a_long_shape(tmp_path: Path) -> None:
    ring = ",".join(f"[{500000 + n},200000]" for n in range(20_000))
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[['
        f'{ring},[500000,300000],[500000,200000]]]}},"properties":{{"LSOA21CD":"E01000001"}}}}]}}'
    )
    (tmp_path / "x.geojson").write_text(text, encoding="utf-8")
    assert only(tmp_path).kind == "lsoa_boundaries"


# ---------------------------------------------------------------- zips, folders, what is left out


def test_zips_are_looked_into_and_derived_is_left_out(tmp_path: Path) -> None:
    text = "\n".join(TABLES["registrations"]) + "\n"
    with zipfile.ZipFile(tmp_path / "gp-reg.zip", "w") as archive:
        archive.writestr("gp-reg-pat-prac-lsoa-all.csv", text)
        archive.writestr("Documents/readme.pdf", b"%PDF-1.4 \0\0")
        archive.writestr("__MACOSX/._x.csv", b"\0")
    postcodes = "\n".join(TABLES["onspd"]) + "\n"
    with zipfile.ZipFile(tmp_path / "onspd.zip", "w") as archive:
        archive.writestr("Data/ONSPD_AUG_2026_UK.csv", postcodes)
        archive.writestr("Data/multi_csv/ONSPD_AUG_2026_UK_EX.csv", postcodes)
    frame = gpd.GeoDataFrame({"LSOA21CD": ["E01000001"]}, geometry=[box(5e5, 2e5, 5.01e5, 2.01e5)], crs=27700)
    (tmp_path / "s").mkdir()
    frame.to_file(tmp_path / "s" / "l.shp")
    with zipfile.ZipFile(tmp_path / "shape.zip", "w") as archive:
        for part in sorted((tmp_path / "s").iterdir()):
            archive.write(part, f"inner/{part.name}")
    for folder in ("derived", "deep/Derived", ".hidden"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.csv").write_text(text, encoding="utf-8")
    found = {f.relative: f.kind for f in sources.scan(tmp_path)}
    assert found == {
        "gp-reg.zip/Documents/readme.pdf": "unknown",
        "gp-reg.zip/gp-reg-pat-prac-lsoa-all.csv": "registrations",
        "onspd.zip/Data/ONSPD_AUG_2026_UK.csv": "onspd",
        "onspd.zip/Data/multi_csv/ONSPD_AUG_2026_UK_EX.csv": "unknown",
        "s/l.shp": "lsoa_boundaries",
        "shape.zip/inner/l.shp": "lsoa_boundaries",
    }


@pytest.mark.skipif(os.name == "nt", reason="making a link needs a right on Windows")
def test_a_link_to_a_folder_is_not_followed_and_is_listed(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").write_text("LSOA21CD\n", encoding="utf-8")
    (tmp_path / "here" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (only,) = sources.scan(tmp_path / "here")
    assert (only.relative, only.kind, only.stops) == ("linked", "unknown", False)
    assert "not followed" in only.problem and only.mend


def test_a_folder_that_is_absent_or_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        sources.scan(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no files"):
        sources.scan(tmp_path)


# ---------------------------------------------------------------- bad files


def test_what_is_wrong_is_said_and_stops_the_load_only_where_it_matters(tmp_path: Path) -> None:
    good = "\n".join(TABLES["registrations"])
    (tmp_path / "a_semicolon.csv").write_text(good.replace(",", ";"), encoding="utf-8")
    (tmp_path / "b_empty.csv").write_bytes(b"")
    (tmp_path / "c_really_a_zip.csv").write_bytes(b"PK\x03\x04" + b"x" * 100)
    (tmp_path / "d_cut.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    (tmp_path / "e_utf16.csv").write_bytes(good.encode("utf-16"))
    (tmp_path / "f_page.geojson").write_text("<html></html>", encoding="utf-8")
    (tmp_path / "g_error.geojson").write_text('{"error":{"code":400}}', encoding="utf-8")
    (tmp_path / "h_header_only.csv").write_text(TABLES["registrations"][0] + "\n", encoding="utf-8")
    (tmp_path / "i_not_a_book.xlsx").write_text("x", encoding="utf-8")
    found = {f.relative[0]: f for f in sources.scan(tmp_path)}
    said = {k: (f.kind, f.stops, f.problem) for k, f in found.items()}
    assert said["a"] == (
        "registrations",
        True,
        "It cannot be read: its columns are separated by semicolons, not commas.",
    )
    assert said["b"] == ("unknown", False, "It is empty.")
    assert said["c"] == ("unknown", False, "It is called .csv but holds a zip or workbook.")
    assert said["d"][:2] == ("unknown", False) and "damaged or unfinished" in said["d"][2]
    assert said["e"][:2] == ("unknown", False) and "UTF-16" in said["e"][2]
    assert said["f"][2] == "It is called .geojson but holds a web page or XML."
    assert said["g"][2] == "It holds an error reply of the server instead of a layer."
    assert said["h"] == ("registrations", True, "It has a header and no rows.")
    assert said["i"][2] == "It is called .xlsx but holds plain text."
    with pytest.raises(DataError, match=r"a_semicolon.csv.*semicolons.*CSV UTF-8"):
        found["a"].raise_problem()


def test_person_level_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("LSOA21CD,NHS Number\nE01000001,1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("LSOA21CD,Date_of_Birth\nE01000001,1/1/1950\n", encoding="utf-8")
    numbers = ["9434765919", "943 476 5870", "9434765838"]
    rows = "".join(f"E0100000{n},{v}\n" for n, v in enumerate(numbers, 1))
    (tmp_path / "c.csv").write_text(f"LSOA21CD,ref\n{rows}", encoding="utf-8")
    workbook(tmp_path / "d.xlsx", {"x": [["LSOA21CD", "DOB"], ["E01000001", "1950-01-01"]]})
    found = sources.scan(tmp_path)
    assert [f.refused and f.stops for f in found] == [True] * 4, [f.problem for f in found]
    assert [f.problem.split("”")[0].split("“")[1] for f in found] == ["NHS Number", "Date_of_Birth", "ref", "DOB"]
    with pytest.raises(DataError, match="data about persons"):
        found[2].raise_problem()


@pytest.mark.parametrize(
    "header",
    ["NHS number", "nhs_no", "NHSNumber", "Patient NHS No.", "DOB", "Pt dob", "date of birth", "D.O.B.", "BirthDate"],
)
def test_headers_that_look_like_persons(header: str) -> None:
    assert col.person_level(header)


@pytest.mark.parametrize(
    "header", ["NHSER26CD", "NHS region", "Number of NHS patients", "dobson", "ObjectId", "Telephone"]
)
def test_headers_that_do_not(header: str) -> None:
    assert not col.person_level(header)
    assert not col.person_level(header, ["0123456789", "0198765432", "0111111111", "1234567890"])


def test_a_total_of_anything_is_not_taken_for_residents(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("LSOA21CD,Total\nE01000001,12\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("LSOA21CD,Population\nE01000001,1200\n", encoding="utf-8")
    first, second = sources.scan(tmp_path)
    assert first.kind == "unknown" and "says that it counts residents" in first.problem and not first.stops
    assert second.kind == "population_totals"


# ---------------------------------------------------------------- columns


def test_columns_are_found_by_whole_stem_and_newest_year() -> None:
    columns = ["ctry24cd", "cty23cd", "LAD22CD", "lad24cd", "LAD24NM", "F_LSOA11CD", "ICB26CDH"]
    assert col.find_stamped(columns, "CTY").column == "cty23cd"  # type: ignore[union-attr]
    assert col.find_stamped(columns, "LAD").column == "lad24cd"  # type: ignore[union-attr]
    assert col.find_stamped(columns, "ICB") is None
    assert col.find_lsoa(columns, 11) == "F_LSOA11CD"
    assert col.stamped_note(columns, "LAD") == "lad24cd taken, not LAD22CD: the newest year is used"
    assert col.find(["Practice\n Code "], "practice code") == "Practice\n Code "
    cut = "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSO"
    assert col.find_prefix([cut], cut + "As)") == cut


def test_codes_and_numbers() -> None:
    codes, changed = col.tidy_codes(pd.Series([" e01000001", "E01000002"]), entity="lsoa", file="x.csv", column="c")
    assert list(codes) == ["E01000001", "E01000002"] and changed == 1
    with pytest.raises(DataError, match="EMPTY"):
        col.tidy_codes(pd.Series(["EMPTY", ""]), entity="lsoa", file="x.csv", column="c")
    made = col.numbers(pd.Series(["1,918", "*", "", "[c]", "-", "2.5", "-3"]), file="x.csv", column="n")
    assert made.isna().tolist() == [False, True, True, True, True, False, False]
    assert made.dropna().tolist() == [1918.0, 2.5, -3.0]
    with pytest.raises(DataError, match="“many”"):
        col.numbers(pd.Series(["many"]), file="x.csv", column="n")


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_every_file_of_a_real_place_is_known(place: str, request: pytest.FixtureRequest) -> None:
    found = sources.scan(request.getfixturevalue(place))
    assert {f.kind for f in found} == {
        "census_age", "codepoint", "epcn_workbook", "epraccur", "iod_2025", "lsoa11_lsoa21", "lsoa_boundaries",
        "lsoa_icb_lad", "lsoa_ward", "msoa_boundaries", "msoa_names", "place_based", "population_totals",
        "practice_map", "registrations", "rural_urban", "ts021", "ward_boundaries",
    }  # fmt: skip
    assert not [f for f in found if f.problem]
