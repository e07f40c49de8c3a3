"""ONS lookups: columns by whole stem and newest year, codes kept as strings, doubles refused."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from boundaries.errors import DataError
from boundaries.levels import msoa_by_name, unique_names, upper_tier_of
from boundaries.readers import lookups
from tests import official


def rows(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def test_april_2026_lookup() -> None:
    table = lookups.lsoa_groups(rows(official.lookup()), "lu.csv")
    first = table.loc["E01000101"]
    assert (first["icb_cd"], first["icb_cdh"], first["sicbl_cdh"], first["lad_cd"]) == (
        "E54000901",
        "QX1",
        "91A",
        "E07000901",
    )
    assert table.attrs["years"]["ICB"] == 26
    assert len(table) == 12


def test_column_order_case_and_older_years_do_not_matter() -> None:
    frame = rows(official.lookup())
    frame["LAD24CD"] = "E07000999"
    shuffled = frame[frame.columns[::-1]].rename(columns=str.lower)
    got = lookups.lsoa_groups(shuffled, "lu.csv")
    assert got.at["E01000101", "lad_cd"] == "E07000901"
    assert any("lad26cd" in n and "lad24cd" in n for n in got.attrs["notes"])


def test_county_is_not_country() -> None:
    frame = rows("LSOA21CD,CTRY24CD,CTY24CD,CTY24NM\nE01000101,E92000001,E10000901,Exampleshire\n")
    got = lookups.lsoa_groups(frame, "lu.csv")
    assert got.at["E01000101", "cty_cd"] == "E10000901" and got.at["E01000101", "ctry_cd"] == "E92000001"


def test_output_areas_are_reduced_to_their_lsoa() -> None:
    text = "OA21CD,LSOA21CD,LSOA21NM,MSOA21CD,MSOA21NM,LAD22CD,LAD22NM\n"
    text += "E00000001,E01000101,Northam 001A,E02000901,Northam 001,E07000901,Northam\n"
    text += "E00000002,E01000101,Northam 001A,E02000901,Northam 001,E07000901,Northam\n"
    assert len(lookups.lsoa_groups(rows(text), "oa.csv")) == 1


def test_an_lsoa_in_two_districts_is_refused_by_name() -> None:
    frame = rows(official.lookup())
    double = pd.concat([frame, frame.iloc[[0]].assign(LAD26CD="E07000902")])
    with pytest.raises(DataError, match=r"lu\.csv: 1 LSOA stands in two groups at once \(E01000101\)"):
        lookups.lsoa_groups(double, "lu.csv")


def test_vintage_lookup_needs_its_change_indicator() -> None:
    frame = rows(official.vintages())
    assert set(lookups.vintage_pairs(frame, "v.csv")["rule"]) == {"U", "S", "M", "X"}
    renamed = frame.rename(columns={"F_LSOA11CD": "LSOA11CD", "CHGIND": "CHNGIND"})
    assert len(lookups.vintage_pairs(renamed, "v.csv")) == len(official.LOOKUP_11_21)
    with pytest.raises(DataError, match="cannot convert counts"):
        lookups.vintage_pairs(frame.drop(columns="CHGIND"), "v.csv")


@pytest.mark.parametrize(
    "header", ["LTLA25CD,LTLA25NM,UTLA25CD,UTLA25NM,ObjectId", "LAD25CD,LAD25NM,CTYUA25CD,CTYUA25NM,ObjectId"]
)
def test_upper_tiers_in_both_spellings(header: str) -> None:
    table = lookups.upper_tiers(rows(f"{header}\nE07000901,Northam,E10000901,Exampleshire,1\n"), "u.csv")
    assert table.loc["E07000901"].tolist() == ["E10000901", "Exampleshire"]
    districts = {"E07000901": "Northam", "E06000901": "Easton", "E07000902": "Southam"}
    found, names, lacking, basis = upper_tier_of(districts, table, {"E07000902": "E10000003"})
    assert found == {"E07000901": "E10000901", "E06000901": "E06000901", "E07000902": "E10000003"}
    assert names["E10000003"] == "Cambridgeshire" and lacking == () and "most of its postcodes" in basis
    assert upper_tier_of(districts, table, {})[2] == ("E07000902",)


def test_msoa_names_with_a_damaged_first_header() -> None:
    text = "ï»¿msoa21cd,msoa21nm,msoa21nmw,msoa21hclnm,msoa21hclnmw,localauthorityname,type\n"
    text += 'E02000901,Northam 001,,"Mill Bank, Abbey & Quay",,Northam,Present in 2011\n'
    table = lookups.msoa_names(rows(text), "m.csv")
    assert table.loc["E02000901"].tolist() == ["Northam 001", "Mill Bank, Abbey & Quay"]


@pytest.mark.parametrize(
    ("name", "msoa"),
    [
        ("Peterborough 004A", "Peterborough 004"),
        ("Bristol, City of 012AB", ""),
        ("King's Lynn 001F", "King's Lynn 001"),
        ("Odd", ""),
    ],
)
def test_msoa_from_the_lsoa_name(name: str, msoa: str) -> None:
    assert lookups.msoa_from_name(name) == msoa


def test_names_that_two_msoas_share_decide_nothing() -> None:
    names = unique_names(["E02000001", "E02000002", "E02000003"], ["Northam 001", "Northam 001", "Easton 001"])
    assert names == {"Easton 001": "E02000003"}
    got, hits = msoa_by_name(pd.Series({"E01000101": "Northam 001A", "E01000105": "Easton 001B"}), names)
    assert got.to_dict() == {"E01000101": "", "E01000105": "E02000003"} and hits == 1


def test_any_other_grouping_of_lsoas() -> None:
    frame = rows("LSOA21CD,locality_code,locality_name\nE01000101,L1,North End\nE01000102,L2,South End\n")
    label, table = lookups.other_groups(frame, "l.csv")
    assert label == "locality" and table.loc["E01000102"].tolist() == ["L2", "South End"]
    with pytest.raises(DataError, match="two groups"):
        lookups.other_groups(pd.concat([frame, frame.assign(locality_code="L9")]), "l.csv")
