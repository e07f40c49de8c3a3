"""At 1,700 areas: answers are small, steps of undo share what is the same, and they come back from the journal."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from boundaries.area import Area
from footprints.editing import Desk
from footprints.editing.journal import Journal
from footprints.plan import Plan
from footprints.ui import desk_routes
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

WIDE, HIGH, STROKES = 50, 34, 40
ASKED = Criteria(target=75_000, minimum=70_000, maximum=80_000, within=("district",))


@pytest.fixture(scope="module")
def large() -> Area:
    msoa = ["".join(chr(ord("C") + column // 5) for column in range(WIDE))] * HIGH
    return grid_area(["A" * 25 + "B" * 25] * HIGH, 1_500, msoa=msoa)


def a_plan(area: Area) -> Plan:
    """34 neighbourhoods of about 50 areas."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGH"
    rows = ["".join(letters[(row // 17) * 17 + min(16, column // 3)] for column in range(WIDE)) for row in range(HIGH)]
    return drawn(area, rows, ASKED)


def strokes(rng: Random, number: int) -> list[dict[str, Any]]:
    """Strokes of 4 x 2 areas over several neighbourhoods, each into a random one: most break something."""
    made = []
    for seq in range(1, number + 1):
        column, row = rng.randrange(WIDE - 4), rng.randrange(HIGH - 2)
        units = ",".join(f"{(row + down) * WIDE + column}-{(row + down) * WIDE + column + 3}" for down in range(2))
        made.append({"seq": seq, "op": "paint", "units": units, "to": rng.randrange(34)})
    return made


def test_the_answer_to_a_stroke_is_at_most_2_kb_at_1700_areas(large: Area) -> None:
    desk = Desk(large)
    key = desk.change(lambda shelf: shelf.add(a_plan(large))).current
    version = desk.open(key)["version"]
    sent = []
    for asked in strokes(Random(0), STROKES):
        answer = desk.submit("tab", key, version, [asked])
        version = answer["version"]
        sent.append(len(desk_routes._json(answer).body))
    assert len(large.codes) == 1_700
    assert max(sent) <= 2_048, sent


def test_steps_share_what_is_the_same_and_come_back_from_the_journal(large: Area, tmp_path: Path) -> None:
    desk = Desk(large, Journal(tmp_path / "desk.jsonl"))
    key = desk.change(lambda shelf: shelf.add(a_plan(large))).current
    desk.submit("tab", key, 0, strokes(Random(1), STROKES))
    desk.change(lambda shelf: shelf.star())
    option = desk.shelf.get(key)
    assert option is not None and len(option.past) > STROKES - 5
    plans = [step.plan for step in option.past] + [option.plan]
    pairs = {id(pair) for plan in plans for pair in plan.assignment}
    assert len(pairs) <= 1_700 + 8 * STROKES
    entries = {id(change) for plan in plans for change in plan.changes}
    assert len(entries) <= 8 * STROKES
    desk.close()
    again = Desk(large, Journal(tmp_path / "desk.jsonl"))
    assert again.said == "" and again.shelf.get(key) == option
    again.close()
