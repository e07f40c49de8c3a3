"""Names of towns on the map: from a level of towns where one is loaded, else read from MSOA names, never invented."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from boundaries import load_area
from boundaries.area import Area, Level
from footprints.place_names import place_names, town_level
from tests.grids import grid_area

PICTURE = ["AAAABBBB"] * 2
MSOA = ["CCDDEEFF"] * 2


def named(*names: str, **levels: Level) -> Area:
    """Two districts of 8 squares, 1,000 people each; the MSOAs C, D of the first and E, F of the second so named."""
    area = grid_area(PICTURE, 1_000, msoa=MSOA)
    msoa = area.levels["msoa"]
    codes = sorted(set(msoa.assignment))
    return replace(
        area, levels={**area.levels, "msoa": replace(msoa, names=dict(zip(codes, names, strict=True))), **levels}
    )


def told(area: Area) -> dict[str, int]:
    return {place.name: place.people for place in place_names(area).places}


def level(key: str, label: str, *names: str) -> Level:
    """A level whose groups are the columns of squares, two to a name."""
    codes = [f"X{n // 2}" for n in range(8)] * 2
    return Level(key, label, tuple(codes), {f"X{n}": name for n, name in enumerate(names)}, "exact", "file")


def test_what_names_share_is_a_town_and_half_of_a_double_name_is_none() -> None:
    area = named("Ely North", "Ely South", "Castle & Eddington", "Soham")
    assert told(area) == {"Ely": 8_000, "Soham": 4_000}
    assert place_names(area).source == "MSOA names"


def test_names_that_say_nothing_give_no_towns() -> None:
    assert told(named("Grid 001", "Grid 002", "Park", "Village")) == {}


def test_the_district_is_a_town_where_its_msoas_say_so() -> None:
    assert told(named("District A Central", "Abbey & Mill", "Sawston", "Linton"))["District A"] == 8_000


def test_a_loaded_level_of_towns_is_believed_before_the_names() -> None:
    towns = level("bua", "Bua", "Cambridge BUA", "", "Ely Built-up area", "Sawston")
    area = named("Ely North", "Ely South", "Soham", "Linton", bua=towns)
    assert told(area) == {"Cambridge": 4_000, "Ely": 4_000, "Sawston": 4_000}
    assert place_names(area).source == "Bua"


def test_built_up_areas_come_before_parishes_and_land_without_a_parish_is_no_place() -> None:
    parish = level("par", "Par", "Cambridge, unparished area", "Sawston", "Linton", "Ely")
    area = named("A B", "C D", "E F", "G H", par=parish)
    assert "Cambridge, unparished area" not in told(area) and told(area)["Sawston"] == 4_000
    both = named("A B", "C D", "E F", "G H", par=parish, bua=level("bua", "BUA", "P", "Q", "R", "S"))
    found = town_level(both)
    assert found is not None and found.key == "bua"


@pytest.mark.parametrize(
    ("key", "label"),
    [("localities", "Localities"), ("parking", "Parking zones"), ("pcn", "PCN"), ("paragon", "Paragon")],
)
def test_other_levels_are_no_towns(key: str, label: str) -> None:
    assert town_level(named("A B", "C D", "E F", "G H", **{key: level(key, label, *"PQRS")})) is None


def test_a_town_stands_at_the_area_nearest_its_middle() -> None:
    area = named("Ely North", "Ely South", "Soham", "Linton")
    (ely,) = (place for place in place_names(area).places if place.name == "Ely")
    x, y = float(area.units["x"].iloc[ely.unit]), float(area.units["y"].iloc[ely.unit])
    mine = area.units[[d.endswith("1") for d in area.level("district").assignment]]
    assert abs(x - mine["x"].mean()) <= 600 and abs(y - mine["y"].mean()) <= 600


@pytest.mark.places
def test_the_towns_of_a_real_county(cambridgeshire: Path) -> None:
    found = told(load_area(cambridgeshire))
    assert {"Peterborough", "Cambridge", "Wisbech", "St Neots", "Ely", "Chatteris", "Soham"} <= set(found)
    assert not {"Park", "Castle", "Town", "Queen", "Eddington"} & set(found)
