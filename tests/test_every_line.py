"""Every line of a plan says, in words and numbers, why it is there and what a move would do; and the numbers add up."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from boundaries import load_area
from boundaries.area import Area
from footprints.baselines import baseline
from footprints.belonging import belonging
from footprints.communities import communities_of
from footprints.editing import Desk
from footprints.editing.belongings import Belongings
from footprints.editing.evidence import evidence
from footprints.errors import PlanError
from footprints.metrics import score
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from tests.conftest import place_folder
from tests.grids import CELL_M, ORIGIN, grid_area
from tests.plans import drawn, with_practices

TOUCH = re.compile(r"touch along ([\d,]+\.\d) km")
CROSS = re.compile(r"^([\d,]+) patients who live in .+ have their practice in .+; ([\d,]+) who live in")
OF_THE = re.compile(
    r"^Of the ([\d,]+) registered patients? who live there ([\d,]+) \(\d+%\) have their practice in .+, "
    r"([\d,]+) \(\d+%\) in .+ and ([\d,]+) elsewhere"
)
WOULD = re.compile(r"would have ([\d,]+) people")
STRENGTH = re.compile(r"belong together(?: to some degree)? \(([01]\.\d\d) of 1\)")
ON_BOTH = re.compile(
    r"patients on both sides, ([\d,]+) of the ([\d,]+) patients here and ([\d,]+) of the ([\d,]+) there"
)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def all_lines(desk: Desk, plan: Plan) -> dict[tuple[str, str], tuple[int, int]]:
    """Each pair of neighbourhoods that touch, with the first pair of areas across the line between them."""
    where, codes = plan.where(), desk.area.codes
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for u, v in desk.patients.ground.ends.tolist():
        one, other = where[codes[u]], where[codes[v]]
        if one != other:
            found.setdefault((min(one, other), max(one, other)), (u, v) if one < other else (v, u))
    return found


def hold(area: Area, plan: Plan) -> int:
    """Ask for the evidence on every line; gives how many there are."""
    desk = Desk(area)
    desk.change(lambda shelf: shelf.add(plan))
    slots = desk.option("option-1")[1]
    known = Belongings(area, "")
    known.communities = communities_of(area)
    known.edges = belonging(desk.patients, known.communities)
    strength = {frozenset(ends): s for ends, s in zip(known.edges.ends.tolist(), known.edges.strength, strict=True)}
    scene, card = Scene(plan, area), score(plan, area)
    people = dict(zip(plan.codes, scene.total(scene.counted).round().astype(int).tolist(), strict=True))
    between, at = scene.exchange.between, {code: i for i, code in enumerate(plan.codes)}
    living = desk.patients.flows.living_here
    km, crossing = 0.0, 0.0
    found = all_lines(desk, plan)
    for (one, other), (unit, across) in found.items():
        told = evidence(desk, "option-1", unit, slots.slot(other), across, known)
        assert told["names"] == [plan.neighbourhood(one).name, plan.neighbourhood(other).name]
        said = " ".join(told["line"])
        touching = TOUCH.search(said)
        assert touching and "It divides about" in said and "Areas that meet across it belong together by" in said
        km += float(touching[1].replace(",", ""))
        (there, back) = next(m.groups() for words in told["line"] if (m := CROSS.match(words)))
        assert abs(number(there) - between[at[one], at[other]]) <= 0.5
        assert abs(number(back) - between[at[other], at[one]]) <= 0.5
        crossing += between[at[one], at[other]] + between[at[other], at[one]]

        pair = told["pair"]
        verdict = STRENGTH.search(pair["words"][0])
        assert verdict and float(verdict[1]) == pytest.approx(strength[frozenset((unit, across))], abs=0.0051)
        assert not pair["waiting"] and any("in one community of care" in words for words in pair["words"])
        assert any("km of border" in words or "They share no border" in words for words in pair["words"])
        shared = next((m for words in pair["words"] if (m := ON_BOTH.search(words))), None)
        if shared is None:
            assert any("practices say nothing" in w or "No practice has" in w for w in pair["words"])
        else:
            both, here, both_there, there_ = map(number, shared.groups())
            assert both <= here == round(living[unit]) and both_there <= there_ == round(living[across])

        move = told["move"]["words"]
        counted = int(scene.counted[unit])
        assert [number(n) for n in WOULD.findall(move[0])] == [people[one] - counted, people[other] + counted]
        if living[unit] >= 0.5:
            whole, stay, go, rest = map(number, next(m.groups() for words in move if (m := OF_THE.match(words))))
            assert whole == round(living[unit]) == stay + go + rest
        assert all(words and words[-1] in ".)" for words in (*told["line"], *pair["words"], *move))
        assert told["offers"]
    assert abs(km - card.plan["border_km"]) <= 0.051 * len(found) + 0.05
    assert crossing <= between[:-1, :-1].sum() - scene.exchange.inside.sum() + 1e-6
    return len(found)


@pytest.mark.places
@pytest.mark.parametrize(
    ("place", "least"), [("cambridgeshire-peterborough", 40), ("cornwall-scilly", 20), ("inner-north-east-london", 30)]
)
def test_every_line_in_the_real_places(place: str, least: int) -> None:
    area = load_area(place_folder(place))
    assert hold(area, baseline(area, "pcn-contiguous")) >= least


def test_every_line_in_a_district_of_the_demo_county() -> None:
    area = load_area("demo", ("Orrindale",))
    assert hold(area, baseline(area, "pcn-contiguous")) >= 1


def strip() -> tuple[Area, Desk]:
    """Six areas in a row, two neighbourhoods; the western three use A, the eastern three B, with a few across."""
    area = grid_area(["AAAAAA"], 10_000)
    u = area.codes
    area = with_practices(
        area, {"A": (u[0], "P1", 0.0), "B": (u[5], "P2", 0.0)},
        [("A", x, 9_000.0) for x in u[:3]] + [("B", x, 9_000.0) for x in u[3:]] + [("B", u[2], 500.0)],
    )  # fmt: skip
    desk = Desk(area)
    desk.change(lambda shelf: shelf.add(drawn(area, ["aaabbb"])))
    return area, desk


def test_the_tie_is_told_before_communities_are_known_and_with_the_barrier_along_it() -> None:
    area, desk = strip()
    slots = desk.option("option-1")[1]
    beyond = slots.slot(desk.option("option-1")[0].plan.where()[area.codes[3]])
    early = evidence(desk, "option-1", 2, beyond, 3)["pair"]
    assert (
        early["waiting"] and early["strength"] is None and "1 practice has patients on both sides" in early["words"][0]
    )
    west, north = ORIGIN
    river = LineString([(west + 3 * CELL_M, north), (west + 3 * CELL_M, north - CELL_M)])
    lines = gpd.GeoDataFrame({"name": ["The Bure"], "strength": [0.8]}, geometry=[river], crs=27700)
    told = evidence(desk, "option-1", 2, beyond, 3, barriers=lines)["pair"]
    assert told["words"][-1] == "They share 1.0 km of border, 100% of it on The Bure (strength 0.8 of 1)."
    with pytest.raises(PlanError, match="do not touch across"):
        evidence(desk, "option-1", 2, beyond, 5)


def test_how_an_area_sits_among_those_beside_it() -> None:
    area, desk = strip()
    known = Belongings(area, "")
    known.communities = communities_of(area)
    known.edges = belonging(desk.patients, known.communities)
    slots = desk.option("option-1")[1]
    beyond = slots.slot(desk.option("option-1")[0].plan.where()[area.codes[3]])
    told = evidence(desk, "option-1", 2, beyond, known=known)
    own = {frozenset(e): s for e, s in zip(known.edges.ends.tolist(), known.edges.strength.tolist(), strict=True)}
    inner, outer = own[frozenset((1, 2))], own[frozenset((2, 3))]
    assert inner > outer
    assert f"by {inner:.2f} of 1 with the areas beside it" in told["pair"]["words"][-1]
    assert f"by {outer:.2f} with those" in told["pair"]["words"][-1]
    within = np.mean([own[frozenset(p)] for p in ((0, 1), (1, 2), (3, 4), (4, 5))])
    assert f"by {outer:.2f} of 1 on average, against {within:.2f} within" in told["line"][-1]
