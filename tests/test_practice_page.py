"""The page Practices: its tables add up, decisions are edits of the option, and names from files are text."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest

from boundaries import load_area
from boundaries.area import Area
from footprints import edit
from footprints.baselines import baseline
from footprints.flows import flows_of, reconcile
from footprints.plan import Plan, Task
from footprints.practices.populations import NAMES
from footprints.shelf import Shelf
from footprints.ui import practices, state, today
from footprints.ui.practice_facts import facts_of
from tests.grids import grid_area
from tests.hostile.names import hostile_area, hostile_plan, name
from tests.plans import drawn, with_practices
from tests.test_app import load_as, one_router, open_page, texts

__all__ = ["one_router"]


@pytest.fixture
def area(monkeypatch: pytest.MonkeyPatch) -> Area:
    """Four units in a row: A and B of PCN P1 (B sited in the east, its patients in the west), C of P2, D in none."""
    grid = grid_area(["AABB"], msoa=["CCDD"])
    u = grid.codes
    made = with_practices(
        grid,
        {"A": (u[0], "P1", 1_000.0), "B": (u[3], "P1", 500.0), "C": (u[2], "P2", 400.0), "D": ("", "", 90.0)},
        [
            ("A", u[0], 600), ("A", u[1], 150), ("A", u[2], 210), ("B", u[1], 260), ("B", u[3], 240), ("C", u[1], 300),
            ("C", u[3], 100), ("D", u[3], 90), ("Z", u[0], 7),
        ],
    )  # fmt: skip
    away = pd.DataFrame([("A", "wales", 30.0), ("A", "unknown", 10.0)], columns=["practice", "category", "patients"])
    made = dataclasses.replace(made, registrations_elsewhere=away)
    load_as(monkeypatch, made)
    return made


def session_of(plan: Plan) -> state.Session:
    own = state.Session(opened=True)
    own.change(lambda shelf: shelf.add(plan))
    return own


def tables(app) -> dict[str, list[list[str]]]:
    """Caption -> rows of cells, as they are shown."""
    found = {}
    for element in app.get("html"):
        body = str(element.proto.body)
        if "<table" not in body:
            continue
        rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body.split("<tbody>")[1], re.DOTALL)
        cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
        caption = re.search(r"<caption>(.*?)</caption>", body)[1]
        found[caption] = [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in row] for row in cells]
    return found


def one(found: dict[str, list[list[str]]], begin: str) -> list[list[str]]:
    (key,) = [caption for caption in found if caption.startswith(begin)]
    return found[key]


def number(text: str) -> int:
    return int(text.replace(",", "") or 0)


def adds_up(rows: list[list[str]], column: int) -> int:
    """The figure of the last row, which the others add up to."""
    *parts, whole = [number(row[column]) for row in rows]
    assert sum(parts) == whole
    return whole


@pytest.mark.parametrize("picture", ["wwee", "wwe-", "abcd", "----"])
@pytest.mark.parametrize("show", [practices.ALL, practices.EITHER, practices.STRADDLING, practices.DIFFERING])
def test_no_person_is_lost_in_what_the_page_shows(area, picture, show):
    app = open_page("practices", session_of(drawn(area, [picture])))
    app.radio(key="impact_show").set_value(show).run()
    assert not app.exception and not app.error
    found, total = tables(app), reconcile(area).total
    people = one(found, "Three populations")
    assert adds_up(people, 1) == int(area.units["residents"].sum())
    assert adds_up(people, 2) == round(float(area.units["registered"].sum()))
    assert adds_up(people, 3) == adds_up(one(found, "Practice impact"), 1) == total == 1_997
    assert adds_up(one(found, "PCN alignment"), 2) == adds_up(one(found, "Where every patient is"), 2) == total
    assert adds_up(one(found, "PCN alignment"), 1) == len(flows_of(area).practices)


@pytest.mark.parametrize("picture", ["wwee", "weee", "abcd", "we--"])
@pytest.mark.parametrize("council", ["E07000001", "E07000002"])
def test_narrowed_to_a_council_the_rest_is_in_a_line_and_no_person_is_lost(area, picture, council):
    own = session_of(drawn(area, [picture]))
    own.only = council
    app = open_page("practices", own)
    assert not app.exception and not app.error and "Narrowed to District" in texts(app)
    found, total = tables(app), reconcile(area).total
    inside = [code == council for code in area.level("district").assignment]
    people = one(found, "Three populations")
    assert adds_up(people, 1) == int(area.units["residents"][inside].sum())
    assert adds_up(people, 2) == int(area.units["residents"].sum())
    assert adds_up(people, 4) == adds_up(one(found, "Practice impact"), 1) == total
    assert adds_up(one(found, "PCN alignment"), 2) == total
    named = {row[0].split()[1] for row in one(found, "Practice impact") if row[0].startswith("Surgery")}
    assert named == ({"A"} if council == "E07000001" else {"B", "C"})


def test_the_three_names_and_where_homes_differ_are_shown(area):
    app = open_page("practices", session_of(drawn(area, ["wwee"])))
    said = texts(app)
    assert all(words in said for words in NAMES)
    app.radio(key="impact_show").set_value(practices.DIFFERING).run()
    rows = [row for row in one(tables(app), "Practice impact") if row[0].startswith("Surgery")]
    assert [row[0].split()[1] for row in rows] == ["B", "C"]
    assert all(row[6].startswith("Site: ") for row in rows)
    app.radio(key="impact_show").set_value(practices.STRADDLING).run()
    rows = [row for row in one(tables(app), "Practice impact") if row[0].startswith("Surgery")]
    assert [row[0].split()[1] for row in rows] == ["B", "A", "C"]
    assert "in Wales" in said and "Address not known" in said


def test_an_agreed_home_is_an_edit_that_is_undone_kept_and_taken_back(area):
    plan = drawn(area, ["wwee"])
    own = session_of(plan)
    east = plan.where()[area.codes[3]]
    app = open_page("practices", own)
    app.selectbox(key="home_practice").set_value("B").run()
    (home,) = [box for box in app.selectbox if box.label == "Agreed neighbourhood"]
    home.set_value(east).run()
    app.button(key="home_set").click().run()
    assert "Say why first" in texts(app) and own.shelf.get().plan == own.shelf.get().opened
    (reason,) = [field for field in app.text_input if field.label == "Reason"]
    reason.set_value("Its building is there.").run()
    app.button(key="home_set").click().run()
    option = own.shelf.get()
    assert [(h.practice, h.neighbourhood, h.reason) for h in option.plan.homes] == [
        ("B", east, "Its building is there.")
    ]
    assert option.past[-1].words == "Agreed home of Surgery B" and "240 of its 500 patients live" in texts(app)
    lists = {row[0]: row[3] for row in one(tables(app), "Three populations")}
    assert lists[plan.neighbourhood(east).name] == "500"  # not the 90 of D, sited outside
    assert one(tables(app), "1 agreed home")[0][2:] == [
        plan.neighbourhood(east).name, plan.neighbourhoods[0].name, "Its building is there.",
    ]  # fmt: skip
    own.change(lambda shelf: shelf.put(shelf.get().undo()))
    assert own.shelf.get().plan.homes == ()
    own.change(lambda shelf: shelf.put(shelf.get().redo()))
    app.run()
    app.button(key="home_back").click().run()
    assert own.shelf.get().plan.homes == () and "taken back" in texts(app)
    assert app.button(key="home_back").disabled


def test_the_timetable_is_kept_with_the_option(area):
    plan = drawn(area, ["wwee"])
    own = session_of(edit.set_home(plan, "B", plan.where()[area.codes[3]], "Its building is there."))
    app = open_page("practices", own)
    app.selectbox(key="task_of").set_value("B").run()
    fields = {field.label: field for field in app.text_input}
    fields["Owner"].set_value("A. Person")
    fields["Action"].set_value("Write to the partners")
    next(box for box in app.selectbox if box.label == "Status").set_value("under way")
    app.button(key="task_keep").click().run()
    assert own.shelf.get().plan.tasks == (Task("B", "A. Person", "Write to the partners", "", "under way"),)
    row = next(row for row in one(tables(app), "1 practice of 1 PCN") if row[0] == "Practice")
    assert row[5:] == ["A. Person", "Write to the partners", "–", "under way"]
    app.button(key="task_out").click().run()
    assert own.shelf.get().plan.tasks == ()


def test_without_patients_the_page_says_which_file_to_add(monkeypatch):
    plain = grid_area(["AABB"])
    load_as(monkeypatch, plain)
    app = open_page("practices", session_of(drawn(plain, ["wwee"])))
    assert "gp-reg-pat-prac-lsoa-all.csv" in texts(app) and not app.tabs


def test_hostile_names_of_practices_and_homes_stay_text(monkeypatch):
    made = hostile_area()
    codes = list(made.practices.index)
    load_as(monkeypatch, made)
    plan = hostile_plan(made)
    for i, code in enumerate(codes[:4]):
        plan = edit.set_home(plan, code, plan.codes[i % 2], name(i, "Why"))
    app = open_page("practices", session_of(edit.set_task(plan, Task("U99990", name(5, "Who"), name(6, "What")))))
    assert not app.error
    bodies = " ".join(str(e.proto.body) for e in app.get("html"))
    assert not [sign for sign in ("<img", "<script", "<svg") if sign in bodies]
    assert bodies.count("&lt;img") > 3


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_no_person_is_lost_in_a_real_place(place, request):
    real = load_area(request.getfixturevalue(place))
    facts = facts_of(baseline(real, "pcn-contiguous"), real)
    total = reconcile(real).total
    assert sum(row.patients for row in facts.impacts) == sum(row.patients for row in facts.pcns) == total
    assert sum(row.lists for row in facts.populations) == total
    assert sum(row.registered for row in facts.populations) == round(float(real.units["registered"].sum()))
    assert sum(row.residents for row in facts.populations) == int(real.units["residents"].sum())
    assert sum(row.patients for row in (*facts.shown, *facts.small)) == total
    (nowhere,) = [row for row in facts.populations if not row.code]
    assert nowhere.lists == sum(row.patients for row in facts.impacts if not row.agreed)


def test_lists_that_do_not_add_up_are_said_where_they_are_shown(area, monkeypatch):
    load_as(
        monkeypatch, dataclasses.replace(area, practices=area.practices.assign(list_size=[1_000.0, 500.0, 399.0, 90.0]))
    )
    app = open_page("practices", session_of(drawn(area, ["wwee"])))
    assert "do not add up" in app.error[0].value and one(tables(app), "PCN alignment")


def test_today_comes_to_the_shelf_once_with_one_click(area):
    own = session_of(drawn(area, ["wwee"]))
    app = open_page("practices", own)
    for kind in today.OFFERED:
        if kind != "pcn-ward":
            app.button(key=f"today_{kind}").click().run()
            assert own.shelf.get().plan.assignment == baseline(area, kind).assignment
    assert len(own.shelf.options) == 4 and not app.exception
    app.button(key="today_pcn").click().run()
    assert len(own.shelf.options) == 4 and own.shelf.get().plan.name == "Today: majority PCN"
    app.button(key="today_pcn-ward").click().run()
    assert len(own.shelf.options) == 4 and "ward" in " ".join(e.value for e in app.error)


def test_what_was_edited_since_is_not_taken_for_today(area):
    made = baseline(area, "pcn")
    shelf = today.put_once(Shelf(), made)
    moved = edit.move(made, area, area.codes[0], "")
    edited = today.put_once(shelf.edit(moved), made)
    assert [o.plan.name for o in edited.options] == ["Today: majority PCN", "Today: majority PCN (2)"]


def test_agreed_homes_stand_beside_each_other_on_the_page_compare(area):
    plan = drawn(area, ["wwee"])
    own = session_of(plan)
    agreed = edit.set_home(plan, "B", plan.where()[area.codes[3]], "Its building is there.")
    own.change(lambda shelf: shelf.add(dataclasses.replace(agreed, name="Agreed")))
    app = open_page("compare", own)
    ((practice, people, before, after),) = one(tables(app), "1 practice with another home")
    assert practice.split() == ["Surgery", "B", "B"] and people == "500"
    assert before.startswith(plan.neighbourhoods[0].name) and before.endswith("by most patients")
    assert after.startswith(plan.neighbourhoods[1].name) and after.endswith("agreed")
