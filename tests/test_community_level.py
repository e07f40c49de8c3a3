"""Communities of care as the communities that people stay together with: worked out once, the same each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from boundaries import DataError
from boundaries.area import Area
from footprints.check import check
from footprints.cli.options import asked
from footprints.community_level import COMMUNITIES, can_know, community_level, level_of
from footprints.criteria_file import resolve
from footprints.score import score
from optimise import Criteria, build_problem, terms
from tests.grids import grid_area
from tests.plans import drawn, with_practices

NO_FLAGS = {"criteria_file": None, "lock_file": None}


def halves() -> Area:
    """Two rows of four: the left half is with P, the right half with Q, and neither shares a list with the other."""
    area = grid_area(["AAAA", "AAAA"], 1_000, msoa=["pppp", "qqqq"])
    left = [code for n, code in enumerate(area.codes) if n % 4 < 2]
    flows = [("P" if code in left else "Q", code, 20_000.0) for code in area.codes]
    return with_practices(area, {"P": (area.codes[0], "", 1.0), "Q": (area.codes[3], "", 1.0)}, flows)


def test_the_level_is_worked_out_of_the_lists_and_named() -> None:
    area = halves()
    level = community_level(area)
    one, two = level.assignment[0], level.assignment[3]
    assert one != two and list(level.assignment) == [one, one, two, two] * 2
    assert level.label == "Community of care" and "Leiden" in level.basis and set(level.names) == {one, two}
    again = community_level.__wrapped__(halves())
    assert again.assignment == level.assignment
    assert level_of(area, COMMUNITIES) is level and level_of(grid_area(["AA"]), COMMUNITIES) is None
    assert not can_know(grid_area(["AA"]))


def test_the_community_term_is_about_them_when_they_are_named() -> None:
    area = halves()
    criteria = Criteria(community=COMMUNITIES, within=(), minimum=3_000, maximum=5_000, target=4_000)
    problem = build_problem(area, criteria)
    assert COMMUNITIES in problem.levels
    assert COMMUNITIES not in build_problem(area, replace(criteria, community="msoa")).levels
    rows = drawn(area, ["aaaa", "bbbb"], criteria)
    labels = np.repeat([0, 1], 4)
    term = next(t for t in terms(problem, criteria, labels, [0, 4]) if t.key == "community")
    assert term.people == 4_000 and "largest part of their community of care" in term.in_words
    assert not check(rows, area).criteria and score(rows, area).plan["neighbourhoods"] == 2


def test_the_command_line_and_a_criteria_file_name_them() -> None:
    area = halves()
    wanted, _ = asked({**NO_FLAGS, "community": "Communities"})
    assert resolve(wanted, area).community == COMMUNITIES
    assert resolve(replace(wanted, community="District"), area).community == "district"
    assert Criteria.from_json(Criteria(community=COMMUNITIES).to_json()).community == COMMUNITIES
    with pytest.raises(DataError, match="parish"):
        resolve(replace(wanted, community="parish"), area)
    with pytest.raises(DataError):
        build_problem(grid_area(["AA"]), Criteria(community=COMMUNITIES, within=()))
