"""The page Need and the command: tables add up, what is missing names its file, names from files are text."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest

from boundaries.area import Area
from footprints.plan import Plan
from footprints.ui import state
from footprints.ui.need_facts import facts_of
from tests.hostile.names import PAYLOADS, hostile_area, hostile_plan
from tests.test_app import load_as, one_router, open_page, texts
from tests.test_need import growing, halves, needy, with_indicator
from tests.test_practice_page import session_of, tables

__all__ = ["one_router"]


def number(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


@pytest.fixture
def area(monkeypatch: pytest.MonkeyPatch) -> Area:
    made = growing([(0, 2027, 1_000), (1, 2030, 600)])
    made = with_indicator(made, [10, 30, 5, 10], [100, 100, 50, 100], basis="apportioned")
    made = with_indicator(made, [1, 0, 5, 0], None, key="plus_x", label="Coast", group="plus", unit="people")
    made = dataclasses.replace(made, digest="needy")
    load_as(monkeypatch, made)
    return made


def test_the_page_shows_order_growth_and_marks_estimates(area: Area) -> None:
    app = open_page("need", session_of(halves(area)))
    assert not app.error
    shown = tables(app)
    order = next(rows for caption, rows in shown.items() if caption.startswith("Where teams should start"))
    assert [row[0] for row in order] == ["1", "2", ""]
    assert sum(number(row[2]) for row in order[:2]) == number(order[2][2]) == 5_000
    said = texts(app)
    assert "2-4% cohort (estimate)" in said and "7% cohort (estimate)" in said
    assert "Valabhji" in said, "the formula is one click away"
    growth = next(rows for caption, rows in shown.items() if caption.startswith("Residents in 2030"))
    assert growth[0][1:4] == ["3,000", "4,600", "+1,600"] and "too many" in growth[0][5] and growth[0][6] == "2030"
    assert "1 neighbourhood leaves the range of 1,500 to 4,500 by 2030" in said
    assert "need the mid-year estimates by single year of age" in said
    assert any("People of the 7% cohort in 1,000" in caption for caption in shown)


def test_narrowed_the_rest_is_in_a_line_and_the_columns_add_up(area: Area) -> None:
    area.levels["district"] = dataclasses.replace(
        area.level("district"), assignment=("E07000001", "E07000001", "E07000002", "E07000002"),
        names={"E07000001": "West", "E07000002": "East"},
    )  # fmt: skip
    own = session_of(halves(area))
    own.only = "E07000001"
    app = open_page("need", own)
    assert not app.error and "Narrowed to West" in texts(app)
    shown = tables(app)
    order = next(rows for caption, rows in shown.items() if caption.startswith("Where teams should start"))
    assert [row[1] for row in order][1:] == ["1 neighbourhood wholly outside", "All of the area"]
    assert sum(number(row[2]) for row in order[:2]) == number(order[2][2]) == 5_000
    growth = next(rows for caption, rows in shown.items() if caption.startswith("Residents in 2030"))
    assert growth[1][0] == "1 neighbourhood wholly outside"
    for column in (1, 2, 3):
        assert sum(number(row[column] or "0") for row in growth[:-1]) == number(growth[-1][column])


def test_another_year_and_other_indicators_are_a_click_away(area: Area) -> None:
    app = open_page("need", session_of(halves(area)))
    app.select_slider(key="need_year").set_value(2027).run()
    growth = next(rows for caption, rows in tables(app).items() if caption.startswith("Residents in 2027"))
    assert growth[0][2] == "4,000"
    app.radio(key="need_indicators").set_value("Other indicators").run()
    rows = next(rows for caption, rows in tables(app).items() if caption.startswith("Other indicators"))
    assert sorted(row[1] for row in rows[:2]) == ["10.0", "20.0"] and rows[2][1] == "15.7"
    assert "apportioned" in texts(app)


def test_what_is_missing_names_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = dataclasses.replace(needy(), ages=needy().ages[[]], digest="bare")
    load_as(monkeypatch, bare)
    assert "nothing on the shelf" in texts(open_page("need", state.Session(opened=True)))
    said = texts(open_page("need", session_of(halves(bare))))
    for file in ("growth.csv", "mid-year estimates by age", "Fingertips", "core20plus_group", "cohort_7"):
        assert file in said


def test_names_from_files_are_never_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    area = hostile_area()
    plan = hostile_plan(area)
    n = len(area.codes)
    for i, payload in enumerate(PAYLOADS[:3]):
        area = with_indicator(area, [1.0] * n, [2.0] * n, key=f"x{i}", label=payload, source=payload, period=payload)
    table = pd.DataFrame({"unit": [area.codes[0]], "year": [2030], "people": [99_000.0]}).assign(
        homes=float("nan"), site=PAYLOADS[0], source=PAYLOADS[1], basis="LSOA"
    )
    area = dataclasses.replace(area, growth=table, digest="hostile-need")
    load_as(monkeypatch, area)
    app = open_page("need", session_of(plan))
    body = "".join(str(e.proto.body) for e in app.get("html"))
    for payload in PAYLOADS:
        if "<" in payload:
            assert payload not in body
    assert "&lt;script&gt;" in body


def test_facts_are_files_too(area: Area) -> None:
    plan: Plan = halves(area)
    facts = facts_of(plan, area)
    assert set(facts.files) == {"need.csv", "indicators.csv", "population_by_year.csv"}
    listed = dataclasses.replace(plan, criteria=dataclasses.replace(plan.criteria, count="registered"))
    assert facts_of(listed, area).growth_trouble[0].startswith("The range is to count registered patients")
