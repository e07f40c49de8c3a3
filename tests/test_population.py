"""Residents and ages in every official layout; missing is never 0."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from boundaries import people
from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.readers import deprivation, population, workbooks
from boundaries.sources import scan
from tests import official


def rows(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def workbook(path: Path, *, broad: bool = False) -> Path:
    """Sheets of two years after a cover sheet, three banner rows, header cells with line breaks, notes underneath."""
    book = openpyxl.Workbook()
    book.active.title = "Cover sheet"
    for year, extra in ((2023, 0), (2024, 100)):
        sheet = book.create_sheet(f"Mid-{year} LSOA 2021")
        for text in ("Population estimates", "Released", ""):
            sheet.append([text])
        bands = ["F0 to 15", "F16 and over", "M0 to 15", "M16 and over"] if broad else ["F0", "F90", "M0", "M90"]
        sheet.append(["LAD 2023 Code", "LAD 2023 Name", "LSOA 2021\nCode", "LSOA 2021 Name", "Total", *bands])
        for n, code in enumerate(["E01000101", "E01000102", "W01000901"]):
            cells = [100 + extra + n, 200, 300, 400]
            sheet.append(["E07000901", "Northam", code, "x", sum(cells), *cells])
        sheet.append([])
    book.save(path)
    return path


@pytest.mark.parametrize("broad", [False, True])
def test_workbook_takes_the_newest_year_and_one_sheet(tmp_path: Path, broad: bool) -> None:
    workbook(tmp_path / "sapelsoa.xlsx", broad=broad)
    (source,) = scan(tmp_path)
    assert source.kind == ("population_broad_age" if broad else "population_single_year")
    got = people.residents_of(Ledger([source]), ["E01000101", "E01000102"], (), pairs=None, boundary=())
    assert got.year == 2024 and got.values["E01000101"] == 1_100
    assert got.ages is not None and got.ages.loc["E01000102"].tolist() == ([501, 600])
    first = "Aged 0 to 15 years" if broad else "Aged 0 years"
    assert next(iter(got.ages.columns)) == first and got.ages.dtypes.eq("int64").all()


def test_sheet_is_filtered_while_it_is_read(tmp_path: Path) -> None:
    workbook(tmp_path / "sapelsoa.xlsx")
    (source,) = scan(tmp_path)
    frame = workbooks.read_sheet(source, "Mid-2024 LSOA 2021", ("LSOA 2021 Code",), {"E01000102"})
    assert frame["LSOA 2021 Code"].tolist() == ["E01000102"] and frame.attrs["rows_read"] == 3


def test_ages_must_add_up() -> None:
    frame = rows("LSOA 2021 Code,Total,F0,M0\nE01000101,10,5,5\nE01000102,10,5,6\n")
    with pytest.raises(DataError, match=r"ages do not add up.*E01000102"):
        population.totals(frame, "p.csv")


def test_totals_with_commas_suppression_and_blanks() -> None:
    text = 'LSOA 2021 Code,Total\nE01000101,"1,918"\nE01000102,[c]\nE01000103,\nE01000104, 12 \n'
    got = population.totals(rows(text), "p.csv", year=2022).residents
    assert got["E01000101"] == 1_918 and got["E01000104"] == 12
    assert got[["E01000102", "E01000103"]].isna().all()
    with pytest.raises(
        DataError, match=r"p\.csv, column “Total”: no population for 2 of 3 LSOAs.*E01000102, E01000103"
    ):
        population.require_everyone(got, ["E01000101", "E01000102", "E01000103"], "p.csv", "Total")


def test_faults_of_one_file_come_together() -> None:
    text = "LSOA 2021 Code,Total,F0,M0\nE01000101,-5,x,1\nE01000102,7,y,1\n"
    with pytest.raises(DataError) as told:
        population.totals(rows(text), "p.csv")
    assert "column “Total”: 1 population is negative: E01000101 (-5)" in told.value.message
    assert "column “F0”: 2 values are not numbers" in told.value.message


def test_nomis_api_counts_its_rows() -> None:
    text = "DATE,GEOGRAPHY_CODE,OBS_VALUE,RECORD_COUNT\n2023,E01000101,5,2\n2023,E01000102,6,2\n"
    got = population.nomis_api(rows(text), "n.csv")
    assert got.year == 2023 and got.residents.to_dict() == {"E01000101": 5.0, "E01000102": 6.0}
    with pytest.raises(DataError, match="RECORD_COUNT says 2 rows, 1 found"):
        population.nomis_api(rows(text).head(1), "n.csv")


def test_nomis_pages_are_joined(tmp_path: Path) -> None:
    for n, code in enumerate(["E01000101", "E01000102"]):
        text = f"DATE,GEOGRAPHY_CODE,OBS_VALUE,RECORD_COUNT\n2023,{code},5,2\n"
        official.write_files(tmp_path, {f"page{n}.csv": text})
    ledger = Ledger(scan(tmp_path))
    got = people.residents_of(ledger, ["E01000101", "E01000102"], (), pairs=None, boundary=())
    assert got.values.sum() == 10 and [r.status for r in ledger.receipts()] == ["used", "used"]


def test_census_bulk_selects_the_total_by_label() -> None:
    text = "date,geography,geography code,Ethnic group: Asian,Ethnic group: Total: All usual residents\n"
    text += "2021,Northam 001A,E01000101,3,1997\n"
    got = population.census_bulk(rows(text), "t.csv")
    assert got.residents["E01000101"] == 1_997 and got.year == 2021
    with pytest.raises(DataError, match="no column labelled"):
        population.census_bulk(rows("date,geography,geography code,Household: Total\n2021,N,E01000101,3\n"), "t.csv")


def test_nomis_saved_table(tmp_path: Path) -> None:
    text = '"TS001"\n"ONS Crown Copyright Reserved"\n\n"2021 super output area - lower layer","Total"\n'
    text += '"E01000101 : Northam 001A","1,918"\n"E01000102 : Northam 001B",1553\n\n'
    text += '"In order to protect against disclosure"\n'
    official.write_files(tmp_path, {"table.csv": text})
    got = people.residents_of(Ledger(scan(tmp_path)), ["E01000101", "E01000102"], (), pairs=None, boundary=())
    assert got.values.to_dict() == {"E01000101": 1_918.0, "E01000102": 1_553.0}


def test_age_bands_keep_the_order_of_their_codes() -> None:
    head = "Lower layer Super Output Areas Code,Lower layer Super Output Areas,Age (6 categories) Code,"
    head += "Age (6 categories),Observation\n"
    text = head + "E01000101,N,2,Aged 16 to 24 years,156\nE01000101,N,1,Aged 15 years and under,402\n"
    got = population.census_ages(rows(text), "a.csv")
    assert got.ages is not None and list(got.ages.columns) == ["Aged 15 years and under", "Aged 16 to 24 years"]
    assert got.residents["E01000101"] == 558


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("mid2022_lsoa21_population_total.csv", 2022),
        ("sapelsoasyoa20222024.xlsx", 0),
        ("LSOA 2021 Code", 0),
        ("Mid-2023 Total", 2023),
    ],
)
def test_years_are_read_only_where_they_are_plain(text: str, year: int) -> None:
    assert population.year_in(text) == year


IMD = "LSOA code (2021),Index of Multiple Deprivation (IMD) Score,"
IMD += "Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived)"
IMD += ",Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSO,Total population: mid 2022\n"


def test_imd_headers_are_matched_by_their_beginning() -> None:
    got = deprivation.imd(rows(IMD + "E01000101,8.4,26936,8,1900\n"), "File_7.csv")
    assert got.loc["E01000101"].tolist() == [8.4, 26_936.0, 8.0, 1_900.0] and got.attrs["people_year"] == 2022


def choice(tmp_path: Path, **files: str) -> people.Residents:
    official.write_files(tmp_path, {f"{k}.csv": v for k, v in files.items()})
    return people.residents_of(Ledger(scan(tmp_path)), ["E01000101"], (), pairs=None, boundary=())


def test_residents_come_from_the_best_table_there_is(tmp_path: Path) -> None:
    census = "date,geography,geography code,Ethnic group: Total: All usual residents\n2021,N,E01000101,1\n"
    imd = IMD + "E01000101,8.4,26936,8,2\n"
    mid = "LSOA 2021 Code,Mid-2023 note,Total\nE01000101,,3\n"
    assert choice(tmp_path, census=census).values["E01000101"] == 1
    got = choice(tmp_path, imd=imd)
    assert got.values["E01000101"] == 2 and "denominators" in got.basis and "no mid-year estimate" in got.basis
    got = choice(tmp_path, mid=mid)
    assert got.values["E01000101"] == 3 and got.basis.startswith("ONS mid-2023 estimates: the newest")


def test_the_fast_reader_and_openpyxl_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from boundaries.readers import xlsx

    path = workbook(tmp_path / "sapelsoa.xlsx")
    book = openpyxl.load_workbook(path)
    book["Mid-2024 LSOA 2021"].append(["Notes: R&D < all", None, "see <cover>"])
    book["Mid-2024 LSOA 2021"]["D5"] = 'Wootton & "Quay" <001A>'
    book.save(path)
    (source,) = scan(tmp_path)
    for wanted in ({"E01000102"}, None):
        fast = workbooks.read_sheet(source, "Mid-2024 LSOA 2021", ("LSOA 2021 Code",), wanted)
        with monkeypatch.context() as patch:
            patch.setattr(xlsx, "read_rows", lambda *_: None)
            slow = workbooks.read_sheet(source, "Mid-2024 LSOA 2021", ("LSOA 2021 Code",), wanted)
        pd.testing.assert_frame_equal(fast, slow)
        assert fast.attrs == slow.attrs
    assert fast["LSOA 2021 Name"].iloc[0] == 'Wootton & "Quay" <001A>'
    with pytest.raises(DataError, match="no header row"):
        workbooks.read_sheet(source, "Cover sheet", ("LSOA 2021 Code",))
