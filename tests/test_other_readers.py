"""Our files in the programmes that partners open them with; skipped where these are not installed."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from boundaries.area import Area
from footprints.disclosure import PARTNERS, told
from footprints.exchange import plan_files
from footprints.exchange.shapefile import shapefile_bytes
from footprints.exchange.write import stamps_of
from footprints.plan import Plan
from footprints.report import Asked, report
from footprints.stamp import Stamp
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, with_practices

GDAL, OFFICE = shutil.which("ogrinfo"), shutil.which("soffice")


@pytest.fixture(scope="module")
def area() -> Area:
    made = grid_area(["AAABBB"] * 3)
    return with_practices(
        made,
        {"X99001": ("E01900001", "U90001", 1_000.0), "X99002": ("E01900006", "", 900.0)},
        [("X99001", "E01900001", 1_000.0), ("X99002", "E01900006", 900.0)],
    )


@pytest.fixture(scope="module")
def plan(area: Area) -> Plan:
    return drawn(area, ["aaabbb"] * 3, Criteria(within=()), name='=1+1 "é", North & East')


def test_a_reader_of_the_first_bytes_knows_the_geojson_for_what_it_is(area: Area, plan: Plan) -> None:
    assert plan_files(plan, area)["neighbourhoods.geojson"].startswith(b'{\n  "type": "FeatureCollection",')


@pytest.mark.skipif(GDAL is None, reason="ogrinfo (gdal-bin) is not installed")
def test_gdal_opens_every_format_without_a_warning(area: Area, plan: Plan, tmp_path: Path) -> None:
    files = plan_files(plan, area)
    files |= shapefile_bytes(plan, area, stamps_of(plan, area, Stamp("draft", "")), told(plan, area, PARTNERS))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("GDAL", "OGR", "PROJ"))}
    for name in ("neighbourhoods.geojson", "neighbourhoods.gpkg", "neighbourhoods.shp"):
        done = subprocess.run(
            [str(GDAL), "-al", "-so", str(tmp_path / name)],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=plain,
        )
        assert done.returncode == 0 and not done.stderr and "Feature Count: 2" in done.stdout, (name, done.stderr)
        assert "Warning" not in done.stdout and "ERROR" not in done.stdout


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_opens_word_and_tables_and_loses_no_cell(area: Area, plan: Plan, tmp_path: Path) -> None:
    files = {name: data for name, data in plan_files(plan, area).items() if name.endswith("_lookup.csv")}
    files |= report(Asked((plan,)), area, ["docx"])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    home = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"

    def convert(kind: str, *names: str) -> None:
        paths = [str(tmp_path / name) for name in names]
        out = str(tmp_path / "made")
        command = [str(OFFICE), home, "--headless", "--convert-to", kind, "--outdir", out, *paths]
        subprocess.run(command, capture_output=True, check=True, timeout=120)

    convert("pdf", "board-paper.docx")
    assert (tmp_path / "made" / "board-paper.pdf").read_bytes().startswith(b"%PDF-")
    tables = [name for name in files if name.endswith(".csv")]
    convert("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", *tables)
    for name in tables:
        own, back = (list(csv.reader(io.StringIO(data.decode()))) for data in (
            files[name], (tmp_path / "made" / name).read_bytes()))  # fmt: skip
        assert len(own) == len(back) and own[0] == back[0]
        assert [row[:3] for row in own] == [row[:3] for row in back]
