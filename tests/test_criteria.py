"""Criteria are checked when made, and say the same in a file and as flags."""

from __future__ import annotations

import json

import pytest

from boundaries.errors import FootprintError
from optimise.criteria import SCHEMA, Criteria, Locks, Weights
from optimise.errors import CriteriaError

FULL = Criteria(
    target=45_000,
    minimum=35_000,
    maximum=55_000,
    comfortable=(40_000, 50_000),
    count="registered",
    within=("upper_tier", "district"),
    penalise=("icb",),
    keep_whole=("ward", "msoa"),
    neighbourhoods=(("E07000008", 3), ("E07000009", 2)),
    distance="km2",
    community="ward",
    community_allowance=0.02,
    weights=Weights(travel=2.0, deviation=0.1, mismatch=3, community=0.0),
    locks=Locks(
        fixed=(("E01000001", "CAMP-01"),),
        together=(("E01000002", "E01000003"),),
        apart=(("E01000002", "E01000004"),),
        frozen=(("CAMP-02", ("E01000005", "E01000006")),),
    ),
    small_districts="alone",
    joins=(("E09000001", "E09000012"),),
    accept_links=True,
    seed=-3,
    seconds=5,
)


@pytest.mark.parametrize("criteria", [Criteria(), FULL, Criteria(within=(), neighbourhoods=19)])
def test_criteria_come_back_from_json_as_they_were(criteria: Criteria) -> None:
    assert Criteria.from_json(json.dumps(criteria.to_json(), ensure_ascii=False)) == criteria
    assert Criteria.from_json(criteria.to_json()) == criteria
    assert criteria.to_json()["schema"] == SCHEMA


def test_a_short_file_keeps_the_defaults() -> None:
    assert Criteria.from_json({"schema": SCHEMA, "target": 40_000}) == Criteria(target=40_000)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"schema": SCHEMA, "minimun": 1}, "did you mean “minimum”"),
        ({"schema": SCHEMA, "weights": {"travl": 1}}, "did you mean “travel”"),
        ({"schema": SCHEMA, "locks": {"froze": []}}, "did you mean “frozen”"),
        ({"schema": "footprints-criteria/2"}, "version 2"),
        ({"schema": "footprints-plan/1"}, "not 'footprints-criteria/1'"),
        ({"target": 50_000}, "not 'footprints-criteria/1'"),
        ({"schema": SCHEMA, "locks": 3}, "wrong shape"),
        ({"schema": SCHEMA, "within": [["district"]]}, "not the key of a level"),
        ({"schema": SCHEMA, "comfortable": 3}, "wrong shape"),
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
    ],
)
def test_a_file_we_cannot_read_is_refused_with_the_reason(document: object, said: str) -> None:
    with pytest.raises(CriteriaError, match=said.replace("(", r"\(")):
        Criteria.from_json(document)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"target": 0}, "target"),
        ({"minimum": 30_000.5}, "minimum"),
        ({"seconds": 0}, "seconds"),
        ({"seed": "0"}, "seed"),
        ({"target": 65_000}, "target of 65,000 people does not lie in the range from 30,000 to 60,000"),
        ({"minimum": 61_000}, "does not lie in the range"),
        ({"comfortable": (60_000, 40_000)}, "the smaller first"),
        ({"count": "voters"}, "residents or registered"),
        ({"distance": "miles"}, "km or km2"),
        ({"small_districts": "hide"}, "join or alone"),
        ({"community_allowance": 1.5}, "fraction from 0 to 1"),
        ({"community_allowance": float("nan")}, "fraction from 0 to 1"),
        ({"within": ("district", "district")}, "names district twice"),
        ({"within": ("district",), "penalise": ("district",)}, "both a hard limit and a penalised one"),
        ({"neighbourhoods": 0}, "1 or more"),
        ({"neighbourhoods": True}, "1 or more"),
        ({"neighbourhoods": (("A", 1), ("A", 2))}, "A is given two numbers"),
        ({"neighbourhoods": (("A", 0),)}, "A is to have 0"),
        ({"neighbourhoods": (("A", 1),), "within": ()}, "nothing is nested"),
        ({"joins": (("A", "A"),)}, "A cannot be joined to itself"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(CriteriaError, match=said):
        Criteria(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        ({"fixed": (("u", "A"), ("u", "B"))}, "u is to be fixed to more than one"),
        ({"apart": (("u", "u"),)}, "kept apart from itself"),
        ({"frozen": (("A", ("u",)), ("B", ("u",)))}, "two frozen neighbourhoods"),
        ({"frozen": (("A", ("u",)), ("A", ("v",)))}, "A is frozen twice"),
        ({"frozen": (("A", ()),)}, "has no LSOAs"),
        ({"frozen": (("A", ("u",)),), "fixed": (("u", "B"),)}, "but is frozen in A"),
    ],
)
def test_locks_that_contradict_each_other_are_refused(locks: dict[str, object], said: str) -> None:
    with pytest.raises(CriteriaError, match=said):
        Locks(**locks)  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [{"travel": 0}, {"deviation": -1}, {"community": float("inf")}, {"mismatch": "5"}])
def test_weights_are_kilometres(weights: dict[str, object]) -> None:
    with pytest.raises(CriteriaError, match=next(iter(weights))):
        Weights(**weights)  # type: ignore[arg-type]


def test_every_fault_is_named_at_once_and_is_a_footprint_error() -> None:
    with pytest.raises(FootprintError) as caught:
        Criteria(count="voters", distance="miles", target=-1)
    assert all(word in str(caught.value) for word in ("count", "distance", "target"))
