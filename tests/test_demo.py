"""The demo county: seeded, in the official layouts, plausible, and never to be taken for a real place."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import openpyxl
import pytest
import shapely

from boundaries import demo
from boundaries.demo import deprivation, graph, mosaic, names, workbook
from boundaries.demo.country import County, make_country

UNITS = 500

HEADERS = {  # as formats.md spells them
    "LSOA21_SICBL26_ICB26_NHSER26_LAD26_EN_LU_invented.csv": "LSOA21CD, LSOA21NM, SICBL26CD, SICBL26CDH, SICBL26NM, "
    "ICB26CD, ICB26CDH, ICB26NM, NHSER26CD, NHSER26CDH, NHSER26NM, LAD26CD, LAD26NM, ObjectId",
    "OA21_LSOA21_MSOA21_LAD22_EW_LU_invented.csv": "OA21CD, LSOA21CD, LSOA21NM, LSOA21NMW, MSOA21CD, MSOA21NM, "
    "MSOA21NMW, LAD22CD, LAD22NM, LAD22NMW, ObjectId",
    "LSOA21_WD25_LAD25_EW_LU_invented.csv": "LSOA21CD, LSOA21NM, LSOA21NMW, WD25CD, WD25NM, WD25NMW, LAD25CD, LAD25NM, "
    "LAD25NMW, ObjectId",
    "LTLA26_UTLA26_EN_LU_invented.csv": "LTLA26CD, LTLA26NM, UTLA26CD, UTLA26NM, ObjectId",
    "MSOA-Names_invented.csv": "msoa21cd, msoa21nm, msoa21nmw, msoa21hclnm, msoa21hclnmw, localauthorityname, type",
    "gp-reg-pat-prac-lsoa-all_invented.csv": "PUBLICATION, EXTRACT_DATE, PRACTICE_CODE, PRACTICE_NAME, LSOA_CODE, SEX, "
    "NUMBER_OF_PATIENTS",
    "gp-reg-pat-prac-all_invented.csv": "PUBLICATION, EXTRACT_DATE, TYPE, SUB_ICB_LOCATION_CODE, "
    "ONS_SUB_ICB_LOCATION_CODE, CODE, POSTCODE, SEX, AGE, NUMBER_OF_PATIENTS",
    "gp-reg-pat-prac-map_invented.csv": "PUBLICATION, EXTRACT_DATE, PRACTICE_CODE, PRACTICE_NAME, PRACTICE_POSTCODE, "
    "ONS_SUB_ICB_LOCATION_CODE, SUB_ICB_LOCATION_CODE, SUB_ICB_LOCATION_NAME, ONS_ICB_CODE, ICB_CODE, ICB_NAME, "
    "ONS_COMM_REGION_CODE, COMM_REGION_CODE, COMM_REGION_NAME, PCN_CODE, PCN_NAME, SUPPLIER_NAME",
    "RUC_2021_LSOA21_invented.csv": "LSOA21CD, LSOA21NM, RUC21CD, RUC21NM, Urban_rura",
    "links_invented.csv": "from_code, to_code, kind, note",
}
WIDTHS = {"epraccur": 27, "ebranchs": 27, "epcn": 12, "epcncorepartnerdetails": 11, "codepo_gb_invented/xm": 10}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    demo.write_demo(path)
    return path


@pytest.fixture(scope="module")
def county() -> County:
    return make_country(UNITS, demo.SEED, 1)[0]


@pytest.fixture(scope="module")
def lsoas(folder: Path) -> gpd.GeoDataFrame:
    path = next(folder.glob("Lower_layer*.geojson"))
    return gpd.read_file(path, engine="pyogrio").set_index("LSOA21CD").to_crs(27700)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def records(folder: Path, start: str) -> Iterator[dict[str, str]]:
    path = next(folder.glob(f"{start}*.csv"))
    header, *body = rows(path)
    return (dict(zip(header, row, strict=True)) for row in body)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


# ---------------------------------------------------------------- the same bytes every time


def test_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from boundaries.demo import write_demo; write_demo(Path(sys.argv[1]))"
    for hashseed in ("1", "977"):
        other = tmp_path / hashseed
        env = {**os.environ, "PYTHONHASHSEED": hashseed}
        subprocess.run([sys.executable, "-c", code, str(other)], check=True, env=env)
        assert digests(other) == digests(folder)


def test_another_seed_is_another_county(folder: Path, tmp_path: Path) -> None:
    demo.write_demo(tmp_path, seed=7, units=400)
    assert set(digests(tmp_path)) == set(digests(folder))
    assert len(list(records(tmp_path, "LSOA21_SICBL26"))) == 400


def test_only_an_empty_folder_is_written(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="not empty"):
        demo.write_demo(tmp_path)
    with pytest.raises(ValueError, match="200 to 1200 LSOAs; 12 were"):
        demo.write_demo(tmp_path / "new", units=12)
    with pytest.raises(ValueError, match="at least 3 counties"):
        demo.write_demo(tmp_path / "newer", units=3000, counties=2)


def test_the_source_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
    first = demo.demo_source(units=300)
    stamp = {p: p.stat().st_mtime_ns for p in first.rglob("*")}
    assert demo.demo_source(units=300) == first
    assert {p: p.stat().st_mtime_ns for p in first.rglob("*")} == stamp
    assert demo.demo_source(units=301) != first
    assert len(list((tmp_path / "demo").iterdir())) == 2, "no draft is left behind"
    assert "invented" in first.name


def test_a_second_process_that_comes_late_takes_the_first_ones_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
    write = demo.write_demo

    def slow(folder: Path, **options: int) -> None:
        write(folder, **options)
        monkeypatch.setattr(demo, "write_demo", write)
        demo.demo_source(units=300)

    monkeypatch.setattr(demo, "write_demo", slow)
    assert len(digests(demo.demo_source(units=300))) > 20
    assert len(list((tmp_path / "demo").iterdir())) == 1


# ---------------------------------------------------------------- official layouts


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_official(folder: Path, name: str) -> None:
    assert rows(folder / name)[0] == HEADERS[name].split(", ")


@pytest.mark.parametrize("name", WIDTHS)
def test_headerless_files(folder: Path, name: str) -> None:
    path = folder / (f"{name}.csv" if "/" in name else f"{name}_invented.csv")
    assert {len(row) for row in rows(path)} == {WIDTHS[name]}
    assert not rows(path)[0][0].lower().startswith(("organisation", "pcn", "postcode"))


def test_deprivation_has_the_56_columns(folder: Path) -> None:
    header, *body = rows(next(folder.glob("File_7*")))
    assert len(header) == 56 == len(deprivation.header())
    assert header[4:7] == [
        "Index of Multiple Deprivation (IMD) Score",
        "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)",
        "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
    ]
    assert "Income Score (rate)" in header
    assert "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSO" in header
    ranks = [int(row[5]) for row in body]
    assert len(set(ranks)) == UNITS
    assert 1 <= min(ranks) < max(ranks) <= 33755
    assert all(int(row[6]) == (int(row[5]) - 1) * 10 // 33755 + 1 for row in body)
    worst = min(body, key=lambda row: int(row[5]))
    assert float(worst[4]) == max(float(row[4]) for row in body)


def test_population_workbook(folder: Path) -> None:
    book = openpyxl.load_workbook(next(folder.glob("*.xlsx")), read_only=True)
    assert book.sheetnames[2:] == ["Mid-2022 LSOA 2021", "Mid-2023 LSOA 2021", "Mid-2024 LSOA 2021"]
    sheet = list(book["Mid-2024 LSOA 2021"].iter_rows(values_only=True))
    book.close()
    assert sheet[3][:6] == ("LAD 2023 Code", "LAD 2023 Name", "LSOA 2021 Code", "LSOA 2021 Name", "Total", "F0 to 15")
    assert sheet[3][-1] == "M65 and over"
    assert len(sheet) == 4 + UNITS
    assert all(row[4] == sum(row[5:]) for row in sheet[4:])
    assert "INVENTED" in sheet[0][0]


def test_workbook_cells_are_escaped(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    workbook.write_workbook(path, [("A & B", [("<b>", 3), *[("", 1)] * 2])])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["A & B"]
    assert [[c.value for c in row] for row in book["A & B"]] == [["<b>", 3], [None, 1], [None, 1]]
    book.close()


# ---------------------------------------------------------------- never a real place


def test_nothing_has_a_real_code(folder: Path) -> None:
    highest = {"E00": 190_500, "E01": 35_800, "E02": 7_500, "E05": 18_000, "E06": 100, "E07": 300, "E10": 100,
               "E38": 500, "E40": 50, "E54": 200}  # fmt: skip
    text = "\n".join(p.read_text(encoding="utf-8-sig") for p in folder.rglob("*.csv"))
    found = defaultdict(set)
    for code in re.findall(r"\b([EW]\d\d\d{6})\b", text):
        found[code[:3]].add(int(code[3:]))
    # The country itself, and the two health codes of Code-Point rows that no reader may use.
    assert found.pop("E92") == {1}
    assert found.pop("E18") == found.pop("E19") == {99}
    assert found.pop("W01") == {99_001}
    assert set(found) == set(highest)
    for prefix, numbers in found.items():
        assert min(numbers) > highest[prefix], prefix


def test_everything_says_that_it_is_invented(folder: Path) -> None:
    for path in folder.rglob("*"):
        assert "invented" in path.relative_to(folder).as_posix() or path.name == "README.txt"
    assert "INVENTED" in (folder / "README.txt").read_text(encoding="utf-8")
    assert {r["ICB26NM"] for r in records(folder, "LSOA21_SICBL26")} == {
        "NHS Merrowshire (invented) Integrated Care Board"
    }
    assert {r["UTLA26NM"] for r in records(folder, "LTLA26")} == {"Kingsmerrow", "Merrowshire (invented)"}


def test_postcodes_are_in_no_royal_mail_area(folder: Path) -> None:
    for row in rows(folder / "codepo_gb_invented" / "xm.csv"):
        assert re.fullmatch(r"XM\d{1,2} \d[A-Z]{2}", row[0])


def test_it_lies_in_the_north_sea(lsoas: gpd.GeoDataFrame) -> None:
    west, south, east, north = lsoas.total_bounds
    assert 500_000 <= west < east <= 550_000
    assert 599_000 <= south < north <= 645_000
    lon = lsoas.to_crs(4326).total_bounds
    assert -0.6 < lon[0] < lon[2] < 1.0
    assert 55 < lon[1] < lon[3] < 56


# ---------------------------------------------------------------- plausible, and adding up


def test_polygons_cover_without_gaps_or_overlaps(folder: Path, lsoas: gpd.GeoDataFrame) -> None:
    assert len(lsoas) == UNITS
    assert lsoas.is_valid.all()
    assert shapely.coverage_is_valid(lsoas.geometry.values, gap_width=10)
    land = shapely.coverage_union_all(lsoas.geometry.values)
    parts = sorted((round(p.area / 1e6) for p in shapely.get_parts(land)), reverse=True)
    assert len(parts) == 3, "mainland (river open to the sea, joined upstream), island, islet"
    assert parts[0] > 1000 > parts[1] > 15 > parts[2]
    for start in ("Middle_layer", "Wards_May"):
        layer = gpd.read_file(next(folder.glob(f"{start}*.geojson")), engine="pyogrio").to_crs(27700)
        assert layer.is_valid.all()
        assert shapely.coverage_is_valid(layer.geometry.values)
        assert layer.union_all().symmetric_difference(land).area < 100


def test_label_points_lie_inside(lsoas: gpd.GeoDataFrame, folder: Path) -> None:
    points = gpd.points_from_xy(lsoas["BNG_E"], lsoas["BNG_N"])
    assert lsoas.geometry.contains(gpd.GeoSeries(points, index=lsoas.index, crs=27700)).all()
    centroids = {r["LSOA21CD"]: shapely.Point(float(r["x"]), float(r["y"])) for r in records(folder, "LSOA_Pop")}
    assert all(lsoas.geometry[code].distance(point) < 1 for code, point in centroids.items())


def borders(lsoas: gpd.GeoDataFrame) -> nx.Graph:
    shapes = lsoas.geometry.values
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = left < right
    left, right = left[pair], right[pair]
    shared = shapely.length(shapely.intersection(shapes[left], shapes[right]))
    net = nx.Graph()
    net.add_nodes_from(lsoas.index)
    net.add_edges_from((lsoas.index[a], lsoas.index[b]) for a, b, m in zip(left, right, shared, strict=True) if m >= 10)
    return net


def test_districts_hold_together_with_the_declared_links(folder: Path, lsoas: gpd.GeoDataFrame) -> None:
    net = borders(lsoas)
    assert nx.number_connected_components(net) == 2, "the island is a piece of its own"
    links = [(r["from_code"], r["to_code"]) for r in records(folder, "links")]
    assert Counter(r["kind"] for r in records(folder, "links")) == {"bridge": 5, "causeway": 1}
    assert not any(net.has_edge(*link) for link in links), "opposite banks of tidal water do not touch"
    home = {r["LSOA21CD"]: r["LAD26CD"] for r in records(folder, "LSOA21_SICBL26")}
    msoa = {r["LSOA21CD"]: r["MSOA21CD"] for r in records(folder, "OA21")}
    for code in sorted(set(msoa.values())):
        assert nx.is_connected(net.subgraph(u for u in net if msoa[u] == code)), code
    net.add_edges_from(links)
    assert nx.is_connected(net)
    for district in sorted(set(home.values())):
        assert nx.is_connected(net.subgraph(u for u in net if home[u] == district)), district
    assert len({home[u] for u in home}) == 6


def test_people_are_as_many_as_a_planner_expects(county: County) -> None:
    people = county.people.residents
    assert people.min() >= 1_000
    assert people.max() <= 3_000
    assert 850_000 < people.sum() < 950_000
    by_district = np.bincount(county.ground.district, weights=people)
    assert by_district.min() > 60_000
    assert by_district.max() < 300_000
    assert people[county.ground.side == 2].sum() < 30_000, "the island cannot be a neighbourhood of its own"
    area = shapely.area(np.array(county.ground.polygons, dtype=object))
    assert np.median(area[county.ground.district == 0]) < 1e6 < np.median(area[county.ground.town < 0])
    ratio = county.practices.patients.sum(axis=0) / people
    assert 1.0 < np.median(ratio) < 1.1
    assert (ratio > 1.3).sum() >= 3, "students"


def test_groups_have_plausible_sizes(county: County) -> None:
    msoa, ward = np.bincount(county.ground.msoa), np.bincount(county.ground.ward)
    assert msoa.min() >= 3
    assert msoa.max() <= 6
    assert ward.min() >= 2
    assert ward.max() <= 4
    pairs = set(zip(county.ground.ward.tolist(), county.ground.msoa.tolist(), strict=True))
    assert len(pairs) > len(ward), "wards do not nest in MSOAs"
    unions = [
        shapely.coverage_union_all(
            np.array([county.ground.polygons[u] for u in np.flatnonzero(county.ground.ward == w)])
        )
        for w in range(len(ward))
    ]
    differ = [not a.equals(b) for a, b in zip(unions, county.ground.ward_polygons, strict=True)]
    assert sum(differ) > len(ward) / 2, "and LSOAs are only a best fit to wards"


def test_lookups_agree(folder: Path, lsoas: gpd.GeoDataFrame) -> None:
    lad = {r["LSOA21CD"]: (r["LAD26CD"], r["LAD26NM"]) for r in records(folder, "LSOA21_SICBL26")}
    assert set(lad) == set(lsoas.index)
    oas = list(records(folder, "OA21"))
    assert len({r["OA21CD"] for r in oas}) == len(oas)
    assert {r["LSOA21CD"] for r in oas} == set(lad)
    for r in oas:
        assert (r["LAD22CD"], r["LAD22NM"]) == lad[r["LSOA21CD"]]
        assert re.fullmatch(re.escape(r["MSOA21NM"]) + "[A-F]", r["LSOA21NM"])
    named = {r["msoa21cd"]: r for r in records(folder, "MSOA-Names")}
    assert set(named) == {r["MSOA21CD"] for r in oas}
    assert len({(r["localauthorityname"], r["msoa21hclnm"]) for r in named.values()}) == len(named)
    wards = list(records(folder, "LSOA21_WD25"))
    assert {r["LSOA21CD"] for r in wards} == set(lad)
    drawn = gpd.read_file(next(folder.glob("Wards*.geojson")), engine="pyogrio", ignore_geometry=True)
    assert set(drawn["WD25CD"]) == {r["WD25CD"] for r in wards}
    assert drawn.groupby("LAD25CD")["WD25NM"].nunique().sum() == len(drawn)


def test_patients_add_up(folder: Path, lsoas: gpd.GeoDataFrame) -> None:
    counted: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for r in records(folder, "gp-reg-pat-prac-lsoa"):
        counted[r["PRACTICE_CODE"]] += int(r["NUMBER_OF_PATIENTS"])
        if r["LSOA_CODE"] not in lsoas.index:
            tokens[r["LSOA_CODE"]] += int(r["NUMBER_OF_PATIENTS"])
    assert counted == {r["CODE"]: int(r["NUMBER_OF_PATIENTS"]) for r in records(folder, "gp-reg-pat-prac-all")}
    assert {"EMPTY", "CLOSED", "W01099001"} <= set(tokens)
    assert any(t.startswith("E01098") for t in tokens), "patients from over the border"
    places = {r["PRACTICE_CODE"]: r for r in records(folder, "gp-reg-pat-prac-map")}
    assert set(places) == set(counted)
    postcodes = {row[0]: (int(row[2]), int(row[3])) for row in rows(folder / "codepo_gb_invented" / "xm.csv")}
    assert {r["PRACTICE_POSTCODE"] for r in places.values()} <= set(postcodes)
    land = shapely.coverage_union_all(lsoas.geometry.values)
    outside = {c for c, r in places.items() if not land.contains(shapely.Point(postcodes[r["PRACTICE_POSTCODE"]]))}
    assert outside == {"X89001", "X89002"}
    assert {places[c]["ICB_CODE"] for c in outside} == {"QX8"}
    assert {r["ICB_CODE"] for c, r in places.items() if c not in outside} == {"QX9"}
    ods = {row[0]: row for row in rows(folder / "epraccur_invented.csv")}
    assert set(ods) == set(counted)
    closed = [row for row in ods.values() if row[12] == "INACTIVE"]
    assert len(closed) == 1
    assert closed[0][11] == "20250831"
    assert {row[14] for row in rows(folder / "ebranchs_invented.csv")} <= set(ods)
    partners = {row[0]: row[4] for row in rows(folder / "epcncorepartnerdetails_invented.csv")}
    assert {c for c, r in places.items() if r["PCN_CODE"] == "U"} == set(places) - set(partners)
    assert all(places[c]["PCN_CODE"] == pcn for c, pcn in partners.items())
    assert set(partners.values()) == {row[0] for row in rows(folder / "epcn_invented.csv")}


def test_communities_can_be_found_again(county: County) -> None:
    """Nine in ten patients stay in the planted community; three in four live with the people of their practice."""
    locality = np.array([s.locality for s in county.practices.sites])
    own = locality[:, None] == county.ground.locality[None, :]
    patients = county.practices.patients
    assert 0.85 < (patients * own).sum() / patients.sum() < 0.98
    favourite = locality[patients.argmax(axis=0)]
    assert (favourite == county.ground.locality).mean() > 0.97
    people = np.bincount(county.ground.locality, weights=county.people.residents)
    assert 18 <= len(people) <= 24
    assert 18_000 < people.min() <= people.max() < 65_000


def test_ages_add_up(folder: Path) -> None:
    census: Counter[str] = Counter()
    for r in records(folder, "census2021_age6"):
        census[r["Lower layer Super Output Areas Code"]] += int(r["Observation"])
    body = rows(next(folder.glob("File_7*")))[1:]
    assert {row[0]: int(row[52]) for row in body} == dict(census)


def test_the_readers_know_every_file(folder: Path) -> None:
    from boundaries.sources import scan

    kinds = {s.relative: s.kind for s in scan(folder)}
    assert [path for path, kind in kinds.items() if kind == "unknown"] in ([], ["README.txt"])
    assert not [s.problem for s in scan(folder) if s.problem and s.relative != "README.txt"]
    assert {"lsoa_boundaries", "lsoa_icb_lad", "registrations", "population_broad_age", "codepoint", "iod_2025",
            "epraccur", "core_partners", "links", "census_age"} <= set(kinds.values())  # fmt: skip


def test_it_loads_as_an_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, county: County) -> None:
    from boundaries import list_places, load_area

    monkeypatch.setattr(demo.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
    area = load_area("demo", cache=False)
    assert area.name == "Merrowshire (invented)"
    assert area.codes == tuple(sorted(county.gazetteer.lsoa))
    by_code = dict(zip(county.gazetteer.lsoa, county.people.residents.tolist(), strict=True))
    assert area.units["residents"].to_dict() == by_code
    patients = dict(zip(county.gazetteer.lsoa, county.practices.patients.sum(axis=0).tolist(), strict=True))
    assert area.units["registered"].to_dict() == patients
    assert area.ages.sum(axis=1).to_dict() == by_code
    assert {"district", "upper_tier", "icb", "msoa", "ward"} <= set(area.levels)
    assert len(area.pieces) == 1, "the declared links join the island and the banks"
    assert area.proposed_links == ()
    assert area.practices["outside"].sum() == 2
    assert area.practices.loc[area.practices["status"] == "closed", "closed"].tolist() == ["2025-08-31"]
    assert area.practices[["x", "y"]].notna().all().all()
    assert area.units["imd_decile"].between(1, 10).all()
    assert not [check.message for check in area.checks if check.status == "fail"]
    assert {place.level for place in list_places("demo")} >= {"district", "icb"}
    part = load_area("demo", ["Farrin and Eastmarsh"], cache=False)
    assert 65_000 < part.units["residents"].sum() < 80_000
    assert len(part.pieces) == 1


# ---------------------------------------------------------------- a country for benchmarks


def test_a_country_of_three_counties() -> None:
    country = make_country(1200, 5, 3)
    codes = [c for county in country for c in county.gazetteer.lsoa]
    assert len(set(codes)) == 1200
    districts = [name for county in country for name in county.gazetteer.district_names]
    assert len(set(districts)) == 18
    assert len({c for county in country for c in county.gazetteer.district}) == 18
    assert len({s.code for county in country for s in county.practices.sites}) == sum(
        len(county.practices.sites) for county in country
    )
    assert [county.icb_codes[1] for county in country] == ["QX9", "QX9", "Q01"]
    cells = {(county.east, county.north) for county in country}
    assert len(cells) == 3
    postcodes = [p for county in country for p in county.practices.postcodes]
    assert len(set(postcodes)) == len(postcodes)


@pytest.mark.parametrize("seed", [0, 5, 9])
def test_a_small_county_still_has_practices(seed: int) -> None:
    county = make_country(200, seed, 1)[0]
    assert len(county.practices.sites) > 30
    assert (county.practices.patients.sum(axis=0) > county.people.residents * 0.9).all()


# ---------------------------------------------------------------- the parts


def test_pieces_and_tidy() -> None:
    # 0-1-2-3-4 in a row, labels a a b a a: the second piece of a is not smaller, so the one of the first node stays
    a, b = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 4])
    assert graph.pieces(5, a[[0, 3]], b[[0, 3]]).tolist() == [0, 0, 2, 3, 3]
    labels = graph.tidy(np.array([0, 0, 1, 0, 0]), a, b, np.ones(4))
    assert labels.tolist() == [0, 0, 1, 1, 1]
    kept = graph.tidy(np.array([0, 0, 1, 0, 0]), a, b, np.ones(4), least=2)
    assert kept.tolist() == [0, 0, 1, 0, 0]
    fixed = np.array([False, False, False, False, True])
    assert graph.tidy(np.array([0, 0, 1, 0, 0]), a, b, np.ones(4), fixed=fixed)[4] == 0


def test_cutter_on_a_grid() -> None:
    # 6 x 5 grid: groups of about five, all connected, every unit once
    place = {(x, y): y * 6 + x for y in range(5) for x in range(6)}
    a = [place[x, y] for x, y in place if (x + 1, y) in place] + [place[x, y] for x, y in place if (x, y + 1) in place]
    b = [place[x + 1, y] for x, y in place if (x + 1, y) in place] + [
        place[x, y + 1] for x, y in place if (x, y + 1) in place
    ]
    cutter = graph.Cutter(np.array(list(place), dtype=float), np.array(a), np.array(b))
    groups = cutter.cut(range(30), 5.0, 6)
    assert sorted(u for g in groups for u in g) == list(range(30))
    assert all(len(cutter.parts(g)) == 1 for g in groups)
    assert {len(g) for g in groups} <= {4, 5, 6}
    joined = cutter.even([[0], [1, 2, 3], *([u] for u in range(4, 30))], 2, 6, [0] * 30)
    assert all(2 <= len(g) <= 6 for g in joined)


def test_thin_keeps_the_first() -> None:
    points = np.array([[0.0, 0.0], [5.0, 0.0], [40.0, 0.0], [43.0, 0.0]])
    assert mosaic.thin(points, 10.0).tolist() == [0, 2]


def test_roughened_cells_still_cover() -> None:
    rng = np.random.default_rng(3)
    points = mosaic.thin(rng.uniform(0, 20_000, (400, 2)), 200.0)
    xy = rng.uniform(0, 20_000, (400, 2))[points]
    land = (np.abs(xy - 10_000) < 7_000).all(axis=1)
    tiles = mosaic.build(xy, land, np.full(len(xy), 0.35), rng)
    labels = np.where(land, np.cumsum(land) - 1, -1)
    shapes = tiles.polygons(labels, int(land.sum()))
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.contains(shapes, shapely.points(xy[land])).all()


def test_names_are_never_given_twice() -> None:
    rng = np.random.default_rng(1)
    villages = list(names.compose(rng, names.VILLAGE_ENDS, names.BEFORE))
    assert len(villages) == len(set(villages)) > 2_000
    towns = [t for number in range(68) for t in names.county_names(number, 2026, 6, 14).towns]
    assert len(set(towns)) == len(towns)
    assert len({names.county_names(number, 2026, 6, 14).county for number in range(68)}) == 68
