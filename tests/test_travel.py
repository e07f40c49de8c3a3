"""Tables of travel times: how they are read, what is refused, and minutes to the centre counted by hand."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from boundaries import cache, load_area
from boundaries.area import Area
from boundaries.errors import DataError
from boundaries.parts import part_of
from boundaries.receipts import Receipt
from boundaries.sources import scan
from footprints.compare import compare
from footprints.disclosure import audience, may_tell
from footprints.metrics import metrics_for, score
from footprints.metrics.journeys import quantile
from footprints.options_table import options_table
from footprints.report import Asked, journeys, paper, report_files
from footprints.report.asked import lay
from footprints.report.parts import Document, Table
from tests import official
from tests.grids import grid_area
from tests.official import FIRST_ICB, RESIDENTS, table
from tests.plans import drawn

HEADER = ["origin_lsoa", "destination_lsoa", "travel_time_minutes"]
A, B, C = FIRST_ICB[:3]


def load(folder: Path, header: Sequence[str], rows: Sequence[Sequence[object]], **more: str) -> Area:
    return load_area(official.write(folder, travel__csv=table(header, rows), **more), ["QX1"], cache=False)


def receipt(area: Area) -> Receipt:
    return next(r for r in area.receipts if r.kind == "travel")


def times(area: Area, mode: str) -> dict[tuple[str, str], float]:
    rows = area.travel.dropna(subset=[mode])
    return {
        (area.codes[o], area.codes[d]): t
        for o, d, t in zip(rows["origin"], rows["destination"], rows[mode], strict=True)
    }


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        ["Mode", "Travel time (minutes)", "Origin LSOA", "Destination LSOA"],
        ["origin", "destination", "minutes"],
    ],
)
def test_a_table_is_known_by_its_headers_whatever_it_is_called(tmp_path: Path, header: list[str]) -> None:
    (tmp_path / "anything.csv").write_text(table(header, [["x"] * len(header)]), encoding="utf-8")
    assert [file.kind for file in scan(tmp_path)] == ["travel"]


def test_flows_and_links_are_no_travel_times(tmp_path: Path) -> None:
    (tmp_path / "flows.csv").write_text(table(["origin", "destination", "count"], [[A, B, 3]]), encoding="utf-8")
    links = table(["from_code", "to_code", "kind", "minutes", "origin", "destination"], [[A, B, "ferry", 5, A, B]])
    (tmp_path / "links.csv").write_text(links, encoding="utf-8")
    assert [file.kind for file in scan(tmp_path)] == ["unknown", "links"]


@pytest.mark.parametrize("time", ["travel_time", "travel_time_p50", "Duration", "travel_time_seconds"])
def test_times_that_are_not_said_to_be_minutes_are_told_of(tmp_path: Path, time: str) -> None:
    frame = pd.DataFrame([[A, B, 5]], columns=["from_id", "to_id", time])
    frame.to_csv(tmp_path / "one.csv", index=False)
    frame.to_parquet(tmp_path / "two.parquet", engine="pyarrow", index=False)
    told = [
        r for r in load_area(official.write(tmp_path), ["QX1"], cache=False).receipts if r.file[:3] in ("one", "two")
    ]
    assert [r.status for r in told] == ["not recognised"] * 2
    assert all("no column says that it is in minutes: call it travel_time_minutes" in r.notes[0] for r in told)


def test_times_are_kept_by_mode_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    rows = [
        [A, B, 10, "Car"],
        [f" {A.lower()} ", B, "10.0", "car"],
        [A, B, 31, "public_transport"],
        [B, A, 12.5, "car"],
        [C, A, "", "car"],
        ["E01000108", A, 9, "car"],
        [A, "E01000108", 9, "car"],
        [A, "ZZ9999", 9, "car"],
    ]
    area = load(tmp_path, [*HEADER, "mode"], rows)
    assert area.modes == ("car", "public transport")
    assert times(area, "car") == {(A, B): 10, (B, A): 12.5}
    assert times(area, "public transport") == {(A, B): 31}
    told = receipt(area)
    assert told.status == "used" and (told.rows_read, told.rows_kept) == (8, 3)
    assert {d.reason: d.rows for d in told.dropped} == {
        "from an LSOA outside the study area": 1,
        "to an LSOA outside the study area": 1,
        "to a code that is no LSOA and no practice known here": 1,
        "without minutes": 1,
        "the same journey and time again": 1,
    }
    assert "none from an LSOA to itself" in " ".join(told.notes)
    lacking = sum(RESIDENTS[code] for code in FIRST_ICB) - RESIDENTS[A] - RESIDENTS[B]
    assert (
        f"mode car: 2 journeys within the place, of 10 to 12.5 minutes; none from 6 LSOAs with {lacking:,} residents"
        in " ".join(told.notes)
    )


def test_a_practice_stands_for_the_lsoa_of_its_site_unless_the_table_gives_that(tmp_path: Path) -> None:
    # X99001 is sited in A, X99002 in E01000104, X99005 outside the area.
    rows = [[B, "X99001", 7], [B, A, 9], [C, "X99001", 8], [C, "X99002", 4], [C, "X99005", 2]]
    area = load(tmp_path, ["origin_lsoa", "destination_site", "travel_time_minutes"], rows)
    assert area.modes == ("not stated",)
    assert times(area, "not stated") == {(B, A): 9, (C, A): 8, (C, "E01000104"): 4}
    assert {d.reason: d.rows for d in receipt(area).dropped} == {
        "to a code that is no LSOA and no practice known here": 1
    }
    assert "3 rows to 2 practices: each stands for the LSOA of its site" in " ".join(receipt(area).notes)


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    rows = [[A, B, 10.0, "car"], [B, A, 12.5, "Car"], [C, A, None, "car"], [A, "E01000108", 9.0, None]]
    frame = pd.DataFrame(rows, columns=[*HEADER, "mode"])
    for name in ("csv", "parquet"):
        official.write(tmp_path / name)
    frame.to_csv(tmp_path / "csv" / "times.csv", index=False)
    frame.to_parquet(tmp_path / "parquet" / "times.parquet", engine="pyarrow", index=False)
    typed, packed = (load_area(tmp_path / name, ["QX1"], cache=False) for name in ("csv", "parquet"))
    assert packed.travel.equals(typed.travel) and times(packed, "car") == {(A, B): 10, (B, A): 12.5}
    one, two = receipt(typed), receipt(packed)
    assert (one.rows_read, one.rows_kept, one.dropped) == (two.rows_read, two.rows_kept, two.dropped)


def test_parquet_of_anything_else_or_cut_short_is_said(tmp_path: Path) -> None:
    pd.DataFrame({"LSOA21CD": [A], "Population": [5]}).to_parquet(tmp_path / "people.parquet", engine="pyarrow")
    pd.DataFrame({"origin": [A], "destination": [B], "minutes": [5], "NHS number": ["x"]}).to_parquet(
        tmp_path / "persons.parquet", engine="pyarrow"
    )
    whole = (tmp_path / "people.parquet").read_bytes()
    (tmp_path / "short.parquet").write_bytes(whole[: len(whole) // 2])
    table_of = {"origin": [A], "destination": [B], "minutes": [5], "Minutes": [6], "detail": ["long"]}
    twice = pa.Table.from_arrays([pa.array(own) for own in table_of.values()], names=[*map(str.lower, table_of)])
    pq.write_table(twice, tmp_path / "twice.parquet")
    people, persons, short, repeated = scan(tmp_path)
    assert repeated.stops and "“minutes” more than once" in repeated.problem
    assert people.kind == "unknown" and "only travel times" in people.problem and not people.stops
    assert persons.stops and "NHS numbers" in persons.problem
    assert "cannot be read" in short.problem and short.mend == "Export it again."


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["E01", B, 5]], "not of the expected kind (LSOA, such as E01000001); the first are “E01”"),
        ([[A, "", 5]], "1 row has no destination"),
        ([[A, B, -1]], f"1 row has a travel time below 0 ({A} to {B}: “-1”)"),
        ([[A, B, "NaN"]], "1 value is no number; the first are “NaN”"),
        ([[A, B, 5400]], f"1 row has a travel time of more than a day ({A} to {B}: “5400”)"),
        ([[A, B, 5], [A, B, 6]], f"1 journey has two different travel times: {A} to {B} (not stated): 5 and 6"),
        ([[A, "HUB1", 5], [B, "HUB2", 5]], "none of its destinations is an LSOA or a practice that is known here"),
        ([["E01000109", A, 5]], "between LSOAs of 2011"),
        ([[A, "E01000110", 5]], "between LSOAs of 2011"),
        ([[B, "X99001", 7], [B, "X99001", 70]], f"{B} to X99001 (not stated): 7 and 70"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(tmp_path: Path, rows: list[list[object]], said: str) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path, HEADER, rows)
    assert said in caught.value.message and caught.value.mend


def test_two_tables_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"other\.csv, travel\.csv: 1 journey has two different"):
        load(tmp_path, HEADER, [[A, B, 5]], other__csv=table(HEADER, [[A, B, 6]]))


def test_modes_are_counted_over_all_tables_and_none_is_called_as_an_end(tmp_path: Path) -> None:
    header = [*HEADER, "mode"]
    own, other = ([[A, B, 5, f"{name} {n}"] for n in range(5)] for name in ("bus", "car"))
    with pytest.raises(DataError, match=r"other\.csv, travel\.csv: 10 modes of travel"):
        load(tmp_path / "many", header, own, other__csv=table(header, other))
    with pytest.raises(DataError, match="“origin” is an end of a journey"):
        load(tmp_path / "end", header, [[A, B, 5, "Origin"]])


def test_too_many_modes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="7 modes of travel"):
        load(tmp_path, [*HEADER, "mode"], [[A, B, 5, f"at {hour}"] for hour in range(7)])


def test_times_outlive_the_cache_and_follow_into_a_part(tmp_path: Path) -> None:
    area = load(tmp_path, HEADER, [[A, C, 5], [C, A, 6], [A, B, 7]])
    again = cache.area_from_bytes(cache.area_bytes(area))
    assert again.travel.equals(area.travel) and again.modes == area.modes
    part = part_of(area, [A, C], "Part")
    assert times(part, "not stated") == {(A, C): 5, (C, A): 6}
    assert part_of(area, [B], "Alone").modes == ()
    bare = dataclasses.replace(area, travel=area.travel.iloc[:0, :2])
    assert cache.content_digest(bare) != cache.content_digest(area)


# ---------------------------------------------------------------- minutes to the centre


def timed(area: Area, mode: str, rows: Sequence[tuple[int, int, float]]) -> Area:
    frame = pd.DataFrame(sorted(rows), columns=["origin", "destination", mode])
    return dataclasses.replace(area, travel=frame)


def test_minutes_to_the_centre_by_hand() -> None:
    # Two rows of three; the centre of each is its middle unit, positions 1 and 4.
    area = grid_area(["AAA", "AAA"], residents=[10, 20, 30, 10, 10, 20])
    plan = drawn(area, ["aaa", "bbb"])
    first, second = plan.codes
    assert score(plan, area).centres == {first: area.codes[1], second: area.codes[4]}
    area = timed(area, "car", [(0, 1, 40.0), (1, 1, 2.0), (2, 1, 30.0), (2, 4, 1.0), (3, 4, 21.0), (5, 4, 20.0)])
    card = score(plan, area)
    own = card.neighbourhoods
    assert own.at[first, "minutes_to_centre_car"] == pytest.approx((10 * 40 + 20 * 2 + 30 * 30) / 60)
    assert own.at[second, "minutes_to_centre_car"] == pytest.approx((10 * 21 + 20 * 20) / 30), "unit 4 is not known"
    assert own["within_20_minutes_car"].to_dict() == {first: pytest.approx(20 / 60), second: pytest.approx(20 / 30)}
    assert own["within_30_minutes_car"].to_dict() == {first: pytest.approx(50 / 60), second: 1.0}
    assert own["people_without_travel_time_car"].to_dict() == {first: 0, second: 10}
    assert card.plan["minutes_to_centre_car"] == pytest.approx((400 + 40 + 900 + 210 + 400) / 90)
    assert card.plan["within_20_minutes_car"] == pytest.approx(40 / 90)
    assert card.plan["minutes_nine_in_ten_car"] == 40.0  # 80 of 90 have 30 at most
    assert card.plan["people_without_travel_time_car"] == 10
    assert not card.failed


def test_modes_are_never_mixed_and_a_plan_without_times_says_what_it_needs() -> None:
    area = grid_area(["AAA"], residents=10)
    plan = drawn(area, ["aaa"])
    assert "origin_lsoa" in score(plan, area).missing["minutes_to_centre"]
    both = dataclasses.replace(
        area,
        travel=pd.DataFrame(
            {"origin": [0, 2], "destination": [1, 1], "car": [5.0, np.nan], "public transport": [np.nan, 50.0]}
        ),
    )
    card = score(plan, both)
    assert card.plan["minutes_to_centre_car"] == 5.0 and card.plan["minutes_to_centre_public_transport"] == 50.0
    assert card.plan["people_without_travel_time_car"] == 20
    labels = [m.label for m in metrics_for(both) if m.key.startswith("minutes_to_centre")]
    assert labels == ["Travel time to centre (car)", "Travel time to centre (public transport)"] * 2
    assert all(may_tell(m, audience("public")) for m in metrics_for(both) if "travel" in m.needs), "nothing of patients"


def test_units_in_no_neighbourhood_and_empty_ones_have_no_time() -> None:
    area = timed(grid_area(["AAA"], residents=10), "car", [(0, 0, 3.0), (1, 0, 4.0), (2, 0, 5.0)])
    card = score(drawn(area, ["a--"]), area)
    assert card.plan["minutes_to_centre_car"] == 3.0 and card.plan["people_without_travel_time_car"] == 0
    empty = score(drawn(area, ["---"]), area)
    assert empty.plan["minutes_to_centre_car"] is None and not empty.failed


def test_nine_in_ten_is_weighted() -> None:
    assert quantile(np.array([1.0, 2.0, math.nan]), np.array([9.0, 1.0, 50.0]), 0.9) == 1.0
    assert quantile(np.array([math.nan]), np.array([1.0]), 0.9) is None


def test_the_best_is_marked_only_where_everybody_has_a_time() -> None:
    area = grid_area(["AAAA"], residents=10)
    every = [(o, d, 10.0 * abs(o - d) + 1) for o in range(4) for d in range(4)]
    plans = [drawn(area, ["aabb"], name="Even"), drawn(area, ["abbb"], name="Uneven")]
    rows = {row.key: row for row in options_table(compare(plans, timed(area, "car", every)))}
    mean = rows["minutes_to_centre_car"]
    assert mean.values == (6.0, 6.0) and mean.section == "Shape and distance" and not any(mean.best)
    keys = list(rows)
    assert keys.index("mean_km_to_centre") < keys.index("minutes_to_centre_car") < keys.index("polsby_popper_mean")
    slow = [(o, d, t if d != 2 else 40.0) for o, d, t in every]
    rows = {row.key: row for row in options_table(compare(plans, timed(area, "car", slow)))}
    assert rows["within_30_minutes_car"].best == (True, False)
    rows = {row.key: row for row in options_table(compare(plans, timed(area, "car", slow[:-2])))}
    assert (
        not any(rows["within_30_minutes_car"].best)
        and "not known for all residents" in rows["within_30_minutes_car"].note
    )


# ---------------------------------------------------------------- the board paper


def tables(document: Document, start: str) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table) and block.title.startswith(start)]


def cells(own: Table, label: str) -> list[str]:
    (row,) = [r for r in own.rows if not r.band and r.cells[0].text.startswith(label)]
    return [cell.text for cell in row.cells[1:]]


def asked(area: Area) -> Asked:
    return Asked((drawn(area, ["aabb"], name="Even"), drawn(area, ["abbb"], name="Uneven")))


def test_the_paper_tells_minutes_and_who_travels_further() -> None:
    # To position 2 everything takes 40 minutes; Even: 1, 11, 40, 40; Uneven: 1, 40, 40, 40.
    rows = [(o, d, 40.0 if d == 2 else 10.0 * abs(o - d) + 1) for o in range(4) for d in range(4)]
    area = timed(grid_area(["AAAA"], residents=10), "car", rows)
    made = paper(asked(area), area)
    (one,), (nine,) = tables(made, "Table 1."), tables(made, "Table 9.")
    assert cells(one, "Minutes to the centre of the neighbourhood, mean (car)") == ["✓ 23.0", "30.2"]
    assert cells(one, "Residents within 30 minutes of the centre (car)") == ["✓ 50.0%", "25.0%"]
    assert not any("without a travel time" in row.cells[0].text for row in one.rows), "nobody is"
    assert cells(nine, "All residents") == ["40", "23.0", "30.2 (+7.2)", "50.0%", "25.0%"]
    assert "Every resident in a neighbourhood has a time." in nine.notes[0]
    (two,) = tables(made, "Table 2a")
    assert [column.label for column in two.columns][-2:] == ["Km", "Min"] and two.rows[-1].cells[-1].text == "23.0"
    (eight,) = tables(made, "Table 8")
    assert "minutes are in Table 9" in " ".join(eight.notes) and "no travel times" not in " ".join(eight.notes)
    said = str(made)
    assert "travel times by road or public transport" not in said, "they are no gap"
    assert "Travel time to the centre (car)" in said
    assert set(report_files(made)) == {"board-paper.pdf", "board-paper.docx", "board-paper.html"}


def test_the_paper_says_whose_journey_is_not_known_and_keeps_modes_apart() -> None:
    area = timed(grid_area(["AAAA"], residents=10), "car", [(o, 2, 5.0 + o) for o in range(3)])
    area = dataclasses.replace(area, travel=area.travel.assign(walking=[50.0, 30.0, 1.0]))
    made = paper(asked(area), area)
    assert "minutes are in Tables 9a and 9b" in " ".join(tables(made, "Table 8")[0].notes)
    (one,), (car,), (walking,) = (tables(made, start) for start in ("Table 1.", "Table 9a", "Table 9b"))
    assert cells(one, "Minutes to the centre of the neighbourhood, mean (car)") == ["7.0", "6.5"], "and none is best"
    assert cells(one, "Residents without a travel time to the centre (car)") == ["30", "20"]
    assert "30 residents under Even; 20 residents under Uneven: nothing is filled in" in car.notes[0]
    assert car.title.endswith("(car)") and walking.title.endswith("(walking)")
    assert cells(walking, "All residents")[1:3] == ["1.0", "15.5 (0.0)"], "of the one with a time under both"
    assert "of those with a time under both" in walking.notes[0]


def test_what_changes_is_told_of_those_alone_whose_time_is_known_under_both() -> None:
    # Even: 90, 10, 3 and none; Uneven: 90, 14 (to 2 in place of 0), 3 and none.
    rows = [(0, 0, 90.0), (1, 0, 10.0), (1, 2, 14.0), (2, 2, 3.0), (3, 2, math.nan)]
    area = timed(grid_area(["AAAA"], residents=10), "car", rows)
    laid = lay(asked(area), area)
    even, uneven = laid.columns
    assert journeys.longer(uneven, even, np.array([5.0, 10.0, 10.0, 7.0]), "car") == pytest.approx(40 / 25)
    assert math.isnan(journeys.longer(uneven, even, np.array([0.0, 0.0, 0.0, 9.0]), "car"))
    assert journeys.changes(uneven, even, {"old": np.array([0.0, 0.0, 0.0, 9.0])}) == [
        "Travel time to the centre (car) is known for nobody under both"
    ]
    assert "grows most for young (+4.0 minutes)" in journeys.changes(uneven, even, {"young": np.eye(4)[1]})[0]


def test_without_travel_times_the_paper_says_so_and_what_a_straight_line_stands_for() -> None:
    area = grid_area(["AAAA"], residents=10)
    made = paper(asked(area), area)
    assert not tables(made, "Table 9")
    (eight,) = tables(made, "Table 8")
    assert "no travel times are loaded; by road it is about 1.4 times as far" in " ".join(eight.notes)
    assert "Left out: Travel time to the centre. To fill: a table of travel times" in " ".join(
        tables(made, "Table 1.")[0].notes
    )
