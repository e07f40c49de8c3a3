"""Practices and PCNs: no header, history included, two memberships at once, sites that newer tables have lost."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from boundaries.errors import DataError
from boundaries.practices import PcnTable, Register, pcns, sites
from boundaries.readers import organisations as org
from boundaries.readers import place_based, postcodes
from boundaries.readers.tables import parse_date
from tests import official


def bare(text: str) -> pd.DataFrame:
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, header=None)
    return frame.set_axis([str(n) for n in range(frame.shape[1])], axis=1)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("20240331", "2024-03-31"),
        ("2024-03-31", "2024-03-31"),
        ("31/03/2024", "2024-03-31"),
        ("31MAR2024", "2024-03-31"),
        ("01Jan2022", "2022-01-01"),
        ("01OCT2025", "2025-10-01"),
        ("2024-03-31T00:00:00", "2024-03-31"),
        ("2024-03-31 00:00:00", "2024-03-31"),
        ("", ""),
        ("20241399", ""),
        ("soon", ""),
    ],
)
def test_dates_in_every_official_spelling(text: str, iso: str) -> None:
    assert parse_date(text) == iso


def test_epraccur_of_today_and_of_before() -> None:
    text = official.epraccur(
        [("X99001", "19740401", "", "ACTIVE"), ("X99002", "19740401", "20240331", "C"), ("X99003", "20250901", "", "A")]
    )
    got = org.practices(bare(text))
    assert got["status"].to_dict() == {"X99001": "active", "X99002": "closed", "X99003": "active"}
    assert got.at["X99002", "closed"] == "2024-03-31" and got.at["X99001", "postcode"] == "EX11AA"
    assert got["is_gp"].all() and org.newest_date(got) == "2025-09-01"


def test_a_header_row_is_known_and_a_repeated_code_keeps_its_last_row() -> None:
    text = official.epraccur([("X99001", "19740401", "19991231", "INACTIVE"), ("X99001", "20000101", "", "ACTIVE")])
    header = ",".join(f'"Column {n}"'.replace("Column 0", "Organisation Code") for n in range(27)).replace(
        "Column ", "Field "
    )
    got = org.practices(bare(header.translate(str.maketrans("0123456789", "abcdefghij")) + "\r\n" + text))
    assert got.index.tolist() == ["X99001"] and got.at["X99001", "status"] == "active"
    assert got.attrs["repeated"] == ["X99001"]


SPELLS = pd.DataFrame(
    [
        ("X99001", "U00001", "OLD PCN", "20190701", "20220331"),
        ("X99001", "U00002", "NEW PCN", "20220401", ""),
        ("X99002", "U00001", "OLD PCN", "20190701", ""),
        ("X99002", "U00003", "OTHER PCN", "20200101", ""),
        ("X99003", "U00001", "OLD PCN", "20190701", "20210630"),
        ("X99004", "U00002", "NEW PCN", "20230101", ""),
        ("W99999", "U00002", "NEW PCN", "20230101", ""),
    ],
    columns=[
        "Partner\nOrganisation\nCode",
        "PCN Code",
        "PCN Name",
        "Practice to PCN\nRelationship\nStart Date",
        "Practice to PCN\nRelationship\nEnd Date",
    ],
)


def test_membership_on_a_day() -> None:
    table = org.spells(SPELLS.rename(columns=lambda c: " ".join(c.split())), headed=True)
    assert "W99999" not in set(table["code"])
    then = org.membership(table, "2021-07-01")
    assert then.loc["X99001"].tolist() == ["U00001", "OLD PCN", "on date", "", "U00002"]
    assert then.at["X99002", "others"] == "U00001" and then.at["X99002", "pcn"] == "U00003"
    assert then.at["X99003", "rule"] == "last" and then.at["X99004", "rule"] == "current"
    assert org.membership(table, "")["pcn"].to_dict()["X99001"] == "U00002"


def test_core_partners_without_a_header() -> None:
    row = ["X99001", "S", "91A", "N", "U00001", "PCN", "91A", "N", "20190701", "", "True"]
    got = org.spells(bare(",".join(row)), headed=False)
    assert got[["code", "pcn", "start", "end"]].to_numpy().tolist() == [["X99001", "U00001", "2019-07-01", ""]]


def test_pcn_preference() -> None:
    codes = ["X99001", "X99002", "X99003", "X99004", "X99005"]
    october = pd.DataFrame({"pcn": ["U00009", ""], "pcn_name": ["MAP PCN", ""]}, index=["X99001", "X99003"])
    older = pd.DataFrame({"pcn": ["U00008"] * 5, "pcn_name": "OLDER"}, index=codes)
    spells = org.spells(SPELLS.rename(columns=lambda c: " ".join(c.split())), headed=True)
    tables = [
        PcnTable("map 2025", "2025-10-01", october, False),
        PcnTable("map 2022", "2022-01-01", older, False),
        PcnTable("spells", "2023-01-09", spells, True),
    ]
    got = pcns(codes, tables, "2025-10-01")
    assert got["pcn"].to_dict() == {
        "X99001": "U00009",
        "X99002": "U00003",
        "X99003": "",
        "X99004": "U00002",
        "X99005": "U00008",
    }
    assert got["table"].tolist() == ["map 2025", "spells", "map 2025", "spells", "map 2022"]
    assert "two PCNs at once: U00003 and U00001" in got.at["X99002", "note"]
    assert pcns(["X99009"], tables, "2025-10-01")["pcn"].tolist() == [""]


def points(**at: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [(x, y, "Code-Point Open") for x, y in at.values()], index=list(at), columns=["x", "y", "source"]
    )


def test_the_newest_register_decides_and_an_older_one_keeps_what_it_lost() -> None:
    new = Register(
        "place table",
        "2026-04-01",
        pd.DataFrame({"name": ["A"], "postcode": ["EX11AA"], "x": [5.0], "y": [6.0]}, index=["X99001"]),
    )
    old = Register(
        "epraccur",
        "2025-09-01",
        pd.DataFrame(
            {"name": ["OLD A", "B"], "postcode": ["EX19ZZ", "EX12AA"], "icb": ["QX1", "QX1"]},
            index=["X99001", "X99002"],
        ),
    )
    got = sites(["X99001", "X99002", "X99003"], [old, new], points(EX12AA=(1.0, 2.0)))
    assert (
        got.loc["X99001", ["x", "y"]].tolist() == [5.0, 6.0]
        and got.at["X99001", "basis"] == "coordinates in place table"
    )
    assert got.at["X99002", "basis"] == "postcode EX1 2AA in epraccur, placed by Code-Point Open"
    assert got.at["X99002", "missing_from"] == "place table" and got.at["X99001", "missing_from"] == ""
    assert np.isnan(got.at["X99003", "x"]) and got.at["X99003", "basis"] == ""


def test_place_based_table_and_its_year() -> None:
    text = "Practice_Code,GP_Practice_Name,Practice_Postcode,Latitude,Longitude,ICB,ICBname,Registered Patients\n"
    text += "x99001,A,ex1 1aa,52.2,0.13,T01,NHS X ICB,7138.19\nX99002,B,EX1 2AA,0,0,T01,NHS X ICB,10\n"
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    got = place_based.practices(frame, "nhse.csv")
    assert (
        got.at["X99001", "lat"] == 52.2
        and np.isnan(got.at["X99002", "lat"])
        and got.at["X99001", "postcode"] == "EX11AA"
    )
    assert place_based.edition("nhse_place_based_2026_27.csv")[1] == "2026-04-01"
    with pytest.raises(DataError, match="Latitude"):
        place_based.practices(frame.drop(columns="Latitude"), "nhse.csv")


@pytest.mark.parametrize(
    "header",
    [
        "pcds,doterm,oseast1m,osnrth1m,lsoa21,oslaua,oscty,lat,long",
        "pcd7,pcd8,pcds,doterm,east1m,north1m,lsoa21cd,lad25cd,cty25cd,lat,long",
        "pcd,pcd2,pcds,doterm,east1m,north1m,lsoa11cd,lsoa21cd,lad25cd,lad26cd,cty26cd,lat,long",
    ],
)
def test_postcode_directories_of_three_generations(header: str) -> None:
    names = header.split(",")
    values = {
        "pcds": "EX1 1AA",
        "lsoa21": "E01000101",
        "lsoa21cd": "E01000101",
        "oslaua": "E07000901",
        "lad25cd": "E07000901",
        "lad26cd": "E07000901",
        "oscty": "E10000901",
        "cty25cd": "E10000901",
        "cty26cd": "E10000901",
    }
    place = {"oseast1m": "300500", "east1m": "300500", "osnrth1m": "699500", "north1m": "699500"}
    blank = dict.fromkeys(names, "")
    frame = pd.DataFrame(
        [
            blank | {k: v for k, v in (values | place).items() if k in names},
            blank | {"pcds": "EX1 9ZZ", "doterm": "201001"} | {n: "E99999999" for n in names if n.startswith("cty")},
        ]
    )
    picked = postcodes.directory_columns(names, "ONSPD.csv")
    assert picked["district"] in ("oslaua", "lad25cd", "lad26cd") and (
        "lad26cd" not in names or picked["district"] == "lad26cd"
    )
    assert postcodes.keep_directory(picked, ["E01000101"], ["EX19ZZ"])(frame).tolist() == [True, True]
    got = postcodes.directory(frame, picked)
    known = got.loc["EX11AA", ["x", "y", "district", "county", "lsoa", "ended"]].tolist()
    assert known == [300_500.0, 699_500.0, "E07000901", "E10000901", "E01000101", ""]
    assert got.at["EX19ZZ", "ended"] == "201001"
    assert np.isnan(got.at["EX19ZZ", "x"]) and got.at["EX19ZZ", "county"] == ""


def test_codepoint_and_the_county_of_most_postcodes() -> None:
    rows = [
        '"EX1 1AA",10,300500,699500,"E92000001","","","E10000901","E07000901","E05000901"',
        '"EX11AB",10,300600,699500,"E92000001","","","E10000901","E07000901","E05000901"',
        '"EX1 1AC",90,0,0,"E92000001","","","E10000902","E07000901","E05000901"',
    ]
    frame = bare("\n".join(rows))
    assert postcodes.keep_codepoint((300_000, 699_000, 301_000, 700_000), ["EX11AC"])(frame).tolist() == [True] * 3
    got = postcodes.codepoint(frame, "ex.csv")
    assert np.isnan(got.at["EX11AC", "x"]) and postcodes.county_of_district(got).to_dict() == {"E07000901": "E10000901"}


def test_epcn_workbook_with_line_breaks(tmp_path: Path) -> None:
    from boundaries.ledger import Ledger
    from boundaries.practice_tables import practice_tables
    from boundaries.sources import scan

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "PCNDetails"
    sheet.append(["PCN Code", "PCN Name", "Open Date", "Close Date", "Postcode"])
    sheet.append(["U00002", "THE NEW NAME", 20190701, None, "EX1 1AA"])
    partners = book.create_sheet("PCN Core Partner Details")
    partners.append(list(SPELLS.columns))
    for row in SPELLS.itertuples(index=False):
        partners.append([int(v) if v.isdigit() else v or None for v in row])
    book.save(tmp_path / "ePCN.xlsx")
    (table,) = practice_tables(Ledger(scan(tmp_path))).pcn_tables
    got = pcns(["X99001"], [table], "2022-07-01").loc["X99001"]
    assert got.tolist()[:2] == ["U00002", "THE NEW NAME"]
