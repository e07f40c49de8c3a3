"""What a second pair of eyes found: layouts and words that official files and planners use, and the samples do not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from boundaries import load_area
from boundaries.errors import DataError
from boundaries.readers.population import nomis_download
from footprints.cli import cli
from footprints.cli.show import percent
from footprints.errors import PlanError
from footprints.exchange.edited import refuse_edited
from footprints.exchange.folder import refuse_foreign_folder
from footprints.exchange.read import plan_from_csv
from tests import official


def test_codes_may_stand_in_one_text(tmp_path: Path) -> None:
    from boundaries import load_area

    folder = official.write(tmp_path / "source")
    area = load_area(folder, [f"{official.CODES[0]}, {official.CODES[1]}"], cache=False)
    assert area.codes == official.CODES[:2]
    with pytest.raises(DataError, match="is a file, not a folder"):
        load_area(next(p for p in folder.iterdir() if p.is_file()), cache=False)


def test_the_newest_of_several_years_of_a_nomis_table() -> None:
    head = "2021 super output area - lower layer"
    frame = pd.DataFrame({head: ["E01000101 : A"], "2023": ["10"], "2024": ["12"]})
    assert (nomis_download(frame, "t.csv").residents.iloc[0], nomis_download(frame, "t.csv").year) == (12, 2024)
    plain = pd.DataFrame({head: ["E01000101 : A"], "All Ages": ["10"]})
    assert nomis_download(plain, "t.csv", year=2024).year == 2024


def test_a_lookup_without_header_loses_no_row_and_an_empty_one_is_told() -> None:
    plan = plan_from_csv(b"E01000101,North\nE01000102,South\n", "plan.csv")
    assert [unit for unit, _ in plan.assignment] == ["E01000101", "E01000102"]
    with pytest.raises(PlanError, match="no rows"):
        plan_from_csv(b"LSOA21CD,neighbourhood\n", "plan.csv")


def test_a_file_that_was_edited_elsewhere_is_refused() -> None:
    plan = plan_from_csv(b"LSOA21CD,neighbourhood\nE01000101,AB-01\n", "plan.csv")
    names = {n.code: n.name for n in plan.neighbourhoods}
    assert refuse_edited(plan, "x.gpkg", names, dict(plan.assignment)) is plan
    with pytest.raises(PlanError, match="changed after it was written"):
        refuse_edited(plan, "x.gpkg", {})
    with pytest.raises(PlanError, match="E01000101"):
        refuse_edited(plan, "x.gpkg", names, {"E01000101": "AB-02"})


def test_a_folder_below_a_file_is_refused_before_work(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    with pytest.raises(PlanError, match="is a file"):
        refuse_foreign_folder(tmp_path / "a.txt" / "out")


def test_gaps_too_small_to_read() -> None:
    assert percent(1e-11).startswith("under 0.001")


def test_a_plan_of_a_part_is_checked_on_that_part(tmp_path: Path) -> None:
    out = tmp_path / "part"
    run = CliRunner().invoke
    made = run(cli, ["propose", "demo", "--area", "Saltreach", "--seconds", "5", "--out", str(out)])
    assert made.exit_code == 0, made.output
    whole = run(cli, ["check", str(out), "--source", "demo"])
    assert whole.exit_code == 0, whole.output
    assert "No --area is given: Saltreach is taken" in whole.stderr
    assert "holds" in whole.stdout


def test_a_census_zip_with_other_areas_is_read_for_lsoas(tmp_path: Path) -> None:
    folder = official.write(tmp_path / "a")
    head = "date,geography,geography code,Ethnic group: Total: All usual residents"
    codes = sorted(official.RESIDENTS)
    rows = {"lsoa": [f"2021,Place {c},{c},10" for c in codes], "ltla": ["2021,Somewhere,E07000901,99"]}
    with zipfile.ZipFile(folder / "census2021-ts021.zip", "w") as archive:
        for area, lines in rows.items():
            archive.writestr(f"census2021-ts021-{area}.csv", "\n".join([head, *lines, ""]))
    receipts = load_area(folder, ["QX1"], cache=False).receipts
    told = {r.file for r in receipts if "ts021" in r.file}
    assert told
    assert all(r.status != "used" for r in receipts if "ltla" in r.file)
