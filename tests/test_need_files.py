"""Tables of need and growth through the readers: LSOA, MSOA and practice, two vintages, growth, and the real places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from boundaries import DataError, cache, indicators, load_area
from boundaries.area import Area, Indicator
from boundaries.receipts import Receipt
from boundaries.recognise_need import need_kind
from footprints.need.cohorts import cohorts_of
from tests import official
from tests.official import CODES, FIRST_ICB, MSOA, MSOA_NAMES, NAMES, RESIDENTS, table

FINGERTIPS = [
    "Indicator ID", "Indicator Name", "Parent Code", "Parent Name", "Area Code", "Area Name", "Area Type", "Sex", "Age",
    "Category Type", "Category", "Time period", "Value", "Count", "Denominator", "Time period Sortable",
]  # fmt: skip
HOUSE = table(
    ["msoa21cd", "msoa21nm", "msoa21nmw", "msoa21hclnm", "msoa21hclnmw", "localauthorityname", "type"],
    [[MSOA[n], n, "", f"Place {n}", "", n[:-4], ""] for n in MSOA_NAMES],
)


def load(folder: Path, area: Sequence[str] = ("QX1",), **changed: str) -> Area:
    return load_area(official.write(folder, **changed), area, cache=False)


def receipt(area: Area, start: str) -> Receipt:
    return next(r for r in area.receipts if r.file.startswith(start))


def values(area: Area, indicator: Indicator) -> tuple[dict[str, float], dict[str, float]]:
    frame = area.indicator_values
    return frame[f"{indicator.key} n"].to_dict(), frame[f"{indicator.key} d"].to_dict()


def fingertips(name: str, area: str, n: object, d: object, **more: object) -> list[object]:
    row: dict[str, object] = dict.fromkeys(FINGERTIPS, "")
    row |= {"Indicator ID": 1, "Indicator Name": name, "Area Code": area, "Sex": "Persons", "Age": "All ages",
            "Time period": "2023/24", "Count": n, "Denominator": d, "Time period Sortable": 20230000}  # fmt: skip
    if isinstance(n, int) and isinstance(d, int) and d:
        row["Value"] = 1000 * n / d
    row |= {key.replace("_", " "): value for key, value in more.items()}
    return [row[key] for key in FINGERTIPS]


# ---------------------------------------------------------------- what a table is


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (FINGERTIPS, "fingertips"),
        (["lsoa21cd", "Core20PLUS group"], "plus_groups"),
        (["LSOA21CD", "year", "homes"], "growth"),
        (["postcode", "Year", "dwellings", "source"], "growth"),
        (["PRACTICE_CODE", "indicator", "numerator", "denominator"], "indicators"),
        (["PRACTICE_CODE", "GROUP_CODE", "REGISTER", "PATIENT_LIST_SIZE"], "indicators"),
        (["MSOA21CD", "numerator", "denominator"], "indicators"),
        (["origin", "destination", "count"], ""),
        (["PRACTICE_CODE", "LSOA_CODE", "NUMBER_OF_PATIENTS"], ""),
        (["LSOA21CD", "Council code", "Council"], ""),
        (["LSOA 2021 Code", "LSOA 2021 Name", "Total"], ""),
    ],
)
def test_tables_are_known_by_their_headers(header: list[str], kind: str) -> None:
    assert need_kind(header) == kind


# ---------------------------------------------------------------- Fingertips by MSOA


def test_local_health_by_msoa_is_apportioned_by_residents(tmp_path: Path) -> None:
    """MSOA 1 of Northam holds E01000101 and 2 (1,000 and 1,100 residents). Repeats, parts, older years, suppressed and
    larger areas are counted as left out; a standardised rate may not be put together from its parts."""
    north, south = MSOA["Northam 001"], MSOA["Northam 002"]
    rows = [
        fingertips("Falls", north, 210, 4200),
        fingertips("Falls", north, 210, 4200, Parent_Code="E54000901"),
        fingertips("Falls", north, 400, 4200, Time_period="2022/23", Time_period_Sortable=20220000),
        fingertips("Falls", north, 90, 900, Category_Type="Deprivation deciles", Category="1"),
        fingertips("Falls", south, "*", ""),
        fingertips("Falls", "E92000001", 5000, 100000),
        fingertips("Falls", MSOA["Westby 001"], 10, 1000),
        fingertips("Falls", north, 30, 2000, Sex="Male"),
        fingertips("Standardised", north, 210, 4200, Value=117.0),
    ]
    area = load(tmp_path, **{"fingertips__csv": table(FINGERTIPS, rows), "MSOA-Names__csv": HOUSE})
    told = {i.label: i for i in area.indicators}
    assert set(told) == {"Falls", "Falls, Male"}
    falls = told["Falls"]
    assert (falls.unit, falls.scale, falls.basis, falls.period) == ("per 1,000", 1000.0, "apportioned", "2023/24")
    n, d = values(area, falls)
    assert n["E01000101"] == pytest.approx(100) and n["E01000102"] == pytest.approx(110)
    assert d["E01000101"] == pytest.approx(2000) and np.isnan(n["E01000103"])
    left = {x.reason: x.rows for x in receipt(area, "fingertips").dropped}
    assert left == {
        "of areas that are no LSOA, MSOA or practice": 1,
        "of a part of the people (a category), not of all": 1,
        "of an older period": 1,
        "suppressed, or without numerator and denominator": 1,
        "repeated (for another parent area)": 1,
        "of “Standardised”, whose value is not numerator over denominator": 1,
        "of MSOAs outside the study area": 1,
    }
    assert receipt(area, "fingertips").rows_read == len(rows) == 2 + sum(left.values())


def test_the_part_of_an_msoa_beyond_the_area_is_left_there(tmp_path: Path) -> None:
    one = load(
        tmp_path, ["E01000101", "E01000103"],
        **{"MSOA-Names__csv": HOUSE, "x__csv": table(["MSOA21CD", "indicator", "numerator", "denominator"],
           [[MSOA["Northam 001"], "Falls", 210, 2100]])},
    )  # fmt: skip
    n, _ = values(one, one.indicators[0])
    assert n["E01000101"] == pytest.approx(210 * 1000 / 2100)
    assert "lies outside the area" in " ".join(receipt(one, "x").notes)


def test_of_a_national_file_only_the_area_is_kept_and_its_vintage_still_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indicators, "LARGE", 0)
    header = ["LSOA21CD", "indicator", "numerator", "denominator"]
    rows = [[c, "Falls", 1, 10] for c in (*CODES, "E01000999", "E01000998")]
    area = load(tmp_path / "a", x__csv=table(header, rows))
    told = receipt(area, "x")
    assert (told.rows_read, told.rows_kept) == (14, 8)
    assert {d.reason: d.rows for d in told.dropped} == {"of areas and practices outside the study area": 6}
    old = [[c, "Falls", 1, 10] for c in ("E01000109", "E01000110", *CODES[:7])]
    moved = load(tmp_path / "b", x__csv=table(header, old))
    assert any("LSOA 2011" in note for note in receipt(moved, "x").notes)


def test_two_values_for_one_area_are_refused(tmp_path: Path) -> None:
    rows = [["E01000101", "Falls", 1, 10], ["E01000101", "Falls", 2, 10]]
    with pytest.raises(DataError, match="a second value of one indicator: E01000101, “Falls”"):
        load(tmp_path, x__csv=table(["LSOA21CD", "indicator", "numerator", "denominator"], rows))
    rows = [["E01000101", "Falls", -1, 10]]
    with pytest.raises(DataError, match="1 number is negative"):
        load(tmp_path, x__csv=table(["LSOA21CD", "indicator", "numerator", "denominator"], rows))


def test_msoas_of_2011_are_refused(tmp_path: Path) -> None:
    names = {n: c.replace("E020009", "E029009") for n, c in MSOA.items()}
    house = table(
        ["msoa21cd", "msoa21nm", "msoa21hclnm"], [[names[n], n, n] for n in MSOA_NAMES]
    )  # made for the 2021 Census: every code is newer than the last of 2011
    old = table(["MSOA11CD", "indicator", "numerator", "denominator"], [["E02000001", "Falls", 1, 10]])
    with pytest.raises(DataError, match="is on MSOA 2011"):
        load(tmp_path, **{"MSOA-Names__csv": house, "x__csv": old})


# ---------------------------------------------------------------- by LSOA, both vintages


def test_counts_by_lsoa_2011_are_moved_and_add_up(tmp_path: Path) -> None:
    """E01000109 was split into E01900001 (here) and E01900002 (elsewhere) by residents; the total is kept."""
    codes = ["E01000101", "E01000102", "E01000109", "E01000110"]
    rows = [[c, "cohort_7", 10 * n, 100 * n] for n, c in enumerate(codes, 1)]
    area = load(tmp_path, x__csv=table(["LSOA11CD", "indicator", "numerator", "denominator"], rows))
    own = area.indicators[0]
    assert (own.key, own.group, own.label) == ("cohort_7", "cohort", "Local count, 7% cohort")
    n, _ = values(area, own)
    part = RESIDENTS["E01900001"] / (RESIDENTS["E01900001"] + RESIDENTS["E01900002"])
    assert n["E01900001"] == pytest.approx(30 * part) and n["E01000102"] == 20 and np.isnan(n["E01000103"])
    assert any("split (S)" in note for note in receipt(area, "x").notes)
    with pytest.raises(DataError, match="LSOA 2011 codes, or is incomplete"):
        load(tmp_path / "b", **{"LSOA11_LSOA21_LU__csv": None, "x__csv": table(
            ["LSOA11CD", "indicator", "numerator", "denominator"], rows)})  # type: ignore[arg-type]  # fmt: skip


def test_groups_of_core20plus_are_flags_or_counts(tmp_path: Path) -> None:
    flags = table(
        ["LSOA21CD", "core20plus_group"], [["E01000101", "Coast"], [" e01000103 ", "Coast"], ["E01000108", "Far"]]
    )
    counts = table(
        ["LSOA21CD", "plus group", "people"], [["E01000102", "Travellers", 40], ["E01000103", "Travellers", "*"]]
    )
    area = load(tmp_path, flags__csv=flags, counts__csv=counts)
    by = {i.label: i for i in area.indicators}
    coast, _ = values(area, by["Coast"])
    assert coast["E01000101"] == 1_000 and coast["E01000103"] == 1_200 and coast["E01000102"] == 0
    people, _ = values(area, by["Travellers"])
    assert people["E01000102"] == 40 and np.isnan(people["E01000103"])
    assert "all their residents are counted" in receipt(area, "flags").notes[0]
    assert {d.reason: d.rows for d in receipt(area, "counts").dropped} == {"suppressed": 1}
    assert {d.reason: d.rows for d in receipt(area, "flags").dropped} == {"of LSOAs outside the study area": 1}


# ---------------------------------------------------------------- by practice


def test_practice_registers_go_where_their_patients_live(tmp_path: Path) -> None:
    """What an LSOA has of a practice is the register × its patients on the list / the list; with what lives elsewhere
    it adds up to the register."""
    rows = [["X99001", "DM", 50, 500], ["X99002", "DM", 20, 400], ["X99009", "DM", 7, 70]]
    area = load(tmp_path, qof__csv=table(["PRACTICE_CODE", "GROUP_CODE", "REGISTER", "PATIENT_LIST_SIZE"], rows))
    own = area.indicators[0]
    assert (own.label, own.basis, own.unit) == ("DM", "modelled", "%")
    n, _ = values(area, own)
    flows = area.registrations
    lists = area.practices["list_size"]
    for code in FIRST_ICB:
        here = flows[flows["unit"] == code].set_index("practice")["patients"]
        wanted = sum(r[2] * here.get(r[0], 0.0) / lists.get(r[0], np.inf) for r in rows[:2])
        assert np.nan_to_num(n[code]) == pytest.approx(wanted)
    here = sum(v for v in n.values() if np.isfinite(v))
    inside = flows[flows["practice"].isin(["X99001", "X99002"])].groupby("practice")["patients"].sum()
    away = sum(r[2] * (1 - inside[r[0]] / lists[r[0]]) for r in rows[:2])
    assert here + away == pytest.approx(70)
    assert {x.reason: x.rows for x in receipt(area, "qof").dropped} == {"of practices without a patient here": 1}


# ---------------------------------------------------------------- growth


def test_growth_is_placed_by_code_point_and_postcode(tmp_path: Path) -> None:
    x, y = official.middle("E01000103")
    header = [
        "name",
        "LSOA21CD",
        "postcode",
        "easting",
        "northing",
        "year",
        "homes",
        "people",
        "people_per_home",
        "source",
    ]
    rows = [
        ["A", "E01000101", "", "", "", 2026, 100, "", "", "=Plan"],
        ["B", "", "", x, y, "2026/27", 100, "", 2, "Plan"],
        ["C", "", official.postcode("X99003"), "", "", 2031, "", 77, "", "Plan"],
        ["D", "E01000109", "", "", "", 2030, "", 100, "", "Plan"],
        ["E", "E01000101", "", "", "", 2024, 5, "", "", "Plan"],
        ["F", "E01000108", "", "", "", 2030, "", 9, "", "Plan"],
        ["G", "", "ZZ9 9ZZ", "", "", 2030, "", 11, "", "Plan"],
    ]
    area = load(tmp_path, growth__csv=table(header, rows))
    assert area.people_year == 2024
    got = area.growth.groupby(["unit", "year"])["people"].sum().to_dict()
    part = RESIDENTS["E01900001"] / (RESIDENTS["E01900001"] + RESIDENTS["E01900002"])
    assert got == pytest.approx(
        {
            ("E01000101", 2026): 236.0,
            ("E01000103", 2027): 200.0,
            ("E01000107", 2031): 77.0,
            ("E01900001", 2030): 100 * part,
        }
    )
    told = receipt(area, "growth")
    assert told.people_read == pytest.approx(236 + 200 + 77 + 100 + 11.8 + 9 + 11)
    left = sum(d.people or 0 for d in told.dropped)
    assert told.people_kept + left == pytest.approx(told.people_read), "everyone is placed or said to be left out"
    assert "2.36" in " ".join(told.notes)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["E01000101", "soon", 5], "1 row has no year from 1990 to 2100 (line 2)"),
        (["E01000101", "2030", ""], "1 row has neither homes nor people (line 2)"),
        (["E01", "2030", 5], "no LSOA code: “E01”"),
        (["E01000101", "2030", -900], "More people would leave than live there"),
    ],
)
def test_growth_that_cannot_be_is_refused(tmp_path: Path, row: list[object], said: str) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, growth__csv=table(["LSOA21CD", "year", "homes"], [row]))
    assert said in caught.value.message and caught.value.mend


# ---------------------------------------------------------------- domains, cache, places


def test_domains_have_their_own_denominators_and_survive_the_cache(tmp_path: Path) -> None:
    imd = "Index of Multiple Deprivation (IMD)"
    header = [
        "LSOA code (2021)", f"{imd} Score", f"{imd} Rank (where 1 is most deprived)",
        f"{imd} Decile (where 1 is most deprived 10% of LSOAs)", "Employment Score (rate)", "Crime Score",
        "Income Deprivation Affecting Children Index (IDACI) Score (rate)", "Total population: mid 2022",
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022",
    ]  # fmt: skip
    rows = [[c, 30, 100, 2, 0.1, -1.5, 0.2, 1_000, 600] for c in CODES]
    growth = table(["LSOA21CD", "year", "homes"], [["E01000101", 2030, 10]])
    folder = official.write(tmp_path / "s", File_7__csv=table(header, rows), growth__csv=growth)
    area = load_area(folder, ["QX1"], cache=False)
    told = {i.key: i for i in area.indicators}
    assert set(told) == {"domain_employment", "domain_crime"}
    assert told["domain_employment"].counted_in == "people aged 18 to 66" and told["domain_employment"].unit == "%"
    n, d = values(area, told["domain_employment"])
    assert (n["E01000101"], d["E01000101"]) == (pytest.approx(60), 600)
    assert "Children in income deprivation" in " ".join(receipt(area, "File_7").notes), "no denominator of children"
    key = "0" * 64
    assert cache.store(key, area, tmp_path / "kept")
    again = cache.load(key, tmp_path / "kept")
    assert again is not None and again.indicators == area.indicators and again.people_year == area.people_year
    assert again.indicator_values.equals(area.indicator_values) and again.growth.equals(area.growth)
    assert cache.content_digest(again) == area.digest
    bare = load_area(official.write(tmp_path / "t", File_7__csv=table(header, rows)), ["QX1"], cache=False)
    assert bare.digest != area.digest


def test_names_from_files_stay_on_one_line(tmp_path: Path) -> None:
    rows = [["E01000101", "=cmd|'/c' <script>\nx", 1, 10]]
    area = load(tmp_path, x__csv=table(["LSOA21CD", "indicator", "numerator", "denominator"], rows))
    assert area.indicators[0].label == "=cmd|'/c' <script> x"
    assert area.indicators[0].key == "indicator_cmd_c_script_x" and NAMES


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_cohorts_of_real_places(place: str, request: pytest.FixtureRequest) -> None:
    """Six Census bands and File 7 without denominators: the estimate adds up; employment is left out and said so."""
    area = load_area(request.getfixturevalue(place))
    found = cohorts_of(area)
    assert found is not None and found.two_four_is == "estimate"
    total = int(area.units["residents"].sum())
    assert found.seven.sum() == pytest.approx(0.07 * total) and found.middle.sum() == pytest.approx(0.03 * total)
    assert {i.key for i in area.indicators} >= {"domain_income", "domain_health"}
    assert "domain_employment" not in {i.key for i in area.indicators}
    rate = found.middle / np.maximum(area.units["residents"].to_numpy(dtype=float), 1)
    old = area.ages["Aged 65 years and over"].to_numpy(dtype=float) / area.ages.to_numpy(dtype=float).sum(axis=1)
    assert np.corrcoef(rate, old)[0, 1] > 0.7 and rate.max() < 0.25
