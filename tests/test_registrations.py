"""The patient list: every person is in the area, elsewhere by category, or in a message; never nowhere."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.patients import Patients, patients_of
from boundaries.readers import registrations as reg
from boundaries.sources import scan
from tests import official
from tests.official import CODES, FIRST_ICB, LOOKUP_11_21, PATIENTS, RESIDENTS

PAIRS = pd.DataFrame(LOOKUP_11_21, columns=["lsoa11", "lsoa21", "rule"])
PEOPLE = pd.Series(RESIDENTS, dtype="float64")
OLD = [
    ("X99001", "E01000101", 100),
    ("X99001", "E01000109", 340),
    ("X99001", "E01000110", 30),
    ("X99001", "NO2011", 4),
    ("X99002", "E01000109", 35),
    ("X99002", "E01999999", 8),
]


def rows(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def load(
    folder: Path, *, pairs: pd.DataFrame | None = PAIRS, area: tuple[str, ...] = FIRST_ICB, **files: str
) -> tuple[Patients, Ledger]:
    official.write_files(folder, {f"{k}.csv": v for k, v in files.items()})
    ledger = Ledger(scan(folder))
    return patients_of(ledger, area, pairs=pairs, boundary=CODES, residents=PEOPLE), ledger


def test_tokens_are_kept_apart_and_totals_stand() -> None:
    got = reg.patients_by_lsoa(rows(official.registrations(PATIENTS)), "list.csv")
    assert got.extract == "2025-10-01" and got.people_read == sum(int(n) for *_, n in PATIENTS)
    assert got.tokens == {"CLOSED": (1, 3.0), "EMPTY": (1, 5.0), "scotland": (1, 9.0), "wales": (1, 7.0)}
    assert got.rows["patients"].sum() + got.elsewhere["patients"].sum() == got.people_read
    assert set(got.rows["lsoa"]) <= set(CODES)


def test_codes_are_tidied_and_counted() -> None:
    got = reg.patients_by_lsoa(rows(official.registrations([("x99001 ", " e01000101", "1,234")])), "list.csv")
    assert got.rows.to_numpy().tolist() == [["X99001", "E01000101", 1_234.0]]
    assert any("1 LSOA code with blanks or lower case tidied" in n for n in got.notes)


def test_all_faults_come_in_one_message() -> None:
    bad = official.registrations([("X99001", "E01000101", -4), ("X99001", "E01000102", "*"), ("??", "E01000103", 1)])
    with pytest.raises(DataError) as told:
        reg.patients_by_lsoa(rows(bad), "list.csv")
    for words in (
        "1 count is missing or suppressed: X99001 in E01000102",
        "1 count is negative: X99001 in E01000101",
        "column “PRACTICE_CODE”: 1 value is no practice code: “??”",
    ):
        assert words in told.value.message
    with pytest.raises(DataError, match="repeats a practice and LSOA: X99001 in E01000101"):
        reg.patients_by_lsoa(rows(official.registrations([("X99001", "E01000101", 1)] * 2)), "list.csv")
    with pytest.raises(DataError, match="holds no LSOA code; the first values are “CAMBRIDGE”"):
        reg.patients_by_lsoa(rows(official.registrations([("X99001", "Cambridge", 1)])), "list.csv")
    two = (
        official.registrations([("X99001", "E01000101", 1)])
        + official.registrations([("X99001", "E01000102", 1)], date="01JAN2026").split("\r\n", 1)[1]
    )
    with pytest.raises(DataError, match="mixes extracts of 2025-10-01, 2026-01-01"):
        reg.patients_by_lsoa(rows(two), "list.csv")


def test_an_unknown_token_is_counted_as_unknown_and_named() -> None:
    got = reg.patients_by_lsoa(
        rows(official.registrations([("X99001", "E01000101", 1), ("X99001", "MOON", 2)])), "l.csv"
    )
    assert got.elsewhere["category"].tolist() == ["unknown"] and any("MOON" in n for n in got.notes)


def test_2021_list(tmp_path: Path) -> None:
    got, ledger = load(tmp_path, list=official.registrations(PATIENTS))
    assert got.vintage is not None and got.vintage.year == "2021"
    here = {p for p, a, _ in PATIENTS if a in FIRST_ICB}
    everyone = sum(int(n) for p, _, n in PATIENTS if p in here)
    assert got.registrations["patients"].sum() + got.elsewhere["patients"].sum() == everyone
    assert got.lists["X99004"] == 7_460 and set(got.registrations["unit"]) <= set(FIRST_ICB)
    (receipt,) = ledger.receipts()
    assert receipt.people_read == sum(int(n) for *_, n in PATIENTS)
    assert receipt.people_kept is not None
    assert receipt.people_kept + sum(d.people or 0 for d in receipt.dropped) == receipt.people_read
    assert receipt.rows_kept + sum(d.rows for d in receipt.dropped) == receipt.rows_read
    assert any("EMPTY: 1 row, 5 people" in n for n in receipt.notes)


def test_2011_list_is_moved_by_rule_and_the_rules_stand_in_the_receipt(tmp_path: Path) -> None:
    got, ledger = load(tmp_path, list=official.registrations(OLD, date="01JUL2022"))
    assert got.vintage is not None and got.vintage.year == "2011"
    at = got.registrations.set_index(["practice", "unit"])["patients"]
    share = RESIDENTS["E01900001"] / (RESIDENTS["E01900001"] + RESIDENTS["E01900002"])
    assert at["X99001", "E01900001"] == pytest.approx(340 * share)
    away = got.elsewhere.set_index(["practice", "category"])["patients"]
    assert away["X99001", "england_outside"] == pytest.approx(340 * (1 - share) + 30)
    assert away["X99001", "unknown"] == 4 and away["X99002", "england_outside"] == pytest.approx(8 + 35 * (1 - share))
    assert got.lists.sum() == pytest.approx(sum(int(n) for *_, n in OLD))
    notes = " | ".join(ledger.receipts()[0].notes)
    assert "unchanged (U)" in notes and "split (S): divided by the residents of the children" in notes
    assert ledger.receipts()[0].vintage == "LSOA 2011"
    assert set(got.touched["rule"]) == {"S", "U"}


def test_2011_list_without_or_with_too_small_a_lookup_fails(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not fit the LSOA 2021 boundaries"):
        load(tmp_path, pairs=None, list=official.registrations(OLD))
    with pytest.raises(DataError, match="lacks 1 LSOA of the area: E01000104"):
        load(tmp_path, pairs=PAIRS[PAIRS["lsoa21"] != "E01000104"], list=official.registrations(OLD))


def test_newest_extract_and_the_2021_twin_are_used(tmp_path: Path) -> None:
    new = official.registrations(PATIENTS)
    (tmp_path / "july").mkdir()
    official.write_files(
        tmp_path,
        {
            "a/lsoa.csv": official.registrations(OLD, date="01JUL2022"),
            "b/lsoa-2011.csv": official.registrations(OLD),
            "b/lsoa-2021.csv": new,
        },
    )
    got, ledger = load(tmp_path)
    assert got.source == "b/lsoa-2021.csv"
    told = {r.file: (r.status, r.notes) for r in ledger.receipts()}
    assert told["a/lsoa.csv"][0] == "not used" and "older than b/lsoa-2021.csv" in told["a/lsoa.csv"][1][0]
    assert told["b/lsoa-2011.csv"][0] == "not used"


def test_male_and_female_twins_are_added(tmp_path: Path) -> None:
    half = [(p, a, n) for p, a, n in PATIENTS if a in CODES]
    got, _ = load(
        tmp_path, male=official.registrations(half, sex="MALE"), female=official.registrations(half, sex="FEMALE")
    )
    once, _ = load(tmp_path / "x", **{"all": official.registrations(half)})
    assert got.registrations["patients"].sum() == 2 * once.registrations["patients"].sum()
    both, _ = load(tmp_path, **{"all": official.registrations(half)})
    assert both.source.endswith("all.csv")


def test_practice_totals_count_only_practices() -> None:
    header = "PUBLICATION,EXTRACT_DATE,TYPE,SUB_ICB_LOCATION_CODE,ONS_SUB_ICB_LOCATION_CODE,CODE,"
    header += "POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n"
    text = (
        header
        + "P,01OCT2025,GP,91A,E38000901,X99001,EX1 1AA,ALL,ALL,1944\n"
        + "P,01OCT2025,PCN,91A,E38000901,U00001,EX1 1AA,ALL,ALL,9\n"
    )
    totals, extract = reg.practice_totals(rows(text), "all.csv")
    assert totals.to_dict() == {"X99001": 1_944.0} and extract == "2025-10-01"


def test_practice_map_of_today_and_of_the_ccgs() -> None:
    table, extract = reg.practice_map(rows(official.practice_map()), "map.csv")
    assert extract == "2025-10-01" and table.at["X99003", "pcn"] == "" and table.at["X99001", "icb"] == "QX1"
    old = rows(official.practice_map("01Jan2022")).rename(
        columns={"ICB_CODE": "STP_CODE", "SUB_ICB_LOCATION_CODE": "CCG_CODE"}
    )
    table, extract = reg.practice_map(old, "map.csv")
    assert extract == "2022-01-01" and table.at["X99004", "icb"] == "QX2"


@pytest.mark.parametrize("old", [False, True])
def test_large_lists_are_read_twice_to_the_same_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: bool) -> None:
    text = official.registrations(OLD) if old else official.registrations(PATIENTS)
    whole, ledger = load(tmp_path, list=text)
    monkeypatch.setattr("boundaries.patients._WHOLE", 0)
    twice, again = load(tmp_path)
    for name in ("registrations", "elsewhere", "touched"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(twice, name))
    pd.testing.assert_series_equal(whole.lists, twice.lists)
    first, second = ledger.receipts()[0], again.receipts()[0]
    assert (first.people_read, first.people_kept, first.rows_read, first.dropped) == (
        second.people_read,
        second.people_kept,
        second.rows_read,
        second.dropped,
    )
