"""Maps: files from this machine only, codes in every shape, text that is never markup, and what a move would do."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
import shapely

from footprints import maps
from footprints.escape import escape, plain_markdown, script_json
from footprints.propose import plan_from_labels
from footprints.shelf import Shelf
from footprints.standing import standings
from footprints.ui import figures, words
from footprints.ui.find import find
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.hostile.names import PAYLOADS, hostile_area, hostile_plan

# AAB   1 2 3     west = column 1 and 2, east = column 3; 10,000 people a cell
# AAB   4 5 6
PICTURE = ["AAB", "AAB"]


@pytest.fixture
def area():
    return grid_area(PICTURE)


@pytest.fixture
def plan(area):
    labels = {code: 0 if i % 3 < 2 else 1 for i, code in enumerate(area.codes)}
    return plan_from_labels(area, labels, Criteria(target=30_000, minimum=20_000, maximum=40_000))


def test_simplified_shapes_still_share_their_edges():
    area = grid_area(["ABAB", "BABA"])
    dense = shapely.segmentize(area.units.geometry.to_numpy(), 20.0)
    units = area.units.set_geometry(list(dense), crs=27700)
    drawing = maps.draw(replace(area, units=units), vertices=100)
    assert drawing.tolerance_m > 0
    assert shapely.coverage_is_valid(drawing.shapes)
    assert shapely.get_num_coordinates(drawing.shapes).sum() < shapely.get_num_coordinates(dense).sum()


@pytest.mark.parametrize("text", PAYLOADS)
def test_escaped_text_is_only_text(text):
    safe = escape(text)
    assert not set("<>`${}\\\"'") & set(safe)
    assert "\u202e" not in escape(f"a\u202e{text}")


@pytest.mark.parametrize("text", PAYLOADS)
def test_script_json_loads_back_and_ends_nothing(text):
    data = {"name": text, "n": [1, None, True]}
    said = script_json(data)
    assert json.loads(said) == data
    assert not set("<>`$_'\u2028") & set(said)
    assert not any(sign in said for sign in ("{{", "{%", "{#"))


def test_markdown_signs_stay_signs():
    assert plain_markdown("*a* [b](c) :red[d] $e$") == r"\*a\* \[b\]\(c\) \:red\[d\] \$e\$"


@pytest.mark.parametrize("text", ["Practice @ the Mill", "Team 2@", "@Mill", "07:30 / 09:00", "wwwhat."])
def test_what_is_no_address_stays_as_it_is(text):
    assert plain_markdown(text).replace("\\", "") == text


@pytest.mark.parametrize(
    "text", ["by ann@camford.test", "a.b+c-d_@x.test", "www.evil.test", "see WWW.evil.test", "https://evil.test/a"]
)
def test_an_address_in_a_name_is_no_link(text):
    said = plain_markdown(text)
    assert said.replace("\u2060", "").replace("\\", "") == text
    # What Streamlit's Markdown looks for: an address of a mailbox, or of the web, by its name or by its protocol.
    assert not re.search(r"[-.\w+]+@[-\w]|www\.|https?:\\?//", said, re.IGNORECASE)


def test_a_link_joins_what_no_border_does():
    area = grid_area(["A.A"], links=[("E01900001", "E01900002", "ferry")])
    plan = plan_from_labels(area, dict.fromkeys(area.codes, 0))
    assert standings(plan, area)[0].pieces == 1


def test_the_range_is_on_what_was_asked_to_be_counted(area):
    units = area.units.assign(registered=area.units["residents"] * 2.0)
    counted = Criteria(target=30_000, minimum=20_000, maximum=40_000, count="registered", within=())
    plan = plan_from_labels(area, {c: i // 2 for i, c in enumerate(area.codes)}, counted)
    assert [row.people for row in standings(plan, replace(area, units=units))] == [40_000] * 3
    # Where they are not loaded for every area, residents stand in, and every sentence about the plan says so.
    units.loc[area.codes[0], "registered"] = float("nan")
    for there in (area, replace(area, units=units)):
        rows = standings(plan, there)
        assert [row.people for row in rows] == [20_000] * 3
        assert words.STAND_IN in words.standing_line(rows)
        assert all(row.stand_in for row in rows)
    assert "registered" not in words.standing_line(
        standings(plan_from_labels(area, dict.fromkeys(area.codes, 0)), area)
    )


def test_find_by_place_practice_postcode_and_code():
    area = grid_area(["AB"], msoa=["CD"])
    practices = area.practices.reindex(["Z00001"]).assign(name="Mill Bank Surgery", unit=area.codes[1])
    postcodes = pd.DataFrame({"x": [600_500.0], "y": [799_500.0], "unit": [area.codes[0]]}, index=["ZZ11AA"])
    area = replace(area, practices=practices, postcodes=postcodes)
    assert find(area, "district b")[0].units == (area.codes[1],)
    assert find(area, "place c")[0].units == (area.codes[0],)
    assert find(area, "mill")[0].unit == area.codes[1]
    assert find(area, "z00001")[0].unit == area.codes[1]
    assert find(area, "zz1 1aa")[0].unit == area.codes[0]
    assert find(area, area.codes[0].lower())[0].unit == area.codes[0]
    assert find(area, "x") == ()
    assert find(area, "nowhere") == ()


def test_the_shelf_keeps_options_apart(area, plan):
    shelf = Shelf().add(plan).duplicate()
    first, second = shelf.options
    assert first.plan.name != second.plan.name
    moved = replace(second.plan, assignment=second.plan.assignment[:-1])
    shelf = shelf.edit(moved)
    assert shelf.get(first.key).plan == plan
    assert shelf.put(shelf.get().undo()).get().plan == second.plan
    assert shelf.get().undo().redo().plan == moved
    assert shelf.rename("  Two   words ").get().plan.name == "Two words"
    assert shelf.rename(first.plan.name) == shelf
    assert shelf.star().get().starred
    gone = shelf.remove()
    assert len(gone.options) == 1
    assert len(gone.restore().options) == 2


def test_a_plan_is_said_in_one_sentence(area, plan):
    said = words.standing_line(standings(plan, area))
    assert said == "2 neighbourhoods of 20,000 to 40,000 people; all in the range you set; each in one piece."


def test_figures_for_people():
    assert figures.shown(12_345.0) == "12,345"
    assert figures.shown(0.987, "share") == "98.7%"
    assert figures.shown(None) == "–"
    assert figures.shown(True, "yes/no") == "yes"
    assert figures.difference(1.0, 1.0) == "same"
    assert figures.difference(2_000, 1_500) == "−500"
    assert figures.better(2_000, 1_500, "lower") == "better"
    assert figures.better(2_000, 1_500, "none") == ""


def test_the_hostile_plan_is_a_plan():
    area = hostile_area()
    assert len(hostile_plan(area).assignment) == len(area.codes)
