"""A plan on newer files: no unit moves, what changed is told with its colour, and what may come is tested."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from boundaries import load_area
from boundaries.area import Area, Level
from footprints import edit
from footprints.baselines import baseline
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.exchange import read_plan, write_plan
from footprints.exchange.refreshed import refresh_page, write_refreshed
from footprints.plan import Plan
from footprints.refreshing import (
    Refreshed,
    against,
    future_from_csv,
    past_of_area,
    past_of_folder,
    refresh,
    stands,
    which_stand,
)
from footprints.refreshing.words import people_rows
from footprints.report.refreshed import withstand_html
from footprints.studies import refresh as study
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.next_quarter import GONE, MOVED, next_quarter, rewrite
from tests.plans import drawn, with_practices

ASKED = Criteria(target=40_000, minimum=30_000, maximum=45_000)
THEN = {"A": ("E01900001", "P1", 900.0), "B": ("E01900003", "P2", 500.0), "C": ("E01900007", "P2", 300.0)}
LIVING = [("A", "E01900001", 900.0), ("B", "E01900003", 500.0), ("C", "E01900007", 300.0)]


def before() -> Area:
    return with_practices(grid_area(["AABB"] * 2), THEN, LIVING)


def plan_of(area: Area) -> Plan:
    return drawn(area, ["ppqq"] * 2, ASKED, name="Agreed")


def grown(area: Area, more: Mapping[str, int]) -> Area:
    units = area.units.copy()
    for code, people in more.items():
        units.loc[code, "residents"] += people
    return dataclasses.replace(area, units=units, digest="next quarter")


def refreshed(after: Area, plan: Plan | None = None) -> Refreshed:
    old = before()
    plan = plan or plan_of(old)
    return refresh(plan, after, past_of_area(plan, old, "last quarter"))


def told(found: Refreshed) -> list[tuple[str, str]]:
    return [(reason.colour, reason.kind) for reason in found.reasons]


def test_the_same_files_are_green_and_only_the_evidence_is_new() -> None:
    old = before()
    plan = plan_of(old)
    found = refreshed(dataclasses.replace(old, digest="again"))
    assert (found.colour, found.reasons) == ("green", ())
    assert found.in_words.startswith("GREEN")
    assert dataclasses.replace(found.plan, area_digest=plan.area_digest, inputs=plan.inputs) == plan
    assert found.plan.area_digest == "again"


def test_leaving_the_range_is_red_and_coming_near_or_in_is_told() -> None:
    out = refreshed(grown(before(), {"E01900001": 6_000}))
    assert out.colour == "red" and told(out) == [("red", "range")]
    assert "40,000 before, 46,000 now; it leaves the range of 30,000 to 45,000" in out.reasons[0].words
    assert [(p.before, p.change, p.after) for p in out.people or ()] == [(40_000, 6_000, 46_000), (40_000, 0, 40_000)]
    assert people_rows(out, ["GRID-02"]) == [
        ("District B (GRID-02)", "40,000", "0", "40,000", "yes"),
        ("1 neighbourhood wholly outside", "40,000", "+6,000", "46,000", ""),
        ("All", "80,000", "+6,000", "86,000", ""),
    ]
    some = refreshed(grown(before(), {"E01900001": 3_000}))
    assert told(some) == [("amber", "growth")]
    small = dataclasses.replace(ASKED, target=42_000, minimum=41_000)
    back = refreshed(grown(before(), {"E01900001": 2_000}), drawn(before(), ["ppqq"] * 2, small))
    assert set(told(back)) == {("green", "range")} and back.colour == "green"
    assert any("comes into the range" in r.words for r in back.reasons)


def test_practices_opened_closed_merged_and_in_another_pcn() -> None:
    now = with_practices(
        grid_area(["AABB"] * 2),
        {"A": THEN["A"], "B": ("E01900003", "P3", 760.0), "D": ("E01900002", "P1", 50.0)},
        [("A", "E01900001", 900.0), ("B", "E01900003", 760.0), ("D", "E01900002", 50.0)],
    )
    found = refreshed(now)
    assert found.colour == "amber"
    words = [r.words for r in found.reasons]
    assert any(w.startswith("Surgery C (C), 300 patients, is no longer open") and "Surgery B (B)" in w for w in words)
    assert any(w == "Surgery D (D), 50 patients, is new." for w in words)
    assert "Surgery B (B) was in P2 and is in P3 now." in words
    assert {"PCN P2 is gone.", "PCN P3 is new."} <= set(words)
    lists = found.lists
    assert lists and (lists.before, lists.opened, lists.closed, lists.others, lists.after) == (
        1_700,
        50,
        300,
        260,
        1_710,
    )
    assert lists.before + lists.opened - lists.closed + lists.others == lists.after


def test_an_agreed_home_of_a_closed_practice_has_to_be_settled_anew() -> None:
    old = before()
    plan = edit.set_home(plan_of(old), "C", plan_of(old).codes[1], "Agreed in May.")
    now = with_practices(grid_area(["AABB"] * 2), {k: THEN[k] for k in "AB"}, LIVING[:2])
    found = refreshed(now, plan)
    assert told(found)[0] == ("red", "practice") and "settled anew" in found.reasons[0].words
    assert found.plan.homes == plan.homes


def level(area: Area, key: str, codes: list[str]) -> Area:
    made = Level(
        key, "ICB" if key == "icb" else "District", tuple(codes), {c: f"Named {c}" for c in codes}, "exact", "x"
    )
    return dataclasses.replace(area, levels={**area.levels, key: made})


@pytest.mark.parametrize(
    ("now", "colour", "words"),
    [
        (["X"] * 2 + ["Y"] * 2, "green", "bears the code X now"),
        (["X"] * 4, "amber", "went into Named X (X) with all its 4 LSOAs"),
        (["X", "Y", "Y", "Y"], "red", "lies across Named X, Named Y now"),
    ],
)
def test_districts_are_followed_by_their_lsoas_never_by_codes(now: list[str], colour: str, words: str) -> None:
    found = refreshed(level(before(), "district", now * 2))
    assert found.colour == colour
    assert any(words in reason.words for reason in found.reasons)


def test_an_icb_that_took_in_another() -> None:
    old = level(before(), "icb", ["I1", "I1", "I2", "I2"] * 2)
    plan = plan_of(old)
    now = level(before(), "icb", ["I1"] * 8)
    found = refresh(plan, now, past_of_area(plan, old, "last quarter"))
    assert told(found) == [("amber", "icb")] and "ICB I2 went into Named I1" in found.reasons[0].words


def test_units_that_are_gone_are_refused_and_without_a_past_it_is_said() -> None:
    plan = plan_of(before())
    with pytest.raises(PlanError, match="2 LSOAs that are not in Gridshire: E01900007, E01900008"):
        refresh(plan, grid_area(["AABB", "AA"]))
    found = refresh(plan, before())
    assert found.people is None and told(found) == [("amber", "past")]
    broken = refresh(
        dataclasses.replace(plan, criteria=dataclasses.replace(ASKED, target=35_000, maximum=39_000)), before()
    )
    assert broken.colour == "red" and [kind for colour, kind in told(broken) if colour == "red"] == ["rules"] * 2


def test_the_new_edition_loads_back_and_numbers_go_on(tmp_path: Path) -> None:
    area = before()
    plan = plan_of(area)
    write_plan(plan, area, tmp_path / "one", status="agreed", valid_from="2027-04-01")
    past = past_of_folder(tmp_path / "one")
    assert past is not None
    assert past == dataclasses.replace(past_of_area(plan, area, past.source), source=past.source)
    for n, (here, there) in enumerate((("one", "two"), ("two", "three")), start=2):
        found = refresh(read_plan(tmp_path / here), area, past_of_folder(tmp_path / here))
        write_refreshed(found, area, tmp_path / there, tmp_path / here)
        manifest = json.loads((tmp_path / there / "manifest.json").read_text(encoding="utf-8"))
        assert (manifest["edition"], manifest["edition_of"], manifest["status"]) == (n, plan.id, "agreed")
        assert manifest["valid_from"] == "2027-04-01"
        assert read_plan(tmp_path / there) == found.plan
        page = (tmp_path / there / "refresh.txt").read_text(encoding="utf-8")
        assert page.startswith("GREEN") and f"edition {n} of the same version" in page
    assert found.plan.assignment == plan.assignment


def test_which_plans_stand_under_what_may_come() -> None:
    area = before()
    plans = [plan_of(area), drawn(area, ["pppp", "qqqq"], ASKED, name="Across")]
    data = b"district,council\nE07000001,West\nE07000002,East\n"
    councils = future_from_csv(data, "two.csv", area)
    found = [stands(plan, area, councils) for plan in plans]
    assert [f.stands for f in found] == [True, False]
    assert found[1].people == found[1].everyone == 80_000
    assert found[1].faults[0][1].endswith("would lie across 20,000 people in East, 20,000 people in West.")
    assert which_stand(found) == ("two.csv: “Agreed” stands; “Across” does not (2 neighbourhoods, 80,000 people).",)
    growth = future_from_csv(b'LSOA21CD,people\nE01900001,"6,000"\n', "homes.csv", area, growth=True)
    assert [f.people for f in (stands(plan, area, growth) for plan in plans)] == [40_000, 40_000]
    one = stands(plans[0], area, future_from_csv(b"a,b\nE01900001,-1\n", "fewer.csv", area, growth=True))
    assert one.stands
    assert "“Agreed” stands" in refresh_page(refreshed(area), area, found)


def test_plans_of_one_name_are_told_apart_and_files_of_one_name_refused() -> None:
    area = before()
    twins = [plan_of(area), dataclasses.replace(drawn(area, ["pppp", "qqqq"], ASKED), name=plan_of(area).name)]
    councils = future_from_csv(b"district,council\nE07000001,West\nE07000002,East\n", "two.csv", area)
    found = against(twins, area, [councils])
    assert [(one.plan, one.stands) for one in found] == [("Agreed", True), ("Agreed (2)", False)]
    page = withstand_html(found, twins, area).decode()
    assert "Agreed (2)" in page and "does not" in page and ">stands<" in page
    with pytest.raises(PlanError, match=r"Several files are called two\.csv"):
        against(twins, area, [councils, councils])


@pytest.mark.parametrize("head", ["homes", "New dwellings", "Households 2030"])
def test_homes_are_not_taken_for_people(head: str) -> None:
    with pytest.raises(PlanError, match="counts homes"):
        future_from_csv(f"LSOA21CD,{head}\nE01900001,40\n".encode(), "homes.csv", before(), growth=True)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,b\nhello,West\n", "no column that holds only codes"),
        (b"a,b\nE07000001,West\nE07000001,East\n", "into both West and East"),
        (b"a,b\nE07000001,West\n", "says nothing of 4 LSOAs"),
        (b"a,b\nE06000999,West\n", "names no area of Gridshire"),
        (b"a,b\nE01000001,West\n", "not in Gridshire: E01000001"),
    ],
)
def test_look_ups_of_what_may_come_that_cannot_be_meant(data: bytes, words: str) -> None:
    with pytest.raises(PlanError, match=words) as refused:
        future_from_csv(data, "file.csv", before())
    assert refused.value.mend
    with pytest.raises(PlanError, match="no whole number"):
        future_from_csv(b"a,b\nE01900001,many\n", "file.csv", before(), growth=True)


# --- real files, changed in a copy -----------------------------------------------------------------------------------


def run(*args: str | Path) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in args], prog_name="footprints", catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_withstand_writes_one_answer_for_every_plan_and_future(tmp_path: Path) -> None:
    """On one district of the demo county, with its own codes; the page to print says what the table says."""
    place = ("--source", "demo", "--area", "Orrindale")
    run("baseline", *place, "--kind", "pcn-contiguous", "--out", tmp_path / "one")
    run("baseline", *place, "--kind", "pcn-msoa", "--out", tmp_path / "two")
    plan = read_plan(tmp_path / "one")
    codes = sorted(unit for unit, _ in plan.assignment)
    whole = plan.members()
    first = set(whole[min(whole)])
    fits, cuts, homes = tmp_path / "fits.csv", tmp_path / "cuts.csv", tmp_path / "homes.csv"
    fits.write_text("lsoa,council\n" + "".join(f"{c},{'A' if c in first else 'B'}\n" for c in codes), encoding="utf-8")
    cuts.write_text("lsoa,icb\n" + "".join(f"{c},{'A' if n % 2 else 'B'}\n" for n, c in enumerate(codes)), "utf-8")
    homes.write_text(f"lsoa,people\n{min(first)},90000\n", encoding="utf-8")
    out = tmp_path / "tested"
    said = run(
        "withstand", tmp_path / "one", tmp_path / "two", *place, "--councils", fits, "--icbs", cuts, "--growth", homes,
        "--out", out,
    )  # fmt: skip
    assert "fits.csv: “Today: majority PCN, each in one piece” stands" in said
    document = json.loads((out / "withstand.json").read_text(encoding="utf-8"))
    found = {(one["future"], one["plan"]): one for one in document["standings"]}
    assert len(found) == 6 and [f for (f, p), one in found.items() if p == plan.name and one["stands"]] == ["fits.csv"]
    residents = {one["everyone"] for one in found.values() if one["plan"] == plan.name}
    assert len(residents) == 1 and found["cuts.csv", plan.name]["people"] == residents.pop()
    (grown,) = found["homes.csv", plan.name]["faults"]
    assert grown["neighbourhood"] == min(whole) and "the range is" in grown["words"]
    with (out / "withstand.csv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert sum(row["stands"] == "yes" for row in rows) == sum(one["stands"] for one in found.values())
    assert sum(row["stands"] == "" or row["stands"] == "no" for row in rows) == sum(
        len(one["faults"]) for one in found.values()
    )
    page = (out / "withstand.html").read_text(encoding="utf-8")
    assert all(row["words"].replace("&", "&amp;") in page for row in rows) and "<script" not in page
    none = CliRunner().invoke(cli, ["withstand", str(tmp_path / "one"), *place, "--out", str(out)])
    assert none.exit_code == 2 and "--councils" in none.output


def test_the_study_gives_the_edition_and_one_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    """One district of the demo county on next quarter's files, and back from the files of the edition."""
    old = load_area("demo", ("Orrindale",))
    plan = baseline(old, "pcn-contiguous")
    asked = study.asked_for(plan, str(next_quarter(tmp_path / "new")), ("Orrindale",), "last quarter", 3)
    answer = json.loads(json.dumps(study.run(old, asked, lambda words, fraction: None, lambda: False)))
    (tmp_path / "new" / "growth_invented.csv").touch()
    again = study.asked_for(plan, str(tmp_path / "new"), ("Orrindale",), "last quarter", 3)
    assert again["seen"] != asked["seen"] and {**again, "seen": asked["seen"]} == asked
    made = study.read(old, asked, answer)
    assert made.place == ("Orrindale",) and made.found.colour == "amber"
    words = " ".join(reason.words for reason in made.found.reasons)
    assert f"({GONE})" in words and f"is in {MOVED[1]} now" in words
    with zipfile.ZipFile(io.BytesIO(made.zipped)) as archive:
        archive.extractall(tmp_path / "three")
    assert read_plan(tmp_path / "three") == made.found.plan
    page = made.page.decode()
    assert page == (tmp_path / "three" / "refresh.html").read_text(encoding="utf-8")
    assert "edition 3" in page and f"({GONE})" in page and "<script" not in page
    manifest = json.loads((tmp_path / "three" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["edition"], manifest["edition_of"]) == (3, plan.id)
    place = ("--source", tmp_path / "new", "--area", "Orrindale")
    said = run("refresh", tmp_path / "three", *place, "--out", tmp_path / "four")
    assert "GREEN" in said and "edition 4" in said
    assert read_plan(tmp_path / "four") == made.found.plan
    moved = json.loads(json.dumps(answer))
    homes = moved["plan"]["assignment"]
    homes[min(homes)] = next(code for code in homes.values() if code != homes[min(homes)])
    for wrong in (
        moved,
        answer | {"colour": "green"},
        answer | {"people": answer["people"][1:]},
        {**answer, "files": 7},
    ):
        with pytest.raises(PlanError):
            study.read(old, asked, wrong)


def test_a_place_whose_code_changed_is_found_by_its_lsoas_and_a_bad_folder_is_said(tmp_path: Path) -> None:
    old = load_area("demo", ("Orrindale",))
    plan = baseline(old, "pcn-contiguous")
    asked = study.asked_for(plan, "demo", ("Recoded",), "last quarter")
    made = study.read(old, asked, study.run(old, asked, lambda words, fraction: None, lambda: False))
    assert made.found.colour == "green" and made.place == tuple(old.codes)
    (tmp_path / "nothing").mkdir()
    for folder in (tmp_path / "nothing", tmp_path / "absent"):
        asked = study.asked_for(plan, str(folder), (), "last quarter")
        with pytest.raises(PlanError) as refused:
            study.run(old, asked, lambda words, fraction: None, lambda: False)
        assert refused.value.mend


@pytest.mark.places
def test_next_quarter_in_a_real_place(cambridgeshire: Path, tmp_path: Path) -> None:
    """Peterborough with more people in one LSOA and one practice gone, whose patients another has taken over."""
    place = ("--area", "Peterborough")
    run("baseline", "--source", cambridgeshire, *place, "--kind", "pcn-contiguous", "--out", tmp_path / "one")
    same = run("refresh", tmp_path / "one", "--source", cambridgeshire, *place, "--out", tmp_path / "same")
    assert same.splitlines()[0].startswith("GREEN") or "\nGREEN" in same
    plan = read_plan(tmp_path / "one")
    with (tmp_path / "one" / "practice_lookup.csv").open(encoding="utf-8", newline="") as opened:
        rows = sorted(csv.DictReader(opened), key=lambda row: -int(row["patients"]))
    here = [row for row in rows if row["site_neighbourhood"] and int(row["patients_outside_area"]) < 2_000]
    takes, gone = here[0]["practice_code"], here[-1]["practice_code"]
    new = tmp_path / "next"
    shutil.copytree(cambridgeshire, new, ignore=shutil.ignore_patterns("codepo_gb", "derived"))
    unit = plan.assignment[0][0]

    def more(row: dict[str, str]) -> dict[str, str]:
        more = str(int(row["Total"].replace(",", "")) + 2_500)
        return {**row, "Total": more} if row["LSOA 2021 Code"] == unit else row

    rewrite(new / "mid2022_lsoa21_population_total.csv", more)
    for file in ("gp-reg-pat-prac-lsoa-all.csv", "gp-reg-pat-prac-map.csv"):
        rewrite(new / file, lambda row: None if row["PRACTICE_CODE"] == gone else row)
    out = run("refresh", tmp_path / "one", "--source", new, *place, "--out", tmp_path / "two")
    assert f"({gone})" in out and "is no longer open" in out
    document = json.loads((tmp_path / "two" / "refresh.json").read_text(encoding="utf-8"))
    assert document["colour"] in ("amber", "red") and takes not in [a for r in document["reasons"] for a in r["about"]]
    assert sum(row["change"] for row in document["people"]) == 2_500
    lists = document["lists"]
    assert lists["before"] + lists["opened"] - lists["closed"] + lists["others"] == lists["after"]
    after = read_plan(tmp_path / "two")
    assert (after.assignment, after.neighbourhoods, after.criteria) == (
        plan.assignment,
        plan.neighbourhoods,
        plan.criteria,
    )
