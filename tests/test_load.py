"""From files to an `Area`: the three real places whole, and a small source of two ICBs in the layouts of April 2026."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from boundaries import ChooseAreaError, DataError, list_places, load_area
from boundaries.area import Area
from boundaries.checks import one_parent
from tests import official
from tests.official import CODES, FIRST_ICB, RESIDENTS


def load(folder: Path, area: Sequence[str] = ()) -> Area:
    return load_area(folder, area, cache=False)


def status(area: Area) -> dict[str, str]:
    return {c.key: c.status for c in area.checks}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return official.write(tmp_path_factory.mktemp("small"))


# ---------------------------------------------------------------- the study area


def test_several_icbs_are_answered_with_the_places(small: Path) -> None:
    with pytest.raises(ChooseAreaError, match="12 LSOAs in 2 ICBs: NHS Example and Easton") as told:
        load(small)
    assert [(p.level, p.code, p.units, p.residents) for p in told.value.places][:2] == [
        ("icb", "E54000901", 8, 10_800),
        ("icb", "E54000902", 4, 7_800),
    ]
    listed = {(p.level, p.name): p.code for p in list_places(small)}
    assert listed["upper_tier", "E10000901"] == "E10000901" and listed["district", "Westby"] == "E08000901"


@pytest.mark.parametrize(
    ("area", "codes", "name"),
    [
        (["E54000901"], FIRST_ICB, "Example and Easton"),
        (["qx1"], FIRST_ICB, "Example and Easton"),
        (["nhs western  integrated care board"], CODES[8:], "Western"),
        (["Western"], CODES[8:], "Western"),
        (["91A"], CODES[:4], "Example and Easton (91A)"),
        (["Northam", "E06000901"], CODES[:8], "Northam and Easton"),
        (["E10000901"], CODES[:4], "E10000901"),
        (["E01000101", "e01000102"], CODES[:2], "2 LSOAs of Northam"),
    ],
)
def test_places_by_code_and_by_name(small: Path, area: list[str], codes: Sequence[str], name: str) -> None:
    got = load(small, area)
    assert got.codes == tuple(sorted(codes)) and got.name == name
    assert got.units["residents"].to_dict() == {c: RESIDENTS[c] for c in sorted(codes)}


def test_unknown_names_list_close_ones_and_all_at_once(small: Path) -> None:
    with pytest.raises(DataError) as told:
        load(small, ["Northham", "E01999999"])
    assert "no place “Northham”" in told.value.message and "Northam (E07000901)" in told.value.message
    assert "E01999999 is not among the 12 LSOAs" in told.value.message


def test_a_name_of_two_places_says_so(tmp_path: Path) -> None:
    text = official.lookup().replace("Westby", "Northam")
    folder = official.write(tmp_path, **{"LSOA21_SICBL26_ICB26_LAD26_EN_LU__csv": text})
    with pytest.raises(
        DataError, match=r"“northam” means more than one place: district Northam \(E07000901, 4.*E08000901"
    ):
        load(folder, ["northam"])


# ---------------------------------------------------------------- a small source


def test_small_source_of_april_2026(small: Path) -> None:
    area = load(small, ["QX1"])
    assert list(area.levels) == ["district", "upper_tier", "sub_icb", "icb"]
    assert set(area.levels["upper_tier"].assignment) == {"E06000901", "E10000901"}
    assert area.practices["outside"].to_dict() == {"X99001": False, "X99002": False, "X99003": False, "X99004": True}
    assert area.practices["pcn"].to_dict() == {"X99001": "U00001", "X99002": "U00001", "X99003": "", "X99004": "U00002"}
    assert (
        area.practices["list_size"].to_dict()["X99004"] == 7_460 and area.practices.at["X99004", "patients_here"] == 60
    )
    assert area.registrations.query("practice == 'X99005'")["patients"].sum() == 4, "few patients are still people"
    listed = area.registrations["patients"].sum() + area.registrations_elsewhere["patients"].sum()
    assert listed == sum(int(n) for *_, n in official.PATIENTS)
    assert len(area.edges) == 4 + 3 + 3 and len(area.pieces) == 1
    assert area.postcodes.at["EX11AA", "unit"] == "E01000101" and area.postcodes.at["EX14AA", "unit"] == ""
    assert {r.status for r in area.receipts} == {"used"} and all(r.sha256 for r in area.receipts)
    assert len(status(area)) >= 10 and "fail" not in status(area).values()
    assert one_parent(area.levels, area.codes).needs


def test_boundaries_without_lookup_are_listed_and_lookup_without_boundaries_stops_a_named_area(tmp_path: Path) -> None:
    one = tmp_path / "one"
    official.write(one, **{"LSOA21_SICBL26_ICB26_LAD26_EN_LU__csv": official.lookup(CODES[:7])})
    area = load(one)
    check = next(c for c in area.checks if c.key == "lookup_complete")
    assert check.status == "warn" and "E01900001" in check.message and len(area.codes) == 7
    two = tmp_path / "two"
    official.write(two, **{"LSOA_2021_EW_BGC__geojson": official.boundaries(CODES[1:])})
    with pytest.raises(DataError, match="1 of the 4 LSOAs of Northam without a boundary in the source: E01000101"):
        load(two, ["Northam"])


def test_a_closed_practice_keeps_its_last_known_site(tmp_path: Path) -> None:
    gone = official.practice_map().splitlines(keepends=True)
    text = "".join(line for line in gone if "X99002" not in line)
    ods = official.epraccur([("X99002", "19740401", "20240331", "INACTIVE"), ("X99001", "19740401", "", "ACTIVE")])
    folder = official.write(tmp_path, **{"gp-reg-pat-prac-map__csv": text, "epraccur__csv": ods})
    row = load(folder, ["QX1"]).practices.loc["X99002"]
    assert (row["status"], row["closed"], row["unit"], row["outside"]) == ("closed", "2024-03-31", "E01000104", False)
    assert (
        row["patients_here"] == 3_600 and "closed on 2024-03-31" in row["note"] and "not in practice map" in row["note"]
    )


def test_practice_totals_are_compared_to_the_person(tmp_path: Path) -> None:
    header = "PUBLICATION,EXTRACT_DATE,TYPE,SUB_ICB_LOCATION_CODE,ONS_SUB_ICB_LOCATION_CODE,CODE,"
    header += "POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS"
    sums: dict[str, int] = {}
    for practice, _, n in official.PATIENTS:
        sums[practice] = sums.get(practice, 0) + int(n)
    text = (
        "\n".join([header, *(f"P,01OCT2025,GP,91A,E38000901,{p},EX1 1AA,ALL,ALL,{n}" for p, n in sums.items())]) + "\n"
    )
    good = official.write(tmp_path / "a", **{"gp-reg-pat-prac-all__csv": text})
    assert status(load(good, ["QX1"]))["patients_total"] == "pass"
    bad = official.write(tmp_path / "b", **{"gp-reg-pat-prac-all__csv": text.replace(",1944\n", ",1945\n")})
    told = next(c for c in load(bad, ["QX1"]).checks if c.key == "patients_total")
    assert told.status == "warn" and "X99001: 1,944 by LSOA, 1,945 in total" in told.message


def test_levels_from_all_kinds_of_files(tmp_path: Path) -> None:
    oa = official.table(
        [
            "OA21CD",
            "LSOA21CD",
            "LSOA21NM",
            "LSOA21NMW",
            "MSOA21CD",
            "MSOA21NM",
            "MSOA21NMW",
            "LAD22CD",
            "LAD22NM",
            "LAD22NMW",
            "ObjectId",
        ],
        [
            [
                f"E00{n:06d}",
                c,
                official.NAMES[c],
                "",
                official.MSOA[official.NAMES[c][:-1]],
                official.NAMES[c][:-1],
                "",
                *official.DISTRICT[c],
                "",
                n,
            ]
            for n, c in enumerate([*CODES, *CODES])
        ],
    )
    wards = official.table(
        ["LSOA21CD", "LSOA21NM", "WD25CD", "WD25NM", "LAD25CD", "LAD25NM", "ObjectId"],
        [
            [c, official.NAMES[c], f"E0500000{n // 4}", f"Ward {n // 4}", *official.DISTRICT[c], n]
            for n, c in enumerate(CODES)
        ],
    )
    names = official.table(
        ["msoa21cd", "msoa21nm", "msoa21nmw", "msoa21hclnm", "msoa21hclnmw", "localauthorityname", "type"],
        [[c, n, "", f"Readable {n}", "", "x", "x"] for n, c in official.MSOA.items()],
    )
    upper = "LTLA26CD,LTLA26NM,UTLA26CD,UTLA26NM,ObjectId\nE07000901,Northam,E10000901,Exampleshire,1\n"
    upper += "E06000901,Easton,E06000901,Easton,2\n"
    local = official.geojson(
        [{"code": "L1", "name": "West Side"}, {"code": "L2", "name": "East Side"}], [(0, 0), (0, 2)]
    )
    box = local.replace(str(official.ORIGIN[0] + 1_000), str(official.ORIGIN[0] + 2_000)).replace(
        str(official.ORIGIN[0] + 3_000), str(official.ORIGIN[0] + 4_000)
    )
    folder = official.write(
        tmp_path,
        **{
            "oa__csv": oa,
            "wards__csv": wards,
            "msoa__csv": names,
            "upper__csv": upper,
            "Localities__geojson": box,
            "schools__csv": "LSOA21CD,cluster_code,cluster_name\n" + "".join(f"{c},S1,Cluster one\n" for c in CODES),
        },
    )
    area = load(folder, ["QX1"])
    assert list(area.levels) == ["district", "upper_tier", "sub_icb", "icb", "msoa", "ward", "cluster", "localities"]
    assert area.levels["upper_tier"].names["E10000901"] == "Exampleshire"
    assert (
        area.levels["msoa"].basis == "exact"
        and area.levels["msoa"].names[official.MSOA["Northam 001"]] == "Readable Northam 001"
    )
    assert area.levels["ward"].label == "Ward 2025" and area.levels["cluster"].names == {"S1": "Cluster one"}
    west = dict(zip(area.codes, area.levels["localities"].assignment, strict=True))
    assert (west["E01000101"], west["E01000103"], west["E01000105"]) == ("L1", "L2", "")
    assert area.unit_label("E01000101") == "Readable Northam 001, part (Northam 001A), 1,000 people"
    assert status(area)["one_parent"] == "pass"


def test_wards_by_point_in_polygon_from_a_layer_of_the_whole_kingdom(tmp_path: Path) -> None:
    """No lookup 2.3: ward polygons decide; a Scottish ward in the file is no fault of it."""
    told = [{"WD25CD": f"E0500000{n // 4}", "WD25NM": f"Ward {n // 4}", "LAD25CD": "x"} for n in range(12)]
    abroad = {"WD25CD": "S13000001", "WD25NM": "Far away", "LAD25CD": "S12000001"}
    layer = official.geojson([*told, abroad], [*map(official.cell, CODES), (40, 40)])
    area = load(official.write(tmp_path, **{"wards__geojson": layer}), ["QX1"])
    assert area.levels["ward"].basis == "by point in polygon"
    assert area.levels["ward"].names == {"E05000000": "Ward 0", "E05000001": "Ward 1"}


def test_postcode_directory_and_older_indices(tmp_path: Path) -> None:
    """ONSPD in a zip places practices and counties; IoD 2019 comes to LSOA 2021 by the lookup, or not at all."""
    rows = []
    for practice, code in official.SITES.items():
        x, y = official.middle(code)
        county = "E10000901" if official.DISTRICT[code][0].startswith("E07") else "E99999999"
        rows.append([official.postcode(practice), "", x, y, code, official.DISTRICT[code][0], county, 51.0, 1.0])
    rows.append(["ZZ9 9ZZ", "", "", "", "S01000001", "S12000001", "S99999999", 99.999999, 0])
    header = ["pcds", "doterm", "east1m", "north1m", "lsoa21cd", "lad26cd", "cty26cd", "lat", "long"]
    onspd = official.zipped({"Data/ONSPD_AUG_2026_UK.csv": official.table(header, rows)})
    imd = "Index of Multiple Deprivation (IMD)"
    old = official.table(
        [
            "LSOA code (2011)",
            f"{imd} Score",
            f"{imd} Rank (where 1 is most deprived)",
            f"{imd} Decile (where 1 is most",
        ],
        [[c, n, n * 100, 5] for n, c in enumerate(sorted({a for a, _, _ in official.LOOKUP_11_21}), start=1)],
    )
    changed = {"ONSPD_AUG_2026__zip": onspd, "codepo_gb/ex__csv": None, "File_7_ID_2019__csv": old}
    area = load(official.write(tmp_path, **changed), ["QX1"])
    assert set(area.levels["upper_tier"].assignment) == {"E10000901", "E06000901"}
    assert area.practices["unit"].to_dict() == {
        p: official.SITES[p] if p < "X99004" else "" for p in area.practices.index
    }
    assert (
        area.practices["site_basis"].str.contains("postcode directory").all() and "ZZ99ZZ" not in area.postcodes.index
    )
    assert area.units.at["E01000101", "imd_score"] == 1.0 and area.units.at["E01900001", "imd_score"] == 9.0
    with pytest.raises(DataError, match=r"File_7_ID_2019\.csv is on LSOA 2011"):
        load(official.write(tmp_path, **{**changed, "LSOA11_LSOA21_LU__csv": None}), ["QX1"])


def test_the_digest_does_not_hang_on_the_order_of_sets(small: Path) -> None:
    told = "import sys; from boundaries import load_area; print(load_area(sys.argv[1], ['QX1'], cache=False).digest)"
    found = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        found.add(
            subprocess.run([sys.executable, "-c", told, str(small)], env=env, capture_output=True, check=True).stdout
        )
    assert len(found) == 1


def test_msoa_from_names_then_from_the_layer(tmp_path: Path) -> None:
    cells = {n: [c for c in CODES if official.NAMES[c].startswith(n)] for n in official.MSOA_NAMES}
    layer = official.geojson(
        [{"MSOA21CD": official.MSOA[n], "MSOA21NM": n} for n in cells for _ in cells[n]],
        [official.cell(c) for n in cells for c in cells[n]],
    )
    gdf = gpd.read_file(io.StringIO(layer)).dissolve("MSOA21CD").reset_index()
    names = "msoa21cd,msoa21nm,msoa21hclnm\n" + "".join(f"{c},{n},Readable {n}\n" for n, c in official.MSOA.items())
    folder = official.write(tmp_path, **{"msoa-names__csv": names})
    area = load(folder, ["QX1"])
    assert area.levels["msoa"].basis == "from the LSOA name" and len(area.levels["msoa"].names) == 4
    gdf.to_file(folder / "msoa.gpkg", driver="GPKG")
    note = " ".join(next(r for r in load(folder, ["QX1"]).receipts if r.file == "msoa.gpkg").notes)
    assert "8 of 8 LSOAs; compared with point in polygon, 0 differ" in note
    (folder / "msoa-names.csv").unlink()
    assert load(folder, ["QX1"]).levels["msoa"].basis == "from the LSOA name"
    gdf.assign(MSOA21NM="no such name").to_file(folder / "msoa.gpkg", driver="GPKG")
    assert load(folder, ["QX1"]).levels["msoa"].basis == "by point in polygon"


def test_resaved_files_give_the_same_area(tmp_path: Path, small: Path) -> None:
    """Check 9: other column order, a BOM, LF line ends and lower-case headers change nothing but the receipts."""
    first = load(small, ["QX1"])
    for path in small.rglob("*.csv"):
        target = tmp_path / path.relative_to(small)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.parent.name == "codepo_gb":
            target.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
            continue
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        frame = frame[frame.columns[::-1]].rename(columns=str.lower)
        target.write_text(frame.to_csv(index=False, lineterminator="\n"), encoding="utf-8-sig", newline="")
    (tmp_path / "lsoa.geojson").write_text(official.boundaries(), encoding="utf-8", newline="")
    second = load(tmp_path, ["QX1"])
    pd.testing.assert_frame_equal(first.units.drop(columns="geometry"), second.units.drop(columns="geometry"))
    pd.testing.assert_frame_equal(first.registrations, second.registrations)
    pd.testing.assert_frame_equal(first.practices, second.practices)
    assert {k: v.assignment for k, v in first.levels.items()} == {k: v.assignment for k, v in second.levels.items()}


def test_zips_are_read_and_two_loads_have_one_digest(tmp_path: Path, small: Path) -> None:
    inner = {"gp-reg-pat-prac-lsoa-all.csv": official.registrations(official.PATIENTS)}
    folder = official.write(
        tmp_path, **{"gp-reg-pat-prac-lsoa-all__csv": None, "gp-reg-pat-prac-lsoa-2021__zip": official.zipped(inner)}
    )
    area = load(folder, ["QX1"])
    assert area.registrations["patients"].sum() == load(small, ["QX1"]).registrations["patients"].sum()
    assert area.digest == load(folder, ["QX1"]).digest != load(small, ["QX1"]).digest
    assert any("gp-reg-pat-prac-lsoa-2021.zip" in r.file for r in area.receipts)


def test_links_and_progress_and_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTPRINTS_CACHE", str(tmp_path / "cache"))
    text = "from_code,to_code,kind,note\nE01000101,E01000107,bridge,the old bridge\n"
    folder = official.write(tmp_path / "source", **{"links__csv": text})
    told: list[str] = []
    first = load_area(folder, ["QX1"], on_progress=told.append)
    assert first.edges.query("kind == 'bridge'")["note"].tolist() == ["the old bridge"] and told[-1] == "Done"
    again = load_area(folder, ["QX1"], on_progress=told.append)
    assert again.digest == first.digest and "cache" in told[-1]
    pd.testing.assert_frame_equal(again.practices, first.practices)
    assert load_area(folder, ["QX1"], min_shared_m=2_000).edges["kind"].tolist() == ["bridge"]


def test_a_folder_without_what_is_needed_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no LSOA 2021 boundaries"):
        load(official.write(tmp_path / "a", **{"LSOA_2021_EW_BGC__geojson": None}))
    with pytest.raises(DataError, match="no lookup from LSOA 2021 to districts"):
        load(official.write(tmp_path / "b", **{"LSOA21_SICBL26_ICB26_LAD26_EN_LU__csv": None}))
    with pytest.raises(DataError, match="no table of residents"):
        load(official.write(tmp_path / "c", **{"sapelsoa_mid2024_totals__csv": None}), ["QX1"])
    bare = official.write(
        tmp_path / "d",
        **{
            f"{n}": None
            for n in (
                "gp-reg-pat-prac-lsoa-all__csv",
                "gp-reg-pat-prac-map__csv",
                "codepo_gb/ex__csv",
                "LSOA11_LSOA21_LU__csv",
            )
        },
    )
    area = load(bare, ["Easton"])
    assert area.units["registered"].isna().all() and len(area.practices) == 0 and len(area.postcodes) == 0
    assert {k for k, v in status(area).items() if v == "missing"} >= {
        "patients_total",
        "registration_codes",
        "registered_ratio",
        "outside_rows",
    }


# ---------------------------------------------------------------- the real places


@pytest.fixture(scope="module")
def real(cambridgeshire: Path) -> Area:
    return load(cambridgeshire)


@pytest.mark.places
def test_cambridgeshire_and_peterborough(real: Area, cambridgeshire: Path) -> None:
    assert real.name == "Cambridgeshire and Peterborough"
    assert (len(real.codes), int(real.units["residents"].sum())) == (527, 927_342)
    assert real.people_basis.startswith("ONS mid-2022 estimates (year not stated in the file; its name says 2022)")
    assert real.registrations["patients"].sum() == pytest.approx(1_031_371, abs=1e-6)
    assert list(real.levels) == ["district", "upper_tier", "sub_icb", "icb", "msoa", "ward", "rural_urban"]
    assert real.levels["upper_tier"].names == {
        "E06000031": "Peterborough",
        "E10000003": "Cambridgeshire",
        "E10000015": "Hertfordshire",
    }
    assert len(real.levels["msoa"].names) == 101 and real.levels["msoa"].names["E02003238"] == "Werrington"
    assert real.ages.shape == (527, 6) and next(iter(real.ages.columns)) == "Aged 15 years and under"
    assert real.units[["imd_score", "imd_rank", "imd_decile", "registered", "x", "y"]].notna().all().all()
    assert set(real.units["rural_urban"]) and "" not in set(real.units["rural_urban"])
    assert {r.status for r in real.receipts} == {"used", "not used"}
    assert not {r.file for r in real.receipts if "derived" in r.file}
    assert "fail" not in status(real).values()
    assert any("MSOA names: House of Commons Library" in line for line in real.attribution)


@pytest.mark.places
def test_the_closed_practice_of_royston_keeps_its_people(real: Area) -> None:
    row = real.practices.loc["E82072"]
    assert (row["status"], row["closed"], row["postcode"]) == ("closed", "2024-03-31", "SG87BS")
    assert not row["outside"] and row["unit"] and row["pcn"]
    units = pd.Series(real.levels["district"].assignment, index=list(real.codes))
    royston = units.index[units == "E07000099"]
    got = real.registrations.query("practice == 'E82072'")
    assert got[got["unit"].isin(royston)]["patients"].sum() == pytest.approx(9_489, abs=0.01)


@pytest.mark.places
def test_conversion_agrees_with_the_one_by_census(real: Area, cambridgeshire: Path) -> None:
    theirs = pd.read_csv(cambridgeshire / "derived" / "gp_reg_pat_prac_lsoa21_jul2022.csv", encoding="utf-8-sig")
    theirs = theirs.rename(columns={"PRACTICE_CODE": "practice", "LSOA21CD": "unit"}).set_index(["practice", "unit"])[
        "PATIENTS"
    ]
    ours = real.registrations.set_index(["practice", "unit"])["patients"]
    both = pd.DataFrame({"ours": ours, "theirs": theirs})
    both = both[both.index.get_level_values("unit").isin(real.codes) & both["theirs"].notna()]
    assert both["ours"].notna().all()
    # They divide split areas by Census 2021 residents, we by mid-2022 estimates: a child may differ by some per cent.
    assert (both["ours"] - both["theirs"]).abs().sum() < 0.01 * both["theirs"].sum()
    per_practice = both.groupby("practice").sum()
    assert np.allclose(per_practice["ours"], per_practice["theirs"], atol=1.0)


@pytest.mark.places
def test_practices_agree_with_the_derived_sites(real: Area, cambridgeshire: Path) -> None:
    theirs = pd.read_csv(cambridgeshire / "derived" / "gp_practices.csv", encoding="utf-8-sig").set_index(
        "PRACTICE_CODE"
    )
    ours = real.practices
    both = theirs.index.intersection(ours.index)
    assert len(both) >= 111 - 2
    assert (
        np.hypot(
            ours.loc[both, "x"] - theirs.loc[both, "EASTING"], ours.loc[both, "y"] - theirs.loc[both, "NORTHING"]
        ).max()
        < 1.0
    )
    sited = theirs.loc[both, "LSOA21CD"].fillna("")
    inside = sited.isin(real.codes)
    assert (ours.loc[both, "unit"][inside] == sited[inside]).all() and ours.loc[both, "outside"][~inside].all()


@pytest.mark.places
def test_cornwall_and_london(cornwall: Path, london: Path) -> None:
    area = load(cornwall)
    assert (area.name, len(area.codes), int(area.units["residents"].sum())) == (
        "Cornwall and Isles of Scilly",
        337,
        577_694,
    )
    assert [len(p.units) for p in area.pieces] == [336, 1] and len(area.proposed_links) == 1
    assert sum(r.status == "used" and r.kind == "lsoa_boundaries" for r in area.receipts) == 1
    area = load(london)
    assert area.name == "City of London, Hackney, Newham and Tower Hamlets"
    assert (len(area.codes), int(area.units["residents"].sum())) == (509, 956_772)
    assert area.registrations["patients"].sum() == pytest.approx(1_197_856, abs=1e-6)
    assert set(area.levels["upper_tier"].names) == set(area.levels["district"].names)


@pytest.mark.places
def test_places_of_a_real_source(cambridgeshire: Path) -> None:
    listed = {(p.level, p.name): (p.units, p.residents) for p in list_places(cambridgeshire)}
    assert listed["district", "Cambridge"] == (78, 146_995) and listed["upper_tier", "Cambridgeshire"][0] == 395
    assert load(cambridgeshire, ["Fenland"]).name == "Fenland"


@pytest.mark.parametrize("header", ["LAD24CD,LAD24NM,Total", "Code,Name,All ages", "LAD 2024 Code,LAD 2024 Name,Total"])
def test_district_totals_are_compared_to_the_person(tmp_path: Path, header: str) -> None:
    folder = official.write(tmp_path / "a")
    area = load(folder, ["QX1"])
    assert next(c for c in area.checks if c.key == "resident_totals").status == "missing"
    district = area.levels["district"]
    own = area.units["residents"].groupby(list(district.assignment)).sum()
    rows = [f"{code},{district.names[code]},{people}" for code, people in own.items()]
    table = folder / "mye24_districts.csv"
    table.write_text("\n".join([header, "E92000001,England,58620101", *rows]), encoding="utf-8", newline="\n")
    check = next(c for c in load(folder, ["QX1"]).checks if c.key == "resident_totals")
    assert (check.status, "agrees to the person" in check.message) == ("pass", True)
    rows[0] = rows[0].rsplit(",", 1)[0] + ",7"
    table.write_text("\n".join([header, *rows]), encoding="utf-8", newline="\n")
    check = next(c for c in load(folder, ["QX1"]).checks if c.key == "resident_totals")
    assert check.status == "warn"
    assert "7 in the table" in check.message
