"""How numbers are said: one of a thing is never said in the plural, anywhere in the programme."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from boundaries.words import count, every
from optimise import Criteria, build_problem
from optimise.score import terms
from optimise.words import level_in_words
from tests.grids import grid_area

ROOT = Path(__file__).parents[1]
THINGS = (
    "LSOAs|units|areas|rows|codes|values|files|practices|patients|counts|populations|postcodes|pieces|links|borders|"
    "neighbourhoods|districts|wards|options|moves|checks|shapes|MSOAs"
)
# A number with commas, and within two more words a thing in the plural: for the number 1 that is wrong.
PLURAL = re.compile(r":,(\.0f)?\}\s+(?:(?!more)[A-Za-z-]+ ){0,2}" + rf"(?:{THINGS})\b")
SUMS = "patients"  # sums of people with decimals, which stand in brackets after what they are of


@pytest.mark.parametrize(
    ("number", "said", "all_of_them"),
    [
        (0, "0 units", "All 0 units"),
        (1, "1 unit", "The only unit"),
        (2, "2 units", "All 2 units"),
        (1_234, "1,234 units", "All 1,234 units"),
    ],
)
def test_counts(number: int, said: str, all_of_them: str) -> None:
    assert count(number, "unit") == said
    assert every(number, "unit") == all_of_them


def test_another_plural_and_its_verb() -> None:
    assert count(1, "code stands", "codes stand") == "1 code stands"
    assert count(2, "code stands", "codes stand") == "2 codes stand"


@pytest.mark.parametrize("folder", ["boundaries", "footprints"])
def test_no_message_has_a_plural_written_after_a_number(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for match in PLURAL.finditer(path.read_text(encoding="utf-8"))
        if not match.group().endswith(SUMS) and "demo" not in path.parts  # which always has hundreds
    ]
    assert found == []


@pytest.mark.parametrize(
    ("label", "said"),
    [("Ward 2025", "ward"), ("MSOA", "MSOA"), ("Sub-ICB", "Sub-ICB"), ("Upper tier", "upper tier"), ("2021", "2021")],
)
def test_a_level_inside_a_sentence(label: str, said: str) -> None:
    assert level_in_words(label) == said


def test_terms_name_the_level_of_the_community_and_one_is_one() -> None:
    area = grid_area(["AAAA"], [40_000, 40_000, 10_000, 10_000], msoa=["PPQQ"])
    criteria = Criteria(target=40_000, minimum=10_000, maximum=60_000, within=(), community="district")
    problem = build_problem(area, criteria)
    size, apart = terms(problem, criteria, np.array([0, 1, 2, 2]), [0, 1, 2])[1:]
    assert size.in_words.endswith("1 of 3 lies outside 40,000 to 60,000.")
    assert apart.in_words == "60,000 people live outside the largest part of their district."
